import CKernels

/// Attention and its derivative.
extension CPUBackend {
  func attention(_ work: Work, _ settings: Attention) {
    let operands = attentionOperands(work.reads[...], settings)
    let blocks =
      Int(operands.batch * operands.heads) * Int(Pieces.number(of: Int(operands.queries), by: Int(operands.block_rows)))
    guard graph[work.writes[0]].count > 0 else { return }
    let scores = Double(operands.block_rows * operands.keys)
    let cost = scores * (2 * Double(operands.size + operands.width) / 60 + 0.6)
    let size = Pieces.size(of: blocks, nanoseconds: cost)
    let arguments = train_attention(operands: operands, output: address(work.writes[0]), blocks_per_piece: Int64(size))
    steps.add(kernels.attention, "attention", arguments, pieces: Pieces.number(of: blocks, by: size), tag: work.tag)
  }

  func attentionGradient(_ work: Work, _ settings: Attention) {
    let operands = attentionOperands(work.reads.dropFirst(), settings)
    guard graph[work.writes[0]].count > 0 else { return }
    let items = Int(operands.batch * operands.key_heads)
    let scores = Double(operands.queries * operands.keys * operands.heads / operands.key_heads)
    let cost = scores * (2 * Double(3 * operands.size + 2 * operands.width) / 60 + 1)
    let size = Pieces.size(of: items, nanoseconds: cost)
    let query = address(work.writes[0])
    let key = query + graph[work.reads[1]].count
    let arguments = train_attention_gradient(
      operands: operands, output_gradient: address(work.reads[0]), query_gradient: query, key_gradient: key,
      value_gradient: key + graph[work.reads[2]].count, items_per_piece: Int64(size))
    steps.add(
      kernels.attention_gradient, "attention gradient", arguments, pieces: Pieces.number(of: items, by: size), tag: work.tag)
  }

  /// query, key, value and perhaps a mask.
  private func attentionOperands(_ nodes: ArraySlice<Node>, _ settings: Attention) -> train_attention_operands {
    let nodes = Array(nodes)
    let (q, k, v) = (graph[nodes[0]].shape, graph[nodes[1]].shape, graph[nodes[2]].shape)
    var operands = train_attention_operands()
    (operands.query, operands.key, operands.value) = (
      UnsafePointer(address(nodes[0])), UnsafePointer(address(nodes[1])), UnsafePointer(address(nodes[2]))
    )
    if settings.hasMask {
      let shape = graph[nodes[3]].shape  // [batch or 1, heads or 1, queries or 1, keys]
      operands.mask = UnsafePointer(address(nodes[3]))
      operands.mask_query = shape[2] == 1 ? 0 : Int64(shape[3])
      operands.mask_head = shape[1] == 1 ? 0 : Int64(shape[2] * shape[3])
      operands.mask_batch = shape[0] == 1 ? 0 : Int64(shape[1] * shape[2] * shape[3])
    }
    (operands.batch, operands.queries, operands.keys) = (Int64(q[0]), Int64(q[1]), Int64(k[1]))
    (operands.heads, operands.key_heads) = (Int64(q[2]), Int64(k[2]))
    (operands.size, operands.width) = (Int64(q[3]), Int64(v[3]))
    operands.block_rows = Int64(CPUBackend.blockRows(items: q[0] * q[2], queries: q[1], keys: k[1]))
    operands.scale = Float(settings.scale)
    operands.causal = settings.isCausal ? 1 : 0
    return operands
  }

  /// How many queries a block has: as many as the scores' place allows, but fewer where there would be too few blocks for all threads.
  private static func blockRows(items: Int, queries: Int, keys: Int) -> Int {
    let most = min(Int(train_attention_scores) / max(keys, 1), 256)
    let blocks = max(Pieces.most / max(items, 1), 1)
    return max(min(most, max((queries + blocks - 1) / blocks, 28), max(queries, 1)), 1)
  }
}
