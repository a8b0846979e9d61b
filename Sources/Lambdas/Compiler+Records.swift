import Diagnostics
import Syntax

/// What functions do to dicts whose keys are known: above all to the `logs` that the callbacks of a list share.
extension FunctionCompiler {
  /// Whether changes of a record are seen by those who should see them; tells why not.
  func mayChange(_ record: RecordType, _ base: Expression, at range: SourceRange) -> Bool {
    switch record.sharing {
    case .own: return true
    case .discarded: report(.closedRecord(record), at: range)
    case .copy: report(.changesCopy(record), at: range)
    case .shared:
      if case .local(let name, let register)? = root(of: base), register.kind == .value, sharedNames.contains(name) {
        return true
      }
      report(.changesCopy(record), at: range)
    }
    return false
  }

  /// Whether a shared name keeps what it means; tells where it would be given another dict. `logs or {}` is `logs`.
  func isShared(_ type: ValueType, as name: String, at range: SourceRange) -> Bool {
    if case .record(let record) = type, record.sharing == .shared { return true }
    report(.rebindsShared(name: name), at: range)
    return false
  }

  // MARK: Single keys

  /// `logs["name"] = number`.
  func storeKey(
    _ operand: Operand, _ container: Operand, _ record: RecordType, _ key: String, _ base: Expression, at range: SourceRange
  ) {
    // The reader takes names alone there.
    guard mayChange(record, base, at: range), case .local(let name, let register)? = root(of: base) else { return }
    guard record.isOpen else { return report(.closedRecord(record), at: range) }
    checkNumber(operand.type, in: record, at: range)
    let keyRegister = asValue(constant(.string(key)))
    emit(.setIndex, register.index, keyRegister, asValue(operand), at: range)
    var grown = record
    grown.set(key, operand.type)
    flow.forget("\(name).\(key)")
    flow.types[name] = .record(grown)
  }

  /// `logs[key] = number` with a key that only the run knows.
  func storeKey(_ operand: Operand, _ record: RecordType, _ key: Operand, _ base: Expression, at range: SourceRange) {
    guard mayChange(record, base, at: range), case .local(let name, let register)? = root(of: base) else { return }
    checkNumber(operand.type, in: record, at: range)
    emit(.setIndex, register.index, asValue(key), asValue(operand), at: range)
    var grown = record
    grown.setUnknownKeys(operand.type)
    setType(ofLocal: name, .record(grown))
  }

  private func checkNumber(_ type: ValueType, in record: RecordType, at range: SourceRange) {
    if record.sharing != .own, !type.mayBe(.number) { report(.recordNeedsNumber(type), at: range) }
  }

  /// Whether `pop("key")` without a default can find it; tells where it cannot.
  func hasKey(_ record: RecordType, of method: String, _ arguments: [Argument]) -> Bool {
    guard method == "pop", arguments.count == 1, let key = arguments[0].value.literalText, record.field(key) == nil else {
      return true
    }
    report(.unknownKey(key, of: record), at: arguments[0].value.range)
    return false
  }

  // MARK: Methods

  /// What `pop` and `setdefault` give.
  func taken(from record: RecordType, _ arguments: [Argument], _ types: [ValueType]) -> ValueType {
    let field = arguments.first?.value.literalText.map { record.field($0)?.type ?? .never } ?? record.anyField
    return types.count > 1 ? field.joined(with: types[1]) : field
  }

  /// What a record is after one of its methods has changed it.
  func changed(_ record: RecordType, by method: String, _ arguments: [Argument], _ types: [ValueType]) -> RecordType {
    var changed = record
    let key = arguments.first?.value.literalText
    switch method {
    case "update": for (argument, type) in zip(arguments, types) { update(&changed, with: argument, type) }
    case "setdefault":
      let type = types.count > 1 ? types[1] : .none
      checkNumber(type, in: record, at: arguments.last?.value.range ?? place)
      if let key { changed.setDefault(key, type) } else { changed.setUnknownKeys(type) }
    case "pop": if let key { changed.remove(key) } else { changed.mayLoseAny() }
    case "popitem": changed.mayLoseAny()
    case "clear": (changed.names, changed.fields, changed.hasOtherKeys) = ([], [:], false)
    default: break
    }
    return changed
  }

  private func update(_ record: inout RecordType, with argument: Argument, _ type: ValueType) {
    if case .keyword(let name) = argument.kind {
      checkNumber(type, in: record, at: argument.value.range)
      return record.set(name.text, type)
    }
    switch type {
    case .record(let other):
      for name in other.names {
        guard let field = other.fields[name] else { continue }
        if field.isAlwaysPresent { record.set(name, field.type) } else { record.setDefault(name, field.type, isCertain: false) }
      }
      if other.hasOtherKeys { record.setUnknownKeys(.any) }
    case .dict(_, let value):
      checkNumber(value, in: record, at: argument.value.range)
      guard let keys = argument.value.literalKeys else { return record.setUnknownKeys(value) }
      for key in keys { record.set(key, value) }
    default: record.setUnknownKeys(.any)
    }
  }
}

extension Expression {
  /// The keys of a dict that is written with texts alone.
  fileprivate var literalKeys: [String]? {
    guard case .dict(let entries) = kind else { return nil }
    var keys: [String] = []
    for entry in entries {
      guard case .pair(let key, _) = entry, let text = key.literalText else { return nil }
      keys.append(text)
    }
    return keys
  }
}

extension RecordType {
  /// The type of a dict that is made of it.
  var ofItsOwn: RecordType {
    var record = self
    (record.sharing, record.isOpen) = (.own, true)
    return record
  }
}

extension ValueType {
  /// The type of what another name holds, or a function is given.
  var ofACopy: ValueType {
    guard case .record(var record) = self, record.sharing == .shared else { return self }
    record.sharing = .copy
    return .record(record)
  }
}

extension RecordType {
  /// What is known of a key: anything, where it may be one that nobody knows of; nil where it is none.
  func field(_ key: String) -> Field? { fields[key] ?? (hasOtherKeys ? Field(.any) : nil) }

  fileprivate mutating func set(_ key: String, _ type: ValueType) {
    if fields[key] == nil { names.append(key) }
    fields[key] = Field(type)
  }

  /// A key that is set only where it is not there; `isCertain` where it is there afterwards.
  fileprivate mutating func setDefault(_ key: String, _ type: ValueType, isCertain: Bool = true) {
    guard let field = fields[key] else {
      names.append(key)
      fields[key] = Field(type, isAlwaysPresent: isCertain)
      return
    }
    if field.isAlwaysPresent, isCertain { return }
    fields[key] = Field(field.type.joined(with: type), isAlwaysPresent: field.isAlwaysPresent || isCertain)
  }

  /// Keys that only the run knows: the known ones may be among them.
  fileprivate mutating func setUnknownKeys(_ type: ValueType) {
    hasOtherKeys = true
    fields = fields.mapValues { Field($0.type.joined(with: type), isAlwaysPresent: $0.isAlwaysPresent) }
  }

  fileprivate mutating func remove(_ key: String) {
    names.removeAll { $0 == key }
    fields[key] = nil
  }

  fileprivate mutating func mayLoseAny() { fields = fields.mapValues { Field($0.type, isAlwaysPresent: false) } }
}
