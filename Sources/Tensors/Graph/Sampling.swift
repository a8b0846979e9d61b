/// How an image is seen through an affine map: at row y and column x of the result is what stands at row `b₀x + b₁y + b₂` and column
/// `a₀x + a₁y + a₂`.
package struct Sampling: Hashable, Sendable {
  /// What is seen outside of the image. Of a row abcd:
  package enum Fill: String, Sendable, CaseIterable {
    /// `kkkk|abcd|kkkk`: a value.
    case constant
    /// `aaaa|abcd|dddd`.
    case nearest
    /// `dcba|abcd|dcba`.
    case reflect
    /// `dcb|abcd|cba`.
    case mirror
    /// `abcd|abcd|abcd`.
    case wrap
  }

  /// How many rows and columns the result has.
  let rows: Int
  let columns: Int
  let fill: Fill
  let fillValue: Double
  /// Whether four neighbours are mixed, or the nearest is taken.
  let isBilinear: Bool
  /// Whether it only exchanges positions, so that another map may follow in the same pass.
  let isFlip: Bool
}

/// The six numbers of an affine map, each a node [batch], or [] if all images have the same.
package struct AffineMap {
  package var a0, a1, a2, b0, b1, b2: Node
  package init(_ a0: Node, _ a1: Node, _ a2: Node, _ b0: Node, _ b1: Node, _ b2: Node) {
    (self.a0, self.a1, self.a2, self.b0, self.b1, self.b2) = (a0, a1, a2, b0, b1, b2)
  }
  var nodes: [Node] { [a0, a1, a2, b0, b1, b2] }
}

extension Graph {
  /// Images [batch, rows, columns, channels] through a map each: [batch, `rows`, `columns`, channels]; as many rows and columns as there
  /// are, if nil. The map has no derivative.
  package mutating func sample(
    _ images: Node, _ map: AffineMap, rows: Int? = nil, columns: Int? = nil, fill: Sampling.Fill = .constant,
    fillValue: Double = 0, isBilinear: Bool = true
  ) -> Node {
    let shape = self[images].shape
    let sampling = Sampling(
      rows: rows ?? shape[1], columns: columns ?? shape[2], fill: fill, fillValue: fillValue, isBilinear: isBilinear,
      isFlip: false)
    if case .sample(let inner) = self[images].operation, inner.isFlip {
      return sample(self[images].inputs[0], composed(self[images].inputs, map), sampling)
    }
    return sample(images, map, sampling)
  }

  /// Images [batch, rows, columns, channels] turned round where `flips` [batch] is not 0: left to right, upside down, or both.
  package mutating func flip(_ images: Node, where flips: Node, horizontally: Bool, vertically: Bool) -> Node {
    let shape = self[images].shape
    let (zero, one) = (constant(0), constant(1))
    // 1 − 2·flip, and (extent − 1)·flip.
    let sign = subtract(one, multiply(flips, by: 2))
    let map = AffineMap(
      horizontally ? sign : one, zero, horizontally ? multiply(flips, by: Double(shape[2] - 1)) : zero,
      zero, vertically ? sign : one, vertically ? multiply(flips, by: Double(shape[1] - 1)) : zero)
    return sample(
      images, map,
      Sampling(rows: shape[1], columns: shape[2], fill: .constant, fillValue: 0, isBilinear: false, isFlip: true))
  }

  private mutating func sample(_ images: Node, _ map: AffineMap, _ sampling: Sampling) -> Node {
    let shape = self[images].shape
    precondition(shape.count == 4 && self[images].type == .float32, "images have rows, columns and channels, not \(shape)")
    precondition(shape[1] > 0 && shape[2] > 0, "an image has a position")
    precondition(
      map.nodes.allSatisfy { self[$0].shape == [] || self[$0].shape == [shape[0]] }, "a map has numbers for each image")
    return emit(.sample(sampling), [images] + map.nodes, [shape[0], sampling.rows, sampling.columns, shape[3]])
  }

  /// A map of a flipped image as one of the image itself. What is seen outside of a flipped image is what is seen outside of the image, flipped.
  private mutating func composed(_ flip: [Node], _ map: AffineMap) -> AffineMap {
    let (columnSign, columnOffset, rowSign, rowOffset) = (flip[1], flip[3], flip[5], flip[6])
    return AffineMap(
      multiply(columnSign, map.a0), multiply(columnSign, map.a1), add(multiply(columnSign, map.a2), columnOffset),
      multiply(rowSign, map.b0), multiply(rowSign, map.b1), add(multiply(rowSign, map.b2), rowOffset))
  }
}
