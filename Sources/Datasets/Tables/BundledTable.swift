import Arrays
import Lambdas
import Plans

/// A table of numbers with a class for each row, unpacked from the binary: `load_iris()` and its kin.
struct BundledTable: Sendable {
  let name: String
  let summary: String
  let features: [String]
  let classes: [String]
  private let labels: StaticString
  private let values: StaticString
  private let split: BundledSplit

  static let iris = BundledTable(
    name: "load_iris", summary: "150 flowers of three kinds of iris, four measures each, that ship inside the program.",
    features: IrisTable.features, classes: IrisTable.classes, labels: IrisTable.labels, values: IrisTable.values,
    split: BundledSplit(IrisTable.order, trainingCount: IrisTable.trainingCount))

  static let wine = BundledTable(
    name: "load_wine", summary: "178 wines of three growers, thirteen measures each, that ship inside the program.",
    features: WineTable.features, classes: WineTable.classes, labels: WineTable.labels, values: WineTable.values,
    split: BundledSplit(WineTable.order, trainingCount: WineTable.trainingCount))

  static let breastCancer = BundledTable(
    name: "load_breast_cancer",
    summary: "569 breast masses, malignant (0) or benign (1), thirty measures each, that ship inside the program.",
    features: BreastCancerTable.features, classes: BreastCancerTable.classes, labels: BreastCancerTable.labels,
    values: BreastCancerTable.values,
    split: BundledSplit(BreastCancerTable.order, trainingCount: BreastCancerTable.trainingCount))

  /// What the catalog says of it.
  var entry: Entry {
    Entry(
      .dataset, Signature(name, summary, [], example: "data = \(name)()"),
      .function(
        FunctionTraits(
          forecast: { _ throws(Failure) in .data(spec(of: all.count), parts: split.parts.mapValues { spec(of: $0.count) }) },
          call: { _ throws(Failure) in .object(try object()) })))
  }

  /// All rows in the collectors' order, with the parts `train` and `test`: x is float32 [count, features], y int64 [count].
  func object() throws(Failure) -> DataObject {
    do throws(DataFailure) {
      let numbers = unpacked
      var parts: [String: DataObject] = [:]
      for (part, rows) in split.parts { parts[part] = try examples(rows, of: numbers).object }
      let whole = try examples(all, of: numbers)
      return DataObject(spec: whole.spec, parts: parts, examples: whole)
    } catch {
      throw error.failure
    }
  }

  private var all: [Int] { Array(0..<labels.utf8CodeUnitCount) }

  private func spec(of count: Int) -> DataSpec {
    DataSpec(
      count: count, inputs: [TensorSpec(Shape([features.count]))], targets: [TensorSpec(Shape([]), .int64)],
      classCount: classes.count)
  }

  private func examples(_ rows: [Int], of numbers: [Float]) throws(DataFailure) -> Dataset {
    let width = features.count
    let x = NDArray(floats: rows.flatMap { numbers[($0 * width)..<(($0 + 1) * width)] }, shape: [rows.count, width])
    let y = labels.withUTF8Buffer { labels in rows.map { Int(labels[$0] - UInt8(ascii: "0")) } }
    return try Dataset(inputs: [x], targets: [NDArray(integers: y, shape: [rows.count])], classCount: classes.count)
  }

  /// All values, row by row.
  private var unpacked: [Float] {
    values.withUTF8Buffer { text in
      text.split(separator: UInt8(ascii: ",")).map { number in
        guard let value = Float(String(decoding: number, as: UTF8.self)) else { preconditionFailure("the tables hold numbers") }
        return value
      }
    }
  }
}
