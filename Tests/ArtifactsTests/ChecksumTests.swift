import CChecksums
import CZip
import Testing

@Suite struct ChecksumTests {
  /// Check values of CRC-32C: the catalogue's, and those of RFC 3720, appendix B.4.
  @Test func backupsHaveCastagnolis() {
    func crc(_ bytes: [UInt8]) -> UInt32 { crc32c(0, bytes, bytes.count) }
    #expect(crc(Array("123456789".utf8)) == 0xE306_9283)
    #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(crc([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(crc(Array(0..<32)) == 0x46DD_794E)
    #expect(crc([]) == 0)
    let text = Array("123456789".utf8)
    for cut in 0...9 {
      let first = crc(Array(text[..<cut]))
      #expect(crc32c(first, Array(text[cut...]), 9 - cut) == 0xE306_9283)
    }
  }

  /// The catalogue's check value of the CRC-32 that ZIP has.
  @Test func archivesHaveTheirs() {
    let text = Array("123456789".utf8)
    #expect(czip_crc32(0, text, 9) == 0xCBF4_3926)
    #expect(czip_crc32(7, nil, 0) == 7)
  }

  private static let lengths = [
    255, 256, 257, 511, 512, 2047, 2048, 2049, 2303, 2304, 1 << 14, (1 << 14) + 1, (1 << 14) + 23, 100_003,
  ]

  private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 &+ $0 >> 7) } }

  /// The checksum by its definition, a bit after the other; `polynomial` has its bits reversed.
  private func checksum(_ bytes: some Sequence<UInt8>, _ polynomial: UInt32) -> UInt32 {
    var register = ~0 as UInt32
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? polynomial : 0) }
    }
    return ~register
  }

  /// Long ones are summed up in lanes, which must be the same as one byte after the other.
  @Test(arguments: lengths) func longBackups(count: Int) {
    let bytes = bytes(count)
    let expected = checksum(bytes, 0x82F6_3B78)
    #expect(crc32c(0, bytes, count) == expected)
    #expect(crc32c(crc32c(0, bytes, 7), Array(bytes[7...]), count - 7) == expected)
    var copy = [UInt8](repeating: 0, count: count)
    #expect(crc32c_copy(0, bytes, &copy, count) == expected)
    #expect(copy == bytes)
    for cut in [0, 1, count / 2, count] {
      let second = crc32c(0, Array(bytes[cut...]), count - cut)
      #expect(crc32c_join(crc32c(0, bytes, cut), second, UInt64(count - cut)) == expected)
    }
  }

  @Test(arguments: lengths) func longArchives(count: Int) {
    let bytes = bytes(count)
    let expected = checksum(bytes, 0xEDB8_8320)
    #expect(czip_crc32(0, bytes, count) == expected)
    for cut in [1, 7, count / 2, count - 1] {
      let first = czip_crc32(0, bytes, cut)
      #expect(first == checksum(bytes[..<cut], 0xEDB8_8320))
      #expect(czip_crc32(first, Array(bytes[cut...]), count - cut) == expected, "from \(cut) on")
    }
  }
}
