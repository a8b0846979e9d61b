import Lambdas
import Plans
import Tensors

/// A recurrent layer and its mirror image, which begins with the last step; what they give is merged.
struct Bidirectional: Layer {
  static let layer = Parameter<Configured>.layer("layer", "the recurrent layer that goes forwards")
  static let mergeMode = Parameter<String?>.optional(
    Parameter<String>(
      "merge_mode", "how the two outputs become one: joined, added, multiplied, their mean; None gives both",
      .choice(["sum", "mul", "concat", "ave"]), default: "concat"))
  static let backwardLayer = Parameter<Configured?>.optional(
    .layer("backward_layer", "the layer that goes backwards; None for one like the other")
  ).keywordOnly
  static let signature = Signature(
    "Bidirectional", "A recurrent layer that goes through a sequence both ways, with weights of its own each way.",
    [layer.description, mergeMode.description, backwardLayer.description], source: "Schuster and Paliwal, 1997",
    example: "Input((10, 4))\nBidirectional(LSTM(32, return_sequences=True))")
  static let abilities: Set<Ability> = [.takesStates]

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    for parameter in ["layer", "backward_layer"] {
      guard let inner = arguments[parameter]?.layers?.first else { continue }
      guard inner.entry.abilities.contains(.takesStates), inner.entry.name != signature.name else {
        return ArgumentConflict(
          of: parameter, "takes a recurrent layer, and `\(inner.entry.name)` is none",
          hint: "use `LSTM`, `GRU`, `SimpleRNN` or `RNN`.")
      }
    }
    guard let forward = arguments["layer"]?.layers?.first, let backward = arguments["backward_layer"]?.layers?.first else {
      return nil
    }
    for (name, differ) in [("go_backwards", true), ("stateful", false), ("return_sequences", false), ("return_state", false)]
    where (forward.flag(name) != backward.flag(name)) != differ {
      return ArgumentConflict(
        of: "backward_layer",
        differ ? "needs layers that go opposite ways" : "needs layers that agree on `\(name)`",
        hint: differ ? "give one of them `go_backwards=True`." : "give both the same `\(name)`.")
    }
    return nil
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let (forward, backward) = inner(arguments)
    guard (inputs.count - 1).isMultiple(of: 2) else {
      throw ShapeError(
        "has two layers with states, but gets \(inputs.count - 1) of `initial_state`",
        hint: "give the states of the forward layer, then those of the other.")
    }
    let half = (inputs.count - 1) / 2
    let first = try forward.shape(Array(inputs.prefix(1 + half)))
    let second = try backward.shape(Array(inputs.prefix(1)) + inputs.suffix(half))
    let states = Array(first.outputs.dropFirst() + second.outputs.dropFirst())
    let (a, b) = (first.output.shape, second.output.shape)
    let outputs: [Shape]
    switch arguments[mergeMode] {
    case nil: outputs = [a, b]
    case "concat"?:
      let sizes = (a.dimensions.last ?? nil, b.dimensions.last ?? nil)
      outputs = [a.replacingLast(with: sizes.0.flatMap { size in sizes.1.map { size + $0 } })]
    case let mode?:
      guard a == b else {
        throw ShapeError(
          "cannot merge \(a.description) and \(b.description) by `\(mode)`",
          hint: "give both layers as many units, or use `merge_mode=\"concat\"`.")
      }
      outputs = [a]
    }
    return LayerShape(outputs: outputs.map { TensorSpec($0) } + states, weights: first.weights + second.weights)
  }

  static func checkMask(_ mask: Shape, _ arguments: Arguments, on input: Shape) throws(ShapeError) {
    try NamedMask.check(mask, ofSteps: input)
  }

  static func written(_ arguments: Arguments, in catalog: Catalog) -> [String: Value] {
    let (forward, backward) = inner(arguments)
    return ["layer": .object(forward.named), "backward_layer": .object(backward.named)]
  }

  private let forward: InnerLayer
  private let backward: InnerLayer
  private let mergeMode: String?
  let weightRules: [String: WeightRules]

  init(_ arguments: Arguments) {
    (forward, backward) = Bidirectional.inner(arguments)
    mergeMode = arguments[Bidirectional.mergeMode]
    weightRules = forward.weightRules.merging(backward.weightRules) { first, _ in first }
  }

  /// The two layers under the names that Keras gives them. Where all steps are given, masked ones give 0.
  private static func inner(_ arguments: Arguments) -> (InnerLayer, InnerLayer) {
    let layer = arguments[layer]
    let name = InnerLayer.name(of: layer)
    func stem(_ prefix: String) -> String { name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name }
    let zeroes = Value.bool(layer.flag("return_sequences"))
    let forward = layer.with(["zero_output_for_mask": zeroes])
    if let given = arguments[backwardLayer] {
      return (
        InnerLayer(forward, name: "forward_" + stem("forward_"), group: "forward_layer"),
        InnerLayer(given.with(["zero_output_for_mask": zeroes]), group: "backward_layer")
      )
    }
    let backward = layer.with(["zero_output_for_mask": zeroes, "go_backwards": .bool(true)])
    return (
      InnerLayer(forward, name: "forward_" + stem("forward_"), group: "forward_layer"),
      InnerLayer(backward, name: "backward_" + stem("backward_"), group: "backward_layer")
    )
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    emitAll(inputs, into: &graph, &use)[0]
  }

  func emitAll(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> [Node] {
    let half = (inputs.count - 1) / 2
    guard let first = forward.layer as? any RecurrentLayer, let second = backward.layer as? any RecurrentLayer else {
      preconditionFailure("the layers of `Bidirectional` are recurrent")
    }
    let there = use.within(forward.name) { use in first.emitSteps(Array(inputs.prefix(1 + half)), into: &graph, &use) }
    let back = use.within(backward.name) { use in
      second.emitSteps(Array(inputs.prefix(1)) + inputs.suffix(half), into: &graph, &use)
    }
    let outputs = [
      there.output(first.options, into: &graph), back.output(second.options, isTurned: true, into: &graph),
    ]
    for (inner, given) in [(forward, [outputs[0]] + there.states), (backward, [outputs[1]] + back.states)] {
      inner.regularize(first.options.returnsState ? given : [given[0]], into: &graph, &use)
    }
    let states = first.options.returnsState ? there.states + back.states : []
    return merged(outputs, into: &graph) + states
  }

  func stateShapes(of input: Shape, batch: Int) -> [(name: String, shape: [Int])] {
    [forward, backward].flatMap { inner in
      inner.layer.stateShapes(of: input, batch: batch).map { ("\(inner.name)/\($0.name)", $0.shape) }
    }
  }

  private func merged(_ outputs: [Node], into graph: inout Graph) -> [Node] {
    switch mergeMode {
    case "concat"?: [graph.concatenate(outputs, axis: -1)]
    case "sum"?: [graph.add(outputs[0], outputs[1])]
    case "ave"?: [graph.multiply(graph.add(outputs[0], outputs[1]), by: 0.5)]
    case "mul"?: [graph.multiply(outputs[0], outputs[1])]
    default: outputs
    }
  }

  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    let mask = forward.configured.flag("return_sequences") ? use.masks.first ?? nil : nil
    let count = mergeMode == nil ? 2 : 1
    return outputs.indices.map { $0 < count ? mask : nil }
  }
}

extension Configured {
  /// Whether a truth among its arguments is given as true.
  func flag(_ name: String) -> Bool { if case .bool(true)? = arguments[name] { true } else { false } }

  /// The same object with other arguments.
  func with(_ values: [String: Value]) -> Configured {
    let merged = arguments.values.merging(values) { $1 }
    return Configured(
      entry, Arguments(merged, given: arguments.given.union(values.keys)), range: range, serial: serial,
      argumentRanges: argumentRanges, functionTexts: functionTexts)
  }
}

extension InnerLayer {
  /// The layer under the name that it has here.
  var named: Configured { configured.with(["name": .string(name)]) }
}
