/// What stands between the products of one step of a recurrent cell with tanh and sigmoid, all gates at once.
package enum Gates: Hashable, Sendable {
  /// (input, recurrent [rows…, 4·units], cell before [rows…, units]) → gates [rows…, 4·units]; results: cell after, hidden state.
  /// With z = input + recurrent in blocks i, f, g, o: `cell = σ(f) · before + σ(i) · tanh(g)`, `hidden = σ(o) · tanh(cell)`
  /// (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).
  case lstm
  /// (gates, cell before, cell after, derivative in the hidden state, that in the cell) → derivative in z; result: that in the cell before.
  case lstmGradient
  /// (input, recurrent [rows…, 3·units], state before [rows…, units]) → gates [rows…, 3·units]; result: state after.
  /// In blocks z, r, g: `g = tanh(input + σ(r) · recurrent)`, `after = σ(z) · before + (1 − σ(z)) · g` (Cho et al., 2014, version 1).
  case gru
  /// (gates, recurrent, state before, derivative in the state after) → derivative in the input; results: that in the recurrent
  /// product, and in the state before as far as it does not go through the product.
  case gruGradient

  /// How many columns the first operand has for each unit.
  var blocks: Int {
    switch self {
    case .lstm, .lstmGradient: 4
    case .gru, .gruGradient: 3
    }
  }

  /// The shapes of the results beside the node itself.
  func results(products: [Int], state: [Int]) -> [[Int]] {
    switch self {
    case .lstm: [state, state]
    case .lstmGradient, .gru: [state]
    case .gruGradient: [products, state]
    }
  }

  /// What one unit of one row takes, a function of a number counted as one operation.
  var operationsPerUnit: Double {
    switch self {
    case .lstm: 13
    case .lstmGradient: 24
    case .gru: 12
    case .gruGradient: 16
    }
  }
}

extension Graph {
  /// A step of an LSTM: the two products, [rows…, 4·units], and the cell's state → the states after it.
  package mutating func lstm(_ input: Node, _ recurrent: Node, cell: Node) -> (hidden: Node, cell: Node) {
    let shape = self[cell].shape
    let gates = emitGates(.lstm, [input, recurrent, cell])
    let after = result(0, of: gates, shape)
    return (result(1, of: gates, shape), after)
  }

  /// A step of a GRU: the two products, [rows…, 3·units], and the state → the state after it.
  package mutating func gru(_ input: Node, _ recurrent: Node, state: Node) -> Node {
    let shape = self[state].shape
    return result(0, of: emitGates(.gru, [input, recurrent, state]), shape)
  }

  /// Gates and all their results. Every form has a product as its first operand and a state as its third.
  mutating func emitGates(_ gates: Gates, _ operands: [Node]) -> Node {
    let (products, state) = (self[operands[0]].shape, self[operands[2]].shape)
    precondition(
      products.count >= 2 && state == products.dropLast() + [products[products.count - 1] / gates.blocks],
      "a state of \(products) is \(state)")
    let node = emit(.gates(gates), operands, products)
    for (number, shape) in gates.results(products: products, state: state).enumerated() { _ = result(number, of: node, shape) }
    return node
  }

  // MARK: Derivatives

  /// What the gradients of the results of gates add to those of their operands.
  mutating func gateContributions(
    of node: Node, _ gates: Gates, _ found: [Int: Node], needed: (Node) -> Bool
  ) -> [(Node, Node)] {
    let inputs = self[node].inputs
    let state = self[inputs[2]].shape
    func gradient(of number: Int, in graph: inout Graph) -> Node {
      if let known = found[number] { return known }
      let zero = graph.constant(0)
      return graph.broadcast(zero, to: state)
    }
    var parts: [(Node, Node)]
    switch gates {
    case .lstm:
      let hidden = gradient(of: 1, in: &self)
      let cell = gradient(of: 0, in: &self)
      let after = result(0, of: node, state)
      let products = emitGates(.lstmGradient, [node, inputs[2], after, hidden, cell])
      parts = [(inputs[0], products), (inputs[1], products), (inputs[2], result(0, of: products, state))]
    case .gru:
      let after = gradient(of: 0, in: &self)
      let input = emitGates(.gruGradient, [node, inputs[1], inputs[2], after])
      let recurrent = result(0, of: input, self[node].shape)
      parts = [(inputs[0], input), (inputs[1], recurrent), (inputs[2], result(1, of: input, state))]
    case .lstmGradient, .gruGradient: parts = []
    }
    parts.removeAll { !needed($0.0) }
    return parts
  }
}
