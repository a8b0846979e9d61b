import CKernels

/// The instructions of an element-wise pass, with places for what they read and write.
struct PassProgram {
  /// What lies in a place.
  enum Place: Hashable {
    /// A block between instructions, by number.
    case register(Int)
    /// One number, repeated.
    case number(Node)
    case memory(Node)
    case variable(VariableID)
  }

  struct Instruction {
    let function: Int
    var output: Place
    let operands: [Place]
  }

  private(set) var instructions: [Instruction] = []
  /// How many registers there are, numbers not counted.
  private(set) var registers = 0
  /// Roughly what an element costs, in nanoseconds.
  private(set) var nanoseconds = 0.0

  private let graph: Graph
  private let pass: ElementPass
  private let members: Set<Node>
  /// For each member, how many operands of the pass it still is.
  private var remainingUses: [Node: Int] = [:]
  private var placeOf: [Node: Place] = [:]
  private var free: [Int] = []

  init(_ pass: ElementPass, in graph: Graph) {
    self.graph = graph
    self.pass = pass
    members = Set(pass.nodes)
    for node in pass.nodes {
      for input in graph[node].inputs.map(graph.whole(of:)) where members.contains(input) {
        remainingUses[input, default: 0] += 1
      }
    }
    let ends = pass.written + pass.assigned.map(\.node)
    for node in pass.nodes where ends.contains(node) && remainingUses[node] == nil { emit(node) }
    writeVariables()
  }

  /// All places: registers and numbers first, then memory.
  var places: [Place] {
    let used = Set(instructions.flatMap { $0.operands + [$0.output] })
    func order(_ place: Place) -> (Int, Int) {
      switch place {
      case .register(let number): (0, number)
      case .number(let node): (1, node.index)
      case .memory(let node): (2, node.index)
      case .variable(let variable): (3, variable.index)
      }
    }
    return used.sorted { order($0) < order($1) }
  }

  // MARK: Instructions

  /// Emits a node after its operands. A result is written where it belongs as soon as nothing reads what was there.
  private mutating func emit(_ node: Node) {
    guard placeOf[node] == nil else { return }
    let form = form(of: node)
    form.nodes.filter(members.contains).forEach { emit($0) }
    let output = pass.written.contains(node) ? Place.memory(node) : nil
    placeOf[node] = emit(form, for: node, into: output)
  }

  /// Emits a function, of which the members among the operands are computed, into a place, or a register.
  private mutating func emit(_ form: Form, for node: Node, into output: Place?) -> Place {
    let operands = form.operands.map { operand in
      switch operand {
      case .node(let operand): place(operand, for: node)
      case .form(let inner): emit(inner, for: node, into: nil)
      }
    }
    for operand in form.uses where members.contains(operand) { release(operand) }
    for (operand, place) in zip(form.operands, operands) {
      if case .form = operand, case .register(let number) = place { free.append(number) }
    }
    let output = output ?? .register(free.popLast() ?? registers)
    if case .register(let number) = output { registers = max(registers, number + 1) }
    instructions.append(Instruction(function: form.function, output: output, operands: operands))
    nanoseconds += form.nanoseconds
    return output
  }

  private func place(_ operand: Node, for node: Node) -> Place {
    if let known = placeOf[operand] { return known }
    if graph[operand].count == 1 && graph[node].count != 1 { return .number(operand) }
    if case .variable(let variable) = graph[operand].operation { return .variable(variable) }
    return .memory(operand)
  }

  /// One use less of a member; its register is free after the last, unless the value is still to be assigned.
  private mutating func release(_ node: Node) {
    remainingUses[node, default: 0] -= 1
    guard remainingUses[node] == 0, !pass.assigned.contains(where: { $0.node == node }) else { return }
    if case .register(let number)? = placeOf[node] { free.append(number) }
  }

  /// Variables get their values: directly where what computes it is the last to read the variable, else copied at the end.
  private mutating func writeVariables() {
    for (node, variable) in pass.assigned {
      guard let source = placeOf[node] else { preconditionFailure("a pass computes what it assigns") }
      let target = Place.variable(variable)
      if case .register = source, let made = instructions.lastIndex(where: { $0.output == source }),
        !instructions[(made + 1)...].contains(where: { $0.operands.contains(target) || $0.output == target })
      {
        instructions[made].output = target
        for later in instructions.indices[(made + 1)...] { instructions[later].replace(source, by: target) }
        placeOf[node] = target
      } else {
        instructions.append(Instruction(function: Int(TRAIN_COPY.rawValue), output: target, operands: [source]))
      }
    }
  }

  // MARK: Functions

  /// What a function is computed from.
  private indirect enum Operand {
    case node(Node)
    case form(Form)
  }

  /// A function with its operands, and the nodes among them, as often as the graph's operations use them.
  private struct Form {
    let function: Int
    let operands: [Operand]
    let uses: [Node]
    let nanoseconds: Double

    init(_ function: UInt32, _ operands: [Operand], uses: [Node], nanoseconds: Double) {
      self.function = Int(function)
      self.operands = operands
      self.uses = uses
      self.nanoseconds = nanoseconds
    }

    init(_ function: UInt32, _ nodes: [Node], nanoseconds: Double) {
      self.init(function, nodes.map(Operand.node), uses: nodes, nanoseconds: nanoseconds)
    }

