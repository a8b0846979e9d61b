import Arrays
import Syntax

/// A compiled function of examples as it is carried out for many at once, which lie along a new first axis: every step does to each of them
/// what it does to one alone, so that the result is that of one call for each, put side by side.
///
/// Only straight lines of steps are translated that are known to keep examples apart: arithmetic of arrays of one rank and of constants,
/// numpy's functions of each element, casts, layers that say so of themselves. Numbers that stand for examples without axes can be passed
/// on, cast and made one-hot, and nothing else, since Python computes with numbers in other types than NumPy with arrays.
package struct RowwiseFunction: Sendable {
  /// What a step works on.
  private enum Operand: Sendable { case constant(Value), slot(Int) }

  private enum Step: Sendable {
    case binary(BinaryOperator, Operand, Operand)
    case augment(BinaryOperator, Operand, Operand)
    case compare(ComparisonOperator, Operand, Operand)
    case unary(UnaryOperator, Operand)
    case builtin(Builtin, [Operand?])
    case method(String, Operand, [Operand])
    case object(any ObjectValue, [Operand?])
  }

  /// What the function gives, made of slots.
  private indirect enum Output: Sendable {
    /// `isNumber`: of an example it is a Python number, which becomes an array of the widest type.
    case slot(Int, isNumber: Bool)
    case tuple([Output])
  }

  /// The arguments stand in the first slots, what each step makes in the next.
  private let steps: [Step]
  private let output: Output

  /// `ranks` are those of the arguments for one example. Nil where the function may do with many something else than with one.
  package init?(_ function: FunctionValue, ranks: [Int]) {
    guard case .code(let code, let captured) = function.body, code.parameterCount == ranks.count, !code.takesRest else {
      return nil
    }
    var translation = Translation(code, captured, ranks)
    guard let output = translation.run() else { return nil }
    steps = translation.steps
    self.output = output
  }

  /// What it gives for arguments whose examples lie along the first axis of each.
  package func call(_ arguments: [NDArray], on machine: Machine) throws(MachineError) -> Value {
    machine.restoreBudget()
    machine.takesBatches = true
    defer { machine.takesBatches = false }
    var slots = arguments.map(Value.array)
    func value(_ operand: Operand) -> Value {
      switch operand {
      case .constant(let value): value
      case .slot(let index): slots[index]
      }
    }
    for step in steps {
      let made: Value
      switch step {
      case .binary(let op, let a, let b): made = try Operations.binary(op, value(a), value(b))
      case .augment(let op, let a, let b): made = try Operations.augment(op, value(a), value(b))
      case .compare(let op, let a, let b): made = try Operations.compare(op, value(a), value(b))
      case .unary(let op, let a): made = try Operations.unary(op, value(a))
      case .builtin(let builtin, let operands): made = try builtin.implementation(machine, operands.map { $0.map(value) })
      case .method(let name, let receiver, let operands):
        var object = value(receiver)
        made = try Operations.call(method: name, on: &object, operands.map(value), [], machine: machine)
      case .object(let object, let operands): made = try object.call(operands.map { $0.map(value) ?? .none }, on: machine)
      }
      slots.append(made)
    }
    return Self.value(of: output, slots)
  }

  private static func value(of output: Output, _ slots: [Value]) -> Value {
    switch output {
    case .slot(let index, let isNumber):
      guard isNumber, case .array(let array) = slots[index] else { return slots[index] }
      return .array(array.converted(to: array.type.isFloat ? .float64 : array.type.isInteger ? .int64 : .bool))
    case .tuple(let parts): return .tuple(parts.map { value(of: $0, slots) })
    }
  }
}

// MARK: Translation

extension RowwiseFunction {
  /// Walks the instructions once, with what is known of each register.
  private struct Translation {
    private let code: FunctionCode
    private(set) var steps: [Step] = []
    private var values: [Int: Known] = [:]
    private var cells: [Int: Known] = [:]
    private var slotCount: Int

    private indirect enum Known {
      case constant(Value)
      /// Rows, one an example; the rank of an example, nil where nobody knows it.
      case rows(slot: Int, rank: Int?)
      case tuple([Known])
    }

