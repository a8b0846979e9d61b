import CKernels
import COneDNN
import Testing

@testable import Tensors

/// Convolutions of 3×3 by minimal filtering.
@Suite struct WinogradTests {
  /// Extents whose tiles do and do not come out even, paddings that are and are not the same at both ends, panels of filters that
  /// are and are not full, and more tiles than a block holds.
  static let forms: [ConvolutionForm] = [
    form("even", [2, 6, 8, 16], filters: 32, before: 1, after: 1),
    form("odd", [3, 7, 5, 16], filters: 16, before: 0, after: 0),
    form("uneven padding", [2, 6, 5, 32], filters: 48, before: 2, after: 0),
    form("wider than the input", [1, 3, 4, 48], filters: 16, before: 2, after: 2),
    form("many tiles", [2, 17, 13, 16], filters: 16, before: 1, after: 1),
    form("many channels", [1, 4, 3, 512], filters: 16, before: 1, after: 1),
    form("many filters", [1, 4, 3, 16], filters: 512, before: 1, after: 1),
  ]

  private static func form(_ name: String, _ input: [Int], filters: Int, before: Int, after: Int) -> ConvolutionForm {
    ConvolutionForm(name, input, [3, 3, input[3], filters], padding: [(before, after), (before, after)])
  }

  /// One form as a graph: the convolution and its two derivatives, and numbers for what goes in.
  private struct Trial {
    let graph: Graph
    let works: [ConvolutionWork]
    let values: [[Float]]
    let expected: Evaluator

    init(_ form: ConvolutionForm) {
      var graph = Graph()
      let x = graph.input("x", shape: form.input), k = graph.input("k", shape: form.kernel)
      let y = graph.convolution(x, k, form.settings)
      let g = graph.input("g", shape: graph.shape(of: y))
      let nodes = [
        y, graph.convolutionInputGradient(g, k, form.settings, input: form.input),
        graph.convolutionKernelGradient(x, g, form.settings, kernel: form.kernel),
      ]
      var numbers = TestNumbers(51)
      let values = [x, k, g].map { numbers.array(graph[$0].count) }
      let inputs = zip(["x", "k", "g"] as [InputSlot], values).map { ($0, $1.map(Double.init)) }
      (self.graph, self.values) = (graph, values)
      works = nodes.map { ConvolutionWork($0, in: graph) }
      expected = Evaluator(graph, inputs: Dictionary(uniqueKeysWithValues: inputs))
    }

    /// The largest distance that float32 may leave: 1e-5 of the largest value.
    func expectAgreement(_ found: [Float], _ work: ConvolutionWork, _ comment: String) {
      let expected = expected[work.node]
      let largest = expected.map(abs).max() ?? 0
      TensorsTests.expectAgreement(found, expected, relative: 0, absolute: 1e-5 * largest, comment)
    }
  }

  @Test("At every level the kernels agree with the evaluator, and write nothing beside their results", arguments: kernelLevels)
  func kernelsAgree(level: String) {
    let table = kernels(level)
    for form in Self.forms {
      let trial = Trial(form)
      let (channels, filters) = (form.kernel[2], form.kernel[3])
      for work in trial.works {
        let result = Memory(count: trial.graph[work.node].count)
        let x = Memory(trial.values[0]), k = Memory(trial.values[1]), g = Memory(trial.values[2])
        let isGradient = work.kind == TRAIN_CONVOLUTION_KERNEL_GRADIENT
        let transformed = Memory(count: 16 * channels * (isGradient ? (filters + 31) / 32 * 32 : filters))
        func pack(_ kernel: train_kernel?, given: Memory<Float>) {
          let columns = work.kind == TRAIN_CONVOLUTION_INPUT_GRADIENT ? channels : filters
          run(
            kernel,
            train_winograd_kernel(
              given: given.pointer, transformed: transformed.pointer, channels: Int64(channels), filters: Int64(filters),
              columns_per_piece: 32, is_turned: work.kind == TRAIN_CONVOLUTION_INPUT_GRADIENT ? 1 : 0),
            pieces: Int32((columns + 31) / 32))
        }
        if !isGradient { pack(table.winograd_pack, given: k) }
        run(
          work.ownKernel(of: table, .winograd),
          work.ownKernelArguments(
            input: work.kind == TRAIN_CONVOLUTION_INPUT_GRADIENT ? result.pointer : x.pointer, kernel: transformed.pointer,
            bias: nil, output: work.kind == TRAIN_CONVOLUTION_FORWARD ? result.pointer : g.pointer,
            imagesPerPiece: form.input[0], partElements: 0))
        if isGradient { pack(table.winograd_unpack, given: result) }
        trial.expectAgreement(result.values, work, "\(form.name), \(work.kind)")
        #expect([result, x, k, g, transformed].allSatisfy { $0.isMarginIntact })
      }
    }
  }

  @Test("As a program, in pieces, with bias and ReLU, the numbers are the evaluator's, and the same bits on any threads")
  func programsAgree() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [29, 19, 19, 16]), k = graph.input("k", shape: [3, 3, 16, 48])
    let b = graph.input("b", shape: [48])
    let y = graph.relu(graph.add(graph.convolution(x, k, .plain(axes: 2)), b))
    let gradients = graph.gradients(of: graph.reduceSum(graph.square(y)), withRespectTo: [x, k, b])
    let nodes = [y] + [x, k, b].compactMap { gradients[$0] }
    nodes.forEach { graph.output($0) }
    let methods = Plan(graph).works.compactMap { work -> Bool? in
      guard case .convolution(let convolution) = work.kind, let layout = convolution.layout else { return nil }
      guard case .winograd = layout.method else { return false }
      return layout.pieces > 1
    }
    #expect(methods == [true, true, true])
    var numbers = TestNumbers(52)
    let values: [InputSlot: [Float]] = [
      "x": numbers.array(graph[x].count), "k": numbers.array(graph[k].count), "b": numbers.array(48),
    ]
    let expected = Evaluator(graph, inputs: values.mapValues { $0.map(Double.init) })
    let found = try [1, 2, 3].map { try ConvolutionTests.outputs(graph, nodes, values, threads: $0) }
    #expect(found[1] == found[0] && found[2] == found[0])
    for (node, values) in zip(nodes, found[0]) {
      let largest = expected[node].map(abs).max() ?? 0
      expectAgreement(values, expected[node], relative: 0, absolute: 1e-5 * largest, "\(graph.shape(of: node))")
    }
  }
}
