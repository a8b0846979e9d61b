import Diagnostics

/// The comments of a YAML text, which libyaml passes over: handed out in their order to the statements that they stand at.
struct YAMLComments {
  private let source: Source
  private let comments: [Comment]
  private var next = 0

  /// `scalars` are the places of the scalars, in order: a `#` in one is text.
  init(_ source: Source, outside scalars: [SourceRange]) {
    self.source = source
    var comments: [Comment] = []
    var position = 0
    for scalar in scalars + [SourceRange(source, source.bytes.count, source.bytes.count)] {
      Self.find(from: position, to: scalar.start, in: source, &comments)
      position = max(position, scalar.end)
    }
    self.comments = comments
  }

  private static func find(from start: Int, to end: Int, in source: Source, _ comments: inout [Comment]) {
    var offset = start
    while offset < end, let mark = source.bytes[offset..<end].firstIndex(of: UInt8(ascii: "#")) {
      offset = mark + 1
      guard mark == 0 || isBlank(source.bytes[mark - 1]) || isLineEnd(source.bytes[mark - 1]) else { continue }
      var last = source.bytes[mark...].firstIndex(where: isLineEnd) ?? source.bytes.count
      offset = last
      while isBlank(source.bytes[last - 1]) { last -= 1 }
      comments.append(
        Comment(text: String(decoding: source.bytes[mark..<last], as: UTF8.self), range: SourceRange(source, mark, last)))
    }
  }

  /// The comments before an offset that no statement has yet.
  mutating func take(before end: Int) -> [Comment] {
    let first = next
    while next < comments.count, comments[next].range.start < end { next += 1 }
    return Array(comments[first..<next])
  }

  /// The next comment, if it stands on the line of an offset, behind it.
  mutating func take(onLineOf offset: Int) -> Comment? {
    guard next < comments.count, case let comment = comments[next], comment.range.start >= offset,
      source.line(at: comment.range.start) == source.line(at: offset)
    else { return nil }
    next += 1
    return comment
  }

  /// The comments that follow a block on lines of their own, indented as far as what is in it.
  mutating func take(below end: Int, indentedBy column: Int) -> [Comment] {
    let first = next
    // Behind a comment on the block's last line.
    var position = first > 0 ? max(end, comments[first - 1].range.end) : end
    while next < comments.count, case let range = comments[next].range, range.start >= position,
      source.bytes[position..<range.start].allSatisfy({ isBlank($0) || isLineEnd($0) }),
      range.start - source.lineStart(at: range.start) >= column
    {
      position = range.end
      next += 1
    }
    return Array(comments[first..<next])
  }
}
