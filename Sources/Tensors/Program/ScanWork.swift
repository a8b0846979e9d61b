/// A recurrence as work: the plan of one step, and which of its values are wanted from outside.
final class ScanWork {
  let region: Region
  let plan: Plan
  let memory: MemoryPlan
  /// The buffers of carried values that someone reads, by their numbers.
  let carried: [Int: Node]
  /// Nodes of the step whose values in all steps are kept, and where.
  let kept: [(step: Node, all: Node)]
  /// If every work of the step keeps to its rows: how many a thread takes through all steps.
  let shardRows: Int?

  /// `results` are the results that are needed, by number.
  init(_ region: Region, results: [(number: Int, node: Node)]) {
    self.region = region
    let count = region.carried.count
    carried = Dictionary(uniqueKeysWithValues: results.filter { $0.number < count }.map { ($0.number, $0.node) })
    kept = results.filter { $0.number >= count }.map { (Node(index: $0.number - count), $0.node) }
    var step = region.step
    for node in region.carried.map(\.after) + kept.map(\.step) { step.output(node) }
    var plan = Plan(step, isStep: true)
    shardRows = ScanWork.shardRows(plan)
    if let shardRows, let rows = plan.rows(of: 0) {
      plan.groups = [Plan.ShardGroup(range: plan.works.indices, rows: shardRows, batch: rows)]
    }
    self.plan = plan
    memory = MemoryPlan(plan)
  }

  /// The bytes of a carried value, in whole cache lines.
  func slotBytes(_ index: Int) -> Int { (plan.graph.byteCount(of: region.carried[index].before) + 63) / 64 * 64 }

  /// Temporary values of a step, then two slots for each carried value that nobody reads later.
  var scratchBytes: Int {
    let slots = region.carried.indices.filter { carried[$0] == nil }.reduce(0) { $0 + 2 * slotBytes($1) }
    return max((memory.byteCount + 63) / 64 * 64 + slots, 64)
  }

  /// How many rows a thread takes through all steps: none, if some work needs more than its own rows, if what all rows read does not stay
  /// in a core's cache, or if a step of one shard is work enough for several threads.
  private static func shardRows(_ plan: Plan) -> Int? {
    guard let rows = plan.rows(of: 0) else { return nil }
    let graph = plan.graph
    let largestShared = 1 << 20
    let longest = 20_000.0
    var shared: Set<Node> = []
    var written: Set<Node> = []
    var nanoseconds = 0.0
    for (position, work) in plan.works.enumerated() {
      guard plan.rows(of: position) == rows, let local = work.rowLocal(in: graph, withinStep: true) else { return nil }
      let roots = local.wholeReads.map(graph.root(of:))
      guard roots.allSatisfy({ !written.contains($0) }) else { return nil }
      for node in work.reads where graph[node].count != graph[graph.root(of: node)].count {
        if written.contains(graph.root(of: node)) { return nil }
      }
      shared.formUnion(roots)
      written.formUnion(work.writes)
      nanoseconds += local.nanoseconds
    }
    guard shared.reduce(0, { $0 + graph.byteCount(of: $1) }) <= largestShared else { return nil }
    let size = rows >= 32 ? 16 : 8
    if rows <= size { return Double(rows) * nanoseconds <= longest ? rows : nil }
    return size
  }
}

extension Plan {
  /// The rows of a work that keeps to its rows.
  fileprivate func rows(of position: Int) -> Int? {
    works.indices.contains(position) ? works[position].rowLocal(in: graph, withinStep: true)?.rows : nil
  }
}
