import Glibc
import Testing

@testable import Artifacts

/// Pictures that are cut short, altered, or not what their names say: a failure that names the file, or a picture of the size it
/// says.
@Suite("Bad pictures")
struct BadImageTests {
  private let scratch = Scratch()

  private static func bytes(_ name: String) throws -> [UInt8] { try readFile(Fixtures.path("Pictures/\(name)")) }

  private func reason(_ path: String, as mode: ColorMode = .rgb) -> String? {
    do {
      _ = try readImage(path, as: mode)
      return nil
    } catch {
      #expect(error.path == path)
      return error.reason
    }
  }

  private func reason(of bytes: [UInt8], as mode: ColorMode = .rgb) -> String? { reason(scratch.file("a.png", bytes), as: mode) }

  /// One small file of every form.
  private static let small = [
    "one.png", "grey1.png", "palette1.png", "palette4.png", "rgb-interlaced.png", "one.jpg", "baseline.jpg", "progressive.jpg",
    "restarts.jpg", "inks.jpg", "two.gif", "interlaced.gif", "transparent.gif", "grey1.bmp", "palette.bmp",
  ]

  @Test("cut short anywhere, none is read", arguments: small)
  func cuts(name: String) throws {
    let whole = try Self.bytes(name)
    // Behind its last pixel a GIF has nothing that is needed.
    let needed = name.hasSuffix(".gif") ? whole.count - 4 : whole.count
    for length in stride(from: 0, to: needed, by: max(1, whole.count / 200)) {
      let cut = Array(whole[..<length])
      let found = reason(of: cut)
      #expect(found != nil, "\(length) of \(whole.count) bytes")
      if length > 60, !name.hasSuffix(".jpg") { #expect(found?.contains("cut short") == true, "\(length): \(found ?? "")") }
      _ = try? readImageHeader(scratch.file("a", cut))
    }
  }

  @Test("with any byte another, it is refused or read in the size that it says", arguments: small)
  func flips(name: String) throws {
    var bytes = try Self.bytes(name)
    let loader = ImageLoader()
    var result = [Float](repeating: 0, count: 6 * 5)
    for position in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 250)) {
      let kept = bytes[position]
      for flip: UInt8 in [0xFF, 0x01, 0x80] {
        bytes[position] = kept ^ flip
        let path = scratch.file("a.jpg", bytes)
        let header = try? readImageHeader(path)
        do {
          let image = try readImage(path, as: .rgba)
          #expect(header?.width == image.width && header?.height == image.height)
        } catch { #expect(error.path == path && !error.reason.isEmpty) }
        result.withUnsafeMutableBufferPointer { buffer in
          _ = try? loader.load(path, as: .grayscale, height: 6, width: 5, by: .area, keeping: .padded, into: buffer)
        }
      }
      bytes[position] = kept
    }
  }

  @Test("a picture is known by its content, whatever its name is")
  func mislabelled() throws {
    let path = scratch.file("a.jpg", try Self.bytes("rgb.png"))
    #expect(try readImageHeader(path).kind == .png)
    #expect(try readImage(path, as: .rgb).pixels == readImage(Fixtures.path("Pictures/rgb.png"), as: .rgb).pixels)
    #expect(reason(of: []) == "it is empty")
    #expect(reason(of: Array("Not a picture.".utf8)) == "it is not a picture: JPEG, PNG, BMP and GIF are read")
    #expect(reason(of: Array("RIFF\0\0\0\0WEBPVP8 ".utf8))?.hasPrefix("it is a WebP picture") == true)
    #expect(reason(of: [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0])?.hasPrefix("it is a TIFF picture") == true)
    #expect(reason(of: Array("\0\0\0\u{18}ftypavif".utf8))?.hasPrefix("it is an AVIF or HEIF picture") == true)
  }

  @Test("what is no file is not opened", .timeLimit(.minutes(1)))
  func places() throws {
    #expect(reason(scratch.folder) == "it is a folder")
    let pipe = scratch.path("pipe.jpg")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(reason(pipe) == "it is a device or a pipe, not a file")
    #expect(throws: FileFailure.self) { try readImageHeader(pipe) }
    let loop = scratch.path("loop.png")
    #expect(symlink(loop, loop) == 0)
    #expect(reason(loop) == "too many levels of symbolic links")
    #expect(reason(scratch.path("none.png")) == "no such file or directory")
  }

  private func edited(_ name: String, _ edits: [(offset: Int, bytes: [UInt8])]) throws -> [UInt8] {
    var bytes = try Self.bytes(name)
    for edit in edits { bytes.replaceSubrange(edit.offset..<edit.offset + edit.bytes.count, with: edit.bytes) }
    return bytes
  }

