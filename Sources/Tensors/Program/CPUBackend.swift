import CKernels

/// Turns work into records of kernels for the processor: one entry of `lower` for each kind. Another backend is another such
/// table over the same plan.
struct CPUBackend {
  let plan: Plan
  let memory: MemoryPlan
  let arena: UnsafeMutableRawPointer
  let store: VariableStore
  let numbers: ProgramNumbers
  var steps = StepList()
  /// The group of the works that are lowered, while those run shard by shard.
  var group: Plan.ShardGroup?
  private(set) var gathers: [InputSlot: [Gather]] = [:]
  /// What gathers the values of a node.
  private(set) var gathered: [Node: UnsafeMutablePointer<train_gather>] = [:]
  let kernels = train_kernels()!.pointee
  /// Where nodes lie that this plan does not place itself: what the step of a recurrence is given and what it leaves.
  var located: [Node: UnsafeMutablePointer<Float>] = [:]
  /// The constants of a step.
  var stepConstants: UnsafeMutablePointer<Float>?

  /// A gathering step whose source is bound later.
  struct Gather {
    let arguments: UnsafeMutablePointer<train_gather>
    let tag: SourceTag
  }

  var graph: Graph { plan.graph }

  /// Lowers the whole plan.
  mutating func lower() throws(TensorsError) {
    var position = 0
    for group in plan.groups {
      try lower(position..<group.range.lowerBound)
      self.group = group
      let first = group.range.lowerBound
      if case .product(let product) = plan.works[first].kind, product.innerCut != nil { parts(of: product, at: first) }
      for position in group.range {
        switch plan.works[position].kind {
        case .convolution(let convolution): try packKernel(of: convolution, at: position)
        case .product(let product): pack(product, at: position)
        default: break
        }
      }
      steps.beginGroup()
      try lower(group.range)
      steps.endGroup(shards: group.shards)
      self.group = nil
      position = group.range.upperBound
    }
    try lower(position..<plan.works.count)
  }

  private mutating func lower(_ range: Range<Int>) throws(TensorsError) {
    for position in range { try lower(plan.works[position], at: position) }
  }

  /// The rows of a shard.
  var shardRows: Int? { group?.rows }

  /// How many elements of a tensor of `count` a shard has.
  func shardElements(of count: Int) -> Int? { group.map { count / $0.batch * $0.rows } }

  /// How many rows of the batch a piece takes: the group's shard, or what the cost says.
  func rowsPerPiece(_ rows: Int, nanoseconds: Double) -> Int { shardRows ?? Pieces.size(of: rows, nanoseconds: nanoseconds) }

  mutating func lower(_ work: Work, at position: Int) throws(TensorsError) {
    steps.nextCost = work.cost(in: plan)
    switch work.kind {
    case .gather(let slot, let scale, let offset): gather(work, slot, scale, offset)
    case .product(let product): try self.product(product, into: work.writes[0], work.tag, at: position)
    case .batchedProduct(let transposeA, let transposeB): try batchedProduct(work, transposeA, transposeB)
    case .convolution(let convolution): try self.convolution(work, convolution, at: position)
    case .unary(let operation): unary(work, operation)
    case .binary(let operation): binary(work, operation)
    case .select: select(work)
    case .elements(let pass): self.pass(pass, work.tag)
    case .dropout(let rate, let stream): dropout(work, rate, key: stream.key)
    case .dropoutAgain(let rate): dropoutAgain(work, rate)
    case .random(let distribution, let stream): random(work, distribution, key: stream.key)
    case .cast: cast(work)
    case .reduce(let kind, let axes): reduce(work, kind, axes, at: position)
    case .cumulativeSum(let sum): cumulativeSum(work, sum)
    case .broadcast: broadcast(work)
    case .transpose(let permutation): transpose(work, permutation)
    case .softmax(let isLog): softmax(work, isLog)
    case .softmaxGradient(let isLog): softmaxGradient(work, isLog)
    case .argmax: argmax(work)
    case .top(let count): top(work, count)
    case .oneHot(let depth): oneHot(work, depth)
    case .slice(let axis, let start): slice(work, axis, start)
    case .concatenate(let axis): concatenate(work, axis)
    case .pad(let axis, let before): pad(work, axis, before)
    case .gatherRows: gatherRows(work)
    case .scatterRows: scatterRows(work)
    case .takeAlongLast: takeAlongLast(work)
    case .pool(let pooling, let isRectified): pool(work, pooling, isRectified: isRectified)
    case .poolGradient(let pooling, let isRectified): poolGradient(work, pooling, isRectified: isRectified)
    case .resample(let resampling): resample(work, resampling)
    case .sample(let sampling): sample(work, sampling)
    case .sampleGradient(let sampling): sampleGradient(work, sampling)
    case .moments: moments(work, at: position)
    case .normalize(let epsilon): normalize(work, epsilon)
    case .normalizeGradientSums(let epsilon): normalizeGradientSums(work, epsilon, at: position)
    case .normalizeGradient(let epsilon): normalizeGradient(work, epsilon)
    case .normalizeRows(let settings): normalizeRows(work, settings)
    case .normalizeRowsGradient(let settings): normalizeRowsGradient(work, settings)
    case .normalizeRowsGradientSums(let settings): normalizeRowsGradientSums(work, settings, at: position)
    case .attention(let settings): attention(work, settings)
    case .attentionGradient(let settings): attentionGradient(work, settings)
    case .crossEntropy(let pass): crossEntropy(pass, work.tag)
    case .gates(let gates): self.gates(work, gates)
    case .scan(let scan): try self.scan(work, scan, at: position)
    case .accumulate(let state): accumulate(work, state)
    case .accumulateMean(let state): accumulateMean(work, state)
    case .assign(let variable): assign(work, variable)
    case .update(let update): self.update(update, work.tag)
    case .productUpdate(let product, let update): productUpdate(product, update, work.tag, at: position)
    case .rowsUpdate(let update): rowsUpdate(update, work, at: position)
    }
  }

