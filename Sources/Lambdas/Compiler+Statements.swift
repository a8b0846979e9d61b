import Diagnostics
import Syntax

extension FunctionCompiler {
  func compile(_ block: Block) {
    for statement in block.statements { compile(statement) }
  }

  private func compile(_ statement: Statement) {
    guard flow.isReachable else { return }
    let mark = (nextCell, nextValue)
    place = statement.range
    guard body.instructions.count < Self.instructionLimit else {
      return report(.tooLarge("too many statements"), at: statement.range)
    }
    switch statement.kind {
    case .expression(let expression): if !compileAppend(expression) { _ = compile(expression) }
    case .assign(let targets, .expression(let value)):
      let start = body.instructions.count
      let operand = compile(value)
      freshFrom = targets.count == 1 ? start : nil
      for target in targets { store(operand, to: target) }
      freshFrom = nil
    case .augmentedAssign(let target, let op, let value): compileAugmented(target, op, value, at: statement.range)
    case .conditional(let branches, let otherwise): compileConditional(branches[...], otherwise)
    case .loop(let target, let iterable, let body): compileLoop(target, iterable, body)
    // The reader has told what cannot stand here.
    case .break where loops.isEmpty: break
    case .continue where loops.isEmpty: break
    case .break:
      loops[loops.count - 1].breaks.append(emit(.jump))
      loops[loops.count - 1].breakFlows.append(flow)
      flow.isReachable = false
    case .continue:
      loops[loops.count - 1].continues.append(emit(.jump))
      loops[loops.count - 1].continueFlows.append(flow)
      flow.isReachable = false
    case .pass: break
    case .return(let value):
      if let value { emitReturn(compile(value)) } else { emitReturn() }
      flow.isReachable = false
    case .raise(let expression): compileRaise(expression)
    default: break
    }
    (nextCell, nextValue) = mark
  }

  /// Returns None, as a function does at its end.
  func emitReturn() {
    if flow.isReachable { returned = returned.joined(with: .none) }
    emit(.returnNone)
  }

  func emitReturn(_ operand: Operand) {
    if flow.isReachable { returned = returned.joined(with: operand.type) }
    switch operand.register.kind {
    case .value: emit(.returnValue, operand.register.index)
    case .integer: emit(.returnInteger, operand.register.index)
    case .float: emit(.returnFloat, operand.register.index)
    case .bool: emit(.returnTruth, operand.register.index)
    }
  }

  private func compileRaise(_ expression: Expression) {
    defer { flow.isReachable = false }
    guard case .call(let callee, let arguments) = expression.kind, case .name(let kind) = callee.kind,
      kind == "ValueError" || kind == "RuntimeError", arguments.count <= 1
    else { return report(.unsupportedRaise, at: expression.range) }
    let text = arguments.first.map { compile($0.value) } ?? constant(.string(""))
    emit(.raise, x: kind == "ValueError" ? 0 : 1, asValue(text), at: expression.range)
  }

  // MARK: Assignment

  /// Stores a value in a target: a name, a tuple of targets, an index, an attribute.
  func store(_ operand: Operand, to target: Expression) {
    switch target.kind {
    case .name(let name): assign(operand, to: name, at: target.range)
    case .tuple(let items), .list(let items): unpack(operand, items, at: target.range)
    case .subscripted(let base, let index): storeIndex(operand, base, index, target)
    case .attribute(let base, let name):
      if role == .hook, case .name("self") = base.kind, locals["self"] == nil {
        guard state.contains(where: { $0.name == name.text }) else {
          let isParameter = scope.lookup(name.text) != nil
          let complaint: Complaint =
            isParameter
            ? .readOnly(name.text, what: "a parameter of the callback") : .unknownName(name.text, known: state.map(\.name))
          return report(complaint, at: name.range)
        }
        return assign(operand, to: name.text, at: target.range)
      }
      let object = compile(base)
      if case .record(let record) = object.type { return storeKey(operand, object, record, name.text, base, at: name.range) }
      switch withoutNone(object, base) {
      case .object(let type):
        if let attribute = type.attributes[name.text] {
          if let obstacle = attribute.obstacle {
            report(.uselessToSet(reason: obstacle.reason, hint: obstacle.hint), at: name.range)
          } else if !attribute.isSettable {
            report(.notSettable(name.text, of: object.type), at: name.range)
          }
          if !operand.type.mayBe(attribute.type) {
            report(.wrongArgument(name.text, of: type.name, found: operand.type, wanted: attribute.type), at: target.range)
          }
        } else {
          report(.unknownAttribute(name.text, of: object.type), at: name.range)
        }
        effects.setAttributes.insert(name.text)
      case .any: effects.setAttributes.insert(name.text)
      default: report(.notSettable(name.text, of: object.type), at: name.range)
      }
      emit(.setAttribute, asValue(object), asValue(operand), nameIndex(name.text), at: target.range)
    default: break  // The reader has told what is no target.
    }
  }

