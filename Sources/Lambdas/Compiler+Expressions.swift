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
      return constant(value)
    case .captured(let type)?:
      effects.names.insert(name)
      return narrowed(capture(name, type), name)
    case .definition(let definition)?:
      effects.names.insert(name)
      return compileDefinitionValue(definition, at: range)
    case nil: break
    }
    if let value = Builtins.find(name) { return constant(value) }
    report(.unknownName(name, known: knownNames()), at: range)
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

  /// A state variable loaded into a register; nil where the name is none.
  private func compileState(_ name: String) -> Operand? {
    guard role == .hook, let slot = state.firstIndex(where: { $0.name == name }) else { return nil }
    effects.readState.insert(name)
    let declared = state[slot].type
    let register = newRegister(Register.kind(for: declared))
    switch register.kind {
    case .integer: emit(.loadStateInteger, register.index, slot)
    case .float: emit(.loadStateFloat, register.index, slot)
    case .bool: emit(.loadStateTruth, register.index, slot)
    case .value: emit(.loadState, register.index, slot)
    }
    return Operand(register: register, type: register.kind == .value ? flow.narrowed[name] ?? declared : declared)
  }

  /// The type that a name has here for a function made inside this one; nil where it is no variable of this function.
  func visibleType(_ name: String) -> ValueType? {
    let key = resolved(name)
    if locals[key] != nil { return flow.types[key] ?? .any }
    if role == .hook, let variable = state.first(where: { $0.name == name }) { return flow.narrowed[name] ?? variable.type }
    if let operand = captureRegisters[key] { return operand.type }
    if let type = parent?.visibleType(name) { return type }
    if case .captured(let type)? = scope.lookup(name) { return type }
    return nil
  }

  /// The register that holds a captured value, taken when the function is made.
  func capture(_ name: String, _ type: ValueType, _ expression: Expression? = nil) -> Operand {
    if let operand = captureRegisters[name] { return operand }
    let register = newRegister(Register.kind(for: type))
    captures.append(.init(name: name, type: type, expression: expression))
    let operand = Operand(register: register, type: type)
    captureRegisters[name] = operand
    return operand
  }

  // MARK: Displays and texts

  private func compileDisplay(_ items: [Expression], _ opcode: Opcode) -> Operand {
    let hasSpread = items.contains { if case .starred = $0.kind { true } else { false } }
    var types: [ValueType] = []
    let result = newValue()
    if !hasSpread, items.count < 200 {
      let first = newValue(items.count)
      for (offset, item) in items.enumerated() {
        let operand = compile(item)
        box(operand, into: first + offset)
        types.append(operand.type)
      }
      emit(opcode, x: types.contains(where: \.mayNestDeeply) ? 3 : 2, result, first, items.count)
      let element = ValueType.oneOf(types)
      return valueOperand(result, opcode == .makeTuple ? .tuple(types) : opcode == .makeSet ? .set(element) : .list(element))
    }
    let list = newValue()
    emit(.makeList, list, 0, 0)
    var element = ValueType.never
    for item in items {
      let mark = (nextCell, nextValue, captures.count)
      if case .starred(let inner) = item.kind {
        let operand = compile(inner)
        element = element.joined(with: elements(of: operand.type, inner))
        emit(.extend, list, asValue(operand))
      } else {
        let operand = compile(item)
        element = element.joined(with: operand.type)
        emit(.append, x: nestingMark(operand.type), list, asValue(operand))
      }
      if captures.count == mark.2 { (nextCell, nextValue) = (mark.0, mark.1) }
    }
    switch opcode {
    case .makeTuple:
      emit(.asTuple, result, list)
      return valueOperand(result, .tupleOf(element))
    case .makeSet:
      guard let builtin = Builtins.function("set") else { return unknown() }
      emitBuiltin(builtin, result, list, [0], giving: .set(element))
      return valueOperand(result, .set(element))
    default: return valueOperand(list, .list(element))
    }
  }

  /// What going through a value of that type gives, with a finding where that cannot be done.
  func elements(of type: ValueType, _ expression: Expression) -> ValueType {
    if let element = type.elementType { return element }
    if type.members.contains(.none), let element = type.without({ $0 == .none }).elementType {
      report(.possiblyNone(expression.spelling), at: expression.range)
      return element
    }
    if case .union(let members) = type {
      let found = members.compactMap(\.elementType)
      if !found.isEmpty { return .oneOf(found) }
    }
    report(.notIterable(type), at: expression.range)
    return .any
  }

  private func compileDict(_ entries: [DictEntry]) -> Operand {
    let result = newValue()
    emit(.makeDict, result, 0, 0)
    var (keyType, valueType) = (ValueType.never, ValueType.never)
    for entry in entries {
      switch entry {
      case .pair(let key, let value):
        let (k, v) = (compile(key), compile(value))
        keyType = keyType.joined(with: k.type)
        valueType = valueType.joined(with: v.type)
        let (keyRegister, valueRegister) = (asValue(k), asValue(v))
        emit(.setEntry, x: nestingMark(k.type, v.type), result, keyRegister, valueRegister)
      case .spread(let value):
        let operand = compile(value)
        switch operand.type {
        case .dict(let k, let v):
          keyType = keyType.joined(with: k)
          valueType = valueType.joined(with: v)
        case .record(let record):
          keyType = keyType.joined(with: .string)
          valueType = valueType.joined(with: record.anyField)
        default: (keyType, valueType) = (.any, .any)
        }
        emit(.mergeEntries, result, asValue(operand))
      }
    }
    return valueOperand(result, .dict(key: keyType, value: valueType))
  }

  private func compileFormatted(_ parts: [FormattedPart]) -> Operand {
    let result = newValue()
    let first = newValue(max(parts.count, 1) * 2)
    var count = 0
    for part in parts {
      switch part {
      case .text(let text):
        box(constant(.string(text)), into: first + count)
        count += 1
      case .field(let field):
        if let text = field.selfDocumenting {
          box(constant(.string(text)), into: first + count)
          count += 1
        }
        let operand = compile(field.value)
        checkFormat(field, operand.type)
        if emitTypedFormat(field, operand, into: first + count) {
          count += 1
          continue
        }
        let value = asValue(operand)
        let format = field.format.isEmpty ? constant(.string("")) : compileFormatted(field.format)
        var conversion: UInt8 =
          switch field.conversion {
          case nil: 0
          case .string: 1
          case .representation: 2
          case .ascii: 3
          }
        if field.selfDocumenting != nil, field.conversion == nil, field.format.isEmpty { conversion = 2 }
        emit(.format, x: conversion, first + count, value, asValue(format), at: field.value.range)
        count += 1
      }
    }
    emit(.join, result, first, count)
    return valueOperand(result, .string)
  }

  /// A finding where a value of this type cannot be written in the format of its field.
  private func checkFormat(_ field: FormattedField, _ type: ValueType) {
    guard field.conversion == nil, field.format.count == 1, case .text(let format)? = field.format.first else { return }
    var failure: String?
    var isPossible = false
    for member in type.members {
      let sample: Value
      switch member {
      case .bool: sample = .bool(true)
      case .integer: sample = .integer(1)
      case .float: sample = .float(0.5)
      case .string: sample = .string("a")
      default: return
      }
      do throws(MachineError) {
        _ = try Operations.format(sample, format)
        isPossible = true
      } catch {
        failure = failure ?? error.message
      }
    }
    guard let failure else { return }
    report(isPossible ? .sometimesFails(failure) : .alwaysFails(failure), at: field.value.range)
  }

  /// Formats an int, float or text whose format is known now; false where the general way is to be gone.
  private func emitTypedFormat(_ field: FormattedField, _ operand: Operand, into result: Int) -> Bool {
    guard field.conversion == nil, field.selfDocumenting == nil || !field.format.isEmpty, field.format.count <= 1 else {
      return false
    }
    var text = ""
    if let part = field.format.first { if case .text(let written) = part { text = written } else { return false } }
    let opcode: Opcode
    switch (operand.register.kind, operand.type) {
    case (.integer, .integer): opcode = .formatInteger
    case (.float, .float): opcode = .formatFloat
    case (.value, .string): opcode = .formatText
    default: return false
    }
    // A format that is none fails when it is used.
    guard let format = try? FormatSpecification(text, for: operand.type.description) else { return false }
    body.formats.append(format)
    emit(opcode, result, operand.register.index, body.formats.count - 1, at: field.value.range)
    return true
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
    let first = compile(then)
    // The move that puts the first value into the result's register is inserted when both types are known: until then a value
    // register is reserved for it, and a cell.
    let (cell, value) = (newCell(), newValue())
    let move = emit(.moveValue, value, value)
    let end = emit(.jump)
    land(jumps)
    flow = before
    narrow(condition, false)
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
    return valueOperand(value, first.type.joined(with: second.type))
  }

  // MARK: Attributes and indices

  /// The dotted name of a chain of attributes whose first name the script has not bound: `np.random.normal`.
  func dottedName(_ expression: Expression) -> String? {
    switch expression.kind {
    case .name(let name):
      let key = resolved(name)
      let isBound =
        locals[key] != nil || captureRegisters[key] != nil || role == .hook && state.contains { $0.name == name }
        || parent?.visibleType(name) != nil || scope.lookup(name) != nil
      return isBound ? nil : name
    case .attribute(let base, let name): return dottedName(base).map { "\($0).\(name.text)" }
    default: return nil
    }
  }

  private func compileAttribute(_ base: Expression, _ name: Name, _ expression: Expression) -> Operand {
    if role == .hook, case .name("self") = base.kind, locals["self"] == nil { return compileName(name.text, at: name.range) }
    if let dotted = dottedName(expression) {
      switch scope.lookup(dotted) {
      case .constant(let value)?: return constant(value)
      case .captured(let type)?: return capture(dotted, type)
      case .definition(let definition)?: return compileDefinitionValue(definition, at: expression.range)
      case nil: break
      }
      if let value = Builtins.find(dotted) { return constant(value) }
      if let prefix = dottedName(base), Builtins.names.contains(where: { $0.hasPrefix(prefix + ".") }) {
        let known = Builtins.names.filter { $0.hasPrefix(prefix + ".") }.map { String($0.dropFirst(prefix.count + 1)) }
        report(.unknownName(name.text, known: known), at: name.range)
        return unknown()
      }
    }
    let operand = compile(base)
    if case .record(let record) = operand.type, Methods.method(name.text, of: .dict) == nil || record.fields[name.text] != nil {
      return compileRecordField(operand, record, name.text, base, at: name.range)
    }
    return compileAttribute(of: operand, base, name, path(of: expression))
  }

  func compileAttribute(of operand: Operand, _ base: Expression, _ name: Name, _ path: String? = nil) -> Operand {
    let receiver = withoutNone(operand, base)
    guard let type = Typing.attribute(receiver, name.text) else {
      report(.unknownAttribute(name.text, of: receiver), at: name.range)
      return unknown()
    }
    let result = newValue()
    emit(.attribute, result, asValue(operand), nameIndex(name.text), at: name.range)
    return valueOperand(result, path.flatMap { flow.narrowed[$0] } ?? type)
  }

  /// The operand's type where it is not None, with a finding where it may be.
  func withoutNone(_ operand: Operand, _ expression: Expression) -> ValueType {
    guard case .union(let members) = operand.type, members.contains(.none) else { return operand.type }
    report(.possiblyNone(expression.spelling), at: expression.range)
    return operand.type.without { $0 == .none }
  }

  private func compileRecordField(
    _ operand: Operand, _ record: RecordType, _ key: String, _ base: Expression, at range: SourceRange
  ) -> Operand {
    effects.readKeys[record.title, default: []].insert(key)
    let path = path(of: base).map { "\($0).\(key)" }
    guard let field = record.fields[key] else {
      report(.unknownKey(key, of: record), at: range)
      return unknown()
    }
    if !field.isAlwaysPresent, path.map({ !flow.present.contains($0) }) ?? true {
      report(.unguardedKey(key, of: record, spelling: base.spelling ?? record.title), at: range)
    }
    let type = path.flatMap { flow.narrowed[$0] } ?? field.type
    body.keys.append(RecordKey(name: key, hint: record.names.firstIndex(of: key) ?? 0))
    let receiver = asValue(operand)
    if type == .float {
      let result = newCell()
      emit(.recordFloat, result, receiver, body.keys.count - 1, at: range)
      return cellOperand(result, .float)
    }
    let result = newValue()
    emit(.recordField, result, receiver, body.keys.count - 1, at: range)
    return valueOperand(result, type)
  }

  private func compileIndex(_ base: Expression, _ index: Expression, _ expression: Expression) -> Operand {
    let container = compile(base)
    if case .record(let record) = container.type, let key = index.literalText {
      return compileRecordField(container, record, key, base, at: index.range)
    }
    let subscripted = compile(index)
    let receiver = withoutNone(container, base)
    var outcome = Typing.index(receiver, subscripted.type)
    if case .tuple(let items) = receiver, let position = Self.literalInteger(index) {
      let resolved = position < 0 ? position + items.count : position
      outcome = items.indices.contains(resolved) ? .init(items[resolved]) : .init(.any, .always("tuple index out of range"))
    }
    judge(outcome, at: expression.range, named: base)
    if subscripted.register.kind == .integer {
      let (receiver, position) = (asValue(container), subscripted.register.index)
      if outcome.type == .float || outcome.type == .integer, container.type.isSequence {
        let result = newCell()
        emit(outcome.type == .float ? .elementFloat : .elementInteger, result, receiver, position)
        return cellOperand(result, outcome.type)
      }
      let result = newValue()
      emit(.element, result, receiver, position)
      return valueOperand(result, path(of: expression).flatMap { flow.narrowed[$0] } ?? outcome.type)
    }
    let result = newValue()
    emit(.index, result, asValue(container), asValue(subscripted))
    return valueOperand(result, path(of: expression).flatMap { flow.narrowed[$0] } ?? outcome.type)
  }

  static func literalInteger(_ expression: Expression) -> Int? {
    switch expression.kind {
    case .integer(let number, _): number
    case .unary(.minus, let operand): literalInteger(operand).map { 0 &- $0 }
    default: nil
    }
  }
}
