import Arrays
import Artifacts
import Lambdas

/// A table as scripts hold it: `t["column"]`, `t.columns`, `t.dtypes`, `t.shape`, `t.values`, `t.categories`, `t.head()`, `len(t)`.
final class TableObject: ObjectValue {
  /// A table whose columns are numbers, as far as is known; and one that has texts among them.
  static let type = type(column: .array(nil, shape: [nil]))
  static let typeWithTexts = type(column: .any)

  private static func type(column: ValueType) -> ObjectType {
    ObjectType(
      "Table",
      attributes: [
        "columns": .init(.list(.string)), "shape": .init(.tuple([.integer, .integer])),
        "values": .init(.array(.float64, shape: [nil, nil])), "dtypes": .init(.dict(key: .string, value: .string)),
        "categories": .init(.dict(key: .string, value: .list(.string))),
      ],
      methods: [
        "head": FunctionType([.init("n", .integer, isOptional: true)], returns: .string),
        "codes": FunctionType([.init("column", .string)], returns: .array(.int64, shape: [nil])),
      ],
      element: column)
  }

  private let table: CSVTable

  init(_ table: CSVTable) { self.table = table }

  var objectType: ObjectType { TableObject.type(of: table) }
  var description: String { "<Table of \(table.rowCount) rows and \(table.columns.count) columns>" }

  var fingerprint: String {
    let columns = table.columns.map { column in
      let numbers = column.array.fingerprint
      return "\(column.name) \(numbers) \(column.words ?? [])"
    }
    return "\(description) \(columns)"
  }

  static func type(of table: CSVTable) -> ObjectType {
    table.columns.contains { $0.words != nil } ? typeWithTexts : type
  }

  func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "columns": .list(table.names.map(Value.string))
    case "shape": .tuple([.integer(table.rowCount), .integer(table.columns.count)])
    case "values": .array(table.matrix)
    case "dtypes": .dict(DictValue(table.columns.map { ($0.name, .string($0.kindName)) }))
    case "categories":
      .dict(DictValue(table.columns.compactMap { column in column.words.map { (column.name, .list($0.map(Value.string))) } }))
    default: throw MachineError(.attribute, "`Table` has no attribute `\(name)`")
    }
  }

  /// A column: an array of its numbers, or a list of its texts, None where there is none.
  func subscripted(_ index: Value) throws(MachineError) -> Value {
    let column = try column(index)
    if case .categories(let codes, let words) = column.values {
      return .list(codes.map { $0 < 0 ? .none : .string(words[Int($0)]) })
    }
    return .array(column.array)
  }

  func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value {
    switch method {
    case "head":
      guard case .integer(let count)? = arguments.first else { return .string(head(5)) }
      return .string(head(count))
    case "codes":
      let column = try column(arguments.first ?? .none)
      guard case .categories(let codes, _) = column.values else {
        throw MachineError(.value, "the column `\(column.name)` holds numbers, which are no categories")
      }
      return .array(NDArray(integers: codes.map(Int.init), shape: [codes.count]))
    default: throw MachineError(.attribute, "`Table` has no method `\(method)`")
    }
  }

  private func column(_ index: Value) throws(MachineError) -> CSVColumn {
    guard case .string(let name) = index, let column = table.columns.first(where: { $0.name == name }) else {
      let names = table.names.map { "`\($0)`" }.joined(separator: ", ")
      throw MachineError(.key, "the table has no column \(Operations.representation(index)); it has \(names)")
    }
    return column
  }

  /// The first rows under the names, in columns.
  private func head(_ count: Int) -> String {
    let shown = max(0, min(count, table.rowCount))
    let cells = table.columns.map { column in [column.name] + (0..<shown).map { column.text($0) } }
    let widths = cells.map { $0.map(\.count).max() ?? 0 }
    return (0...shown).map { row in
      zip(cells, widths).map { String(repeating: " ", count: $1 - $0[row].count) + $0[row] }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension CSVTable {
  /// All values as numbers: float64 [rows, columns].
  var matrix: NDArray {
    var array = NDArray(.float64, shape: [rowCount, columns.count])
    array.withMutableElements(as: Double.self) { elements in
      for (index, column) in columns.enumerated() {
        for row in 0..<rowCount { elements[row * columns.count + index] = column.double(row) }
      }
    }
    return array
  }
}

extension CSVColumn {
  /// The texts of a column of texts, each once.
  var words: [String]? {
    if case .categories(_, let words) = values { words } else { nil }
  }

  /// What a column is, in a word: NumPy's for numbers, pandas's for texts.
  var kindName: String {
    switch values {
    case .integers: "int64"
    case .doubles: "float64"
    case .booleans: missingCount == 0 ? "bool" : "float64"
    case .dates: "date"
    case .categories: "category"
    }
  }

  /// The numbers of a column that is no text: [rows].
  var array: NDArray {
    switch values {
    case .integers(let values): NDArray(integers: values, shape: [values.count])
    case .doubles(let values), .dates(let values): NDArray(doubles: values, shape: [values.count])
    case .booleans(let values) where missingCount == 0: NDArray(bools: values.map { $0 == 1 }, shape: [values.count])
    case .booleans(let values): NDArray(doubles: values.indices.map(double), shape: [values.count])
    case .categories(let codes, _): NDArray(integers: codes.map(Int.init), shape: [codes.count])
    }
  }

  /// One value as it is shown.
  fileprivate func text(_ row: Int) -> String {
    switch values {
    case .integers(let values): String(values[row])
    case .doubles(let values), .dates(let values): values[row].isNaN ? "NaN" : values[row].pythonDescription
    case .booleans(let values): ["False", "True", "NaN"][Int(values[row])]
    case .categories(let codes, let words): codes[row] < 0 ? "NaN" : words[Int(codes[row])]
    }
  }
}
