import Syntax

/// What is known at one point of a function.
struct Flow {
  /// The types of locals, parameters among them.
  var types: [String: ValueType] = [:]
  /// Locals that have a value on every path here, and on some path.
  var bound: Set<String> = []
  var maybeBound: Set<String> = []
  /// What tests have told of outer names, state and keys, by `Path`.
  var narrowed: [String: ValueType] = [:]
  /// Keys of records that tests have found present.
  var present: Set<String> = []
  /// The paths whose values were forgotten, since the code stands where they are others: it says nothing of them elsewhere.
  var openedUp: Set<String> = []
  var isReachable = true

  /// What is known where two paths meet.
  func joined(with other: Flow) -> Flow {
    if !isReachable { return other }
    if !other.isReachable { return self }
    var result = self
    for (name, type) in other.types { result.types[name] = types[name].map { joined($0, type, of: name, other) } ?? type }
    result.bound.formIntersection(other.bound)
    result.maybeBound.formUnion(other.maybeBound)
    result.narrowed = [:]
    for (path, type) in narrowed {
      if let theirs = other.narrowed[path] { result.narrowed[path] = joined(type, theirs, of: path, other) }
    }
    result.present.formIntersection(other.present)
    result.openedUp.formIntersection(other.openedUp)
    return result
  }

  private func joined(_ mine: ValueType, _ theirs: ValueType, of path: String, _ other: Flow) -> ValueType {
    if openedUp.contains(path) == other.openedUp.contains(path) { return mine.joined(with: theirs) }
    return openedUp.contains(path) ? theirs : mine
  }

  /// Whether nothing is known here that is not also known there: a loop's types have settled.
  func isSettled(against other: Flow) -> Bool {
    types == other.types && bound == other.bound && narrowed == other.narrowed && present == other.present
  }

  /// Forgets what tests told of a name that is assigned or changed.
  mutating func forget(_ name: String) {
    for path in narrowed.keys where path == name || path.hasPrefix(name + ".") { narrowed[path] = nil }
    present = present.filter { !$0.hasPrefix(name + ".") }
    openedUp.remove(name)
  }
}

extension FunctionCompiler {
  /// A short name for an expression that tests can tell something about: a name, `self.x`, `logs["k"]`, `logs.get("k")`.
  func path(of expression: Expression) -> String? {
    switch expression.kind {
    case .name(let name): return resolved(name)
    case .attribute(let base, let name):
      if role == .hook, case .name("self") = base.kind { return name.text }
      return path(of: base).map { "\($0).\(name.text)" }
    case .subscripted(let base, let index): return index.literalText.flatMap { key in path(of: base).map { "\($0).\(key)" } }
    case .call(let callee, let arguments):
      guard case .attribute(let base, let method) = callee.kind, method.text == "get",
        let key = arguments.first?.value.literalText,
        arguments.count == 1 || arguments.count == 2
      else { return nil }
      return path(of: base).map { "\($0).\(key)" }
    default: return nil
    }
  }

  /// What is known after a test came out as `outcome`.
  func narrow(_ condition: Expression, _ outcome: Bool) {
    switch condition.kind {
    case .unary(.not, let operand): narrow(operand, !outcome)
    case .logical(let op, let left, let right):
      if (op == .and) == outcome {
        narrow(left, outcome)
        narrow(right, outcome)
      } else {
        let before = flow
        narrow(left, outcome)
        let first = flow
        flow = before
        narrow(left, !outcome)
        narrow(right, outcome)
        flow = first.joined(with: flow)
      }
    case .comparison(let left, let links):
      guard links.count == 1, let link = links.first else { return }
      switch link.operator {
      case .isSame, .isNotSame, .equal, .notEqual:
        guard case .none = link.operand.kind else { return }
        let isNone = (link.operator == .isSame || link.operator == .equal) == outcome
        restrict(left) { isNone ? $0 != .none : $0 == .none }
        if !isNone { markPresent(left) } else if case .record? = knownType(left) { flow.isReachable = false }
      case .isIn, .isNotIn:
        guard let key = left.literalText, (link.operator == .isIn) == outcome, let base = path(of: link.operand) else { return }
        if case .record(let record)? = knownType(link.operand), record.fields[key] == nil, !record.hasOtherKeys {
          flow.isReachable = false
        }
        flow.present.insert("\(base).\(key)")
      default: break
      }
    case .call(let callee, let arguments):
      if case .name("isinstance") = callee.kind, arguments.count == 2, let wanted = Self.classes(arguments[1].value) {
        restrict(arguments[0].value) { type in wanted.contains { Self.isMember(type, of: $0) } != outcome }
        return
      }
      if outcome {
        restrict(condition) { $0 == .none }
        markPresent(condition)
      }
    case .name, .attribute, .subscripted:
      if outcome {
        restrict(condition) { $0 == .none }
        if let value = constantValue(of: condition), (try? Operations.truth(value)) == false { openUp(condition) }
      } else if case .record(let record)? = knownType(condition), record.fields.values.contains(where: \.isAlwaysPresent) {
        flow.isReachable = false
      }
    default: break
    }
  }

