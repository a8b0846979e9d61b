import CKernels
import COneDNN
import Testing

@testable import Tensors

/// How convolutions are planned, and what oneDNN computes them with.
@Suite struct ConvolutionTests {
  /// A convolution to ask oneDNN about.
  struct Form: Sendable, CustomTestStringConvertible {
    let axes: Int
    let channels: Int
    let filters: Int
    let groups: Int
    var testDescription: String { "\(axes) axes, \(channels) channels, \(filters) filters, \(groups) groups" }
  }

  static let forms: [Form] = (1...3).flatMap { axes in
    [
      (1, 1, 1), (1, 32, 1), (3, 32, 1), (3, 5, 1), (5, 7, 1), (16, 10, 1), (64, 64, 1), (6, 6, 2), (9, 12, 3), (32, 32, 4),
      (5, 5, 5),
      (32, 32, 32), (8, 16, 8), (7, 21, 7),
    ].map { Form(axes: axes, channels: $0.0, filters: $0.1, groups: $0.2) }
  }

  @Test("No convolution is oneDNN's reference, a hundred times slower than it need be", arguments: forms)
  func noneIsTheReference(_ form: Form) {
    for extent in [3, 5, 12] {
      for kernel in [1, 3, 5] where kernel <= extent {
        for (stride, dilation) in [(1, 1), (2, 1), (1, 2), (3, 1)] {
          for padding in [(0, 0), (1, 1), (0, 1), ((kernel - 1) * dilation, 0)] {
            func all<Element>(_ element: Element) -> [Element] { Array(repeating: element, count: form.axes) }
            let settings = Convolution(
              strides: all(stride), dilations: all(dilation),
              padding: all(Convolution.Padding(before: padding.0, after: padding.1)), groups: form.groups)
            let input = [2] + all(extent) + [form.channels]
            let weights = all(kernel) + [form.channels / form.groups, form.filters]
            let output = settings.outputExtents(input: all(extent), kernel: all(kernel))
            guard output.allSatisfy({ $0 > 0 }) else { continue }
            var graph = Graph()
            let x = graph.input("x", shape: input), k = graph.input("k", shape: weights)
            let g = graph.input("g", shape: [2] + output + [form.filters])
            let nodes = [
              graph.convolution(x, k, settings), graph.convolutionInputGradient(g, k, settings, input: input),
              graph.convolutionKernelGradient(x, g, settings, kernel: weights),
            ]
            for node in nodes {
              let plan = ConvolutionPlan(
                ConvolutionWork(node, in: graph), .float32, images: 2, like: nil)
              #expect(plan != nil || form.axes == 3, "\(graph[node].operation): \(input) by \(weights)")
              #expect(plan.map { !$0.implementation.contains("ref") } ?? true)
            }
          }
        }
      }
    }
  }

  @Test("Bias, ReLU and the bias's gradient are part of a convolution")
  func whatIsJoined() throws {
    let store = VariableStore()
    let kernel = store.add("kernel", shape: [3, 3, 2, 4]), bias = store.add("bias", shape: [4])
    var graph = Graph()
    let x = graph.input("x", shape: [6, 8, 8, 2])
    let y = graph.relu(graph.add(graph.convolution(x, graph.variable(kernel), .plain(axes: 2)), graph.variable(bias)))
    let loss = graph.reduceSum(graph.square(y))
    for (variable, gradient) in graph.gradients(of: loss, withRespectTo: [kernel, bias]).sorted(by: {
      $0.key.index < $1.key.index
    }) {
      graph.update(variable, gradient: gradient, rule: .sgd(momentum: 0, nesterov: false), slots: [])
    }
    let convolutions = Plan(graph).works.compactMap { work -> ConvolutionWork? in
      if case .convolution(let convolution) = work.kind { convolution } else { nil }
    }
    #expect(convolutions.map(\.kind) == [TRAIN_CONVOLUTION_FORWARD, TRAIN_CONVOLUTION_KERNEL_GRADIENT])
    #expect(convolutions[0].bias != nil && convolutions[0].isRectified)
    #expect(convolutions[1].biasGradient.map { graph[$0].shape } == [4])
  }

