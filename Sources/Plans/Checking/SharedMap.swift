/// A dictionary whose copies share what they have in common: a copy costs nothing, and changing it then copies a handful of nodes.
/// So every branch, function and forecast of a long script can keep the names as it found them.
///
/// A hash trie (Bagwell, "Ideal Hash Trees", 2001): a node has up to 16 children, told apart by four bits of the hash.
struct SharedMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// A key with its value: a new object for each change, so that the same object in two maps means that neither changed it.
  final class Entry: Sendable {
    let key: Key
    let value: Value
    fileprivate let hash: Int

    fileprivate init(_ key: Key, _ value: Value) {
      self.key = key
      self.value = value
      hash = key.hashValue
    }
  }

  private var root = Node()
  private(set) var count = 0

  subscript(key: Key) -> Value? {
    get { root.entry(key, hash: key.hashValue, shift: 0)?.value }
    set {
      guard let newValue else { preconditionFailure("names are never unbound") }
      if root.insert(Entry(key, newValue), shift: 0) { count += 1 }
    }
  }

  /// All entries, in no order.
  var entries: [Entry] {
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    root.collect(into: &entries)
    return entries
  }

  /// The entries that are not the same in another map; those that only `other` has come as its own, with nil for this map's.
  func differences(from other: SharedMap) -> [(mine: Entry?, others: Entry?)] {
    var differences: [(mine: Entry?, others: Entry?)] = []
    root.compare(with: other.root, into: &differences)
    return differences
  }

  // MARK: nodes

  private enum Child: Sendable {
    case entry(Entry)
    indirect case node(Node)
    /// Entries whose hashes are equal in every bit.
    case clash([Entry])
    /// Nothing, while a node is being changed.
    case taken

    func collect(into entries: inout [Entry]) {
      switch self {
      case .entry(let entry): entries.append(entry)
      case .node(let node): node.collect(into: &entries)
      case .clash(let clashing): entries += clashing
      case .taken: break
      }
    }
  }

  private struct Node: Sendable {
    /// Which of the 16 places are filled; the children stand in the order of their places.
    private var filled: UInt16 = 0
    private var children: [Child] = []

    private static func place(_ hash: Int, _ shift: Int) -> UInt16 {
      1 << (UInt16(truncatingIfNeeded: UInt(bitPattern: hash) >> UInt(shift)) & 15)
    }

    private func index(of place: UInt16) -> Int { (filled & (place - 1)).nonzeroBitCount }

    func entry(_ key: Key, hash: Int, shift: Int) -> Entry? {
      let place = Node.place(hash, shift)
      guard filled & place != 0 else { return nil }
      switch children[index(of: place)] {
      case .entry(let entry): return entry.key == key ? entry : nil
      case .node(let node): return node.entry(key, hash: hash, shift: shift + 4)
      case .clash(let entries): return entries.first { $0.key == key }
      case .taken: return nil
      }
    }

    /// Puts an entry in, in place of one with its key; whether there was none.
    mutating func insert(_ entry: Entry, shift: Int) -> Bool {
      let place = Node.place(entry.hash, shift)
      let index = index(of: place)
      guard filled & place != 0 else {
        filled |= place
        children.insert(.entry(entry), at: index)
        return true
      }
      switch children[index] {
      case .entry(let old) where old.key == entry.key:
        children[index] = .entry(entry)
        return false
      case .entry(let old):
        children[index] = Node.joining([old], entry, shift: shift + 4)
        return true
      case .clash(let old) where old[0].hash != entry.hash:
        children[index] = Node.joining(old, entry, shift: shift + 4)
        return true
      case .clash(var entries):
        let known = entries.firstIndex { $0.key == entry.key }
        if let known { entries[known] = entry } else { entries.append(entry) }
        children[index] = .clash(entries)
        return known == nil
      case .node(var node):
        // Taken out of the list, so that what no other map shares is changed in place.
        children[index] = .taken
        let isNew = node.insert(entry, shift: shift + 4)
        children[index] = .node(node)
        return isNew
      case .taken: preconditionFailure("a child is changed by one insertion at a time")
      }
    }

    /// Entries of one hash, and another one, as one child at this depth.
    private static func joining(_ old: [Entry], _ new: Entry, shift: Int) -> Child {
      if old[0].hash == new.hash { return .clash(old + [new]) }
      var node = Node()
      node.filled = place(old[0].hash, shift)
      node.children = [old.count == 1 ? .entry(old[0]) : .clash(old)]
      _ = node.insert(new, shift: shift)
      return .node(node)
    }

    func collect(into entries: inout [Entry]) {
      for child in children { child.collect(into: &entries) }
    }

    /// Whether the two are one node: nobody has changed either since one was copied from the other.
    private func isShared(with other: Node) -> Bool {
      filled == other.filled
        && children.withUnsafeBufferPointer { mine in
          other.children.withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress }
        }
    }

    func compare(with other: Node, into differences: inout [(mine: Entry?, others: Entry?)]) {
      if isShared(with: other) { return }
      var places = filled | other.filled
      while places != 0 {
        let place = places & (~places + 1)
        places &= ~place
        let mine = filled & place == 0 ? nil : children[index(of: place)]
        let others = other.filled & place == 0 ? nil : other.children[other.index(of: place)]
        if case .node(let mine)? = mine, case .node(let others)? = others {
          mine.compare(with: others, into: &differences)
        } else {
          Node.compare(mine, others, into: &differences)
        }
      }
    }

    /// Compares two children of which at most one is a node.
    private static func compare(_ mine: Child?, _ others: Child?, into differences: inout [(mine: Entry?, others: Entry?)]) {
      var (left, right): ([Entry], [Entry]) = ([], [])
      mine?.collect(into: &left)
      others?.collect(into: &right)
      for entry in left {
        let other = right.first { $0.key == entry.key }
        if other !== entry { differences.append((entry, other)) }
      }
      for other in right where !left.contains(where: { $0.key == other.key }) { differences.append((nil, other)) }
    }
  }
}
