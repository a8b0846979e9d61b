import Arrays
import Testing

@testable import Datasets

private func column(_ values: [Double]) -> NDArray {
  var array = NDArray(.float64, shape: [values.count])
  array.withMutableElements(as: Double.self) { elements in for (index, value) in values.enumerated() { elements[index] = value } }
  return array
}

@Suite("Examples in memory")
struct DatasetTests {
  /// Boundaries as observed in Keras for ten examples.
  @Test("a validation split is taken from the end", arguments: [(0.33, 6), (0.25, 7), (0.05, 9), (0.2, 8)])
  func validationSplit(fraction: Double, expected: Int) throws {
    let data = try Dataset(inputs: [column((0..<10).map(Double.init))], targets: [column((0..<10).map(Double.init))])
    let (training, validation) = try data.split(validation: fraction)
    #expect(training.count == expected)
    #expect(validation.inputs[0].doubles == (expected..<10).map(Double.init))
  }

  @Test("a split that leaves one side empty is a failure")
  func emptySplit() throws {
    let data = try Dataset(inputs: [column([1, 2])])
    #expect(throws: DataFailure.split(fraction: 0.9, count: 2)) { try data.split(validation: 0.9) }
    #expect(throws: DataFailure.self) { try data.split(validation: 0) }
  }

  @Test("wrong data is a failure that names the row")
  func wrongData() throws {
    #expect(throws: DataFailure.lengths([("x", 2), ("y", 3)])) {
      try Dataset(inputs: [column([1, 2])], targets: [column([1, 2, 3])])
    }
    #expect(throws: DataFailure.empty("`x`")) { try Dataset(inputs: [column([])]) }
    #expect(throws: DataFailure.notANumber(array: "`x`", row: 1)) { try Dataset(inputs: [column([1, .nan])]).checkNumbers() }
    let data = try Dataset(inputs: [column([1, 2, 3])], targets: [column([0, 10, 1])])
    #expect(throws: DataFailure.label(10, row: 1, classCount: 10)) { try data.checkLabels(output: 0, classCount: 10) }
    let negative = try Dataset(inputs: [column([1])], targets: [column([-1])])
    #expect(throws: DataFailure.label(-1, row: 0, classCount: 3)) { try negative.checkLabels(output: 0, classCount: 3) }
    #expect(throws: Never.self) { try negative.checkLabels(output: 0, classCount: 3, ignoring: -1) }
    let fractional = try Dataset(inputs: [column([1])], targets: [column([0.5])])
    #expect(throws: DataFailure.fractionalLabel(0.5, row: 0)) { try fractional.checkLabels(output: 0, classCount: 3) }
    #expect(
      DataFailure.label(10, row: 1, classCount: 10).message == "the target in row 1 is class 10, but the classes are 0 to 9")
  }

  @Test("classes weigh as told, others 1")
  func classWeights() throws {
    let data = try Dataset(inputs: [column([1, 2, 3])], targets: [column([0, 2, 1])])
    #expect(try data.weighted(byClass: [0: 2, 1: 0.5]).sampleWeights.first?.doubles == [2, 1, 0.5])
    var oneHot = NDArray(.float32, shape: [2, 3])
    oneHot.withMutableElements(as: Float.self) { ($0[2], $0[3]) = (1, 1) }
    let shares = try Dataset(inputs: [column([1, 2])], targets: [oneHot])
    #expect(try shares.weighted(byClass: [2: 3]).sampleWeights.first?.doubles == [3, 1])
  }

  /// Known answers of Random123's `kat_vectors` for philox4x32, ten rounds.
  @Test("Philox gives its published numbers")
  func philoxVectors() {
    #expect(philox(counter: .zero, key: .zero) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      philox(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
  }
}
