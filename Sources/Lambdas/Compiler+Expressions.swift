import Diagnostics
import Syntax

extension FunctionCompiler {
  /// Compiles an expression; `expecting` is the type a lambda in this place is called with.
  func compile(_ expression: Expression, expecting: FunctionType? = nil) -> Operand {
    depth += 1
    let outer = place
    place = expression.range
    defer {
      depth -= 1
      place = outer
    }
    guard depth < Self.depthLimit, nextValue < Self.registerLimit, nextCell < Self.registerLimit,
      body.instructions.count < Self.instructionLimit
    else {
      report(.tooLarge("an expression of this size"), at: expression.range)
      return Operand(register: Register(kind: .value, index: 0), type: .any)
    }
    switch expression.kind {
    case .none: return constant(.none)
    case .bool(let flag): return constant(.bool(flag))
    case .integer(let number, _): return constant(.integer(number))
    case .float(let number, _): return constant(.float(number))
    case .string(let text, _): return constant(.string(text))
    case .ellipsis: return constant(.ellipsis)
    case .formatted(let parts, _): return compileFormatted(parts)
    case .name(let name): return compileName(name, at: expression.range)
    case .tuple(let items): return compileDisplay(items, .makeTuple)
    case .list(let items): return compileDisplay(items, .makeList)
    case .set(let items): return compileDisplay(items, .makeSet)
    case .dict(let entries): return compileDict(entries)
    case .starred:
      report(.spreadHere, at: expression.range)
      return unknown()
    case .unary(let op, let operand): return compileUnary(op, operand)
    case .binary(let op, let left, let right):
      return compileBinary(op, compile(left), compile(right), at: expression.range, left, right)
    case .logical(let op, let left, let right): return compileLogical(op, left, right)
    case .comparison(let first, let links): return compileComparison(first, links)
    case .conditional(let condition, let then, let otherwise): return compileConditional(condition, then, otherwise)
    case .attribute(let base, let name): return compileAttribute(base, name, expression)
    case .subscripted(let base, let index): return compileIndex(base, index, expression)
    case .slice(let lower, let upper, let step):
      let first = newValue(3)
      for (offset, bound) in [lower, upper, step].enumerated() {
        if let bound { box(compile(bound), into: first + offset) } else { box(constant(.none), into: first + offset) }
      }
      let result = newValue()
      emit(.slice, result, first)
      return valueOperand(result, .slice)
    case .call(let callee, let arguments): return compileCall(callee, arguments, expression)
    case .lambda(let parameters, let body): return compileLambda(parameters, body, expecting, at: expression.range)
    case .comprehension(let comprehension): return compileComprehension(comprehension)
    case .missing: return unknown()
    }
  }

  // MARK: Names

  /// The name under which a comprehension's variable is kept apart from others of that name.
  func resolved(_ name: String) -> String { aliases.last { $0.name == name }?.unique ?? name }

  func compileName(_ name: String, at range: SourceRange) -> Operand {
    let key = resolved(name)
    if let register = locals[key] {
      read.insert(key)
      if !flow.bound.contains(key) {
        if !flow.maybeBound.contains(key) {
          report(.neverBound(name), at: range)
        } else {
          report(.sometimesBound(name), at: range)
          needsFlag.insert(key)
          if let flag = boundFlags[key] { emit(.requireBound, flag, nameIndex(name)) }
        }
      }
      return Operand(register: register, type: register.kind == .value ? flow.types[key] ?? .any : flow.types[key] ?? .any)
    }
    if let operand = compileState(name) { return operand }
    if let operand = captureRegisters[key] { return narrowed(operand, name) }
    if let parent, let type = parent.visibleType(name) { return narrowed(capture(name, type), name) }
    switch scope.lookup(name) {
    case .constant(let value)?:
      effects.names.insert(name)
      effects.constants[name] = value
      guard narrowedType(of: name) == .any else { return constant(value) }
      return valueOperand(asValue(constant(value)), .any)
    case .captured(let type, let known)?:
      effects.names.insert(name)
      return narrowed(capture(name, type, known: known), name)
    case .definition(let definition)?:
      effects.names.insert(name)
      effects.definitions[name] = definition
      return compileDefinitionValue(definition, at: range)
    case nil: break
    }
    if let value = Builtins.find(name) { return constant(value) }
    let callsItself = compilation.inProgress.contains { $0.name.text == name }
    report(callsItself ? .recursion([name]) : .unknownName(name, known: knownNames()), at: range)
    return unknown()
  }

  private func narrowed(_ operand: Operand, _ name: String) -> Operand {
    guard operand.register.kind == .value, let type = flow.narrowed[name] else { return operand }
    return Operand(register: operand.register, type: type)
  }

  private func knownNames() -> [String] {
    Array(locals.keys) + state.map(\.name) + (parent?.knownNames() ?? []) + scope.names
      + Builtins.names.filter { !$0.contains(".") }
  }

  /// A state variable: the cell where it stands, or the register into which it is loaded; nil where the name is none.
  private func compileState(_ name: String) -> Operand? {
    guard role == .hook, let slot = state.firstIndex(where: { $0.name == name }) else { return nil }
    effects.readState.insert(name)
    if let cell = stateCells[name] { return Operand(register: cell, type: state[slot].type) }
    let index = newValue()
    emit(.loadState, index, slot)
    return valueOperand(index, flow.narrowed[name] ?? state[slot].type)
  }