    init(_ code: FunctionCode, _ captured: [Value], _ ranks: [Int]) {
      self.code = code
      slotCount = ranks.count
      for (place, register) in code.inputs.enumerated() {
        let known: Known
        if place < ranks.count {
          known = .rows(slot: place, rank: ranks[place])
        } else if captured.indices.contains(place - ranks.count) {
          known = .constant(captured[place - ranks.count])
        } else {
          continue
        }
        if register.kind == .value { values[register.index] = known } else { cells[register.index] = known }
      }
    }

    /// What the function gives; nil where an instruction is not understood.
    mutating func run() -> Output? {
      for now in code.body.instructions {
        let (a, b, c) = (Int(now.a), Int(now.b), Int(now.c))
        switch now.opcode {
        case .returnValue: return values[a].flatMap(output)
        case .moveValue: values[a] = values[b]
        case .moveCell: cells[a] = cells[b]
        case .loadValue: values[a] = .constant(code.body.constants[b])
        case .boxInteger: values[a] = cells[b] ?? number(b).map { .constant(.integer($0)) }
        case .boxFloat:
          values[a] = cells[b] ?? number(b).map { .constant(.float(Double(bitPattern: UInt64(bitPattern: Int64($0))))) }
        case .boxTruth: values[a] = cells[b] ?? number(b).map { .constant(.bool($0 != 0)) }
        case .makeTuple:
          let parts = (b..<b + c).compactMap { values[$0] }
          guard parts.count == c else { return nil }
          values[a] = .tuple(parts)
        case .binary:
          let op = OperatorTable.binary[Int(now.x)]
          values[a] = op == .matrixMultiply ? nil : elementwise([values[b], values[c]]) { .binary(op, $0[0], $0[1]) }
        case .augment:
          let op = OperatorTable.binary[Int(now.x)]
          values[a] = op == .matrixMultiply ? nil : elementwise([values[b], values[c]]) { .augment(op, $0[0], $0[1]) }
        case .compare:
          let op = OperatorTable.compare[Int(now.x)]
          guard ![.isSame, .isNotSame, .isIn, .isNotIn].contains(op) else { return nil }
          values[a] = elementwise([values[b], values[c]]) { .compare(op, $0[0], $0[1]) }
        case .unary:
          let op = OperatorTable.unary[Int(now.x)]
          values[a] = op == .not ? nil : elementwise([values[b]]) { .unary(op, $0[0]) }
        case .callBuiltin: values[a] = builtin(code.body.calls[c], first: b)
        case .callMethod: values[a] = now.x == 0 ? method(code.body.calls[c], first: b) : nil
        case .call: values[a] = object(code.body.calls[c], first: b)
        default: return nil
        }
        if now.opcode != .moveCell, values[a] == nil { return nil }
      }
      return nil
    }

    /// A number of the text that stands in a cell from the beginning.
    private func number(_ cell: Int) -> Int? {
      cell < CodeBody.constantCells && code.body.cellConstants.indices.contains(cell) ? code.body.cellConstants[cell] : nil
    }

    private func output(_ known: Known) -> Output? {
      switch known {
      case .constant: return nil
      case .rows(let slot, let rank): return .slot(slot, isNumber: rank == 0)
      case .tuple(let parts):
        let outputs = parts.compactMap(output)
        return outputs.count == parts.count ? .tuple(outputs) : nil
      }
    }

    private mutating func add(_ step: Step, rank: Int?) -> Known {
      steps.append(step)
      slotCount += 1
      return .rows(slot: slotCount - 1, rank: rank)
    }

    private static func operand(_ known: Known) -> Operand? {
      switch known {
      case .constant(let value): .constant(value)
      case .rows(let slot, _): .slot(slot)
      case .tuple: nil
      }
    }

    /// A step that works on each element: its arrays have one rank for an example, 1 or more, and constants no larger one.
    private mutating func elementwise(_ parts: [Known?], _ step: ([Operand]) -> Step) -> Known? {
      let parts = parts.compactMap { $0 }
      let operands = parts.compactMap(Self.operand)
      guard operands.count == parts.count, let rank = commonRank(of: parts) else { return nil }
      return add(step(operands), rank: rank)
    }

