/// Operations element by element on tensors of one count, done together block by block: what lies between them is never written.
struct ElementPass {
  /// The operations, operands before users.
  let nodes: [Node]
  /// Those whose values are written to the arena.
  let written: [Node]
  /// Those that become values of variables.
  let assigned: [(node: Node, variable: VariableID)]

  /// What the pass reads: operands that it does not compute itself, each once.
  func reads(in graph: Graph) -> [Node] {
    var known = Set(nodes)
    return nodes.flatMap { graph[$0].inputs.map(graph.whole(of:)) }.filter { known.insert($0).inserted }
  }
}

/// Which element-wise operations are done together.
///
/// An operation joins the one pass of all its users. So a pass depends on nothing that depends on it, and passes need no order of their own.
/// Passes that end in assignments are done with the other effects, after everything that sees the variables as they were.
struct ElementFusion {
  /// Passes of several operations that write one node, by that node.
  private(set) var passes: [Node: ElementPass] = [:]
  /// Passes that write variables, in an order in which each reads variables before another writes them.
  private(set) var assignments: [ElementPass] = []
  /// Nodes that only a pass knows.
  private(set) var absorbed: Set<Node> = []
  /// Effects, by position, that a pass carries out.
  private(set) var doneEffects: Set<Int> = []

  private let graph: Graph
  /// For each root, the live nodes that read it; views are looked through.
  private var users: [[Node]]
  /// Roots that must be in memory for something that is no operation on them all.
  private var isPinned: [Bool]
  private var isCandidate: [Bool]

  /// More operations than this would not fit into a pass's places.
  private static let longest = 48

  /// `dependencies` are the operands of live nodes, as other groups leave them; nil for what is not live, or in a group already.
  init(_ graph: Graph, effects: [Effect], live: [Bool], isGrouped: (Node) -> Bool, dependencies: (Node) -> [Node]) {
    self.graph = graph
    let count = graph.entries.count
    users = Array(repeating: [], count: count)
    isPinned = Array(repeating: false, count: count)
    isCandidate = Array(repeating: false, count: count)
    for index in graph.entries.indices where live[index] {
      let node = Node(index: index)
      isCandidate[index] = !isGrouped(node) && canJoin(node)
      for operand in dependencies(node) {
        let root = graph.root(of: operand)
        if graph.viewOffset(node) == nil {
          users[root.index].append(node)
        } else if graph[node].count != graph[operand].count {
          isPinned[root.index] = true
        }
      }
    }
    for node in graph.outputs { isPinned[graph.root(of: node).index] = true }
    for effect in effects {
      if case .assign = effect { continue }
      for node in effect.operands { isPinned[graph.root(of: node).index] = true }
    }
    fuseAssignments(effects)
    fuseOperations(effects)
  }

  /// Whether a node is an operation that computes each element from those at the same place, and from single numbers.
  private func canJoin(_ node: Node) -> Bool {
    let entry = graph[node]
    switch entry.operation {
    case .unary, .binary, .select: break
    case .cast where entry.type == .float32: break
    default: return false
    }
    return entry.count > 0
      && entry.inputs.allSatisfy { [1, entry.count].contains(graph[$0].count) && !isPartOfVariable($0) }
  }

  /// A part is read at other places than those at which a pass may write the variable.
  private func isPartOfVariable(_ node: Node) -> Bool {
    if case .variable = graph[graph.root(of: node)].operation {
      graph.whole(of: node) == node && graph.viewOffset(node) != nil
    } else {
      false
    }
  }

  /// The operands of a node that may join its pass.
  private func joinable(_ node: Node) -> [Node] {
    graph[node].inputs.map(graph.whole(of:)).filter { isCandidate[$0.index] && graph[$0].count == graph[node].count }
  }

  // MARK: Passes that end in assignments

