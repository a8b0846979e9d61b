import Diagnostics

/// Makes a tree of a YAML text's events: one document, every alias replaced, no key twice.
struct YAMLComposer {
  /// How deep lists and mappings may lie in each other.
  static let depthLimit = 500
  /// How many nodes all aliases together may stand for.
  static let expansionLimit = 100_000

  private let source: Source
  private(set) var findings = FindingList()
  private var anchors: [String: Anchor] = [:]
  /// The anchors of the nodes that are being read.
  private var openAnchors: Set<String> = []
  private var expandedCount = 0
  /// Whether something was found after which the rest of the text means nothing.
  private var hasFailed = false

  /// A node that an alias may stand for.
  private struct Anchor {
    var tree: Tree
    var range: SourceRange
  }

  /// A node with how many nodes it is made of, and how deep they lie.
  private struct Tree {
    var node: YAMLNode
    var count = 1
    var height = 1
  }

  init(_ source: Source) { self.source = source }

  /// Reads the document; nil where there is none, or none that could be read. Of one that cannot be read to its end it gives the
  /// entries above the mistake, and of its last entry the items above it, so that mistakes in these are told as well.
  mutating func compose() -> YAMLNode? {
    source.bytes.withUnsafeBufferPointer { bytes in
      let events = YAMLEvents(source, bytes)
      var root: YAMLNode?
      var first: SourceRange?
      while !hasFailed {
        switch events.next() {
        case .streamEnd: return root
        case .documentStart(let range):
          if let first {
            fail(.severalDocuments(range, first: first))
          } else {
            first = range
          }
        case .documentEnd: continue
        case let event: root = composeNode(event, events, depth: 1)?.node
        }
      }
      return root
    }
  }

  private mutating func fail(_ finding: Finding) {
    findings.add(finding)
    hasFailed = true
    let next = source.offsets(ofLine: source.line(at: finding.range.start)).upperBound
    if source.bytes[next...].contains(where: { !isBlank($0) && !isLineEnd($0) }) { findings.add(.restUnread(finding.range)) }
  }

  /// The node that begins with an event; nil after a failure, and for an alias of nothing.
  private mutating func composeNode(_ event: YAMLEvents.Event, _ events: borrowing YAMLEvents, depth: Int) -> Tree? {
    var tree: Tree
    let properties: YAMLEvents.Properties
    switch event {
    case .failure(let failure):
      fail(.yaml(failure))
      return nil
    case .alias(let name, let range): return expand(name, at: range, depth: depth)
    case .scalar(let scalar, let found):
      properties = found
      let range = SourceRange(source, found.range.start, max(scalar.range.end, scalar.range.start))
      tree = Tree(node: YAMLNode(content: .scalar(scalar), tag: found.tag, range: range))
    case .sequenceStart(let found), .mappingStart(let found):
      properties = found
      guard depth < Self.depthLimit else {
        fail(.nestedTooDeeply(found.range, limit: Self.depthLimit))
        return nil
      }
      if let anchor = found.anchor { openAnchors.insert(anchor) }
      let isSequence = if case .sequenceStart = event { true } else { false }
      guard let inside = isSequence ? composeSequence(found, events, depth) : composeMapping(found, events, depth) else {
        return nil
      }
      tree = inside
      if let anchor = found.anchor { openAnchors.remove(anchor) }
    case .documentStart, .documentEnd, .end, .streamEnd: preconditionFailure("libyaml gives a node where one can stand")
    }
    if let anchor = properties.anchor { anchors[anchor] = Anchor(tree: tree, range: properties.range) }
    return tree
  }

  private mutating func composeSequence(
    _ properties: YAMLEvents.Properties, _ events: borrowing YAMLEvents, _ depth: Int
  ) -> Tree? {
    var items: [YAMLNode] = []
    var whole = Tree(node: YAMLNode(content: .sequence([]), tag: properties.tag, range: properties.range))
    while true {
      let event = events.next()
      if case .end(let end) = event {
        whole.node.content = .sequence(items)
        whole.node.range = range(properties.range, lastItem: items.last?.range, end)
        return whole
      }
      let item = composeNode(event, events, depth: depth + 1)
      if hasFailed {
        whole.node.content = .sequence(items)
        return depth == 2 ? whole : nil
      }
      guard let item else { continue }
      items.append(item.node)
      whole.count += item.count
      whole.height = max(whole.height, item.height + 1)
    }
  }

  private mutating func composeMapping(
    _ properties: YAMLEvents.Properties, _ events: borrowing YAMLEvents, _ depth: Int
  ) -> Tree? {
    var entries: [YAMLEntry] = []
    var keys: [KeyIdentity: SourceRange] = [:]
    var whole = Tree(node: YAMLNode(content: .mapping([]), tag: properties.tag, range: properties.range))
    while true {
      let event = events.next()
      if case .end(let end) = event {
        whole.node.content = .mapping(entries)
        whole.node.range = range(properties.range, lastItem: entries.last?.range, end)
        return whole
      }
      let key = composeNode(event, events, depth: depth + 1)
      if hasFailed {
        whole.node.content = .mapping(entries)
        return depth == 1 ? whole : nil
      }
      let value = composeNode(events.next(), events, depth: depth + 1)
      if hasFailed {
        if let key, let value { entries.append(YAMLEntry(key: key.node, value: value.node)) }
        whole.node.content = .mapping(entries)
        return depth == 1 ? whole : nil
      }
      guard let key, let value else { continue }
      if let identity = KeyIdentity(key.node) {
        if let first = keys[identity] {
          findings.add(.duplicateKey(key.node.range, identity.text, first: first))
          if findings.isFull { hasFailed = true }
          continue
        }
        keys[identity] = key.node.range
      }
      entries.append(YAMLEntry(key: key.node, value: value.node))
      whole.count += key.count + value.count
      whole.height = max(whole.height, key.height + 1, value.height + 1)
    }
  }

  /// What makes two keys the same.
  private struct KeyIdentity: Hashable {
    let text: String
    private let isText: Bool

    /// Nil for what is no scalar, or is only known when it is computed.
    init?(_ key: YAMLNode) {
      guard let scalar = key.plainText else { return nil }
      text = scalar.text
      isText = scalar.style != .plain || CoreScalar(scalar.text) == .text
    }
  }

  /// From the opening of a list or mapping to its end: a block's is where its last item ends.
  private func range(_ start: SourceRange, lastItem: SourceRange?, _ end: SourceRange) -> SourceRange {
    if end.end > end.start { return start.through(end) }
    return SourceRange(source, start.start, max(start.end, lastItem?.end ?? 0))
  }

  private mutating func expand(_ name: String, at range: SourceRange, depth: Int) -> Tree? {
    guard let anchor = anchors[name], !openAnchors.contains(name) else {
      findings.add(
        openAnchors.contains(name) ? .recursiveAlias(range, name) : .unknownAlias(range, name, known: anchors.keys.sorted()))
      return nil
    }
    expandedCount += anchor.tree.count
    if expandedCount > Self.expansionLimit {
      fail(.tooManyAliases(range, limit: Self.expansionLimit, anchor: anchor.range))
      return nil
    }
    if depth + anchor.tree.height > Self.depthLimit {
      fail(.nestedTooDeeply(range, limit: Self.depthLimit))
      return nil
    }
    return anchor.tree
  }
}
