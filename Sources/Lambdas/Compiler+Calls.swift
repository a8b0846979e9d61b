import Diagnostics
import Syntax

/// What reaches a parameter.
enum BoundArgument {
  case one(Expression)
  case rest([Expression])
}

extension FunctionCompiler {
  func compileCall(_ callee: Expression, _ arguments: [Argument], _ expression: Expression) -> Operand {
    if let dotted = dottedName(callee) {
      if let meaning = scope.lookup(dotted) {
        if case .definition(let definition) = meaning { return compileDefinitionCall(definition, arguments, at: expression.range) }
      } else if let builtin = Builtins.function(dotted) {
        return compileBuiltin(builtin, arguments, at: expression.range)
      }
    } else if case .name(let name) = callee.kind, let definition = definition(named: name) {
      return compileDefinitionCall(definition, arguments, at: expression.range)
    }
    if case .attribute(let base, let method) = callee.kind, dottedName(callee) == nil || !isPrefix(base) {
      if !(role == .hook && base.spelling == "self" && locals["self"] == nil) {
        return compileMethod(base, method, arguments, expression)
      }
    }
    let function = compile(callee)
    switch function.type {
    case .function(let type): return compileValueCall(function, type, callee.spelling ?? "the function", arguments, at: expression.range)
    case .any, .object: break
    default:
      if function.type.members.contains(where: { if case .function = $0 { true } else { $0 == .any } }) {
        _ = withoutNone(function, callee)
      } else {
        report(.notCallable(function.type), at: callee.range)
      }
    }
    return compileValueCall(function, nil, callee.spelling ?? "the function", arguments, at: expression.range)
  }

  private func isPrefix(_ expression: Expression) -> Bool {
    dottedName(expression).map { prefix in Builtins.names.contains { $0.hasPrefix(prefix + ".") } } ?? false
  }

  private func definition(named name: String) -> Definition? {
    guard locals[resolved(name)] == nil, captureRegisters[name] == nil, !(role == .hook && state.contains { $0.name == name }),
      case .definition(let definition)? = scope.lookup(name)
    else { return nil }
    effects.names.insert(name)
    return definition
  }

  // MARK: Arguments

  /// Which argument reaches which parameter. Nil where spreading leaves it to the run, or where something is wrong and said.
  func bind(_ type: FunctionType, _ arguments: [Argument], _ name: String, at range: SourceRange) -> [BoundArgument?]? {
    var bound = [BoundArgument?](repeating: nil, count: type.parameters.count)
    var positional: [Expression] = []
    var isRight = true
    for argument in arguments {
      switch argument.kind {
      case .positional: positional.append(argument.value)
      case .keyword: break
      case .spread, .keywordSpread: return nil
      }
    }
    var next = 0
    for (index, parameter) in type.parameters.enumerated() {
      switch parameter.kind {
      case .plain, .positionalOnly:
        guard next < positional.count else { continue }
        bound[index] = .one(positional[next])
        next += 1
      case .rest:
        bound[index] = .rest(Array(positional[next...]))
        next = positional.count
      case .keywordOnly: break
      }
    }
    if next < positional.count {
      let most = type.parameters.count { $0.kind == .plain || $0.kind == .positionalOnly }
      report(.surplusArguments(found: positional.count, most: most, of: name), at: positional[next].range)
      isRight = false
    }
    for argument in arguments {
      guard case .keyword(let keyword) = argument.kind else { continue }
      let named = type.parameters.filter { $0.kind == .plain || $0.kind == .keywordOnly }
      guard let index = type.parameters.firstIndex(where: { $0.name == keyword.text && ($0.kind == .plain || $0.kind == .keywordOnly) }) else {
        report(.unknownArgument(keyword.text, of: name, known: named.map(\.name)), at: keyword.range)
        isRight = false
        continue
      }
      if bound[index] != nil {
        report(.repeatedArgument(keyword.text, of: name), at: keyword.range)
        isRight = false
      }
      bound[index] = .one(argument.value)
    }
    if isRight, let missing = type.parameters.indices.first(where: { bound[$0] == nil && !type.parameters[$0].isOptional }) {
      report(.missingArgument(type.parameters[missing].name, of: name), at: range)
      isRight = false
    }
    return isRight ? bound : nil
  }

