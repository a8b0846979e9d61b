import Lambdas
import Plans

/// A layer of the catalog: its name and parameters, what it makes of shapes, and the operations that compute it.
///
/// A new layer is one file with a type like this, and one line in `layerTypes`.
protocol Layer: Sendable {
  static var signature: Signature { get }
  /// Other names that scripts use for it.
  static var aliases: [String] { get }
  /// The output's shape and the weights, from arguments and inputs; shapes leave the batch out.
  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape
  init(_ arguments: Arguments)
}

extension Layer {
  static var aliases: [String] { [] }

  /// What the catalog says of the layer.
  static var entry: Entry {
    Entry(.layer, signature, aliases: aliases, .layer { arguments, inputs throws(ShapeError) in try shape(arguments, inputs) })
  }
}

/// Every layer of the catalog.
let layerTypes: [any Layer.Type] = [
  InputLayer.self, Flatten.self, Rescaling.self, Dense.self, ActivationLayer.self, Dropout.self, BatchNormalization.self,
]

/// Parameters that every layer has, after its own.
enum LayerParameters {
  static let name = Parameter<String?>.optional(Parameter<String>("name", "what it is called; made from its class if not given"))
    .keywordOnly
  static let trainable = Parameter<Bool>("trainable", "whether training changes its weights", default: true).keywordOnly
  static let all = [name.description, trainable.description]
}

/// The one input of a layer that takes one.
func onlyInput(_ inputs: [TensorSpec]) throws(ShapeError) -> TensorSpec {
  guard inputs.count == 1 else { throw ShapeError("takes one input, but gets \(inputs.count)") }
  return inputs[0]
}
