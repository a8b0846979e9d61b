import Tensors

extension Graph {
  /// Images [batch, rows, columns, channels] seen at places of their own: at each position what stands at that row and that column of
  /// the image, [batch, rows, columns] each, which need not be whole numbers. The places have no derivative.
  mutating func sample(_ images: Node, atRows rows: Node, columns: Node, through view: ImageParameters.View) -> Node {
    let shape = shape(of: images)
    // Positions are numbered in single precision, which is exact below 2²⁴.
    let atOnce = max(1, (1 << 24) / (shape[1] * shape[2]))
    guard shape[0] > atOnce else { return sampleAtOnce(images, rows, columns, view) }
    let parts = stride(from: 0, to: shape[0], by: atOnce).map { start in
      let range = start..<min(start + atOnce, shape[0])
      return sampleAtOnce(
        slice(images, axis: 0, range), slice(rows, axis: 0, range), slice(columns, axis: 0, range), view)
    }
    return concatenate(parts, axis: 0)
  }

  private mutating func sampleAtOnce(_ images: Node, _ rows: Node, _ columns: Node, _ view: ImageParameters.View) -> Node {
    let shape = shape(of: images)
    let table = reshape(images, [shape[0] * shape[1] * shape[2], shape[3]])
    let firsts = constant(floats: (0..<shape[0]).map { Float($0 * shape[1] * shape[2]) }, shape: [shape[0], 1, 1])

    /// The values at whole places: [batch, rows, columns, channels].
    func values(_ row: Node, _ column: Node, in graph: inout Graph) -> Node {
      let (y, x) = (view.fill.place(row, extent: shape[1], in: &graph), view.fill.place(column, extent: shape[2], in: &graph))
      let number = graph.add(firsts, graph.add(graph.multiply(y.index, by: Double(shape[2])), x.index))
      let found = graph.gatherRows(table, graph.cast(number, to: .int32))
      guard let inRows = y.isInside, let inColumns = x.isInside else { return found }
      let isInside = graph.reshape(graph.apply(.and, inRows, inColumns), shape.prefix(3) + [1])
      return graph.select(isInside, found, graph.constant(view.fillValue))
    }

    // What lies far outside, or at a horizon, is outside.
    let (rows, columns) = (clip(rows, from: -0x1p22, to: 0x1p22), clip(columns, from: -0x1p22, to: 0x1p22))
    guard view.isBilinear else { return values(nearest(rows), nearest(columns), in: &self) }
    let (top, left) = (apply(.floor, rows), apply(.floor, columns))
    let shares = (row: subtract(rows, top), column: subtract(columns, left))
    var whole: Node?
    for (down, across) in [(0.0, 0.0), (0, 1), (1, 0), (1, 1)] {
      let rowShare = down == 1 ? shares.row : subtract(constant(1), shares.row)
      let columnShare = across == 1 ? shares.column : subtract(constant(1), shares.column)
      let share = reshape(multiply(rowShare, columnShare), shape.prefix(3) + [1])
      let part = multiply(values(add(top, down), add(left, across), in: &self), share)
      whole = whole.map { add($0, part) } ?? part
    }
    return whole ?? images
  }

  /// The nearest whole number, halves away from 0.
  private mutating func nearest(_ x: Node) -> Node { multiply(apply(.sign, x), apply(.floor, add(abs(x), 0.5))) }
}

extension Sampling.Fill {
  /// Where along an axis of so many positions a whole place is found; and whether it is one of them, where what is outside has a
  /// value of its own.
  fileprivate func place(_ place: Node, extent: Int, in graph: inout Graph) -> (index: Node, isInside: Node?) {
    let last = Double(extent - 1)
    /// `dcb|abcd|cba` of an axis with `last` as its last place.
    func mirrored(_ place: Node, last: Double, in graph: inout Graph) -> Node {
      guard last > 0 else { return graph.multiply(place, by: 0) }
      let turned = graph.remainder(graph.add(place, last), graph.constant(2 * last))
      return graph.abs(graph.add(turned, -last))
    }
    switch self {
    case .constant:
      let isInside = graph.apply(
        .and, graph.apply(.greaterEqual, place, graph.constant(0)), graph.apply(.lessEqual, place, graph.constant(last)))
      return (graph.clip(place, from: 0, to: last), isInside)
    case .nearest: return (graph.clip(place, from: 0, to: last), nil)
    case .wrap: return (graph.remainder(place, graph.constant(Double(extent))), nil)
    case .mirror: return (mirrored(place, last: last, in: &graph), nil)
    case .reflect:
      // The axis of half places between them, mirrored.
      let halves = mirrored(graph.add(graph.multiply(place, by: 2), 1), last: Double(2 * extent), in: &graph)
      return (graph.apply(.floor, graph.multiply(graph.add(halves, -1), by: 0.5)), nil)
    }
  }
}
