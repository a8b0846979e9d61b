import Diagnostics
import Syntax

extension FunctionCompiler {
  /// Compiles a comprehension into loops of this function; its variables have names of their own.
  func compileComprehension(_ comprehension: Comprehension) -> Operand {
    let before = flow
    let aliasCount = aliases.count
    let result = newValue()
    switch comprehension.result {
    case .dict, .set: emit(.makeDict, result, 0, 0)
    case .list, .generator: emit(.makeList, result, 0, 0)
    }
    if case .set = comprehension.result { emit(.makeSet, result, 0, 0) }
    var (element, key) = (ValueType.never, ValueType.never)
    clauses(comprehension.clauses[...], isOutermost: true) {
      switch comprehension.result {
      case .list(let value), .generator(let value):
        let operand = compile(value)
        element = operand.type
        emit(.append, x: nestingMark(operand.type), result, asValue(operand), at: value.range)
      case .set(let value):
        let operand = compile(value)
        element = operand.type
        emit(.insert, x: nestingMark(operand.type), result, asValue(operand), at: value.range)
      case .dict(let keyExpression, let value):
        let (k, v) = (compile(keyExpression), compile(value))
        (key, element) = (k.type, v.type)
        let (keyRegister, valueRegister) = (asValue(k), asValue(v))
        emit(.setEntry, x: nestingMark(k.type, v.type), result, keyRegister, valueRegister, at: keyExpression.range)
      }
    }
    aliases.removeLast(aliases.count - aliasCount)
    flow = before
    switch comprehension.result {
    case .list: return valueOperand(result, .list(element))
    case .set: return valueOperand(result, .set(element))
    case .dict: return valueOperand(result, .dict(key: key, value: element))
    case .generator:
      emit(.iteratorOf, result, result)
      return valueOperand(result, .iterator(element))
    }
  }

  /// `any` or `all` of a generator: its loops, left at the first element whose truth is `outcome`.
  func compileSearch(_ comprehension: Comprehension, _ value: Expression, for outcome: Bool) -> Operand {
    let before = flow
    let aliasCount = aliases.count
    let result = Register(kind: .bool, index: newCell())
    move(constant(.bool(!outcome)), to: result)
    var leaving: [Int] = []
    clauses(comprehension.clauses[...], isOutermost: true) {
      let goingOn = branch(value, jumpIf: !outcome)
      move(constant(.bool(outcome)), to: result)
      for _ in comprehension.clauses { emit(.endLoop) }
      leaving.append(emit(.jump))
      land(goingOn)
    }
    land(leaving)
    aliases.removeLast(aliases.count - aliasCount)
    flow = before
    return Operand(register: result, type: .bool)
  }

  private func clauses(_ clauses: ArraySlice<Comprehension.Clause>, isOutermost: Bool, _ body: () -> Void) {
    guard let clause = clauses.first else { return body() }
    let iterable = compile(clause.iterable)
    let element = elements(of: iterable.type, clause.iterable)
    emit(.startLoop, 0, asValue(iterable), at: clause.iterable.range)
    let top = self.body.instructions.count
    let next = newValue()
    let exit = emit(.nextElement, next, at: clause.iterable.range)
    declare(clause.target)
    bind(clause.target, valueOperand(next, element))
    var skips: [Int] = []
    for condition in clause.conditions {
      skips += branch(condition, jumpIf: false)
      narrow(condition, true)
    }
    self.clauses(clauses.dropFirst(), isOutermost: false, body)
    land(skips)
    emit(.jumpBack, 0, 0, top, at: clause.iterable.range)
    land(exit)
    emit(.endLoop)
  }

  /// Gives the names of a target unique ones of the comprehension, in registers of their own.
  private func declare(_ target: Expression) {
    switch target.kind {
    case .name(let name):
      unique += 1
      let key = "\(name)·\(unique)"
      aliases.append((name, key))
      locals[key] = newRegister(.value)
      loopVariables.insert(key)
      read.insert(key)
    case .tuple(let items), .list(let items): for item in items { declare(item) }
    case .starred(let item): declare(item)
    default: break
    }
  }

  /// Binds a comprehension's target; a name that is always one scalar gets a cell.
  private func bind(_ target: Expression, _ operand: Operand) {
    guard case .name(let name) = target.kind, operand.type.isScalar else { return store(operand, to: target) }
    let key = resolved(name)
    let register = newRegister(Register.kind(for: operand.type))
    locals[key] = register
    move(operand, to: register)
    flow.types[key] = operand.type
    flow.bound.insert(key)
    flow.maybeBound.insert(key)
  }
}
