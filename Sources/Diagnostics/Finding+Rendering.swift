extension Finding {
  /// The finding as it is printed, with the lines that it is about:
  /// ```
  /// error: `Dens` is unknown.
  ///   ┌─ digits.train:9:5
  /// 9 │     Dens(10, activation="softmax")
  ///   │     ^^^^ a layer is expected here
  /// hint: did you mean `Dense`?
  /// ```
  /// Carets mark the place, dashes the labels, in the order of their lines; other files follow in sections of their own.
  /// A warning or a note ends its first line with the name that `# allow:` takes. Ends with a line end.
  package func rendered(colors: Bool = false) -> String {
    let style = Style(isOn: colors)
    let name = severity < .error ? style.dim(" [\(name)]") : ""
    var text = style.severity(severity, bold: true, "\(severity.word):") + style.bold(" \(message)") + name + "\n"
    let marks = [Mark(range, remark, isPrimary: true)] + labels.map { Mark($0.range, $0.text, isPrimary: false) }
    var sources: [Source] = []
    for mark in marks where !sources.contains(mark.range.source) { sources.append(mark.range.source) }
    let lastLine = marks.map { $0.range.source.line(at: max($0.range.start, $0.range.end - 1)) }.max() ?? 1
    let gutter = String(lastLine).count
    for source in sources {
      var section = Section(source, marks.filter { $0.range.source == source }, severity, style, gutter: gutter)
      text += section.render()
    }
    if let hint { text += style.hint("hint:") + " \(hint)\n" }
    return text
  }
}

/// Findings as they are printed, a blank line between them.
package func rendered(_ findings: [Finding], colors: Bool = false) -> String {
  findings.map { $0.rendered(colors: colors) }.joined(separator: "\n")
}

extension Finding.Severity {
  /// As it begins a finding: `error`.
  package var word: String {
    switch self {
    case .error: "error"
    case .warning: "warning"
    case .note: "note"
    }
  }
}

/// A range that is underlined, with the words beside it.
private struct Mark {
  var range: SourceRange
  var text: String
  var isPrimary: Bool

  init(_ range: SourceRange, _ text: String, isPrimary: Bool) {
    self.range = range
    self.text = text
    self.isPrimary = isPrimary
  }
}

/// ANSI colours, or none.
private struct Style {
  var isOn: Bool

  func bold(_ text: String) -> String { wrapped("1", text) }
  func dim(_ text: String) -> String { wrapped("34", text) }
  func hint(_ text: String) -> String { wrapped("1;36", text) }

  func severity(_ severity: Finding.Severity, bold: Bool = false, _ text: String) -> String {
    let color =
      switch severity {
      case .error: "31"
      case .warning: "33"
      case .note: "34"
      }
    return wrapped(bold ? "1;\(color)" : color, text)
  }

  private func wrapped(_ code: String, _ text: String) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// The lines of one source that a finding is about.
private struct Section {
  /// Longer lines are shown in part, around what is marked.
  private static let widest = 120

  let source: Source
  let marks: [Mark]
  let severity: Finding.Severity
  let style: Style
  let gutter: Int

  init(_ source: Source, _ marks: [Mark], _ severity: Finding.Severity, _ style: Style, gutter: Int) {
    self.source = source
    self.marks = marks
    self.severity = severity
    self.style = style
    self.gutter = gutter
  }

  /// An underlined part of one line: offsets in the source.
  private struct Underline {
    var start: Int
    var end: Int
    var text: String
    var isPrimary: Bool
  }

  mutating func render() -> String {
    let place = (marks.first { $0.isPrimary } ?? marks[0]).range.place
    var text = String(repeating: " ", count: gutter + 1) + style.dim("┌─") + " \(place)\n"
    var previous: Int?
    for (line, underlines) in underlinesByLine() {
      if let previous, line == previous + 2 { text += row(number: previous + 1, window(previous + 1, []).text) }
      if let previous, line > previous + 2 { text += String(repeating: " ", count: gutter) + style.dim(" ·") + "\n" }
      text += rows(line, underlines)
      previous = line
    }
    return text
  }

  /// A range over several lines is underlined on its first and its last.
  private func underlinesByLine() -> [(Int, [Underline])] {
    var lines: [Int: [Underline]] = [:]
    for mark in marks {
      let start = min(mark.range.start, source.bytes.count)
      let end = min(max(mark.range.end, start), source.bytes.count)
      let first = source.line(at: start)
      let last = source.line(at: max(start, end - 1))
      if first == last {
        lines[first, default: []].append(Underline(start: start, end: end, text: mark.text, isPrimary: mark.isPrimary))
      } else {
        let firstEnd = source.offsets(ofLine: first).upperBound
        lines[first, default: []].append(Underline(start: start, end: firstEnd, text: "", isPrimary: mark.isPrimary))
        let offsets = source.offsets(ofLine: last)
        let lastStart = source.bytes[offsets].firstIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        lines[last, default: []].append(
          Underline(start: lastStart ?? offsets.lowerBound, end: end, text: mark.text, isPrimary: mark.isPrimary))
      }
    }
    return lines.sorted { $0.key < $1.key }
  }

