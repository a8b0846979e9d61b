import Lambdas

/// A model as the argument of a layer, which applies it to each step of a sequence: `TimeDistributed(encoder)`.
extension Configured {
  /// The model, however many layers of this kind lie around it; nil for layers of another kind.
  package var steppedModel: ModelObject? { arguments.stepped?.model }

  /// How many axes of steps stand between the batch and what the model takes: one for each such layer.
  package var stepDepth: Int { arguments.stepped?.depth ?? 0 }
}

extension Arguments {
  fileprivate var stepped: (model: ModelObject, depth: Int)? {
    guard case .object(let object)? = self["layer"] else { return nil }
    if let model = object as? ModelObject { return (model, 1) }
    return (object as? Configured)?.arguments.stepped.map { ($0.model, $0.depth + 1) }
  }

  /// The same with another model in its place; as they are where there is none.
  func applying(_ model: ModelObject) -> Arguments {
    guard stepped != nil, case .object(let object)? = self["layer"] else { return self }
    var value = Value.object(model)
    if let layer = object as? Configured {
      value = .object(Configured(layer.entry, layer.arguments.applying(model), range: layer.range, serial: layer.serial))
    }
    return Arguments(values.merging(["layer": value]) { $1 }, given: given)
  }
}
