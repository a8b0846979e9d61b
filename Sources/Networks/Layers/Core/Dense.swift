import Plans
import Tensors

/// A fully connected layer: `activation(input · kernel + bias)`.
struct Dense: Layer {
  static let units = Parameter<Int>("units", "how many outputs", min: 1)
  static let activation = Parameter<Configured?>.optional(
    Parameter<Configured>("activation", "applied to each output; none is linear", .activation))
  static let useBias = Parameter<Bool>("use_bias", "whether to add a bias", default: true)
  static let kernel = WeightParameters("kernel", initializer: "glorot_uniform")
  static let bias = WeightParameters("bias", initializer: "zeros")
  static let signature = Signature(
    "Dense", "A fully connected layer.",
    [units.description, activation.description, useBias.description]
      + WeightParameters.descriptions([kernel, bias], withActivity: true),
    formula: "activation(input · kernel + bias)", example: "Dense(64, activation=\"relu\")")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape  // […, inputs]
    guard let last = input.dimensions.last else {
      throw ShapeError("needs at least one dimension, but gets a single number", hint: "give the input a shape: `Input((1,))`.")
    }
    guard let inputCount = last else {
      throw ShapeError("needs to know how many inputs it has, but the last dimension of \(input.description) is open")
    }
    let units = arguments[units]
    var weights = [WeightSpec("kernel", [inputCount, units])]
    if arguments[useBias] { weights.append(WeightSpec("bias", [units])) }
    let activation = arguments[activation].map(Activation.init)
    let products = input.replacingLast(with: units)
    return LayerShape(
      TensorSpec(try activation?.shape(products) ?? products), weights: weights,
      oddity: activation?.oddity(lastDimension: units, unit: "output") ?? oddity(input))
  }

  /// A picture that nobody has flattened. A sequence that layers compute is meant step by step, as in a transformer or behind a recurrence.
  private static func oddity(_ input: Shape) -> LayerShape.Oddity? {
    guard input.rank > 1 else { return nil }
    let positions = Shape(input.dimensions.dropLast()).description
    return LayerShape.Oddity(
      "gets \(input.description) and works on each of the \(positions) positions by itself",
      hint: "put `Flatten()` before it, unless that is meant.", isOfData: input.rank == 2)
  }

  static let passesMask = true
  let activation: Activation?
  let weightRules: [String: WeightRules]

  init(_ arguments: Arguments) {
    activation = arguments[Dense.activation].map(Activation.init)
    weightRules = ["kernel": Dense.kernel.rules(arguments), "bias": Dense.bias.rules(arguments)]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …, inputs] → [batch, …, units]
    guard let kernel = use.weight("kernel", in: &graph) else { preconditionFailure("a dense layer has a kernel") }
    var output = graph.matrixProduct(inputs[0], kernel)
    if let bias = use.weight("bias", in: &graph) { output = graph.add(output, bias) }
    return activation?.emit(output, into: &graph) ?? output
  }
}
