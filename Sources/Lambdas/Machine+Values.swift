import Arrays
import Syntax

extension Machine {
  // MARK: Elements

  /// The position that an index means; an error where there is none.
  @inline(__always)
  private static func position(_ index: Int, _ count: Int, _ container: String) throws(MachineError) -> Int {
    let position = index < 0 ? index &+ count : index
    guard position >= 0, position < count else { throw .init(.index, "\(container) index out of range") }
    return position
  }

  @inline(never)
  func element(_ target: UnsafeMutablePointer<Value>, of container: Value, _ index: Int) throws(MachineError) {
    switch container {
    case .list(let items): target.pointee = items[try Self.position(index, items.count, "list")]
    case .tuple(let items): target.pointee = items[try Self.position(index, items.count, "tuple")]
    default: target.pointee = try self.index(container, .integer(index))
    }
  }

  @inline(never)
  static func length(of container: UnsafeMutablePointer<Value>) throws(MachineError) -> Int {
    // Moved out and back: a look that counts no references.
    let held = container.move()
    defer { container.initialize(to: held) }
    switch held {
    case .list(let items), .tuple(let items): return items.count
    case .string(let text): return text.codePointCount
    default: return try Operations.length(of: held)
    }
  }

  @inline(never)
  static func integerElement(of container: UnsafeMutablePointer<Value>, _ index: Int) throws(MachineError) -> Int {
    let held = container.move()
    defer { container.initialize(to: held) }
    guard case .list(let items) = held else { return try Operations.index(held, .integer(index)).unboxedInteger() }
    return try items[position(index, items.count, "list")].unboxedInteger()
  }

  @inline(never)
  static func floatElement(of container: UnsafeMutablePointer<Value>, _ index: Int) throws(MachineError) -> Double {
    let held = container.move()
    defer { container.initialize(to: held) }
    switch held {
    case .list(let items): return try items[position(index, items.count, "list")].unboxedFloat()
    case .array(let array) where array.rank == 1 && array.type == .float64:
      let position = index < 0 ? index &+ array.count : index
      guard position >= 0, position < array.count else { return try Operations.index(held, .integer(index)).unboxedFloat() }
      return array.withElements(as: Double.self) { $0[position] }
    default: return try Operations.index(held, .integer(index)).unboxedFloat()
    }
  }

  /// A list moved out of its register, to be changed without being copied; the register must be initialised anew. Nil for anything else.
  @inline(__always)
  private static func takeList(_ register: UnsafeMutablePointer<Value>) -> [Value]? {
    guard case .list = register.pointee, case .list(let items) = register.move() else { return nil }
    return items
  }

  @inline(never)
  func setElement(_ container: UnsafeMutablePointer<Value>, _ index: Int, _ value: Value, isDeep: Bool) throws(MachineError) {
    if isDeep { try checkNesting(value) }
    guard var items = Self.takeList(container) else {
      return try setIndex(&container.pointee, .integer(index), value, isDeep: false)
    }
    let position = index < 0 ? index &+ items.count : index
    let isInside = position >= 0 && position < items.count
    if isInside { items[position] = value }
    container.initialize(to: .list(items))
    if !isInside { throw .init(.index, "list assignment index out of range") }
  }

  private func index(_ container: Value, _ index: Value) throws(MachineError) -> Value {
    // Code points are counted from the beginning.
    if case .string(let text) = container { try spend(text.utf8.count >> 6) }
    let result = try Operations.index(container, index)
    if case .slice = index { try charge(result) }
    if case .array(let array) = result { try chargeElements(of: array) }
    return result
  }

  private func setIndex(_ container: inout Value, _ index: Value, _ value: Value, isDeep: Bool) throws(MachineError) {
    if isDeep { try checkNesting(value) }
    if case .slice = index { try charge(value) }
    try Operations.setIndex(&container, index, value)
  }

  @inline(never)
  func append(_ value: Value, to list: UnsafeMutablePointer<Value>, isDeep: Bool) throws(MachineError) {
    if isDeep { try checkNesting(value) }
    guard var items = Self.takeList(list) else {
      throw .init(.attribute, "'\(list.pointee.typeName)' object has no attribute 'append'")
    }
    let fits = items.count < Operations.elementLimit
    if fits { items.append(value) }
    list.initialize(to: .list(items))
    if !fits { try Operations.checkLength(Operations.elementLimit + 1) }
  }

