import Arrays
import Lambdas
import Plans
import Tensors

/// What a function of the script makes of tensors, as operations of the network.
struct Lambda: Layer {
  static let function = Parameter<Value>("function", "what is computed: a function of a tensor, or of a list of them", .any) {
    $0
  }
  static let outputShape = Parameter<Value>(
    "output_shape", "accepted: it follows from the function", .any, default: Value.none
  ) { $0 }
  static let mask = Parameter<Value>("mask", "accepted as None: masks end here", .any, default: Value.none) { $0 }
  static let arguments = Parameter<Value>(
    "arguments", "further arguments of the function by name", .optional(.dict(.any)), default: Value.none
  ) { $0 }
  static let signature = Signature(
    "Lambda", "Computes what a function of the script does to tensors.",
    [function.description, outputShape.description, mask.description, arguments.description], formula: "function(input)",
    example: "Lambda(lambda x: x ** 2 - np.mean(x, axis=1, keepdims=True))")
  static let abilities: Set<Ability> = [.isFollowed]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    guard case .object(let object) = arguments[function], let function = object as? TensorFunction else {
      throw ShapeError("needs a function whose operations are known")
    }
    return LayerShape(try function.output(of: inputs))
  }

  let function: TensorFunction?
  static let mixesRows = true
  init(_ arguments: Arguments) {
    if case .object(let object) = arguments[Lambda.function] { function = object as? TensorFunction } else { function = nil }
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard let function else { preconditionFailure("the function of a layer is followed before its graph is built") }
    var nodes = inputs
    for step in function.steps {
      let operands = step.operands.map { graph.cast(nodes[$0], to: .float32) }
      nodes.append(step.operation.emit(operands, step.settings, into: &graph))
    }
    return nodes[function.result]
  }
}
