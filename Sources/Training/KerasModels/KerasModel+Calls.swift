import Artifacts
import Plans

/// Calls of layers that tell their tensors apart, as `inbound_nodes` have them.
extension KerasModel {
  /// The form of a call: what must be given in its place, the rest by name; tensors of a list as one, and their masks as another.
  static func call(
    _ call: LayerCall, on tensors: [JSON], by signature: CallSignature, _ others: JSON.Object
  ) -> JSON {
    let named = call.named(tensors, by: signature)
    var keywords = others
    var arguments: [JSON] = []
    switch signature.form {
    case .arguments:
      for part in signature.tensors {
        guard let tensor = named[part.name] else { continue }
        if part.isRequired { arguments.append(tensor) } else { keywords[part.name] = tensor }
      }
    case .list:
      let (parts, masks) = signature.listed
      arguments = [.array(parts.compactMap { named[$0.name] })]
      if masks.contains(where: { named[$0.name] != nil }) {
        keywords["mask"] = .array(zip(masks, arguments[0].arrayValue ?? []).map { mask, _ in named[mask.name] ?? nil })
      }
    }
    for part in signature.switches where call.switches.contains(part.name) { keywords[part.name] = true }
    return ["args": .array(arguments), "kwargs": .object(keywords)]
  }
}

extension PlanReader {
  /// What a call says of `training`; nil where it does not, or says what Keras writes for calls that do not.
  func training(_ value: JSON?, of layer: Entry?) -> Bool? {
    guard let said = value?.boolValue, let layer else { return value?.boolValue }
    return said == layer.abilities.contains(.isCalledInTraining) ? nil : said
  }

  /// Reads such a form.
  func read(_ node: JSON, by signature: CallSignature, into call: inout Call) throws(KerasModelFailure) {
    var values: [String: JSON] = [:]
    for (parameter, value) in zip(signature.parameters, node["args"]?.arrayValue ?? []) { values[parameter.name] = value }
    for (name, value) in node["kwargs"]?.objectValue?.entries ?? [] { values[name] = value }
    var tensors: [String: JSON] = [:]
    switch signature.form {
    case .arguments: tensors = values
    case .list:
      let (parts, masks) = signature.listed
      for (argument, parts) in [("inputs", parts), ("mask", masks)] {
        for (part, value) in zip(parts, values[argument]?.arrayValue ?? []) { tensors[part.name] = value }
      }
    }
    for part in signature.tensors {
      guard let value = tensors[part.name], !value.isNull else { continue }
      var sources: [Source] = []
      try collect(value, into: &sources)
      call.sources += sources.prefix(1)
      call.call.roles += sources.prefix(1).map { _ in part.name }
    }
    for part in signature.switches where values[part.name]?.boolValue == true { call.call.switches.insert(part.name) }
  }
}
