import Arrays
import Synchronization

/// Examples that lie side by side in memory: a network gathers their rows as they are, without a batch made of them before.
package struct StoredRows: Sendable {
  /// The same object for all that lies in the same place.
  package let data: Dataset
  package let rows: [Int32]

  /// Nil where there are too many for numbers of this kind, and of texts, which networks do not gather.
  init?(_ data: Dataset, _ rows: [Int]) {
    guard data.count <= Int32.max, !data.arrays.contains(where: { $0.type == .string }) else { return nil }
    self.data = data
    self.rows = rows.map { Int32($0) }
  }

  init(_ data: Dataset, _ rows: [Int32]) {
    self.data = data
    self.rows = rows
  }
}

/// What was made of data sets that lie in memory, once for as long as they are the same.
final class MadeOfStored: Sendable {
  private let last = Mutex<(of: [Dataset], made: Dataset?)?>(nil)

  /// Nil where it cannot be made.
  func data(of parts: [Dataset], _ make: () -> Dataset?) -> Dataset? {
    last.withLock { last in
      if let last, last.of.elementsEqual(parts, by: ===) { return last.made }
      let made = make()
      last = (parts, made)
      return made
    }
  }
}
