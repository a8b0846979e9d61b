/// The order in which NumPy's `RandomState(seed).shuffle` leaves 0 to `count` less one: Keras splits folders of files by it.
///
/// Source: Matsumoto and Nishimura, 1998: Mersenne Twister, MT19937, with their initialization of 2002; Fisher and Yates from the end,
/// each place drawn by rejection under a mask of bits, as NumPy's legacy generator does. `count` is below 2³².
func legacyShuffle(of count: Int, seed: UInt32) -> [Int] {
  var twister = MersenneTwister(seed: seed)
  return twister.shuffled(count)
}

struct MersenneTwister {
  private var state: [UInt32]
  private var place: Int

  init(seed: UInt32) {
    state = [seed]
    state.reserveCapacity(Self.size)
    for index in 1..<Self.size {
      let last = state[index - 1]
      state.append(1_812_433_253 &* (last ^ last >> 30) &+ UInt32(index))
    }
    place = Self.size
  }

  private static let (size, middle) = (624, 397)

  /// 32 random bits.
  mutating func next() -> UInt32 {
    if place == Self.size { twist() }
    var word = state[place]
    place += 1
    word ^= word >> 11
    word ^= word << 7 & 0x9d2c_5680
    word ^= word << 15 & 0xefc6_0000
    return word ^ word >> 18
  }

  /// A number from 0 to `limit`: the first of as many bits that is no larger.
  mutating func number(upTo limit: UInt32) -> UInt32 {
    if limit == 0 { return 0 }
    let mask = UInt32.max >> UInt32(limit.leadingZeroBitCount)
    while true {
      let drawn = next() & mask
      if drawn <= limit { return drawn }
    }
  }

  /// 0 to `count` less one in the order in which `shuffle` leaves them.
  mutating func shuffled(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, Int(number(upTo: UInt32(last)))) }
    return order
  }

  private mutating func twist() {
    for index in 0..<Self.size {
      let bits = state[index] & 0x8000_0000 | state[(index + 1) % Self.size] & 0x7fff_ffff
      state[index] = state[(index + Self.middle) % Self.size] ^ bits >> 1 ^ (bits & 1 == 0 ? 0 : 0x9908_b0df)
    }
    place = 0
  }
}
