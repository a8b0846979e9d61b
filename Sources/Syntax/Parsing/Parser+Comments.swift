import Diagnostics

extension Parser {
  /// Finds the cell markers among the comments: `# %%` at the very start of a line.
  mutating func markCells() {
    for index in comments.indices {
      let comment = comments[index]
      guard let cell = Comment.Cell(of: comment.text) else { continue }
      let start = comment.range.start
      if start == 0 || isLineEnd(source.bytes[start - 1]) || start == 3 && source.bytes[0] == 0xEF {
        comments[index].cell = cell
      } else if findings.keeps(.warning) {
        findings.add(.misplacedCell(comment.range))
      }
    }
  }

  /// The comments before the current token that no statement has yet. Only those at the top level may begin cells.
  mutating func takeComments(isTopLevel: Bool) -> [Comment] {
    takeComments(before: current.start, isTopLevel: isTopLevel)
  }

  mutating func takeComments(before end: Int, isTopLevel: Bool) -> [Comment] {
    var taken: [Comment] = []
    while nextComment < comments.count, comments[nextComment].range.start < end {
      var comment = comments[nextComment]
      if comment.cell != nil, !isTopLevel {
        findings.add(.misplacedCell(comment.range))
        comment.cell = nil
      }
      taken.append(comment)
      nextComment += 1
    }
    return taken
  }

  /// The comment that stands behind the last token on its line; nil if there is none.
  mutating func takeTrailingComment() -> Comment? {
    guard nextComment < comments.count else { return nil }
    let start = comments[nextComment].range.start
    // A comment goes to its line's end, so that only a line end (or another statement's text) can follow it.
    guard start >= previousEnd, start < current.start || kind == .endOfText else { return nil }
    guard !source.bytes[previousEnd..<start].contains(where: isLineEnd) else { return nil }
    var comment = comments[nextComment]
    comment.cell = nil
    nextComment += 1
    return comment
  }
}

extension Comment.Cell {
  /// The cell that a comment begins, in Jupytext's percent format: `# %% title`, `# %% [markdown] title`; nil for any other comment.
  init?(of text: String) {
    let words = text.dropFirst().drop { $0 == " " }
    guard words.hasPrefix("%%") else { return nil }
    var title = words.dropFirst(2)
    guard title.isEmpty || title.first == " " || title.first == "\t" || title.first == "[" else { return nil }
    for marker in ["[markdown]", "[md]"] {
      guard let range = title.firstRange(of: marker) else { continue }
      title.removeSubrange(range)
      self = .markdown(title: Self.trimmed(title))
      return
    }
    self = .code(title: Self.trimmed(title))
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }
}
