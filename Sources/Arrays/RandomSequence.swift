import Glibc

/// Random numbers one after another, as `np.random` gives them: a stream, and how many blocks of it are used up.
///
/// A uniform double is the upper 53 bits of two words times 2⁻⁵³; normal ones come in pairs by Box and Muller.
package struct RandomSequence: Sendable, Equatable {
  package let stream: RandomStream
  /// The next block.
  package private(set) var position: UInt64 = 0

  package init(_ stream: RandomStream) { self.stream = stream }

  /// The sequence that has used up `position` blocks of the stream with that key: one that was put away.
  package init(key: UInt64, position: UInt64) {
    stream = RandomStream(key: key)
    self.position = position
  }

  /// The next two 64-bit words.
  package mutating func nextPair() -> (UInt64, UInt64) {
    let words = stream.words(position)
    position &+= 1
    return (UInt64(words.x) | UInt64(words.y) << 32, UInt64(words.z) | UInt64(words.w) << 32)
  }

  /// Doubles in `lower..<upper`.
  package mutating func uniform(_ lower: Double, _ upper: Double, shape: [Int]) throws(ArrayError) -> NDArray {
    try doubles(shape) { first, second in (lower + (upper - lower) * unit(first), lower + (upper - lower) * unit(second)) }
  }

  /// Normally distributed doubles.
  package mutating func normal(mean: Double, deviation: Double, shape: [Int]) throws(ArrayError) -> NDArray {
    try doubles(shape) { first, second in
      let radius = deviation * (-2 * log(1 - unit(first))).squareRoot()
      let angle = 2 * Double.pi * unit(second)
      return (mean + radius * cos(angle), mean + radius * sin(angle))
    }
  }

  /// Whole numbers in `lower..<upper`, by multiplication and shift; an error where the range is empty.
  package mutating func integers(_ lower: Int, _ upper: Int, shape: [Int]) throws(ArrayError) -> NDArray {
    guard lower < upper else { throw .value("low >= high") }
    let width = UInt64(bitPattern: Int64(upper &- lower))
    let count = try NDArray.count(of: shape)
    var numbers: [Int] = []
    numbers.reserveCapacity(count + 1)
    while numbers.count < count {
      let (first, second) = nextPair()
      for word in [first, second] { numbers.append(lower &+ Int(truncatingIfNeeded: word.multipliedFullWidth(by: width).high)) }
    }
    return NDArray(integers: Array(numbers.prefix(count)), shape: shape)
  }

  /// The numbers `0..<count` in random order, by Fisher and Yates.
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
    return order
  }

  /// A whole number in `0..<count`, which is not empty.
  package mutating func below(_ count: Int) -> Int {
    Int(truncatingIfNeeded: nextPair().0.multipliedFullWidth(by: UInt64(count)).high)
  }

  private mutating func doubles(_ shape: [Int], _ pair: (UInt64, UInt64) -> (Double, Double)) throws(ArrayError) -> NDArray {
    let count = try NDArray.count(of: shape)
    var result = NDArray(.float64, shape: shape)
    result.withMutableElements(as: Double.self) { out in
      for index in stride(from: 0, to: count, by: 2) {
        let words = nextPair()
        let (first, second) = pair(words.0, words.1)
        out[index] = first
        if index + 1 < count { out[index + 1] = second }
      }
    }
    return result
  }
}

/// 53 bits as a double in 0..<1.
private func unit(_ word: UInt64) -> Double { Double(word >> 11) * 0x1p-53 }
