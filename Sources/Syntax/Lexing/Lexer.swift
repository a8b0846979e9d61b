import Diagnostics

/// Cuts a text into tokens. Never fails: what it cannot read it reports, and goes on after it.
///
/// Line ends are tokens always; the parser passes over them inside brackets, since only it can tell a display from a block.
/// Comments are kept aside. An f-string becomes several tokens, so that its fields are read like the rest of the script.
struct Lexer {
  let source: Source
  let bytes: [UInt8]
  var position = 0
  var tokens: [Token] = []
  var comments: [Comment] = []
  var findings = FindingList()
  /// Whether the text ends inside a triple-quoted string or after a `\`.
  var endsTooSoon = false
  /// How many f-strings and fields are open around `position`.
  var formattedDepth = 0
  /// Whether too many f-strings are open, so that what is missing until the outermost has ended need not be said.
  var hasGivenUp = false

  init(_ source: Source) {
    self.source = source
    bytes = source.bytes
    tokens.reserveCapacity(bytes.count / 4 + 2)
  }

  /// Reads everything up to the end of the text, or until enough is wrong.
  mutating func lex() {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    while position < bytes.count, !findings.isFull { lexToken() }
    append(.endOfText, length: 0)
  }

  /// The byte `ahead` of the position; 0 after the end.
  func peek(_ ahead: Int = 0) -> UInt8 {
    position + ahead < bytes.count ? bytes[position + ahead] : 0
  }

  mutating func append(_ kind: Token.Kind, length: Int) {
    tokens.append(Token(kind, position, position + length))
    position += length
  }

  func range(_ start: Int, _ end: Int) -> SourceRange { SourceRange(source, start, end) }

