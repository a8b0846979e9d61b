import Diagnostics

/// A part of a YAML document, with what its aliases stand for in their place.
struct YAMLNode: Sendable {
  enum Content: Sendable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([YAMLEntry])
  }

  var content: Content
  var tag: YAMLTag?
  /// With the tag, without what follows a block.
  var range: SourceRange

  /// The scalar that the node is, if it has no tag.
  var plainText: YAMLScalar? {
    if tag == nil, case .scalar(let scalar) = content { scalar } else { nil }
  }

  /// Whether nothing was written where a value could stand: `Flatten:`.
  var isEmpty: Bool { plainText.map { $0.style == .plain && $0.text.isEmpty } ?? false }

  /// What the node is, for messages.
  var noun: String {
    switch content {
    case .scalar: isEmpty ? "nothing" : "one value"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

struct YAMLEntry: Sendable {
  var key: YAMLNode
  var value: YAMLNode
  var range: SourceRange { key.range.through(value.range) }
}

/// `!expr`, or one of YAML's own, `!!str`; without its exclamation marks.
struct YAMLTag: Sendable {
  var name: String
  var isStandard: Bool
  var range: SourceRange
}

/// A scalar's text as it reads, and how it was written.
struct YAMLScalar: Sendable {
  enum Style: Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }

  var text: String
  var style: Style
  /// With its quotes or the head of a block, without a tag.
  var range: SourceRange

  /// Whether the text is a block: `|` or `>`.
  var isBlock: Bool { style == .literal || style == .folded }
}