  @Test("Images go through several layers before the next ones do")
  func imagesGoThroughTogether() {
    var graph = Graph()
    var x = graph.input("x", shape: [32, 64, 64, 16])
    for layer in 0..<3 {
      x = graph.relu(graph.convolution(x, graph.input(InputSlot("kernel \(layer)"), shape: [3, 3, 16, 16]), .plain(axes: 2)))
    }
    graph.output(x)
    let plan = Plan(graph)
    #expect(plan.groups.count == 1 && plan.groups[0].range.count == 3)
    #expect(plan.groups.allSatisfy { $0.rows < 8 })
  }

  @Test("Our own kernels agree with the evaluator, for what oneDNN does not compute", arguments: kernelLevels)
  func ownKernels(level: String) {
    for form in convolutionForms where form.input[0] > 0 {
      let trial = ConvolutionTrial(form, seed: 30)
      for work in trial.works {
        let result = trial.result(of: work, by: .plain, kernels(level), trial.values)
        expectAgreement(
          result.values, trial.expected[work.node], relative: 1e-5, absolute: 1e-5, "\(form.name), \(work.kind)")
      }
    }
  }

  /// Kernels of few channels: rows that fit and that do not fit into a tile of registers, panels that are full and half full.
  static let fewChannels = [
    ConvolutionForm("one channel", [3, 7, 9, 1], [3, 3, 1, 16]),
    ConvolutionForm("three channels, same", [2, 6, 7, 3], [3, 3, 3, 48], padding: [(1, 1), (1, 1)]),
    ConvolutionForm("a stem", [1, 13, 12, 3], [7, 7, 3, 32], strides: [2, 2], padding: [(3, 3), (2, 3)]),
    ConvolutionForm("strides beyond the kernel", [2, 9, 11, 2], [1, 2, 2, 16], strides: [3, 3], padding: [(0, 0), (1, 2)]),
    ConvolutionForm("padding beyond the kernel", [1, 3, 3, 2], [2, 2, 2, 32], padding: [(3, 2), (2, 3)]),
    ConvolutionForm("a kernel wider than the input", [2, 3, 2, 4], [2, 5, 4, 16], padding: [(1, 1), (3, 4)]),
    ConvolutionForm("dilated rows", [2, 7, 6, 4], [2, 3, 4, 16], dilations: [3, 1], padding: [(1, 0), (1, 1)]),
    ConvolutionForm("a line", [3, 11, 4], [4, 4, 32], strides: [2], padding: [(1, 2)]),
    ConvolutionForm("a cube", [2, 3, 4, 5, 2], [2, 3, 3, 2, 16], strides: [1, 2, 1], padding: [(0, 1), (1, 1), (0, 2)]),
  ]

  @Test("Of few channels, made row by row, convolutions and kernel gradients agree with the evaluator", arguments: kernelLevels)
  func rowsOfFewChannels(level: String) {
    checkRows(.float32, kernels(level))
  }

  @Test("So they do of operands rounded to bfloat16", .enabled(if: hasBfloat16Vectors))
  func rowsOfBfloat16() {
    checkRows(.bfloat16, train_kernels().pointee)
  }

  private func checkRows(_ precision: OperandPrecision, _ table: train_kernel_table) {
    for form in Self.fewChannels {
      let trial = ConvolutionTrial(form, seed: 33, precision: precision)
      for var work in [trial.works[0], trial.works[2]] {
        #expect(work.suitsRows, "\(form.name)")
        var expected = trial.expected[work.node]
        let bias = Memory((0..<trial.filters).map { Float($0 % 5) - 2 })
        if work.isForward {
          work.isRectified = true
          for index in expected.indices { expected[index] = max(expected[index] + Double(index % trial.filters % 5) - 2, 0) }
        }
        let result = trial.result(of: work, by: .rows, table, trial.values, bias: bias)
        expectAgreement(result.values, expected, relative: 1e-5, absolute: 1e-5, "\(form.name), \(work.kind)")
        guard !work.isForward else { continue }
        var sums = [Double](repeating: 0, count: trial.filters)
        for (index, value) in trial.values[2].enumerated() { sums[index % trial.filters] += Double(value) }
        expectAgreement(bias.values, sums, relative: 1e-5, absolute: 1e-5, "bias of \(form.name)")
      }
    }
  }

