import Synchronization

/// What is computed once a pass: an order, or where batches begin. What was asked for last is kept, since the end of one pass is made
/// beside the beginning of the next.
final class OrderTable<Key: Equatable & Sendable, Entry: Sendable>: Sendable {
  private let entries = Mutex<[(key: Key, entry: Entry)]>([])
  private static var kept: Int { 3 }

  /// Makes the entry if it is not there. Threads that need it at once wait for the one that makes it.
  func entry(for key: Key, _ make: () -> Entry) -> Entry {
    entries.withLock { entries in
      if let found = entries.last(where: { $0.key == key }) { return found.entry }
      let entry = make()
      if entries.count == Self.kept { entries.removeFirst() }
      entries.append((key, entry))
      return entry
    }
  }
}
