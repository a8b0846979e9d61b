import SplitMix

/// The grammar as `grammar/train.ebnf` has it.
struct Grammar: Sendable {
  indirect enum Rule: Sendable {
    /// A word or mark as written.
    case word(String)
    /// A token such as `NAME`.
    case token(String)
    /// Another production, or the parameter `S`; with an argument where that has a parameter.
    case reference(String, argument: Rule?)
    case sequence([Rule])
    case choice([Rule])
    case optional(Rule)
    case many(Rule)
  }

  struct Production: Sendable {
    var name: String
    var rule: Rule
    /// `name = …`, as it should stand above the parser's function.
    var text: String
  }

  private(set) var productions: [String: Production] = [:]
  private(set) var names: [String] = []
  /// How many tokens the shortest sentence of each production has, about.
  private(set) var shortest: [String: Int] = [:]

  struct Malformed: Error { var text: String }

  init(_ text: String) throws {
    for line in Grammar.withoutComments(text).split(separator: "\n") where line.contains("=") {
      guard line.hasSuffix(" ;"), let equals = line.firstRange(of: " = ") else { throw Malformed(text: String(line)) }
      let name = String(line[..<equals.lowerBound].prefix { $0 != "(" })
      var reader = Reader(String(line[equals.upperBound...].dropLast(2)))
      let rule = try reader.readChoice()
      guard reader.isAtEnd else { throw Malformed(text: String(line)) }
      productions[name] = Production(name: name, rule: rule, text: String(line.dropLast(2)))
      names.append(name)
    }
    for _ in 0..<names.count {
      for name in names { shortest[name] = productions[name].map { length($0.rule) } }
    }
  }

  /// How many tokens the shortest sentence of a rule has, as far as is known.
  func length(_ rule: Rule) -> Int {
    switch rule {
    case .word, .token: 1
    case .reference("S", _): 1
    case .reference(let name, let argument): min(1_000, 1 + (shortest[name] ?? 1_000) + (argument.map { length($0) / 8 } ?? 0))
    case .sequence(let rules): min(1_000, rules.reduce(0) { $0 + length($1) })
    case .choice(let rules): rules.map(length).min() ?? 0
    case .optional, .many: 0
    }
  }

  private static func withoutComments(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstRange(of: "(*") {
      // A `"(" "*"` has blanks between, so that `(*` is a comment always.
      result += rest[..<start.lowerBound]
      rest = rest[start.upperBound...]
      if let end = rest.firstRange(of: "*)") { rest = rest[end.upperBound...] }
    }
    return result + rest
  }

  private struct Reader {
    private var characters: [Character]
    private var position = 0

    init(_ text: String) { characters = Array(text) }

    var isAtEnd: Bool {
      mutating get {
        skipBlanks()
        return position >= characters.count
      }
    }

    private mutating func skipBlanks() {
      while position < characters.count, characters[position] == " " { position += 1 }
    }

    private mutating func take(_ character: Character) -> Bool {
      skipBlanks()
      guard position < characters.count, characters[position] == character else { return false }
      position += 1
      return true
    }

    mutating func readChoice() throws -> Rule {
      var rules = [try readSequence()]
      while take("|") { rules.append(try readSequence()) }
      return rules.count == 1 ? rules[0] : .choice(rules)
    }

    private mutating func readSequence() throws -> Rule {
      var rules: [Rule] = []
      while !isAtEnd, !"|)]}".contains(characters[position]) { rules.append(try readItem()) }
      return rules.count == 1 ? rules[0] : .sequence(rules)
    }

    private mutating func readItem() throws -> Rule {
      if take("[") { return .optional(try closed("]")) }
      if take("{") { return .many(try closed("}")) }
      if take("(") { return try closed(")") }
      if take("\"") {
        let word = String(characters[position...].prefix { $0 != "\"" })
        position += word.count + 1
        return .word(word)
      }
      let name = String(characters[position...].prefix { $0.isLetter || $0 == "_" })
      guard !name.isEmpty else { throw Malformed(text: String(characters[position...])) }
      position += name.count
      if name.count > 1, name.allSatisfy({ $0.isUppercase || $0 == "_" }) { return .token(name) }
      if position < characters.count, characters[position] == "(" {
        position += 1
        return .reference(name, argument: try closed(")"))
      }
      return .reference(name, argument: nil)
    }

