import Plans
import Tensors

/// A step of `LSTM`. With four blocks i, f, g, o of `z = input · kernel + state · recurrent_kernel + bias`:
/// `cell = recurrent_activation(f) · cell + recurrent_activation(i) · activation(g)`, `state = recurrent_activation(o) · activation(cell)`.
struct LSTMCell: Layer, RecurrentCell {
  static let unitForgetBias = Parameter<Bool>(
    "unit_forget_bias", "whether the bias of the forget gate begins as 1 (Jozefowicz et al., 2015)", default: true)
  private static let initialized: [ParameterDescription] =
    [
      CellParameters.units.description, CellParameters.activation.description, CellParameters.recurrentActivation.description,
      CellParameters.useBias.description,
    ] + CellParameters.weights.map(\.initializer.description) + [unitForgetBias.description]
  /// Those up to the constraints; `activity_regularizer` stands among them in layers.
  static func parameters(withActivity: Bool) -> [ParameterDescription] {
    initialized + WeightParameters.descriptions(CellParameters.weights, withActivity: withActivity).dropFirst(3)
      + [CellParameters.dropout.description, CellParameters.recurrentDropout.description, CellParameters.seed.description]
  }
  static let formula = "cell = σ(f) · cell + σ(i) · tanh(g), output = σ(o) · tanh(cell)"
  static let source = "Hochreiter and Schmidhuber, 1997; Gers, Schmidhuber and Cummins, 2000"
  static let signature = Signature(
    "LSTMCell", "One step of a long short-term memory, for `RNN`.", parameters(withActivity: false), formula: formula,
    source: source, example: "Input((10, 4))\nRNN(LSTMCell(32))")
  static let abilities: Set<Ability> = [.isCell]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    throw .ofCell(signature.name)
  }

  private(set) var weights: CellWeights
  let activation: Activation?
  let recurrentActivation: Activation?

  init(_ arguments: Arguments) {
    weights = CellWeights(arguments, blocks: 4)
    activation = arguments[CellParameters.activation].map(Activation.init)
    recurrentActivation = arguments[CellParameters.recurrentActivation].map(Activation.init)
    if arguments[LSTMCell.unitForgetBias] { weights.rules["bias"]?.ones = weights.units..<(2 * weights.units) }
  }

  func states(of input: [Int]) -> [[Int]] { [[weights.units], [weights.units]] }
  var weightRules: [String: WeightRules] { weights.rules }
  func weights(of input: [Int]) -> [WeightSpec] { weights.specs(inputs: input[0]) }

  func begin(rows: Int, input: [Int], into graph: inout Graph, _ use: inout LayerUse) -> CellSteps {
    let gated = GatedSteps(weights, rows: rows, inputs: input[0], into: &graph, use)
    let recurrent = use.needed("recurrent_kernel", in: &graph)
    let isPlain = Activation.isPlain(activation, "tanh") && Activation.isPlain(recurrentActivation, "sigmoid")
    if isPlain, gated.isWhole {
      return CellSteps(
        inputWeights: gated.inputWeights, shared: [recurrent], products: gated.products,
        step: { products, states, shared, graph in
          let product = graph.matrixProduct(states[0], shared[0])
          let next = graph.lstm(products[0], product, cell: states[1])
          return (next.hidden, [next.hidden, next.cell])
        })
    }
    let kernels = (0..<4).map { graph.block($0, of: recurrent, units: weights.units) }
    return CellSteps(
      inputWeights: gated.inputWeights, shared: kernels + gated.stateMasks, products: gated.blockProducts,
      step: { products, states, shared, graph in
        let z = (0..<4).map { block in
          let state = gated.stateMasks.isEmpty ? states[0] : graph.multiply(states[0], shared[4 + block])
          return graph.add(products[block], graph.matrixProduct(state, shared[block]))
        }
        let next = graph.lstm(z, cell: states[1], activation, recurrentActivation)
        return (next.hidden, [next.hidden, next.cell])
      })
  }
}

extension Graph {
  /// The states after a step, from what reaches the gates i, f, g, o, and the cell's state before it.
  mutating func lstm(
    _ z: [Node], cell: Node, _ activation: Activation?, _ recurrentActivation: Activation?
  ) -> (hidden: Node, cell: Node) {
    let input = activated(z[0], by: recurrentActivation)
    let forget = activated(z[1], by: recurrentActivation)
    let candidate = activated(z[2], by: activation)
    let output = activated(z[3], by: recurrentActivation)
    let next = add(multiply(forget, cell), multiply(input, candidate))
    return (multiply(output, activated(next, by: activation)), next)
  }
}
