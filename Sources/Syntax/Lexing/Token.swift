/// A word, number, mark or literal of a script, or the end of a line.
///
/// Twelve bytes, since a long script has millions: the text itself stays in the source.
package struct Token: Sendable {
  package let kind: Kind
  /// Whether the text lacks this token, a closer that was put in to balance the brackets, or its end, the quotes of a string: that has
  /// been reported.
  package let isVirtual: Bool
  private let startOffset: Int32
  private let endOffset: Int32

  package var start: Int { Int(startOffset) }
  package var end: Int { Int(endOffset) }

  init(_ kind: Kind, _ start: Int, _ end: Int, isVirtual: Bool = false) {
    self.kind = kind
    self.isVirtual = isVirtual
    startOffset = Int32(truncatingIfNeeded: start)
    endOffset = Int32(truncatingIfNeeded: end)
  }

  /// What a token is; where its spelling is always the same, the raw value is that spelling.
  package enum Kind: String, Sendable, CaseIterable {
    case endOfText = "the end of the text", newline = "the end of the line"
    case name = "a name", integer = "an integer", float = "a number", string = "a string"
    /// The pieces of an f-string: `f"`, text, `{`, the `:` before a format, `}`, `"`.
    case formattedStart = "an f-string", formattedText = "text", fieldStart = "a field", fieldFormat = "a format"
    case fieldEnd = "the end of a field", formattedEnd = "the end of an f-string"

    case and, `as`, assert, async, await, `break`, `class`, `continue`, def, del, elif, `else`, except, expect
    case `false` = "False"
    case finally, `for`, from, global, `if`, `import`, `in`, `is`, lambda
    case none = "None"
    case nonlocal, not, or, pass, raise, `return`
    case `true` = "True"
    case `try`, `while`, with, yield

    case leftParenthesis = "(", rightParenthesis = ")", leftBracket = "[", rightBracket = "]"
    case leftBrace = "{", rightBrace = "}"
    case comma = ",", semicolon = ";", colon = ":", dot = ".", ellipsis = "...", arrow = "->", walrus = ":="
    case exclamation = "!", at = "@"
    case equal = "=", addEqual = "+=", subtractEqual = "-=", multiplyEqual = "*=", divideEqual = "/="
    case floorDivideEqual = "//=", moduloEqual = "%=", powerEqual = "**=", matrixEqual = "@=", andEqual = "&="
    case orEqual = "|=", xorEqual = "^=", shiftLeftEqual = "<<=", shiftRightEqual = ">>="
    case plus = "+", minus = "-", star = "*", slash = "/", doubleSlash = "//", percent = "%", doubleStar = "**"
    case ampersand = "&", bar = "|", caret = "^", tilde = "~", shiftLeft = "<<", shiftRight = ">>"
    case less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">=", doubleEqual = "==", notEqual = "!="
    /// Text that is no token and that the lexer has reported.
    case unreadable = "something unreadable"
  }
}

extension Token.Kind {
  /// The closer that belongs to an opener; nil for what opens nothing.
  var closer: Token.Kind? {
    switch self {
    case .leftParenthesis: .rightParenthesis
    case .leftBracket: .rightBracket
    case .leftBrace: .rightBrace
    case .formattedStart: .formattedEnd
    case .fieldStart: .fieldEnd
    default: nil
    }
  }

  var isCloser: Bool {
    switch self {
    case .rightParenthesis, .rightBracket, .rightBrace, .formattedEnd, .fieldEnd: true
    default: false
    }
  }

  /// Whether the word is reserved: Python's keywords and `expect`.
  package var isKeyword: Bool { Token.Kind.keywordKinds.contains(self) }

  /// The operator of `target += value` and its kin.
  var augmentedOperator: BinaryOperator? {
    switch self {
    case .addEqual: .add
    case .subtractEqual: .subtract
    case .multiplyEqual: .multiply
    case .divideEqual: .divide
    case .floorDivideEqual: .floorDivide
    case .moduloEqual: .modulo
    case .powerEqual: .power
    case .matrixEqual: .matrixMultiply
    case .andEqual: .and
    case .orEqual: .or
    case .xorEqual: .xor
    case .shiftLeftEqual: .shiftLeft
    case .shiftRightEqual: .shiftRight
    default: nil
    }
  }

  private static let keywordKinds: Set<Token.Kind> = Set(keywords.values)

  /// The reserved words by their bytes, packed into one number, so that looking one up makes no string.
  static let keywords: [UInt64: Token.Kind] = {
    let kinds: [Token.Kind] = [
      .and, .as, .assert, .async, .await, .break, .class, .continue, .def, .del, .elif, .else, .except, .expect, .false,
      .finally, .for, .from, .global, .if, .import, .in, .is, .lambda, .none, .nonlocal, .not, .or, .pass, .raise,
      .return, .true, .try, .while, .with, .yield,
    ]
    return Dictionary(uniqueKeysWithValues: kinds.map { (packed(Array($0.rawValue.utf8)[...]), $0) })
  }()

  /// Up to eight bytes as one number; longer words are no keywords and give 0.
  static func packed(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    guard bytes.count <= 8 else { return 0 }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// The reserved words of a script: Python's keywords and `expect`.
package let reservedWords: Set<String> = Set(Token.Kind.keywords.values.map(\.rawValue))
