import Diagnostics
import Syntax

extension FunctionCompiler {
  func emitBuiltin(
    _ builtin: Builtin, _ result: Int, _ first: Int, _ arguments: [Int?], giving type: ValueType, at range: SourceRange? = nil
  ) {
    var shape = CallShape(passing: [])
    shape.checksNesting = builtin.makesCollections && type.mayNestDeeply
    shape.builtin = builtin
    shape.arguments = arguments
    body.calls.append(shape)
    emit(.callBuiltin, result, first, body.calls.count - 1, at: range)
  }

  func compileBuiltin(_ builtin: Builtin, _ arguments: [Argument], at range: SourceRange) -> Operand {
    note(builtin)
    if builtin.namespace == .core, builtin.name == "any" || builtin.name == "all", arguments.count == 1,
      case .positional = arguments[0].kind, case .comprehension(let comprehension) = arguments[0].value.kind,
      case .generator(let value) = comprehension.result
    {
      return compileSearch(comprehension, value, for: builtin.name == "any")
    }
    let isSpread = arguments.contains {
      if case .spread = $0.kind { true } else if case .keywordSpread = $0.kind { true } else { false }
    }
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
      case .keywordRest?: preconditionFailure("no built-in that is called with arguments by name takes others than it declares")
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
        emit(.makeTuple, x: 2, first + index, items, rest.count)
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
    let given = builtin.resultType(types)
    emitBuiltin(builtin, result, first, positions, giving: given, at: range)
    return valueOperand(result, given)
  }

  /// What an instruction that puts a value of this type into a collection has in `x`.
  func nestingMark(_ types: ValueType...) -> UInt8 { types.contains(where: \.mayNestDeeply) ? 1 : 0 }

  /// A finding where what a built-in goes through has no elements.
  func checkIteration(_ builtin: Builtin, _ bound: [BoundArgument?], _ types: [ValueType?]) {
    guard builtin.namespace == .core else { return }
    if builtin.name == "len", case .one(let expression)? = bound[0], let type = types[0] {
      if type.members.allSatisfy({ $0.isScalar || $0 == .none }), !type.members.isEmpty {
        report(.alwaysFails("object of type '\(type.className ?? type.description)' has no len()"), at: expression.range)
      } else if type.members.contains(.none) {
        report(possiblyNone(expression), at: expression.range)
      }
    }
    if builtin.name == "max" || builtin.name == "min", case .rest(let items)? = bound[0], items.count == 1,
      case .tuple(let only)? = types[0]
    {
      _ = elements(of: only[0], items[0])
    }
    if builtin.name == "max" || builtin.name == "min", case .rest(let items)? = bound[0], items.count > 1,
      case .tuple(let all)? = types[0]
    {
      for (type, item) in zip(all, items) where type.members.contains(.none) {
        report(possiblyNone(item), at: item.range)
      }
    }
  }

  /// Notes what a call means for the checker: time, random numbers, printing.
  func note(_ builtin: Builtin) {
    switch builtin.namespace {
    case .time: effects.usesTime = true
    case .random: effects.usesRandomNumbers = true
    case .core: if builtin.name == "print" { effects.prints = true }
    default: break
    }
  }

  /// The type with which a built-in calls a function it is given.
  func called(_ builtin: Builtin, _ operands: [Operand?], _ rests: [[Operand]?]) -> FunctionType? {
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
  func compileScalarBuiltin(_ builtin: Builtin, _ operands: [Operand?], _ rests: [[Operand]?]) -> Operand? {
    func emitted(_ opcode: Opcode, _ a: Int, _ b: Int = 0, _ type: ValueType) -> Operand {
      let result = newCell()
      emit(opcode, result, a, b)
      return cellOperand(result, type)
    }
    if builtin.namespace == .core, builtin.name == "max" || builtin.name == "min", let pair = rests[0], pair.count == 2,
      operands[1] == nil
    {
      let isMaximum = builtin.name == "max"
      if pair.allSatisfy({ $0.type == .float }) {
        return emitted(isMaximum ? .maximumFloat : .minimumFloat, asFloat(pair[0]), asFloat(pair[1]), .float)
      }
      if pair.allSatisfy({ $0.type == .integer }) {
        return emitted(isMaximum ? .maximumInteger : .minimumInteger, asInteger(pair[0]), asInteger(pair[1]), .integer)
      }
      return nil
    }
    if builtin.namespace == .core, builtin.name == "len", let operand = operands.first ?? nil, operand.type.hasLength {
      return emitted(.length, asValue(operand), 0, .integer)
    }
    guard let first = operands.first, let operand = first, operand.type.isScalar, operands.dropFirst().allSatisfy({ $0 == nil }),
      rests.allSatisfy({ $0 == nil })
    else { return nil }
    let isFloat = operand.type == .float
    switch (builtin.namespace, builtin.name) {
    case (.math, "floor"):
      return isFloat ? emitted(.floor, asFloat(operand), 0, .integer) : cellOperand(asInteger(operand), .integer)
    case (.math, "ceil"):
      return isFloat ? emitted(.ceiling, asFloat(operand), 0, .integer) : cellOperand(asInteger(operand), .integer)
    case (.math, "trunc"), (.core, "int"):
      return isFloat ? emitted(.truncate, asFloat(operand), 0, .integer) : cellOperand(asInteger(operand), .integer)
    case (.core, "round"):
      return isFloat ? emitted(.round, asFloat(operand), 0, .integer) : cellOperand(asInteger(operand), .integer)
    case (.math, "sqrt"): return emitted(.squareRoot, asFloat(operand), 0, .float)
    case (.math, "exp"): return emitted(.exponential, asFloat(operand), 0, .float)
    case (.math, "log"): return emitted(.logarithm, asFloat(operand), 0, .float)
    case (.core, "abs"):
      return isFloat
        ? emitted(.absoluteFloat, asFloat(operand), 0, .float) : emitted(.absoluteInteger, asInteger(operand), 0, .integer)
    case (.core, "float"): return cellOperand(asFloat(operand), .float)
    case (.core, "bool"): return cellOperand(asTruth(operand), .bool)
    default: return nil
    }
  }

  func compileDictCall(_ builtin: Builtin, _ arguments: [Argument], at range: SourceRange) -> Operand {
    let positional = arguments.filter { if case .positional = $0.kind { true } else { false } }
    if positional.count > 1 {
      report(.surplusArguments(found: positional.count, most: 1, of: "dict"), at: positional[1].value.range)
    }
    let result = newValue()
    var type = ValueType.dict(key: .never, value: .never)
    // All arguments are computed before the dict is made of them.
    let items = newValue()
    let source = positional.first.map { argument in
      let operand = compile(argument.value)
      _ = elements(of: operand.type, argument.value)
      emit(.makeTuple, items, asValue(operand), 1)
      return operand.type
    }
    var entries: [(key: Int, value: Int, operand: Operand)] = []
    for argument in arguments {
      guard case .keyword(let name) = argument.kind else { continue }
      let first = newValue(2)
      box(constant(.string(name.text)), into: first)
      let operand = compile(argument.value)
      box(operand, into: first + 1)
      entries.append((first, first + 1, operand))
    }
    if let source {
      type = builtin.resultType([.tuple([source])])
      emitBuiltin(builtin, result, items, [0], giving: type, at: range)
    } else {
      emit(.makeDict, result, 0, 0)
    }
    for entry in entries {
      emit(.setEntry, x: nestingMark(entry.operand.type), result, entry.key, entry.value)
      type = type.joined(with: .dict(key: .string, value: entry.operand.type))
    }
    return valueOperand(result, type)
  }
}
