import Diagnostics
import Syntax

extension FunctionCompiler {
  /// A `def`'s parameters as a type, nothing known of the arguments.
  static func type(of parameters: [Parameter], returns result: ValueType = .any) -> FunctionType {
    let kinds = kinds(of: parameters)
    return FunctionType(
      parameters.filter { !$0.isMarker }.map { parameter in
        let type: ValueType =
          switch parameter.kind {
          case .positionalRest: .tupleOf(.any)
          case .keywordRest: .dict(key: .string, value: .any)
          default: .any
          }
        return .init(
          parameter.name.text, type, isOptional: parameter.defaultValue != nil || parameter.isRest,
          kind: kinds[parameter.name.text] ?? .plain)
      }, returns: result)
  }

  /// How arguments reach the parameters that are not plain.
  static func kinds(of parameters: [Parameter]) -> [String: FunctionType.Parameter.Kind] {
    var kinds: [String: FunctionType.Parameter.Kind] = [:]
    if let marker = parameters.firstIndex(where: { $0.kind == .positionalOnlyMarker }) {
      for parameter in parameters[..<marker] { kinds[parameter.name.text] = .positionalOnly }
    }
    if let marker = parameters.firstIndex(where: { $0.kind == .keywordOnlyMarker || $0.kind == .positionalRest }) {
      for parameter in parameters[(marker + 1)...] { kinds[parameter.name.text] = .keywordOnly }
    }
    for parameter in parameters where parameter.isRest {
      kinds[parameter.name.text] = parameter.kind == .positionalRest ? .rest : .keywordRest
    }
    return kinds
  }

  func compileDefinitionValue(_ definition: Definition, at range: SourceRange) -> Operand {
    let types = Self.type(of: definition.parameters).parameters.map(\.type)
    guard let code = definitionCode(definition, types, at: range) else { return unknown() }
    effects.formUnion(code.effects)
    guard !code.captures.isEmpty else { return constant(.function(FunctionValue(code))) }
    guard let captured = capturedAlike(code, as: definition.name.text) else {
      return capture(definition.name.text, .function(code.type))
    }
    return make(code, captured, at: range)
  }

  /// What a `def` captures, captured by this function for it; nil where that is not the same here as it is there.
  private func capturedAlike(_ code: FunctionCode, as name: String) -> [Operand]? {
    guard code.captures.allSatisfy({ $0.known != nil }) else { return nil }
    // Under a name of its own, since another value may have the name here.
    return code.captures.map { capture("\(name).\($0.name)", $0.type, known: $0.known) }
  }

  func compileDefinitionCall(_ definition: Definition, _ arguments: [Argument], at range: SourceRange) -> Operand {
    let type = Self.type(of: definition.parameters)
    let parameters = definition.parameters.filter { !$0.isMarker }
    let name = definition.name.text
    let isSpread = arguments.contains {
      if case .spread = $0.kind { true } else if case .keywordSpread = $0.kind { true } else { false }
    }
    guard !isSpread, let bound = bind(type, arguments, name, at: range) else {
      for argument in arguments where !isSpread { _ = compile(argument.value) }
      if !isSpread { return unknown() }
      return compileValueCall(compileDefinitionValue(definition, at: range), nil, name, arguments, at: range)
    }
    var operands: [Operand] = []
    for (index, argument) in bound.enumerated() {
      if let argument {
        operands.append(compile(argument))
      } else if let standard = parameters[index].defaultValue, let value = Self.evaluate(standard, definition.scope) {
        operands.append(constant(value))
      } else {
        return compileValueCall(compileDefinitionValue(definition, at: range), nil, name, arguments, at: range)
      }
    }
    guard let code = definitionCode(definition, operands.map(\.type.ofACopy), at: range) else { return unknown() }
    effects.formUnion(code.effects)
    if let captured = capturedAlike(code, as: name) {
      operands += captured
    } else {
      let function = capture(name, .function(Self.type(of: definition.parameters, returns: code.type.result)))
      let first = newValue(operands.count + 1)
      box(function, into: first)
      for (offset, operand) in operands.enumerated() { box(operand, into: first + 1 + offset) }
      body.calls.append(CallShape(passing: type.parameters.map(CallShape.Passing.init)))
      let result = newValue()
      emit(.call, result, first, body.calls.count - 1, at: range)
      return valueOperand(result, code.type.result)
    }
    let sources = zip(operands, code.inputs).map { operand, input in
      operand.register.kind == input.kind ? operand.register : Register(kind: .value, index: asValue(operand))
    }
    body.codeCalls.append(CodeCall(callee: code, sources: sources))
    let kind = Register.kind(for: code.type.result)
    let mark: UInt8 =
      switch kind {
      case .value: 0
      case .integer: 1
      case .float: 2
      case .bool: 3
      }
    let result = newRegister(kind)
    emit(.callCode, x: mark, result.index, body.codeCalls.count - 1, at: range)
    return Operand(register: result, type: code.type.result)
  }

  /// The code of a `def` for arguments of these types, compiled when first asked for.
  func definitionCode(_ definition: Definition, _ types: [ValueType], at range: SourceRange) -> FunctionCode? {
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
  func compileLambda(_ parameters: [Parameter], _ body: Expression, _ expecting: FunctionType?, at range: SourceRange) -> Operand
  {
    let inner = FunctionCompiler(compilation, scope: scope, role: .lambda, name: "<lambda>", parent: self, place: range)
    let code = inner.lambda(parameters, body, expecting)
    effects.formUnion(code.effects)
    let captured = code.captures.map { taken in
      if let expression = taken.expression { return compile(expression) }
      if let known = taken.known { return capture(taken.name, taken.type, known: known) }
      if loopVariables.contains(resolved(taken.name)), !isDirectArgument { report(.capturedLoopVariable(taken.name), at: range) }
      return compileName(taken.name, at: range)
    }
    return make(code, captured, at: range)
  }

  /// A function of this code with the values of its captures as they are now.
  private func make(_ code: FunctionCode, _ captured: [Operand], at range: SourceRange) -> Operand {
    let first = newValue(max(captured.count, 1))
    for (offset, operand) in captured.enumerated() { box(operand, into: first + offset) }
    body.functions.append(code)
    let result = newValue()
    let isDeep = code.captures.contains { $0.type.mayNestDeeply }
    emit(.makeFunction, x: isDeep ? 1 : 0, result, body.functions.count - 1, first, at: range)
    return valueOperand(result, .function(code.type))
  }
}

extension FunctionType {
  /// What a function of the script with these parameters is, nothing known of its arguments.
  package init(of parameters: [Syntax.Parameter]) { self = FunctionCompiler.type(of: parameters) }
}