  func check(_ operand: Operand, _ parameter: FunctionType.Parameter, _ function: String, at range: SourceRange) {
    if !operand.type.mayBe(parameter.type) {
      report(.wrongArgument(parameter.name, of: function, found: operand.type, wanted: parameter.type), at: range)
    }
  }

  /// Puts arguments as written into neighbouring value registers, `first` and on.
  private func place(
    _ arguments: [Argument], from first: Int, expecting: [FunctionType?] = [], types: inout [ValueType]
  ) -> CallShape {
    var shape = CallShape(passing: [])
    for (offset, argument) in arguments.enumerated() {
      let operand = compile(argument.value, expecting: offset < expecting.count ? expecting[offset] : nil)
      types.append(operand.type)
      box(operand, into: first + offset)
      switch argument.kind {
      case .positional: shape.passing.append(.positional)
      case .keyword(let name): shape.passing.append(.keyword(name.text))
      case .spread: shape.passing.append(.spread)
      case .keywordSpread: shape.passing.append(.keywordSpread)
      }
    }
    return shape
  }

  /// A call of a value: a parameter, a captured function, the result of an expression.
  func compileValueCall(_ function: Operand, _ type: FunctionType?, _ name: String, _ arguments: [Argument], at range: SourceRange) -> Operand {
    let first = newValue(arguments.count + 1)
    box(function, into: first)
    if let type, let bound = bind(type, arguments, name, at: range) {
      for (index, argument) in bound.enumerated() {
        guard case .one(let expression)? = argument else { continue }
        if case .lambda = expression.kind { continue }
        // Only what is known without compiling twice is checked here: literals.
        if let literal = Self.literalType(expression), !literal.mayBe(type.parameters[index].type) {
          report(.wrongArgument(type.parameters[index].name, of: name, found: literal, wanted: type.parameters[index].type), at: expression.range)
        }
      }
    }
    let expected = arguments.indices.map { index -> FunctionType? in
      guard let type, index < type.parameters.count, case .function(let wanted) = type.parameters[index].type else { return nil }
      return wanted
    }
    var types: [ValueType] = []
    body.calls.append(place(arguments, from: first + 1, expecting: expected, types: &types))
    let result = newValue()
    emit(.call, result, first, body.calls.count - 1, at: range)
    return valueOperand(result, type?.result ?? .any)
  }

  private static func literalType(_ expression: Expression) -> ValueType? {
    switch expression.kind {
    case .none: ValueType.none
    case .bool: .bool
    case .integer: .integer
    case .float: .float
    case .string, .formatted: .string
    default: nil
    }
  }

  // MARK: Built-ins

  func emitBuiltin(_ builtin: Builtin, _ result: Int, _ first: Int, _ arguments: [Int?], at range: SourceRange? = nil) {
    var shape = CallShape(passing: [])
    shape.builtin = builtin
    shape.arguments = arguments
    body.calls.append(shape)
    emit(.callBuiltin, result, first, body.calls.count - 1, at: range)
  }

