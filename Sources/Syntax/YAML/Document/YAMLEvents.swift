import CYAML
import Diagnostics

/// The events of a YAML text, as libyaml tells them, with places in bytes.
struct YAMLEvents: ~Copyable {
  enum Event {
    case documentStart(SourceRange)
    case documentEnd
    case alias(String, SourceRange)
    case scalar(YAMLScalar, Properties)
    case sequenceStart(Properties)
    case mappingStart(Properties)
    /// The end of a sequence or mapping: one in brackets ends here, a block has ended before.
    case end(SourceRange)
    case streamEnd
    case failure(YAMLFailure)
  }

  /// What stands before a node, and from where on.
  struct Properties {
    var anchor: String?
    var tag: YAMLTag?
    var range: SourceRange
  }

  private let source: Source
  private let offsets: CharacterOffsets
  private let reader: OpaquePointer?

  /// `bytes` are the source's; they are read as long as this lives.
  init(_ source: Source, _ bytes: UnsafeBufferPointer<UInt8>) {
    self.source = source
    offsets = CharacterOffsets(source.bytes)
    reader = cyaml_open(bytes.baseAddress, bytes.count)
  }

  deinit { if let reader { cyaml_close(reader) } }

  /// The next event; nothing follows a failure or the stream's end.
  func next() -> Event {
    guard let reader else { return .failure(YAMLFailure(problem: "out of memory", place: range(0, 0), context: nil)) }
    var event = cyaml_event()
    cyaml_next(reader, &event)
    let whole = range(event.start, event.end)
    switch event.kind {
    case cyaml_stream_end: return .streamEnd
    case cyaml_document_start: return .documentStart(whole)
    case cyaml_document_end: return .documentEnd
    case cyaml_alias: return .alias(text(event), whole)
    case cyaml_scalar:
      let properties = properties(event, whole)
      let content = SourceRange(source, contentStart(whole, properties), whole.end)
      return .scalar(YAMLScalar(text: text(event), style: style(event.style), range: trimmed(content)), properties)
    case cyaml_sequence_start: return .sequenceStart(properties(event, whole))
    case cyaml_mapping_start: return .mappingStart(properties(event, whole))
    case cyaml_sequence_end, cyaml_mapping_end: return .end(whole)
    default:
      let context = event.context.map { (String(cString: $0), range(event.context_start, event.context_start)) }
      return .failure(YAMLFailure(problem: text(event), place: whole, context: context))
    }
  }

  private func range(_ start: UInt64, _ end: UInt64) -> SourceRange {
    let first = offsets.byte(ofCharacter: Int(clamping: start))
    return SourceRange(source, first, end == start ? first : offsets.byte(ofCharacter: Int(clamping: end)))
  }

  private func text(_ event: cyaml_event) -> String {
    guard let start = event.text else { return "" }
    let bytes = UnsafeRawBufferPointer(start: start, count: event.length)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func style(_ style: cyaml_style) -> YAMLScalar.Style {
    switch style {
    case cyaml_single_quoted: .singleQuoted
    case cyaml_double_quoted: .doubleQuoted
    case cyaml_literal: .literal
    case cyaml_folded: .folded
    default: .plain
    }
  }

  private func properties(_ event: cyaml_event, _ whole: SourceRange) -> Properties {
    var properties = Properties(anchor: event.anchor.map { String(cString: $0) }, tag: nil, range: whole)
    if let tag = event.tag.map({ String(cString: $0) }) {
      var start = whole.start
      if source.bytes[start] == UInt8(ascii: "&") { start = nextWord(after: start) }
      let standard = "tag:yaml.org,2002:"
      let isStandard = tag.hasPrefix(standard)
      properties.tag = YAMLTag(
        name: String(isStandard ? tag.dropFirst(standard.count) : tag.drop { $0 == "!" }), isStandard: isStandard,
        range: SourceRange(source, start, wordEnd(start)))
    }
    return properties
  }

  /// Where a scalar begins behind its anchor and tag.
  private func contentStart(_ whole: SourceRange, _ properties: Properties) -> Int {
    var start = whole.start
    let count = (properties.anchor == nil ? 0 : 1) + (properties.tag == nil ? 0 : 1)
    for _ in 0..<count where start < whole.end { start = nextWord(after: start) }
    return min(start, whole.end)
  }

  private func wordEnd(_ start: Int) -> Int {
    var end = start
    while end < source.bytes.count, !isBlank(source.bytes[end]), !isLineEnd(source.bytes[end]) { end += 1 }
    return end
  }

  private func nextWord(after start: Int) -> Int {
    var next = wordEnd(start)
    while next < source.bytes.count, isBlank(source.bytes[next]) || isLineEnd(source.bytes[next]) { next += 1 }
    return next
  }

  /// Without the line ends behind a block's text.
  private func trimmed(_ range: SourceRange) -> SourceRange {
    var end = min(range.end, source.bytes.count)
    while end > range.start, isBlank(source.bytes[end - 1]) || isLineEnd(source.bytes[end - 1]) { end -= 1 }
    return SourceRange(source, range.start, end)
  }
}

/// Where the characters of a text begin in its bytes: libyaml counts characters.
private struct CharacterOffsets {
  private static let stride = 64
  private let bytes: [UInt8]
  /// Where every 64th character begins; nil where all characters are single bytes.
  private let starts: [Int32]?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    guard bytes.contains(where: { $0 >= 0x80 }) else {
      starts = nil
      return
    }
    var starts: [Int32] = []
    var count = 0
    for (offset, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 {
      if count % Self.stride == 0 { starts.append(Int32(truncatingIfNeeded: offset)) }
      count += 1
    }
    self.starts = starts
  }

  /// The offset of a character; the text's end for those after the last.
  func byte(ofCharacter index: Int) -> Int {
    guard let starts else { return min(index, bytes.count) }
    guard index / Self.stride < starts.count else { return bytes.count }
    var offset = Int(starts[index / Self.stride])
    for _ in 0..<(index % Self.stride) where offset < bytes.count {
      offset += 1
      while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
    }
    return offset
  }
}
