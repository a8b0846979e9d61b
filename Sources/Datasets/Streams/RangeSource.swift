import Arrays
import Lambdas
import Plans

/// Whole numbers, each so far from the last, which lie nowhere.
final class RangeSource: BatchingSource {
  let spec: DataSpec
  private let range: RangeValue

  init(_ range: RangeValue) {
    self.range = range
    spec = DataSpec(count: range.count, inputs: [TensorSpec(Shape([]), .int64)], targets: [])
  }

  var count: Int? { range.count }
  var fingerprint: String { "\(range.count) numbers from \(range.start) by \(range.step)" }

  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    Element(inputs: [NDArray(integers: [range[index]], shape: [])])
  }

  func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    Element(inputs: [NDArray(integers: rows.map { range[$0] }, shape: [rows.count])])
  }
}
