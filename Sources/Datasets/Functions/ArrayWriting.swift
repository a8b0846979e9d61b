import Arrays
import Artifacts
import Lambdas
import Plans

/// `save_npy(path, x)` and `save_csv(path, x)`: arrays such as predictions written to files, each of which is the old file or the new one.
enum ArrayWriting {
  static let npy = Entry(
    .function,
    Signature(
      "save_npy", "Writes an array to a `.npy` file, which NumPy and `load_npy` read.", [path.description, array.description],
      example: "save_npy(\"ones.npy\", [1, 1])"),
    .function(
      FunctionTraits(
        giving: ValueType.none, forecast: { _ throws(Failure) in .type(.none) },
        call: { arguments throws(Failure) in
          let array = try numbers(arguments[array], for: "save_npy")
          try writing { () throws(FileFailure) in try NPY.write(array, to: arguments[path]) }
          return .none
        })))

  static let csv = Entry(
    .function,
    Signature(
      "save_csv",
      "Writes an array of one or two dimensions to a text, a row a line, its numbers in the fewest digits that tell them apart.",
      [path.description, array.description, columns.description, separator.description],
      example: "save_csv(\"ones.csv\", [[1, 1]], columns=[\"a\", \"b\"])"),
    .function(
      FunctionTraits(
        giving: ValueType.none, forecast: { _ throws(Failure) in .type(.none) },
        call: { arguments throws(Failure) in
          let text = try table(of: numbers(arguments[array], for: "save_csv"), arguments[columns], arguments[separator])
          try writing { () throws(FileFailure) in try writeDurably(text, to: arguments[path]) }
          return .none
        })))

  private static let path = Parameter<String>("path", "where to", .outputPath)
  private static let array = Parameter<Value>("x", "the array", .array) { $0 }
  private static let columns = Parameter<[String]?>(
    "columns", "names of the columns for a first line; none writes numbers alone", .optional(.list(.string, min: 1)),
    default: Value.none
  ) { value in
    switch value {
    case .list(let items), .tuple(let items): .some(items.compactMap(\.asString))
    default: .some(nil)
    }
  }
  private static let separator = Parameter<String>(
    "sep", "the character between values", .choice([",", ";", "\t", "|", " "]), default: ",")

  /// The rows of an array as lines, behind one of names.
  static func table(of array: NDArray, _ columns: [String]?, _ separator: String) throws(Failure) -> String {
    guard (1...2).contains(array.rank) else {
      throw Failure("`save_csv` writes arrays of one or two dimensions, and this one has \(array.rank)")
    }
    let width = array.rank == 2 ? array.shape[1] : 1
    if let columns, columns.count != width {
      throw Failure("`save_csv` has \(columns.count) names for \(width) columns")
    }
    let separator = Character(separator)
    var text = columns.map { csvRow($0, separator: separator) } ?? ""
    let numbers = array.numberTexts
    for row in 0..<array.shape[0] {
      text += numbers[(row * width)..<((row + 1) * width)].joined(separator: String(separator)) + "\r\n"
    }
    return text
  }

  private static func numbers(_ value: Value, for function: String) throws(Failure) -> NDArray {
    do { return try Operations.makeArray(value) } catch {
      throw Failure("`\(function)` needs an array of numbers: \(error.message)")
    }
  }

  private static func writing(_ write: () throws(FileFailure) -> Void) throws(Failure) {
    do { try write() } catch { throw Failure("\(error)") }
  }
}

extension NDArray {
  /// Each element in the fewest digits that its type needs.
  fileprivate var numberTexts: [String] {
    switch type {
    case .float32: withElements(as: Float.self) { $0.map { $0.isNaN ? "nan" : $0.description } }
    case .float64: withElements(as: Double.self) { $0.map(\.pythonDescription) }
    case .int64: withElements(as: Int.self) { $0.map(String.init) }
    case .int32: withElements(as: Int32.self) { $0.map { String($0) } }
    case .uint8: withElements(as: UInt8.self) { $0.map { String($0) } }
    case .bool: withElements(as: Bool.self) { $0.map { $0 ? "True" : "False" } }
    case .string: texts
    }
  }
}
