import Diagnostics
import Syntax

extension FunctionCompiler {
  func compileMethod(_ base: Expression, _ method: Name, _ arguments: [Argument], _ expression: Expression) -> Operand {
    let target = Methods.isMutating(method.text) ? root(of: base) : nil
    let operand = unloaded(base, target) ?? compile(base)
    let receiver = withoutNone(operand, base)
    if let result = compileVariableMethod(base, operand, method.text, arguments) { return result }
    if case .record(let record) = receiver, method.text == "get", let key = arguments.first?.value.literalText {
      effects.readKeys[record.title, default: []].insert(key)
      if record.field(key) == nil, arguments.count < 2 || !record.keysOfOtherRuns.contains(key) {
        report(.unknownKey(key, of: record), at: arguments[0].value.range)
        compileSilently(arguments)
        return unknown()
      }
    }
    if case .record(let record) = receiver, record.fields[method.text] == nil,
      Methods.method(method.text, of: .dict)?.isMutating ?? false,
      !mayChange(record, base, at: expression.range) || !hasKey(record, of: method.text, arguments)
    {
      compileSilently(arguments)
      return unknown()
    }
    // An attribute that holds a function, or a field of a record that does.
    if case .object(let object) = receiver, object.methods[method.text] == nil {
      if object.attributes[method.text] == nil {
        report(.unknownAttribute(method.text, of: receiver), at: method.range)
        compileSilently(arguments)
        return unknown()
      }
      let function = compileAttribute(of: operand, base, method)
      if case .function(let type) = function.type {
        return compileValueCall(function, type, method.text, arguments, at: expression.range)
      }
      return compileValueCall(function, nil, method.text, arguments, at: expression.range)
    }
    let resultType: ValueType
    switch receiver {
    case .any: resultType = .any
    default:
      guard let attribute = Typing.attribute(receiver, method.text) else {
        report(.unknownAttribute(method.text, of: receiver), at: method.range)
        for argument in arguments { _ = compile(argument.value) }
        return unknown()
      }
      if case .function(let type) = attribute, !(receiver == .string && method.text == "format"), method.text != "update" {
        _ = bind(type, arguments, method.text, at: expression.range)
        resultType = type.result
      } else {
        resultType = .any
      }
    }
    if method.text == "sort", case .list(let element) = receiver {
      return compileMutation(
        target, base, operand, method, arguments, resultType, expression.range,
        expecting: .init([.init("", element)], returns: .any))
    }
    if target != nil || Methods.isMutating(method.text) && Typing.receiver(of: receiver) != nil
      || receiver == .any && Methods.isMutating(method.text)
    {
      return compileMutation(target, base, operand, method, arguments, resultType, expression.range, expecting: nil)
    }
    let first = newValue(arguments.count + 1)
    box(operand, into: first)
    var argumentTypes: [ValueType] = []
    var shape = place(arguments, from: first + 1, types: &argumentTypes)
    if case .object = receiver, case .function(let type)? = Typing.attribute(receiver, method.text) {
      checkPositional(arguments, argumentTypes, type, method.text)
    }
    shape.name = method.text
    body.calls.append(shape)
    let result = newValue()
    emit(.callMethod, result, first, body.calls.count - 1, at: expression.range)
    if case .object(let object) = receiver, object === GeneratorObject.type {
      effects.usesRandomNumbers = true
      if method.text == "shuffle" { return storeShuffled(valueOperand(result, argumentTypes.first ?? .any), arguments) }
    }
    if case .record(let record) = receiver, method.text == "get", let key = arguments.first?.value.literalText,
      let field = record.field(key)
    {
      let known = path(of: expression).flatMap { flow.narrowed[$0] }
      let isPresent = path(of: expression).map { flow.present.contains($0) } ?? false
      let plain =
        field.isAlwaysPresent || isPresent ? field.type : field.type.joined(with: arguments.count > 1 ? argumentTypes[1] : .none)
      return valueOperand(result, known ?? plain)
    }
    // Only the default is left.
    if case .record = receiver, method.text == "get", arguments.first?.value.literalText != nil {
      return valueOperand(result, argumentTypes[1])
    }
    if case .dict(_, let value) = receiver, method.text == "get", arguments.count == 2 {
      return valueOperand(result, value.joined(with: argumentTypes[1]))
    }
    return valueOperand(result, resultType)
  }

