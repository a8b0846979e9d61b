/// Who uses a node, looking through views.
struct Uses {
  /// For each root: the operations that read it, once for each operand.
  private var users: [[Node]]
  /// Roots that an effect or output needs, or of which a part is used: they must be in memory.
  private var isPinned: [Bool]
  private let graph: Graph

  init(_ graph: Graph, live: [Bool], effects: [Effect]) {
    self.graph = graph
    users = Array(repeating: [], count: graph.entries.count)
    isPinned = Array(repeating: false, count: graph.entries.count)
    for (index, entry) in graph.entries.enumerated() where live[index] {
      for input in entry.inputs {
        let node = Node(index: index)
        if graph.viewOffset(node) == nil {
          users[graph.root(of: input).index].append(node)
        } else if graph[node].count != graph[input].count {
          isPinned[graph.root(of: input).index] = true
        }
      }
    }
    for node in graph.outputs { isPinned[graph.root(of: node).index] = true }
    for effect in effects {
      for node in effect.operands { isPinned[graph.root(of: node).index] = true }
    }
  }

  /// All operations that read a node.
  func all(of node: Node) -> [Node] { users[graph.root(of: node).index] }

  /// The one operation that reads a node, if nothing else needs it.
  func only(of node: Node) -> Node? {
    let root = graph.root(of: node)
    return users[root.index].count == 1 && !isPinned[root.index] ? users[root.index][0] : nil
  }

  /// All operations that read a node, if nothing else needs it.
  func operations(on node: Node) -> [Node]? {
    let root = graph.root(of: node)
    return isPinned[root.index] ? nil : users[root.index]
  }

  /// Whether nothing but effects and outputs needs a node.
  func areNone(of node: Node) -> Bool { users[graph.root(of: node).index].isEmpty }
}