  private func compileBuiltin(_ builtin: Builtin, _ arguments: [Argument], at range: SourceRange) -> Operand {
    note(builtin)
    let isSpread = arguments.contains { if case .spread = $0.kind { true } else if case .keywordSpread = $0.kind { true } else { false } }
    if builtin.name == "dict", builtin.namespace == .core, !isSpread { return compileDictCall(builtin, arguments, at: range) }
    if isSpread { return compileValueCall(constant(builtin.value), nil, builtin.name, arguments, at: range) }
    let type = builtin.signature.type
    guard let bound = bind(type, arguments, builtin.name, at: range) else {
      for argument in arguments { _ = compile(argument.value) }
      return unknown()
    }
    // Functions among the arguments come last: what they are called with follows from the others.
    var operands = [Operand?](repeating: nil, count: bound.count)
    var rests = [[Operand]?](repeating: nil, count: bound.count)
    for (index, argument) in bound.enumerated() {
      switch argument {
      case .one(let expression)?:
        if case .lambda = expression.kind { continue }
        let operand = compile(expression)
        check(operand, type.parameters[index], builtin.name, at: expression.range)
        operands[index] = operand
      case .rest(let expressions)?:
        rests[index] = expressions.map { expression in
          let operand = compile(expression)
          if type.parameters[index].type != .any { check(operand, type.parameters[index], builtin.name, at: expression.range) }
          return operand
        }
      case nil: break
      }
    }
    for (index, argument) in bound.enumerated() {
      guard case .one(let expression)? = argument, case .lambda = expression.kind else { continue }
      isDirectArgument = true
      let operand = compile(expression, expecting: called(builtin, operands, rests))
      isDirectArgument = false
      check(operand, type.parameters[index], builtin.name, at: expression.range)
      operands[index] = operand
    }
    if let quick = compileScalarBuiltin(builtin, operands, rests) { return quick }
    let first = newValue(bound.count)
    var types: [ValueType?] = []
    var positions: [Int?] = []
    for index in bound.indices {
      if let rest = rests[index] {
        let items = newValue(rest.count)
        for (offset, operand) in rest.enumerated() { box(operand, into: items + offset) }
        emit(.makeTuple, first + index, items, rest.count)
        types.append(.tuple(rest.map(\.type)))
        positions.append(index)
      } else if let operand = operands[index] {
        box(operand, into: first + index)
        types.append(operand.type)
        positions.append(index)
      } else {
        types.append(nil)
        positions.append(nil)
      }
    }
    checkIteration(builtin, bound, types)
    let result = newValue()
    emitBuiltin(builtin, result, first, positions, at: range)
    return valueOperand(result, builtin.resultType(types))
  }

  /// A finding where what a built-in goes through has no elements.
  private func checkIteration(_ builtin: Builtin, _ bound: [BoundArgument?], _ types: [ValueType?]) {
    guard builtin.namespace == .core else { return }
    if builtin.name == "len", case .one(let expression)? = bound[0], let type = types[0] {
      if type.members.allSatisfy({ $0.isScalar || $0 == .none }), !type.members.isEmpty {
        report(.alwaysFails("object of type '\(type.className ?? type.description)' has no len()"), at: expression.range)
      } else if type.members.contains(.none) {
        report(.possiblyNone(expression.spelling), at: expression.range)
      }
    }
    if builtin.name == "max" || builtin.name == "min", case .rest(let items)? = bound[0], items.count == 1, case .tuple(let only)? = types[0] {
      _ = elements(of: only[0], items[0])
    }
    if builtin.name == "max" || builtin.name == "min", case .rest(let items)? = bound[0], items.count > 1, case .tuple(let all)? = types[0] {
      for (type, item) in zip(all, items) where type.members.contains(.none) { report(.possiblyNone(item.spelling), at: item.range) }
    }
  }

  /// Notes what a call means for the checker: time, random numbers, printing.
  private func note(_ builtin: Builtin) {
    switch builtin.namespace {
    case .time: effects.usesTime = true
    case .random: effects.usesRandomNumbers = true
    case .core: if builtin.name == "print" { effects.prints = true }
    default: break
    }
  }

  /// The type with which a built-in calls a function it is given.
  private func called(_ builtin: Builtin, _ operands: [Operand?], _ rests: [[Operand]?]) -> FunctionType? {
    func each(_ types: [ValueType]) -> FunctionType { .init(types.map { .init("", $0.elementType ?? .any) }, returns: .any) }
    switch builtin.name {
    case "sorted": return operands[0].map { each([$0.type]) }
    case "filter": return operands[1].map { each([$0.type]) }
    case "map": return rests[1].map { each($0.map(\.type)) }
    case "max", "min":
      guard let values = rests[0] else { return nil }
      if values.count == 1 { return each([values[0].type]) }
      return .init([.init("", .oneOf(values.map(\.type)))], returns: .any)
    default: return nil
    }
  }

