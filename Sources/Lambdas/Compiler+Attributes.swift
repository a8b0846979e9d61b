import Diagnostics
import Syntax

/// Attributes and indices: `logs.loss`, `model.optimizer`, `x[3]`.
extension FunctionCompiler {
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

  /// `base.name`, where `self.x` is the callback's own and a dotted name may be numpy's.
  func compileAttribute(_ base: Expression, _ name: Name, _ expression: Expression) -> Operand {
    if role == .hook, case .name("self") = base.kind, locals["self"] == nil { return compileName(name.text, at: name.range) }
    if let made = madeBefore(expression) { return made }
    if let dotted = dottedName(expression) {
      switch scope.lookup(dotted) {
      case .constant(let value)?: return constant(value)
      case .captured(let type, let known)?: return capture(dotted, type, known: known)
      case .definition(let definition)?: return compileDefinitionValue(definition, at: expression.range)
      case nil: break
      }
      if let value = Builtins.find(dotted) { return constant(value) }
      if let prefix = dottedName(base), Builtins.names.contains(where: { $0.hasPrefix(prefix + ".") }) {
        let known = Builtins.names.filter { $0.hasPrefix(prefix + ".") }.map { String($0.dropFirst(prefix.count + 1)) }
        report(.unknownName(name.text, known: known), at: name.range)
        return unknown()
      }
      if let path = scope.kerasPath(dotted) {
        let isCatalog = path.first.map { !Self.tensorModules.contains($0) } ?? true
        report(.notInFunctions(dotted, isCatalog: isCatalog), at: expression.range)
        return unknown()
      }
    }
    let operand = compile(base)
    if case .record(let record) = operand.type, Methods.method(name.text, of: .dict) == nil || record.fields[name.text] != nil {
      return compileRecordField(operand, record, name.text, base, at: name.range)
    }
    return compileAttribute(of: operand, base, name, path(of: expression))
  }

  /// The parts of Keras and TensorFlow whose functions compute.
  private static let tensorModules: Set<String> = ["ops", "nn", "math", "linalg", "backend"]

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
    report(possiblyNone(expression), at: expression.range)
    return operand.type.without { $0 == .none }
  }

  private func compileRecordField(
    _ operand: Operand, _ record: RecordType, _ key: String, _ base: Expression, at range: SourceRange
  ) -> Operand {
    effects.readKeys[record.title, default: []].insert(key)
    let path = path(of: base).map { "\($0).\(key)" }
    guard let field = record.field(key) else {
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

  /// `base[index]`.
  func compileIndex(_ base: Expression, _ index: Expression, _ expression: Expression) -> Operand {
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