  private func assign(_ operand: Operand, to name: String, at range: SourceRange) {
    let key = resolved(name)
    var operand = operand
    if sharedNames.contains(key) {
      guard isShared(operand.type, as: name, at: range) else { return }
    } else {
      operand.type = operand.type.ofACopy
    }
    if let register = locals[key] {
      if firstAssignment[key] == nil { firstAssignment[key] = range }
      // An array-typed or unknown value may also be None and the like: the register takes anything.
      assigned[key] = (assigned[key] ?? .never).joined(with: operand.type)
      if register.kind != .value, Register.kind(for: operand.type) != register.kind {
        // The silent pass saw a scalar here and this one does not: the code is unreachable or has a finding.
        flow.types[key] = operand.type
        return
      }
      settle(operand, in: register)
      setType(ofLocal: key, operand.type)
      flow.bound.insert(key)
      flow.maybeBound.insert(key)
      if let flag = boundFlags[key] { emit(.moveCell, flag, constant(.bool(true)).register.index) }
      return
    }
    if role == .hook, let slot = state.firstIndex(where: { $0.name == name }) {
      setType(ofState: slot, operand.type)
      if let cell = stateCells[name] { settle(operand, in: cell) } else { emit(.storeState, asValue(operand), slot) }
      return
    }
    let hint = "bind a state under a name of its own in the callback's body, and set that."
    report(.readOnly(name, what: "an outer name", hint: hint), at: range)
  }

  /// Moves an operand to where it stays; what is fresh is made there.
  private func settle(_ operand: Operand, in register: Register) {
    if let start = freshFrom { moveLast(operand, to: register, since: start) } else { move(operand, to: register) }
  }

  func setType(ofLocal name: String, _ type: ValueType) {
    flow.forget(name)
    flow.types[name] = type
    assigned[name] = (assigned[name] ?? .never).joined(with: type)
  }

  func setType(ofState slot: Int, _ type: ValueType) {
    let name = state[slot].name
    effects.changedState.insert(name)
    stateAssigned[name] = (stateAssigned[name] ?? .never).joined(with: type)
    flow.forget(name)
    flow.narrowed[name] = type
  }

  private func unpack(_ operand: Operand, _ targets: [Expression], at range: SourceRange) {
    let starred = targets.firstIndex { if case .starred = $0.kind { true } else { false } }
    let before = starred ?? targets.count
    let after = starred == nil ? 0 : targets.count - before - 1
    guard before < 256, after < 256 else { return report(.tooLarge("too many targets"), at: range) }
    var types: [ValueType]
    if case .tuple(let items) = operand.type, starred == nil {
      if items.count != targets.count {
        report(
          .alwaysFails(
            items.count < targets.count
              ? "not enough values to unpack (expected \(targets.count), got \(items.count))"
              : "too many values to unpack (expected \(targets.count))"), at: range)
        types = targets.map { _ in .any }
      } else {
        types = items
      }
    } else {
      let element = operand.type.isScalar || operand.type == .none ? nil : operand.type.possibleElementType
      if element == nil {
        report(
          operand.type.members.contains(.none) && operand.type != .none ? .possiblyNone(nil) : .notIterable(operand.type),
          at: range)
      }
      types = targets.indices.map { $0 == starred ? .list(element ?? .any) : element ?? .any }
    }
    let first = newValue(targets.count)
    emit(.unpack, x: UInt8(before), first, asValue(operand), starred == nil ? after : 256 + after, at: range)
    for (offset, target) in targets.enumerated() {
      let inner: Expression = if case .starred(let inner) = target.kind { inner } else { target }
      store(valueOperand(first + offset, types[offset]), to: inner)
    }
  }