    private func commonRank(of parts: [Known]) -> Int? {
      var rank: Int?
      for case .rows(_, let own) in parts {
        guard let own, own > 0, own == rank ?? own else { return nil }
        rank = own
      }
      guard let rank else { return nil }
      for case .constant(let value) in parts {
        switch value {
        case .integer, .float, .bool, .none: continue
        case .array(let array) where array.rank <= rank: continue
        default: return nil
        }
      }
      return rank
    }

    private static let functionsOfElements: Set<String> = [
      "abs", "absolute", "add", "clip", "cos", "divide", "equal", "exp", "expm1", "floor", "ceil", "greater", "less", "log",
      "log1p",
      "logical_not", "maximum", "minimum", "multiply", "negative", "not_equal", "power", "round", "sign", "sin", "sqrt", "square",
      "subtract", "tanh", "true_divide",
    ]

    private mutating func builtin(_ shape: CallShape, first: Int) -> Known? {
      guard let builtin = shape.builtin, !builtin.isImpure else { return nil }
      let parts = shape.arguments.map { $0.map { values[first + $0] } }
      // An argument that is there and not understood.
      if parts.contains(where: { if case .some(nil) = $0 { true } else { false } }) { return nil }
      let given = parts.map { $0 ?? nil }
      let operands = given.map { $0.flatMap(Self.operand) }
      guard zip(given, operands).allSatisfy({ $0 == nil || $1 != nil }) else { return nil }
      switch (builtin.namespace, builtin.name) {
      case (.tensors, "cast"):
        guard case .rows(_, let rank)? = given[0], case .constant? = given[1] else { return nil }
        return add(.builtin(builtin, operands), rank: rank)
      case (.tensors, "one_hot"):
        guard case .rows(_, let rank?)? = given[0], given.dropFirst().allSatisfy(Self.isConstant) else { return nil }
        return add(.builtin(builtin, operands), rank: rank + 1)
      case (.numpy, _) where Self.functionsOfElements.contains(builtin.name):
        guard let rank = commonRank(of: given.compactMap { $0 }) else { return nil }
        return add(.builtin(builtin, operands), rank: rank)
      default: return nil
      }
    }

    private static func isConstant(_ known: Known?) -> Bool {
      guard let known else { return true }
      if case .constant = known { return true }
      return false
    }

    private mutating func method(_ shape: CallShape, first: Int) -> Known? {
      guard shape.name == "astype", shape.isPlain, case .rows(_, let rank?)? = values[first], rank > 0 else { return nil }
      let parts = shape.passing.indices.map { values[first + 1 + $0] }
      guard parts.allSatisfy({ $0 != nil && Self.isConstant($0) }), let receiver = values[first].flatMap(Self.operand) else {
        return nil
      }
      return add(.method(shape.name, receiver, parts.compactMap { $0.flatMap(Self.operand) }), rank: rank)
    }

    /// A layer that is called on an example, and perhaps with constants.
    private mutating func object(_ shape: CallShape, first: Int) -> Known? {
      guard case .constant(.object(let object))? = values[first], object.keepsExamplesApart, let type = object.objectType.call
      else {
        return nil
      }
      var operands = [Operand?](repeating: nil, count: type.parameters.count)
      for (place, passing) in shape.passing.enumerated() {
        let target: Int?
        switch passing {
        case .positional: target = place
        case .keyword(let name): target = type.parameters.firstIndex { $0.name == name }
        case .spread, .keywordSpread: target = nil
        }
        guard let target, operands.indices.contains(target), let known = values[first + 1 + place] else { return nil }
        if target == 0 {
          guard case .rows(_, let rank) = known, rank != 0 else { return nil }
        } else if !Self.isConstant(known) {
          return nil
        }
        operands[target] = Self.operand(known)
      }
      guard operands.first.flatMap({ $0 }) != nil else { return nil }
      return add(.object(object, operands), rank: nil)
    }
  }
}
