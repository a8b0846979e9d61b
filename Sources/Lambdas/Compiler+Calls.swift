import Diagnostics
import Syntax

/// What reaches a parameter.
enum BoundArgument {
  case one(Expression)
  case rest([Expression])
  case keywordRest([(name: Name, value: Expression)])
}

extension FunctionCompiler {
  func compileCall(_ callee: Expression, _ arguments: [Argument], _ expression: Expression) -> Operand {
    if let made = madeBefore(expression) { return made }
    if let dotted = dottedName(callee) {
      let meaning = scope.lookup(dotted)
      if case .definition(let definition)? = meaning { return compileDefinitionCall(definition, arguments, at: expression.range) }
      if meaning == nil, let result = compileVariableAccess(dotted, arguments) { return result }
      if let builtin = builtin(dotted, meaning) {
        let result = compileBuiltin(builtin, arguments, at: expression.range)
        return builtin.namespace == .random && builtin.name == "shuffle" ? storeShuffled(result, arguments) : result
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
    case .function(let type):
      return compileValueCall(function, type, callee.spelling ?? "the function", arguments, at: expression.range)
    case .object(let object):
      return compileValueCall(function, object.call, callee.spelling ?? object.name, arguments, at: expression.range)
    case .any: break
    default:
      if function.type.members.contains(where: { if case .function = $0 { true } else { $0 == .any } }) {
        _ = withoutNone(function, callee)
      } else {
        report(.notCallable(function.type), at: callee.range)
      }
    }
    return compileValueCall(function, nil, callee.spelling ?? "the function", arguments, at: expression.range)
  }

  /// What was made of an expression before the function is compiled; nil for any other.
  func madeBefore(_ expression: Expression) -> Operand? {
    switch scope.madeBefore(expression.range) {
    case .constant(let value)?:
      effects.constants[expression.range.place] = value
      return constant(value)
    case .captured(let type, let known)?: return capture(expression.range.place, type, expression, known: known)
    case .definition?, nil: return nil
    }
  }

  func isPrefix(_ expression: Expression) -> Bool {
    dottedName(expression).map { prefix in
      Builtins.names.contains { $0.hasPrefix(prefix + ".") } || scope.kerasPath("\(prefix).") != nil
    } ?? false
  }

  /// The built-in function that a name means, where the scope gives it this meaning.
  private func builtin(_ name: String, _ meaning: NameMeaning?) -> Builtin? {
    switch meaning {
    case .constant(.function(let function))?: if case .builtin(let builtin) = function.body { builtin } else { nil }
    case nil: Builtins.function(name)
    default: nil
    }
  }

  /// `K.get_value(variable)`, `ops.convert_to_numpy(variable)` and `K.set_value(variable, value)`, by which scripts read and set the
  /// learning rate; nil for other calls.
  private func compileVariableAccess(_ dotted: String, _ arguments: [Argument]) -> Operand? {
    guard let path = scope.kerasPath(dotted), path.count == 2, Self.arePlain(arguments) else { return nil }
    switch (path[0], path[1], arguments.count) {
    case ("backend", "get_value", 1): return compile(arguments[0].value)
    case ("ops", "convert_to_numpy", 1):
      let operand = compile(arguments[0].value)
      return operand.type.isNumeric ? operand : nil
    case ("backend", "set_value", 2):
      guard case .attribute = arguments[0].value.kind else { return nil }
      store(compile(arguments[1].value), to: arguments[0].value)
      return constant(.none)
    default: return nil
    }
  }

  /// `optimizer.learning_rate.numpy()` and `optimizer.learning_rate.assign(value)`: what is a variable in Keras is a number here, and an
  /// array an array. Nil for other calls.
  func compileVariableMethod(
    _ base: Expression, _ operand: Operand, _ method: String, _ arguments: [Argument]
  ) -> Operand? {
    guard case .attribute(let owner, let name) = base.kind, Self.arePlain(arguments) else { return nil }
    switch (method, arguments.count) {
    case ("numpy", 0) where operand.type.isNumeric: return operand
    case ("assign", 1) where operand.type == .float:
      guard case .object(let object) = compile(owner).type, object.attributes[name.text]?.isSettable ?? false else { return nil }
      store(compile(arguments[0].value), to: base)
      return constant(.none)
    default: return nil
    }
  }

  private static func arePlain(_ arguments: [Argument]) -> Bool {
    arguments.allSatisfy { if case .positional = $0.kind { true } else { false } }
  }

  func definition(named name: String) -> Definition? {
    guard locals[resolved(name)] == nil, captureRegisters[name] == nil, !(role == .hook && state.contains { $0.name == name }),
      case .definition(let definition)? = scope.lookup(name)
    else { return nil }
    effects.names.insert(name)
    effects.definitions[name] = definition
    return definition
  }

  /// `shuffle(x)`: what it gives takes the place of `x`.
  func storeShuffled(_ result: Operand, _ arguments: [Argument]) -> Operand {
    guard let target = arguments.first?.value, arguments.count == 1 else { return constant(.none) }
    switch root(of: target) {
    case .outer(let name)?: report(.changesShared(name, isHeldByState: role != .definition), at: target.range)
    case nil: break
    default: store(result, to: target)
    }
    return constant(.none)
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
      case .keywordOnly, .keywordRest: break
      }
    }
    if next < positional.count {
      let most = type.parameters.count { $0.kind == .plain || $0.kind == .positionalOnly }
      report(.surplusArguments(found: positional.count, most: most, of: name), at: positional[next].range)
      isRight = false
    }
    let gatherer = type.parameters.lastIndex { $0.kind == .keywordRest }
    var others: [(name: Name, value: Expression)] = []
    for argument in arguments {
      guard case .keyword(let keyword) = argument.kind else { continue }
      let named = type.parameters.filter { $0.kind == .plain || $0.kind == .keywordOnly }
      guard
        let index = type.parameters.firstIndex(where: {
          $0.name == keyword.text && ($0.kind == .plain || $0.kind == .keywordOnly)
        })
      else {
        if gatherer != nil, !others.contains(where: { $0.name.text == keyword.text }) {
          others.append((keyword, argument.value))
          continue
        }
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
    if let gatherer { bound[gatherer] = .keywordRest(others) }
    if isRight, let missing = type.parameters.indices.first(where: { bound[$0] == nil && !type.parameters[$0].isOptional }) {
      report(.missingArgument(type.parameters[missing].name, of: name), at: range)
      isRight = false
    }
    return isRight ? bound : nil
  }

  /// What reaches a parameter, compiled: of several arguments a tuple or a dict.
  func compile(_ argument: BoundArgument) -> Operand {
    switch argument {
    case .one(let expression): return compile(expression)
    case .rest(let expressions):
      let operands = expressions.map { compile($0) }
      let (result, items) = (newValue(), newValue(operands.count))
      for (offset, operand) in operands.enumerated() { box(operand, into: items + offset) }
      let isDeep = operands.contains { $0.type.mayNestDeeply }
      emit(.makeTuple, x: isDeep ? 3 : 2, result, items, operands.count)
      return valueOperand(result, .row(operands.map(\.type)))
    case .keywordRest(let entries):
      let result = newValue()
      emit(.makeDict, result, 0, 0)
      var value = ValueType.never
      for entry in entries {
        let key = asValue(constant(.string(entry.name.text)))
        let operand = compile(entry.value)
        emit(.setEntry, x: nestingMark(operand.type), result, key, asValue(operand))
        value = value.joined(with: operand.type)
      }
      return valueOperand(result, .dict(key: .string, value: value))
    }
  }

  func check(_ operand: Operand, _ parameter: FunctionType.Parameter, _ function: String, at range: SourceRange) {
    if !operand.type.mayBe(parameter.type) {
      return report(.wrongArgument(parameter.name, of: function, found: operand.type, wanted: parameter.type), at: range)
    }
    let numbers = operand.type.members.filter(\.isScalar)
    if numbers.count > 1, let wrong = numbers.first(where: { !$0.mayBe(parameter.type) }) {
      report(
        .sometimesFails("`\(parameter.name)` of `\(function)` takes \(parameter.type.description), not \(wrong.description)"),
        at: range)
    }
  }

  /// Puts arguments as written into neighbouring value registers, `first` and on.
  func place(
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
      case .spread:
        _ = elements(of: operand.type, argument.value)
        shape.passing.append(.spread)
      case .keywordSpread: shape.passing.append(.keywordSpread)
      }
    }
    return shape
  }

  /// A call of a value: a parameter, a captured function, the result of an expression.
  func compileValueCall(
    _ function: Operand, _ type: FunctionType?, _ name: String, _ arguments: [Argument], at range: SourceRange
  ) -> Operand {
    let first = newValue(arguments.count + 1)
    box(function, into: first)
    if let type, let bound = bind(type, arguments, name, at: range) {
      for (index, argument) in bound.enumerated() {
        guard case .one(let expression)? = argument else { continue }
        if case .lambda = expression.kind { continue }
        // Only what is known without compiling twice is checked here: literals.
        if let literal = Self.literalType(expression), !literal.mayBe(type.parameters[index].type) {
          report(
            .wrongArgument(type.parameters[index].name, of: name, found: literal, wanted: type.parameters[index].type),
            at: expression.range)
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

  static func literalType(_ expression: Expression) -> ValueType? {
    switch expression.kind {
    case .none: ValueType.none
    case .bool: .bool
    case .integer: .integer
    case .float: .float
    case .string, .formatted: .string
    default: nil
    }
  }
}

extension ValueType {
  /// Whether it is a float or an array: what variables of Keras are here.
  fileprivate var isNumeric: Bool {
    switch self {
    case .float, .array: true
    default: false
    }
  }
}