  /// `base[index] = value`; `logs["name"] = number` where the record takes new keys.
  private func storeIndex(_ operand: Operand, _ base: Expression, _ index: Expression, _ target: Expression) {
    let container = unloaded(base, root(of: base)) ?? compile(base)
    if case .record(let record) = container.type {
      if let key = index.literalText { return storeKey(operand, container, record, key, base, at: index.range) }
      if record.sharing != .own { return storeKey(operand, record, compile(index), base, at: index.range) }
    }
    let position = compile(index)
    var type = withoutNone(container, base)
    switch type {
    case .list(let element):
      let put = position.type == .slice ? operand.type.possibleElementType ?? .any : operand.type
      type = .list(element.joined(with: put))
    case .dict(let key, let value): type = .dict(key: key.joined(with: position.type), value: value.joined(with: operand.type))
    case .array, .any, .union, .object: break
    default:
      report(.alwaysFails("'\(type.className ?? type.description)' object does not support item assignment"), at: target.range)
    }
    let mark = nestingMark(operand.type)
    let valueRegister = asValue(operand)
    switch root(of: base) {
    case .local(let name, let register)? where register.kind == .value:
      if position.register.kind == .integer {
        emit(.setElement, x: mark, register.index, position.register.index, valueRegister, at: target.range)
      } else {
        emit(.setIndex, x: mark, register.index, asValue(position), valueRegister, at: target.range)
      }
      setType(ofLocal: name, type)
    case .state(let slot)?:
      emit(.setStateIndex, x: mark, slot, asValue(position), valueRegister, at: target.range)
      setType(ofState: slot, type)
    case .part?:
      let part = newValue()
      box(container, into: part)
      emit(.setIndex, x: mark, part, asValue(position), valueRegister, at: target.range)
      store(valueOperand(part, type), to: base)
    case .outer(let name)?: report(.changesShared(name, isHeldByState: role != .definition), at: target.range)
    default: report(.unsupportedTarget, at: target.range)
    }
  }

  /// The method that an assignment such as `xs += ys` stands for, which takes more than the operator does: any iterable, any pairs.
  private static func methodInPlace(_ op: BinaryOperator, _ type: ValueType) -> String? {
    switch (op, type) {
    case (.add, .list): "extend"
    case (.or, .dict), (.or, .record): "update"
    default: nil
    }
  }

  private func compileAugmented(_ target: Expression, _ op: BinaryOperator, _ value: Expression, at range: SourceRange) {
    let old = compile(target)
    if let method = Self.methodInPlace(op, old.type), root(of: target) != nil {
      let call = Expression(
        .call(callee: Expression(.attribute(target, Name(method, range)), range), arguments: [Argument(.positional, value)]),
        range)
      _ = compile(call)
      return
    }
    let operand = compile(value)
    let start = body.instructions.count
    var result = compileBinary(op, old, operand, at: range, target, value)
    if op != .matrixMultiply, old.type.mayChangeInPlace, let last = body.instructions.indices.last, last >= start,
      body.instructions[last].opcode == .binary
    {
      body.instructions[last].opcode = .augment
      if case .array = old.type { result.type = old.type }
    }
    freshFrom = start
    store(result, to: target)
    freshFrom = nil
  }

  // MARK: Branches and loops

  private func compileConditional(_ branches: ArraySlice<Statement.Branch>, _ otherwise: Block?) {
    guard let first = branches.first else {
      if let otherwise { compile(otherwise) }
      return
    }
    let mark = (nextCell, nextValue)
    let jumps = branch(first.condition, jumpIf: false)
    (nextCell, nextValue) = mark
    let before = flow
    narrow(first.condition, true)
    compile(first.body)
    let afterBody = flow
    let rest = branches.dropFirst()
    flow = before
    narrow(first.condition, false)
    if rest.isEmpty, otherwise == nil {
      land(jumps)
    } else {
      let end = emit(.jump)
      land(jumps)
      compileConditional(rest, otherwise)
      land(end)
    }
    flow = afterBody.joined(with: flow)
  }

  /// What is undone to compile a loop's body again.
  private struct Mark {
    var body: CodeBody
    var flow: Flow
    var nextCell: Int
    var nextValue: Int
  }

  private func compileLoop(_ target: Expression, _ iterable: Expression, _ block: Block) {
    // A loop's variables need their registers while its body takes temporary ones.
    let range = integerRange(iterable)
    let counter = range == nil ? 0 : newCell(4)
    let element: ValueType
    if let range {
      let first = newCell(3)
      for (offset, bound) in range.enumerated() {
        let operand = bound.map { compile($0) } ?? constant(.integer(offset == 2 ? 1 : 0))
        // Whole numbers for certain, unless the function has grown too large, which is told.
        guard operand.type == .integer else { return }
        emit(.moveCell, first + offset, asInteger(operand))
      }
      emit(.startRange, counter, first, at: iterable.range)
      element = .integer
    } else {
      let operand = compile(iterable)
      element = elements(of: operand.type, iterable)
      emit(.startLoop, 0, asValue(operand), at: iterable.range)
    }
    if loops.count > 5 {
      for name in locals.keys where assigned[name] != nil {
        flow.types[name] = locals[name]?.kind == .value ? .any : flow.types[name]
      }
    }
    let start = Mark(body: body, flow: flow, nextCell: nextCell, nextValue: nextValue)
    var head = flow
    compilation.muted += 1
    for _ in 0..<8 {
      flow = head
      let end = compileLoopBody(target, block, counter, element, range != nil).head
      let joined = head.joined(with: end)
      (body, nextCell, nextValue, lastLanding) = (restored(start), start.nextCell, start.nextValue, start.body.instructions.count)
      if joined.isSettled(against: head) { break }
      head = joined
    }
    compilation.muted -= 1
    flow = head
    let exits = compileLoopBody(target, block, counter, element, range != nil)
    flow = exits.breakFlows.reduce(head.joined(with: exits.head)) { $0.joined(with: $1) }
    if range == nil { emit(.endLoop, at: iterable.range) }
  }

