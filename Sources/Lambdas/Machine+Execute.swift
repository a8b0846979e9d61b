import Glibc
import Syntax

extension Machine {
  /// The loop: takes one instruction after another until one returns.
  ///
  /// Scalars live in cells and cost no reference counting; everything else is handed to `Operations`.
  func execute(
    _ code: FunctionCode, _ cells: UnsafeMutablePointer<Int>, _ values: UnsafeMutablePointer<Value>,
    _ state: UnsafeMutablePointer<Value>?, _ stateCount: Int
  ) throws(MachineError) -> Value {
    var next = 0
    do {
      return try code.body.instructions.withUnsafeBufferPointer { (instructions) throws(MachineError) -> Value in
        @inline(__always) func float(_ index: UInt16) -> Double {
          Double(bitPattern: UInt64(UInt(bitPattern: cells[Int(index)])))
        }
        @inline(__always) func set(_ index: UInt16, _ value: Double) {
          cells[Int(index)] = Int(bitPattern: UInt(value.bitPattern))
        }
        @inline(__always) func set(_ index: UInt16, _ value: Bool) { cells[Int(index)] = value ? 1 : 0 }
        while true {
          let now = instructions[next]
          let (a, b, c) = (Int(now.a), Int(now.b), Int(now.c))
          next += 1
          switch now.opcode {
          case .moveCell: cells[a] = cells[b]
          case .moveValue: values[a] = values[b]
          case .loadCell: cells[a] = code.body.cellConstants[b]
          case .loadValue: values[a] = code.body.constants[b]
          case .boxInteger: values[a] = .integer(cells[b])
          case .boxFloat: values[a] = .float(float(now.b))
          case .boxTruth: values[a] = .bool(cells[b] != 0)
          case .unboxInteger: cells[a] = try Self.unboxInteger(values[b])
          case .unboxFloat: set(now.a, try Self.unboxFloat(values[b]))
          case .unboxTruth: set(now.a, try Self.unboxTruth(values[b]))
          case .toFloat: set(now.a, Double(cells[b]))

          case .addInteger: cells[a] = try Operations.checked(cells[b].addingReportingOverflow(cells[c]))
          case .subtractInteger: cells[a] = try Operations.checked(cells[b].subtractingReportingOverflow(cells[c]))
          case .multiplyInteger: cells[a] = try Operations.checked(cells[b].multipliedReportingOverflow(by: cells[c]))
          case .floorDivideInteger: cells[a] = try Operations.floorDivide(cells[b], cells[c])
          case .moduloInteger: cells[a] = try Operations.modulo(cells[b], cells[c])
          case .powerInteger: cells[a] = try Operations.integerPower(cells[b], cells[c])
          case .andInteger: cells[a] = cells[b] & cells[c]
          case .orInteger: cells[a] = cells[b] | cells[c]
          case .xorInteger: cells[a] = cells[b] ^ cells[c]
          case .shiftLeft: cells[a] = try Self.unboxInteger(Operations.integer(.shiftLeft, cells[b], cells[c]))
          case .shiftRight: cells[a] = try Self.unboxInteger(Operations.integer(.shiftRight, cells[b], cells[c]))
          case .divideInteger:
            if cells[c] == 0 { throw MachineError(.zeroDivision, "division by zero") }
            set(now.a, Operations.trueDivide(cells[b], cells[c]))
          case .negateInteger: cells[a] = try Operations.checked((0).subtractingReportingOverflow(cells[b]))
          case .invertInteger: cells[a] = ~cells[b]
          case .absoluteInteger:
            cells[a] = cells[b] < 0 ? try Operations.checked((0).subtractingReportingOverflow(cells[b])) : cells[b]
          case .maximumInteger: cells[a] = cells[c] > cells[b] ? cells[c] : cells[b]
          case .minimumInteger: cells[a] = cells[c] < cells[b] ? cells[c] : cells[b]

          case .addFloat: set(now.a, float(now.b) + float(now.c))
          case .subtractFloat: set(now.a, float(now.b) - float(now.c))
          case .multiplyFloat: set(now.a, float(now.b) * float(now.c))
          case .divideFloat:
            if float(now.c) == 0 { throw MachineError(.zeroDivision, "float division by zero") }
            set(now.a, float(now.b) / float(now.c))
          case .floorDivideFloat: set(now.a, try Operations.floorDivide(float(now.b), float(now.c)))
          case .moduloFloat: set(now.a, try Operations.modulo(float(now.b), float(now.c)))
          case .powerFloat: set(now.a, try Operations.power(float(now.b), float(now.c)))
          case .negateFloat: set(now.a, -float(now.b))
          case .absoluteFloat: set(now.a, float(now.b).magnitude)
          case .maximumFloat: set(now.a, float(now.c) > float(now.b) ? float(now.c) : float(now.b))
          case .minimumFloat: set(now.a, float(now.c) < float(now.b) ? float(now.c) : float(now.b))
          case .squareRoot: set(now.a, try MathFunction.checked(float(now.b)) { $0.squareRoot() })
          case .exponential: set(now.a, try MathFunction.checked(float(now.b)) { exp($0) })
          case .logarithm: set(now.a, try MathFunction.checked(float(now.b)) { $0 == 0 ? .nan : log($0) })
          case .floor: cells[a] = try Operations.integer(truncating: float(now.b).rounded(.down))
          case .ceiling: cells[a] = try Operations.integer(truncating: float(now.b).rounded(.up))
          case .truncate: cells[a] = try Operations.integer(truncating: float(now.b))
          case .round: cells[a] = try Operations.integer(truncating: float(now.b).rounded(.toNearestOrEven))

          case .lessInteger: set(now.a, cells[b] < cells[c])
          case .lessOrEqualInteger: set(now.a, cells[b] <= cells[c])
          case .equalInteger: set(now.a, cells[b] == cells[c])
          case .notEqualInteger: set(now.a, cells[b] != cells[c])
          case .lessFloat: set(now.a, float(now.b) < float(now.c))
          case .lessOrEqualFloat: set(now.a, float(now.b) <= float(now.c))
          case .equalFloat: set(now.a, float(now.b) == float(now.c))
          case .notEqualFloat: set(now.a, float(now.b) != float(now.c))
          case .not: cells[a] = cells[b] ^ 1
          case .truth: set(now.a, try Operations.truth(values[b]))
          case .isNone: set(now.a, values[b].isNone)

          case .jump: next = c
          case .jumpBack:
            remaining -= next - c
            if remaining < 0 { throw Self.budgetError(budget) }
            next = c
          case .jumpIfTrue: if cells[a] != 0 { next = c }
          case .jumpIfFalse: if cells[a] == 0 { next = c }

          case .returnValue: return values[a]
          case .returnInteger: return .integer(cells[a])
          case .returnFloat: return .float(float(now.a))
          case .returnTruth: return .bool(cells[a] != 0)

          case .loadStateInteger: cells[a] = try Self.unboxInteger(try Self.slot(state, b, stateCount).pointee)
          case .loadStateFloat: set(now.a, try Self.unboxFloat(try Self.slot(state, b, stateCount).pointee))
          case .loadStateTruth: set(now.a, try Self.unboxTruth(try Self.slot(state, b, stateCount).pointee))
          case .storeStateInteger: try Self.slot(state, b, stateCount).pointee = .integer(cells[a])
          case .storeStateFloat: try Self.slot(state, b, stateCount).pointee = .float(float(now.a))
          case .storeStateTruth: try Self.slot(state, b, stateCount).pointee = .bool(cells[a] != 0)

          case .nextInteger:
            if cells[a + 1] == 0 {
              next = c
            } else {
              cells[b] = cells[a]
              cells[a] = cells[a] &+ cells[a + 2]
              cells[a + 1] -= 1
            }
          case .recordFloat:
            let key = code.body.keys[c]
            guard case .dict(let dict) = values[b], let position = dict.position(of: key.name, hint: key.hint) else {
              throw MachineError(.key, Operations.quoted(key.name))
            }
            set(now.a, try Self.unboxFloat(dict.values[position]))

          default: try general(now, code, cells, values, state, stateCount, &next)
          }
        }
      }
    } catch {
      if failureRange == nil, next > 0 { failureRange = code.body.ranges[next - 1] }
      throw error
    }
  }

