/// Numbers and truths where values stand: what is already of the wanted type is read and written without counting references.
extension UnsafePointer<Value> {
  /// An int, or a bool as one; an error where it is something else.
  @inline(__always)
  var integer: Int {
    get throws(MachineError) {
      if case .integer(let number) = pointee { return number }
      return try pointee.unboxedInteger()
    }
  }

  /// A float, or what goes for one; an error where it is something else.
  @inline(__always)
  var float: Double {
    get throws(MachineError) {
      if case .float(let number) = pointee { return number }
      return try pointee.unboxedFloat()
    }
  }

  /// A bool; an error where it is something else.
  @inline(__always)
  var truth: Bool {
    get throws(MachineError) {
      if case .bool(let flag) = pointee { return flag }
      return try pointee.unboxedTruth()
    }
  }
}

extension UnsafeMutablePointer<Value> {
  @inline(__always) var integer: Int { get throws(MachineError) { try UnsafePointer(self).integer } }
  @inline(__always) var float: Double { get throws(MachineError) { try UnsafePointer(self).float } }
  @inline(__always) var truth: Bool { get throws(MachineError) { try UnsafePointer(self).truth } }

  /// Writes a value where mostly a number stands: what holds no memory need not be let go of.
  @inline(__always)
  func store(_ value: Value) {
    if pointee.isPlain { initialize(to: value) } else { pointee = value }
  }
}

extension UnsafeMutablePointer<Value> {
  /// The float of a key of a record; an error where there is none.
  @inline(__always)
  func field(_ key: UnsafePointer<RecordKey>) throws(MachineError) -> Double {
    // Moved out and back: a look that counts no references.
    let record = move()
    defer { initialize(to: record) }
    if case .dict(let dict) = record, let number = dict.float(of: key.pointee.name, hint: key.pointee.hint) { return number }
    return try record.unboxedField(key.pointee)
  }
}

extension Value {
  /// Whether it is None, a number or a truth: no memory belongs to it.
  @inline(__always)
  fileprivate var isPlain: Bool {
    switch self {
    case .none, .bool, .integer, .float: true
    default: false
    }
  }

  @inline(never)
  func unboxedInteger() throws(MachineError) -> Int {
    switch self {
    case .integer(let number): return number
    case .bool(let flag): return flag ? 1 : 0
    default: throw .init(.type, "expected an int, not '\(typeName)'")
    }
  }

  @inline(never)
  func unboxedFloat() throws(MachineError) -> Double {
    guard let number = asDouble else { throw .init(.type, "expected a float, not '\(typeName)'") }
    return number
  }

  @inline(never)
  func unboxedField(_ key: RecordKey) throws(MachineError) -> Double {
    guard case .dict(let dict) = self, let value = dict.value(of: key.name, hint: key.hint) else {
      throw .init(.key, Operations.quoted(key.name))
    }
    return try value.unboxedFloat()
  }

  @inline(never)
  func unboxedTruth() throws(MachineError) -> Bool {
    guard case .bool(let flag) = self else { throw .init(.type, "expected a bool, not '\(typeName)'") }
    return flag
  }
}
