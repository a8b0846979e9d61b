/// Which nodes are computed together. Each group replaces what its nodes would have done one by one.
struct Fusion {
  /// An input multiplied and shifted while it is gathered.
  struct RescaledInput {
    let slot: InputSlot
    var scale = 1.0
    var offset = 0.0
  }

  /// By the node that is written: the last of a chain of multiplications and additions of constants.
  private(set) var rescaledInputs: [Node: RescaledInput] = [:]
  /// By the node that is written: bias and activation included.
  private(set) var products: [Node: Product] = [:]
  /// By the gradient that is never written.
  private(set) var updatedProducts: [Node: Product] = [:]
  /// Gradients of tables by the rows that were looked up, which are never written either.
  private(set) var updatedRows: Set<Node> = []
  /// By each of the nodes that are written: bias, ReLU and pool included, or the gradient of the bias.
  var convolutions: [Node: ConvolutionWork] = [:]
  /// Convolutions in whose place stands what the pool behind them has chosen.
  var choices: Set<Node> = []
  /// By each of the nodes that the pass writes.
  private(set) var crossEntropies: [Node: CrossEntropyPass] = [:]

  /// ReLUs that stand behind the pool of their results.
  let rectified: RectifiedPools

  let graph: Graph
  let uses: Uses

  init(_ graph: Graph, uses: Uses, effects: [Effect]) {
    self.graph = graph
    self.uses = uses
    rectified = RectifiedPools(graph, uses)
    for index in graph.entries.indices {
      let node = Node(index: index)
      switch graph[node].operation {
      case .input where graph[node].type == .float32: rescale(node)
      case .matrixProduct: product(endingWhere: node)
      case .convolution: convolution(endingWhere: node)
      case .convolutionKernelGradient: kernelGradient(node)
      case .crossEntropy, .binaryCrossEntropy: crossEntropy(node)
      default: break
      }
    }
    joinPools()
    let needed = effects.flatMap(\.operands).map(graph.root(of:))
    for case .update(let update) in effects where needed.filter({ $0 == update.gradient }).count == 1 {
      fuseUpdate(update)
      fuseRowsUpdate(update)
    }
  }

  /// What a node needs, if it is one of a group.
  func dependencies(of node: Node) -> [Node]? {
    if rescaledInputs[node] != nil { return [] }
    if let product = products[node] ?? updatedProducts[node] { return product.reads }
    return convolutions[node]?.reads ?? rectified.reads[node] ?? crossEntropies[node]?.reads
  }

  // MARK: Gathering

  private mutating func rescale(_ input: Node) {
    guard case .input(let slot) = graph[input].operation else { return }
    var rescaled = RescaledInput(slot: slot)
    var last = input
    // A batch is gathered row by row, so the rows must still be its own.
    while let user = uses.only(of: last), graph[user].count == graph[input].count,
      graph[user].shape.first == graph[input].shape.first,
      case .binary(let operation) = graph[user].operation
    {
      let (left, right) = (graph.constantValue(graph[user].inputs[0]), graph.constantValue(graph[user].inputs[1]))
      switch (operation, left, right) {
      case (.multiply, let factor?, _), (.multiply, _, let factor?):
        rescaled.scale *= factor
        rescaled.offset *= factor
      case (.divide, _, let divisor?):
        rescaled.scale /= divisor
        rescaled.offset /= divisor
      case (.add, let term?, _), (.add, _, let term?): rescaled.offset += term
      case (.subtract, _, let term?): rescaled.offset -= term
      default:
        if last != input { rescaledInputs[last] = rescaled }
        return
      }
      last = user
    }
    if last != input { rescaledInputs[last] = rescaled }
  }

  // MARK: Products

