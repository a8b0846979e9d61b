import Diagnostics
import Syntax

/// Lists, tuples, sets and dicts as they are written out, and f-strings.
extension FunctionCompiler {
  /// `[a, *b]`, `(a, b)`, `{a, b}`: made of registers side by side; element by element where they are many or one is spread.
  func compileDisplay(_ items: [Expression], _ opcode: Opcode) -> Operand {
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
      report(possiblyNone(expression), at: expression.range)
      return element
    }
    if case .union(let members) = type {
      let found = members.compactMap(\.elementType)
      if !found.isEmpty { return .oneOf(found) }
    }
    report(.notIterable(type), at: expression.range)
    return .any
  }

  /// How many entries of a display are computed before they are put into the dict.
  private static let entryRun = 16

  /// `{a: b, **c}`.
  func compileDict(_ entries: [DictEntry]) -> Operand {
    let result = newValue()
    emit(.makeDict, result, 0, 0)
    var (keyType, valueType) = (ValueType.never, ValueType.never)
    // Entries are put in when a run of them is computed, as in Python: an error in one comes before a key that cannot be one.
    var run: [(key: Int, value: Int, mark: UInt8)] = []
    func putRun() {
      for entry in run { emit(.setEntry, x: entry.mark, result, entry.key, entry.value) }
      run = []
    }
    for entry in entries {
      switch entry {
      case .pair(let key, let value):
        let first = newValue(2)
        let k = compile(key)
        box(k, into: first)
        let v = compile(value)
        box(v, into: first + 1)
        keyType = keyType.joined(with: k.type)
        valueType = valueType.joined(with: v.type)
        run.append((first, first + 1, nestingMark(k.type, v.type)))
        if run.count == Self.entryRun { putRun() }
      case .spread(let value):
        putRun()
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
    putRun()
    return valueOperand(result, .dict(key: keyType, value: valueType))
  }

  /// An f-string: its parts, joined.
  func compileFormatted(_ parts: [FormattedPart]) -> Operand {
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
}
