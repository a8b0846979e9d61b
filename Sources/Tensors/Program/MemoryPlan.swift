/// Where each node's value lies while a step runs, and how large the arena must be.
struct MemoryPlan {
  /// A place for a value.
  enum Place: Equatable {
    /// Bytes into the arena.
    case arena(Int)
    case variable(VariableID)
    case table(Table)
    /// A number of the Program's own: a constant or a copy of a scalar.
    case cell(Int)
  }

  /// A stretch of the arena and the works, by position, between which it is in use.
  struct Buffer {
    /// Where what it holds comes from.
    let tag: SourceTag
    var bytes: Int
    var first: Int
    var last: Int
    var offset = 0
  }

  private(set) var places: [Node: Place] = [:]
  /// The offset of each work's scratch memory.
  private(set) var scratch: [Int: Int] = [:]
  private(set) var byteCount = 0
  /// Constants and scalars, in the order of their cells.
  private(set) var cells: [Operation] = []
  private(set) var buffers: [Buffer] = []

  init(_ plan: Plan) {
    let graph = plan.graph
    placeLeaves(plan)
    var bufferOf: [Node: Int] = [:]
    let times = plan.times
    let lastUse = MemoryPlan.lastUses(plan, times)
    for (position, work) in plan.works.enumerated() {
      let time = times[position]
      for node in work.writes {
        let bytes = plan.byteCount(of: node)
        let last = lastUse[node] ?? time
        if node == work.writes.first, let taken = heir(of: work, in: plan, at: position, bytes, lastUse, bufferOf, graph) {
          buffers[taken].last = max(buffers[taken].last, last)
          bufferOf[node] = taken
        } else {
          bufferOf[node] = buffers.count
          buffers.append(Buffer(tag: graph[node].tag, bytes: bytes, first: time, last: last))
        }
      }
      if work.scratchBytes > 0 {
        scratch[position] = buffers.count
        buffers.append(Buffer(tag: work.tag, bytes: work.scratchBytes, first: time, last: time))
      }
    }
    layOut()
    checkNoOverlap()
    for (node, buffer) in bufferOf { places[node] = .arena(buffers[buffer].offset) }
    scratch = scratch.mapValues { buffers[$0].offset }
  }

  /// The layer that holds most when most is held, and how much of it is the layer's.
  var largestHolder: (tag: SourceTag, bytes: Int) {
    func held(at time: Int) -> [Buffer] { buffers.filter { $0.first <= time && time <= $0.last } }
    let peak = Set(buffers.map(\.first)).max { a, b in
      (held(at: a).reduce(0) { $0 + $1.size }, b) < (held(at: b).reduce(0) { $0 + $1.size }, a)
    }
    var bytes: [SourceTag: Int] = [:]
    for buffer in peak.map(held) ?? [] { bytes[buffer.tag, default: 0] += buffer.size }
    let largest = bytes.max { ($0.value, $1.key.name) < ($1.value, $0.key.name) }
    return largest.map { ($0.key, $0.value) } ?? (SourceTag(""), 0)
  }

  private mutating func placeLeaves(_ plan: Plan) {
    let graph = plan.graph
    for node in Set((plan.works.flatMap(\.reads) + graph.outputs).map(graph.root(of:))).sorted(by: { $0.index < $1.index }) {
      switch graph[node].operation {
      case .variable(let variable): places[node] = .variable(variable)
      case .table(let table): places[node] = .table(table)
      case .constant, .scalar:
        places[node] = .cell(cells.count)
        cells.append(graph[node].operation)
      default: break
      }
    }
  }

  /// The last work that reads each root; outputs are read after all.
  private static func lastUses(_ plan: Plan, _ times: [Int]) -> [Node: Int] {
    var last: [Node: Int] = [:]
    for (position, work) in plan.works.enumerated() {
      for node in work.reads { last[plan.graph.root(of: node)] = times[position] }
    }
    for node in plan.graph.outputs { last[plan.graph.root(of: node)] = plan.works.count }
    return last
  }

  /// The buffer of an operand that dies here and may be written over.
  private func heir(
    of work: Work, in plan: Plan, at position: Int, _ bytes: Int, _ lastUse: [Node: Int], _ bufferOf: [Node: Int], _ graph: Graph
  ) -> Int? {
    // In a group the last to read is not known from times.
    guard !plan.groups.contains(where: { $0.range.contains(position) }) else { return nil }
    for node in work.mayOverwrite {
      let root = graph.root(of: node)
      guard lastUse[root] == position, let buffer = bufferOf[root], buffers[buffer].last == position,
        buffers[buffer].bytes == bytes, plan.byteCount(of: root) == bytes,
        work.reads.filter({ graph.root(of: $0) == root }).allSatisfy({ work.mayOverwrite.contains($0) })
      else { continue }
      return buffer
    }
    return nil
  }

  /// Gives each buffer the lowest place that is free for as long as it lives, the large ones first.
  private mutating func layOut() {
    var placed: [Int] = []  // from the lowest on
    for index in buffers.indices.sorted(by: { (buffers[$1].bytes, $0) < (buffers[$0].bytes, $1) }) {
      var buffer = buffers[index]
      for neighbour in placed where buffers[neighbour].overlapsInTime(buffer) {
        if buffers[neighbour].offset >= buffer.offset + buffer.size { break }
        buffer.offset = max(buffer.offset, buffers[neighbour].offset + buffers[neighbour].size)
      }
      buffers[index] = buffer
      byteCount = max(byteCount, buffer.offset + buffer.size)
      placed.insert(index, at: placed.partition(before: { buffers[$0].offset <= buffer.offset }))
    }
  }

  /// The invariant of the arena: what lives at the same time lies apart.
  private func checkNoOverlap() {
    for (index, a) in buffers.enumerated() {
      for b in buffers[(index + 1)...] where a.overlapsInTime(b) {
        precondition(
          a.offset + a.size <= b.offset || b.offset + b.size <= a.offset, "two live buffers of the arena overlap")
      }
    }
  }
}

extension [Int] {
  /// How many elements lie before the first that does not satisfy a condition, all that do coming first.
  fileprivate func partition(before isBefore: (Int) -> Bool) -> Int {
    var range = startIndex..<endIndex
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range = isBefore(self[middle]) ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return range.lowerBound
  }
}

extension MemoryPlan.Buffer {
  /// Whole cache lines.
  fileprivate var size: Int { (max(bytes, 1) + 63) / 64 * 64 }

  fileprivate func overlapsInTime(_ other: MemoryPlan.Buffer) -> Bool { first <= other.last && other.first <= last }
}

extension Graph {
  /// The bytes a node's value takes; the rows of a mask begin at whole bytes.
  func byteCount(of node: Node) -> Int {
    let entry = self[node]
    guard entry.type == .mask else { return entry.count * 4 }
    return (entry.shape.first ?? 1) * ((entry.shape.dropFirst().reduce(1, *) + 7) / 8)
  }
}
