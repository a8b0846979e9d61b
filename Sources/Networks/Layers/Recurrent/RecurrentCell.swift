import Plans
import Tensors

/// What one step of a recurrent layer computes: a cell with states of its own. Shapes leave the batch out.
protocol RecurrentCell: Sendable {
  /// The shapes of its states for inputs of a shape, the one that it gives out first.
  func states(of input: [Int]) -> [[Int]]
  /// The shape of what it gives out.
  func output(of input: [Int]) -> [Int]
  /// Its weights for inputs of a shape.
  func weights(of input: [Int]) -> [WeightSpec]
  var weightRules: [String: WeightRules] { get }
  /// What it adds to a graph before any step, and what a step of it is.
  func begin(rows: Int, input: [Int], into graph: inout Graph, _ use: inout LayerUse) -> CellSteps
}

extension RecurrentCell {
  func output(of input: [Int]) -> [Int] { states(of: input)[0] }
}

extension RecurrentCell where Self: Layer {
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    preconditionFailure("the shape rule of a cell refuses to be a layer by itself")
  }
}

/// A cell in a graph: the nodes that its steps need, and what a step emits of them.
///
/// What does not depend on the states, the products with the inputs, is emitted once for the whole sequence where the inputs are known
/// before; a cell on top of another emits it in each step.
struct CellSteps {
  /// What the products with the inputs take: kernels, biases, masks.
  var inputWeights: [Node] = []
  /// What all steps share beside that.
  var shared: [Node] = []
  /// The products of inputs [..., inputs] with those weights.
  var products: (_ x: Node, _ weights: [Node], _ graph: inout Graph) -> [Node]
  /// The output and the next states, from the products, the states and what is shared.
  var step: (_ products: [Node], _ states: [Node], _ shared: [Node], _ graph: inout Graph) -> (output: Node, states: [Node])
}

/// The parameters of a cell's weights, its activations and its dropout, as Keras declares them for cells and layers alike.
enum CellParameters {
  static let units = Parameter<Int>(
    "units", "how many outputs, and numbers in a state", min: 1, max: AxisSizes.limit)
  static let activation = Parameter<Configured?>.optional(
    Parameter<Configured>("activation", "applied to what a state takes in; none is linear", .activation, default: "tanh"))
  static let recurrentActivation = Parameter<Configured?>.optional(
    Parameter<Configured>("recurrent_activation", "applied to the gates; none is linear", .activation, default: "sigmoid"))
  static let useBias = Parameter<Bool>("use_bias", "whether to add a bias", default: true)
  static let kernel = WeightParameters("kernel", initializer: "glorot_uniform")
  static let recurrent = WeightParameters("recurrent", initializer: "orthogonal", noun: "recurrent kernel")
  static let bias = WeightParameters("bias", initializer: "zeros")
  static let dropout = Parameter<Double>(
    "dropout", "the share of inputs that training drops, the same in every step", min: 0, max: 1, default: 0)
  static let recurrentDropout = Parameter<Double>(
    "recurrent_dropout", "the share of the state that training hides from the product with it, the same in every step", min: 0,
    max: 1, default: 0)
  static let seed = Parameter<Int?>.optional(Parameter<Int>("seed", "a seed of its own for dropout, instead of the run's"))

  static let weights = [kernel, recurrent, bias]
}

/// What the cells of the catalog have in common: three weights, a bias perhaps, and dropout of inputs and state.
struct CellWeights: Sendable {
  let units: Int
  /// How many blocks of `units` columns the kernels have.
  let blocks: Int
  let usesBias: Bool
  /// The bias's shape.
  let biasShape: [Int]
  let dropout: Double
  let recurrentDropout: Double
  let seed: Int?
  var rules: [String: WeightRules]

  /// `biasRows`: how many biases a block has, where the input's and the state's product have each their own.
  init(_ arguments: Arguments, units: Parameter<Int> = CellParameters.units, blocks: Int, biasRows: Int = 1) {
    self.units = arguments[units]
    self.blocks = blocks
    usesBias = arguments[CellParameters.useBias]
    biasShape = biasRows == 1 ? [blocks * self.units] : [biasRows, blocks * self.units]
    dropout = arguments[CellParameters.dropout]
    recurrentDropout = arguments[CellParameters.recurrentDropout]
    seed = arguments[CellParameters.seed]
    rules = [
      "kernel": CellParameters.kernel.rules(arguments), "recurrent_kernel": CellParameters.recurrent.rules(arguments),
      "bias": CellParameters.bias.rules(arguments),
    ]
  }

  /// Weights for inputs of so many features; `kernel` is what comes before these in the shape of a kernel that slides.
  func specs(inputs: Int, kernel: [Int] = []) -> [WeightSpec] {
    [
      WeightSpec("kernel", kernel + [inputs, blocks * units]),
      WeightSpec("recurrent_kernel", kernel + [units, blocks * units]),
    ] + (usesBias ? [WeightSpec("bias", biasShape)] : [])
  }

  /// Masks of dropout of a shape, rows first: 0 for what is dropped, the others `1 / (1 − rate)`; none where nothing is.
  func masks(
    _ count: Int, shape: [Int], rate: Double, of name: String, into graph: inout Graph, _ use: LayerUse
  ) -> [Node] {
    guard use.isTraining, rate > 0 else { return [] }
    let one = graph.constant(1)
    let ones = graph.broadcast(one, to: shape)
    let stream = use.noise(seed: seed)
    return (0..<count).map { index in
      dropped(ones, rate: rate, noiseShape: shape, stream: stream.substream(name).substream(index), in: &graph)
    }
  }
}

extension Graph {
  /// The columns of one of several blocks: [..., blocks · units] → [..., units].
  mutating func block(_ index: Int, of x: Node, units: Int) -> Node {
    slice(x, axis: -1, (index * units)..<((index + 1) * units))
  }

  /// An activation, or none.
  mutating func activated(_ x: Node, by activation: Activation?) -> Node { activation?.emit(x, into: &self) ?? x }

  /// The same elements in the opposite order along the first axis.
  mutating func reversed(_ x: Node) -> Node {
    let count = shape(of: x)[0]
    return gatherRows(x, constant(integers: (0..<Int32(count)).reversed(), shape: [count]))
  }
}

extension Activation {
  /// Whether it is this function and nothing else.
  static func isPlain(_ activation: Activation?, _ name: String) -> Bool { activation?.name == name }
}
