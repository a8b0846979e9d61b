import AllocationCount
import Arrays
import Testing

@testable import Tensors

/// Programs against the double-precision evaluator, and against themselves with other numbers of threads.
@Suite struct ProgramTests {
  @Test(arguments: operationCases + largeCases + largeConvolutionCases)
  func everyOperationAgreesWithTheEvaluator(_ operation: OperationCase) throws {
    let (graph, result, _, gradients, _, inputs) = operation.graph()
    let expected = Evaluator(graph, inputs: inputs)
    let isLarge = operation.name.hasPrefix("large")
    let tolerance = isLarge ? 2e-4 : 2e-5
    let nodes = [result] + gradients.compactMap { $0 }
    let found = try values(of: nodes, in: graph, inputs, threads: 2, isLarge: isLarge)
    for (node, values) in zip(nodes, found) {
      #expect(values.count == expected[node].count)
      for (index, value) in zip(values, expected[node]).enumerated() where !isNear(value.0, value.1, tolerance) {
        Issue.record("\(graph[node].operation), element \(index) is \(value.0), not \(value.1)")
      }
    }
    for threads in [1, 3] {
      let others = try values(of: nodes, in: graph, inputs, threads: threads, isLarge: isLarge)
      #expect(others.map { $0.map(\.bitPattern) } == found.map { $0.map(\.bitPattern) }, "with \(threads) threads")
    }
  }

  private func isNear(_ found: Float, _ expected: Double, _ tolerance: Double) -> Bool {
    if !expected.isFinite || !found.isFinite { return found == Float(expected) || (found.isNaN && expected.isNaN) }
    return abs(Double(found) - expected) <= tolerance * (1 + abs(expected))
  }

  /// The values of some outputs after a run; a second one allocates nothing.
  private func values(
    of nodes: [Node], in graph: Graph, _ inputs: [InputSlot: [Double]], threads: Int, isLarge: Bool
  ) throws -> [[Float]] {
    let program = try Program(graph, store: VariableStore(), pool: Pool(threads: threads))
    let memory = AlignedMemory()
    for slot in program.slots {
      guard let values = inputs[slot], let shape = graph.entries.first(where: { $0.operation == .input(slot) })?.shape else {
        continue
      }
      let pointer = memory.allocate(byteCount: values.count * 8).assumingMemoryBound(to: Double.self)
      for (index, value) in values.enumerated() { pointer[index] = value }
      program.bind(slot, ArraySource(pointer, .float64, rowElements: shape.dropFirst().reduce(1, *), rowCount: shape[0]))
    }
    try program.run()
    allocation_count_begin()
    try program.run()
    let allocations = allocation_count_end()
    let callsOneDNN = isLarge || graph.entries.contains { $0.operation.isConvolution }
    #expect(allocations == 0 || callsOneDNN, "only oneDNN allocates")
    return nodes.map { Array(program.read($0)) }
  }

  @Test(arguments: [TestNetwork.dense, .normalised, .regularised, .binary, .momentum, .sharded, .convolutional])
  func stepsAgreeWithTheEvaluator(_ network: TestNetwork) throws {
    let run = try network.makeRun(threads: 2)
    var values = run.variables()
    for step in 0..<3 {
      let expected = run.evaluate(step: step, variables: values)
      try run.step(step)
      for variable in run.store.variables {
        guard let after = expected[variable] else { continue }
        let found = run.store.values(of: variable)
        for (index, value) in after.enumerated() {
          #expect(
            abs(Double(found[index]) - value) < 2e-4 * (1 + abs(value)),
            "\(run.store.name(of: variable)) \(index) of step \(step)")
        }
      }
      // Go on from what the Program has, so that a difference is of one step.
      values = run.variables()
    }
  }

  @Test(arguments: [TestNetwork.dense, .normalised, .regularised, .binary, .momentum, .wide, .sharded, .convolutional])
  func anyNumberOfThreadsGivesTheSameBits(_ network: TestNetwork) throws {
    let all = try [1, 2, 3].map { threads in
      let run = try network.makeRun(threads: threads)
      for step in 0..<4 { try run.step(step) }
      return (run.store.variables.map { run.store.read($0).map(\.bitPattern) }, run.store.states[run.lossState])
    }
    #expect(all[0] == all[1])
    #expect(all[0] == all[2])
    #expect(all[0].1[0].isFinite && all[0].1[1] == Double(4 * network.batch))
  }

  @Test(arguments: [TestNetwork.dense, .normalised])
  func aStepAllocatesNothing(_ network: TestNetwork) throws {
    let run = try network.makeRun(threads: 2)
    try run.bound { program, rows throws in
      try program.run(rows: rows)
      allocation_count_begin()
      for _ in 0..<10 { try program.run(rows: rows) }
      #expect(allocation_count_end() == 0)
      allocation_count_begin()
      _ = Array(repeating: network.batch, count: 100)
      #expect(allocation_count_end() > 0, "the counter counts")
    }
  }

  @Test func aStepsTimeIsKnownByLayer() throws {
    let run = try TestNetwork.dense.makeRun(threads: 1)
    try run.bound { program, rows throws in
      var times = try program.runProfiled(rows: rows)
      times = try program.runProfiled(rows: rows, adding: times)
      #expect(times.contains { $0.name == "gather" && $0.nanoseconds > 0 })
      #expect(times.contains { $0.name.contains("cross-entropy") })
    }
    #expect(run.store.scalars[.iteration] == 2)
  }

  @Test func memoryIsSharedOnlyByWhatDoesNotLiveTogether() throws {
    for network in [TestNetwork.dense, .normalised, .regularised, .wide] {
      let run = try network.makeRun(threads: 1)
      let plan = Plan(run.graph)
      let memory = MemoryPlan(plan)  // its own precondition checks each pair
      let sum = memory.buffers.reduce(0) { $0 + ($1.bytes + 63) / 64 * 64 }
      #expect(memory.byteCount <= sum)
      #expect(memory.byteCount < sum || network == .dense, "some memory is used twice in \(network)")
    }
  }

  @Test func programsMayShareAnArenaThatGrows() throws {
    let arena = Arena()
    let pool = try Pool(threads: 1)
    let store = VariableStore()
    func double(_ rows: Int) throws -> (Program, Node) {
      var graph = Graph()
      let result = graph.add(graph.square(graph.input("x", shape: [rows, 1000])), 1)
      graph.output(result)
      return (try Program(graph, store: store, pool: pool, arena: arena), result)
    }
    let values = [Float](repeating: 3, count: 2000 * 1000)
    let (small, smallResult) = try double(2)
    let (large, largeResult) = try double(2000)
    try values.withUnsafeBufferPointer { values throws in
      guard let start = values.baseAddress else { return }
      for program in [small, large] { program.bind("x", ArraySource(start, .float32, rowElements: 1000, rowCount: 2000)) }
      try large.run()
      #expect(large.read(largeResult).allSatisfy { $0 == 10 })
      try small.run(first: 5)
      #expect(small.read(smallResult).allSatisfy { $0 == 10 })
    }
  }

  @Test func aStepThatCannotFitSaysHowMuchItNeeds() throws {
    var graph = Graph()
    graph.tag = SourceTag("dense_7")
    let x = graph.input("x", shape: [1 << 20, 1 << 20])
    graph.output(graph.reduceSum(graph.exp(x)))
    #expect(
      performing: {
        try Program(graph, store: VariableStore(), pool: Pool(threads: 1))
      },
      throws: { error in
        guard case .outOfMemory(let bytes, let largest, _)? = error as? TensorsError else { return false }
        return bytes >= 1 << 42 && largest == "dense_7"
      })
  }
}
