import Plans
import Tensors

/// A step of `GRU`. With three blocks z, r, g of the products with input and state: `update = recurrent_activation(z)`,
/// `reset = recurrent_activation(r)`, `state = update · state + (1 − update) · activation(g)`, where in g the state's product is
/// reset, or if not `reset_after` the state before the product.
struct GRUCell: Layer, RecurrentCell {
  static let resetAfter = Parameter<Bool>(
    "reset_after", "whether the reset gate works on the product with the state, and not on the state before it", default: true)
  /// Those up to the dropout; `activity_regularizer` stands among them in layers.
  static func parameters(withActivity: Bool) -> [ParameterDescription] {
    [
      CellParameters.units.description, CellParameters.activation.description, CellParameters.recurrentActivation.description,
      CellParameters.useBias.description,
    ] + WeightParameters.descriptions(CellParameters.weights, withActivity: withActivity)
      + [CellParameters.dropout.description, CellParameters.recurrentDropout.description]
  }
  static let formula = "output = σ(z) · state + (1 − σ(z)) · tanh(g)"
  static let source = "Cho et al., 2014: Learning phrase representations using RNN encoder-decoder"
  static let signature = Signature(
    "GRUCell", "One step of a gated recurrent unit, for `RNN`.",
    parameters(withActivity: false) + [resetAfter.description, CellParameters.seed.description], formula: formula, source: source,
    example: "Input((10, 4))\nRNN(GRUCell(32))")
  static let abilities: Set<Ability> = [.isCell]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    throw .ofCell(signature.name)
  }

  let weights: CellWeights
  let activation: Activation?
  let recurrentActivation: Activation?
  let resetsAfter: Bool

  init(_ arguments: Arguments) {
    resetsAfter = arguments[GRUCell.resetAfter]
    weights = CellWeights(arguments, blocks: 3, biasRows: resetsAfter ? 2 : 1)
    activation = arguments[CellParameters.activation].map(Activation.init)
    recurrentActivation = arguments[CellParameters.recurrentActivation].map(Activation.init)
  }

  func states(of input: [Int]) -> [[Int]] { [[weights.units]] }
  var weightRules: [String: WeightRules] { weights.rules }
  func weights(of input: [Int]) -> [WeightSpec] { weights.specs(inputs: input[0]) }

  func begin(rows: Int, input: [Int], into graph: inout Graph, _ use: inout LayerUse) -> CellSteps {
    let gated = GatedSteps(weights, rows: rows, inputs: input[0], into: &graph, use)
    let recurrent = use.needed("recurrent_kernel", in: &graph)
    let both = resetsAfter ? use.weight("bias", in: &graph) : nil
    let bias = both.map { graph.row($0, 1) }
    let isPlain = Activation.isPlain(activation, "tanh") && Activation.isPlain(recurrentActivation, "sigmoid")
    if isPlain, gated.isWhole, resetsAfter {
      return CellSteps(
        inputWeights: gated.inputWeights, shared: [recurrent] + (bias.map { [$0] } ?? []), products: gated.products,
        step: { products, states, shared, graph in
          var product = graph.matrixProduct(states[0], shared[0])
          if bias != nil { product = graph.add(product, shared[1]) }
          let next = graph.gru(products[0], product, state: states[0])
          return (next, [next])
        })
    }
    let kernels = (0..<3).map { graph.block($0, of: recurrent, units: weights.units) }
    let biases = bias.map { bias in (0..<3).map { graph.block($0, of: bias, units: weights.units) } } ?? []
    return CellSteps(
      inputWeights: gated.inputWeights, shared: kernels + biases + gated.stateMasks, products: gated.blockProducts,
      step: { products, states, shared, graph in
        let masks = Array(shared.suffix(gated.stateMasks.count))
        func state(_ block: Int, in graph: inout Graph) -> Node {
          masks.isEmpty ? states[0] : graph.multiply(states[0], masks[block])
        }
        func product(_ state: Node, _ block: Int, in graph: inout Graph) -> Node {
          let product = graph.matrixProduct(state, shared[block])
          return biases.isEmpty ? product : graph.add(product, shared[3 + block])
        }
        let gates = (0..<2).map { block in
          let own = product(state(block, in: &graph), block, in: &graph)
          return graph.activated(graph.add(products[block], own), by: recurrentActivation)
        }
        let (update, reset) = (gates[0], gates[1])
        let own = state(2, in: &graph)
        let recurrent =
          resetsAfter
          ? graph.multiply(reset, product(own, 2, in: &graph)) : product(graph.multiply(reset, own), 2, in: &graph)
        let candidate = graph.activated(graph.add(products[2], recurrent), by: activation)
        // update · state + (1 − update) · candidate
        let kept = graph.multiply(update, states[0])
        let one = graph.constant(1)
        let next = graph.add(kept, graph.multiply(graph.subtract(one, update), candidate))
        return (next, [next])
      })
  }
}