  /// A state variable; an error where the caller brought fewer than the code was compiled for.
  @inline(__always)
  private static func slot(
    _ state: UnsafeMutablePointer<Value>?, _ index: Int, _ count: Int
  ) throws(MachineError) -> UnsafeMutablePointer<Value> {
    guard let state, index < count else { throw .init(.runtime, "the function is called without its state") }
    return state + index
  }

  /// The instructions on values, outside the loop so that its frame stays small.
  @inline(never)
  private func general(
    _ now: Instruction, _ code: FunctionCode, _ cells: UnsafeMutablePointer<Int>, _ values: UnsafeMutablePointer<Value>,
    _ state: UnsafeMutablePointer<Value>?, _ stateCount: Int, _ next: inout Int
  ) throws(MachineError) {
    let (a, b, c) = (Int(now.a), Int(now.b), Int(now.c))
    switch now.opcode {
    case .binary: values[a] = try Operations.binary(OperatorTable.binary[Int(now.x)], values[b], values[c])
    case .compare: values[a] = try Operations.compare(OperatorTable.compare[Int(now.x)], values[b], values[c])
    case .compareTruth:
      cells[a] = try Operations.truth(Operations.compare(OperatorTable.compare[Int(now.x)], values[b], values[c])) ? 1 : 0
    case .unary: values[a] = try Operations.unary(OperatorTable.unary[Int(now.x)], values[b])
    case .index: values[a] = try Operations.index(values[b], values[c])
    case .setIndex: try Operations.setIndex(&values[a], values[b], values[c])
    case .setStateIndex: try Operations.setIndex(&Self.slot(state, a, stateCount).pointee, values[b], values[c])
    case .slice: values[a] = .slice(lower: values[b], upper: values[b + 1], step: values[b + 2])
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
      guard let position = dict.position(of: key.name, hint: key.hint) else { throw .init(.key, Operations.quoted(key.name)) }
      values[a] = dict.values[position]

    case .makeList: values[a] = .list(Array(UnsafeBufferPointer(start: values + b, count: c)))
    case .makeTuple: values[a] = .tuple(Array(UnsafeBufferPointer(start: values + b, count: c)))
    case .makeSet:
      var set = SetValue()
      for index in b..<(b + c) {
        try Operations.checkHashable(values[index])
        set.insert(values[index])
      }
      values[a] = .set(set)
    case .makeDict:
      var dict = DictValue()
      for index in stride(from: b, to: b + 2 * c, by: 2) {
        try Operations.checkHashable(values[index])
        dict.set(values[index + 1], for: values[index])
      }
      values[a] = .dict(dict)
    case .append:
      guard case .list(var items) = values[a] else { return }
      try Operations.checkLength(items.count + 1)
      values[a] = .none
      items.append(values[b])
      values[a] = .list(items)
    case .extend:
      guard case .list(let items) = values[a] else { return }
      let more = try Operations.elements(of: values[b])
      try spend(more.count)
      try Operations.checkLength(items.count + more.count)
      values[a] = .list(items + more)
    case .insert:
      guard case .set(var set) = values[a] else { return }
      try Operations.checkHashable(values[b])
      values[a] = .none
      set.insert(values[b])
      values[a] = .set(set)
    case .setEntry:
      guard case .dict(var dict) = values[a] else { return }
      try Operations.checkHashable(values[b])
      values[a] = .none
      dict.set(values[c], for: values[b])
      values[a] = .dict(dict)
    case .mergeEntries:
      guard case .dict(var dict) = values[a] else { return }
      guard case .dict = values[b] else { throw .init(.type, "'\(values[b].typeName)' object is not a mapping") }
      try Operations.merge(values[b], into: &dict)
      values[a] = .dict(dict)
    case .asTuple: values[a] = .tuple(try Operations.elements(of: values[b]))
    case .iteratorOf: values[a] = .iterator(IteratorValue(.generator, try Operations.elements(of: values[b])))
    case .format:
      let value: Value =
        switch now.x {
        case 1: .string(Operations.string(values[b]))
        case 2: .string(Operations.representation(values[b]))
        case 3: .string(Operations.ascii(values[b]))
        default: values[b]
        }
      values[a] = .string(try Operations.format(value, values[c].asString ?? ""))
    case .join:
      var text = ""
      for index in b..<(b + c) { if case .string(let part) = values[index] { text += part } }
      try Operations.checkLength(text.utf8.count)
      values[a] = .string(text)
    case .makeFunction:
      let made = code.body.functions[b]
      values[a] = .function(
        FunctionValue(made, captured: Array(UnsafeBufferPointer(start: values + c, count: made.captures.count))))

    case .startLoop: registers.cursors.append(try Operations.iterate(values[b]))
    case .nextElement:
      if let element = registers.cursors[registers.cursors.count - 1].next() { values[a] = element } else { next = c }
    case .endLoop: registers.cursors.removeLast()
    case .startRange:
      if cells[b + 2] == 0 { throw .init(.value, "range() arg 3 must not be zero") }
      let range = RangeValue(start: cells[b], stop: cells[b + 1], step: cells[b + 2])
      (cells[a], cells[a + 1], cells[a + 2]) = (range.start, range.count, range.step)
    case .unpack:
      let parts = try Operations.unpack(values[b], before: Int(now.x), hasRest: c >= 256, after: c & 255)
      for (offset, part) in parts.enumerated() { values[a + offset] = part }

    case .call, .callBuiltin, .callMethod, .callCode: try callInstruction(now, code, values, state, stateCount)
    case .raise: throw .init(now.x == 0 ? .value : .runtime, Operations.string(values[a]))

    case .loadState: values[a] = try Self.slot(state, b, stateCount).pointee
    case .storeState: try Self.slot(state, b, stateCount).pointee = values[a]
    case .requireBound:
      if cells[a] == 0 {
        throw .init(.name, "cannot access local variable '\(code.body.names[b])' where it is not associated with a value")
      }
    default: preconditionFailure("every opcode has its place in one of the two switches")
    }
  }

