import Diagnostics

/// The two register files, allocated once a machine; a frame is a stretch of each.
final class Registers {
  static let cellCapacity = 1 << 15
  static let valueCapacity = 1 << 14
  let cells = UnsafeMutablePointer<Int>.allocate(capacity: Registers.cellCapacity)
  let values = UnsafeMutablePointer<Value>.allocate(capacity: Registers.valueCapacity)
  // One thread at a time uses a machine, and no access to these spans a call: checks of that would cost more than the calls.
  /// Where the next frame begins.
  @exclusivity(unchecked) var nextCell = 0
  @exclusivity(unchecked) var nextValue = 0
  @exclusivity(unchecked) var cursors: [ValueCursor] = []
  /// How many value registers have been used: the others are memory that was never written.
  @exclusivity(unchecked) private(set) var preparedCount = 0

  init() { cells.initialize(repeating: 0, count: Self.cellCapacity) }

  /// Makes the first `count` value registers None where they were never used.
  func prepareValues(_ count: Int) {
    (values + preparedCount).initialize(repeating: .none, count: count - preparedCount)
    preparedCount = count
  }

  deinit {
    values.deinitialize(count: preparedCount)
    values.deallocate()
    cells.deallocate()
  }
}

extension Machine {
  /// Calls a function from outside with positional arguments. `state` is the callback's; hooks read and change it.
  ///
  /// - Throws: what went wrong, with its place.
  package func call(
    _ function: FunctionValue, _ arguments: [Value], state: inout [Value]
  ) throws(RuntimeFailure) -> Value {
    if depth == 0 { remaining = budget }
    failureRange = nil
    do {
      guard case .code(let code, let captured) = function.body else { return try invoke(function, arguments, []) }
      if code.takesRest {
        return try run(code, captured, positional: bind(arguments, [], to: code, captured), state: &state)
      }
      return try run(code, captured, positional: arguments, state: &state)
    } catch {
      throw RuntimeFailure(error, at: failureRange)
    }
  }

  /// Calls code that captures nothing with a value for each of its parameters, what remains for `*rest` and `**rest` in them.
  package func call(_ code: FunctionCode, bound arguments: [Value]) throws(RuntimeFailure) -> Value {
    if depth == 0 { remaining = budget }
    failureRange = nil
    var none: [Value] = []
    do { return try run(code, [], positional: arguments, state: &none) } catch {
      throw RuntimeFailure(error, at: failureRange)
    }
  }

  /// Calls a function that has no state.
  package func call(_ function: FunctionValue, _ arguments: [Value] = []) throws(RuntimeFailure) -> Value {
    var none: [Value] = []
    return try call(function, arguments, state: &none)
  }

  /// Calls a value from inside an operation: `key=` of `sorted`, the function of `map`.
  func call(_ function: Value, _ arguments: [Value]) throws(MachineError) -> Value { try call(function, arguments, []) }

  /// Calls a value: a function, or an object that says what calling it gives.
  func call(
    _ value: Value, _ positional: [Value], _ keywords: [(name: String, value: Value)]
  ) throws(MachineError) -> Value {
    switch value {
    case .function(let function): return try invoke(function, positional, keywords)
    case .object(let object):
      guard let type = object.objectType.call else { break }
      let bound = try type.bind(positional, keywords, of: object.objectType.name)
      return try object.call(ObjectType.callMethod, bound.map { $0 ?? .none })
    default: break
    }
    throw .init(.type, "'\(value.typeName)' object is not callable")
  }

  /// Calls a function with positional and keyword arguments; counts into the running budget.
  package func call(
    _ function: FunctionValue, _ positional: [Value], _ keywords: [(name: String, value: Value)]
  ) throws(MachineError) -> Value {
    try invoke(function, positional, keywords)
  }

  func invoke(
    _ function: FunctionValue, _ positional: [Value], _ keywords: [(name: String, value: Value)]
  ) throws(MachineError) -> Value {
    try spend(1 + positional.count)
    switch function.body {
    case .builtin(let builtin):
      if builtin.name == "dict", !keywords.isEmpty {
        var dict = try builtin.implementation(self, builtin.signature.type.bind(positional, of: "dict"))
        if case .dict(var entries) = dict {
          for (name, value) in keywords { entries.set(value, for: .string(name)) }
          dict = .dict(entries)
        }
        return dict
      }
      let result = try Builtins.call(builtin, positional, keywords, on: self)
      if builtin.makesCollections { try checkNesting(result) }
      return result
    case .host(let body): return try body(function.type.bind(positional, keywords, of: function.name))
    case .method(var receiver, let name):
      return try Operations.call(method: name, on: &receiver, positional, keywords, machine: self)
    case .code(let code, let captured):
      var none: [Value] = []
      if keywords.isEmpty, positional.count == code.parameterCount, code.isPositional {
        return try run(code, captured, positional: positional, state: &none)
      }
      return try run(code, captured, positional: bind(positional, keywords, to: code, captured), state: &none)
    }
  }