  /// Compiles arguments of a call that has a mistake: what they read counts as read, and nothing more is said.
  private func compileSilently(_ arguments: [Argument]) {
    compilation.muted += 1
    for argument in arguments { _ = compile(argument.value) }
    compilation.muted -= 1
  }

  /// Holds arguments given by place to the parameters of a host object's method.
  private func checkPositional(_ arguments: [Argument], _ types: [ValueType], _ type: FunctionType, _ name: String) {
    for (index, argument) in arguments.enumerated() where index < type.parameters.count {
      guard case .positional = argument.kind else { return }
      if !types[index].mayBe(type.parameters[index].type) {
        report(
          .wrongArgument(type.parameters[index].name, of: name, found: types[index], wanted: type.parameters[index].type),
          at: argument.value.range)
      }
    }
  }

  /// What holds a value that is changed in place.
  enum Root {
    case local(String, Register)
    case state(Int)
    /// A part of something, to be put back after the change.
    case part
    /// An outer value, which cannot be changed.
    case outer(String)
  }

  /// Where a changed value lives; nil for a temporary one.
  func root(of expression: Expression) -> Root? {
    switch expression.kind {
    case .name(let name):
      let key = resolved(name)
      if let register = locals[key] { return .local(key, register) }
      if role == .hook, let slot = state.firstIndex(where: { $0.name == name }) { return .state(slot) }
      if captureRegisters[key] != nil || parent?.canSee(name) ?? false || scope.lookup(name) != nil { return .outer(name) }
      return nil
    case .attribute(let base, let name):
      if role == .hook, case .name("self") = base.kind {
        return state.firstIndex { $0.name == name.text }.map(Root.state) ?? .outer(name.text)
      }
      return nil
    case .subscripted(let base, _):
      switch root(of: base) {
      case .outer(let name)?: return .outer(name)
      case nil: return nil
      default: return .part
      }
    default: return nil
    }
  }

  func canSee(_ name: String) -> Bool {
    locals[resolved(name)] != nil || role == .hook && state.contains { $0.name == name } || captureRegisters[name] != nil
      || parent?.canSee(name) ?? false
  }

  func compileMutation(
    _ root: Root?, _ base: Expression, _ operand: Operand, _ method: Name, _ arguments: [Argument], _ resultType: ValueType,
    _ range: SourceRange, expecting: FunctionType?
  ) -> Operand {
    if case .outer(let name)? = root, Typing.receiver(of: operand.type) != nil {
      report(.changesShared(name, isHeldByState: role != .definition), at: range)
    }
    let first = newValue(arguments.count + 1)
    var argumentTypes: [ValueType] = []
    var shape = CallShape(passing: [])
    for (offset, argument) in arguments.enumerated() {
      let value = compile(argument.value, expecting: expecting)
      argumentTypes.append(value.type)
      box(value, into: first + 1 + offset)
      switch argument.kind {
      case .positional: shape.passing.append(.positional)
      case .keyword(let name): shape.passing.append(.keyword(name.text))
      case .spread:
        _ = elements(of: value.type, argument.value)
        shape.passing.append(.spread)
      case .keywordSpread: shape.passing.append(.keywordSpread)
      }
    }
    shape.name = method.text
    shape.checksNesting = argumentTypes.contains(where: \.mayNestDeeply)
    var resultType = resultType
    if case .dict(_, let value) = operand.type, method.text == "pop" || method.text == "setdefault", argumentTypes.count == 2 {
      resultType = value.joined(with: argumentTypes[1])
    }
    var grown = grow(operand.type, method.text, zip(arguments, argumentTypes).map(Self.mergedType))
    if case .record(let record) = operand.type {
      if method.text == "pop" || method.text == "setdefault" { resultType = taken(from: record, arguments, argumentTypes) }
      grown = .record(changed(record, by: method.text, arguments, argumentTypes))
    }
    let result = newValue()
    switch root {
    case .local(let name, let register)? where register.kind == .value:
      shape.root = register.index
      body.calls.append(shape)
      emit(.callMethod, x: 1, result, first, body.calls.count - 1, at: range)
      setType(ofLocal: name, grown)
    case .state(let slot)?:
      shape.root = slot
      body.calls.append(shape)
      emit(.callMethod, x: 2, result, first, body.calls.count - 1, at: range)
      setType(ofState: slot, grown)
    case .part?:
      let part = newValue()
      box(operand, into: part)
      shape.root = part
      body.calls.append(shape)
      emit(.callMethod, x: 1, result, first, body.calls.count - 1, at: range)
      store(valueOperand(part, grown), to: base)
    default:
      box(operand, into: first)
      body.calls.append(shape)
      emit(.callMethod, result, first, body.calls.count - 1, at: range)
    }
    return valueOperand(result, resultType)
  }