  @inline(never)
  func join(_ parts: UnsafeMutablePointer<Value>, _ count: Int, into target: UnsafeMutablePointer<Value>) throws(MachineError) {
    var length = 0
    for index in 0..<count { if case .string(let part) = parts[index] { length += part.utf8.count } }
    try Operations.checkBytes(length)
    try allot(bytes: length)
    let text = String(unsafeUninitializedCapacity: length) { buffer in
      var start = 0
      for index in 0..<count {
        guard case .string(var part) = parts[index] else { continue }
        part.withUTF8 { bytes in
          _ = buffer[start...].initialize(fromContentsOf: bytes)
          start += bytes.count
        }
      }
      return start
    }
    target.pointee = .string(text)
  }

  /// `target += value`: a text or list that nobody else has grows in place.
  private func addInPlace(_ value: Value, to target: UnsafeMutablePointer<Value>) throws(MachineError) {
    switch (target.pointee, value) {
    case (.string(var text), .string(let more)):
      try Operations.checkBytes(text.utf8.count + more.utf8.count)
      try allot(bytes: more.utf8.count)
      target.pointee = .none
      text += more
      target.pointee = .string(text)
    case (.list(var items), .list(let more)):
      try Operations.checkLength(items.count + more.count)
      try charge(value)
      target.pointee = .none
      items += more
      target.pointee = .list(items)
    default:
      target.pointee = try Operations.binary(.add, target.pointee, value)
      try charge(target.pointee)
    }
  }

  private static func growsInPlace(_ target: Value, by value: Value) -> Bool {
    switch (target, value) {
    case (.string, .string), (.list, .list): true
    default: false
    }
  }

  func binary(_ op: BinaryOperator, _ a: Value, _ b: Value) throws(MachineError) -> Value {
    if op == .matrixMultiply, case .array(let x) = a, case .array(let y) = b { try chargeProduct(x, y) }
    let result = try Operations.binary(op, a, b)
    try charge(result)
    return result
  }

  /// The next element of what is gone through innermost; false at its end.
  @inline(never)
  func takeNext(into target: UnsafeMutablePointer<Value>) -> Bool {
    guard let element = registers.cursors[registers.cursors.count - 1].next() else { return false }
    target.pointee = element
    return true
  }

