import Arrays
import Artifacts
import Lambdas
import Plans

/// `read_csv(path)`: a table, or with `target=` a data set of its rows.
enum ReadCSV {
  private static let path = Parameter<String>("filepath", "the file, perhaps gzipped", .inputPath)
  private static let separator = Parameter<String>(
    "sep", "the character between values", .choice([",", ";", "\t", "|", " "]), default: ",")
  private static let header = Parameter<CSVDialect.Header>(
    "header",
    "whether the first line names the columns: 0 says so, none that it does not, `\"infer\"` looks whether it holds numbers alone",
    .optional(.either([.choice(["infer"]), .integer(min: 0, max: 0)])), default: .string("infer")
  ) { value in
    switch value {
    case .none: .absent
    case .integer: .present
    default: .inferred
    }
  }
  private static let target = Parameter<String?>.optional(
    Parameter<String>("target", "the column that is to be predicted; the others are the features"))
  private static let names = texts("names", "names of all columns; a first line that names them, too, needs `header=0`")
  private static let chosen = texts("usecols", "the columns to take, by name; none takes all")
  private static let missingWords = texts(
    "na_values", "what stands for a missing value beside pandas's own words (`NA`, `NaN`, nothing …)")
  private static let decimal = Parameter<String>(
    "decimal", "what stands before the decimals of a number", .choice([".", ","]), default: ".")
  private static let encoding = Parameter<String>(
    "encoding", "how characters are written as bytes", .choice(CSVDialect.Encoding.allCases.map(\.rawValue)),
    default: CSVDialect.Encoding.utf8.rawValue)
  private static let categories = Parameter<String>(
    "categories",
    "with `target`, what a text becomes among the features: `\"int\"`, its place among the column's texts, or `\"one_hot\"`, a number for each",
    .choice(["int", oneHot]), default: "int")
  private static let vocabulary = Parameter<[String: [String]]?>(
    "vocabulary",
    "with `target`, the texts of columns in the order of their numbers, as another data set's `.vocabulary`; none takes the file's own, sorted",
    .optional(.dict(.list(.string, min: 1))), default: Value.none
  ) { value in
    guard case .dict(let dict) = value else { return .some(nil) }
    return Dictionary(
      zip(dict.keys, dict.values).compactMap { key, words in key.asString.map { ($0, strings(words) ?? []) } },
      uniquingKeysWith: { first, _ in first })
  }
  private static let fill = Parameter<Value>(
    "fillna",
    "with `target`, what stands for missing values: a number or `\"mean\"` for all columns of numbers, or a dict by column",
    .optional(.either([.number(), .choice(["mean"]), .dict(.either([.number(), .string]))])), default: Value.none
  ) { $0 }
  private static let verbose = Parameter<Bool>(
    "verbose", "whether to tell what columns hold that are not plain numbers", default: true)

  private static let oneHot = "one_hot"

  private static func texts(_ name: String, _ help: String) -> Parameter<[String]?> {
    Parameter(name, help, .optional(.list(.string, min: 1)), default: Value.none) { .some(strings($0)) }
  }

  private static func strings(_ value: Value) -> [String]? {
    switch value {
    case .list(let items), .tuple(let items): items.compactMap(\.asString)
    default: nil
    }
  }

  static let entry = Entry(
    .dataset,
    Signature(
      "read_csv",
      "A table from a text file, each column of the kind that all of it is of; with `target` a data set of its rows.",
      [
        path.description, separator.description, header.description, target.description, names.description, chosen.description,
        missingWords.description, decimal.description, encoding.description, categories.description, vocabulary.description,
        fill.description, verbose.description,
      ],
      example: "data = read_csv(\"iris.csv\", target=\"species\")"),
    .function(
      FunctionTraits(
        giving: nil,
        forecast: { arguments throws(Failure) in
          guard let path = arguments["filepath"]?.asString else { return .type(.any) }
          let head = try reading(path) { path, dialect throws(FileFailure) in
            try CSVTable.head(path, dialect)
          } with: {
            arguments
          }
          guard arguments["target"]?.isNone != true else { return .type(.object(TableObject.type(of: head))) }
          guard arguments["target"] != nil, arguments["vocabulary"] != nil, arguments["fillna"] != nil else { return .type(.any) }
          var examples = try examples(arguments)
          let spec = try examples.spec(of: head, vocabulary: arguments[vocabulary])
          return .data(spec, facts: examples.facts(of: head), laterFacts: TableExamples.laterFacts)
        },
        placedCall: { arguments, surroundings throws(Failure) in
          let table = try reading(arguments[path]) { path, dialect throws(FileFailure) in
            try CSVTable.read(path, dialect)
          } with: {
            arguments
          }
          if arguments[verbose] { surroundings.write(report(table, arguments[path])) }
          if arguments[target] == nil { return .object(TableObject(table)) }
          var examples = try examples(arguments)
          let spec = try examples.spec(of: table, vocabulary: arguments[vocabulary])
          let data = try examples.dataset(of: table, classCount: spec.classCount)
          return .object(DataObject(spec: data.spec, facts: examples.facts(of: table), examples: data))
        })))

