import Lambdas
import Plans
import Tensors

/// A dense layer whose products are written as an equation: `activation(einsum(equation, input, kernel) + bias)`.
struct EinsumDense: Layer {
  static let equation = Parameter<String>("equation", "the axes of input, kernel and output, as `\"abc,cd->abd\"`")
  static let outputShape = Parameter<[Int?]>(
    "output_shape", "the shape of an example's output, None where it follows from the input's",
    .either([.integer(min: 1), .list(.optional(.integer(min: 1)))])
  ) {
    switch $0 {
    case .integer(let size): [size]
    case .list(let sizes), .tuple(let sizes): sizes.map(\.asInteger)
    default: nil
    }
  }
  static let activation = Parameter<Configured?>.optional(
    Parameter<Configured>("activation", "applied to each output; none is linear", .activation))
  static let biasAxes = Parameter<String?>.optional(
    Parameter<String>("bias_axes", "the axes of the output along which there is a bias; none at all without"))
  static let kernel = WeightParameters("kernel", initializer: "glorot_uniform")
  static let bias = WeightParameters("bias", initializer: "zeros")
  static let signature = Signature(
    "EinsumDense", "A dense layer whose products are written as an equation.",
    [equation.description, outputShape.description, activation.description, biasAxes.description]
      + WeightParameters.descriptions([kernel, bias]),
    formula: "activation(einsum(equation, input, kernel) + bias)",
    example: "EinsumDense(\"ab,bc->ac\", output_shape=64, bias_axes=\"c\")")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    let equation = try Einsum(arguments[equation], inputRank: input.rank + 1)
    let plan = try equation.shapes(input: input, output: arguments[outputShape], biasAxes: arguments[biasAxes])
    var weights = [WeightSpec("kernel", plan.kernel, fans: equation.fans(kernel: plan.kernel))]
    if let bias = plan.bias { weights.append(WeightSpec("bias", bias)) }
    let activation = arguments[activation].map(Activation.init)
    return LayerShape(TensorSpec(try activation?.shape(plan.output) ?? plan.output), weights: weights)
  }

  let equation: String
  let activation: Activation?
  let weightRules: [String: WeightRules]

  init(_ arguments: Arguments) {
    equation = arguments[EinsumDense.equation]
    activation = arguments[EinsumDense.activation].map(Activation.init)
    weightRules = ["kernel": EinsumDense.kernel.rules(arguments), "bias": EinsumDense.bias.rules(arguments)]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard let kernel = use.weight("kernel", in: &graph),
      let einsum = try? Einsum(equation, inputRank: graph.shape(of: inputs[0]).count)
    else { preconditionFailure("the equation has been held against the input before its graph is built") }
    var output = einsum.emit(inputs[0], kernel, into: &graph)
    if let bias = use.weight("bias", in: &graph) { output = graph.add(output, bias) }
    return activation?.emit(output, into: &graph) ?? output
  }
}
