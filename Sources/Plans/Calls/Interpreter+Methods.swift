import Diagnostics
import Lambdas
import Syntax

/// Calls of methods: what an object has, and what the language's own values have.
extension Interpreter {
  /// A method that the checker knows itself; nil where the attribute is to be looked up and called.
  func callMethod(
    _ name: Name, of receiver: Meaning, base: Expression, _ arguments: [Argument], at range: SourceRange
  ) throws(Interruption) -> Meaning? {
    switch receiver {
    case .poisoned:
      guard let given = try givenArguments(arguments) else { return .poisoned }
      return try abandon(given)
    case .known(.object(let object)):
      switch object {
      case let model as ModelObject:
        guard let given = try givenArguments(arguments) else { return .unknown(.any) }
        return try callModelMethod(name, of: model, given, at: range)
      case let models as ScriptClass where models.kind == .model:
        report(.modelClassUsed(models.name.text, at: base.range))
        return .poisoned
      case let data as DataObject:
        guard data.parts[name.text] == nil, let entry = catalog.dataMethod(name.text),
          let given = try givenArguments(arguments)
        else { return nil }
        return try construct(entry, [GivenArgument(nil, receiver, base.range)] + given, at: range, name: name.range)
      case let layer as Configured where layer.entry.role == .layer:
        guard let given = try givenArguments(arguments) else { return .unknown(.any) }
        return try callLayerMethod(name, of: layer, given, at: range)
      case let tensor as TracedTensor:
        guard let given = try givenArguments(arguments) else { return .unknown(.any) }
        var meanings: [(name: String?, meaning: Meaning)] = []
        for argument in given { meanings.append((argument.name?.text, try meaning(of: argument))) }
        return meanings.contains(where: \.meaning.isPoisoned) ? .poisoned : call(name.text, of: tensor, meanings, at: range)
      default:
        guard let type = object.objectType.methods[name.text], let given = try givenArguments(arguments) else { return nil }
        let result = try callObjectMethod(name, type, of: object, given, at: range)
        return object is GeneratorObject && name.text == "shuffle" ? try putBack(shuffled: result, given) : result
      }
    case .unknown(.object(let type)):
      if type === DataObject.type, let entry = catalog.dataMethod(name.text),
        let given = try givenArguments(arguments)
      {
        return try construct(entry, [GivenArgument(nil, receiver, base.range)] + given, at: range, name: name.range)
      }
      if type === ModelObject.type, let given = try givenArguments(arguments),
        let meaning = try callMethodOfLaterModel(name, receiver, given, at: range)
      {
        return meaning
      }
      guard let method = type.methods[name.text], let given = try givenArguments(arguments) else { return nil }
      var meanings: [(name: String?, meaning: Meaning)] = []
      for argument in given { meanings.append((argument.name?.text, try meaning(of: argument))) }
      return .unknown(ArrayForecast.drawn(by: name.text, method, meanings) ?? method.result)
    case .known, .list, .tuple, .unknown:
      guard let given = try givenArguments(arguments) else { return .unknown(.any) }
      return try callValueMethod(name, of: receiver, base: base, given, at: range)
    }
  }

  private func callObjectMethod(
    _ name: Name, _ type: FunctionType, of object: any ObjectValue, _ given: [GivenArgument], at range: SourceRange
  ) throws(Interruption) -> Meaning {
    guard let (positional, keywords) = try values(of: given) else {
      try needValue(at: range)
      return .unknown(type.result)
    }
    if isChecking { return .unknown(type.result) }
    return try compute(at: range) { () throws(MachineError) in
      let bound = try type.bind(positional, keywords, of: name.text)
      return try object.call(name.text, bound.map { $0 ?? .none })
    }
  }

  /// A method of a str, list, dict, set, tuple or array; one that changes its receiver changes what the name means.
  private func callValueMethod(
    _ name: Name, of receiver: Meaning, base: Expression, _ given: [GivenArgument], at range: SourceRange
  ) throws(Interruption) -> Meaning {
    let isMutating = Methods.isMutating(name.text)
    if isMutating, case .name(let text) = base.kind { warnIfShared(text, at: range) }
    var meanings: [(name: Name?, meaning: Meaning)] = []
    for argument in given { meanings.append((argument.name, try meaning(of: argument))) }
    if meanings.contains(where: \.meaning.isPoisoned) { return .poisoned }
    let known = meanings.compactMap { argument in
      argument.meaning.value.flatMap(functionValue).map { (argument.name?.text, $0) }
    }

    if case .known(var value) = receiver, known.count == meanings.count,
      affords([value] + known.map(\.1), multiplying: name.text == "dot")
    {
      let positional = known.filter { $0.0 == nil }.map(\.1)
      let keywords = known.compactMap { argument in argument.0.map { (name: $0, value: argument.1) } }
      let result = try compute(at: range, else: methodType(name, of: receiver, meanings)) { () throws(MachineError) in
        try self.onMachine { machine throws(MachineError) in
          try Operations.call(method: name.text, on: &value, positional, keywords, machine: machine)
        }
      }
      if case .unknown = result, isMutating { try storeBack(.unknown(receiver.type.openedUp), to: base) }
      if isMutating, case .known = result, value.isMutable { try storeBack(.known(value), to: base) }
      return result
    }
    // Known only in part: an appended element is kept, everything else is known by its type.
    if name.text == "append", case .some(let parts) = receiver.elements, let added = meanings.first?.meaning {
      try storeBack(.makeList(parts + [added]), to: base)
      return .none
    }
    guard Python.methodType(name.text, of: receiver.type) != nil else {
      report(.unknownAttribute(name.text, of: receiver.type.description, at: name.range, nearest: nil))
      return .poisoned
    }
    try needValue(at: range)
    if isMutating { try storeBack(.unknown(.any), to: base) }
    return .unknown(methodType(name, of: receiver, meanings))
  }

  /// What a method gives where its value is not computed.
  private func methodType(_ name: Name, of receiver: Meaning, _ meanings: [(name: Name?, meaning: Meaning)]) -> ValueType {
    ArrayForecast.method(name.text, of: receiver.type, meanings.map { ($0.name?.text, $0.meaning) })
      ?? Python.methodType(name.text, of: receiver.type) ?? .any
  }

  /// `shuffle(x)`: what it gives takes the place of `x`.
  func putBack(shuffled result: Meaning, _ given: [GivenArgument]) throws(Interruption) -> Meaning {
    if result.isPoisoned { return .poisoned }
    guard given.count == 1, case .expression(let place)? = given.first?.content else { return .none }
    if case .name(let text) = place.kind { warnIfShared(text, at: place.range) }
    let type = try evaluate(place).type
    try storeBack(result.value == nil ? .unknown(type) : result, to: place)
    return .none
  }

  /// Puts a value that was changed in place back where it came from.
  private func storeBack(_ meaning: Meaning, to place: Expression) throws(Interruption) {
    switch place.kind {
    case .name(let name): update(name, to: meaning)
    case .subscripted(let container, let index): try assign(meaning, toIndex: index, of: container, at: place.range)
    default: break
    }
  }
}
