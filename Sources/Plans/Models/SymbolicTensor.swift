import Diagnostics
import Lambdas

/// A tensor of a model under construction: what a layer gives when it is called on others.
package final class SymbolicTensor: ObjectValue {
  /// One application of a layer or of a nested model.
  final class Node: Sendable {
    let layer: LayerReference
    let inputs: [SymbolicTensor]
    /// Shared by the tensors of one application of a model with several outputs.
    init(layer: LayerReference, inputs: [SymbolicTensor]) {
      self.layer = layer
      self.inputs = inputs
    }
  }

  package let spec: TensorSpec
  let node: Node
  /// Which of the node's outputs it is.
  let position: Int
  /// The call that made it.
  let range: SourceRange

  init(_ spec: TensorSpec, from node: Node, position: Int = 0, range: SourceRange) {
    self.spec = spec
    self.node = node
    self.position = position
    self.range = range
  }
  package var objectType: ObjectType { SymbolicTensor.type }
  package static let type = ObjectType("KerasTensor", attributes: ["shape": .init(.tupleOf(.any)), "dtype": .init(.string)])
  package var description: String { "<KerasTensor \(spec.shape.description)>" }

  package func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "shape": return .tuple([.none] + spec.shape.dimensions.map { $0.map(Value.integer) ?? .none })
    case "dtype": return .string(spec.type.rawValue)
    default: throw .init(.attribute, "'KerasTensor' object has no attribute '\(name)'")
    }
  }
}

/// A layer that owns weights: one of the catalog, or a model used as one.
enum LayerReference: Sendable {
  case layer(Configured)
  case model(ModelObject, Configured)

  /// The catalog object, or the stand-in that gives a nested model its class name and serial.
  var configured: Configured {
    switch self {
    case .layer(let configured), .model(_, let configured): configured
    }
  }
  /// One identity a layer, however often it is applied.
  var identity: ObjectIdentifier {
    switch self {
    case .layer(let configured): ObjectIdentifier(configured)
    case .model(let model, _): ObjectIdentifier(model)
    }
  }
  var className: String { configured.entry.name == "Input" ? "InputLayer" : configured.entry.name }
}