  /// `activation(a·b + bias)`, or a product under the derivative of ReLU.
  private mutating func product(endingWhere node: Node) {
    let entry = graph[node]
    guard case .matrixProduct(let transposeA, let transposeB) = entry.operation else { return }
    var product = Product(
      a: entry.inputs[0], b: entry.inputs[1], transposeA: transposeA, transposeB: transposeB, precision: entry.precision)
    var last = node
    if let user = uses.only(of: last), let bias = bias(added: last, by: user) {
      product.bias = bias
      last = user
    }
    if let user = uses.only(of: last), case .unary(let operation) = graph[user].operation,
      [.relu, .sigmoid, .tanh].contains(operation), !rectified.moved.contains(user)
    {
      product.activation = operation
      last = user
    } else if product.bias == nil, let user = uses.only(of: last), case .binary(.reluGradient) = graph[user].operation,
      graph.root(of: graph[user].inputs[0]) == node, graph[graph[user].inputs[1]].count == entry.count
    {
      product.gate = graph[user].inputs[1]
      last = user
    }
    products[last] = product
  }

  /// `relu(convolution + bias)`.
  private mutating func convolution(endingWhere node: Node) {
    var work = ConvolutionWork(node, in: graph)
    if let user = uses.only(of: node), let bias = bias(added: node, by: user) {
      work.bias = bias
      work.result = user
    }
    if let user = uses.only(of: work.result), graph[user].operation == .unary(.relu), !rectified.moved.contains(user) {
      work.isRectified = true
      work.result = user
    }
    convolutions[work.result] = work
  }

  /// The gradient of a kernel along with that of a bias: the same gradient summed over all positions.
  private mutating func kernelGradient(_ node: Node) {
    let (x, gradient) = (graph[node].inputs[0], graph[node].inputs[1])
    let users = uses.all(of: gradient)
    let positions = 0..<graph[gradient].shape.count - 1
    var work = ConvolutionWork(node, in: graph)
    work.biasGradient = users.first { user in
      guard case .reduce(.sum, axes: positions) = graph[user].operation else { return false }
      return convolutions[user] == nil && graph.isSameMemory(graph[user].inputs[0], gradient)
        && graph[graph[user].inputs[0]].shape == graph[gradient].shape && x.index < user.index && users.contains(node)
    }
    for node in work.writes { convolutions[node] = work }
  }

  /// The vector that `user` adds to each row of a product.
  private func bias(added product: Node, by user: Node) -> Node? {
    guard case .binary(.add) = graph[user].operation, graph[user].count == graph[product].count else { return nil }
    let inputs = graph[user].inputs
    let isLeft = graph.root(of: inputs[0]) == product
    let (rows, bias) = isLeft ? (inputs[0], inputs[1]) : (inputs[1], inputs[0])
    let columns = graph[product].shape[graph[product].shape.count - 1]
    // The rows that are added to must be the product's own: a reshape may have moved the axes.
    guard graph[rows].shape.last == columns, graph[bias].shape == [columns], graph.root(of: bias) != product else { return nil }
    return bias
  }

  /// A gradient that is one product over few rows and needed by its update alone is never written (unless its rows are shorter than a
  /// vector: those are updated faster end to end).
  private mutating func fuseUpdate(_ update: Update) {
    let node = update.gradient
    guard case .matrixProduct = graph[node].operation, let product = products[node], product.bias == nil,
      product.activation == nil, product.gate == nil, isForUpdateAlone(node), !readsVariable(product.reads)
    else { return }
    let shape = graph.shapeOf(product)
    guard shape.n >= 16, shape.k <= 1024,
      CPUBackend.isOurs(product, shape) || CPUBackend.tileParts(of: product, shape) > 0
    else { return }
    products[node] = nil
    updatedProducts[node] = product
  }

  /// A gradient that is 0 but for the rows that were looked up is not written either, if rows are whole vectors at least.
  private mutating func fuseRowsUpdate(_ update: Update) {
    let node = update.gradient
    guard case .scatterRows = graph[node].operation, graph[node].count >= 16 * graph[node].shape[0], isForUpdateAlone(node),
      !readsVariable(graph[node].inputs)
    else { return }
    updatedRows.insert(node)
  }

  private func isForUpdateAlone(_ node: Node) -> Bool {
    uses.areNone(of: node) && !graph.outputs.contains { graph.root(of: $0) == node }
  }

