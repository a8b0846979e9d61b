/// The 64-bit fingerprint of bytes that never changes between versions: FarmHash's `Fingerprint64` (Google, 2014), by which
/// TensorFlow sorts words into buckets.
enum FarmHash {
  private static let k0: UInt64 = 0xC3A5_C85C_97CB_3127
  private static let k1: UInt64 = 0xB492_B66F_BE98_F273
  private static let k2: UInt64 = 0x9AE1_6A3B_2F90_404F

  static func fingerprint(_ bytes: [UInt8]) -> UInt64 {
    switch bytes.count {
    case 0...16: upTo16(bytes)
    case 17...32: upTo32(bytes)
    case 33...64: upTo64(bytes)
    default: long(bytes)
    }
  }

  /// The fingerprint of two things by theirs; their order counts.
  static func joined(_ first: UInt64, _ second: UInt64) -> UInt64 {
    let factor: UInt64 = 0xC6A4_A793_5BD1_E995
    let both = (first ^ factor ^ shifted(second &* factor) &* factor) &* factor
    return shifted(shifted(both) &* factor)
  }

  // MARK: By length

  private static func upTo16(_ s: [UInt8]) -> UInt64 {
    let count = UInt64(s.count)
    let factor = k2 &+ count &* 2
    switch s.count {
    case 8...:
      let a = word(s, 0) &+ k2
      let b = word(s, s.count - 8)
      let c = rotated(b, 37) &* factor &+ a
      let d = (rotated(a, 25) &+ b) &* factor
      return mixed(c, d, factor)
    case 4...: return mixed(count &+ (half(s, 0) << 3), half(s, s.count - 4), factor)
    case 1...:
      let y = UInt64(s[0]) &+ UInt64(s[s.count >> 1]) << 8
      let z = count &+ UInt64(s[s.count - 1]) << 2
      return shifted(y &* k2 ^ z &* k0) &* k2
    default: return k2
    }
  }

  private static func upTo32(_ s: [UInt8]) -> UInt64 {
    let factor = k2 &+ UInt64(s.count) &* 2
    let a = word(s, 0) &* k1
    let b = word(s, 8)
    let c = word(s, s.count - 8) &* factor
    let d = word(s, s.count - 16) &* k2
    return mixed(rotated(a &+ b, 43) &+ rotated(c, 30) &+ d, a &+ rotated(b &+ k2, 18) &+ c, factor)
  }

  private static func upTo64(_ s: [UInt8]) -> UInt64 {
    let factor = k2 &+ UInt64(s.count) &* 2
    let a = word(s, 0) &* k2
    let b = word(s, 8)
    let c = word(s, s.count - 8) &* factor
    let d = word(s, s.count - 16) &* k2
    let y = rotated(a &+ b, 43) &+ rotated(c, 30) &+ d
    let z = mixed(y, a &+ rotated(b &+ k2, 18) &+ c, factor)
    let e = word(s, 16) &* factor
    let f = word(s, 24)
    let g = (y &+ word(s, s.count - 32)) &* factor
    let h = (z &+ word(s, s.count - 24)) &* factor
    return mixed(rotated(e &+ f, 43) &+ rotated(g, 30) &+ h, e &+ rotated(f &+ a, 18) &+ g, factor)
  }

  /// Blocks of 64 bytes, the last of which may overlap the one before.
  private static func long(_ s: [UInt8]) -> UInt64 {
    let seed: UInt64 = 81
    var state = State(
      x: seed &* k2 &+ word(s, 0), y: seed &* k1 &+ 113, z: shifted((seed &* k1 &+ 113) &* k2 &+ 113) &* k2)
    let end = (s.count - 1) / 64 * 64
    for start in stride(from: 0, to: end, by: 64) { state.take(s, start, factor: k1, weight: 1) }
    let factor = k1 &+ (state.z & 0xFF) << 1
    state.w.0 = state.w.0 &+ UInt64((s.count - 1) & 63)
    state.v.0 = state.v.0 &+ state.w.0
    state.w.0 = state.w.0 &+ state.v.0
    state.take(s, s.count - 64, factor: factor, weight: 9)
    return mixed(
      mixed(state.v.0, state.w.0, factor) &+ shifted(state.y) &* k0 &+ state.z,
      mixed(state.v.1, state.w.1, factor) &+ state.x, factor)
  }

  private struct State {
    var x: UInt64
    var y: UInt64
    var z: UInt64
    var v: (UInt64, UInt64) = (0, 0)
    var w: (UInt64, UInt64) = (0, 0)

    mutating func take(_ s: [UInt8], _ at: Int, factor: UInt64, weight: UInt64) {
      x = rotated(x &+ y &+ v.0 &+ word(s, at + 8), 37) &* factor
      y = rotated(y &+ v.1 &+ word(s, at + 48), 42) &* factor
      x ^= w.1 &* weight
      y = y &+ v.0 &* weight &+ word(s, at + 40)
      z = rotated(z &+ w.0, 33) &* factor
      v = pair(s, at, v.1 &* factor, x &+ w.0)
      w = pair(s, at + 32, z &+ w.1, y &+ word(s, at + 16))
      swap(&z, &x)
    }
  }

  // MARK: Parts

  /// 32 bytes with two seeds.
  private static func pair(_ s: [UInt8], _ at: Int, _ first: UInt64, _ second: UInt64) -> (UInt64, UInt64) {
    var a = first &+ word(s, at)
    var b = rotated(second &+ a &+ word(s, at + 24), 21)
    let c = a
    a = a &+ word(s, at + 8) &+ word(s, at + 16)
    b = b &+ rotated(a, 44)
    return (a &+ word(s, at + 24), b &+ c)
  }

  private static func mixed(_ u: UInt64, _ v: UInt64, _ factor: UInt64) -> UInt64 {
    let a = shifted((u ^ v) &* factor)
    return shifted((v ^ a) &* factor) &* factor
  }

  private static func shifted(_ value: UInt64) -> UInt64 { value ^ (value >> 47) }
  private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { (value >> bits) | (value << (64 - bits)) }

  private static func word(_ s: [UInt8], _ at: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(s[at + $1]) << UInt64(8 * $1) } }
  private static func half(_ s: [UInt8], _ at: Int) -> UInt64 { (0..<4).reduce(0) { $0 | UInt64(s[at + $1]) << UInt64(8 * $1) } }
}
