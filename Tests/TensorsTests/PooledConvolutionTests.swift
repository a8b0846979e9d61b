import CKernels
import COneDNN
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

    init(_ form: ConvolutionForm, isRectified: Bool, keepsConvolution: Bool = false) {
      var graph = Graph()
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
          ($0, numbers.array(graph[$1].count))
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
    let network = Network(form, isRectified: isRectified)
    #expect(network.pooledWorks == (form.kernel[2] >= 16 ? 3 : 2) && network.poolWorks == 0)
    let expected = Evaluator(network.graph, inputs: network.values.mapValues { $0.map(Double.init) })
    let found = try [1, 2, 3].map { try ConvolutionTests.outputs(network.graph, network.nodes, network.values, threads: $0) }
    #expect(found[1] == found[0] && found[2] == found[0])
    for (node, values) in zip(network.nodes, found[0]) {
      let largest = expected[node].map(abs).max() ?? 0
      expectAgreement(values, expected[node], relative: 0, absolute: 1e-5 * largest, "\(form.name), \(node)")
    }
  }

  @Test("A convolution that is read elsewhere is kept, and pooled afterwards")
  func keptConvolution() throws {
    let network = Network(Self.forms[0], isRectified: true, keepsConvolution: true)
    #expect(network.pooledWorks == 0 && network.poolWorks == 2)
    let expected = Evaluator(network.graph, inputs: network.values.mapValues { $0.map(Double.init) })
    let found = try ConvolutionTests.outputs(network.graph, network.nodes, network.values, threads: 2)
    for (node, values) in zip(network.nodes, found) {
      let largest = expected[node].map(abs).max() ?? 0
      expectAgreement(values, expected[node], relative: 0, absolute: 1e-5 * largest, "\(node)")
    }
  }

  @Test("At every level the kernels choose the first of the largest, and hand its gradient on", arguments: kernelLevels)
  func levelsAgree(level: String) {
    let table = kernels(level)
    for form in Self.forms {
      var graph = Graph()
      let x = graph.input("x", shape: form.input), k = graph.input("k", shape: form.kernel)
      let node = graph.convolution(x, k, form.settings)
      let shape = graph.shape(of: node)
      let g = graph.input("g", shape: shape)
      let gradient = graph.convolutionKernelGradient(x, g, form.settings, kernel: form.kernel)
      var works = [node, gradient].map { ConvolutionWork($0, in: graph) }
      for index in works.indices { works[index].isPooled = true }
      works[0].isRectified = true
      let (channels, filters) = (form.kernel[2], form.kernel[3])
      let isWinograd = works[0].suitsWinograd
      let method: ConvolutionLayout.Method = isWinograd ? .winograd : .rows
      var numbers = TestNumbers(72)
      // Whole numbers, so that there are equal ones and sums are exact.
      let values = [x, k].map { node in (0..<graph[node].count).map { _ in numbers.next(in: -2...2).rounded() } }
      let windows = [shape[0], shape[1] / 2, shape[2] / 2, filters]
      let count = windows.reduce(1, *)
      let given = (0..<count).map { _ in numbers.next(in: -3...3).rounded() }
      let inputs: [InputSlot: [Double]] = [
        "x": values[0].map(Double.init), "k": values[1].map(Double.init), "g": Array(repeating: 0, count: graph[g].count),
      ]
      let y = Evaluator(graph, inputs: inputs)[node]

      // The pool, written out.
      var pooled = [Double](repeating: 0, count: count), choices = [UInt8](repeating: 4, count: count)
      var spread = [Double](repeating: 0, count: y.count)
      for index in 0..<count {
        let (f, column) = (index % filters, index / filters % windows[2])
        let (row, image) = (index / filters / windows[2] % windows[1], index / filters / windows[2] / windows[1])
        for position in 0..<4 {
          let at = ((image * shape[1] + 2 * row + position / 2) * shape[2] + 2 * column + position % 2) * filters + f
          if y[at] > pooled[index] { (pooled[index], choices[index]) = (y[at], UInt8(position)) }
        }
        guard choices[index] < 4 else { continue }
        let position = Int(choices[index])
        spread[((image * shape[1] + 2 * row + position / 2) * shape[2] + 2 * column + position % 2) * filters + f] =
          Double(given[index])
      }

      let memories = values.map { Memory($0) }, result = Memory(count: count), gradients = Memory(given)
      let chosen = Memory([UInt8](repeating: 9, count: count), guardedBy: 77)
      func transformed(_ kernel: Memory<Float>, _ run: (Memory<Float>) -> Void, back: Bool) {
        guard isWinograd else { return run(kernel) }
        let packed = Memory(count: 16 * channels * (filters + 31) / 32 * 32)
        let arguments = train_winograd_kernel(
          given: kernel.pointer, transformed: packed.pointer, channels: Int64(channels), filters: Int64(filters),
          columns_per_piece: 512, is_turned: 0)
        if !back { TensorsTests.run(table.winograd_pack, arguments) }
        run(packed)
        if back { TensorsTests.run(table.winograd_unpack, arguments) }
      }
      transformed(
        memories[1],
        { kernel in
          run(
            works[0].ownKernel(of: table, method),
            works[0].ownKernelArguments(
              input: memories[0].pointer, kernel: kernel.pointer, bias: nil, output: result.pointer, choices: chosen.pointer,
              imagesPerPiece: form.input[0], partElements: 0))
        }, back: false)
      #expect(result.values.map(Double.init) == pooled && chosen.values == choices, "\(form.name)")

      let kernelGradient = Memory(count: graph[gradient].count)
      transformed(
        kernelGradient,
        { kernel in
          run(
            works[1].ownKernel(of: table, method),
            works[1].ownKernelArguments(
              input: memories[0].pointer, kernel: kernel.pointer, bias: nil, output: gradients.pointer, choices: chosen.pointer,
              imagesPerPiece: form.input[0], partElements: 0))
        }, back: true)
      let expected = Evaluator(graph, inputs: inputs.merging(["g": spread]) { $1 })[gradient]
      expectAgreement(kernelGradient.values, expected, relative: 1e-5, absolute: 1e-5, form.name)
      #expect([result, kernelGradient].allSatisfy { $0.isMarginIntact } && chosen.isMarginIntact)
    }
  }
}
