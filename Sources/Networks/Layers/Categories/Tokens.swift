import Arrays
import Lambdas

/// A category as data names it: a whole number or a word.
enum Token: Hashable, Comparable, Sendable {
  case number(Int)
  case word(String)

  /// Words are equal by their bytes: an accent that is a letter's own is another than one that follows it.
  static func == (a: Token, b: Token) -> Bool {
    switch (a, b) {
    case (.number(let x), .number(let y)): x == y
    case (.word(let x), .word(let y)): x.utf8.elementsEqual(y.utf8)
    case (.number, .word), (.word, .number): false
    }
  }

  func hash(into hasher: inout Hasher) {
    switch self {
    case .number(let number): hasher.combine(number)
    case .word(let word):
      for byte in word.utf8 { hasher.combine(byte) }
    }
  }

  /// Words by their bytes, as NumPy sorts them.
  static func < (a: Token, b: Token) -> Bool {
    switch (a, b) {
    case (.number(let x), .number(let y)): x < y
    case (.word(let x), .word(let y)): x.utf8.lexicographicallyPrecedes(y.utf8)
    case (.number, .word): true
    case (.word, .number): false
    }
  }

  init?(_ value: Value) {
    switch value {
    case .integer(let number): self = .number(number)
    case .bool(let flag): self = .number(flag ? 1 : 0)
    case .float(let number):
      guard let whole = Int(exactly: number.rounded(.towardZero)) else { return nil }
      self = .number(whole)
    case .string(let word): self = .word(word)
    default: return nil
    }
  }

  var value: Value {
    switch self {
    case .number(let number): .integer(number)
    case .word(let word): .string(word)
    }
  }

  /// What is hashed: a number by its digits.
  var text: [UInt8] {
    switch self {
    case .number(let number): Array(String(number).utf8)
    case .word(let word): Array(word.utf8)
    }
  }
}

/// Tokens of a shape, row-major: what layers of categories are called on.
struct TokenArray {
  var tokens: [Token]
  let shape: [Int]

  /// Throws where a value is no array, scalar or nested list of numbers and words with rows of equal lengths.
  init(_ value: Value) throws(LearningFailure) {
    switch value {
    case .array(let array) where array.type == .string: self.init(array.texts.map(Token.word), array.shape)
    case .array(let array) where array.type.isInteger: self.init(array.integers.map(Token.number), array.shape)
    case .array(let array):
      var tokens: [Token] = []
      for number in array.doubles {
        guard let token = Token(.float(number)) else { throw LearningFailure("works on whole numbers, but gets \(number)") }
        tokens.append(token)
      }
      self.init(tokens, array.shape)
    case .list(let parts), .tuple(let parts):
      var tokens: [Token] = []
      var inner: [Int]?
      for part in parts {
        let row = try TokenArray(part)
        guard inner ?? row.shape == row.shape else { throw LearningFailure("needs rows of equal lengths") }
        inner = row.shape
        tokens += row.tokens
      }
      self.init(tokens, [parts.count] + (inner ?? []))
    default:
      guard let token = Token(value) else {
        throw LearningFailure("works on numbers and words, but gets \(Operations.representation(value).prefix(40))")
      }
      self.init([token], [])
    }
  }

  init(_ tokens: [Token], _ shape: [Int]) {
    self.tokens = tokens
    self.shape = shape
  }

  /// The tokens as nested lists, or the one token of a scalar.
  var value: Value {
    func nested(_ range: Range<Int>, _ shape: ArraySlice<Int>) -> Value {
      guard let count = shape.first else { return tokens[range.lowerBound].value }
      let size = count == 0 ? 0 : range.count / count
      return .list(
        (0..<count).map { row in
          let start = range.lowerBound + row * size
          return nested(start..<(start + size), shape.dropFirst())
        })
    }
    return nested(0..<tokens.count, shape[...])
  }
}
