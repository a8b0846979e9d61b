import Arrays
import Diagnostics
import Lambdas

/// Calls of layers that tell their tensors apart: `attention(query, value, key=keys, use_causal_mask=True)`.
extension Interpreter {
  func callLayer(
    _ layer: LayerReference, by signature: CallSignature, on given: [GivenArgument], at range: SourceRange
  ) throws(Interruption) -> Meaning {
    let call = try bind(given, to: signature.parameters, of: layer.className, at: range)
    if call.isPoisoned || call.given.contains(where: { call[$0]?.isPoisoned ?? true }) {
      state.block?.hasExplicitCall = true
      return poisonCurrent()
    }
    if case .list = signature.form, let inputs = call["inputs"], inputs.holdsArrays {
      return try compute(layer, on: inputs, at: range, argument: call.ranges["inputs"] ?? range)
    }
    state.block?.hasExplicitCall = true
    guard let named = try tensors(of: call, by: signature, of: layer, at: range) else { return poisonCurrent() }
    guard case .tensors(let tensors) = named else { return laterCall(at: range) }
    var settings = CallSettings()
    for flag in signature.switches where call.given.contains(flag.name) {
      guard case .bool(let isOn)? = call[flag.name]?.value else { return laterCall(at: range) }
      if isOn { settings.call.switches.insert(flag.name) }
    }
    if case .bool(let flag)? = call["training"]?.value { settings.isTraining = flag }
    settings.call.roles = tensors.map(\.role)
    let result = try apply(layer, to: tensors.map(\.tensor), settings, asList: false, at: range)
    if result.isPoisoned { state.block?.current = .poisoned }
    return result
  }

  private enum CallTensors {
    case tensors([(role: String, tensor: SymbolicTensor)])
    /// Some are known only when the call is reached.
    case later
  }

  /// The tensors of a call with their names, in the signature's order; nil after telling what is none.
  private func tensors(
    of call: BoundCall, by signature: CallSignature, of layer: LayerReference, at range: SourceRange
  ) throws(Interruption) -> CallTensors? {
    switch signature.form {
    case .arguments:
      let given = signature.tensors.map { ($0.name, call[$0.name] ?? .known(.none), call.ranges[$0.name] ?? range) }
      return collect(given, of: layer)
    case .list:
      let (parts, masks) = signature.listed
      var given: [(String, Meaning, SourceRange)] = []
      for (argument, parts) in [("inputs", parts), ("mask", masks)] {
        guard let meaning = call[argument], !meaning.isNone else { continue }
        let place = call.ranges[argument] ?? range
        guard let elements = meaning.elements else {
          if meaning.holdsUnknown { return .later }
          report(.callTakesList(layer.className, argument, of: parts.map(\.name), found: meaning.shownText, at: place))
          return nil
        }
        guard elements.count <= parts.count else {
          report(
            .callTakesList(layer.className, argument, of: parts.map(\.name), found: "a list of \(elements.count)", at: place))
          return nil
        }
        given += zip(parts, elements).map { ($0.name, $1, place) }
      }
      return collect(given, of: layer)
    }
  }

  private func collect(_ given: [(role: String, meaning: Meaning, range: SourceRange)], of layer: LayerReference) -> CallTensors?
  {
    var tensors: [(role: String, tensor: SymbolicTensor)] = []
    for (role, meaning, range) in given where !meaning.isNone {
      if let tensor = meaning.object(SymbolicTensor.self) {
        tensors.append((role, tensor))
      } else if meaning.holdsUnknown || meaning.type.holdsTensors {
        return .later
      } else {
        report(.notATensor(layer.className, found: meaning.shownText, at: range))
        return nil
      }
    }
    return .tensors(tensors)
  }

  /// A call of which too little is known before it is reached.
  private func laterCall(at range: SourceRange) -> Meaning {
    deferCheck(of: range)
    return state.block == nil ? .unknown(.any) : tensorForLater()
  }
}

extension Meaning {
  fileprivate var isNone: Bool { if case .known(.none) = self { true } else { false } }
}
