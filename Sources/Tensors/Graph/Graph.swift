import Glibc

/// What is computed for one batch: operations on tensors of known shape, in an order in which operands precede their users.
///
/// Layers, losses, metrics and optimizers emit into it; `gradients` derives more of it; a `Program` runs it, and the
/// `Evaluator` checks what the Program computes. Shapes include the batch, since a Program serves one batch size.
/// A mistake in shapes is a bug of the emitter, so it is a failed precondition.
package struct Graph: Sendable {
  /// An operation with its operands and what it gives.
  package struct Entry: Sendable {
    package let operation: Operation
    package let inputs: [Node]
    package let shape: [Int]
    package let type: ScalarType
    package let tag: SourceTag
    /// How the operands of a product or convolution enter it.
    package let precision: OperandPrecision

    package var count: Int { shape.reduce(1, *) }
  }

  package private(set) var entries: [Entry] = []
  package private(set) var effects: [Effect] = []
  /// Whether a run counts as an optimizer's update.
  package private(set) var countsUpdate = false
  /// What can be read after a run.
  package private(set) var outputs: [Node] = []
  /// Given to every operation emitted from now on.
  package var tag = SourceTag("")
  /// How the operands of products and convolutions emitted from now on enter them, and those of their derivatives.
  package var precision = OperandPrecision.float32

  /// Leaves are made once.
  private var leaves: [Operation: Node] = [:]

  package init() {}

  package subscript(node: Node) -> Entry { entries[node.index] }

  /// The shape of a node, batch first.
  package func shape(of node: Node) -> [Int] { entries[node.index].shape }

  /// Adds an operation as it stands. The builder methods check and shape; only they call this.
  mutating func emit(_ operation: Operation, _ inputs: [Node], _ shape: [Int], _ type: ScalarType = .float32) -> Node {
    precondition(shape.allSatisfy { $0 >= 0 }, "a tensor's extents are not negative: \(shape)")
    precondition(inputs.allSatisfy { $0.index < entries.count }, "operands belong to this graph")
    entries.append(Entry(operation: operation, inputs: inputs, shape: shape, type: type, tag: tag, precision: precision))
    return Node(index: entries.count - 1)
  }

  private mutating func leaf(_ operation: Operation, _ shape: [Int], _ type: ScalarType = .float32) -> Node {
    if let known = leaves[operation] {
      precondition(self[known].shape == shape && self[known].type == type, "a leaf has one shape and type: \(operation)")
      return known
    }
    let node = emit(operation, [], shape, type)
    leaves[operation] = node
    return node
  }

  // MARK: Leaves

  /// The gathered batch of a slot: `shape` is [batch, …]; float32 for features and sample weights, int32 for class numbers.
  package mutating func input(_ slot: InputSlot, shape: [Int], type: ScalarType = .float32) -> Node {
    precondition(!shape.isEmpty, "the first axis of an input is the batch")
    precondition(type != .mask, "an input is float32 or int32")
    return leaf(.input(slot), shape, type)
  }

  /// A variable as it is before the step.
  package mutating func variable(_ variable: VariableID) -> Node { leaf(.variable(variable), variable.shape) }

  /// A number, of shape [].
  package mutating func constant(_ value: Double) -> Node { leaf(.constant(value), []) }

  /// A number of the scalar block, read at each run, of shape [].
  package mutating func scalar(_ name: ScalarName) -> Node { leaf(.scalar(name), []) }

  /// Numbers of any shape, row-major; equal ones are kept once.
  package mutating func constant(floats values: [Float], shape: [Int]) -> Node {
    if values.count == 1 { return reshape(constant(Double(values[0])), shape) }
    return reshape(leaf(.table(Table(values)), [values.count]), shape)
  }

  /// Class numbers or indices of any shape, row-major; equal ones are kept once.
  package mutating func constant(integers values: [Int32], shape: [Int]) -> Node {
    reshape(leaf(.table(Table(values)), [values.count], .int32), shape)
  }

  /// The value of a constant, or nil.
  func constantValue(_ node: Node) -> Double? {
    if case .constant(let value) = self[node].operation { value } else { nil }
  }

  // MARK: What a run leaves behind

  /// Keeps a node readable after a run.
  package mutating func output(_ node: Node) {
    if !outputs.contains(node) { outputs.append(node) }
  }

  /// Adds a node's elements to doubles of the state block, each to its own.
  package mutating func accumulate(_ node: Node, into state: StateID) {
    precondition(self[node].type == .float32, "float32 is accumulated")
    precondition(self[node].count == state.count, "a state has as many doubles as the node elements")
    effects.append(.accumulate(node, state))
  }

  /// A metric's two sums, in double and in order of rows: `state[0] += Σ values · weights`, `state[1] += Σ weights`; both operands
  /// have the same shape, and without weights each counts 1.
  package mutating func accumulateMean(of values: Node, weights: Node? = nil, into state: StateID) {
    precondition(state.count == 2, "a mean has a sum and a count")
    precondition(self[values].type == .float32, "float32 is accumulated")
    if let weights { precondition(self[weights].shape == self[values].shape, "each value has one weight") }
    effects.append(.accumulateMean(values, weights: weights, state))
  }

  /// Makes a node a variable's value after the step.
  package mutating func assign(_ node: Node, to variable: VariableID) {
    precondition(self[node].shape == variable.shape, "\(self[node].shape) is assigned to \(variable.shape)")
    precondition(self[node].type == .float32, "variables are float32")
    effects.append(.assign(node, variable))
  }

  /// Lets an optimizer's rule change a variable. `slots` are the rule's own variables, in the order of `UpdateRule.slotNames`.
  /// Decoupled weight decay, `w −= w · weightDecay · η`, comes first.
  package mutating func update(
    _ variable: VariableID, gradient: Node, rule: UpdateRule, slots: [VariableID], weightDecay: Double = 0,
    scalars: StepScalars = .standard
  ) {
    precondition(self[gradient].shape == variable.shape, "a gradient has the shape of its variable: \(self[gradient].shape)")
    precondition(slots.count == rule.slotNames.count, "the rule \(rule) has \(rule.slotNames.count) slots")
    precondition(slots.allSatisfy { $0.shape == variable.shape }, "a slot has the shape of its variable")
    effects.append(
      .update(
        Update(
          variable: variable, gradient: gradient, rule: rule, slots: slots, weightDecay: weightDecay, scalars: scalars)))
    countsUpdate = true
  }

  /// Makes a run count as an optimizer's update, so that `iteration` rises after it: for optimizers that are composed of operations
  /// and `assign`.
  package mutating func countUpdate() { countsUpdate = true }
}