  /// Reads one token, or passes over what is none: blanks, comments, continued lines.
  mutating func lexToken() {
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), 0x0C: position += 1
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): lexLineEnd()
    case UInt8(ascii: "#"): lexComment()
    case UInt8(ascii: "\\"): lexContinuation()
    case UInt8(ascii: "\""), UInt8(ascii: "'"): lexString(prefixLength: 0)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): lexNumber()
    case UInt8(ascii: ".") where isDigit(peek(1)): lexNumber()
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...:
      lexName()
    default: lexMark()
    }
  }

  private mutating func lexLineEnd() {
    let length = peek() == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n") ? 2 : 1
    if let last = tokens.last, last.kind != .newline { append(.newline, length: length) } else { position += length }
  }

  private mutating func lexContinuation() {
    var end = position + 1
    while end < bytes.count, isBlank(bytes[end]) { end += 1 }
    let endsLine = end >= bytes.count || isLineEnd(bytes[end])
    guard endsLine, end == position + 1 || end >= bytes.count else {
      if endsLine {
        findings.add(.strayBackslash(range(position, position + 1), beforeBlanks: true))
        position = end
        passLineEnd()
      } else {
        let start = position
        while peek() == UInt8(ascii: "\\"), position < bytes.count { position += 1 }
        findings.add(.strayBackslash(range(start, position), beforeBlanks: false))
      }
      return
    }
    position = end
    if position < bytes.count { passLineEnd() }
    if position >= bytes.count { endsTooSoon = true }
  }

  private mutating func passLineEnd() {
    position += peek() == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n") ? 2 : 1
  }

  private mutating func lexComment() {
    let start = position
    while position < bytes.count, !isLineEnd(bytes[position]) { position += 1 }
    var end = position
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    // A comment in a field of an f-string stays with the literal's text.
    if formattedDepth == 0 { comments.append(Comment(text: text(start, end), range: range(start, end))) }
  }

  /// Reads a name, a keyword, or the prefix of a string.
  private mutating func lexName() {
    let start = position
    var end = position
    while end < bytes.count {
      let byte = bytes[end]
      if isNameByte(byte) {
        end += 1
      } else if byte >= 0x80, let (scalar, length) = decodeScalar(at: end), isNameScalar(scalar, first: end == start) {
        end += length
      } else {
        break
      }
    }
    guard end > start else { return lexUnreadable() }
    if end < bytes.count, bytes[end] == UInt8(ascii: "\"") || bytes[end] == UInt8(ascii: "'"), isPrefix(start, end) {
      return lexString(prefixLength: end - start)
    }
    let keyword = end - start <= 8 ? Token.Kind.keywords[Token.Kind.packed(bytes[start..<end])] : nil
    append(keyword ?? .name, length: end - start)
  }

  private func isNameScalar(_ scalar: Unicode.Scalar, first: Bool) -> Bool {
    first ? scalar.properties.isXIDStart : scalar.properties.isXIDContinue
  }

  /// Whether the letters are a string's prefix: `r`, `f`, `u`, `b` and their pairs.
  private func isPrefix(_ start: Int, _ end: Int) -> Bool {
    switch bytes[start..<end].map({ $0 | 0x20 }) {
    case [UInt8(ascii: "r")], [UInt8(ascii: "f")], [UInt8(ascii: "u")], [UInt8(ascii: "b")]: true
    case [UInt8(ascii: "r"), UInt8(ascii: "f")], [UInt8(ascii: "f"), UInt8(ascii: "r")]: true
    case [UInt8(ascii: "r"), UInt8(ascii: "b")], [UInt8(ascii: "b"), UInt8(ascii: "r")]: true
    default: false
    }
  }

  /// Reads an operator or a bracket: the longest that fits.
  private mutating func lexMark() {
    for mark in Lexer.marks[Int(bytes[position])] where bytes[position...].starts(with: mark.bytes) {
      return append(mark.kind, length: mark.bytes.count)
    }
    lexUnreadable()
  }

  /// Passes over a run of characters that begin no token, with one finding for all of them.
  private mutating func lexUnreadable() {
    let start = position
    var first: Unicode.Scalar?
    while position < bytes.count {
      let byte = bytes[position]
      if byte < 0x80 {
        let isReadable =
          isNameByte(byte) || isBlank(byte) || isLineEnd(byte) || byte == 0x0C || "\"'#\\".utf8.contains(byte)
          || !Lexer.marks[Int(byte)].isEmpty
        if isReadable { break }
        first = first ?? Unicode.Scalar(byte)
        position += 1
      } else {
        guard let (scalar, length) = decodeScalar(at: position) else {
          position += 1
          continue
        }
        if isNameScalar(scalar, first: true), first != nil { break }
        first = first ?? scalar
        position += length
      }
    }
    let found = first ?? "\u{FFFD}"
    let finding = Finding.unreadableCharacter(range(start, position), found)
    // The closing one of a pair of quotes is told with the opening one.
    let told = findings.all.last.map { $0.name == finding.name && $0.hint == finding.hint && isOnLine($0.range.start, start) }
    if finding.hint == nil || told != true { findings.add(finding) }
    // Blanks that only look unusual separate like blanks.
    if !found.properties.isWhitespace { tokens.append(Token(.unreadable, start, position)) }
  }

  private func isOnLine(_ first: Int, _ second: Int) -> Bool { source.line(at: first) == source.line(at: second) }

  /// The scalar whose UTF-8 begins at `offset`, with its length in bytes.
  func decodeScalar(at offset: Int) -> (Unicode.Scalar, Int)? {
    let first = bytes[offset]
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard offset + length <= bytes.count else { return nil }
    let scalars = String(decoding: bytes[offset..<offset + length], as: UTF8.self).unicodeScalars
    return scalars.first.map { ($0, length) }
  }

  func text(_ start: Int, _ end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }

  /// An operator or a bracket: up to three bytes.
  private struct Mark {
    let kind: Token.Kind
    let bytes: [UInt8]
  }

  /// The marks by their first byte, the longest first.
  private static let marks: [[Mark]] = {
    var marks = [[Mark]](repeating: [], count: 128)
    for kind in Token.Kind.allCases where kind.rawValue.utf8.count <= 3 && !kind.rawValue.utf8.contains(where: isNameByte) {
      let bytes = Array(kind.rawValue.utf8)
      marks[Int(bytes[0])].append(Mark(kind: kind, bytes: bytes))
    }
    return marks.map { $0.sorted { $0.bytes.count > $1.bytes.count } }
  }()
}

func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

/// The same of what Swift takes for one character: no vertical tab, and none of Unicode's further line ends.
func isLineEnd(_ character: Character) -> Bool { character == "\n" || character == "\r" || character == "\r\n" }

/// Whether an ASCII byte may be part of a name.
func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
  default: isDigit(byte)
  }
}
