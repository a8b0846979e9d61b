import Lambdas
import Plans
import Tensors

/// A vector for each of a number of things, looked up by number.
struct Embedding: Layer {
  static let inputDim = Parameter<Int>("input_dim", "how many things there are: numbers run from 0 to this, less one", min: 1)
  static let outputDim = Parameter<Int>("output_dim", "the length of a vector", min: 1)
  static let embeddings = WeightParameters("embeddings", initializer: "uniform")
  static let maskZero = Parameter<Bool>(
    "mask_zero", "whether 0 stands for nothing, to be skipped by what follows", default: false)
  static let inputLength = Parameter<Int?>.optional(Parameter<Int>("input_length", "accepted: it follows from the input", min: 1))
    .keywordOnly
  static let signature = Signature(
    "Embedding", "Looks up a trained vector for each number.",
    [inputDim.description, outputDim.description] + WeightParameters.descriptions([embeddings])
      + [maskZero.description, inputLength.description],
    formula: "embeddings[input]", source: "Bengio, Ducharme, Vincent and Jauvin, 2003",
    example: "Embedding(1000, 16, mask_zero=True)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    let width = arguments[outputDim]
    return LayerShape(
      TensorSpec(Shape(input.dimensions + [width])), weights: [WeightSpec("embeddings", [arguments[inputDim], width])])
  }

  static let takesIntegers = true
  /// Numbers at or above this have no vector.
  let inputDim: Int
  let maskZero: Bool
  let weightRules: [String: WeightRules]

  init(_ arguments: Arguments) {
    inputDim = arguments[Embedding.inputDim]
    maskZero = arguments[Embedding.maskZero]
    weightRules = ["embeddings": Embedding.embeddings.rules(arguments)]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …] → [batch, …, output_dim]
    guard let table = use.weight("embeddings", in: &graph) else { preconditionFailure("an embedding has its vectors") }
    return graph.gatherRows(table, graph.cast(inputs[0], to: .int32))
  }

  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    guard maskZero else { return [nil] }
    let zero = graph.constant(0)
    return [graph.apply(.notEqual, inputs[0], zero)]
  }
}