  /// The code before a loop's body, with the registers that the body turned out to need.
  private func restored(_ mark: Mark) -> CodeBody {
    var restored = mark.body
    restored.cellCount = max(restored.cellCount, body.cellCount)
    restored.valueCount = max(restored.valueCount, body.valueCount)
    return restored
  }

  /// The arguments of `range(…)` as start, stop and step; nil where the iterable is not such a call.
  private func integerRange(_ iterable: Expression) -> [Expression?]? {
    guard case .call(let callee, let arguments) = iterable.kind, case .name("range") = callee.kind, dottedName(callee) != nil,
      scope.lookup("range") == nil, (1...3).contains(arguments.count),
      arguments.allSatisfy({ if case .positional = $0.kind { true } else { false } })
    else { return nil }
    let values = arguments.map(\.value)
    // Only where the bounds are whole numbers for certain; anything else goes the general way.
    compilation.muted += 1
    let saved = (body, flow, nextCell, nextValue, effects, needsFlag)
    let types = values.map { compile($0).type }
    (body, flow, nextCell, nextValue, effects, needsFlag) = saved
    compilation.muted -= 1
    guard types.allSatisfy({ $0 == .integer }) else { return nil }
    return values.count == 1 ? [nil, values[0], nil] : [values[0], values[1], values.count > 2 ? values[2] : nil]
  }

  /// One round: takes the next element or leaves, the body, and back. Gives what is known at its end, and at its breaks.
  private func compileLoopBody(
    _ target: Expression, _ block: Block, _ counter: Int, _ element: ValueType, _ isRange: Bool
  ) -> (head: Flow, breakFlows: [Flow]) {
    let top = body.instructions.count
    loops.append(Loop())
    let exit: Int
    var variable = counter + 3
    let mark = (nextCell, nextValue)
    if isRange {
      // A plain name is counted in its own register.
      if case .name(let name) = target.kind, let register = locals[resolved(name)], register.kind == .integer {
        variable = register.index
      }
      exit = emit(.nextInteger, counter, variable, at: target.range)
      store(cellOperand(variable, .integer), to: target)
    } else {
      let next = newValue()
      exit = emit(.nextElement, next, at: target.range)
      freshFrom = exit
      store(valueOperand(next, element), to: target)
      freshFrom = nil
    }
    (nextCell, nextValue) = mark
    for name in Self.names(in: target) {
      loopVariables.insert(name)
      read.insert(name)
    }
    compile(block)
    let loop = loops.removeLast()
    land(loop.continues)
    if isRange {
      emit(.repeatInteger, counter, variable, top + 1, at: target.range)
    } else {
      emit(.jumpBack, 0, 0, top, at: target.range)
    }
    land([exit] + loop.breaks)
    let end = loop.continueFlows.reduce(flow) { $0.joined(with: $1) }
    return (end, loop.breakFlows)
  }

  /// The names that a target binds.
  static func names(in target: Expression) -> [String] {
    switch target.kind {
    case .name(let name): [name]
    case .tuple(let items), .list(let items): items.flatMap(names)
    case .starred(let item): names(in: item)
    default: []
    }
  }

  /// The names that the statements of a block bind, in order.
  static func boundNames(_ block: Block) -> [String] {
    block.statements.flatMap { statement -> [String] in
      switch statement.kind {
      case .assign(let targets, _): targets.flatMap(names)
      case .augmentedAssign(let target, _, _): names(in: target)
      case .conditional(let branches, let otherwise): branches.flatMap { boundNames($0.body) } + (otherwise.map(boundNames) ?? [])
      case .loop(let target, _, let body): names(in: target) + boundNames(body)
      default: []
      }
    }
  }
}

extension Block {
  /// The names that its statements bind, as those of a function's body, in order.
  package var boundNames: [String] { FunctionCompiler.boundNames(self) }
}