  /// Instructions for built-ins of scalars; nil where there is none for these types.
  private func compileScalarBuiltin(_ builtin: Builtin, _ operands: [Operand?], _ rests: [[Operand]?]) -> Operand? {
    func emitted(_ opcode: Opcode, _ a: Int, _ b: Int = 0, _ type: ValueType) -> Operand {
      let result = newCell()
      emit(opcode, result, a, b)
      return cellOperand(result, type)
    }
    if builtin.namespace == .core, builtin.name == "max" || builtin.name == "min", let pair = rests[0], pair.count == 2, operands[1] == nil {
      let isMaximum = builtin.name == "max"
      if pair.allSatisfy({ $0.type == .float }) {
        return emitted(isMaximum ? .maximumFloat : .minimumFloat, asFloat(pair[0]), asFloat(pair[1]), .float)
      }
      if pair.allSatisfy({ $0.type == .integer }) {
        return emitted(isMaximum ? .maximumInteger : .minimumInteger, asInteger(pair[0]), asInteger(pair[1]), .integer)
      }
      return nil
    }
    guard let first = operands.first, let operand = first, operand.type.isScalar, operands.dropFirst().allSatisfy({ $0 == nil }),
      rests.allSatisfy({ $0 == nil })
    else { return nil }
    let isFloat = operand.type == .float
    switch (builtin.namespace, builtin.name) {
    case (.math, "floor"): return isFloat ? emitted(.floor, asFloat(operand), 0, .integer) : cellOperand(asInteger(operand), .integer)
    case (.math, "ceil"): return isFloat ? emitted(.ceiling, asFloat(operand), 0, .integer) : cellOperand(asInteger(operand), .integer)
    case (.math, "trunc"), (.core, "int"):
      return isFloat ? emitted(.truncate, asFloat(operand), 0, .integer) : cellOperand(asInteger(operand), .integer)
    case (.core, "round"): return isFloat ? emitted(.round, asFloat(operand), 0, .integer) : cellOperand(asInteger(operand), .integer)
    case (.math, "sqrt"): return emitted(.squareRoot, asFloat(operand), 0, .float)
    case (.math, "exp"): return emitted(.exponential, asFloat(operand), 0, .float)
    case (.math, "log"): return emitted(.logarithm, asFloat(operand), 0, .float)
    case (.core, "abs"):
      return isFloat ? emitted(.absoluteFloat, asFloat(operand), 0, .float) : emitted(.absoluteInteger, asInteger(operand), 0, .integer)
    case (.core, "float"): return cellOperand(asFloat(operand), .float)
    case (.core, "bool"): return cellOperand(asTruth(operand), .bool)
    default: return nil
    }
  }

  private func compileDictCall(_ builtin: Builtin, _ arguments: [Argument], at range: SourceRange) -> Operand {
    let positional = arguments.filter { if case .positional = $0.kind { true } else { false } }
    if positional.count > 1 { report(.surplusArguments(found: positional.count, most: 1, of: "dict"), at: positional[1].value.range) }
    let result = newValue()
    var type = ValueType.dict(key: .never, value: .never)
    if let source = positional.first {
      let items = newValue()
      let operand = compile(source.value)
      _ = elements(of: operand.type, source.value)
      emit(.makeTuple, items, asValue(operand), 1)
      emitBuiltin(builtin, result, items, [0], at: range)
      type = builtin.resultType([.tuple([operand.type])])
    } else {
      emit(.makeDict, result, 0, 0)
    }
    for argument in arguments {
      guard case .keyword(let name) = argument.kind else { continue }
      let key = asValue(constant(.string(name.text)))
      let operand = compile(argument.value)
      emit(.setEntry, result, key, asValue(operand))
      type = type.joined(with: .dict(key: .string, value: operand.type))
    }
    return valueOperand(result, type)
  }

  // MARK: Methods

