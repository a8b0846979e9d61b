import Lambdas

/// A tensor's shape while a function is followed: the batch first, which every example has to itself.
package struct TracedShape: Sendable, Equatable {
  package enum Dimension: Sendable, Equatable {
    case batch
    /// Known when data flows. The number tells two of them apart, which may then differ.
    case open(Int)
    case size(Int)
  }
  package var dimensions: [Dimension]
  package init(_ dimensions: [Dimension]) { self.dimensions = dimensions }

  /// The shapes of the tensors that a function is called with.
  package static func inputs(_ specs: [TensorSpec]) -> [TracedShape] {
    var opens = 0
    return specs.map { spec in
      TracedShape(
        [.batch]
          + spec.shape.dimensions.map { dimension in
            if let dimension { return .size(dimension) }
            opens += 1
            return .open(opens)
          })
    }
  }

  package var rank: Int { dimensions.count }
  var hasBatch: Bool { dimensions.first == .batch }

  /// The shape of an example; nil if the first axis is not the batch.
  package var example: Shape? {
    guard hasBatch else { return nil }
    return Shape(dimensions.dropFirst().map { if case .size(let size) = $0 { size } else { nil } })
  }

  /// The sizes without the batch; nil where one is open.
  var sizes: [Int]? {
    let own = dimensions.dropFirst(hasBatch ? 1 : 0)
    let known = own.compactMap { if case .size(let size) = $0 { size } else { nil } }
    return known.count == own.count ? known : nil
  }

  /// As Python shows it: `(None, 3)`.
  var value: Value {
    .tuple(dimensions.map { if case .size(let size) = $0 { .integer(size) } else { .none } })
  }
  var text: String { Operations.representation(value) }

  /// An axis from 0. Throws where there is none.
  func axis(_ axis: Int) throws(ShapeError) -> Int {
    let place = axis < 0 ? axis + rank : axis
    guard dimensions.indices.contains(place) else {
      throw ShapeError("works along axis \(axis) of a tensor of shape \(text), which has \(counted(rank, "axis", "axes"))")
    }
    return place
  }

  /// An axis that is not the batch, from 0. Throws for others: what an example becomes may not depend on its neighbours.
  func exampleAxis(_ number: Int, _ what: String) throws(ShapeError) -> Int {
    let place = try axis(number)
    guard !hasBatch || place > 0 else {
      throw ShapeError("\(what) along axis 0, which is the batch", hint: "axes of examples begin at 1: `axis=1`, `axis=-1`.")
    }
    return place
  }

  /// Two shapes together, aligned from the last axis. Throws where they do not fit.
  func broadcast(with other: TracedShape) throws(ShapeError) -> TracedShape {
    let (long, short) = rank >= other.rank ? (self, other) : (other, self)
    var result = Array(long.dimensions.dropLast(short.rank))
    for (a, b) in zip(long.dimensions.suffix(short.rank), short.dimensions) {
      switch (a, b) {
      case (.size(1), _): result.append(b)
      case (_, .size(1)): result.append(a)
      default:
        guard a == b else { throw ShapeError("joins tensors of shapes \(text) and \(other.text), which do not fit together") }
        result.append(a)
      }
    }
    return TracedShape(result)
  }
}
