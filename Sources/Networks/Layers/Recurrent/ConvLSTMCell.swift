import Plans
import Tensors

/// A step of `ConvLSTM1D` and its siblings: an `LSTMCell` whose inputs and states are grids of positions, and whose products with
/// them are convolutions. The one with the state has strides of 1 and keeps the size.
struct ConvLSTMCell: RecurrentCell {
  private let kernel: SlidingKernel
  private let recurrentKernel: SlidingKernel
  private let weights: CellWeights
  private let activation: Activation?
  private let recurrentActivation: Activation?
  let weightRules: [String: WeightRules]

  init(_ arguments: Arguments, positions: Int) {
    kernel = SlidingKernel(arguments, axes: positions)
    let ones = kernel.size.map { _ in 1 }
    recurrentKernel = SlidingKernel(size: kernel.size, strides: ones, dilations: ones, padding: .same, format: .channelsLast)
    weights = CellWeights(arguments, units: ConvArguments.filters, blocks: 4)
    activation = arguments[CellParameters.activation].map(Activation.init)
    recurrentActivation = arguments[CellParameters.recurrentActivation].map(Activation.init)
    var rules = weights.rules
    if arguments[LSTMCell.unitForgetBias] { rules["bias"]?.ones = weights.units..<(2 * weights.units) }
    weightRules = rules
  }

  /// The grid of a state for steps of a shape. Throws where these are no grids of known sizes, or too small for the kernel.
  func state(of step: Shape) throws(ShapeError) -> GridShape {
    let grid = try GridShape(step, positions: kernel.size.count, kernel.format)
    _ = try grid.knownChannels()
    return try kernel.output(of: grid, filters: weights.units)
  }

  func states(of input: [Int]) -> [[Int]] {
    guard let state = try? state(of: Shape(input.map { $0 })) else { preconditionFailure("the shape rule has seen the steps") }
    let shape = state.shape.dimensions.compactMap { $0 }
    return [shape, shape]
  }

  func weights(of input: [Int]) -> [WeightSpec] {
    weights.specs(inputs: kernel.format == .channelsLast ? input[input.count - 1] : input[0], kernel: kernel.size)
  }

  func begin(rows: Int, input: [Int], into graph: inout Graph, _ use: inout LayerUse) -> CellSteps {
    let bias = use.weight("bias", in: &graph)
    let masks = gateMasks(of: [rows] + input, rate: weights.dropout, "inputs", into: &graph, use)
    let hidden = gateMasks(of: [rows] + states(of: input)[0], rate: weights.recurrentDropout, "state", into: &graph, use)
    let isPlain = Activation.isPlain(activation, "tanh") && Activation.isPlain(recurrentActivation, "sigmoid")
    let format = kernel.format
    return CellSteps(
      inputWeights: [use.needed("kernel", in: &graph)] + (bias.map { [$0] } ?? []) + masks,
      shared: [use.needed("recurrent_kernel", in: &graph)] + hidden,
      products: { x, given, graph in  // [steps, batch, …] → [steps, batch, positions…, 4 · filters]
        let shape = graph.shape(of: x)
        let images = graph.reshape(x, [shape[0] * shape[1]] + shape.dropFirst(2))
        var inputs = format.toChannelsLast(images, in: &graph)
        if !masks.isEmpty { inputs = fourfold(inputs, masked: given[given.count - 1], in: &graph) }
        let settings = kernel.convolution(over: graph.shape(of: inputs), groups: masks.isEmpty ? 1 : 4)
        var product = graph.convolution(inputs, given[0], settings)
        if bias != nil { product = graph.add(product, given[1]) }
        return [graph.reshape(product, [shape[0], shape[1]] + graph.shape(of: product).dropFirst())]
      },
      step: { products, states, shared, graph in
        let cell = format.toChannelsLast(states[1], in: &graph)
        var state = format.toChannelsLast(states[0], in: &graph)
        if !hidden.isEmpty { state = fourfold(state, masked: shared[1], in: &graph) }
        let settings = recurrentKernel.convolution(over: graph.shape(of: state), groups: hidden.isEmpty ? 1 : 4)
        let product = graph.convolution(state, shared[0], settings)
        let next: (hidden: Node, cell: Node)
        if isPlain {
          next = graph.lstm(products[0], product, cell: cell)
        } else {
          let sum = graph.add(products[0], product)
          let z = (0..<4).map { graph.block($0, of: sum, units: weights.units) }
          next = graph.lstm(z, cell: cell, activation, recurrentActivation)
        }
        let output = format.fromChannelsLast(next.hidden, in: &graph)
        return (output, [output, format.fromChannelsLast(next.cell, in: &graph)])
      })
  }

  /// What each gate drops of inputs or states [rows, …] of a shape, as one mask [rows, positions…, 4 · channels]; none where nothing is
  /// dropped. As in Keras, a share of 1 drops nothing.
  private func gateMasks(
    of shape: [Int], rate: Double, _ name: String, into graph: inout Graph, _ use: LayerUse
  ) -> [Node] {
    guard rate < 1 else { return [] }
    var shape = shape
    if kernel.format == .channelsFirst { shape.append(shape.remove(at: 1)) }
    shape[shape.count - 1] *= 4
    return weights.masks(1, shape: shape, rate: rate, of: name, into: &graph, use)
  }

  /// The channels once for each gate, each with what that gate drops: a convolution of four groups then has every gate see its own.
  /// x is [images, positions…, channels], in which the rows of the mask [rows, positions…, 4 · channels] come again and again.
  private func fourfold(_ x: Node, masked mask: Node, in graph: inout Graph) -> Node {
    let copies = graph.concatenate([x, x, x, x], axis: -1)
    let shape = graph.shape(of: copies)
    let rows = graph.shape(of: mask)[0]
    guard rows != shape[0] else { return graph.multiply(copies, mask) }
    let byStep = graph.reshape(copies, [shape[0] / max(rows, 1), rows] + shape.dropFirst())
    return graph.reshape(graph.multiply(byStep, mask), shape)
  }
}
