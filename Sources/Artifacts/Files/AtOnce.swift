/// What `work` makes of each item, in their order; they are worked on at once, each on a thread of its own where there can be one.
func atOnce<Item: Sendable, Made>(_ items: [Item], _ work: @escaping @Sendable (Item) -> Made) -> [Made] {
  let shelf = MadeItems<Made>(items.count)
  for (index, item) in items.enumerated() {
    if index == items.count - 1 || !startThread({ shelf.put(work(item), at: index) }) { shelf.put(work(item), at: index) }
  }
  return shelf.takeAll()
}

/// What threads make, item by item.
private final class MadeItems<Made>: @unchecked Sendable {
  // Sendable by discipline: what changes is touched under the condition's lock only.
  private let condition = Condition()
  private var items: [Made?]

  init(_ count: Int) { items = Array(repeating: nil, count: count) }

  func put(_ item: Made, at index: Int) {
    condition.locked {
      items[index] = item
      condition.tellOthers()
    }
  }

  /// Waits until all are there.
  func takeAll() -> [Made] {
    condition.locked {
      while items.contains(where: { $0 == nil }) { condition.wait() }
      return items.compactMap { $0 }
    }
  }
}
