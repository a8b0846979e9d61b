import Arrays

/// A value in a row of a CSV log, as Keras's CSVLogger spells it.
package enum CSVValue: Sendable, Equatable {
  case integer(Int)
  /// Python's `repr`: shortest decimal, `nan`, `inf`.
  case float(Double)
  case text(String)
  /// `[a, b]` in double quotes of its own, which quoting then doubles.
  case list([CSVValue])
  /// Python's None: an empty field.
  case none

  var field: String {
    switch self {
    case .integer(let value): String(value)
    case .float(let value): value.pythonDescription
    case .text(let value): value
    case .list(let elements): "\"[" + elements.map(\.field).joined(separator: ", ") + "]\""
    case .none: ""
    }
  }
}

/// One row in the dialect of Python's `csv.writer`: quotes only where needed, doubled inside, ended by CR LF.
package func csvRow(_ values: [CSVValue], separator: Character = ",") -> String {
  let fields = values.map { csvField($0.field, separator: separator) }
  // A row of one empty field would read back as an empty line.
  if fields == [""] { return "\"\"\r\n" }
  return fields.joined(separator: String(separator)) + "\r\n"
}

/// A row of names, such as the header.
package func csvRow(_ names: [String], separator: Character = ",") -> String {
  csvRow(names.map(CSVValue.text), separator: separator)
}

private func csvField(_ text: String, separator: Character) -> String {
  // By code units: in Swift CR LF is one character, and neither of its halves.
  let needsQuotes =
    text.contains(separator) || text.utf8.contains { $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
  if !needsQuotes { return text }
  var quoted = "\""
  for scalar in text.unicodeScalars {
    if scalar == "\"" { quoted += "\"" }
    quoted.unicodeScalars.append(scalar)
  }
  return quoted + "\""
}

/// The rows of a CSV text as they were written, fields without their quotes; a last row without a line end is left out.
package func csvRows(_ text: String, separator: Character = ",") -> [[String]] {
  var rows: [[String]] = []
  var row: [String] = []
  var field = String.UnicodeScalarView()
  var isQuoted = false
  var scalars = text.unicodeScalars.makeIterator()
  var next = scalars.next()
  let separator = separator.unicodeScalars.first
  while let scalar = next {
    next = scalars.next()
    switch scalar {
    case "\"" where isQuoted && next == "\"":
      field.append("\"")
      next = scalars.next()
    case "\"": isQuoted.toggle()
    case separator where !isQuoted:
      row.append(String(field))
      field = String.UnicodeScalarView()
    case "\r" where !isQuoted && next == "\n": continue
    case "\n" where !isQuoted:
      rows.append(row + [String(field)])
      (row, field) = ([], String.UnicodeScalarView())
    default: field.append(scalar)
    }
  }
  return rows
}
