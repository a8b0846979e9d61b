import Arrays
import Testing

@testable import Artifacts

/// Pictures that are written, and put beside each other.
@Suite struct ContactSheetTests {
  @Test("a PNG that is written is read as it was", arguments: [1, 3, 4])
  func roundTrip(_ channels: Int) throws {
    let pixels = (0..<7 * 5 * channels).map { UInt8(($0 * 37) % 256) }
    let image = DecodedImage(width: 7, height: 5, channels: channels, pixels: pixels)
    let scratch = Scratch()
    let path = scratch.folder + "/picture.png"
    try writeDurably(try encodePNG(image, for: path), to: path)
    let mode = try #require(ColorMode.allCases.first { $0.channels == channels })
    let read = try readImage(path, as: mode)
    #expect(read.pixels == pixels && read.width == 7 && read.height == 5)
  }

  @Test("small pictures are enlarged, in rows with white between them")
  func layout() throws {
    let dark = NDArray(.float32, shape: [24, 24])
    let bright = NDArray(floats: Array(repeating: 0.5, count: 24 * 24), shape: [24, 24])
    let sheet = try #require(ContactSheet.image(of: [dark, bright, dark], columns: 2))
    // Twice as large, 4 pixels of white around each.
    #expect(sheet.width == 4 + 2 * 52 && sheet.height == 4 + 2 * 52 && sheet.channels == 1)
    func pixel(_ x: Int, _ y: Int) -> UInt8 { sheet.pixels[y * sheet.width + x] }
    #expect(pixel(0, 0) == 255 && pixel(4, 4) == 0 && pixel(51, 51) == 0 && pixel(52, 52) == 255)
    #expect(pixel(56, 4) == 128 && pixel(4, 56) == 0 && pixel(60, 60) == 255, "the last place is empty")
  }

  @Test("numbers of any size become bytes")
  func brightness() throws {
    func corner(_ first: Float, _ last: Float) throws -> (UInt8?, UInt8?) {
      var numbers = [Float](repeating: first, count: 64 * 64)
      numbers[numbers.count - 1] = last
      let sheet = try #require(ContactSheet.image(of: [NDArray(floats: numbers, shape: [64, 64, 1])]))
      return (sheet.pixels[4 * sheet.width + 4], sheet.pixels[67 * sheet.width + 67])
    }
    #expect(try corner(0, 255) == (0, 255))
    #expect(try corner(10, 200) == (10, 200), "as they are")
    #expect(try corner(0.2, 1) == (51, 255))
    #expect(try corner(-1, 1) == (0, 255), "stretched")
    #expect(try corner(0, 16) == (0, 255))
    #expect(try corner(.nan, 1) == (0, 255))
    #expect(try corner(3000, 3001) == (0, 255))
  }

  @Test("what is no picture has no sheet")
  func others() {
    #expect(ContactSheet.image(of: []) == nil)
    #expect(ContactSheet.image(of: [NDArray(.float32, shape: [8])]) == nil)
    #expect(ContactSheet.image(of: [NDArray(.float32, shape: [8, 8, 2])]) == nil)
    #expect(ContactSheet.image(of: [NDArray(.float32, shape: [8, 8]), NDArray(.float32, shape: [8, 9])]) == nil)
  }
}
