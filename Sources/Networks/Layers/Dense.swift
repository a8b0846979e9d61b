import Plans
import Tensors

/// A fully connected layer: `activation(input · kernel + bias)`.
struct Dense: Layer {
  static let units = Parameter<Int>("units", "how many outputs", min: 1)
  static let activation = Parameter<Configured?>.optional(
    Parameter<Configured>("activation", "applied to each output; none is linear", .activation))
  static let useBias = Parameter<Bool>("use_bias", "whether to add a bias", default: true)
  static let kernelInitializer = Parameter<Configured>(
    "kernel_initializer", "how the kernel begins", .initializer, default: "glorot_uniform")
  static let biasInitializer = Parameter<Configured>("bias_initializer", "how the bias begins", .initializer, default: "zeros")
  static let kernelRegularizer = Parameter<Configured?>.optional(
    Parameter<Configured>("kernel_regularizer", "what the loss adds for a large kernel", .regularizer))
  static let biasRegularizer = Parameter<Configured?>.optional(
    Parameter<Configured>("bias_regularizer", "what the loss adds for a large bias", .regularizer))
  static let signature = Signature(
    "Dense", "A fully connected layer.",
    [
      units.description, activation.description, useBias.description, kernelInitializer.description, biasInitializer.description,
      kernelRegularizer.description, biasRegularizer.description,
    ],
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
    return LayerShape(TensorSpec(input.replacingLast(with: units)), weights: weights, oddity: oddity(arguments, input))
  }

  private static func oddity(_ arguments: Arguments, _ input: Shape) -> (message: String, hint: String)? {
    if arguments[activation]?.entry.name == "softmax", arguments[units] == 1 {
      return (
        "gives 1.0 always: a softmax over one output", "use `activation=\"sigmoid\"` for one output, or as many units as classes."
      )
    }
    guard input.rank > 1 else { return nil }
    let positions = Shape(input.dimensions.dropLast()).description
    return (
      "needs a flat input, but gets \(input.description): it works on each of the \(positions) positions",
      "put `Flatten()` before it."
    )
  }

  let activation: (any Activation)?
  let initializers: [String: Configured]
  let regularizers: [String: Configured]

  init(_ arguments: Arguments) {
    activation = arguments[Dense.activation].map(makeActivation)
    initializers = ["kernel": arguments[Dense.kernelInitializer], "bias": arguments[Dense.biasInitializer]]
    regularizers = ["kernel": arguments[Dense.kernelRegularizer], "bias": arguments[Dense.biasRegularizer]].compactMapValues {
      $0
    }
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …, inputs] → [batch, …, units]
    guard let kernel = use.weight("kernel", in: &graph) else { preconditionFailure("a dense layer has a kernel") }
    var output = graph.matrixProduct(inputs[0], kernel)
    if let bias = use.weight("bias", in: &graph) { output = graph.add(output, bias) }
    return activation?.emit(output, into: &graph) ?? output
  }
}
