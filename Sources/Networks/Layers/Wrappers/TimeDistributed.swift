import Lambdas
import Plans
import Tensors

/// A layer that is applied to each step of a sequence, with the same weights.
struct TimeDistributed: Layer {
  static let layer = Parameter<Configured>.layer("layer", "what is applied to each step")
  static let signature = Signature(
    "TimeDistributed", "Applies a layer to each step of a sequence, with the same weights.", [layer.description],
    example: "Input((10, 4))\nTimeDistributed(Dense(8))")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs)
    guard input.shape.rank >= 2 else {
      throw ShapeError(
        "needs steps of at least one dimension each, but gets \(input.shape.description)",
        hint: "leave `TimeDistributed` out: there are no steps.")
    }
    let step = TensorSpec(Shape(Array(input.shape.dimensions.dropFirst())), input.type)
    let inner = inner(arguments)
    var shape = try inner.shape([step])
    guard shape.outputs.count == 1 else {
      throw ShapeError("takes layers of one output, but `\(inner.configured.entry.name)` gives \(shape.outputs.count)")
    }
    let output = shape.output
    shape.outputs = [TensorSpec(Shape([input.shape.dimensions[0]] + output.shape.dimensions), output.type)]
    shape.oddity = nil
    return shape
  }

  private static func inner(_ arguments: Arguments) -> InnerLayer { InnerLayer(arguments[layer], group: "layer") }

  static func checkMask(_ mask: Shape, _ arguments: Arguments, on input: Shape) throws(ShapeError) {
    // Each step may have positions of its own, of which an inner layer makes use.
    let rank = Swift.min(Swift.max(mask.rank, 1), input.rank - 1)
    try NamedMask.check(mask, of: Array(input.dimensions.prefix(rank)), called: rank == 1 ? "steps" : "positions")
  }

  static let passesMask = true
  private let inner: InnerLayer
  let weightRules: [String: WeightRules]
  init(_ arguments: Arguments) {
    inner = TimeDistributed.inner(arguments)
    weightRules = inner.weightRules
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, steps, …]
    let shape = graph.shape(of: inputs[0])
    let (batch, steps) = (shape[0], shape[1])
    let layer = inner.layer
    guard layer is BatchNormalization else {
      let rows = graph.reshape(inputs[0], [batch * steps] + shape.dropFirst(2))
      let output = use.within(inner.name, masks: [nil]) { use in layer.emitAll([rows], into: &graph, &use)[0] }
      return graph.reshape(output, [batch, steps] + graph.shape(of: output).dropFirst())
    }
    // What is computed from a whole batch is computed from that of each step.
    let sequence = graph.transpose(inputs[0], [1, 0] + shape.indices.dropFirst(2))
    let mask = (use.masks.first ?? nil).map { graph.transpose($0, [1, 0] + graph.shape(of: $0).indices.dropFirst(2)) }
    var outputs: [Node] = []
    for step in 0..<steps {
      let own = mask.map { graph.element(step, of: $0) }
      let element = graph.element(step, of: sequence)
      outputs.append(use.within(inner.name, masks: [own]) { use in layer.emitAll([element], into: &graph, &use)[0] })
    }
    return graph.stack(outputs, axis: 1)
  }
}
