import Arrays
import Lambdas
import Plans
import Testing

@testable import Datasets

@Suite("The digits")
struct DigitsTests {
  func dataset(_ part: String? = nil) throws -> Dataset {
    let object = try Digits.object()
    return try #require((part.map { object.parts[$0] } ?? object)?.examples as? Dataset)
  }

  /// The first scan as scikit-learn shows it.
  @Test("the first scan is a zero, pixel for pixel")
  func firstScan() throws {
    let digits = try dataset()
    let first: [Float] = [
      0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0, 0, 4, 12, 0, 0, 8, 8, 0,
      0, 5, 8, 0, 0, 9, 8, 0, 0, 4, 11, 0, 1, 12, 7, 0, 0, 2, 14, 5, 10, 12, 0, 0, 0, 0, 6, 13, 10, 0, 0, 0,
    ]
    #expect(digits.inputs[0].withElements(as: Float.self) { Array($0.prefix(64)) } == first)
    #expect(digits.targets[0].withElements(as: Int64.self) { Array($0.prefix(12)) } == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
  }

  /// Facts of the UCI data set: number of scans a digit, and the sum of all ink.
  @Test("all scans are there")
  func all() throws {
    let digits = try dataset()
    #expect(digits.count == 1797)
    let labels = digits.targets[0].withElements(as: Int64.self) { Array($0) }
    #expect((0..<10).map { digit in labels.count { $0 == digit } } == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    let ink = digits.inputs[0].withElements(as: Float.self) { Array($0) }
    #expect(ink.reduce(0) { $0 + Double($1) } == 561_718)
    #expect(ink.max() == 16 && ink.min() == 0)
  }

  @Test("the split is scikit-learn's, a fifth of every digit for the test")
  func split() throws {
    let (train, test) = (try dataset("train"), try dataset("test"))
    #expect(train.count + test.count == 1797)
    let labels = test.targets[0].withElements(as: Int64.self) { Array($0) }
    #expect((0..<10).map { digit in labels.count { $0 == digit } } == [36, 36, 35, 37, 36, 37, 36, 36, 35, 36])
    #expect(test.spec.classCount == 10)
    #expect(labels.prefix(12) == [5, 2, 8, 1, 7, 2, 6, 2, 6, 5, 0, 5], "the labels of scikit-learn's split")
  }

  @Test("attributes are parts and arrays")
  func attributes() throws {
    let object = try Digits.object()
    guard case .object(let train) = try object.attribute("train"), case .array(let x) = try train.attribute("x") else {
      Issue.record("`digits.train.x` is an array")
      return
    }
    #expect(x.shape[1...] == [8, 8])
    #expect(throws: MachineError.self) { try object.attribute("validation") }
  }
}