  private func callInstruction(
    _ now: Instruction, _ code: FunctionCode, _ values: UnsafeMutablePointer<Value>, _ state: UnsafeMutablePointer<Value>?,
    _ stateCount: Int
  ) throws(MachineError) {
    let (a, b, c) = (Int(now.a), Int(now.b), Int(now.c))
    try spend(1)
    switch now.opcode {
    case .callCode:
      let callee = code.body.functions[b]
      let frame = try enter(callee)
      defer { leave(frame, callee) }
      for (index, register) in callee.inputs.enumerated() { try put(values[c + index], into: register, frame) }
      values[a] = try execute(callee, frame.cells, frame.values, nil, 0)
    case .callBuiltin:
      let shape = code.body.calls[c]
      guard let builtin = shape.builtin else { return }
      values[a] = try builtin.implementation(self, shape.arguments.map { $0.map { values[b + $0] } })
    case .callMethod:
      let shape = code.body.calls[c]
      let (positional, keywords) = try arguments(shape, values + b + 1)
      switch now.x {
      case 1: values[a] = try Operations.call(method: shape.name, on: &values[shape.root], positional, keywords, machine: self)
      case 2:
        values[a] = try Operations.call(
          method: shape.name, on: &Self.slot(state, shape.root, stateCount).pointee, positional, keywords, machine: self)
      default: values[a] = try Operations.call(method: shape.name, on: &values[b], positional, keywords, machine: self)
      }
    default:
      let shape = code.body.calls[c]
      let (positional, keywords) = try arguments(shape, values + b + 1)
      values[a] = try call(values[b], positional, keywords)
    }
  }

  /// The arguments of a call, spread ones taken apart.
  private func arguments(
    _ shape: CallShape, _ first: UnsafeMutablePointer<Value>
  ) throws(MachineError) -> (positional: [Value], keywords: [(name: String, value: Value)]) {
    if shape.isPlain { return (Array(UnsafeBufferPointer(start: first, count: shape.passing.count)), []) }
    var positional: [Value] = []
    var keywords: [(name: String, value: Value)] = []
    for (index, passing) in shape.passing.enumerated() {
      switch passing {
      case .positional: positional.append(first[index])
      case .keyword(let name): keywords.append((name, first[index]))
      case .spread: positional += try Operations.elements(of: first[index])
      case .keywordSpread:
        guard case .dict(let dict) = first[index] else {
          throw .init(.type, "argument after ** must be a mapping, not \(first[index].typeName)")
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
