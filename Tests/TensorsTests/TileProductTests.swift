import CKernels
import Testing

@testable import Tensors

/// Products that a Program gives to the processor's matrix tiles, where there are any.
@Suite(.enabled(if: train_has_matrix_tiles(train_kernels()) != 0)) struct TileProductTests {
  /// Two dense layers over many rows, and their gradients.
  private struct Layers {
    var graph = Graph()
    let inputs: [InputSlot: [Float]]
    let nodes: [Node]

    init(rows: Int, _ columns: Int, _ units: Int, _ outputs: Int, _ precision: OperandPrecision) {
      let x = graph.input("x", shape: [rows, columns])
      let w = graph.input("w", shape: [columns, units]), v = graph.input("v", shape: [units, outputs])
      let bias = graph.input("b", shape: [units])
      graph.precision = precision
      let hidden = graph.relu(graph.add(graph.matrixProduct(x, w), bias))
      let result = graph.matrixProduct(hidden, v)
      graph.precision = .float32
      let gradients = graph.gradients(of: graph.reduceMean(graph.square(result)), withRespectTo: [x, w, v, bias])
      nodes = [result] + [x, w, v, bias].compactMap { gradients[$0] }
      for node in nodes { graph.output(node) }
      var numbers = TestNumbers(91)
      let shapes: [(InputSlot, Int)] = [("x", rows * columns), ("w", columns * units), ("v", units * outputs), ("b", units)]
      inputs = Dictionary(uniqueKeysWithValues: shapes.map { ($0.0, numbers.array($0.1)) })
    }

    var parts: [Int] {
      Plan(graph).works.compactMap { if case .product(let product) = $0.kind { product.parts } else { nil } }
    }
  }

  @Test(
    "The numbers are the evaluator's, and the same bits on any threads",
    arguments: [(256, 64, 96, 48), (1000, 96, 64, 61), (2048, 784, 128, 64)], [OperandPrecision.float32, .bfloat16])
  func layers(_ shape: (rows: Int, columns: Int, units: Int, outputs: Int), _ precision: OperandPrecision) throws {
    let layers = Layers(rows: shape.rows, shape.columns, shape.units, shape.outputs, precision)
    let parts = precision == .float32 ? Int(train_split_parts) : 1
    #expect(layers.parts.count { $0 == parts } >= 3, "\(layers.parts)")
    let expected = Evaluator(layers.graph, inputs: layers.inputs.mapValues { $0.map(Double.init) })
    let found = try [1, 2, 3].map { try outputs(layers.graph, layers.nodes, layers.inputs, threads: $0) }
    #expect(found[1] == found[0] && found[2] == found[0])
    // A value between two bfloat16 may go to the one in float32 and to the other in double.
    let share = precision == .float32 ? 1e-5 : 2e-3
    for (node, values) in zip(layers.nodes, found[0]) {
      expectNearLargest(values, expected[node], within: share, "\(shape), \(node)")
    }
  }
}
