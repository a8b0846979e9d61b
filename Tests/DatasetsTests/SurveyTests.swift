import Arrays
import Testing

/// What a look at an array tells.
@Suite struct SurveyTests {
  @Test func numbers() {
    let survey = ArraySurvey(of: NDArray(floats: [.nan, 1, 2, 3, 6, 0], shape: [3, 2]))
    #expect(survey.rowCount == 3 && survey.nanCount == 1)
    #expect(survey.minimum == 0 && survey.maximum == 6 && survey.mean == 2.4)
    #expect(abs(survey.deviation - 4.24.squareRoot()) < 1e-12)
    let nothing = ArraySurvey(of: NDArray(floats: [.nan], shape: [1]).converted(to: .float64))
    #expect(nothing.mean.isNaN && nothing.minimum.isNaN && nothing.nanCount == 1)
    #expect(ArraySurvey(of: NDArray(.float32, shape: [0, 4])).rowCount == 0)
  }

  @Test("what is infinite or far from zero leaves mean and deviation right")
  func farNumbers() {
    let far = ArraySurvey(of: NDArray(doubles: [1.7e9, 1.7e9 + 0.5, 1.7e9 + 1], shape: [3]))
    #expect(abs(far.deviation - (1.0 / 6).squareRoot()) < 1e-6 && far.mean == 1.7e9 + 0.5)
    let infinite = ArraySurvey(of: NDArray(doubles: [-.infinity, 1, 3, .infinity], shape: [4]))
    #expect(infinite.mean == 2 && infinite.deviation == 1 && infinite.maximum == .infinity && infinite.nanCount == 0)
    #expect(infinite.infiniteCount == 2)
  }

  @Test("of many rows some are looked at, at equal distances")
  func sampling() {
    let array = NDArray(integers: Array(0..<1000), shape: [1000, 1])
    let survey = ArraySurvey(of: array, rowLimit: 100)
    #expect(survey.rowCount == 100 && survey.minimum == 0 && survey.maximum == 990)
    #expect(ArraySurvey(of: array, rowLimit: 1000).maximum == 999)
    #expect(ArraySurvey(of: array, rowLimit: 999).rowCount == 500)
  }

  @Test func columns() {
    #expect(NDArray(integers: [1, 2, 1, 3, 1, 4], shape: [3, 2]).constantColumns == [0])
    #expect(NDArray(integers: [1, 2], shape: [1, 2]).constantColumns == [])
    #expect(NDArray(integers: [1, 1], shape: [2]).constantColumns == [])
  }

  @Test func classes() {
    let numbers = NDArray(integers: [0, 2, 2, 5], shape: [4])
    #expect(numbers.classCounts(inRows: 0..<4) == [1, 0, 2, 0, 0, 1])
    #expect(numbers.classCounts(inRows: 1..<3) == [0, 0, 2])
    #expect(numbers.classCounts(inRows: 0..<4, limit: 5) == nil)
    #expect(NDArray(floats: [0, 1, 0, 1, 0, 0], shape: [2, 3]).classCounts(inRows: 0..<2) == [1, 1, 0])
    #expect(NDArray(floats: [1, 1, 0], shape: [1, 3]).classCounts(inRows: 0..<1) == nil, "two of them")
    #expect(NDArray(floats: [0, 0, 0], shape: [1, 3]).classCounts(inRows: 0..<1) == nil, "none of them")
    #expect(NDArray(floats: [0.5], shape: [1]).classCounts(inRows: 0..<1) == nil)
    #expect(NDArray(integers: [-1], shape: [1]).classCounts(inRows: 0..<1) == nil)
  }
}