  private func row(number: Int?, _ text: String) -> String {
    let number = number.map(String.init) ?? ""
    let padded = String(repeating: " ", count: max(0, gutter - number.count)) + number
    let line = style.dim("\(padded) │") + (text.isEmpty ? "" : " \(text)")
    return line + "\n"
  }

  /// The line, its underlines in one row, the rightmost one's text beside it and the others' below.
  private func rows(_ line: Int, _ underlines: [Underline]) -> String {
    let window = window(line, underlines)
    var text = row(number: line, window.text)
    let spans = underlines.map { (underline: $0, columns: window.columns(of: $0.start, $0.end)) }
    var cells: [Int] = []
    for span in spans.sorted(by: { !$0.underline.isPrimary && $1.underline.isPrimary }) {
      if cells.count < span.columns.upperBound { cells += Array(repeating: 0, count: span.columns.upperBound - cells.count) }
      for column in span.columns { cells[column] = span.underline.isPrimary ? 2 : 1 }
    }
    let ordered = spans.sorted { $0.columns.lowerBound > $1.columns.lowerBound }
    var marked = ""
    var run = 0
    while run < cells.count {
      var end = run
      while end < cells.count, cells[end] == cells[run] { end += 1 }
      marked += painted(cells[run], count: end - run)
      run = end
    }
    let rightmost = ordered[0].underline
    if !rightmost.text.isEmpty { marked += " " + colored(rightmost.text, rightmost.isPrimary) }
    text += row(number: nil, marked)
    for span in ordered.dropFirst() where !span.underline.text.isEmpty {
      let indent = String(repeating: " ", count: span.columns.lowerBound)
      text += row(number: nil, indent + colored(span.underline.text, span.underline.isPrimary))
    }
    return text
  }

  private func painted(_ cell: Int, count: Int) -> String {
    cell == 0 ? String(repeating: " ", count: count) : colored(String(repeating: cell == 2 ? "^" : "-", count: count), cell == 2)
  }

  private func colored(_ text: String, _ isPrimary: Bool) -> String {
    isPrimary ? style.severity(severity, text) : style.dim(text)
  }

  // MARK: the part of a line that is shown

  private struct Window {
    var text: String
    /// The display column of each shown character, by the offset at which it begins; the last is the end.
    var offsets: [Int]
    var columnsOfOffsets: [Int]

    /// The columns of a range: at least one, and inside what is shown.
    func columns(of start: Int, _ end: Int) -> Range<Int> {
      let first = column(start)
      return first..<max(first + 1, column(end))
    }

    private func column(_ offset: Int) -> Int {
      let index = offsets.lastIndex { $0 <= offset } ?? 0
      return columnsOfOffsets[index]
    }
  }

  private func window(_ line: Int, _ underlines: [Underline]) -> Window {
    let whole = source.offsets(ofLine: line)
    var part = whole
    if whole.count > Section.widest {
      let focus = (underlines.first { $0.isPrimary } ?? underlines.first)?.start ?? whole.lowerBound
      let latest = max(whole.lowerBound, whole.upperBound - Section.widest)
      var start = min(max(whole.lowerBound, focus - Section.widest / 3), latest)
      var end = min(whole.upperBound, start + Section.widest)
      while start > whole.lowerBound, source.bytes[start] & 0xC0 == 0x80 { start -= 1 }
      while end < whole.upperBound, source.bytes[end] & 0xC0 == 0x80 { end += 1 }
      part = start..<end
    }
    var window = Window(text: "", offsets: [], columnsOfOffsets: [])
    var column = 0
    if part.lowerBound > whole.lowerBound {
      window.text = "…"
      column = 1
    }
    var offset = part.lowerBound
    for character in String(decoding: source.bytes[part], as: UTF8.self) {
      window.offsets.append(offset)
      window.columnsOfOffsets.append(column)
      let shown = character.shown(atColumn: column)
      window.text += shown
      column += shown.reduce(0) { $0 + $1.displayWidth }
      offset += character.utf8.count
    }
    window.offsets.append(offset)
    window.columnsOfOffsets.append(column)
    if part.upperBound < whole.upperBound { window.text += "…" }
    return window
  }
}
