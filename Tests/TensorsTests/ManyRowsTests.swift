import Testing

@testable import Tensors

/// Recurrences over batches so large that outside of a step their products would be laid out anew.
@Suite struct ManyRowsTests {
  @Test("Forward and back, the numbers are the evaluator's, and the same bits on any threads", arguments: [200, 256, 300])
  func recurrence(rows: Int) throws {
    let (steps, units) = (2, 96)
    var graph = Graph()
    let x = graph.input("x", shape: [steps, rows, units]), h = graph.input("h", shape: [rows, units])
    let u = graph.input("u", shape: [units, units])
    #expect(CPUBackend.isWorthPacking(rows, units, units, parts: 0) == (rows >= 256))
    let scan = graph.scan([x], initial: [h], invariants: [u], isReversed: false) { step, given in
      let product = step.matrixProduct(given.carried[0], given.invariants[0])
      return StepResults(carried: [step.tanh(step.add(product, given.elements[0]))])
    }
    let result = graph.all(scan, carried: 0)
    let gradients = graph.gradients(of: graph.reduceSum(graph.square(result)), withRespectTo: [x, h, u])
    let nodes = [result] + [x, h, u].compactMap { gradients[$0] }
    nodes.forEach { graph.output($0) }
    var numbers = TestNumbers(81)
    let values: [InputSlot: [Float]] = [
      "x": numbers.array(graph[x].count), "h": numbers.array(graph[h].count),
      "u": numbers.array(graph[u].count, in: -0.1...0.1),
    ]
    let expected = Evaluator(graph, inputs: values.mapValues { $0.map(Double.init) })
    let found = try [1, 2, 3].map { try outputs(graph, nodes, values, threads: $0) }
    #expect(found[1] == found[0] && found[2] == found[0])
    for (node, values) in zip(nodes, found[0]) {
      expectNearLargest(values, expected[node], "\(rows) rows, \(node)")
    }
  }

  @Test("A transposed kernel is laid out once for all shards, and changes no bits", arguments: [63, 64, 96])
  func transposedKernel(rows: Int) throws {
    var graph = Graph()
    let x = graph.input("x", shape: [rows, 70]), kernel = graph.input("kernel", shape: [90, 70])
    let gate = graph.input("gate", shape: [rows, 90])
    let product = graph.matrixProduct(graph.tanh(x), kernel, transposeB: true)
    let y = graph.multiply(product, gate)
    graph.output(y)
    let isPacked = Plan(graph).works.contains { if case .product(let product) = $0.kind { product.isPacked } else { false } }
    #expect(isPacked == (rows >= 64))
    var numbers = TestNumbers(82)
    let values: [InputSlot: [Float]] = [
      "x": numbers.array(graph[x].count), "kernel": numbers.array(graph[kernel].count), "gate": numbers.array(graph[gate].count),
    ]
    let expected = Evaluator(graph, inputs: values.mapValues { $0.map(Double.init) })
    let found = try [1, 2, 3].map { try outputs(graph, [y], values, threads: $0) }
    #expect(found[1] == found[0] && found[2] == found[0])
    expectNearLargest(found[0][0], expected[y], "\(rows) rows")
  }
}
