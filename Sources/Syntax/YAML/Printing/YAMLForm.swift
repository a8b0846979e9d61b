/// A YAML text in the making: what is to stand there, not yet how.
struct YAMLForm {
  indirect enum Content {
    /// A string: quoted where it would be read as anything else.
    case text(String)
    /// A string in quotes whatever it is, where a word alone would be a call.
    case quoted(String)
    /// Text in the language itself, such as a condition; quoted where YAML demands it.
    case code(String)
    /// A number, `true`, `null`.
    case literal(String)
    /// Lines of text.
    case lines([String])
    case sequence([Part])
    case mapping([Part])
  }

  /// An item of a list, or an entry of a mapping.
  struct Part {
    /// Nil for an item.
    var key: YAMLForm?
    var value: YAMLForm
    var comments: [Line] = []
    /// At the end of the first line.
    var comment: String?
    var hasGap = false

    init(_ key: YAMLForm? = nil, _ value: YAMLForm) {
      self.key = key
      self.value = value
    }

    init(_ key: String, _ value: YAMLForm) { self.init(.code(key), value) }
  }

  /// A comment on a line of its own, with a blank line before it or without.
  struct Line {
    var text: String
    var hasGap = false
  }

  var content: Content
  var tag: String?
  /// Whether a list or mapping has a line for each of its parts, however short they are.
  var isOpen = false
  /// Comments below the last part.
  var closing: [Line] = []

  init(_ content: Content, tag: String? = nil, isOpen: Bool = false) {
    self.content = content
    self.tag = tag
    self.isOpen = isOpen
  }

  static func text(_ text: String) -> YAMLForm { YAMLForm(.text(text)) }
  static func code(_ text: String) -> YAMLForm { YAMLForm(.code(text)) }
  static func literal(_ text: String) -> YAMLForm { YAMLForm(.literal(text)) }
  static func expression(_ text: String) -> YAMLForm { YAMLForm(.code(text), tag: "expr") }
  /// A list with a line for each item.
  static func list(_ parts: [Part]) -> YAMLForm { YAMLForm(.sequence(parts), isOpen: true) }
  /// A mapping with a line for each entry.
  static func block(_ parts: [Part]) -> YAMLForm { YAMLForm(.mapping(parts), isOpen: true) }
  /// A mapping on one line where it fits.
  static func mapping(_ parts: [Part]) -> YAMLForm { YAMLForm(.mapping(parts)) }

  /// Whether it would be read as a mapping.
  var isMapping: Bool {
    if tag == nil, case .mapping = content { true } else { false }
  }
}
