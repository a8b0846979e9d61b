import Lambdas
import Plans
import Tensors

/// A layer, or a model, that is applied to each step of a sequence, with the same weights.
///
/// A layer of the catalog is computed here. A model within stands in the plan (`ModelPlan.Layer.nested`), so that its weights are those
/// it has everywhere: `FlatPlan` puts its layers between the steps, and `ForwardPass` computes them.
struct TimeDistributed: Layer {
  static let layer = Parameter<Inner>(
    "layer", "what is applied to each step: a layer, or a model of one input and one output", .either([.entry(.layer), .model])
  ) {
    guard case .object(let object) = $0 else { return nil }
    return (object as? ModelObject).map(Inner.model) ?? (object as? Configured).map(Inner.layer)
  }
  static let signature = Signature(
    "TimeDistributed", "Applies a layer, or a model, to each step of a sequence, with the same weights.", [layer.description],
    example: "Input((10, 4))\nTimeDistributed(Dense(8))")

  /// What is applied.
  enum Inner: Sendable {
    case layer(Configured)
    case model(ModelObject)
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs)
    guard input.shape.rank >= 2 else {
      throw ShapeError(
        "needs steps of at least one dimension each, but gets \(input.shape.description)",
        hint: "leave `TimeDistributed` out: there are no steps.")
    }
    let step = TensorSpec(Shape(Array(input.shape.dimensions.dropFirst())), input.type)
    var shape = try shape(of: arguments[layer], onStep: step)
    let output = shape.output
    shape.outputs = [TensorSpec(Shape([input.shape.dimensions[0]] + output.shape.dimensions), output.type)]
    shape.oddity = nil
    return shape
  }

  private static func shape(of inner: Inner, onStep step: TensorSpec) throws(ShapeError) -> LayerShape {
    let (shape, name): (LayerShape, String)
    switch inner {
    case .model(let model): (shape, name) = (try TimeDistributed.shape(of: model.plan, onStep: step), model.plan.name)
    case .layer(let layer):
      let inner = InnerLayer(layer, group: "layer")
      // Around a model within it, a layer owns nothing: the weights are the model's.
      shape = layer.steppedModel == nil ? try inner.shape([step]) : try inner.ownShape([step])
      name = layer.entry.name
    }
    guard shape.outputs.count == 1 else {
      throw ShapeError("takes layers and models of one output, but `\(name)` gives \(shape.outputs.count)")
    }
    return shape
  }

  private static func shape(of model: ModelPlan, onStep step: TensorSpec) throws(ShapeError) -> LayerShape {
    guard model.inputs.count == 1 else {
      throw ShapeError(
        "takes layers and models of one input, but `\(model.name)` takes \(model.inputs.count)",
        hint: "call the model on each of them outside, or join them into one.")
    }
    let expected = model.tensors[model.inputs[0]].shape
    guard step.shape.couldBe(expected) else {
      throw ShapeError(
        "has steps of \(step.shape.description), but `\(model.name)` takes \(expected.description)",
        hint: "the first dimension counts the steps; what is left must be what the model takes.")
    }
    return LayerShape(outputs: model.outputs.map { model.tensors[$0] }, weights: model.nestedWeights)
  }

  static func checkMask(_ mask: Shape, _ arguments: Arguments, on input: Shape) throws(ShapeError) {
    // Each step may have positions of its own, of which an inner layer makes use.
    let rank = Swift.min(Swift.max(mask.rank, 1), input.rank - 1)
    try NamedMask.check(mask, of: Array(input.dimensions.prefix(rank)), called: rank == 1 ? "steps" : "positions")
  }

  static let passesMask = true
  /// Nil around a model.
  private let inner: InnerLayer?
  let weightRules: [String: WeightRules]
  init(_ arguments: Arguments) {
    if case .layer(let layer) = arguments[TimeDistributed.layer] {
      inner = InnerLayer(layer, group: "layer")
    } else {
      inner = nil
    }
    weightRules = inner?.weightRules ?? [:]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, steps, …]
    guard let inner else { preconditionFailure("the layers of a model within are emitted in its place") }
    let layer = inner.layer
    return graph.eachStep(
      of: inputs[0], mask: use.masks.first ?? nil, keepsRowsApart: inner.configured.keepsRowsApart
    ) { step, mask, graph in
      use.within(inner.name, masks: [mask]) { use in layer.emitAll([step], into: &graph, &use)[0] }
    }
  }
}

extension Graph {
  /// What is made of each step of a sequence, [batch, steps, …] → [batch, steps, …]: of all at once, as of the examples of a larger
  /// batch, or step by step where something is computed from a batch as a whole.
  mutating func eachStep(
    of sequence: Node, mask: Node?, keepsRowsApart: Bool, _ make: (_ step: Node, _ mask: Node?, inout Graph) -> Node
  ) -> Node {
    let shape = shape(of: sequence)
    let (batch, steps) = (shape[0], shape[1])
    guard !keepsRowsApart else {
      let rows = reshape(sequence, [batch * steps] + shape.dropFirst(2))
      // A mask of whole steps says nothing of what is in them.
      let own = mask.flatMap { mask in
        let positions = self.shape(of: mask).dropFirst(2)
        return positions.isEmpty ? nil : reshape(mask, [batch * steps] + positions)
      }
      let output = make(rows, own, &self)
      return reshape(output, [batch, steps] + self.shape(of: output).dropFirst())
    }
    let turned = transpose(sequence, [1, 0] + shape.indices.dropFirst(2))
    let masks = mask.map { transpose($0, [1, 0] + self.shape(of: $0).indices.dropFirst(2)) }
    var outputs: [Node] = []
    for step in 0..<steps {
      let own = masks.map { element(step, of: $0) }
      outputs.append(make(element(step, of: turned), own, &self))
    }
    return stack(outputs, axis: 1)
  }
}

extension Configured {
  /// Whether it computes each row of a batch from that row alone, and adds nothing to the loss of the batch.
  var keepsRowsApart: Bool {
    if layerType(of: self)?.mixesRows ?? true || flag("stateful") || ActivityRegularizer.of(arguments) != nil { return false }
    // Choices of dropout may be one for all rows.
    if let shape = arguments["noise_shape"], !shape.isNone { return false }
    return ["layer", "backward_layer", "cell", "cells"].allSatisfy { arguments[$0]?.layers?.allSatisfy(\.keepsRowsApart) ?? true }
  }
}
