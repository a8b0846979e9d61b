import Arrays
import Artifacts
import Lambdas
import Plans

/// `read_csv(path)`: a table of numbers, or with `target=` a data set of its rows.
enum ReadCSV {
  private static let path = Parameter<String>("filepath", "the file", .inputPath)
  private static let target = Parameter<String?>.optional(
    Parameter<String>("target", "the column that is to be predicted; the others are the features"))
  private static let separator = Parameter<String>(
    "sep", "the character between values", .choice([",", ";", "\t", "|", " "]), default: ",")
  private static let header = Parameter<String?>.optional(
    Parameter<String>(
      "header", "whether the first line names the columns: `\"infer\"` looks whether it holds numbers, none says that it does",
      .choice(["infer"]), default: "infer"))

  static let entry = Entry(
    .dataset,
    Signature(
      "read_csv", "A table of numbers from a text file; with `target` a data set of its rows.",
      [path.description, separator.description, header.description, target.description],
      example: "data = read_csv(\"iris.csv\", target=\"species\")"),
    .function(
      FunctionTraits(
        forecast: { arguments throws(Failure) in
          let table = try reading { () throws(FileFailure) in
            try NumberTable.head(arguments[path], separator: byte(arguments), hasHeader: hasHeader(arguments))
          }
          guard let target = arguments[target] else { return .type(.object(TableObject.type)) }
          let (features, labels) = try split(table, target, arguments[path])
          var targets = TensorSpec(Shape([]))
          if case .integers = labels { targets = TensorSpec(Shape([]), .int64) }
          return .data(DataSpec(count: nil, inputs: [TensorSpec(Shape([features.count]))], targets: [targets]))
        },
        call: { arguments throws(Failure) in
          let table = try reading { () throws(FileFailure) in
            try NumberTable.read(arguments[path], separator: byte(arguments), hasHeader: hasHeader(arguments))
          }
          guard let target = arguments[target] else { return .object(TableObject(table)) }
          let (features, labels) = try split(table, target, arguments[path])
          let y =
            switch labels {
            case .integers(let values): NDArray(integers: values, shape: [values.count])
            case .doubles(let values): NDArray(doubles: values, shape: [values.count]).converted(to: .float32)
            }
          do throws(DataFailure) {
            let data = try Dataset(inputs: [matrix(features, rows: table.rowCount).converted(to: .float32)], targets: [y])
            return .object(data.object)
          } catch {
            throw error.failure
          }
        })))

  /// Columns side by side: float64 [rows, columns].
  static func matrix(_ columns: [NumberTable.Column], rows: Int) -> NDArray {
    var array = NDArray(.float64, shape: [rows, columns.count])
    array.withMutableElements(as: Double.self) { elements in
      for (index, column) in columns.enumerated() {
        for (row, value) in column.doubles.enumerated() { elements[row * columns.count + index] = value }
      }
    }
    return array
  }

  /// The features and the target of a table. Throws if there is no such column.
  private static func split(_ table: NumberTable, _ target: String, _ path: String) throws(Failure)
    -> (features: [NumberTable.Column], target: NumberTable.Column)
  {
    guard let index = table.names.firstIndex(of: target) else {
      throw Failure("`\(path)` has no column `\(target)`; it has \(table.names.map { "`\($0)`" }.joined(separator: ", "))")
    }
    var features = table.columns
    features.remove(at: index)
    if features.isEmpty { throw Failure("`\(path)` has no column beside the target") }
    return (features, table.columns[index])
  }

  private static func byte(_ arguments: Arguments) -> UInt8 { arguments[separator].utf8.first ?? UInt8(ascii: ",") }
  private static func hasHeader(_ arguments: Arguments) -> Bool? { arguments[header] == nil ? false : nil }

  private static func reading<Result>(_ read: () throws(FileFailure) -> Result) throws(Failure) -> Result {
    do { return try read() } catch { throw Failure("\(error)") }
  }
}

/// A table as scripts hold it: `t["column"]`, `t.columns`, `t.shape`, `t.values`, `t.head()`, `len(t)`.
final class TableObject: ObjectValue {
  static let type = ObjectType(
    "Table",
    attributes: [
      "columns": .init(.list(.string)), "shape": .init(.tuple([.integer, .integer])),
      "values": .init(.array(.float64, shape: [nil, nil])),
    ],
    methods: ["head": FunctionType([.init("n", .integer, isOptional: true)], returns: .string)],
    element: .array(nil, shape: [nil]))

  private let table: NumberTable

  init(_ table: NumberTable) { self.table = table }

  var objectType: ObjectType { Self.type }
  var description: String { "<Table of \(table.rowCount) rows and \(table.names.count) columns>" }

  func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "columns": .list(table.names.map(Value.string))
    case "shape": .tuple([.integer(table.rowCount), .integer(table.names.count)])
    case "values": .array(ReadCSV.matrix(table.columns, rows: table.rowCount))
    default: throw MachineError(.attribute, "`Table` has no attribute `\(name)`")
    }
  }

  func subscripted(_ index: Value) throws(MachineError) -> Value {
    guard case .string(let name) = index, let column = table.names.firstIndex(of: name) else {
      let names = table.names.map { "`\($0)`" }.joined(separator: ", ")
      throw MachineError(.key, "the table has no column \(Operations.representation(index)); it has \(names)")
    }
    return switch table.columns[column] {
    case .integers(let values): .array(NDArray(integers: values, shape: [values.count]))
    case .doubles(let values): .array(NDArray(doubles: values, shape: [values.count]))
    }
  }

  func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value {
    guard method == "head" else { throw MachineError(.attribute, "`Table` has no method `\(method)`") }
    var count = 5
    if case .integer(let given)? = arguments.first { count = given }
    return .string(head(count))
  }

  /// The first rows under the names, in columns.
  private func head(_ count: Int) -> String {
    let shown = max(0, min(count, table.rowCount))
    let cells = zip(table.names, table.columns).map { name, column in
      [name]
        + (0..<shown).map { row in
          switch column {
          case .integers(let values): String(values[row])
          case .doubles(let values): values[row].pythonDescription
          }
        }
    }
    let widths = cells.map { $0.map(\.count).max() ?? 0 }
    return (0...shown).map { row in
      zip(cells, widths).map { String(repeating: " ", count: $1 - $0[row].count) + $0[row] }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