  private func compileMethod(_ base: Expression, _ method: Name, _ arguments: [Argument], _ expression: Expression) -> Operand {
    let target = Methods.isMutating(method.text) ? root(of: base) : nil
    let operand = compile(base)
    let receiver = withoutNone(operand, base)
    if case .record(let record) = receiver, method.text == "get", let key = arguments.first?.value.literalText {
      effects.readKeys[record.title, default: []].insert(key)
      if record.fields[key] == nil { report(.unknownKey(key, of: record), at: arguments[0].value.range) }
    }
    // An attribute that holds a function, or a field of a record that does.
    if case .object(let object) = receiver, object.methods[method.text] == nil {
      let function = compileAttribute(of: operand, base, method)
      if case .function(let type) = function.type { return compileValueCall(function, type, method.text, arguments, at: expression.range) }
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
      return compileMutation(target, base, operand, method, arguments, resultType, expression.range,
        expecting: .init([.init("", element)], returns: .any))
    }
    if target != nil || Methods.isMutating(method.text) && Typing.receiver(of: receiver) != nil || receiver == .any && Methods.isMutating(method.text) {
      return compileMutation(target, base, operand, method, arguments, resultType, expression.range, expecting: nil)
    }
    let first = newValue(arguments.count + 1)
    box(operand, into: first)
    var argumentTypes: [ValueType] = []
    var shape = place(arguments, from: first + 1, types: &argumentTypes)
    shape.name = method.text
    body.calls.append(shape)
    let result = newValue()
    emit(.callMethod, result, first, body.calls.count - 1, at: expression.range)
    if case .record(let record) = receiver, method.text == "get", let key = arguments.first?.value.literalText, let field = record.fields[key] {
      let known = path(of: expression).flatMap { flow.narrowed[$0] }
      let isPresent = path(of: expression).map { flow.present.contains($0) } ?? false
      let plain = field.isAlwaysPresent || isPresent ? field.type : field.type.joined(with: arguments.count > 1 ? argumentTypes[1] : .none)
      return valueOperand(result, known ?? plain)
    }
    if case .dict(_, let value) = receiver, method.text == "get", arguments.count == 2 {
      return valueOperand(result, value.joined(with: argumentTypes[1]))
    }
    return valueOperand(result, resultType)
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
    locals[resolved(name)] != nil || role == .hook && state.contains { $0.name == name } || captureRegisters[name] != nil || parent?.canSee(name) ?? false
  }

