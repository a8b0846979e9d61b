import Arrays
import Foundation
import Testing

@testable import Artifacts

/// Pictures against TensorFlow and Keras; `scripts/fixtures/pictures.py` made them and what is expected.
@Suite("Pictures")
struct ImageTests {
  private static func expected(_ file: String) throws -> [(name: String, array: NDArray)] {
    try NPZ.read(Fixtures.path("Pictures/\(file)"))
  }

  /// The largest difference from an array of bytes.
  private func difference(_ pixels: [UInt8], _ array: NDArray) -> Int {
    array.withElements(as: UInt8.self) { zip(pixels, $0).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) } }
  }

  private func check(_ expected: [(name: String, array: NDArray)], tolerance: (ColorMode) -> Int) throws {
    for (name, array) in expected {
      let parts = name.split(separator: "/")
      let mode = try #require(ColorMode(rawValue: String(parts[1])))
      let image = try readImage(Fixtures.path("Pictures/\(parts[0])"), as: mode)
      #expect([image.height, image.width, image.channels] == array.shape, "\(name)")
      #expect(difference(image.pixels, array) <= tolerance(mode), "\(name)")
      #expect(image.warning == nil, "\(name)")
    }
  }

  @Test("are decoded as TensorFlow does, bit for bit")
  func decoding() throws {
    let expected = try Self.expected("decoded.npz")
    #expect(expected.count > 90)
    try check(expected) { _ in 0 }
  }

  @Test("are decoded in every mode, also where TensorFlow does not: grey is rounded in other ways")
  func everyMode() throws {
    let expected = try Self.expected("beyond.npz")
    #expect(expected.count > 30)
    try check(expected) { $0 == .grayscale ? 1 : 0 }
  }

  @Test("a GIF's first picture stands on a black screen, and shows it where it is transparent")
  func screen() throws {
    let picture = try readImage(Fixtures.path("Pictures/palette.gif"), as: .rgb)
    let corner = try readImage(Fixtures.path("Pictures/corner.gif"), as: .rgb)
    #expect(corner.width == 50 && corner.height == 40)
    for y in 0..<40 {
      for x in 0..<50 {
        let pixel = corner.pixels[(y * 50 + x) * 3..<(y * 50 + x) * 3 + 3]
        let expected = y < 31 && x < 45 ? picture.pixels[(y * 45 + x) * 3..<(y * 45 + x) * 3 + 3] : [0, 0, 0]
        #expect(pixel.elementsEqual(expected), "\(y), \(x)")
      }
    }
    let transparent = try readImage(Fixtures.path("Pictures/transparent.gif"), as: .rgba)
    let clear = stride(from: 0, to: transparent.pixels.count, by: 4).filter { transparent.pixels[$0 + 3] == 0 }
    #expect(clear.count == 25)
    #expect(clear.allSatisfy { transparent.pixels[$0..<$0 + 3].elementsEqual([0, 0, 0]) })
  }

  @Test("headers say what is decoded, and are read from the beginning of the file alone")
  func headers() throws {
    for (name, _) in try Self.expected("decoded.npz") {
      let path = Fixtures.path("Pictures/\(name.split(separator: "/")[0])")
      let header = try readImageHeader(path)
      let image = try readImage(path, as: .rgb)
      #expect(header.width == image.width && header.height == image.height, "\(name)")
    }
    let described = try readFile(Fixtures.path("Pictures/described.jpg"))
    let scratch = Scratch()
    #expect(try readImageHeader(scratch.file("cut.jpg", Array(described[..<9500]))).width == 45)
    let inks = try readImageHeader(Fixtures.path("Pictures/inks.jpg"))
    #expect(inks == ImageHeader(kind: .jpeg, width: 45, height: 31, channels: 4))
    #expect(try readImageHeader(Fixtures.path("Pictures/grey-alpha.png")).channels == 2)
    #expect(try readImageHeader(Fixtures.path("Pictures/upright.bmp")).height == 31)
  }

  @Test("are resized as Keras's image_dataset_from_directory does")
  func resizing() throws {
    let expected = try Self.expected("resized.npz")
    #expect(expected.count > 70)
    let loader = ImageLoader()
    for (name, array) in expected {
      let parts = name.split(separator: "/").map(String.init)
      let mode = try #require(ColorMode(rawValue: parts[1]))
      let method = try #require(Interpolation(rawValue: parts[3]))
      let aspect: AspectRatio = ["distorted": .distorted, "cropped": .cropped, "padded": .padded][parts[4]]!
      var result = [Float](repeating: .nan, count: array.count)
      try result.withUnsafeMutableBufferPointer { buffer throws(FileFailure) in
        _ = try loader.load(
          Fixtures.path("Pictures/\(parts[0])"), as: mode, height: array.shape[0], width: array.shape[1], by: method,
          keeping: aspect, into: buffer)
      }
      let error = zip(result, array.doubles).reduce(0.0) { max($0, abs(Double($1.0) - $1.1)) }
      #expect(error < (method == .nearest ? 1e-9 : 1e-3), "\(name)")
      #expect(!result.contains { !$0.isFinite }, "\(name)")
    }
  }

  /// JPEGs are resized from their planes where they can be, and then to the same as from their pixels.
  @Test func planes() throws {
    let fixtures = ["Pictures", "../../../examples/photos/birds", "../../../examples/photos/flowers"]
    let files = try fixtures.flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: Fixtures.path(folder)).map { "\(folder)/\($0)" }
    }.filter { $0.hasSuffix(".jpg") }
    var (planar, others) = (0, 0)
    let loader = ImageLoader()
    for file in files {
      let path = Fixtures.path(file)
      guard let image = try? readImage(path, as: .rgb) else { continue }
      try readFile(path).withRawBytes { bytes in
        let decoder = try ImageDecoder(path: path, bytes: bytes, mode: .rgb)
        var memory = [UInt8](repeating: 0, count: decoder.header.planesByteCount)
        let isPlanar = try memory.withUnsafeMutableBufferPointer { try decoder.decodePlanes(into: $0) != nil }
        if isPlanar { planar += 1 } else { others += 1 }
      }
      for (height, width) in [(17, 23), (64, 64), (300, 401), (1, 1)] {
        for aspect in AspectRatio.allCases {
          var result = [Float](repeating: .nan, count: height * width * 3)
          var expected = result
          try result.withUnsafeMutableBufferPointer { buffer throws(FileFailure) in
            _ = try loader.load(path, as: .rgb, height: height, width: width, by: .bilinear, keeping: aspect, into: buffer)
          }
          expected.withUnsafeMutableBufferPointer {
            resize(image, height: height, width: width, by: .bilinear, keeping: aspect, into: $0)
          }
          let error = zip(result, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
          #expect(error < 1e-4, "\(file) to \(height)×\(width), \(aspect)")
        }
      }
    }
    #expect(planar > 10 && others > 3, "there are both kinds: \(planar) and \(others)")
  }

  /// What is wrong with a file is the same whichever way it is read.
  @Test func damagedPlanes() throws {
    let name = "Pictures/baseline.jpg"
    let bytes = try readFile(Fixtures.path(name))
    let (scratch, loader) = (Scratch(), ImageLoader())
    for place in stride(from: 20, to: bytes.count, by: 7) {
      var damaged = bytes
      damaged[place] ^= 0x5A
      for (kind, content) in [("cut", Array(bytes[..<place])), ("changed", damaged)] {
        let path = scratch.file("\(place)-\(kind).jpg", content)
        var result = [Float](repeating: 0, count: 48)
        let planes = Result { () throws(FileFailure) -> String? in
          try result.withUnsafeMutableBufferPointer { buffer throws(FileFailure) in
            try loader.load(path, as: .rgb, height: 4, width: 4, by: .bilinear, keeping: .distorted, into: buffer)
          }
        }
        let pixels = Result { () throws(FileFailure) -> String? in try readImage(path, as: .rgb).warning }
        #expect("\(planes)" == "\(pixels)", "\(kind) at \(place)")
      }
    }
  }
}