  // MARK: Addresses

  /// Where a node's value begins.
  func address(_ node: Node) -> UnsafeMutablePointer<Float> {
    let root = graph.root(of: node)
    if let located = located[root] { return located + graph.offsetInRoot(node) }
    guard let place = memory.places[root] else {
      preconditionFailure("a node that is read has a place: \(graph[root].operation)")
    }
    let base: UnsafeMutablePointer<Float> =
      switch place {
      case .arena(let offset): (arena + offset).assumingMemoryBound(to: Float.self)
      case .variable(let variable): store.address(of: variable)
      case .table(let table): UnsafeMutableRawPointer(table.words).assumingMemoryBound(to: Float.self)
      case .cell(let index): (stepConstants ?? numbers.cells) + index
      }
    return base + graph.offsetInRoot(node)
  }

  func integers(_ node: Node) -> UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(address(node)).assumingMemoryBound(to: Int32.self)
  }

  func scratch(_ position: Int) -> UnsafeMutablePointer<Float> {
    guard let offset = memory.scratch[position] else { preconditionFailure("the plan gave this work scratch memory") }
    return (arena + offset).assumingMemoryBound(to: Float.self)
  }

  // MARK: The batch

  private mutating func gather(_ work: Work, _ slot: InputSlot, _ scale: Double, _ offset: Double) {
    let node = work.writes[0]
    let shape = graph[node].shape
    let columns = shape.dropFirst().reduce(1, *)
    let rowsPerPiece = Pieces.size(of: shape[0], nanoseconds: 20 + Double(columns) * 0.8)
    // `train_gather_labels` has the same fields up to `element`.
    let arguments = train_gather(
      output: address(node), stored: nil, rows: nil, first: numbers.first, count: Int64(shape[0]), columns: Int64(columns),
      rows_per_piece: Int64(rowsPerPiece), element: 0, scale: Float(scale), offset: Float(offset),
      rows_after: nil, count_after: 0)
    let isLabel = graph[node].type == .int32
    let place = steps.add(
      isLabel ? kernels.gather_labels : kernels.gather, "gather", arguments,
      pieces: Pieces.number(of: shape[0], by: rowsPerPiece), tag: work.tag)
    gathers[slot, default: []].append(Gather(arguments: place, tag: work.tag))
    if !isLabel { gathered[node] = place }
  }

  // MARK: Effects

  private func accumulate(_ work: Work, _ state: StateID) {
    let arguments = train_accumulate(
      state: store.states.address(of: state), values: address(work.reads[0]), count: Int64(state.count))
    steps.add(train_accumulate_run, "accumulate", arguments, pieces: 1, tag: work.tag)
  }

  private func accumulateMean(_ work: Work, _ state: StateID) {
    let arguments = train_accumulate_metric(
      state: store.states.address(of: state), values: address(work.reads[0]),
      weights: work.reads.count == 2 ? UnsafePointer(address(work.reads[1])) : nil, count: Int64(graph[work.reads[0]].count),
      scale: 1)
    steps.add(kernels.accumulate_metric, "accumulate mean", arguments, pieces: 1, tag: work.tag)
  }

  private func assign(_ work: Work, _ variable: VariableID) {
    copy(from: address(work.reads[0]), to: store.address(of: variable), count: variable.count, work.tag)
  }

  func copy(from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int, _ tag: SourceTag) {
    let size = Pieces.size(of: count, nanoseconds: 0.1, unit: 64)
    let arguments = train_unary(
      output: target, input: source, count: Int64(count), per_piece: Int64(size), a: 0, b: 0)
    steps.add(
      train_unary_kernel(train_kernels(), TRAIN_COPY), "copy", arguments, pieces: Pieces.number(of: count, by: size), tag: tag)
  }

  private func update(_ update: Update, _ tag: SourceTag) {
    let count = update.variable.count
    let size = Pieces.size(of: count, nanoseconds: 0.5, unit: 64)
    let arguments = train_update_range(
      update: kernelUpdate(update), gradient: address(update.gradient), count: Int64(count), per_piece: Int64(size))
    steps.add(kernels.update, "update", arguments, pieces: Pieces.number(of: count, by: size), tag: tag)
  }

  /// The rule with the addresses of weights, slots and the numbers that change from step to step.
  func kernelUpdate(_ update: Update) -> train_update {
    let slots = update.slots.map { store.address(of: $0) }
    var record = train_update()
    record.weights = store.address(of: update.variable)
    record.first = slots.isEmpty ? nil : slots[0]
    record.second = slots.count > 1 ? slots[1] : nil
    record.third = slots.count > 2 ? slots[2] : nil
    record.rate = UnsafePointer(numbers.rate(of: update))
    record.decay = update.weightDecay == 0 ? nil : UnsafePointer(numbers.decay(of: update))
    switch update.rule {
    case .sgd(let momentum, let nesterov):
      record.kind = Int32(TRAIN_SGD.rawValue)
      record.beta_1 = momentum
      record.variant = nesterov ? 1 : 0
    case .adam(let beta1, let beta2, let epsilon, let amsgrad):
      record.kind = Int32(TRAIN_ADAM.rawValue)
      (record.beta_1, record.beta_2, record.epsilon) = (beta1, beta2, epsilon)
      record.variant = amsgrad ? 1 : 0
    }
    return record
  }
}