  private static func examples(_ arguments: Arguments) throws(Failure) -> TableExamples {
    var columns: [String: TableExamples.Fill] = [:]
    if case .dict(let dict) = arguments[fill] {
      for (key, value) in zip(dict.keys, dict.values) {
        guard let name = key.asString, let fill = asFill(value) else { continue }
        columns[name] = fill
      }
    }
    return TableExamples(
      path: arguments[path], target: arguments[target] ?? "", isOneHot: arguments[categories] == oneHot,
      fill: asFill(arguments[fill]), columnFills: columns)
  }

  private static func asFill(_ value: Value) -> TableExamples.Fill? {
    switch value {
    case .string("mean"): .mean
    case .string(let text): .text(text)
    case .integer(let number): .number(Double(number))
    case .float(let number): .number(number)
    default: nil
    }
  }

  private static func reading(
    _ path: String, _ read: (String, CSVDialect) throws(FileFailure) -> CSVTable, with arguments: () -> Arguments
  ) throws(Failure) -> CSVTable {
    let dialect = try dialect(arguments())
    do { return try read(path, dialect) } catch { throw Failure("\(error)") }
  }

  private static func dialect(_ arguments: Arguments) throws(Failure) -> CSVDialect {
    var dialect = CSVDialect()
    func byte(_ name: String) -> UInt8? { arguments[name]?.asString?.utf8.first }
    dialect.separator = byte("sep") ?? dialect.separator
    dialect.decimalPoint = byte("decimal") ?? dialect.decimalPoint
    if dialect.separator == dialect.decimalPoint {
      throw Failure("`read_csv` cannot tell `sep` from `decimal`: both are `\(arguments[decimal])`")
    }
    if arguments["encoding"] != nil { dialect.encoding = .init(rawValue: arguments[encoding]) ?? .utf8 }
    if arguments["header"] != nil { dialect.header = arguments[header] }
    if arguments["names"] != nil { dialect.names = arguments[names] }
    if arguments["na_values"] != nil { dialect.missingWords = arguments[missingWords] ?? [] }
    if arguments["vocabulary"] != nil { dialect.textColumns = Set((arguments[vocabulary] ?? [:]).keys) }
    if arguments["usecols"] != nil, let columns = arguments[chosen] {
      dialect.chosen = columns + (arguments["target"]?.asString.map { columns.contains($0) ? [] : [$0] } ?? [])
    }
    return dialect
  }

  /// What columns hold that are not plain numbers, a line a kind; nothing where all are.
  private static func report(_ table: CSVTable, _ path: String) -> String {
    var lines: [String] = []
    func tell(_ what: String, _ texts: [String]) { if !texts.isEmpty { lines.append("  \(what): \(listed(texts))") } }
    tell("texts", table.columns.compactMap { column in column.words.map { "\(column.name) (\(summary($0)))" } })
    tell("truth values", names(table) { if case .booleans = $0.values { true } else { false } })
    tell("dates, as days since 1970-01-01", names(table) { if case .dates = $0.values { true } else { false } })
    tell(
      "with missing values",
      table.columns.filter { $0.missingCount > 0 }.map { "\($0.name) (\($0.missingCount))" })
    if lines.isEmpty { return "" }
    let numbers = names(table) {
      if case .integers = $0.values { true } else if case .doubles = $0.values { true } else { false }
    }
    if !numbers.isEmpty { lines.insert("  numbers: \(listed(numbers))", at: 0) }
    return "`\(path)`: \(table.rowCount) rows\n" + lines.joined(separator: "\n") + "\n"
  }

  private static func names(_ table: CSVTable, where holds: (CSVColumn) -> Bool) -> [String] {
    table.columns.filter(holds).map(\.name)
  }

  private static func summary(_ words: [String]) -> String {
    words.count <= 5 ? words.joined(separator: ", ") : "\(words.prefix(3).joined(separator: ", ")) … \(words.count) in all"
  }

  private static func listed(_ texts: [String]) -> String {
    texts.prefix(20).joined(separator: ", ") + (texts.count > 20 ? " … \(texts.count) in all" : "")
  }
}
