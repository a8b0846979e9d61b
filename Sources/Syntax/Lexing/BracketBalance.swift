import Diagnostics

/// Pairs the brackets of a token list, and mends those that have no partner, so that the parser only ever sees balanced ones.
///
/// A closer that is missing is put in as a virtual token, a closer too many is taken out, each with its one finding here. Where a
/// missing closer belongs is guessed from the layout, as a reader would: before the next line that is indented no deeper than the
/// line of the opener. Of a text that is only the beginning of one, nothing is guessed: what is open stays open to its end.
struct BracketBalance {
  private(set) var tokens: [Token]
  /// For each opener the index of its closer; -1 elsewhere.
  private(set) var partners: [Int32]
  private(set) var findings = FindingList()
  /// Whether brackets are still open at the end, and nothing else is wrong with any: another line may close them.
  private(set) var endsTooSoon = false

  private let source: Source
  /// How many unpaired openers are worth a look at the layout; more are closed where their surroundings end.
  private static let carefulLimit = 50

  init(_ tokens: [Token], _ source: Source, isBeginning: Bool) {
    self.tokens = tokens
    self.source = source
    partners = []
    var pairs = Pairs(tokens)
    if !pairs.isBalanced {
      endsTooSoon = pairs.endsTooSoon
      mend(&pairs, byLayout: !(isBeginning && endsTooSoon))
      pairs = Pairs(self.tokens)
    }
    partners = pairs.partners
  }

  // MARK: mending

  private mutating func mend(_ plain: inout Pairs, byLayout: Bool) {
    if byLayout, plain.unpaired.count <= BracketBalance.carefulLimit {
      let layout = Layout(tokens, source)
      plain = Pairs(tokens, layout: layout)
      for opener in plain.unpaired.reversed() {
        let end = Int32(layout.end(of: opener, before: Int(plain.limits[opener]), plain))
        plain.limits[opener] = end
        plain.partners[opener] = end
      }
    }
    reportStray(plain)
    // The unpaired openers by the places of their closers, in order.
    let insertions = plain.unpaired.sorted { (plain.limits[$0], $0) < (plain.limits[$1], $1) }
    var inserted = 0
    var removed = 0
    var replaced = 0

    var mended: [Token] = []
    mended.reserveCapacity(tokens.count + insertions.count)
    for (index, token) in tokens.enumerated() {
      let first = inserted
      while inserted < insertions.count, plain.limits[insertions[inserted]] == index { inserted += 1 }
      if inserted > first {
        let openers = insertions[first..<inserted]
        if !findings.isFull { reportUnclosed(openers, before: index) }
        let end = mended.last?.end ?? 0
        for opener in openers.reversed() {
          guard let closer = tokens[opener].kind.closer else { continue }
          mended.append(Token(closer, end, end, isVirtual: true))
        }
      }
      if removed < plain.strays.count, plain.strays[removed] == index {
        removed += 1
      } else if replaced < plain.replacements.count, plain.replacements[replaced].index == index {
        let replacement = plain.replacements[replaced]
        replaced += 1
        if !findings.isFull {
          findings.add(
            .mismatchedCloser(range(index), token.kind, wanted: replacement.kind, opener: range(replacement.opener)))
        }
        mended.append(Token(replacement.kind, token.start, token.end))
      } else {
        mended.append(token)
      }
    }
    tokens = mended
  }

  /// One finding for each run of closers too many.
  private mutating func reportStray(_ pairs: Pairs) {
    var previous = -2
    for index in pairs.strays where !findings.isFull {
      if index != previous + 1 { findings.add(.strayCloser(range(index), tokens[index].kind)) }
      previous = index
    }
  }

  /// One finding for all openers that miss their closers at the same place; it points at the innermost. None where a string that is
  /// not closed has taken in the rest of the line, and perhaps the closers with it.
  private mutating func reportUnclosed(_ openers: ArraySlice<Int>, before index: Int) {
    if index > 0, tokens[index - 1].isVirtual { return }
    guard let innermost = openers.last, let closer = tokens[innermost].kind.closer else { return }
    let end = index > 0 ? tokens[index - 1].end : 0
    let ranges = openers.reversed().prefix(3).map { range($0) }
    let kind = tokens[innermost].kind
    if kind == .leftBrace, Layout.opensBlock(innermost, tokens) {
      findings.add(.unclosedBlock(SourceRange(source, end, end), openers: ranges, count: openers.count))
    } else {
      let place = SourceRange(source, end, end)
      findings.add(.unclosedBracket(place, kind, closer, openers: ranges, count: openers.count))
    }
  }

  private func range(_ index: Int) -> SourceRange { SourceRange(source, tokens[index].start, tokens[index].end) }

  // MARK: pairing

  /// Which closer belongs to which opener, by kind and order alone, or with a look at the layout where `}` could close several.
  private struct Pairs {
    var partners: [Int32]
    /// Openers without a closer, in order.
    var unpaired: [Int] = []
    /// For each unpaired opener the index before which its surroundings end.
    var limits: [Int32]
    /// Closers too many, in order.
    var strays: [Int] = []
    /// Closers of the wrong kind, in order, with the right kind and the opener they are for.
    var replacements: [(index: Int, kind: Token.Kind, opener: Int)] = []

    var isBalanced: Bool { unpaired.isEmpty && strays.isEmpty && replacements.isEmpty }
    var endsTooSoon = false