  /// A value for each parameter: what it is given, or its default.
  private func bind(
    _ positional: [Value], _ keywords: [(name: String, value: Value)], to code: FunctionCode, _ captured: [Value]
  ) throws(MachineError) -> [Value] {
    var arguments: [Value] = []
    for (index, value) in try code.type.bind(positional, keywords, of: code.name).enumerated() {
      if let value { arguments.append(value) } else { arguments.append(try Self.standard(code, captured, index)) }
    }
    return arguments
  }

  private static func standard(_ code: FunctionCode, _ captured: [Value], _ index: Int) throws(MachineError) -> Value {
    switch code.defaults[index] {
    case .value(let value)?: return value
    case .capture(let number)?: return captured[number]
    case nil: throw .init(.type, "\(code.name)() missing required argument: '\(code.type.parameters[index].name)'")
    }
  }

  /// Runs code with arguments for its first parameters; the others take their defaults.
  private func run(
    _ code: FunctionCode, _ captured: [Value], positional: [Value], state: inout [Value]
  ) throws(MachineError) -> Value {
    let (parameters, inputs) = (code.parameterCount, code.program.inputs)
    if positional.count > parameters { _ = try code.type.bind(positional, of: code.name) }
    let frame = try enter(code)
    defer { leave(frame, code) }
    for index in 0..<parameters {
      try put(
        index < positional.count ? positional[index] : Self.standard(code, captured, index), into: inputs[index], frame)
    }
    for index in captured.indices { try put(captured[index], into: inputs[parameters + index], frame) }
    let count = state.count
    return try withState(&state) { (pointer) throws(MachineError) in
      try execute(code, frame.cells, frame.values, pointer, count)
    }
  }

  private func withState(
    _ state: inout [Value], _ body: (UnsafeMutablePointer<Value>?) throws(MachineError) -> Value
  ) throws(MachineError) -> Value {
    if state.isEmpty { return try body(nil) }
    let outcome = state.withUnsafeMutableBufferPointer { buffer -> Result<Value, MachineError> in
      do throws(MachineError) { return .success(try body(buffer.baseAddress)) } catch { return .failure(error) }
    }
    return try outcome.get()
  }

  /// The registers of one call.
  struct Frame {
    let cells: UnsafeMutablePointer<Int>
    let values: UnsafeMutablePointer<Value>
    let cursorCount: Int
  }

  /// Takes registers for a call; an error where calls are nested too deeply.
  @inline(__always)
  func enter(_ code: FunctionCode) throws(MachineError) -> Frame {
    let (registers, program) = (registers, code.program)
    guard depth < Self.depthLimit, registers.nextCell + program.cellCount <= Registers.cellCapacity,
      registers.nextValue + program.valueCount <= Registers.valueCapacity
    else { throw .init(.recursion, "maximum recursion depth exceeded") }
    let frame = Frame(
      cells: registers.cells + registers.nextCell, values: registers.values + registers.nextValue,
      cursorCount: registers.cursors.count)
    registers.nextCell += program.cellCount
    registers.nextValue += program.valueCount
    if registers.nextValue > registers.preparedCount { registers.prepareValues(registers.nextValue) }
    depth += 1
    for index in 0..<program.cellConstantCount { frame.cells[index] = program.constants[index] }
    return frame
  }

  /// Gives a call's registers back, letting go of what they hold.
  @inline(__always)
  func leave(_ frame: Frame, _ code: FunctionCode) {
    let (registers, program) = (registers, code.program)
    depth -= 1
    registers.nextCell -= program.cellCount
    registers.nextValue -= program.valueCount
    for index in 0..<program.valueCount { frame.values[index] = .none }
    if registers.cursors.count > frame.cursorCount { registers.cursors.removeLast(registers.cursors.count - frame.cursorCount) }
  }

  /// Puts an argument where the code expects it: an int goes for a float, anything else must be of the parameter's type.
  @inline(__always)
  func put(_ value: Value, into register: Register, _ frame: Frame) throws(MachineError) {
    switch register.kind {
    case .value: frame.values[register.index] = value
    case .integer: frame.cells[register.index] = try Self.unboxInteger(value)
    case .float: frame.cells[register.index] = Int(bitPattern: UInt(try Self.unboxFloat(value).bitPattern))
    case .bool: frame.cells[register.index] = try Self.unboxTruth(value) ? 1 : 0
    }
  }

  @inline(__always)
  static func unboxInteger(_ value: Value) throws(MachineError) -> Int {
    if case .integer(let number) = value { return number }
    if case .bool(let flag) = value { return flag ? 1 : 0 }
    throw .init(.type, "expected an int, not '\(value.typeName)'")
  }

  @inline(__always)
  static func unboxFloat(_ value: Value) throws(MachineError) -> Double {
    if case .float(let number) = value { return number }
    guard let number = value.asDouble else { throw .init(.type, "expected a float, not '\(value.typeName)'") }
    return number
  }

  @inline(__always)
  static func unboxTruth(_ value: Value) throws(MachineError) -> Bool {
    if case .bool(let flag) = value { return flag }
    throw .init(.type, "expected a bool, not '\(value.typeName)'")
  }
}
