import Arrays
import Lambdas
import Plans
import Tensors

/// A layer of the catalog: its name and parameters, what it makes of shapes, and the operations that compute it.
///
/// A new layer is one file with a type like this, and one line in `layerTypes`.
protocol Layer: Sendable {
  static var signature: Signature { get }
  /// Other names that scripts use for it.
  static var aliases: [String] { get }
  /// The output's shape and the weights, from arguments and inputs; shapes leave the batch out.
  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape
  /// Whether whole numbers reach it as they are; other layers get them as floats.
  static var takesIntegers: Bool { get }
  init(_ arguments: Arguments)
  /// How each weight begins and what it is held to, by its name.
  var weightRules: [String: WeightRules] { get }
  /// Adds the operations that compute the layer: nodes are [batch, …].
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node
}

/// A layer's place in a graph while that is built: its weights, and what is done with it.
struct LayerUse {
  let isTraining: Bool
  /// Whether training changes its weights.
  let isTrainable: Bool
  let weights: [String: VariableID]
  /// The random numbers of this layer in this fit.
  let stream: RandomStream
  /// What weights will be after the step, other than by the optimizer: moving averages.
  var assignments: [String: Node] = [:]
  /// What the layer adds to the loss of the batch, single numbers.
  private(set) var losses: [Node] = []

  init(isTraining: Bool, isTrainable: Bool, weights: [String: VariableID], stream: RandomStream) {
    self.isTraining = isTraining
    self.isTrainable = isTrainable
    self.weights = weights
    self.stream = stream
  }

  /// A weight as it is before the step; nil if the layer has none of that name.
  func weight(_ name: String, in graph: inout Graph) -> Node? { weights[name].map { graph.variable($0) } }

  /// Adds a single number to the loss of the batch, as `ActivityRegularization` does.
  mutating func addLoss(_ loss: Node) { losses.append(loss) }

  /// Moves a weight towards a value: `weight · momentum + value · (1 − momentum)`; a layer applied twice moves it twice.
  mutating func move(_ name: String, towards value: Node, momentum: Double, in graph: inout Graph) {
    guard let current = assignments[name] ?? weight(name, in: &graph) else { return }
    assignments[name] = graph.add(graph.multiply(current, by: momentum), graph.multiply(value, by: 1 - momentum))
  }
}

extension Layer {
  static var aliases: [String] { [] }
  static var takesIntegers: Bool { false }
  var weightRules: [String: WeightRules] { [:] }

  /// What the catalog says of the layer.
  static var entry: Entry {
    Entry(
      .layer, signature, aliases: aliases,
      .layer { arguments, inputs throws(ShapeError) in
        let shape = try shape(arguments, inputs)
        try check(shape, arguments)
        return shape
      })
  }

  /// Throws where a weight or the output has not the shape that its initializer, regularizer or constraint needs.
  private static func check(_ shape: LayerShape, _ arguments: Arguments) throws(ShapeError) {
    let rules = shape.weights.isEmpty ? [:] : Self(arguments).weightRules
    for weight in shape.weights {
      guard let problem = rules[weight.name]?.problem(with: weight.shape) else { continue }
      let size = Shape(weight.shape.map { $0 }).description
      throw ShapeError("cannot make its `\(weight.name)` of \(size): \(problem)")
    }
    let output = [2] + shape.output.shape.dimensions.map { $0 ?? 2 }  // a batch of some size
    if let problem = ActivityRegularizer.of(arguments)?.problem(with: output) {
      throw ShapeError("gives \(shape.output.shape.description) for each example: \(problem)")
    }
  }
}

/// Every layer of the catalog.
let layerTypes: [any Layer.Type] = [
  InputLayer.self, Flatten.self, Rescaling.self, Dense.self, ActivationLayer.self, Dropout.self, BatchNormalization.self,
]

/// The one input of a layer that takes one.
func onlyInput(_ inputs: [TensorSpec]) throws(ShapeError) -> TensorSpec {
  guard inputs.count == 1 else { throw ShapeError("takes one input, but gets \(inputs.count)") }
  return inputs[0]
}