  private func readsVariable(_ nodes: [Node]) -> Bool {
    nodes.contains { if case .variable = graph[graph.root(of: $0)].operation { true } else { false } }
  }

  // MARK: Cross-entropies

  /// Loss, probabilities, gradient and hits of the same rows in one pass, where the targets are there from the start.
  private mutating func crossEntropy(_ loss: Node) {
    let entry = graph[loss]
    let settings: CrossEntropy
    switch entry.operation {
    case .crossEntropy(let given), .binaryCrossEntropy(let given): settings = given
    default: return
    }
    guard isInput(entry.inputs[0]), crossEntropies[loss] == nil else { return }
    var pass = CrossEntropyPass(
      settings: settings, isBinary: entry.operation.isBinaryLoss, targets: entry.inputs[0], input: entry.inputs[1], loss: loss)
    for user in uses.all(of: pass.input) where graph[user].inputs.contains(where: { graph.isSameMemory($0, pass.input) }) {
      switch graph[user].operation {
      case .softmax where settings.form == .activated && !pass.isBinary,
        .unary(.sigmoid) where settings.form == .activated && pass.isBinary:
        guard pass.probabilities == nil, crossEntropies[user] == nil, products[user] == nil else { continue }
        pass.probabilities = user
      case .crossEntropyGradient(settings) where !pass.isBinary, .binaryCrossEntropyGradient(settings) where pass.isBinary:
        let operands = graph[user].inputs
        guard pass.gradient == nil, graph.isSameMemory(operands[0], pass.targets),
          graph.isSameMemory(operands[1], pass.input), let (scale, weights) = rowFactor(operands[2])
        else { continue }
        pass.gradient = user
        pass.scale = scale
        pass.weights = weights
      default: continue
      }
    }
    if !pass.isBinary, let probabilities = pass.probabilities { pass.hits = hits(probabilities, pass.targets) }
    for node in pass.writes { crossEntropies[node] = pass }
  }

  /// The node that compares the likeliest class with the target, both as class numbers.
  private func hits(_ probabilities: Node, _ targets: Node) -> Node? {
    guard graph[targets].type == .int32 else { return nil }
    for argmax in uses.all(of: probabilities) where graph[argmax].operation == .argmax {
      for cast in uses.all(of: argmax) where graph[cast].operation == .cast {
        for equal in uses.all(of: cast) where graph[equal].operation == .binary(.equal) {
          let others = graph[equal].inputs.filter { graph.root(of: $0) != cast }
          guard others.count == 1, case .cast = graph[graph.root(of: others[0])].operation,
            graph[equal].count == graph[targets].count
          else { continue }
          let source = graph[graph.root(of: others[0])].inputs[0]
          if graph.isSameMemory(source, targets) { return equal }
        }
      }
    }
    return nil
  }

  /// A gradient of row losses as one factor for all rows and perhaps a weight for each that is an input.
  private func rowFactor(_ gradient: Node) -> (scale: Double, weights: Node?)? {
    let root = graph.root(of: gradient)
    switch graph[root].operation {
    case .broadcast:
      return graph.constantValue(graph.root(of: graph[root].inputs[0])).map { ($0, nil) }
    case .binary(.multiply):
      let inputs = graph[root].inputs
      for (factor, rest) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
        if let scale = graph.constantValue(factor), isInput(rest), graph[rest].count == graph[gradient].count {
          return (scale, rest)
        }
      }
      return nil
    default: return isInput(gradient) ? (1, gradient) : nil
    }
  }

  private func isInput(_ node: Node) -> Bool {
    if case .input = graph[graph.root(of: node)].operation { true } else { false }
  }
}

extension Graph {
  /// The extents of a product [m, k] · [k, n].
  func shapeOf(_ product: Product) -> (m: Int, n: Int, k: Int) {
    let a = self[product.a].shape
    let b = self[product.b].shape
    return (product.transposeA ? a[1] : a[0], product.transposeB ? b[0] : b[1], product.transposeA ? a[0] : a[1])
  }
}
