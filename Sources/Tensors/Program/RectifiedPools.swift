/// ReLUs whose results are only pooled. The largest of max(x, 0) is the maximum of the largest x and 0, so they move behind the pool, where there is
/// less to do; and as a pool hands on no derivative where its result is 0, nothing is left to do for theirs.
struct RectifiedPools {
  /// The ReLUs that are not computed where they stand.
  private(set) var moved: Set<Node> = []
  /// What pools, and derivatives of pool and ReLU together, read instead of their operands.
  private(set) var reads: [Node: [Node]] = [:]
  /// By the derivative of a ReLU: the pool whose derivative it takes in.
  private(set) var gradients: [Node: Pooling] = [:]

  init(_ graph: Graph, _ uses: Uses) {
    for index in graph.entries.indices where graph.entries[index].operation == .unary(.relu) {
      move(Node(index: index), graph, uses)
    }
  }

  private mutating func move(_ relu: Node, _ graph: Graph, _ uses: Uses) {
    guard let users = uses.operations(on: relu), !users.isEmpty else { return }
    let x = graph[relu].inputs[0]
    var reads: [Node: [Node]] = [:]
    var gradients: [Node: Pooling] = [:]
    for user in users {
      let inputs = graph[user].inputs
      switch graph[user].operation {
      case .pool(let pooling) where pooling.kind == .max && inputs[0] == relu: reads[user] = [x]
      case .poolGradient(let pooling) where pooling.kind == .max && inputs[1] == relu:
        guard let slope = uses.only(of: user), graph[slope].operation == .binary(.reluGradient),
          graph[slope].inputs == [user, relu]
        else { return }
        reads[slope] = [inputs[0], x, inputs[2]]
        gradients[slope] = pooling
      case .binary(.reluGradient) where inputs[1] == relu && users.contains(inputs[0]): continue
      default: return
      }
    }
    moved.insert(relu)
    self.reads.merge(reads) { first, _ in first }
    self.gradients.merge(gradients) { first, _ in first }
  }
}
