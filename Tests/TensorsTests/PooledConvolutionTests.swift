import CKernels
import Testing

@testable import Tensors

/// Pools of 2×2 made along with the convolution before them.
@Suite struct PooledConvolutionTests {
  /// Even and odd extents, by minimal filtering and by rows.
  static let forms = [
    ConvolutionForm("even", [2, 6, 8, 16], [3, 3, 16, 32], padding: [(1, 1), (1, 1)]),
    ConvolutionForm("odd", [3, 9, 7, 16], [3, 3, 16, 48]),
    ConvolutionForm("uneven padding", [2, 7, 6, 32], [3, 3, 32, 16], padding: [(2, 1), (0, 2)]),
    ConvolutionForm("few channels", [2, 7, 9, 3], [3, 3, 3, 48], padding: [(1, 1), (1, 1)]),
    ConvolutionForm("one channel, more than a block", [2, 8, 67, 1], [3, 3, 1, 16]),
    ConvolutionForm("a stem", [1, 15, 13, 3], [7, 7, 3, 32], strides: [2, 2], padding: [(3, 3), (2, 3)]),
  ]

  /// convolution → bias → perhaps ReLU → pool, and the gradients of Σ (pool · weight).
  private struct Network {
    let graph: Graph
    let nodes: [Node]
    let values: [InputSlot: [Float]]

    /// In bfloat16 the operands are small whole numbers, so that what is chosen does not hang on how they are rounded.
    init(_ form: ConvolutionForm, isRectified: Bool, keepsConvolution: Bool = false, precision: OperandPrecision = .float32) {
      var graph = Graph()
      graph.precision = precision
      let x = graph.input("x", shape: form.input), k = graph.input("k", shape: form.kernel)
      let b = graph.input("b", shape: [form.kernel[3]])
      let convolution = graph.add(graph.convolution(x, k, form.settings), b)
      let y = isRectified ? graph.relu(convolution) : convolution
      let pool = graph.pool(y, Pooling(.max, Array(repeating: .sliding(size: 2, stride: 2), count: 2)))
      let weight = graph.input("weight", shape: graph.shape(of: pool))
      let gradients = graph.gradients(of: graph.reduceSum(graph.multiply(pool, weight)), withRespectTo: [x, k, b])
      // Of few channels the gradient to the input is oneDNN's, which knows no pools.
      let wanted = form.kernel[2] >= 16 ? [x, k, b] : [k, b]
      nodes = [pool] + wanted.compactMap { gradients[$0] } + (keepsConvolution ? [y] : [])
      nodes.forEach { graph.output($0) }
      var numbers = TestNumbers(71)
      values = Dictionary(
        uniqueKeysWithValues: zip(["x", "k", "b", "weight"] as [InputSlot], [x, k, b, weight]).map {
          let drawn = numbers.array(graph[$1].count, in: precision == .float32 ? -1...1 : -2...2)
          return ($0, precision == .float32 ? drawn : drawn.map { $0.rounded() })
        })
      self.graph = graph
    }

    var kinds: [Work.Kind] { Plan(graph).works.map(\.kind) }
    var pooledWorks: Int {
      kinds.count { if case .convolution(let convolution) = $0 { convolution.isPooled } else { false } }
    }
    var poolWorks: Int {
      kinds.count {
        switch $0 {
        case .pool, .poolGradient: true
        default: false
        }
      }
    }
  }

  @Test("Nothing is left of the pool, and the numbers are the evaluator's, on any threads", arguments: forms, [false, true])
  func numbersAgree(form: ConvolutionForm, isRectified: Bool) throws {
    try check(Network(form, isRectified: isRectified), form)
  }

  @Test("As in float32 in bfloat16", .enabled(if: hasBfloat16Vectors), arguments: forms, [false, true])
  func bfloat16NumbersAgree(form: ConvolutionForm, isRectified: Bool) throws {
    try check(Network(form, isRectified: isRectified, precision: .bfloat16), form)
  }

