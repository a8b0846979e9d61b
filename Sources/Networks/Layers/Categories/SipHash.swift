/// SipHash-2-4 (Aumasson and Bernstein, 2012): a hash of bytes under a key, which nobody can steer without it.
enum SipHash {
  static func hash(_ bytes: [UInt8], key: (UInt64, UInt64)) -> UInt64 {
    var state = State(
      v0: key.0 ^ 0x736F_6D65_7073_6575, v1: key.1 ^ 0x646F_7261_6E64_6F6D, v2: key.0 ^ 0x6C79_6765_6E65_7261,
      v3: key.1 ^ 0x7465_6462_7974_6573)
    let whole = bytes.count / 8 * 8
    for start in stride(from: 0, to: whole, by: 8) { state.take(word(bytes[start..<(start + 8)])) }
    state.take(word(bytes[whole...]) | UInt64(bytes.count & 0xFF) << 56)
    state.v2 ^= 0xFF
    for _ in 0..<4 { state.round() }
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
  }

  private struct State {
    var v0: UInt64
    var v1: UInt64
    var v2: UInt64
    var v3: UInt64

    mutating func take(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func round() {
      v0 = v0 &+ v1
      v1 = left(v1, 13) ^ v0
      v0 = left(v0, 32)
      v2 = v2 &+ v3
      v3 = left(v3, 16) ^ v2
      v0 = v0 &+ v3
      v3 = left(v3, 21) ^ v0
      v2 = v2 &+ v1
      v1 = left(v1, 17) ^ v2
      v2 = left(v2, 32)
    }

    private func left(_ value: UInt64, _ bits: UInt64) -> UInt64 { (value << bits) | (value >> (64 - bits)) }
  }
}
