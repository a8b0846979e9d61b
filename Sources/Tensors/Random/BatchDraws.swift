import Arrays
import Glibc

/// The random numbers of a step, plainly: what the kernels draw, said once more for the evaluator and tests.
///
/// The element at a row of the batch and a column (all that follows the first axis) has word `column % 4` of the Philox block with the
/// stream's key and the counter (column / 4, row, low half of the step, high half · 0x9E3779B9).
struct BatchDraws {
  let stream: RandomStream
  let step: UInt64

  /// For dropout of [rows, …]: 1 where an element's uniform number is at least the rate, else 0.
  func mask(shape: [Int], rate: Double) -> [Double] {
    numbers(.uniform, shape: shape).map { $0 >= Double(Float(rate)) ? 1 : 0 }
  }

  func numbers(_ distribution: RandomDistribution, shape: [Int]) -> [Double] {
    let columns = shape.dropFirst().reduce(1, *)
    return (0..<(shape.first ?? 1)).flatMap { row in
      (0..<columns).map { column in
        switch distribution {
        case .uniform: share(words(row, column)[column % 4])
        case .normal: normal(words(row, column), column % 4)
        }
      }
    }
  }

  private func words(_ row: Int, _ column: Int) -> SIMD4<UInt32> {
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: column / 4), UInt32(truncatingIfNeeded: row), UInt32(truncatingIfNeeded: step),
      UInt32(truncatingIfNeeded: step >> 32) &* 0x9E37_79B9)
    return philox(counter: counter, key: SIMD2(UInt32(truncatingIfNeeded: stream.key), UInt32(stream.key >> 32)))
  }

  /// A word's upper 24 bits as a number in 0..<1.
  private func share(_ word: UInt32) -> Double { Double(word >> 8) * 0x1p-24 }

  /// Box and Muller's method on words (0, 1) and (2, 3): `√(−2 ln u) · (cos, sin)(2πv)`, u in (0, 1].
  private func normal(_ words: SIMD4<UInt32>, _ position: Int) -> Double {
    let first = position / 2 * 2
    let radius = (-2 * log(share(words[first]) + 0x1p-24)).squareRoot()
    let angle = 2 * Double.pi * share(words[first + 1])
    return radius * (position % 2 == 0 ? cos(angle) : sin(angle))
  }
}