  /// The type that a name has here for a function made inside this one; nil where it is no variable of this function.
  func visibleType(_ name: String) -> ValueType? {
    let key = resolved(name)
    if locals[key] != nil { return flow.types[key] ?? .any }
    if role == .hook, let variable = state.first(where: { $0.name == name }) { return flow.narrowed[name] ?? variable.type }
    if let operand = captureRegisters[key] { return operand.type }
    if let type = parent?.visibleType(name) { return type }
    if case .captured(let type, _)? = scope.lookup(name) { return type }
    return nil
  }

  /// The register that holds a captured value, taken when the function is made.
  func capture(_ name: String, _ type: ValueType, _ expression: Expression? = nil, known: Value? = nil) -> Operand {
    if let operand = captureRegisters[name] { return operand }
    let register = newRegister(Register.kind(for: type))
    captures.append(.init(name: name, type: type, expression: expression, known: known))
    let operand = Operand(register: register, type: type)
    captureRegisters[name] = operand
    return operand
  }

  // MARK: Choices

  /// Compiles a test so that control goes on where it is not `outcome`; gives the jumps that leave where it is.
  func branch(_ condition: Expression, jumpIf outcome: Bool) -> [Int] {
    switch condition.kind {
    case .unary(.not, let operand): return branch(operand, jumpIf: !outcome)
    case .logical(let op, let left, let right):
      let before = flow
      defer { flow = before }
      // `and` leaves early where its left side is false, `or` where it is true.
      let early = op == .or
      if early == outcome {
        var jumps = branch(left, jumpIf: outcome)
        narrow(left, !outcome)
        jumps += branch(right, jumpIf: outcome)
        return jumps
      }
      let skips = branch(left, jumpIf: early)
      narrow(left, !early)
      let jumps = branch(right, jumpIf: outcome)
      land(skips)
      return jumps
    default:
      let start = body.instructions.count
      let truth = asTruth(compile(condition))
      let last = body.instructions.count - 1
      if last >= start, lastLanding != last + 1, let jump = body.instructions[last].opcode.jump,
        Int(body.instructions[last].a) == truth
      {
        let comparison = body.instructions.removeLast()
        body.ranges.removeLast()
        return [emit(jump, x: outcome ? 1 : 0, Int(comparison.b), Int(comparison.c), at: condition.range)]
      }
      return [emit(outcome ? .jumpIfTrue : .jumpIfFalse, truth, at: condition.range)]
    }
  }

  private func compileLogical(_ op: LogicalOperator, _ left: Expression, _ right: Expression) -> Operand {
    let first = compile(left)
    let before = flow
    let truth = asTruth(first)
    // Which register the result has is known only after the right side: a value register always does; cells are tried first.
    let jump = emit(op == .and ? .jumpIfFalse : .jumpIfTrue, truth)
    narrow(left, op == .and)
    let isUnreachable = !flow.isReachable
    let second = compile(right)
    flow = before
    let kept = op == .or ? first.type.without { $0 == .none } : first.type
    let type = isUnreachable ? kept : kept.joined(with: second.type)
    if first.type == second.type, first.type.isScalar, first.register.kind != .value, second.register.kind != .value {
      let result = newCell()
      emit(.moveCell, result, second.register.index)
      let end = emit(.jump)
      land(jump)
      emit(.moveCell, result, first.register.index)
      land(end)
      return cellOperand(result, first.type)
    }
    let result = newValue()
    box(second, into: result)
    let end = emit(.jump)
    land(jump)
    box(first, into: result)
    land(end)
    return valueOperand(result, type)
  }

  private func compileConditional(_ condition: Expression, _ then: Expression, _ otherwise: Expression) -> Operand {
    let jumps = branch(condition, jumpIf: false)
    let before = flow
    narrow(condition, true)
    let isFirstReachable = flow.isReachable
    let first = compile(then)
    // The move that puts the first value into the result's register is inserted when both types are known: until then a value
    // register is reserved for it, and a cell.
    let (cell, value) = (newCell(), newValue())
    let move = emit(.moveValue, value, value)
    let end = emit(.jump)
    land(jumps)
    flow = before
    narrow(condition, false)
    let isSecondReachable = flow.isReachable
    let second = compile(otherwise)
    flow = before
    if first.type == second.type, first.type.isScalar, first.register.kind != .value, second.register.kind != .value {
      body.instructions[move] = Instruction(opcode: .moveCell, a: UInt16(cell), b: UInt16(first.register.index))
      emit(.moveCell, cell, second.register.index)
      land(end)
      return cellOperand(cell, first.type)
    }
    let opcode: Opcode =
      switch first.register.kind {
      case .value: .moveValue
      case .integer: .boxInteger
      case .float: .boxFloat
      case .bool: .boxTruth
      }
    body.instructions[move] = Instruction(opcode: opcode, a: UInt16(value), b: UInt16(first.register.index))
    box(second, into: value)
    land(end)
    let type = !isSecondReachable ? first.type : !isFirstReachable ? second.type : first.type.joined(with: second.type)
    return valueOperand(value, type)
  }
}