  /// `xs.append(x)` as a statement, on a local or state that is a list; false where it is something else.
  func compileAppend(_ expression: Expression) -> Bool {
    guard case .call(let callee, let arguments) = expression.kind, case .attribute(let base, let method) = callee.kind,
      method.text == "append", arguments.count == 1, case .positional = arguments[0].kind
    else { return false }
    let root = root(of: base)
    switch root {
    case .local(let key, let register)?:
      guard register.kind == .value, flow.bound.contains(key), case .list? = flow.types[key] else { return false }
      read.insert(key)
      let element = compile(arguments[0].value)
      emit(.append, x: nestingMark(element.type), register.index, asValue(element), at: expression.range)
      setType(ofLocal: key, grow(flow.types[key] ?? .any, "append", [element.type]))
    case .state(let slot)?:
      guard let list = unloaded(base, root), case .list = list.type else { return false }
      let element = compile(arguments[0].value)
      emit(.appendState, x: nestingMark(element.type), slot, asValue(element), at: expression.range)
      setType(ofState: slot, grow(list.type, "append", [element.type]))
    default: return false
    }
    return true
  }

  /// What is known of a collection in the state that is changed where it is. It is not loaded: a second holder would make the change a copy.
  func unloaded(_ expression: Expression, _ root: Root?) -> Operand? {
    guard case .state(let slot)? = root else { return nil }
    let type = flow.narrowed[state[slot].name] ?? state[slot].type
    switch type {
    case .list, .dict, .set, .array: break
    default: return nil
    }
    effects.readState.insert(state[slot].name)
    return valueOperand(0, type)
  }

  /// The type of a collection after one of its methods has changed it.
  func grow(_ type: ValueType, _ method: String, _ arguments: [ValueType]) -> ValueType {
    switch (type, method) {
    case (.list(let element), "append"): .list(element.joined(with: arguments.first ?? .any))
    case (.list(let element), "insert"): .list(element.joined(with: arguments.count > 1 ? arguments[1] : .any))
    case (.list(let element), "extend"): .list(element.joined(with: arguments.first?.elementType ?? .any))
    case (.set(let element), "add"): .set(element.joined(with: arguments.first ?? .any))
    case (.set(let element), "update"): .set(element.joined(with: .oneOf(arguments.map { $0.elementType ?? .any })))
    case (.dict(let key, let value), "setdefault"):
      .dict(key: key.joined(with: arguments.first ?? .any), value: value.joined(with: arguments.count > 1 ? arguments[1] : .none))
    case (.dict, "update"):
      arguments.reduce(type) { grown, argument in
        if case .dict = argument { grown.joined(with: argument) } else { .dict(key: .any, value: .any) }
      }
    default: type
    }
  }

  /// What an argument adds to its receiver: a named one is an entry of that name.
  private static func mergedType(_ argument: Argument, _ type: ValueType) -> ValueType {
    switch argument.kind {
    case .positional, .keywordSpread: type
    case .keyword: .dict(key: .string, value: type)
    case .spread: .any
    }
  }
}