  private func check(_ network: Network, _ form: ConvolutionForm) throws {
    #expect(network.pooledWorks == (form.kernel[2] >= 16 ? 3 : 2) && network.poolWorks == 0)
    let expected = Evaluator(network.graph, inputs: network.values.mapValues { $0.map(Double.init) })
    let found = try [1, 2, 3].map { try outputs(network.graph, network.nodes, network.values, threads: $0) }
    #expect(found[1] == found[0] && found[2] == found[0])
    for (node, values) in zip(network.nodes, found[0]) {
      expectNearLargest(values, expected[node], "\(form.name), \(node)")
    }
  }

  @Test("A convolution that is read elsewhere is kept, and pooled afterwards")
  func keptConvolution() throws {
    let network = Network(Self.forms[0], isRectified: true, keepsConvolution: true)
    #expect(network.pooledWorks == 0 && network.poolWorks == 2)
    let expected = Evaluator(network.graph, inputs: network.values.mapValues { $0.map(Double.init) })
    let found = try outputs(network.graph, network.nodes, network.values, threads: 2)
    for (node, values) in zip(network.nodes, found) {
      expectNearLargest(values, expected[node], "\(node)")
    }
  }

  /// The pool of ReLU, written out: what it gives, what it chooses, and its gradient as that of the positions chosen.
  private static func pool(
    _ y: [Double], _ shape: [Int], gradient: [Float]
  ) -> (pooled: [Double], choices: [UInt8], spread: [Float]) {
    let (rows, columns, filters) = (shape[1] / 2, shape[2] / 2, shape[3])
    var pooled = [Double](repeating: 0, count: gradient.count), choices = [UInt8](repeating: 4, count: gradient.count)
    var spread = [Float](repeating: 0, count: y.count)
    for index in gradient.indices {
      let (f, column) = (index % filters, index / filters % columns)
      let (row, image) = (index / filters / columns % rows, index / filters / columns / rows)
      func place(_ position: Int) -> Int {
        ((image * shape[1] + 2 * row + position / 2) * shape[2] + 2 * column + position % 2) * filters + f
      }
      for position in 0..<4 where y[place(position)] > pooled[index] {
        (pooled[index], choices[index]) = (y[place(position)], UInt8(position))
      }
      if choices[index] < 4 { spread[place(Int(choices[index]))] = gradient[index] }
    }
    return (pooled, choices, spread)
  }

  @Test("At every level the kernels choose the first of the largest, and hand its gradient on", arguments: kernelLevels)
  func levelsAgree(level: String) {
    for form in Self.forms { check(form, .float32, kernels(level)) }
  }

  @Test("So they do in bfloat16", .enabled(if: hasBfloat16Vectors))
  func bfloat16Agrees() {
    for form in Self.forms { check(form, .bfloat16, train_kernels().pointee) }
  }

  private func check(_ form: ConvolutionForm, _ precision: OperandPrecision, _ table: train_kernel_table) {
    let trial = ConvolutionTrial(form, seed: 72, wholes: true, precision: precision)
    let isWinograd = trial.works[0].suitsWinograd
    let shape = trial.graph.shape(of: trial.works[0].node)
    let count = [shape[0], shape[1] / 2, shape[2] / 2].reduce(trial.filters, *)
    var numbers = TestNumbers(73)
    let gradient = numbers.array(count, in: -3...3).map { $0.rounded() }
    let (pooled, choices, spread) = Self.pool(trial.expected[trial.works[0].node], shape, gradient: gradient)
    let expected = ConvolutionTrial.evaluated(trial.graph, [trial.values[0], trial.values[1], spread])
    let chosen = Memory([UInt8](repeating: 9, count: count), guardedBy: 77)
    for var work in trial.works where isWinograd || work.suitsRows {
      work.isPooled = true
      work.isRectified = work.isForward
      let values = [trial.values[0], trial.values[1], gradient]
      let result = trial.result(of: work, by: isWinograd ? .winograd : .rows, table, values, choices: chosen)
      if work.isForward {
        #expect(result.values.map(Double.init) == pooled && chosen.values == choices, "\(form.name)")
      } else {
        expectAgreement(result.values, expected[work.node], relative: 1e-5, absolute: 1e-5, "\(form.name), \(work.kind)")
      }
    }
  }
}
