import Arrays
import Artifacts
import Lambdas
import Plans

/// How the columns of a table become the numbers that a network takes.
struct TableExamples {
  enum Fill: Sendable, Equatable {
    case number(Double)
    /// The mean of the column's values.
    case mean
    case text(String)
  }

  let path: String
  /// The column that is to be predicted.
  let target: String
  /// Whether a text becomes a row of zeros with a one at the place of its category, and not the number of this.
  let isOneHot: Bool
  /// What stands for missing values: in any column of numbers, and by column.
  let fill: Fill?
  let columnFills: [String: Fill]

  /// The words of columns of texts.
  private var vocabulary: [String: [String]] = [:]
  /// What was put where values are missing, by column.
  private var filled: [(name: String, value: Value)] = []
  private var features: [Feature] = []

  fileprivate struct Feature {
    let column: CSVColumn
    /// Each row's place in the vocabulary, where that is not the column's own.
    let codes: [Int32]?
    let fill: Double?
    /// How many numbers it is, where each category is one.
    let categoryCount: Int?
    var width: Int { categoryCount ?? 1 }
  }

  init(path: String, target: String, isOneHot: Bool, fill: Fill?, columnFills: [String: Fill]) {
    (self.path, self.target, self.isOneHot, self.fill, self.columnFills) = (path, target, isOneHot, fill, columnFills)
  }

  /// What is known of the examples by a table, or by its first rows. Throws where they can be none: a column is missing, a value is,
  /// a text is not in the vocabulary.
  mutating func spec(of table: CSVTable, vocabulary given: [String: [String]]?) throws(Failure) -> DataSpec {
    guard let label = table.columns.first(where: { $0.name == target }) else {
      throw Failure("`\(path)` has no column `\(target)`; it has \(table.names.map { "`\($0)`" }.joined(separator: ", "))")
    }
    let columns = table.columns.filter { $0.name != target }
    if columns.isEmpty { throw Failure("`\(path)` has no column beside the target") }
    for name in columnFills.keys.sorted() + (given?.keys.sorted() ?? []) where !table.names.contains(name) {
      throw Failure("`\(path)` has no column `\(name)` to fill or to know the words of")
    }
    features = []
    for column in columns { features.append(try feature(column, given?[column.name], isTarget: false)) }
    features.append(try feature(label, given?[target], isTarget: true))

    // Other rows may have other words.
    let isOpen = isOneHot && !table.isWhole && columns.contains { $0.words != nil && given?[$0.name] == nil }
    let width = features.dropLast().reduce(0) { $0 + $1.width }
    return DataSpec(
      count: table.isWhole ? table.rowCount : nil, inputs: [TensorSpec(Shape([isOpen ? nil : width]))],
      targets: [TensorSpec(Shape([]), label.isClass ? .int64 : .float32)], classCount: classCount(label))
  }

  /// What scripts may ask of the data set where its file is longer than what is looked at before the run.
  static let laterFacts: [String: ValueType] = [
    "feature_names": .list(.string), "class_names": .any, "vocabulary": .dict(key: .string, value: .list(.string)),
    "fillna": .dict(key: .string, value: .any),
  ]

  /// What scripts may ask of the data set.
  func facts(of table: CSVTable) -> [String: Value] {
    let names = features.dropLast().flatMap { feature in
      feature.categoryCount == nil
        ? [feature.column.name] : (vocabulary[feature.column.name] ?? []).map { "\(feature.column.name)_\($0)" }
    }
    var facts: [String: Value] = ["feature_names": .list(names.map(Value.string))]
    guard table.isWhole else { return isOneHot ? [:] : facts }
    let words = table.names.compactMap { name in vocabulary[name].map { (name, Value.list($0.map(Value.string))) } }
    facts["vocabulary"] = .dict(DictValue(words))
    facts["fillna"] = .dict(DictValue(filled))
    facts["class_names"] = vocabulary[target].map { .list($0.map(Value.string)) } ?? Value.none
    return facts
  }

  /// The examples: x float32 [rows, numbers of all features], y [rows], int64 for classes and whole numbers, else float32.
  func dataset(of table: CSVTable, classCount: Int?) throws(Failure) -> Dataset {
    let features = features.dropLast()
    let width = features.reduce(0) { $0 + $1.width }
    guard NDArray.fitsMemory(.float32, shape: [table.rowCount, width]) else {
      throw Failure("`\(path)`: \(table.rowCount) rows of \(width) numbers are more than the machine's memory holds")
    }
    var x = NDArray(.float32, shape: [table.rowCount, width])
    x.withMutableElements(as: Float.self) { x in
      // Some rows at a time, which stay in the cache while column after column is put there.
      for first in stride(from: 0, to: table.rowCount, by: Self.rowsAtOnce) {
        let rows = first..<min(first + Self.rowsAtOnce, table.rowCount)
        var place = 0
        for feature in features {
          feature.write(rows, into: x, place: place, width: width)
          place += feature.width
        }
      }
    }
    do throws(DataFailure) {
      return try Dataset(inputs: [x], targets: [self.features[features.count].labels], classCount: classCount)
    } catch {
      throw error.failure
    }
  }

  private static let rowsAtOnce = 1024
  /// Whole numbers beyond are rather amounts than classes.
  private static let classLimit = 1_000_000