  private func compileMutation(
    _ root: Root?, _ base: Expression, _ operand: Operand, _ method: Name, _ arguments: [Argument], _ resultType: ValueType,
    _ range: SourceRange, expecting: FunctionType?
  ) -> Operand {
    if case .outer(let name)? = root, Typing.receiver(of: operand.type) != nil { report(.changesShared(name), at: range) }
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
      case .spread: shape.passing.append(.spread)
      case .keywordSpread: shape.passing.append(.keywordSpread)
      }
    }
    shape.name = method.text
    var resultType = resultType
    if case .dict(_, let value) = operand.type, method.text == "pop" || method.text == "setdefault", argumentTypes.count == 2 {
      resultType = value.joined(with: argumentTypes[1])
    }
    let result = newValue()
    let grown = grow(operand.type, method.text, argumentTypes)
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

  /// The type of a collection after one of its methods has changed it.
  private func grow(_ type: ValueType, _ method: String, _ arguments: [ValueType]) -> ValueType {
    switch (type, method) {
    case (.list(let element), "append"): .list(element.joined(with: arguments.first ?? .any))
    case (.list(let element), "insert"): .list(element.joined(with: arguments.count > 1 ? arguments[1] : .any))
    case (.list(let element), "extend"): .list(element.joined(with: arguments.first?.elementType ?? .any))
    case (.set(let element), "add"): .set(element.joined(with: arguments.first ?? .any))
    case (.set(let element), "update"): .set(element.joined(with: .oneOf(arguments.map { $0.elementType ?? .any })))
    case (.dict(let key, let value), "setdefault"):
      .dict(key: key.joined(with: arguments.first ?? .any), value: value.joined(with: arguments.count > 1 ? arguments[1] : .none))
    case (.dict, "update"): arguments.count == 1 ? type.joined(with: { if case .dict = arguments[0] { arguments[0] } else { .dict(key: .any, value: .any) } }()) : .dict(key: .any, value: .any)
    default: type
    }
  }

  // MARK: Functions

  /// A `def`'s parameters as a type, nothing known of the arguments.
  static func type(of parameters: [Parameter], returns result: ValueType = .any) -> FunctionType {
    FunctionType(parameters.map { .init($0.name.text, .any, isOptional: $0.defaultValue != nil, kind: .plain) }, returns: result)
  }

  func compileDefinitionValue(_ definition: Definition, at range: SourceRange) -> Operand {
    let types = [ValueType](repeating: .any, count: definition.parameters.count)
    guard let code = definitionCode(definition, types, at: range) else { return unknown() }
    if !code.captures.isEmpty { return capture(definition.name.text, .function(code.type)) }
    return constant(.function(FunctionValue(code)))
  }

  private func compileDefinitionCall(_ definition: Definition, _ arguments: [Argument], at range: SourceRange) -> Operand {
    let type = Self.type(of: definition.parameters)
    let name = definition.name.text
    let isSpread = arguments.contains { if case .spread = $0.kind { true } else if case .keywordSpread = $0.kind { true } else { false } }
    guard !isSpread, let bound = bind(type, arguments, name, at: range) else {
      for argument in arguments where !isSpread { _ = compile(argument.value) }
      if !isSpread { return unknown() }
      return compileValueCall(compileDefinitionValue(definition, at: range), nil, name, arguments, at: range)
    }
    var operands: [Operand] = []
    for (index, argument) in bound.enumerated() {
      if case .one(let expression)? = argument {
        operands.append(compile(expression))
      } else if let standard = definition.parameters[index].defaultValue, let value = Self.evaluate(standard, definition.scope) {
        operands.append(constant(value))
      } else {
        return compileValueCall(compileDefinitionValue(definition, at: range), nil, name, arguments, at: range)
      }
    }
    guard let code = definitionCode(definition, operands.map(\.type), at: range) else { return unknown() }
    effects.formUnion(code.effects)
    if !code.captures.isEmpty {
      let function = capture(name, .function(Self.type(of: definition.parameters, returns: code.type.result)))
      let first = newValue(operands.count + 1)
      box(function, into: first)
      for (offset, operand) in operands.enumerated() { box(operand, into: first + 1 + offset) }
      body.calls.append(CallShape(passing: operands.map { _ in .positional }))
      let result = newValue()
      emit(.call, result, first, body.calls.count - 1, at: range)
      return valueOperand(result, code.type.result)
    }
    let first = newValue(max(operands.count, 1))
    for (offset, operand) in operands.enumerated() { box(operand, into: first + offset) }
    body.functions.append(code)
    let result = newValue()
    emit(.callCode, result, body.functions.count - 1, first, at: range)
    return valueOperand(result, code.type.result)
  }

  /// The code of a `def` for arguments of these types, compiled when first asked for.
  private func definitionCode(_ definition: Definition, _ types: [ValueType], at range: SourceRange) -> FunctionCode? {
    if let index = compilation.inProgress.firstIndex(where: { $0 === definition }) {
      let cycle = compilation.inProgress[index...].map(\.name.text) + [definition.name.text]
      report(.recursion(cycle), at: range, labels: [.init(definition.name.range, "defined here")])
      return nil
    }
    if let known = compilation.code(of: definition, for: types) { return known }
    let code = Self.compile(definition, types, compilation)
    compilation.remember(code, of: definition, for: types)
    return code
  }

  /// A lambda written inside this function: its code, with what it captures taken now.
  func compileLambda(_ parameters: [Parameter], _ body: Expression, _ expecting: FunctionType?, at range: SourceRange) -> Operand {
    let inner = FunctionCompiler(compilation, scope: scope, role: .lambda, name: "<lambda>", parent: self, place: range)
    let code = inner.lambda(parameters, body, expecting)
    effects.formUnion(code.effects)
    let first = newValue(max(code.captures.count, 1))
    for (offset, taken) in code.captures.enumerated() {
      if let expression = taken.expression {
        box(compile(expression), into: first + offset)
      } else {
        if loopVariables.contains(resolved(taken.name)), !isDirectArgument { report(.capturedLoopVariable(taken.name), at: range) }
        box(compileName(taken.name, at: range), into: first + offset)
      }
    }
    self.body.functions.append(code)
    let result = newValue()
    emit(.makeFunction, result, self.body.functions.count - 1, first, at: range)
    return valueOperand(result, .function(code.type))
  }
}