/// What a run changes, beside the outputs. All operations see variables as they were before the step.
package enum Effect: Sendable {
  case accumulate(Node, StateID)
  case accumulateMean(Node, weights: Node?, StateID)
  case assign(Node, VariableID)
  case update(Update)

  /// The nodes whose values it needs.
  package var operands: [Node] {
    switch self {
    case .accumulate(let node, _), .assign(let node, _): [node]
    case .accumulateMean(let values, let weights, _): [values] + (weights.map { [$0] } ?? [])
    case .update(let update): [update.gradient]
    }
  }
}

/// One variable's optimizer update.
package struct Update: Sendable {
  package let variable: VariableID
  package internal(set) var gradient: Node
  package let rule: UpdateRule
  package let slots: [VariableID]
  /// Decoupled: `w −= w · weightDecay · η` before the rule.
  package let weightDecay: Double
  /// Where the learning rate and the iteration stand.
  package let scalars: StepScalars
}

/// How an optimizer changes a variable, element by element; `η` is the learning rate, `t` the iteration plus one.
/// An optimizer not named here is composed of operations and `assign`.
package enum UpdateRule: Hashable, Sendable {
  /// `w −= η·g`; with momentum `m = μ·m − η·g`, `w += m`, or `w += μ·m − η·g` with the new m if `nesterov`.
  case sgd(momentum: Double, nesterov: Bool)
  /// `m += (1−β1)(g−m)`, `v += (1−β2)(g²−v)`, `w −= η·√(1−β2ᵗ)/(1−β1ᵗ) · m/(√v + ε)`; with `amsgrad` v's maximum so far replaces v.
  case adam(beta1: Double, beta2: Double, epsilon: Double, amsgrad: Bool)

  /// Keras's names for the slots of one variable.
  package var slotNames: [String] {
    switch self {
    case .sgd(let momentum, _): momentum == 0 ? [] : ["momentum"]
    case .adam(_, _, _, let amsgrad): amsgrad ? ["momentum", "velocity", "velocity_hat"] : ["momentum", "velocity"]
    }
  }
}

extension UpdateRule {
  /// The learning rate with Adam's corrections of bias: `η·√(1−β2ᵗ)/(1−β1ᵗ)`, t = `step` from 1; other rules take η itself.
  func correctedRate(_ rate: Double, step: Double) -> Double {
    switch self {
    case .sgd: rate
    case .adam(let beta1, let beta2, _, _): rate * (1 - pow(beta2, step)).squareRoot() / (1 - pow(beta1, step))
    }
  }
}
