import Arrays
import Lambdas
import Plans

/// Short texts with a class each that ship inside the program: `load_reviews()`.
enum Reviews {
  /// What the catalog says of them.
  static let entry = Entry(
    .dataset,
    Signature(
      "load_reviews", "600 short reviews, of praise (1) or complaint (0), that ship inside the program.", [],
      example: "data = load_reviews()"),
    .function(
      FunctionTraits(
        forecast: { _ throws(Failure) in
          .data(spec(of: all.count), parts: parts.mapValues { spec(of: $0.count) }, facts: facts)
        },
        call: { _ throws(Failure) in .object(try object()) })))

  /// All reviews, with the parts `train` and `test`: x are texts [count], y int64 [count].
  private static func object() throws(Failure) -> DataObject {
    do throws(DataFailure) {
      var parts: [String: DataObject] = [:]
      for (name, rows) in self.parts { parts[name] = try examples(rows).object }
      let whole = try examples(all)
      return DataObject(spec: whole.spec, parts: parts, facts: facts, examples: whole)
    } catch {
      throw error.failure
    }
  }

  private static let facts: [String: Value] = ["class_names": .list(ReviewTexts.classes.map(Value.string))]

  /// Each review as it is kept: a digit for its class, then the text.
  private static let lines = "\(ReviewTexts.lines)".split(separator: "\n")
  private static let all = 0..<lines.count
  private static let parts = [
    "train": 0..<ReviewTexts.trainingCount, "test": ReviewTexts.trainingCount..<lines.count,
  ]

  private static func spec(of count: Int) -> DataSpec {
    DataSpec(
      count: count, inputs: [TensorSpec(Shape([]), .string)], targets: [TensorSpec(Shape([]), .int64)],
      classCount: ReviewTexts.classes.count)
  }

  private static func examples(_ rows: Range<Int>) throws(DataFailure) -> Dataset {
    let lines = lines[rows]
    return try Dataset(
      inputs: [NDArray(texts: lines.map { String($0.dropFirst()) }, shape: [rows.count])],
      targets: [NDArray(integers: lines.map { $0.hasPrefix("1") ? 1 : 0 }, shape: [rows.count])],
      classCount: ReviewTexts.classes.count)
  }
}
