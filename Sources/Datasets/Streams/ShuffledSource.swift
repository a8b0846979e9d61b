import Arrays
import Plans

/// The elements of another source in random order, another one in each pass if asked.
///
/// The numbers are shuffled, not what they stand for, so any place can be asked for and a buffer takes no memory to speak of.
package final class ShuffledSource: RenumberedSource {
  package let spec: DataSpec
  let source: any ElementSource
  private let stream: RandomStream
  private let buffer: Int?
  private let isReshuffled: Bool
  private let orders = OrderTable<ElementPlace, [Int32]>()

  /// `buffer` says from how many neighbours the next one is drawn, as a buffer of so many elements would; nil for all of them.
  package init(_ source: any ElementSource, stream: RandomStream, buffer: Int? = nil, isReshuffled: Bool = true) {
    precondition(buffer != nil || !source.spec.isEndless, "all of what has no end cannot be shuffled")
    self.source = source
    self.stream = stream
    self.buffer = buffer
    self.isReshuffled = isReshuffled
    var spec = source.spec
    if isReshuffled { spec.variation = max(spec.variation, .order) }
    self.spec = spec
  }

  package var count: Int? { source.count }
  package var fingerprint: String {
    "\(source.fingerprint) shuffled\(buffer.map { " within \($0)" } ?? "")\(isReshuffled ? "" : " once") by \(stream.key)"
  }

  func place(of index: Int, inPass pass: Int) -> ElementPlace {
    let length = stretchLength
    let (stretch, offset) = index.quotientAndRemainder(dividingBy: length)
    let order = order(ofStretch: stretch, length: length, orderPass: isReshuffled ? pass : 0)
    return ElementPlace(index: stretch * length + Int(order[offset]), pass: pass)
  }

  func places(of indices: [Int], inPass pass: Int) -> [ElementPlace] {
    let length = stretchLength
    var (stretch, order): (Int, [Int32]) = (-1, [])
    return indices.map { index in
      if index / length != stretch {
        stretch = index / length
        order = self.order(ofStretch: stretch, length: length, orderPass: isReshuffled ? pass : 0)
      }
      return ElementPlace(index: stretch * length + Int(order[index % length]), pass: pass)
    }
  }

  private func order(ofStretch stretch: Int, length: Int, orderPass: Int) -> [Int32] {
    orders.entry(for: ElementPlace(index: stretch, pass: orderPass)) {
      let stream = stream.substream("shuffle").substream(orderPass)
      guard let count else { return stream.substream(stretch).permutation(of: length) }
      return order(of: min(length, count - stretch * length), count <= length ? stream : stream.substream(stretch))
    }
  }

  /// More numbers than this are not put in order at once: they take 64 MB, and half a second.
  private static let longestStretch = 1 << 24
  private static let shortestStretch = 1 << 20

  /// So many elements are shuffled among themselves: all of them, unless they are very many; without an end as many as the buffer holds. So
  /// a place is found without all before it.
  private var stretchLength: Int {
    guard let count else { return min(buffer ?? 1, Self.longestStretch) }
    if count <= Self.longestStretch { return max(count, 1) }
    return max(Self.shortestStretch, min(buffer ?? .max, Self.longestStretch))
  }

  /// What a buffer gives that is filled with the first elements, and after each one drawn with the next.
  private func order(of count: Int, _ stream: RandomStream) -> [Int32] {
    guard let buffer, buffer < count else { return stream.permutation(of: count) }
    var random = RandomSequence(stream)
    var held = (0..<Int32(buffer)).map { $0 }
    var order: [Int32] = []
    order.reserveCapacity(count)
    for next in buffer..<count {
      let place = random.below(buffer)
      order.append(held[place])
      held[place] = Int32(next)
    }
    for place in random.permutation(buffer) { order.append(held[place]) }
    return order
  }

  package func inFixedOrder() -> any ElementSource {
    ShuffledSource(source.inFixedOrder(), stream: stream, buffer: buffer, isReshuffled: false)
  }
}