  private static func classes(_ expression: Expression) -> [String]? {
    switch expression.kind {
    case .name(let name): [name]
    case .tuple(let items): items.reduce([]) { names, item in names.flatMap { names in classes(item).map { names + $0 } } }
    default: nil
    }
  }

  private static func isMember(_ type: ValueType, of name: String) -> Bool {
    type.className == name || name == "int" && type == .bool
  }

  /// A key asked for by `get` and found not None is there.
  private func markPresent(_ expression: Expression) {
    guard case .call = expression.kind, let path = path(of: expression) else { return }
    flow.present.insert(path)
  }

  /// Takes members out of what is known of an expression.
  private func restrict(_ expression: Expression, _ isExcluded: (ValueType) -> Bool) {
    guard let path = path(of: expression) else { return }
    if let type = flow.types[path] {
      let rest = type.without(isExcluded)
      if rest != .never { flow.types[path] = rest } else if type == .none { openUp(expression) }
    } else if let type = flow.narrowed[path] ?? declaredType(expression) {
      let rest = type.without(isExcluded)
      if rest != .never, rest != .any {
        flow.narrowed[path] = rest
      } else if rest == .never, type == .none || constantValue(of: expression) != nil {
        openUp(expression)
      }
    }
  }

  /// Forgets what a value is on a path that is taken only where it is another: with `by=None`, what stands behind `if by is not None`
  /// is written for the calls that give one.
  private func openUp(_ expression: Expression) {
    guard let path = path(of: expression) else { return }
    if flow.types[path] != nil { flow.types[path] = .any } else { flow.narrowed[path] = .any }
    flow.openedUp.insert(path)
  }

  /// What tests have told of an outer name here or in the functions around.
  func narrowedType(of name: String) -> ValueType? { flow.narrowed[name] ?? parent?.narrowedType(of: name) }

  /// The value of an outer name that is known when the function is compiled.
  private func constantValue(of expression: Expression) -> Value? {
    let name: String
    switch expression.kind {
    case .name(let text): name = text
    case .attribute(let base, let text):
      guard role == .hook, case .name("self") = base.kind else { return nil }
      name = text.text
    default: return nil
    }
    let isState = role == .hook && state.contains { $0.name == name }
    if locals[resolved(name)] == nil, !isState, parent?.canSee(name) != true, case .constant(let value)? = scope.lookup(name) {
      return value
    }
    return nil
  }

  /// The type of a state variable, an outer name, or a key of a record, without what tests told.
  private func declaredType(_ expression: Expression) -> ValueType? {
    switch expression.kind {
    case .name(let name): return outerType(name)
    case .attribute(let base, let name):
      if role == .hook, case .name("self") = base.kind { return outerType(name.text) }
      if case .record(let record)? = knownType(base) { return record.fields[name.text]?.type }
      return knownType(base).flatMap { Typing.attribute($0, name.text) }
    case .subscripted(let base, let index):
      if case .record(let record)? = knownType(base), let key = index.literalText { return record.fields[key]?.type }
      return nil
    case .call(let callee, let arguments):
      guard case .attribute(let base, let method) = callee.kind, method.text == "get",
        let key = arguments.first?.value.literalText,
        case .record(let record)? = knownType(base), let field = record.fields[key]
      else { return nil }
      return field.isAlwaysPresent || arguments.count > 1 ? field.type : field.type.joined(with: .none)
    default: return nil
    }
  }

  private func knownType(_ expression: Expression) -> ValueType? {
    guard let path = path(of: expression) else { return nil }
    return flow.types[path] ?? flow.narrowed[path] ?? declaredType(expression)
  }

  private func outerType(_ name: String) -> ValueType? {
    if role == .hook, let variable = state.first(where: { $0.name == name }) { return variable.type }
    switch scope.lookup(name) {
    case .constant(let value)?: return ValueType(of: value)
    case .captured(let type, _)?: return type
    default: return captureRegisters[name]?.type
    }
  }
}
