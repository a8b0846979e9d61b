import Plans
import Tensors

/// A step of `SimpleRNN`: `activation(input · kernel + state · recurrent_kernel + bias)`.
struct SimpleRNNCell: Layer, RecurrentCell {
  static let parameters =
    [CellParameters.units.description, CellParameters.activation.description, CellParameters.useBias.description]
    + WeightParameters.descriptions(CellParameters.weights)
    + [CellParameters.dropout.description, CellParameters.recurrentDropout.description, CellParameters.seed.description]
  static let signature = Signature(
    "SimpleRNNCell", "One step of a recurrent layer whose state is its last output, for `RNN`.", parameters,
    formula: "activation(input · kernel + state · recurrent_kernel + bias)", source: "Elman, 1990: Finding structure in time",
    example: "Input((10, 4))\nRNN(SimpleRNNCell(32))")
  static let abilities: Set<Ability> = [.isCell]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    throw .ofCell(signature.name)
  }

  let weights: CellWeights
  let activation: Activation?

  init(_ arguments: Arguments) {
    weights = CellWeights(arguments, blocks: 1)
    activation = arguments[CellParameters.activation].map(Activation.init)
  }

  func states(of input: [Int]) -> [[Int]] { [[weights.units]] }
  var weightRules: [String: WeightRules] { weights.rules }
  func weights(of input: [Int]) -> [WeightSpec] { weights.specs(inputs: input[0]) }

  func begin(rows: Int, input: [Int], into graph: inout Graph, _ use: inout LayerUse) -> CellSteps {
    let dropout = weights.masks(1, shape: [rows] + input, rate: weights.dropout, of: "inputs", into: &graph, use)
    let hidden = weights.masks(
      1, shape: [rows, weights.units], rate: weights.recurrentDropout, of: "state", into: &graph, use)
    let bias = use.weight("bias", in: &graph)
    return CellSteps(
      inputWeights: [use.needed("kernel", in: &graph)] + (bias.map { [$0] } ?? []) + dropout,
      shared: [use.needed("recurrent_kernel", in: &graph)] + hidden,
      products: { x, weights, graph in
        let x = dropout.isEmpty ? x : graph.multiply(x, weights[weights.count - 1])
        let product = graph.matrixProduct(x, weights[0])
        return [bias == nil ? product : graph.add(product, weights[1])]
      },
      step: { products, states, shared, graph in
        let state = hidden.isEmpty ? states[0] : graph.multiply(states[0], shared[1])
        let sum = graph.add(products[0], graph.matrixProduct(state, shared[0]))
        let next = graph.activated(sum, by: activation)
        return (next, [next])
      })
  }
}