  /// The instructions on values, outside the loop so that its frame stays small.
  @inline(never)
  func general(
    _ now: Instruction, _ code: FunctionCode, _ cells: UnsafeMutablePointer<Int>, _ values: UnsafeMutablePointer<Value>,
    _ state: UnsafeMutablePointer<Value>?
  ) throws(MachineError) {
    let (a, b, c) = (Int(now.a), Int(now.b), Int(now.c))
    let isDeep = now.x != 0
    switch now.opcode {
    case .binary:
      let op = OperatorTable.binary[Int(now.x)]
      if a == b, op == .add {
        try addInPlace(values[c], to: values + a)
      } else {
        values[a] = try binary(op, values[b], values[c])
      }
    case .augment:
      let op = OperatorTable.binary[Int(now.x)]
      if a == b, op == .add, Self.growsInPlace(values[b], by: values[c]) {
        try addInPlace(values[c], to: values + a)
      } else {
        values[a] = try Operations.augment(op, values[b], values[c])
        try charge(values[a])
      }
    case .compare:
      values[a] = try Operations.compare(OperatorTable.compare[Int(now.x)], values[b], values[c])
      try charge(values[a])
    case .compareTruth:
      cells[a] = try Operations.truth(Operations.compare(OperatorTable.compare[Int(now.x)], values[b], values[c])) ? 1 : 0
    case .unary:
      values[a] = try Operations.unary(OperatorTable.unary[Int(now.x)], values[b])
      try charge(values[a])
    case .index: values[a] = try index(values[b], values[c])
    case .setIndex: try setIndex(&values[a], values[b], values[c], isDeep: isDeep)
    case .setStateIndex: try setIndex(&Self.slot(state, a).pointee, values[b], values[c], isDeep: isDeep)
    case .slice:
      for bound in b..<(b + 3) { try checkNesting(values[bound]) }
      values[a] = .slice(lower: values[b], upper: values[b + 1], step: values[b + 2])
    case .attribute: values[a] = try Operations.attribute(values[b], code.body.names[c])
    case .setAttribute:
      guard case .object(let object) = values[a] else {
        throw .init(.attribute, "'\(values[a].typeName)' object has no attribute '\(code.body.names[c])' to set")
      }
      try object.setAttribute(code.body.names[c], to: values[b])
    case .recordField:
      let key = code.body.keys[c]
      guard case .dict(let dict) = values[b] else {
        values[a] = try Operations.index(values[b], .string(key.name))
        return
      }
      guard let value = dict.value(of: key.name, hint: key.hint) else { throw .init(.key, Operations.quoted(key.name)) }
      values[a] = value

    case .makeList, .makeTuple:
      if now.x & 1 != 0 { for index in b..<(b + c) { try checkNesting(values[index]) } }
      let items = now.x & 2 != 0 ? Self.take(values + b, c) : Array(UnsafeBufferPointer(start: values + b, count: c))
      values[a] = now.opcode == .makeList ? .list(items) : .tuple(items)
    case .makeSet:
      var set = SetValue()
      for index in b..<(b + c) {
        if now.x & 1 != 0 { try checkNesting(values[index]) }
        try Operations.insert(values[index], into: &set)
      }
      values[a] = .set(set)
    case .makeDict:
      var dict = DictValue()
      for index in stride(from: b, to: b + 2 * c, by: 2) {
        try Operations.put(values[index + 1], for: values[index], into: &dict)
      }
      values[a] = .dict(dict)
    case .appendState: try append(values[b], to: Self.slot(state, a), isDeep: isDeep)
    case .extend:
      guard case .list(var items) = values[a] else { return }
      let more = try elements(of: values[b])
      try Operations.checkLength(items.count + more.count)
      values[a] = .none
      items += more
      values[a] = .list(items)
    case .insert:
      guard case .set(var set) = values[a] else { return }
      if isDeep { try checkNesting(values[b]) }
      values[a] = .none
      try Operations.insert(values[b], into: &set)
      values[a] = .set(set)
    case .setEntry:
      guard case .dict(var dict) = values[a] else { return }
      if isDeep { try checkNesting(values[c]) }
      values[a] = .none
      try Operations.put(values[c], for: values[b], into: &dict)
      values[a] = .dict(dict)
    case .mergeEntries:
      guard case .dict(var dict) = values[a] else { return }
      guard case .dict = values[b] else { throw .init(.type, "'\(values[b].typeName)' object is not a mapping") }
      try charge(values[b])
      values[a] = .none
      try Operations.merge(values[b], into: &dict)
      values[a] = .dict(dict)
    case .asTuple: values[a] = .tuple(try elements(of: values[b]))
    case .iteratorOf: values[a] = .iterator(IteratorValue(.generator, try elements(of: values[b])))
    case .format:
      let value: Value =
        switch now.x {
        case 1: .string(try Operations.written(values[b], asRepresentation: false))
        case 2: .string(try Operations.written(values[b], asRepresentation: true))
        case 3: .string(try Operations.ascii(values[b]))
        default: values[b]
        }
      values[a] = .string(try Operations.format(value, values[c].asString ?? ""))
      try charge(values[a])
    case .formatText:
      values[a] = .string(try Operations.format(Operations.string(values[b]), code.body.formats[c]))
      try charge(values[a])
    case .makeFunction:
      let made = code.body.functions[b]
      let captured = Array(UnsafeBufferPointer(start: values + c, count: made.captures.count))
      if isDeep { for value in captured { try checkNesting(value) } }
      values[a] = .function(FunctionValue(made, captured: captured))

    case .startLoop: registers.cursors.append(try Operations.iterate(values[b]))
    case .endLoop: registers.cursors.removeLast()
    case .startRange:
      if cells[b + 2] == 0 { throw .init(.value, "range() arg 3 must not be zero") }
      let range = RangeValue(start: cells[b], stop: cells[b + 1], step: cells[b + 2])
      (cells[a], cells[a + 1], cells[a + 2]) = (range.start, range.count, range.step)
    case .unpack:
      let parts = try Operations.unpack(values[b], before: Int(now.x), hasRest: c >= 256, after: c & 255)
      try spend(parts.count)
      for (offset, part) in parts.enumerated() { values[a + offset] = part }

    case .call, .callBuiltin, .callMethod: try callInstruction(now, code, values, state)
    case .raise: throw .init(now.x == 0 ? .value : .runtime, Operations.string(values[a]))

    case .loadState: values[a] = Self.slot(state, b).pointee
    case .storeState: Self.slot(state, b).pointee = values[a]
    case .requireBound:
      if cells[a] == 0 {
        throw .init(.name, "cannot access local variable '\(code.body.names[b])' where it is not associated with a value")
      }
    default: preconditionFailure("every opcode has its place in one of the two switches")
    }
  }
}
