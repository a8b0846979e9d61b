import Glibc

/// A stream of random numbers named by what it is for, each value a function of the name and a position alone.
///
/// No state is carried: position 7 of a stream is the same whenever, and on however many threads, it is asked for. The
/// generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), keyed by a hash of the name.
package struct RandomStream: Sendable, Hashable {
  /// The generator's key.
  package let key: UInt64

  /// The stream of a seed and the names on the way to it: `RandomStream(seed: 7, "classifier", "dense", "kernel")`.
  package init(seed: Int, _ path: String...) {
    var stream = RandomStream(key: RandomStream.mixed(UInt64(bitPattern: Int64(seed))))
    for name in path { stream = stream.substream(name) }
    self = stream
  }

  init(key: UInt64) { self.key = key }

  /// The stream of that name within this one.
  package func substream(_ name: String) -> RandomStream {
    var hash = key
    for byte in name.utf8 { hash = RandomStream.mixed(hash ^ UInt64(byte)) }
    return RandomStream(key: RandomStream.mixed(hash ^ 0xA5_0000_0000 ^ UInt64(name.utf8.count)))
  }

  /// The stream of that number within this one: a pass, a fit, a step.
  package func substream(_ number: Int) -> RandomStream {
    RandomStream(key: RandomStream.mixed(RandomStream.mixed(key) ^ UInt64(bitPattern: Int64(number))))
  }

  /// SplitMix64's finaliser: every bit of the argument reaches every bit of the result.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var bits = value &+ 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// Four random words: ten Philox rounds over the counter (block, part).
  package func words(_ block: UInt64, part: UInt64 = 0) -> SIMD4<UInt32> {
    philox(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: block), UInt32(block >> 32), UInt32(truncatingIfNeeded: part), UInt32(part >> 32)),
      key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(key >> 32)))
  }

  /// The uniform number at a position, in [0, 1), with 53 random bits.
  package func uniform(_ index: Int, attempt: Int = 0) -> Double {
    let words = words(UInt64(index), part: UInt64(attempt))
    return RandomStream.unit(words[0], words[1])
  }

  /// The standard normal number at a position (Box and Muller).
  package func normal(_ index: Int, attempt: Int = 0) -> Double {
    let words = words(UInt64(index), part: UInt64(attempt))
    let radius = 1 - RandomStream.unit(words[0], words[1])  // (0, 1]: its logarithm is finite
    return (-2 * log(radius)).squareRoot() * cos(2 * .pi * RandomStream.unit(words[2], words[3]))
  }

  /// The standard normal number at a position, redrawn until it lies within `bound` deviations.
  package func truncatedNormal(_ index: Int, bound: Double = 2) -> Double {
    var attempt = 0
    while true {
      let value = normal(index, attempt: attempt)
      if abs(value) <= bound { return value }
      attempt += 1
    }
  }

  /// The most rows that `permutation` can shuffle.
  package static let permutationLimit = Int(Int32.max)

  /// A shuffled `0 ..< count` (Fisher and Yates), of at most `permutationLimit`. The bias of a draw is below count · 2⁻⁶⁴.
  package func permutation(of count: Int) -> [Int32] {
    precondition(count <= Self.permutationLimit, "rows are numbered in 32 bits")
    var order = (0..<Int32(count)).map { $0 }
    order.withUnsafeMutableBufferPointer { order in
      var last = count - 1
      while last > 0 {
        let words = words(UInt64(last))
        let bits = UInt64(words[0]) << 32 | UInt64(words[1])
        order.swapAt(last, Int(bits.multipliedFullWidth(by: UInt64(last + 1)).high))
        last -= 1
      }
    }
    return order
  }

  private static func unit(_ high: UInt32, _ low: UInt32) -> Double {
    Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-53
  }
}

/// Philox4x32 with ten rounds: the words of a counter under a key, as Random123 gives them.
package func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
  var counter = counter
  var key = key
  for _ in 0..<10 {
    let first = UInt64(counter[0]) * 0xD251_1F53
    let second = UInt64(counter[2]) * 0xCD9E_8D57
    counter = SIMD4(
      UInt32(second >> 32) ^ counter[1] ^ key[0], UInt32(truncatingIfNeeded: second),
      UInt32(first >> 32) ^ counter[3] ^ key[1], UInt32(truncatingIfNeeded: first))
    key = SIMD2(key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85)
  }
  return counter
}
