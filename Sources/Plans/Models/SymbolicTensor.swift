import Arrays
import Diagnostics
import Lambdas

/// A tensor of a model under construction: what a layer gives when it is called on others.
package final class SymbolicTensor: ObjectValue {
  /// One application of a layer or of a nested model, shared by the tensors it gives.
  final class Node: Sendable {
    let layer: LayerReference
    let inputs: [SymbolicTensor]
    let settings: CallSettings
    /// What it gives.
    let outputs: [TensorSpec]
    /// The type of the elements that a followed function gives, where its layer has one: networks hold truth as numbers.
    let followedType: ElementType?

    init(layer: LayerReference, inputs: [SymbolicTensor], settings: CallSettings = CallSettings(), outputs: [TensorSpec]) {
      self.layer = layer
      self.inputs = inputs
      self.settings = settings
      self.outputs = outputs
      followedType = layer.configured.followed?.elementType(of: inputs.map(\.elementType))
    }

    /// The tensors that it computes from.
    var sources: [SymbolicTensor] { inputs + (settings.mask.map { [$0] } ?? []) }
  }

  let node: Node
  /// Which of the node's outputs it is.
  let position: Int
  /// The call that made it.
  let range: SourceRange

  init(from node: Node, position: Int = 0, range: SourceRange) {
    self.node = node
    self.position = position
    self.range = range
  }

  package var spec: TensorSpec { node.outputs[position] }
  /// The type of its elements as Python sees it.
  var elementType: ElementType { node.followedType ?? spec.type }
  var pythonSpec: TensorSpec { TensorSpec(spec.shape, elementType) }
  package var objectType: ObjectType { SymbolicTensor.type }
  package static let type = ObjectType(
    "KerasTensor", attributes: ["shape": .init(.tupleOf(.any)), "dtype": .init(.string), "ndim": .init(.integer)])
  package var description: String {
    let shape = Value.tuple([.none] + spec.shape.dimensions.map { $0.map(Value.integer) ?? .none })
    return "<KerasTensor shape=\(Operations.representation(shape)), dtype=\(spec.type.rawValue)>"
  }

  package func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "shape": return .tuple([.none] + spec.shape.dimensions.map { $0.map(Value.integer) ?? .none })
    case "dtype": return .string(spec.type.rawValue)
    case "ndim": return .integer(spec.shape.rank + 1)
    default: throw .init(.attribute, "'KerasTensor' object has no attribute '\(name)'")
    }
  }
}

/// What a call of a layer says beside its tensors: `layer(x, training=False, mask=m)`.
struct CallSettings: Sendable {
  var mask: SymbolicTensor?
  /// Nil to follow the run.
  var isTraining: Bool?
  var call = LayerCall()
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
  var className: String { configured.shownClassName }

  /// The model, if it is one.
  var nested: ModelObject? {
    if case .model(let model, _) = self { model } else { nil }
  }
}

extension ValueType {
  /// Whether it is a tensor of a model, or a list or tuple that holds one.
  var holdsTensors: Bool {
    switch self {
    case .object(let type): type === SymbolicTensor.type
    case .list(let element), .tupleOf(let element): element.holdsTensors
    case .tuple(let parts): parts.contains(where: \.holdsTensors)
    default: false
    }
  }
}
