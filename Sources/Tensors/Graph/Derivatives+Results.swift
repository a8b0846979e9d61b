/// The gradients that reach an operation through its results.
struct ResultGradients {
  /// The gradient of some slots of a carried value of a recurrence.
  struct Part {
    let start: Int
    let gradient: Node
  }

  /// Those of one operation.
  struct Found {
    /// By number of the result.
    var whole: [Int: Node] = [:]
    var parts: [Int: [Part]] = [:]
  }

  private var found: [Node: Found] = [:]

  /// Keeps a gradient if it is that of a result, or of some slots of a recurrence's result, for when the operation's turn comes.
  mutating func take(_ gradient: Node, of node: Node, in graph: Graph) -> Bool {
    let entry = graph[node]
    switch entry.operation {
    case .result(let number):
      found[entry.inputs[0], default: Found()].whole[number] = gradient
      return true
    case .slice(axis: 0, let start):
      let buffer = graph[entry.inputs[0]]
      guard case .result(let number) = buffer.operation, case .scan(let region) = graph[buffer.inputs[0]].operation,
        number < region.carried.count
      else { return false }
      found[buffer.inputs[0], default: Found()].parts[number, default: []].append(Part(start: start, gradient: gradient))
      return true
    default: return false
    }
  }

  /// The gradients of an operation's results; nil if none has one.
  mutating func removeAll(of node: Node) -> Found? { found.removeValue(forKey: node) }
}

extension Graph {
  /// What the gradients of an operation's results add to those of its operands.
  mutating func contributions(
    of node: Node, _ found: ResultGradients.Found, needed: (Node) -> Bool
  ) -> [(Node, Node)] {
    switch self[node].operation {
    case .gates(let gates): return gateContributions(of: node, gates, found.whole, needed: needed)
    case .scan(let region): return scanContributions(of: node, region, found, needed: needed)
    default: preconditionFailure("only gates and recurrences have results: \(self[node].operation)")
    }
  }
}
