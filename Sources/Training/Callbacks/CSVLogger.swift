import Arrays
import Artifacts
import Lambdas
import Plans

/// Writes a row per epoch into a CSV file: the epoch, counted from 0, and its scores by name.
///
/// The columns are the scores that this fit can give at the callback's place in the list, sorted; one that an epoch does
/// not give is `NA`. Folders that are missing are made. (Keras makes none, takes the first epoch's names and makes up a `val_` column for each.) With `append=True` the
/// columns of the file must be the same: Keras would write the values under the wrong names. With `merge=True` too the file is gone on
/// with whatever its columns are, and what it has of epochs that are trained again goes. A resumed run cuts the file
/// back to what the backup knows, so every epoch stands in it once; scores that the script has gained since get columns at the end.
/// Of a file that was shortened or deleted meanwhile it keeps the rows that are left, and says so.
package struct CSVLogger: Callback {
  static let filename = Parameter<String>("filename", "the file to write", .outputPath)
  static let separator = Parameter<String>("separator", "what stands between two columns", default: ",")
  static let append = Parameter<Bool>("append", "whether to go on after what is in the file", default: false)

  static let merge = Parameter<Bool>(
    "merge", "with `append`, whether rows of epochs that are trained again go, and new columns are added", default: false
  ).keywordOnly

  static let entry = Entry(
    .callback,
    Signature(
      "CSVLogger", "Writes the scores of every epoch into a CSV file.",
      [filename.description, separator.description, append.description, merge.description], example: "CSVLogger(\"log.csv\")"),
    conflict: conflict,
    .callback(
      CallbackTraits(
        recordsLogs: true,
        facts: { arguments in
          guard arguments[append] else { return [] }
          return ["goes on after what is in the file" + (arguments[merge] ? ", without the epochs that are trained again" : "")]
        })))

  private static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    if separatorCharacter(arguments) == nil {
      return ArgumentConflict(
        of: separator.description.name, "needs one character between columns, and no quote or line end",
        hint: "`separator=\"\\t\"` is a tab.")
    }
    if arguments[merge], !arguments[append] {
      return ArgumentConflict(
        of: merge.description.name, "merges with what is in the file only if it goes on after that", hint: "add `append=True`.")
    }
    return nil
  }

  package let name = "CSVLogger"
  package let hooks: Set<Hook> = [.trainBegin, .epochEnd]
  private let path: String
  private let separator: Character
  private let appends: Bool
  private let merges: Bool
  /// Without `epoch`.
  private var columns: [String]
  /// Whether the first epoch may give more columns, which only hooks of the script know.
  private let hasOtherColumns: Bool

  /// Open for as long as there is this callback: the last backup, after the end of the training, asks for its length.
  private var file: AppendingFile?
  private var hasHeader = false
  package private(set) var losses: [String] = []
  /// Scores that came when the columns stood, and are told of.
  private var left: [String] = []

  package init(
    _ path: String, separator: Character = ",", appends: Bool = false, merges: Bool = false, columns: [String],
    hasOtherColumns: Bool = false
  ) {
    self.hasOtherColumns = hasOtherColumns
    self.merges = merges
    self.path = path
    self.separator = separator
    self.appends = appends
    self.columns = columns
  }

  package init(_ arguments: Arguments, in outline: FitOutline) throws(CallbackFailure) {
    guard let separator = Self.separatorCharacter(arguments) else {
      throw CallbackFailure("its separator must be one character, but is `\(arguments[Self.separator])`")
    }
    let path = arguments[Self.filename]
    if let obstacle = obstacle(toWriting: path, makingFolders: true) { throw CallbackFailure("it \(obstacle)") }
    self.init(
      path, separator: separator, appends: arguments[Self.append], merges: arguments[Self.merge], columns: outline.epochNames,
      hasOtherColumns: outline.hasOtherNames)
  }

  /// The separator; nil if columns could not be told apart by it.
  private static func separatorCharacter(_ arguments: Arguments) -> Character? {
    let text = arguments[separator]
    guard text.count == 1, let character = text.first, character != "\"", !character.isNewline else { return nil }
    return character
  }

  private var header: String { csvRow(["epoch"] + columns, separator: separator) }

  package mutating func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request] {
    var gone = 0
    var told: [Request] = []
    try reportingFailures { () throws(FileFailure) in
      if appends, let text = try mendEnd() { told = [.print(text)] }
      if appends, merges { gone = try mergeRows(before: run.initialEpoch) }
      let wholeBytes = appends ? try wholeRows() : 0
      file = try AppendingFile(path, from: .length(wholeBytes), makingFolders: true)
      hasHeader = wholeBytes > 0
    }
    if gone == 0 { return told }
    let reason = "epochs are trained again from \(run.initialEpoch + 1) on"
    return told + [.decide(Decision(.deleted, "deleted \(gone) row\(gone == 1 ? "" : "s") of `\(path)`", because: reason))]
  }

  package mutating func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    try reportingFailures { () throws(FileFailure) in
      guard let file else { return }
      if !hasHeader {
        if hasOtherColumns { columns = Set(columns + report.logs.names).sorted() }
        try file.append(header)
      }
      hasHeader = true
      let values = columns.map { report.logs[$0].map(CSVValue.init) ?? .text("NA") }
      try file.append(csvRow([.integer(report.epoch)] + values, separator: separator))
    }
    let others = hasOtherColumns ? report.logs.names.filter { !columns.contains($0) && !left.contains($0) } : []
    if others.isEmpty { return [] }
    left += others
    let names = others.map { "`\($0)`" }.joined(separator: ", ")
    return [.print("warning: `\(path)` has no column for \(names): its first line was written before.\n")]
  }

  package func saveState() -> JSON {
    [
      "length": file.map { .integer($0.length) } ?? .null, "has_header": .bool(hasHeader),
      "columns": .array(columns.map(JSON.string)),
    ]
  }

  package var growingFiles: [AppendingFile] { [file].compactMap(\.self) }

  package mutating func resume(from state: JSON, _ run: RunReport) throws(CallbackFailure) {
    guard !run.isOver, let length = state["length"]?.integerValue else { return }
    hasHeader = state["has_header"]?.boolValue ?? (length > 0)
    let names = state["columns"]?.arrayValue?.compactMap(\.stringValue) ?? columns
    try reportingFailures { () throws(FileFailure) in
      if let loss = AppendingFile.loss(at: path, of: length) {
        columns = names + columns.filter { !names.contains($0) }
        return try goOnWithRest(before: run.initialEpoch, after: loss)
      }
      let length = hasHeader ? try addColumns(to: names, length: length) : length
      file = try AppendingFile(path, from: .length(length), makingFolders: true)
    }
  }

  /// Goes on with the rows that are left of a file that was shortened or deleted; one that has none is begun anew.
  private mutating func goOnWithRest(before epoch: Int, after loss: String) throws(FileFailure) {
    var kept = 0
    if let rows = try oldRows(), Self.nameColumns(rows[0]) { kept = try rewrite(rows, before: epoch) }
    file = try AppendingFile(path, from: kept > 0 ? .end : .empty, makingFolders: true)
    hasHeader = kept > 0
    let rest = "\(kept == 0 ? "no" : "\(kept)") row\(kept == 1 ? "" : "s")"
    losses = ["`\(path)` is not as the backup knows it: \(loss); it goes on with \(rest) before epoch \(epoch + 1)"]
  }

  /// Gives the file of a backup, which had these columns and so many bytes, those that the fit has since, at the end; and its new length.
  ///
  /// A run that was killed before it could back that up has left the file with more columns than the backup says, and with no other rows.
  private mutating func addColumns(to names: [String], length: Int) throws(FileFailure) -> Int {
    guard let status = FileStatus(at: path), status.size >= length else { return length }
    let bytes = try readFile(path)
    var rows = csvRows(String(decoding: bytes, as: UTF8.self), separator: separator)
    let found = (rows.first ?? []).dropFirst()
    let hasMore = found.count > names.count && found.starts(with: names)
    let before = hasMore ? Array(found) : names
    let new = columns.filter { !before.contains($0) }
    columns = before + new
    if new.isEmpty { return hasMore ? bytes.count : length }
    if !hasMore { rows = csvRows(String(decoding: bytes.prefix(length), as: UTF8.self), separator: separator) }
    let lines = rows.dropFirst().map { csvRow($0 + new.map { _ in "NA" }, separator: separator) }
    let text = header + lines.joined()
    try writeDurably(text, to: path)
    return text.utf8.count
  }

  /// Rewrites what an earlier run has left with the columns of both, and without the epochs from one on; gives how many rows go.
  private mutating func mergeRows(before epoch: Int) throws(FileFailure) -> Int {
    guard let rows = try oldRows() else { return 0 }
    guard Self.nameColumns(rows[0]) else {
      throw .cannotWrite(path: path, reason: "its first line does not name columns, `epoch` first")
    }
    return rows.count - 1 - (try rewrite(rows, before: epoch))
  }

  /// The whole rows of the file, its header first; nil where there are none.
  private func oldRows() throws(FileFailure) -> [[String]]? {
    guard let status = FileStatus(at: path), status.size > 0 else { return nil }
    let rows = csvRows(String(decoding: try readFile(path), as: UTF8.self), separator: separator)
    return rows.allSatisfy { $0 == [""] } ? nil : rows
  }

  /// Gives a last row without a line end one where it has all its fields; and what is said of it. One that is cut short goes.
  private func mendEnd() throws(FileFailure) -> String? {
    let torn = try AppendingFile.tornBytes(at: path)
    if torn == 0 { return nil }
    let bytes = try readFile(path)
    let rows = csvRows(String(decoding: bytes, as: UTF8.self) + "\n", separator: separator)
    guard let header = rows.first, let last = rows.last, last.count == header.count, last.last?.isEmpty == false else {
      return
        "warning: the last row of `\(path)` is cut short and goes: `\(String(decoding: bytes.suffix(torn), as: UTF8.self))`.\n"
    }
    let file = try AppendingFile(path, from: .end, makingFolders: true)
    try file.append("\r\n")
    return "note: the last row of `\(path)` had no line end, and stays.\n"
  }

  private static func nameColumns(_ names: [String]) -> Bool { names.first == "epoch" && Set(names).count == names.count }

  /// Writes rows, their header first, anew: those of epochs before one, with columns for what this fit gives besides. Gives how
  /// many these are.
  private mutating func rewrite(_ rows: [[String]], before epoch: Int) throws(FileFailure) -> Int {
    let names = rows[0]
    let new = columns.filter { !names.contains($0) }
    columns = names.dropFirst() + new
    let kept = rows.dropFirst().filter { row in row.count == names.count && (Int(row[0]).map { $0 < epoch } ?? false) }
    let lines = kept.map { row in csvRow(row + new.map { _ in "NA" }, separator: separator) }
    try writeDurably(header + lines.joined(), to: path)
    return kept.count
  }

  /// Bytes of the file up to its last whole row, after a look at its columns.
  private mutating func wholeRows() throws(FileFailure) -> Int {
    guard try oldRows() != nil else { return 0 }
    let bytes = try readFile(path)
    let firstLine = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    if hasOtherColumns, let names = csvRows(firstLine + "\n", separator: separator).first, Self.nameColumns(names),
      Set(columns).isSubset(of: names)
    {
      columns = Array(names.dropFirst())
    }
    let expected = String(header.unicodeScalars.filter { $0 != "\r" && $0 != "\n" })
    guard firstLine == expected else {
      throw .cannotWrite(path: path, reason: "its columns are `\(firstLine)`, but this fit gives `\(expected)`")
    }
    return bytes.count - (try AppendingFile.tornBytes(at: path))
  }
}

extension CSVValue {
  /// A number as it is; what else may stand in logs as text.
  init(_ value: Value) {
    switch value {
    case .integer(let number): self = .integer(number)
    case .float(let number): self = .float(number)
    case .bool(let flag): self = .text(flag ? "True" : "False")
    case .string(let text): self = .text(text)
    case .list(let values), .tuple(let values): self = .list(values.map(CSVValue.init))
    // Single precision in as few digits as tell it apart.
    case .array(let array) where array.type == .float32:
      self = .list(array.doubles.map { .float(FloatText.parse(Float($0).description) ?? $0) })
    case .array(let array): self = .list(array.doubles.map(CSVValue.float))
    default: self = .none
    }
  }
}
