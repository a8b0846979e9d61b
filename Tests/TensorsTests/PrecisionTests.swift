import Arrays
import CKernels
import Testing

@testable import Tensors

/// Products and convolutions whose operands are rounded to bfloat16.
@Suite struct PrecisionTests {
  /// A product of these shapes, its derivatives, and what follows a product in a layer.
  private func graph(_ m: Int, _ k: Int, _ n: Int, relu: Bool) -> (graph: Graph, outputs: [Node], inputs: [InputSlot: [Double]]) {
    var graph = Graph()
    var inputs: [InputSlot: [Double]] = [:]
    func operand(_ slot: InputSlot, _ shape: [Int]) -> Node {
      let stream = RandomStream(seed: 5, slot.name)
      inputs[slot] = (0..<shape.reduce(1, *)).map { Double(Float(stream.uniform($0) * 2 - 1)) }
      return graph.input(slot, shape: shape)
    }
    let (a, b, bias) = (operand("a", [m, k]), operand("b", [1, k * n]), operand("bias", [1, n]))
    graph.precision = .bfloat16
    var y = graph.add(graph.matrixProduct(a, graph.reshape(b, [k, n])), graph.reshape(bias, [n]))
    if relu { y = graph.relu(y) }
    graph.precision = .float32
    let loss = graph.reduceSum(graph.multiply(y, operand("factor", [m, n])))
    let found = graph.gradients(of: loss, withRespectTo: [a, b, bias])
    let outputs = [y] + [a, b, bias].compactMap { found[$0] }
    outputs.forEach { graph.output($0) }
    return (graph, outputs, inputs)
  }

  /// A convolution of 3×3 with its derivatives; that of whole vectors of channels and filters is minimal filtering's (`WinogradTests`).
  private func convolution(channels: Int, filters: Int, groups: Int) -> (
    graph: Graph, outputs: [Node], inputs: [InputSlot: [Double]]
  ) {
    var graph = Graph()
    var inputs: [InputSlot: [Double]] = [:]
    func operand(_ slot: InputSlot, _ shape: [Int]) -> Node {
      let stream = RandomStream(seed: 6, slot.name)
      inputs[slot] = (0..<shape.reduce(1, *)).map { Double(Float(stream.uniform($0) * 2 - 1)) }
      return graph.input(slot, shape: shape)
    }
    let x = operand("x", [4, 6, 5, channels])
    let kernel = operand("kernel", [3, 3, channels / groups, filters])
    let side = Convolution.Padding(before: 1, after: 1)
    let settings = Convolution(strides: [1, 1], dilations: [1, 1], padding: [side, side], groups: groups)
    graph.precision = .bfloat16
    let y = graph.convolution(x, kernel, settings)
    graph.precision = .float32
    let loss = graph.reduceSum(graph.multiply(y, operand("factor", graph.shape(of: y))))
    let found = graph.gradients(of: loss, withRespectTo: [x, kernel])
    let outputs = [y] + [x, kernel].compactMap { found[$0] }
    outputs.forEach { graph.output($0) }
    return (graph, outputs, inputs)
  }

  /// Whether a Program gives what the evaluator does, and the same bits on one, two and three threads.
  private func check(_ graph: Graph, _ outputs: [Node], _ inputs: [InputSlot: [Double]], _ name: String) throws {
    let expected = Evaluator(graph, inputs: inputs)
    var bits: [[UInt32]] = []
    for threads in 1...3 {
      let program = try Program(graph, store: VariableStore(), pool: Pool(threads: threads))
      var memory: [Memory<Float>] = []
      for (slot, values) in inputs {
        let shape = graph.entries.first { $0.operation == .input(slot) }?.shape ?? [0]
        let place = Memory(values.map(Float.init))
        memory.append(place)
        program.bind(
          slot, ArraySource(place.pointer, .float32, rowElements: values.count / max(shape[0], 1), rowCount: shape[0]))
      }
      defer { withExtendedLifetime(memory) {} }
      try program.run()
      for (place, node) in outputs.enumerated() {
        let found = program.read(node)
        let largest = expected[node].map(abs).max() ?? 0
        let distance = zip(found, expected[node]).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(distance <= 1e-5 * max(largest, 1), "output \(place) of \(name)")
      }
      bits.append(outputs.flatMap { program.read($0).map(\.bitPattern) })
    }
    #expect(bits[0] == bits[1] && bits[0] == bits[2], "threads change nothing in \(name)")
  }

  @Test(
    .enabled(if: OperandPrecision.bfloat16.isComputedHere),
    arguments: [(1, 1, 1), (3, 5, 7), (32, 64, 10), (33, 100, 65), (128, 300, 96)])
  func sumsOfRoundedFactorsAreSinglePrecision(_ m: Int, _ k: Int, _ n: Int) throws {
    for relu in [false, true] {
      let (graph, outputs, inputs) = graph(m, k, n, relu: relu)
      try check(graph, outputs, inputs, "\(m)×\(k)×\(n)")
    }
  }

  @Test(
    .enabled(if: OperandPrecision.bfloat16.isComputedHere), arguments: [(1, 8, 1), (3, 16, 1), (16, 24, 1), (8, 8, 8), (6, 4, 2)])
  func convolutionsOfRoundedOperandsAreSinglePrecision(_ channels: Int, _ filters: Int, _ groups: Int) throws {
    let (graph, outputs, inputs) = convolution(channels: channels, filters: filters, groups: groups)
    try check(graph, outputs, inputs, "\(channels) to \(filters) in \(groups)")
  }

  @Test func everyLevelRoundsHalvesToEven() {
    var values: [Float] = [
      0, -0.0, 1, -1, 1.00390625, 1.01171875, 3.4e38, -3.4e38, Float(bitPattern: 71362), .infinity, -.infinity, .nan,
    ]
    let stream = RandomStream(seed: 3, "rounding")
    values += (0..<100).map { Float(stream.uniform($0) * 200 - 100) }
    values.append(Float(bitPattern: 0x7f80_0001))  // a NaN whose upper half is infinity's
    for level in ["baseline", "v3", "v4", "amx"] {
      guard let kernels = train_kernels_level(level) else { continue }
      var rounded = [UInt16](repeating: 7, count: values.count + 1)
      values.withUnsafeBufferPointer { values in
        rounded.withUnsafeMutableBufferPointer { rounded in
          var arguments = train_to_bfloat16(
            output: rounded.baseAddress, input: values.baseAddress, count: Int64(values.count), per_piece: 48)
          for piece in 0..<train_pieces(Int64(values.count), 48) { kernels.pointee.to_bfloat16(&arguments, piece) }
        }
      }
      for (value, half) in zip(values, rounded) {
        let found = Float(bitPattern: UInt32(half) << 16)
        let expected = Float(OperandPrecision.bfloat16.rounded(Double(value)))
        #expect(found == expected || (found.isNaN && value.isNaN), "\(value) on \(level)")
      }
      #expect(rounded.last == 7, "nothing is written past the end")
    }
  }
}
