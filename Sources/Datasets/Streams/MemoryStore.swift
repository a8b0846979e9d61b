import Arrays
import Plans
import Synchronization

/// What stays free for all else where memory is taken for elements to come.
private let reservedBytes = 256 << 20

/// Elements in memory. Those of one form lie side by side, example by example, so that batches are gathered from them as from a data set in
/// memory; once all are there they are one.
final class MemoryStore: ElementStore {
  /// Which rows an element has.
  private struct Layout {
    /// Nil for examples.
    let starts: BatchStarts?
    let elementCount: Int

    /// So many elements may lie side by side: more are not kept account of before they come.
    private static let mostElements = 1 << 26

    /// Nil where there are too many elements.
    init?(of source: any ElementSource) {
      elementCount = source.count ?? 0
      if elementCount > Self.mostElements { return nil }
      let batches = BatchStarts(count: elementCount) { source.exampleCount(of: $0, inPass: 0) }
      starts = source.spec.isBatched ? batches : nil
    }

    var areBatches: Bool { starts != nil }
    var rowCount: Int { starts?.exampleCount(ofBatches: elementCount) ?? elementCount }
    func rows(of index: Int) -> Range<Int> { starts?.examples(ofBatch: index) ?? index..<index + 1 }
    func rows(of indices: [Int]) -> [Int] { starts == nil ? indices : indices.flatMap(rows) }
  }

  private struct State {
    /// Nil before the first element, and where elements lie alone.
    var layout: Layout?
    var hasBegun = false
    /// The rows of all, those that are yet to come among them; nil where there are none, and where all are there.
    var columns: Element?
    var isThere: [Bool] = []
    var missing = 0
    /// The rows of all, once all are there.
    var whole: Dataset?
    /// Elements of other forms, by their numbers.
    var alone: [Int: Element] = [:]
    var memory = FreeMemory.Watch()

    func hasRows(of index: Int) -> Bool { whole != nil || isThere.indices.contains(index) && isThere[index] }

    /// Takes memory for the rows of all elements, if they have some and there is room.
    mutating func begin(_ layout: Layout?, with element: Element, limit: Int?) {
      hasBegun = true
      guard let layout, layout.rowCount > 0, !element.arrays.contains(where: { $0.type == .string }) else { return }
      func shape(of array: NDArray) -> [Int] { [layout.rowCount] + array.shape.dropFirst(layout.areBatches ? 1 : 0) }
      let sizes = element.arrays.map { NDArray.byteCount(of: $0.type, shape: shape(of: $0)) ?? .max }
      let bytes = sizes.reduce(layout.elementCount) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
      guard bytes <= limit ?? .max - reservedBytes, FreeMemory.grants(bytes + reservedBytes) else { return }
      self.layout = layout
      columns = element.mapped { NDArray($0.type, shape: shape(of: $0)) }
      isThere = [Bool](repeating: false, count: layout.elementCount)
      missing = layout.elementCount
    }

    /// Whether there are rows for an element, and they are of its form.
    private func fits(_ element: Element, _ rows: Range<Int>) -> Bool {
      guard let layout, let columns, columns.form == element.form else { return false }
      return zip(columns.arrays, element.arrays).allSatisfy { column, array in
        column.type == array.type && array.shape == (layout.areBatches ? [rows.count] : []) + column.shape.dropFirst()
      }
    }

    /// Puts an element into its rows; false where there are none, or they are of another form.
    mutating func put(_ element: Element, at index: Int) -> Bool {
      guard let rows = layout?.rows(of: index), fits(element, rows) else { return false }
      // Taken out while it is written to, so that it has one owner.
      guard var owned = columns.take() else { return false }
      func copy(_ arrays: [NDArray], into targets: inout [NDArray]) {
        for (place, array) in arrays.enumerated() {
          let bytes = array.rawBytes
          let begin = rows.lowerBound * (bytes.count / max(rows.count, 1))
          targets[place].withMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[begin..<begin + bytes.count]).copyMemory(from: bytes)
          }
        }
      }
      copy(element.inputs, into: &owned.inputs)
      copy(element.targets, into: &owned.targets)
      copy(element.sampleWeights, into: &owned.sampleWeights)
      isThere[index] = true
      missing -= 1
      if missing == 0 {
        whole = try? Dataset(inputs: owned.inputs, targets: owned.targets, sampleWeights: owned.sampleWeights)
      }
      if whole == nil { columns = owned }
      return true
    }
  }

  private let source: any ElementSource
  private let limit: Int?
  private let state = Mutex(State())
  private let layout = Mutex<Layout??>(nil)

  /// Elements of one form alone, and of no more than so many bytes in all, where there is a limit: others are not kept.
  init(of source: any ElementSource, limit: Int? = nil) {
    self.source = source
    self.limit = limit
  }

  func keep(_ element: Element, as index: Int) throws(DataFailure) {
    if !put(element, as: index) {
      throw .memory("`cache` takes nearly all of this machine's memory: `.cache(\"FILE\")` keeps the elements in a file")
    }
  }

  /// Keeps an element where there is room for it.
  func offer(_ element: Element, as index: Int) { _ = put(element, as: index) }

  /// False where it takes the last of the memory.
  private func put(_ element: Element, as index: Int) -> Bool {
    if !state.withLock({ $0.hasBegun }) {
      // Not under that lock: who counts the elements may look at them all.
      let layout = layout.withLock { known in
        let made = known ?? Layout(of: source)
        known = .some(made)
        return made
      }
      state.withLock { state in if !state.hasBegun { state.begin(layout, with: element, limit: limit) } }
    }
    return state.withLock { state in
      if state.hasRows(of: index) || state.alone[index] != nil { return true }
      if !state.put(element, at: index) {
        if limit != nil {
          // All of them, or none.
          (state.columns, state.isThere) = (nil, [])
          return true
        }
        state.alone[index] = element
      }
      return state.memory.holds(element.byteCount)
    }
  }

  func element(_ index: Int) -> Element? {
    let (alone, layout) = state.withLock { ($0.alone[index], $0.layout) }
    if let alone { return alone }
    guard let layout, let rows = gathered([index], Array(layout.rows(of: index))) else { return nil }
    return layout.areBatches ? rows : try? rows.alone()
  }

  func batch(of rows: [Int]) -> Element? { gathered(rows, rows) }

  /// The rows of some elements, where they are all there.
  private func gathered(_ indices: [Int], _ rows: [Int]) -> Element? {
    let (whole, found) = state.withLock { state -> (Dataset?, Element?) in
      guard state.whole == nil, let columns = state.columns, indices.allSatisfy(state.hasRows) else { return (state.whole, nil) }
      return (nil, columns.rows(rows))
    }
    return whole.map { Element($0).rows(rows) } ?? found
  }

  func rows(of indices: [Int]) -> StoredRows? {
    let (whole, layout) = state.withLock { ($0.whole, $0.layout) }
    guard let whole, let layout else { return nil }
    return StoredRows(whole, layout.rows(of: indices))
  }
}