    init(_ tokens: [Token], layout: Layout? = nil) {
      partners = Array(repeating: -1, count: tokens.count)
      limits = Array(repeating: Int32(tokens.count - 1), count: tokens.count)
      var open: [Int] = []
      // How many of each kind are open since the innermost field of an f-string began: nothing reaches out of a field.
      var counts = [OpenCounts()]
      func popUnpaired(before index: Int, _ pairs: inout Pairs) {
        let opener = open.removeLast()
        counts[counts.count - 1][tokens[opener].kind] -= 1
        pairs.unpaired.append(opener)
        pairs.limits[opener] = Int32(index)
      }
      for (index, token) in tokens.enumerated() {
        if token.kind == .fieldStart || token.kind == .formattedStart {
          open.append(index)
          counts.append(OpenCounts())
        } else if token.kind.closer != nil {
          open.append(index)
          counts[counts.count - 1][token.kind] += 1
        } else if token.kind == .fieldEnd || token.kind == .formattedEnd {
          while let opener = open.last, tokens[opener].kind.closer != token.kind { popUnpaired(before: index, &self) }
          if let opener = open.popLast() { partners[opener] = Int32(index) }
          if counts.count > 1 { counts.removeLast() }
        } else if token.kind.isCloser {
          let wanted: Token.Kind =
            token.kind == .rightParenthesis ? .leftParenthesis : token.kind == .rightBracket ? .leftBracket : .leftBrace
          if counts[counts.count - 1][wanted] > 0 {
            let layoutOpener = token.kind == .rightBrace ? layout?.opener(for: index, open, tokens) : nil
            while let opener = open.last, tokens[opener].kind != wanted || (layoutOpener.map { opener != $0 } ?? false) {
              popUnpaired(before: index, &self)
            }
            let opener = open.removeLast()
            counts[counts.count - 1][wanted] -= 1
            partners[opener] = Int32(index)
          } else if let opener = open.last, let closer = tokens[opener].kind.closer, closer != .fieldEnd,
            closer != .formattedEnd, tokens[opener].kind != .leftBrace || !Layout.opensBlock(opener, tokens),
            tokens[min(index + 1, tokens.count - 1)].kind != closer
          {
            open.removeLast()
            counts[counts.count - 1][tokens[opener].kind] -= 1
            partners[opener] = Int32(index)
            replacements.append((index, closer, opener))
          } else {
            strays.append(index)
          }
        }
      }
      endsTooSoon = unpaired.isEmpty && strays.isEmpty && replacements.isEmpty && !open.isEmpty
      let last = tokens.count - 1
      while !open.isEmpty { popUnpaired(before: last > 0 && tokens[last - 1].kind == .newline ? last - 1 : last, &self) }
      unpaired.sort()
    }
  }

  /// How many brackets of each kind are open.
  private struct OpenCounts {
    private var parentheses = 0
    private var brackets = 0
    private var braces = 0
    /// The openers of f-strings and their fields, which nothing closes early.
    private var others = 0

    subscript(opener: Token.Kind) -> Int {
      get {
        switch opener {
        case .leftParenthesis: parentheses
        case .leftBracket: brackets
        case .leftBrace: braces
        default: others
        }
      }
      set {
        switch opener {
        case .leftParenthesis: parentheses = newValue
        case .leftBracket: brackets = newValue
        case .leftBrace: braces = newValue
        default: others = newValue
        }
      }
    }
  }

  // MARK: layout

  /// What the indentation of the lines says about where brackets end.
  private struct Layout {
    private let tokens: [Token]
    private let source: Source

    init(_ tokens: [Token], _ source: Source) {
      self.tokens = tokens
      self.source = source
    }

    /// Whether the `{` at `index` opens a block: a display's follows an operator, a comma, a bracket or a keyword.
    static func opensBlock(_ index: Int, _ tokens: [Token]) -> Bool {
      guard tokens[index].kind == .leftBrace, index > 0 else { return false }
      switch tokens[index - 1].kind {
      case .name, .rightParenthesis, .rightBracket, .rightBrace, .string, .formattedEnd, .integer, .float, .newline, .else,
        .true, .false, .none:
        return true
      default: return false
      }
    }

    /// How deep the line that holds the token is indented, in characters.
    private func indentation(ofLineOf index: Int) -> Int {
      let start = source.lineStart(at: tokens[index].start)
      return source.bytes[start...].prefix { isBlank($0) }.count
    }

    private func isFirstOnLine(_ index: Int) -> Bool { index == 0 || tokens[index - 1].kind == .newline }

    /// The block that a `}` on its own line closes by its indentation; nil where the layout says nothing.
    func opener(for closer: Int, _ open: [Int], _ tokens: [Token]) -> Int? {
      guard isFirstOnLine(closer) else { return nil }
      let column = indentation(ofLineOf: closer)
      for opener in open.suffix(64).reversed() {
        if tokens[opener].kind == .fieldStart { return nil }
        if tokens[opener].kind == .leftBrace, indentation(ofLineOf: opener) == column { return opener }
      }
      return nil
    }

    /// Before which token an unpaired opener must end: the first line after it that is indented no deeper, else `limit`.
    func end(of opener: Int, before limit: Int, _ pairs: Pairs) -> Int {
      let column = indentation(ofLineOf: opener)
      var index = opener + 1
      while index < limit {
        if isFirstOnLine(index), tokens[index - 1].kind == .newline, indentation(ofLineOf: index) <= column {
          return index - 1
        }
        let partner = Int(pairs.partners[index])
        index = partner > index ? min(partner, limit) + (tokens[min(partner, limit)].kind.isCloser ? 1 : 0) : index + 1
      }
      return limit > opener + 1 && tokens[limit - 1].kind == .newline ? limit - 1 : limit
    }
  }
}