    private mutating func closed(_ closer: Character) throws -> Rule {
      let rule = try readChoice()
      guard take(closer) else { throw Malformed(text: "\(closer) expected") }
      return rule
    }
  }
}

/// Derives random sentences from a grammar.
struct SentenceGenerator {
  private let grammar: Grammar
  private var random: SplitMix
  private var text = ""
  private var budget = 0
  private var names = 0
  /// The quotes of the f-strings that are open.
  private var quotes: [String] = []

  init(_ grammar: Grammar, seed: UInt64) {
    self.grammar = grammar
    random = SplitMix(state: seed)
  }

  /// A random script: statements of about `length` tokens, a little more at times, with what may stand between them.
  mutating func script(statements: Int, length: Int) -> String {
    text = ""
    quotes = []
    for _ in 0..<statements {
      budget = length
      derive(.reference("script_statement", argument: nil), nil)
      budget = 2
      derive(.reference("separator", argument: nil), nil)
    }
    budget = length
    derive(.reference("script", argument: nil), nil)
    return text
  }

  /// What `S` stands for, and what stood for `S` where that was written.
  private final class Binding {
    let rule: Grammar.Rule
    let outer: Binding?
    init(_ rule: Grammar.Rule, _ outer: Binding?) {
      self.rule = rule
      self.outer = outer
    }
  }

  private mutating func derive(_ rule: Grammar.Rule, _ binding: Binding?) {
    switch rule {
    case .word(let word): emit(word)
    case .token(let name): emit(token: name)
    case .reference("S", _): if let binding { derive(binding.rule, binding.outer) }
    case .reference(let name, let argument):
      guard let production = grammar.productions[name] else { preconditionFailure("`\(name)` has no production") }
      derive(production.rule, argument.map { Binding($0, binding) } ?? binding)
    case .sequence(let rules): for rule in rules { derive(rule, binding) }
    case .choice(let rules):
      let isShort = budget <= 0
      let least = rules.map(grammar.length).min() ?? 0
      let choices = isShort ? rules.filter { grammar.length($0) == least } : rules
      derive(choices[Int.random(in: 0..<choices.count, using: &random)], binding)
    case .optional(let rule): if budget > 0, Bool.random(using: &random) { derive(rule, binding) }
    case .many(let rule): while budget > 0, Int.random(in: 0..<5, using: &random) < 2 { derive(rule, binding) }
    }
  }

  private mutating func emit(_ word: String) {
    budget -= 1
    text += word + " "
  }

  private mutating func emit(token name: String) {
    switch name {
    case "NAME":
      names += 1
      emit(["x", "größe_", "T", "_"][Int.random(in: 0..<4, using: &random)] + String(names))
    case "INTEGER": emit(pick(["0", "7", "1_000", "0xFf", "0b1_0", "0o17", "9223372036854775807"]))
    case "FLOAT": emit(pick(["1.", ".5", "1e-3", "2.5E+1_0", "0.1", "1_0.0_1"]))
    case "STRING":
      emit(pick(["'a'", "\"b # c\"", "r'\\d'", "'''x\n\"y'''", "\"\\n\\x41\\\"\"", "u\"é数\"", "''", "R\"\\d\""]))
    case "FSTRING_START":
      let quote = pick(["'", "\""])
      text += pick(["f", "F", "f"]) + quote
      quotes.append(quote)
    case "FSTRING_END": emit(quotes.removeLast())
    case "FSTRING_TEXT": text += pick(["a b", "{{x}}", "\\n", "é", "\\x41", "= # !r :"])
    case "FORMAT_TEXT": text += pick([">10", ".3f", "%Y", "\\x41<", "é^"])
    case "FIELD_START": text += "{ "
    case "FIELD_FORMAT": text += ":"
    case "FIELD_END": text += "}"
    case "CONVERSION": text += pick(["r", "s", "a"])
    case "NEWLINE": text += pick(["\n", "\r\n", "\n\n", "  # a comment\n", "\n    # one more\n\t"])
    case "END": break
    default: preconditionFailure("`\(name)` is no token")
    }
  }

  private mutating func pick(_ choices: [String]) -> String { choices[Int.random(in: 0..<choices.count, using: &random)] }
}