  private mutating func fuseAssignments(_ effects: [Effect]) {
    let targets = assignable(effects)
    let groups = connected(targets)
    // In reverse order the users of a node are known before it.
    var members: [Int: [Node]] = [:]
    var groupOf: [Node: Int] = [:]
    for index in graph.entries.indices.reversed() {
      let node = Node(index: index)
      guard let group = groups[node], !isPinned[index], isCandidate[index],
        users[index].allSatisfy({ groupOf[$0] == group }), targets[node] != nil || !users[index].isEmpty
      else { continue }
      groupOf[node] = group
      members[group, default: []].append(node)
    }
    for (_, nodes) in members.sorted(by: { $0.key < $1.key }) where nodes.count <= ElementFusion.longest {
      let nodes = Array(nodes.reversed())
      let assigned = nodes.flatMap { node in (targets[node] ?? []).map { (node: node, variable: $0.variable) } }
      assignments.append(ElementPass(nodes: nodes, written: [], assigned: assigned))
      absorbed.formUnion(nodes)
      doneEffects.formUnion(nodes.flatMap { (targets[$0] ?? []).map(\.effect) })
    }
    // A pass over many elements may read a number that a pass over that one writes, but not the other way round.
    assignments.sort { graph[$0.nodes[0]].count > graph[$1.nodes[0]].count }
  }

  /// By node: the variables that are assigned from it alone, and the effects' positions.
  private func assignable(_ effects: [Effect]) -> [Node: [(variable: VariableID, effect: Int)]] {
    var assignmentCount: [VariableID: Int] = [:]
    for case .assign(_, let variable) in effects { assignmentCount[variable, default: 0] += 1 }
    var targets: [Node: [(variable: VariableID, effect: Int)]] = [:]
    for (position, effect) in effects.enumerated() {
      guard case .assign(let node, let variable) = effect, assignmentCount[variable] == 1 else { continue }
      let root = graph.root(of: node)
      if isCandidate[root.index], graph[root].count == variable.count { targets[root, default: []].append((variable, position)) }
    }
    return targets
  }

  /// The group of every node that may join the pass of an assignment. Assignments that share an operand or a variable, one's value being
  /// another's operand, are of one group.
  private func connected(_ targets: [Node: [(variable: VariableID, effect: Int)]]) -> [Node: Int] {
    var parents = Array(graph.entries.indices)
    func group(_ index: Int) -> Int {
      var index = index
      while parents[index] != index { index = parents[index] }
      return index
    }
    func join(_ a: Int, _ b: Int) {
      let (a, b) = (group(a), group(b))
      parents[max(a, b)] = min(a, b)
    }
    var reached: Set<Node> = []
    var firstWithVariable: [VariableID: Int] = [:]
    for (node, assigned) in targets {
      var open = [node]
      while let next = open.popLast() {
        guard reached.insert(next).inserted else { continue }
        for operand in joinable(next) {
          join(operand.index, next.index)
          open.append(operand)
        }
        for input in graph[next].inputs.map(graph.whole(of:)) where graph[input].count == graph[next].count {
          switch graph[input].operation {
          case .constant, .scalar, .table: continue
          case .variable(let variable):
            if let other = firstWithVariable[variable] {
              join(other, next.index)
            } else {
              firstWithVariable[variable] = next.index
            }
          default: join(input.index, next.index)
          }
        }
      }
      for (variable, _) in assigned {
        if let other = firstWithVariable[variable] { join(other, node.index) } else { firstWithVariable[variable] = node.index }
      }
    }
    return Dictionary(uniqueKeysWithValues: reached.map { ($0, group($0.index)) })
  }

  // MARK: Other passes

  private mutating func fuseOperations(_ effects: [Effect]) {
    for (position, effect) in effects.enumerated() where !doneEffects.contains(position) {
      for node in effect.operands { isPinned[graph.root(of: node).index] = true }
    }
    var last: [Node: Node] = [:]  // of a node's pass
    var members: [Node: [Node]] = [:]
    for index in graph.entries.indices.reversed() where isCandidate[index] {
      let node = Node(index: index)
      guard !absorbed.contains(node) else { continue }
      let pass = users[index].first.flatMap { last[$0] }
      if let pass, !isPinned[index], users[index].allSatisfy({ last[$0] == pass && graph[$0].count == graph[node].count }),
        members[pass, default: []].count < ElementFusion.longest
      {
        last[node] = pass
        members[pass, default: []].append(node)
      } else {
        last[node] = node
        members[node] = [node]
      }
    }
    for (node, nodes) in members where nodes.count > 1 {
      passes[node] = ElementPass(nodes: nodes.reversed(), written: [node], assigned: [])
      absorbed.formUnion(nodes.filter { $0 != node })
    }
  }
}