  @Test("sizes that cannot be, or that the file cannot hold, are told before any memory is taken")
  func bombs() throws {
    // Without a right checksum too: the size comes first.
    let huge = try edited("rgb.png", [(16, [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])])
    #expect(reason(of: huge) == "it claims 2147483647×2147483647 pixels; at most 536870912 bytes of them are read")
    let scratch = Scratch()
    #expect(throws: FileFailure.self, "known from the header alone") { _ = try readImageHeader(scratch.file("huge.png", huge)) }
    let large = try edited("rgb.png", [(16, [0, 0, 0x30, 0, 0, 0, 0x30, 0])])
    #expect(reason(of: large) == "it claims 12288×12288 pixels, but has only \(large.count) bytes")
    let screen = try edited("two.gif", [(6, [0x00, 0x30, 0x00, 0x30])])
    #expect(reason(of: screen)?.hasPrefix("it claims 12288×12288 pixels, but has only") == true)
    let frame = try Self.bytes("two.gif")
    let descriptor = try #require(frame.firstIndex(of: 0x2C))
    #expect(
      reason(of: try edited("two.gif", [(descriptor + 5, [0xFF, 0xFF, 0xFF, 0xFF])]))?
        .hasPrefix("it claims 65535×65535 pixels") == true)
    let sizes = [("rgb.png", 16), ("rgb.png", 20), ("two.gif", 6), ("two.gif", 8), ("rgb.bmp", 18), ("rgb.bmp", 22)]
    for (name, offset) in sizes {
      let bytes = try edited(name, [(offset, [UInt8](repeating: 0, count: name == "two.gif" ? 2 : 4))])
      #expect(reason(of: bytes) == "it has no pixels", "\(name)")
    }
    let lowest = try edited("rgb.bmp", [(22, [0, 0, 0, 0x80])])
    #expect(reason(of: lowest)?.hasPrefix("it claims 45×2147483648 pixels") == true)
    #expect(reason(of: try edited("rgb.bmp", [(18, [0xFF, 0xFF, 0xFF, 0xFF])])) == "it claims a width that cannot be")
    let tall = try edited("baseline.jpg", [(try sizePlace("baseline.jpg"), [0xFF, 0xFF, 0xFF, 0xFF])])
    #expect(reason(of: tall)?.hasPrefix("it claims 65535×65535 pixels; at most") == true)
  }

  /// Where the height of a JPEG stands, and the width behind it.
  private func sizePlace(_ name: String) throws -> Int {
    let bytes = try Self.bytes(name)
    return try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && 0xC0...0xC2 ~= bytes[$0 + 1] }) + 5
  }

  @Test("damage within is told in words, or passed over with a warning as TensorFlow does")
  func damage() throws {
    let data = 33 + 8  // behind the header's chunk, and this one's length and name
    let found = reason(of: try edited("rgb.png", [(data + 900, [0, 1, 2, 3])]))
    #expect(found == "IDAT: CRC error" || found?.hasPrefix("IDAT: invalid") == true, "\(found ?? "")")
    #expect(reason(of: try edited("rgb.png", [(29, [0, 1, 2, 3])])) == "IHDR: CRC error")
    // A palette of 2 colours, of which a pixel has the fifth.
    let colors = try edited("palette.bmp", [(46, [2, 0, 0, 0])])
    #expect(reason(of: colors)?.hasSuffix("of a palette of 2") == true)
    #expect(reason(of: try edited("palette.bmp", [(30, [1, 0, 0, 0])])) == "it is run-length encoded, which is not read")
    #expect(reason(of: try edited("rgb.bmp", [(28, [16, 0])])) == "it has 16 bits a pixel; 1, 4, 8, 24 and 32 are read")
    #expect(reason(of: try edited("rgb.bmp", [(14, [12, 0, 0, 0])])) == "it is a BMP picture of OS/2, which are not read")

    var torn = try Self.bytes("baseline.jpg")
    let middle = torn.count - 200
    torn.replaceSubrange(middle..<middle + 4, with: [0xFF, 0xD9, 0, 0])
    let image = try readImage(scratch.file("a.jpg", torn), as: .rgb)
    #expect(image.warning == "corrupt JPEG data: premature end of data segment")
    #expect(image.width == 45)
    var stray = try Self.bytes("baseline.jpg")
    stray.insert(contentsOf: [UInt8](repeating: 7, count: 30), at: stray.count - 2)
    let whole = try readImage(scratch.file("a.jpg", stray), as: .rgb)
    #expect(whole.warning?.contains("extraneous bytes before marker 0xd9") == true, "\(whole.warning ?? "")")
    #expect(whole.pixels == (try readImage(Fixtures.path("Pictures/baseline.jpg"), as: .rgb)).pixels)
  }

  @Test("JPEGs with damage are refused where TensorFlow refuses them, and mended as it mends them")
  func mending() throws {
    let arrays = try NPZ.read(Fixtures.path("Pictures/damaged.npz"))
    #expect(arrays.count > 100)
    for place in stride(from: 0, to: arrays.count, by: 2) {
      let (name, file) = arrays[place]
      let expected = arrays[place + 1].array
      let path = scratch.file("a.jpg", file.withElements(as: UInt8.self) { Array($0) })
      let image = try? readImage(path, as: .rgb)
      #expect((image?.pixels ?? []) == expected.withElements(as: UInt8.self) { Array($0) }, "\(name)")
    }
  }

  @Test("a JPEG of more scans than any picture needs is refused")
  func scans() throws {
    let bytes = try Self.bytes("progressive.jpg")
    let start = try #require(bytes.indices.dropLast().last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
    let scan = bytes[start..<bytes.count - 2]
    let bomb = bytes.dropLast(2) + (0..<600).flatMap { _ in scan } + bytes.suffix(2)
    #expect(reason(of: Array(bomb)) == "it has more scans than any picture needs")
  }

  @Test("a picture far from the wanted shape is still resized")
  func shapes() throws {
    for (width, height) in [(1, 5000), (5000, 1), (1, 1), (3, 2)] {
      let image = DecodedImage(width: width, height: height, channels: 3, pixels: .init(repeating: 9, count: 3 * width * height))
      for method in Interpolation.allCases {
        for aspect in AspectRatio.allCases {
          var result = [Float](repeating: .nan, count: 7 * 4 * 3)
          result.withUnsafeMutableBufferPointer { resize(image, height: 7, width: 4, by: method, keeping: aspect, into: $0) }
          // A picture of one colour stays one, on black.
          let isPlain = result.allSatisfy { abs($0 - 9) < 1e-4 || (aspect == .padded && $0 == 0) }
          #expect(isPlain && result.contains { $0 != 0 }, "\(width)×\(height) \(method) \(aspect)")
        }
      }
    }
  }
}
