import CJPEG
import Testing

@testable import Artifacts

/// Our Huffman decoder of JPEGs beside libjpeg's, which it stands in for: the same pixels, refusals and warnings.
@Suite("JPEGs by our Huffman decoder and by libjpeg's")
struct HuffmanTests {
  /// What became of a picture.
  private struct Outcome: Equatable {
    var status: Int32
    var reason: String
    var warning: String
    /// Empty where it was refused.
    var pixels: [UInt8]
  }

  private func decode(_ bytes: [UInt8], _ header: (width: Int, height: Int), planes: Bool, byLibrary: Bool) -> Outcome {
    let (width, height) = (UInt32(header.width), UInt32(header.height))
    var pixels = [UInt8](repeating: 0, count: planes ? cjpeg_planes_size(width, height) : 3 * header.width * header.height)
    var reason = [CChar](repeating: 0, count: Int(CJPEG_TEXT))
    var warning = reason
    let status = pixels.withUnsafeMutableBufferPointer { pixels in
      var target = cjpeg_target(
        width: width, height: height, channels: 3, pixels: pixels.baseAddress, by_library: byLibrary ? 1 : 0)
      return planes
        ? cjpeg_decode_planes(bytes, bytes.count, &target, &reason, &warning)
        : cjpeg_decode(bytes, bytes.count, &target, &reason, &warning)
    }
    func text(_ characters: [CChar]) -> String {
      String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
    return Outcome(status: status, reason: text(reason), warning: text(warning), pixels: status < 0 ? [] : pixels)
  }

  /// Their two outcomes are one, with colours mixed and, where the file has halved chroma, as planes.
  private func compare(_ bytes: [UInt8], _ header: (width: Int, height: Int), _ what: @autoclosure () -> String) -> Outcome {
    for planes in [true, false] {
      let ours = decode(bytes, header, planes: planes, byLibrary: false)
      #expect(ours == decode(bytes, header, planes: planes, byLibrary: true), "\(what()), planes: \(planes)")
      if !planes { return ours }
    }
    preconditionFailure("both were compared")
  }

  @Test(
    "whole, with a bit another, a byte missing or cut short",
    arguments: [
      "baseline.jpg", "direct.jpg", "full.jpg", "grey.jpg", "half.jpg", "inks.jpg", "noise.jpg", "one.jpg", "progressive.jpg",
      "restarts.jpg", "tall.jpg",
    ])
  func same(name: String) throws {
    try #require(cjpeg_load() == 0)
    let path = Fixtures.path("Pictures/\(name)")
    let whole = try readFile(path)
    let size = try readImageHeader(path)
    let header = (size.width, size.height)
    let found = compare(whole, header, name)
    #expect(found.status == 0 && found.reason.isEmpty && found.warning.isEmpty)
    var (refused, mended) = (0, 0)
    for place in stride(from: 2, to: whole.count, by: max(1, whole.count / 700)) {
      var flipped = whole
      flipped[place] ^= 1 << UInt8(place % 8)
      var shorter = whole
      shorter.remove(at: place)
      var marked = whole
      marked[place] = 0xFF
      for (damage, bytes) in [("flipped", flipped), ("shorter", shorter), ("255", marked), ("cut", Array(whole[..<place]))] {
        let found = compare(bytes, header, "\(name), \(damage) at \(place)")
        if found.status < 0 { refused += 1 } else if !found.warning.isEmpty { mended += 1 }
      }
    }
    #expect(refused > 100 && (mended > 10 || name == "one.jpg"), "\(refused) refused, \(mended) mended")
  }
}
