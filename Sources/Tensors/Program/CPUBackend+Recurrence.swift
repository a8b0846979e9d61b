import CKernels

/// Recurrences: the records of one step, once for each position, with the addresses of that position.
extension CPUBackend {
  mutating func scan(_ work: Work, _ scan: ScanWork, at position: Int) throws(TensorsError) {
    let region = scan.region
    let step = scan.plan.graph
    steps.nextCost = Cost()  // each work of a step tells its own
    let temporaries = UnsafeMutableRawPointer(scratch(position))
    var inner = CPUBackend(plan: scan.plan, memory: scan.memory, arena: temporaries, store: store, numbers: numbers)
    inner.steps = steps
    inner.stepConstants = constants(of: scan.memory)
    for (leaf, operand) in zip(region.invariants, work.reads.suffix(region.invariants.count)) {
      inner.located[leaf] = address(operand)
    }
    let slots = slots(of: scan, after: temporaries + (scan.memory.byteCount + 63) / 64 * 64)
    for (index, carried) in region.carried.enumerated() {
      let first = address(work.reads[region.sequences.count + index])
      copy(from: first, to: slots[index](region.firstSlot), count: step[carried.before].count, work.tag)
    }
    if scan.shardRows != nil { steps.beginGroup() }
    for number in 0..<region.count {
      let place = region.position(ofStep: number)
      for (leaf, sequence) in zip(region.sequences, work.reads) {
        inner.located[leaf] = address(sequence) + place * step[leaf].count
      }
      for (index, carried) in region.carried.enumerated() {
        inner.located[carried.before] = slots[index](region.slotBefore(place))
        inner.located[carried.after] = slots[index](region.slotAfter(place))
      }
      for (node, all) in scan.kept { inner.located[node] = address(all) + place * step[node].count }
      try inner.lowerStep(in: scan.shardRows == nil ? nil : scan.plan.groups.first)
    }
    if scan.shardRows != nil, let group = scan.plan.groups.first {
      steps.endGroup(shards: group.shards)
    }
  }

  /// The works of one step: those of a group that is open already, or in groups of their own.
  private mutating func lowerStep(in group: Plan.ShardGroup?) throws(TensorsError) {
    self.group = group
    guard group != nil else { return try lower() }
    for position in plan.works.indices { try lower(plan.works[position], at: position) }
  }

  /// For each carried value, where its slots lie: in the buffer of the result, or two in turns.
  private func slots(
    of scan: ScanWork, after start: UnsafeMutableRawPointer
  ) -> [(Int) -> UnsafeMutablePointer<Float>] {
    var free = start
    return scan.region.carried.indices.map { index in
      let count = scan.plan.graph[scan.region.carried[index].before].count
      if let buffer = scan.carried[index] {
        let base = address(buffer)
        return { base + $0 * count }
      }
      let bytes = scan.slotBytes(index)
      let base = free
      free += 2 * bytes
      return { (base + $0 % 2 * bytes).assumingMemoryBound(to: Float.self) }
    }
  }

  /// The constants of a step, in memory that lives as long as the records.
  private func constants(of memory: MemoryPlan) -> UnsafeMutablePointer<Float> {
    let cells = steps.allocate(byteCount: max(memory.cells.count, 1) * 4)
      .bindMemory(to: Float.self, capacity: max(memory.cells.count, 1))
    for (index, operation) in memory.cells.enumerated() {
      guard case .constant(let value) = operation else { preconditionFailure("a step knows constants only: \(operation)") }
      cells[index] = Float(value)
    }
    return cells
  }

  // MARK: Gates

  func gates(_ work: Work, _ gates: Gates) {
    let shape = graph[work.writes[0]].shape
    let positions = shape.dropFirst().dropLast().reduce(1, *)
    let (rows, units) = (Int64(shape[0] * positions), Int64(shape[shape.count - 1] / gates.blocks))
    let nanoseconds = Double(units) * gates.operationsPerUnit * 0.1 + 20
    let size = shardRows.map { $0 * positions } ?? Pieces.size(of: Int(rows), nanoseconds: nanoseconds)
    let pieces = Pieces.number(of: Int(rows), by: size)
    func read(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(address(work.reads[index])) }
    func written(_ index: Int) -> UnsafeMutablePointer<Float> { address(work.writes[index]) }
    switch gates {
    case .lstm:
      let arguments = train_lstm(
        gates: written(0), cell: written(1), hidden: written(2), input: read(0), recurrent: read(1), before: read(2), rows: rows,
        units: units, rows_per_piece: Int64(size))
      steps.add(kernels.lstm, "LSTM", arguments, pieces: pieces, tag: work.tag)
    case .lstmGradient:
      let arguments = train_lstm_gradient(
        z_gradient: written(0), before_gradient: written(1), gates: read(0), before: read(1), cell: read(2),
        hidden_gradient: read(3), cell_gradient: read(4), rows: rows, units: units, rows_per_piece: Int64(size))
      steps.add(kernels.lstm_gradient, "LSTM gradient", arguments, pieces: pieces, tag: work.tag)
    case .gru:
      let arguments = train_gru(
        gates: written(0), hidden: written(1), input: read(0), recurrent: read(1), before: read(2), rows: rows, units: units,
        rows_per_piece: Int64(size))
      steps.add(kernels.gru, "GRU", arguments, pieces: pieces, tag: work.tag)
    case .gruGradient:
      let arguments = train_gru_gradient(
        input_gradient: written(0), recurrent_gradient: written(1), before_gradient: written(2), gates: read(0),
        recurrent: read(1), before: read(2), hidden_gradient: read(3), rows: rows, units: units, rows_per_piece: Int64(size))
      steps.add(kernels.gru_gradient, "GRU gradient", arguments, pieces: pieces, tag: work.tag)
    }
  }
}
