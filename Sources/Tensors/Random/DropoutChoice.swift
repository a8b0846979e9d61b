import Arrays

/// Which elements a dropout keeps, plainly: what the kernel computes, said once more for the evaluator and tests.
///
/// An element's number is word `column % 4` of the Philox block with the stream's key and the counter (column / 4, row in the
/// batch, low half of the step, high half · 0x9E3779B9), as 24 bits in 0..<1; it is kept if that is at least the rate.
struct DropoutChoice {
  let stream: RandomStream
  let step: UInt64

  /// 1 where an element of [rows, …] is kept, else 0; `columns` are all that follows the first axis.
  func mask(shape: [Int], rate: Double) -> [Double] {
    let columns = shape.dropFirst().reduce(1, *)
    return (0..<(shape.first ?? 1)).flatMap { row in (0..<columns).map { isKept(row, $0, rate) ? 1 : 0 } }
  }

  private func isKept(_ row: Int, _ column: Int, _ rate: Double) -> Bool {
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: column / 4), UInt32(truncatingIfNeeded: row), UInt32(truncatingIfNeeded: step),
      UInt32(truncatingIfNeeded: step >> 32) &* 0x9E37_79B9)
    let words = philox(counter: counter, key: SIMD2(UInt32(truncatingIfNeeded: stream.key), UInt32(stream.key >> 32)))
    return Float(words[column % 4] >> 8) * 0x1p-24 >= Float(rate)
  }
}
