import CKernels
import Glibc

/// What the machine does for one batch: a graph lowered once to a flat list of records, then run as often as wanted.
///
/// A run allocates nothing, and nothing in Swift grows with the batch: it sets a few numbers and hands the list to the pool. Its results
/// do not depend on the number of threads, bit for bit. Variables, states and scalars live in the `VariableStore` and
/// outlast the Program; everything else lies in an arena that other Programs may share between runs.
package final class Program {
  package let graph: Graph
  /// How many rows a batch has; 0 if the graph has no input.
  package let batch: Int
  private let store: VariableStore
  let pool: Pool
  private let arena: Arena
  private let plan: Plan
  private let memory: MemoryPlan
  private let numbers: ProgramNumbers
  /// Variables that a run changes.
  private let changed: [VariableID]

  private(set) var steps: StepList
  private var gathers: [InputSlot: [CPUBackend.Gather]]
  /// The gathering steps in a plain array, with how many rows the source of each has.
  private var gatherList: [(arguments: UnsafeMutablePointer<train_gather>, boundRows: Int)]
  private var sources: [InputSlot: ArraySource] = [:]
  private var generation: Int

  /// Builds a Program. Programs that share an arena must not run at the same time, and their outputs must be read before
  /// another runs.
  package init(_ graph: Graph, store: VariableStore, pool: Pool, arena: Arena = Arena()) throws(TensorsError) {
    self.graph = graph
    self.store = store
    self.pool = pool
    self.arena = arena
    plan = Plan(graph)
    memory = MemoryPlan(plan)
    numbers = ProgramNumbers(cells: memory.cells)
    batch =
      plan.works.lazy.compactMap { work in
        if case .gather = work.kind { graph[work.writes[0]].shape[0] } else { nil }
      }.first ?? 0
    var changed: Set<VariableID> = []
    for effect in graph.effects {
      switch effect {
      case .assign(_, let variable): changed.insert(variable)
      case .update(let update):
        changed.formUnion([update.variable] + update.slots)
      case .accumulate, .accumulateMean: break
      }
    }
    self.changed = changed.sorted { $0.index < $1.index }
    let lowered = try Program.lower(plan, memory, arena, store, numbers)
    steps = lowered.steps
    gathers = lowered.gathers
    gatherList = lowered.gathers.values.flatMap { $0.map { ($0.arguments, 0) } }
    generation = arena.generation
  }

  /// Lowers a plan to the arena as it lies now.
  private static func lower(
    _ plan: Plan, _ memory: MemoryPlan, _ arena: Arena, _ store: VariableStore, _ numbers: ProgramNumbers
  ) throws(TensorsError) -> CPUBackend {
    guard arena.reserve(memory.byteCount), let base = arena.base else {
      let (tag, bytes) = memory.largestHolder
      throw .outOfMemory(bytes: memory.byteCount, largest: tag.name, largestBytes: bytes)
    }
    var backend = CPUBackend(plan: plan, memory: memory, arena: base, store: store, numbers: numbers)
    try backend.lower()
    return backend
  }

  /// What a step of a graph would take of the arena, and the layer that holds most of it when most is held.
  package static func memory(of graph: Graph) -> (bytes: Int, largest: SourceTag, largestBytes: Int) {
    let memory = MemoryPlan(Plan(graph))
    let (tag, bytes) = memory.largestHolder
    return (memory.byteCount, tag, bytes)
  }

  /// How much of the arena a step uses.
  package var arenaBytes: Int { memory.byteCount }

  // MARK: Data

  /// The slots that must be bound before a run.
  package var slots: [InputSlot] { gathers.keys.sorted { $0.name < $1.name } }

  /// Where a slot's rows come from, from now on. A slot the graph does not need is ignored.
  package func bind(_ slot: InputSlot, _ source: ArraySource) {
    sources[slot] = source
    for gather in gathers[slot] ?? [] {
      precondition(
        gather.arguments.pointee.columns == source.rowElements,
        "a row of `\(slot)` has \(gather.arguments.pointee.columns) elements, not \(source.rowElements)")
      gather.arguments.pointee.stored = source.pointer
      gather.arguments.pointee.element = source.element.code
      for position in gatherList.indices where gatherList[position].arguments == gather.arguments {
        gatherList[position].boundRows = source.rowCount
      }
    }
  }

  // MARK: Running

  /// Runs one step on the rows with these numbers, of which there are `batch`; each lies within every bound source, and so do those of the
  /// next step, `after`, if they are known: they are brought near meanwhile.
  package func run(rows: UnsafePointer<Int32>, after: UnsafeBufferPointer<Int32>? = nil) throws(TensorsError) {
    try prepare(rows: rows, first: 0)
    for gather in gatherList {
      gather.arguments.pointee.rows_after = after?.baseAddress
      gather.arguments.pointee.count_after = Int64(after?.count ?? 0)
    }
    train_pool_run_steps(pool, steps)
    finish()
  }

  /// Runs one step on consecutive rows from `first`.
  package func run(first: Int = 0) throws(TensorsError) {
    for gather in gatherList {
      let end = first + Int(gather.arguments.pointee.count)
      precondition(first >= 0 && end <= gather.boundRows, "rows \(first)..<\(end) lie within the bound source")
    }
    try prepare(rows: nil, first: first)
    train_pool_run_steps(pool, steps)
    finish()
  }

  func prepare(rows: UnsafePointer<Int32>?, first: Int) throws(TensorsError) {
    if generation != arena.generation { try lowerAgain() }
    for gather in gatherList {
      precondition(gather.arguments.pointee.stored != nil, "every slot is bound before a run")
      gather.arguments.pointee.rows = rows
      gather.arguments.pointee.rows_after = nil
    }
    numbers.first.pointee = Int64(first)
    numbers.refresh(from: store.scalars)
  }

  /// The arena grew for another Program and lies elsewhere now.
  private func lowerAgain() throws(TensorsError) {
    let lowered = try Program.lower(plan, memory, arena, store, numbers)
    steps = lowered.steps
    gathers = lowered.gathers
    gatherList = lowered.gathers.values.flatMap { $0.map { ($0.arguments, 0) } }
    generation = arena.generation
    for (slot, source) in sources { bind(slot, source) }
  }

  /// A step with updates counts: the next has the next iteration and its own random numbers.
  func finish() {
    for variable in changed { store.noteChange(of: variable) }
    if graph.countsUpdate {
      store.scalars[.iteration] += 1
      store.scalars[.randomStep] += 1
    }
  }

  /// What a node had at the end of the last run; it must be an output. Valid until a Program of the same arena runs.
  package func read(_ node: Node) -> UnsafeBufferPointer<Float> {
    precondition(graph.outputs.contains(node), "only an output can be read")
    precondition(graph[node].type == .float32, "only float32 can be read")
    let root = plan.graph.root(of: node)
    let base: UnsafePointer<Float>?
    switch memory.places[root] {
    case .arena(let offset)?: base = arena.base.map { UnsafePointer(($0 + offset).assumingMemoryBound(to: Float.self)) }
    case .variable(let variable)?: base = UnsafePointer(store.address(of: variable))
    case .table(let table)?: base = UnsafeRawPointer(table.words).assumingMemoryBound(to: Float.self)
    case .cell(let index)?: base = UnsafePointer(numbers.cells + index)
    case nil: base = nil
    }
    return UnsafeBufferPointer(start: base.map { $0 + plan.graph.offsetInRoot(node) }, count: graph[node].count)
  }

}

/// Walks all records.
@inline(__always)
private func train_pool_run_steps(_ pool: Pool, _ steps: StepList) {
  steps.steps.withUnsafeBufferPointer { train_pool_run(pool.handle, $0.baseAddress, Int32($0.count)) }
}