  @Test("A shape that oneDNN knows by its reference alone trains all the same")
  func withoutOneDNN() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [2, 5, 5, 5, 1]), k = graph.input("k", shape: [5, 5, 5, 1, 1]),
      b = graph.input("b", shape: [1])
    let wide = Convolution(
      strides: [1, 1, 1], dilations: [2, 2, 2], padding: Array(repeating: .init(before: 8, after: 0), count: 3))
    let y = graph.relu(graph.add(graph.convolution(x, k, wide), b))
    let loss = graph.reduceSum(graph.square(y))
    let gradients = graph.gradients(of: loss, withRespectTo: [x, k, b])
    let nodes = [y] + [x, k, b].compactMap { gradients[$0] }
    nodes.forEach { graph.output($0) }
    var numbers = TestNumbers(31)
    let values: [InputSlot: [Float]] = ["x": numbers.array(250), "k": numbers.array(125), "b": [0.1]]
    let expected = Evaluator(graph, inputs: values.mapValues { $0.map(Double.init) })
    for (node, found) in zip(nodes, try outputs(graph, nodes, values, threads: 2)) {
      expectAgreement(found, expected[node], relative: 1e-4, absolute: 1e-4, "\(node)")
    }
  }

  @Test("With bias, ReLU and any number of axes operands may be bfloat16", arguments: [1, 2, 3])
  func bfloat16(axes: Int) throws {
    var graph = Graph()
    graph.precision = .bfloat16
    let extents = Array(repeating: axes == 3 ? 6 : 12, count: axes)
    let x = graph.input("x", shape: [5] + extents + [16])
    let k = graph.input("k", shape: Array(repeating: 3, count: axes) + [16, 24]), b = graph.input("b", shape: [24])
    let y = graph.relu(graph.add(graph.convolution(x, k, .plain(axes: axes)), b))
    let gradients = graph.gradients(of: graph.reduceSum(graph.square(y)), withRespectTo: [x, k, b])
    let nodes = [y] + [x, k, b].compactMap { gradients[$0] }
    nodes.forEach { graph.output($0) }
    var numbers = TestNumbers(32)
    let values: [InputSlot: [Float]] = Dictionary(
      uniqueKeysWithValues: zip(["x", "k", "b"] as [InputSlot], [x, k, b]).map { ($0, numbers.array(graph[$1].count)) })
    let expected = Evaluator(graph, inputs: values.mapValues { $0.map(Double.init) })
    let all = try [1, 2, 3].map { threads in try outputs(graph, nodes, values, threads: threads) }
    #expect(all[0] == all[1] && all[0] == all[2], "the same bits for any number of threads")
    for (node, found) in zip(nodes, all[0]) {
      let largest = expected[node].map(abs).max() ?? 0
      let difference = zip(found, expected[node]).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(difference < 0.01 * largest, "\(graph[node].operation)")
    }
    let isRounding = Plan(graph).works.contains { work in
      if case .convolution(let convolution) = work.kind {
        convolution.layout?.plan(0)?.implementation.contains("bf16") ?? false
      } else {
        false
      }
    }
    #expect(isRounding || !OperandPrecision.bfloat16.isComputedHere)
  }

  @Test("A shape that oneDNN refuses is an answer, not a crash")
  func refusal() {
    var shape = train_convolution_shape()
    shape.axes = 1
    (shape.images, shape.groups, shape.channels, shape.filters) = (1, 1, 1, 1)
    (shape.input.0, shape.kernel.0, shape.output.0, shape.strides.0, shape.dilations.0) = (5, 3, 9, 1, 1)
    #expect(train_dnnl_convolution_create(&shape, nil) == nil)
    #expect(!String(cString: train_dnnl_error()).isEmpty)
  }
}
