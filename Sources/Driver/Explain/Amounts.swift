import Arrays

/// A number of operations or bytes in three digits: `8.13 k`, `531 M`.
func scaled(_ amount: Double) -> String {
  let units = ["", " k", " M", " G", " T", " P"]
  var (value, unit) = (amount, 0)
  while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
  if unit == 0 { return String(Int(value.rounded())) }
  let decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return FloatText.fixed(value, precision: decimals) + units[unit]
}

/// Cells of a table, the first columns to the left and the others to the right, in columns as wide as they must be.
func aligned(_ rows: [[String]], leftColumns: Int) -> [String] {
  let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    let cells = row.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return column < leftColumns ? cell + space : space + cell
    }
    var line = cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }
}
