import Arrays
import Syntax

extension Machine {
  /// The value of a register that nobody else needs: left there, it would make the next change of the value a copy.
  @inline(__always)
  static func take(_ register: UnsafeMutablePointer<Value>) -> Value {
    let value = register.move()
    register.initialize(to: .none)
    return value
  }

  static func take(_ first: UnsafeMutablePointer<Value>, _ count: Int) -> [Value] {
    [Value](unsafeUninitializedCapacity: count) { items, filled in
      items.baseAddress?.moveInitialize(from: first, count: count)
      first.initialize(repeating: .none, count: count)
      filled = count
    }
  }

  /// Calls code whose inputs are known to be in the caller's registers.
  @inline(never)
  func callCode(
    _ call: Program.Call, _ cells: UnsafeMutablePointer<Int>, _ values: UnsafeMutablePointer<Value>
  ) throws(MachineError) -> Value {
    try spend(1)
    let callee = call.callee._withUnsafeGuaranteedRef { $0 }
    let program = callee.program
    let frame = try enter(program)
    defer { leave(frame, program) }
    for index in 0..<call.sourceCount {
      let (source, input) = (call.sources[index], program.inputs[index])
      switch source.kind {
      case .value: try put(values + source.index, into: input, frame)
      default: frame.cells[input.register.index] = cells[source.index]
      }
    }
    return try execute(callee, frame.cells, frame.values, nil)
  }

  func callInstruction(
    _ now: Instruction, _ code: FunctionCode, _ values: UnsafeMutablePointer<Value>, _ state: UnsafeMutablePointer<Value>?
  ) throws(MachineError) {
    let (a, b, c) = (Int(now.a), Int(now.b), Int(now.c))
    let shape = code.body.calls[c]
    try spend(1)
    switch now.opcode {
    case .callBuiltin:
      guard let builtin = shape.builtin else { return }
      values[a] = try builtin.implementation(self, shape.arguments.map { $0.map { Self.take(values + b + $0) } })
      if shape.checksNesting { try checkNesting(values[a]) }
      if case .array(let array) = values[a] { try chargeElements(of: array) }
    case .callMethod:
      let (positional, keywords) = try arguments(shape, values + b + 1)
      if shape.checksNesting { for value in positional + keywords.map(\.value) { try checkNesting(value) } }
      switch now.x {
      case 1: values[a] = try Operations.call(method: shape.name, on: &values[shape.root], positional, keywords, machine: self)
      case 2:
        values[a] = try Operations.call(
          method: shape.name, on: &Self.slot(state, shape.root).pointee, positional, keywords, machine: self)
      default:
        var receiver = Self.take(values + b)
        values[a] = try Operations.call(method: shape.name, on: &receiver, positional, keywords, machine: self)
      }
      if case .array(let array) = values[a] { try chargeElements(of: array) }
    default:
      let (positional, keywords) = try arguments(shape, values + b + 1)
      values[a] = try call(Self.take(values + b), positional, keywords)
    }
  }

  /// The arguments of a call, spread ones taken apart.
  private func arguments(
    _ shape: CallShape, _ first: UnsafeMutablePointer<Value>
  ) throws(MachineError) -> (positional: [Value], keywords: [(name: String, value: Value)]) {
    if shape.isPlain { return (Self.take(first, shape.passing.count), []) }
    var positional: [Value] = []
    var keywords: [(name: String, value: Value)] = []
    for (index, passing) in shape.passing.enumerated() {
      let value = Self.take(first + index)
      switch passing {
      case .positional: positional.append(value)
      case .keyword(let name): keywords.append((name, value))
      case .spread: positional += try elements(of: value)
      case .keywordSpread:
        guard case .dict(let dict) = value else {
          throw .init(.type, "argument after ** must be a mapping, not \(value.typeName)")
        }
        for (key, value) in zip(dict.keys, dict.values) {
          guard case .string(let name) = key else { throw .init(.type, "keywords must be strings") }
          keywords.append((name, value))
        }
      }
    }
    return (positional, keywords)
  }
}
