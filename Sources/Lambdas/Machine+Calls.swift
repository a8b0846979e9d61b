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
    begin()
    do {
      guard function.isCompiled else { return try invoke(function, arguments, []) }
      if function.code.takesRest {
        let bound = try bind(arguments, [], to: function.code, function.captured)
        return try run(function.code, function.captured, positional: bound, state: &state)
      }
      return try run(function.code, function.captured, positional: arguments, state: &state)
    } catch {
      throw RuntimeFailure(error, at: failureRange)
    }
  }

  /// A call from outside begins: with the whole budget, unless a function that runs asked for it.
  @inline(__always)
  private func begin() {
    if depth == 0 { remaining = budget }
    if failureRange != nil { failureRange = nil }
  }

  /// Calls code that captures nothing with a value for each of its parameters, what remains for `*rest` and `**rest` in them.
  package func call(_ code: FunctionCode, bound arguments: [Value]) throws(RuntimeFailure) -> Value {
    begin()
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
      return try object.call(bound.map { $0 ?? .none }, on: self)
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
    let (parameters, program) = (code.parameterCount, code.program)
    if positional.count > parameters { _ = try code.type.bind(positional, of: code.name) }
    if state.count < program.stateCount { throw .init(.runtime, "the function is called without its state") }
    let frame = try enter(program)
    defer { leave(frame, program) }
    try put(positional, into: program.inputs, frame)
    for index in positional.count..<max(parameters, positional.count) {
      var standard = try Self.standard(code, captured, index)
      try put(&standard, into: program.inputs[index], frame)
    }
    try put(captured, into: program.inputs + parameters, frame)
    if program.stateCount == 0 { return try execute(code, frame.cells, frame.values, nil) }
    return try state.withUnsafeMutableBufferPointer { (state) throws(MachineError) in
      guard let first = state.baseAddress else { return .none }
      for use in program.stateCells { try put(first + use.slot, into: use.cell, frame) }
      defer { for use in program.stateCells where use.isChanged { (first + use.slot).store(frame.value(of: use.cell)) } }
      return try execute(code, frame.cells, frame.values, first)
    }
  }

  /// The registers of one call.
  struct Frame {
    let cells: UnsafeMutablePointer<Int>
    let values: UnsafeMutablePointer<Value>
    let cursorCount: Int

    /// What a register holds.
    @inline(__always)
    func value(of register: Register) -> Value {
      switch register.kind {
      case .value: values[register.index]
      case .integer: .integer(cells[register.index])
      case .float: .float(Double(bitPattern: UInt64(UInt(bitPattern: cells[register.index]))))
      case .bool: .bool(cells[register.index] != 0)
      }
    }
  }

  /// Takes registers for a call; an error where calls are nested too deeply.
  @inline(__always)
  func enter(_ program: Program) throws(MachineError) -> Frame {
    let registers = registers
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
  func leave(_ frame: Frame, _ program: Program) {
    let registers = registers
    depth -= 1
    registers.nextCell -= program.cellCount
    registers.nextValue -= program.valueCount
    for index in program.lent { (frame.values + index).initialize(to: .none) }
    for index in 0..<program.valueCount { (frame.values + index).store(.none) }
    if registers.cursors.count > frame.cursorCount { registers.cursors.removeLast(registers.cursors.count - frame.cursorCount) }
  }

  /// Puts arguments, or what was captured, where the code expects them.
  @inline(__always)
  private func put(_ values: [Value], into inputs: UnsafePointer<Program.Input>, _ frame: Frame) throws(MachineError) {
    try values.withUnsafeBufferPointer { (values) throws(MachineError) in
      guard let first = values.baseAddress else { return }
      for index in values.indices { try put(first + index, into: inputs[index], frame) }
    }
  }

  /// Puts an argument where the code expects it; it must live as long as the frame.
  @inline(__always)
  func put(_ value: UnsafePointer<Value>, into input: Program.Input, _ frame: Frame) throws(MachineError) {
    if input.isLent {
      UnsafeMutableRawPointer(frame.values + input.register.index).copyMemory(from: value, byteCount: MemoryLayout<Value>.size)
    } else {
      try put(value, into: input.register, frame)
    }
  }

  /// Puts a value where the code expects it: an int goes for a float, anything else must be of the parameter's type.
  @inline(__always)
  func put(_ value: UnsafePointer<Value>, into register: Register, _ frame: Frame) throws(MachineError) {
    switch register.kind {
    case .value: frame.values[register.index] = value.pointee
    case .integer: frame.cells[register.index] = try value.integer
    case .float: frame.cells[register.index] = Int(bitPattern: UInt(try value.float.bitPattern))
    case .bool: frame.cells[register.index] = try value.truth ? 1 : 0
    }
  }
}