    /// The nodes that it and the functions within it are computed from.
    var nodes: [Node] {
      operands.flatMap { operand in
        switch operand {
        case .node(let node): [node]
        case .form(let form): form.nodes
        }
      }
    }
  }

  private func form(of node: Node) -> Form {
    let inputs = operands(node)
    switch graph[node].operation {
    case .unary(let operation):
      return Form(TRAIN_PASS_UNARY.rawValue + operation.kernel.rawValue, inputs, nanoseconds: operation.nanoseconds)
    case .binary(let operation):
      return fused(operation, inputs)
        ?? Form(TRAIN_PASS_BINARY.rawValue + operation.kernel.rawValue, inputs, nanoseconds: operation.nanoseconds)
    case .select: return Form(TRAIN_PASS_SELECT.rawValue, inputs, nanoseconds: 0.15)
    case .cast: return Form(TRAIN_PASS_FROM_INTEGER.rawValue, inputs, nanoseconds: 0.1)
    default: preconditionFailure("a pass has element-wise operations only, not \(graph[node].operation)")
    }
  }

  private func operands(_ node: Node) -> [Node] { graph[node].inputs.map(graph.whole(of:)) }

  /// Several operations as one function.
  private func fused(_ operation: BinaryOperation, _ inputs: [Node]) -> Form? {
    switch operation {
    case .add:
      return approach(inputs[0], by: inputs[1]) ?? approach(inputs[1], by: inputs[0])
        ?? withProduct(inputs[0], and: inputs[1], TRAIN_PASS_MULTIPLY_ADD)
        ?? withProduct(inputs[1], and: inputs[0], TRAIN_PASS_MULTIPLY_ADD)
    case .subtract:
      return withProduct(inputs[1], and: inputs[0], TRAIN_PASS_SUBTRACT_PRODUCT)
        ?? withProduct(inputs[0], and: inputs[1], TRAIN_PASS_MULTIPLY_SUBTRACT)
    case .divide: return rootQuotient(inputs[0], inputs[1])
    default: return nil
    }
  }

  /// `c + a·(b − c)`, or `c + a·(b² − c)`.
  private func approach(_ start: Node, by step: Node) -> Form? {
    guard isInner(step), graph[step].operation == .binary(.multiply) else { return nil }
    let factors = operands(step)
    for (distance, share) in [(factors[0], factors[1]), (factors[1], factors[0])]
    where isInner(distance) && graph[distance].operation == .binary(.subtract) && operands(distance)[1] == start {
      let goal = operands(distance)[0]
      if isInner(goal), graph[goal].operation == .unary(.square) {
        let root = operands(goal)[0]
        return Form(
          TRAIN_PASS_APPROACH_SQUARE.rawValue, [.node(share), .node(root), .node(start)], uses: [share, root, start, start],
          nanoseconds: 0.2)
      }
      return Form(
        TRAIN_PASS_APPROACH.rawValue, [.node(share), .node(goal), .node(start)], uses: [share, goal, start, start],
        nanoseconds: 0.2)
    }
    return nil
  }

  /// A function of a product's factors and another operand, if the product serves nothing else.
  private func withProduct(_ product: Node, and other: Node, _ function: train_pass_function) -> Form? {
    guard isInner(product) else { return nil }
    let inputs = operands(product)
    switch graph[product].operation {
    case .binary(.multiply): return Form(function.rawValue, inputs + [other], nanoseconds: 0.15)
    case .unary(.square):
      let operands = [inputs[0], inputs[0], other].map(Operand.node)
      return Form(function.rawValue, operands, uses: [inputs[0], other], nanoseconds: 0.15)
    case .binary(.divide):  // `number · x / (√v + ε)`: the number is a factor of the whole
      guard isInner(inputs[0]), graph[inputs[0]].operation == .binary(.multiply) else { return nil }
      let factors = operands(inputs[0])
      for (number, factor) in [(factors[0], factors[1]), (factors[1], factors[0])]
      where graph[number].count == 1 && graph[factor].count != 1 {
        guard let quotient = rootQuotient(factor, inputs[1]) else { return nil }
        return Form(
          function.rawValue, [.form(quotient), .node(number), .node(other)], uses: [number, other], nanoseconds: 0.15)
      }
      return nil
    default: return nil
    }
  }

  /// `a/(√b + c)` with a number c.
  private func rootQuotient(_ dividend: Node, _ divisor: Node) -> Form? {
    guard isInner(divisor), graph[divisor].operation == .binary(.add) else { return nil }
    let terms = operands(divisor)
    for (root, number) in [(terms[0], terms[1]), (terms[1], terms[0])]
    where isInner(root) && graph[root].operation == .unary(.sqrt) && graph[number].count == 1 && graph[root].count != 1 {
      return Form(TRAIN_PASS_ROOT_QUOTIENT.rawValue, [dividend, operands(root)[0], number], nanoseconds: 0.4)
    }
    return nil
  }

  /// Whether a node is computed for one operation of the pass alone.
  private func isInner(_ node: Node) -> Bool {
    members.contains(node) && remainingUses[node] == 1 && placeOf[node] == nil && !pass.written.contains(node)
      && !pass.assigned.contains { $0.node == node }
  }
}

extension PassProgram.Instruction {
  /// Reads from another place.
  fileprivate mutating func replace(_ old: PassProgram.Place, by new: PassProgram.Place) {
    self = Self(function: function, output: output, operands: operands.map { $0 == old ? new : $0 })
  }
}
