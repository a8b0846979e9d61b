import Lambdas
import Plans
import Tensors

/// Probabilities along one axis or several; what a mask leaves out gets none.
struct Softmax: Layer {
  static let axis = Axes.several("the axis, or axes, whose values become probabilities")
  static let signature = Signature(
    "Softmax", "Probabilities along an axis, which sum to 1.", [axis.description], formula: "e^input / Σ e^input",
    example: "Softmax()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    _ = try Axes.places(arguments[axis], in: input)
    return LayerShape(TensorSpec(input))
  }

  static func checkMask(_ mask: Shape, _ arguments: Arguments, on input: Shape) throws(ShapeError) {
    try NamedMask.check(mask, of: Array(input.dimensions.prefix(Swift.max(mask.rank, 1))), called: "values")
  }

  static let passesMask = true
  static let abilities: Set<Ability> = [.givesProbabilities]
  /// What takes the place of masked values before the exponential.
  private static let masked = -1e9
  let axes: [Int]
  init(_ arguments: Arguments) { axes = arguments[Softmax.axis] }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let shape = graph.shape(of: inputs[0])
    guard let mask = use.masks.first ?? nil, let spread = beside(mask, shape, in: &graph) else {
      return softmax(inputs[0], in: &graph)
    }
    let hidden = graph.select(spread, inputs[0], graph.constant(Softmax.masked))
    let zero = graph.constant(0)
    return graph.select(spread, softmax(hidden, in: &graph), zero)
  }

  private func softmax(_ x: Node, in graph: inout Graph) -> Node {
    let shape = graph.shape(of: x)
    let reduced = Axes.places(axes, rank: shape.count)
    if reduced == [shape.count - 1] { return graph.softmax(x) }
    let order = shape.indices.filter { !reduced.contains($0) } + reduced
    let rows = graph.transpose(x, order)  // [kept…, reduced…]
    let kept = shape.count - reduced.count
    let flat = graph.reshape(rows, order.prefix(kept).map { shape[$0] } + [reduced.map { shape[$0] }.reduce(1, *)])
    let result = graph.reshape(graph.softmax(flat), order.map { shape[$0] })
    return graph.transpose(result, order.indices.map { order.firstIndex(of: $0) ?? $0 })
  }

  /// A mask as broadcasting has it, from the last axis; else from the first, so that it holds for whole positions.
  private func beside(_ mask: Node, _ shape: [Int], in graph: inout Graph) -> Node? {
    let own = graph.shape(of: mask)
    return Graph.broadcastShape(own, shape) == shape ? mask : maskSpread(mask, over: shape, in: &graph)
  }
}