  private func classCount(_ label: CSVColumn) -> Int? {
    switch label.values {
    case .categories: vocabulary[target]?.count
    case .booleans: label.missingCount == 0 ? 2 : nil
    case .integers(let values):
      values.allSatisfy { 0..<Self.classLimit ~= $0 } ? values.max().map { $0 + 1 } : nil
    case .doubles, .dates: nil
    }
  }

  private mutating func feature(_ column: CSVColumn, _ given: [String]?, isTarget: Bool) throws(Failure) -> Feature {
    guard case .categories(var codes, let own) = column.values else {
      if given != nil { throw Failure("the column `\(column.name)` of `\(path)` holds numbers, and `vocabulary` is for texts") }
      return Feature(column: column, codes: nil, fill: try fill(of: column), categoryCount: nil)
    }
    let words = given ?? own
    let places = Dictionary(words.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    if given != nil {
      for (word, code) in own.enumerated().map({ ($1, Int32($0)) }) where places[word] == nil {
        let row = codes.firstIndex(of: code) ?? 0
        throw Failure("row \(row) of `\(path)` has `\(word)` in the column `\(column.name)`, which its vocabulary does not hold")
      }
      codes = codes.map { $0 < 0 ? -1 : places[own[Int($0)]] ?? -1 }
    }
    vocabulary[column.name] = words
    let categoryCount = isOneHot && !isTarget ? words.count : nil
    switch columnFills[column.name] {
    case .text(let word)?:
      guard let place = places[word] else {
        throw Failure("`fillna` puts `\(word)` into the column `\(column.name)` of `\(path)`, which does not hold it elsewhere")
      }
      codes = codes.map { $0 < 0 ? place : $0 }
      filled.append((column.name, .string(word)))
    case .some: throw Failure("the column `\(column.name)` of `\(path)` holds texts: `fillna` takes one of them for it")
    case nil:
      // In rows of zeros and a one what is missing is a row of zeros.
      if categoryCount == nil, column.missingCount > 0 { throw missing(column) }
    }
    return Feature(column: column, codes: codes, fill: nil, categoryCount: categoryCount)
  }

  /// The number that stands for missing ones; nil where there are none.
  private mutating func fill(of column: CSVColumn) throws(Failure) -> Double? {
    guard let fill = columnFills[column.name] ?? (column.name == target ? nil : fill) else {
      if column.missingCount > 0 { throw missing(column) }
      return nil
    }
    let number: Double
    switch fill {
    case .number(let given): number = given
    case .mean: number = column.mean
    case .text: throw Failure("the column `\(column.name)` of `\(path)` holds numbers: `fillna` takes one for it, or \"mean\"")
    }
    if column.missingCount > 0, number.isNaN { throw missing(column) }
    filled.append((column.name, .float(number)))
    return number
  }

  private func missing(_ column: CSVColumn) -> Failure {
    let line = column.firstMissingLine.map { "line \($0) of " } ?? ""
    return Failure(
      "\(line)`\(path)` has no value in the column `\(column.name)`, which a network cannot take: `fillna` says what stands for it"
    )
  }
}

extension TableExamples.Feature {
  /// Puts some rows into a matrix of that width.
  fileprivate func write(_ rows: Range<Int>, into x: UnsafeMutableBufferPointer<Float>, place: Int, width: Int) {
    if let codes {
      for row in rows {
        if categoryCount == nil {
          x[row * width + place] = Float(codes[row])
        } else if codes[row] >= 0 {
          x[row * width + place + Int(codes[row])] = 1
        }
      }
      return
    }
    switch column.values {
    case .integers(let values): for row in rows { x[row * width + place] = Float(values[row]) }
    case .doubles(let values), .dates(let values):
      let fill = Float(fill ?? .nan)
      for row in rows { x[row * width + place] = values[row].isNaN ? fill : Float(values[row]) }
    case .booleans(let values):
      let fill = Float(fill ?? .nan)
      for row in rows { x[row * width + place] = values[row] == 2 ? fill : Float(values[row]) }
    case .categories: preconditionFailure("texts have codes")
    }
  }

  /// As targets: [rows].
  fileprivate var labels: NDArray {
    if let codes { return NDArray(integers: codes.map(Int.init), shape: [codes.count]) }
    switch column.values {
    case .integers(let values): return NDArray(integers: values, shape: [values.count])
    case .booleans(let values) where column.missingCount == 0:
      return NDArray(integers: values.map(Int.init), shape: [values.count])
    default:
      let numbers = column.doubles.map { $0.isNaN ? fill ?? $0 : $0 }
      return NDArray(floats: numbers.map(Float.init), shape: [numbers.count])
    }
  }
}

extension CSVColumn {
  /// Whether it is whole numbers, as targets are that are classes.
  fileprivate var isClass: Bool {
    switch values {
    case .integers, .categories: true
    case .booleans: missingCount == 0
    case .doubles, .dates: false
    }
  }

  fileprivate var doubles: [Double] {
    switch values {
    case .doubles(let values), .dates(let values): values
    case .integers(let values): values.map(Double.init)
    case .booleans(let values): values.indices.map(double)
    case .categories(let codes, _): codes.indices.map(double)
    }
  }

  /// Of the values that are there; NaN where there are none.
  fileprivate var mean: Double {
    let values = doubles.filter { !$0.isNaN }
    return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }
}
