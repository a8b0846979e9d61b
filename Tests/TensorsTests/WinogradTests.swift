import CKernels
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

  @Test("At every level the kernels agree with the evaluator, with bias and ReLU too", arguments: kernelLevels)
  func kernelsAgree(level: String) {
    for form in Self.forms {
      let trial = ConvolutionTrial(form, seed: 51)
      for work in trial.works {
        let result = trial.result(of: work, by: .winograd, kernels(level), trial.values)
        expectNearLargest(result.values, trial.expected[work.node], "\(form.name), \(work.kind)")
      }
      var rectified = trial.works[0]
      rectified.isRectified = true
      let bias = Memory((0..<trial.filters).map { Float($0 % 5) - 2 })
      let result = trial.result(of: rectified, by: .winograd, kernels(level), trial.values, bias: bias)
      let expected = trial.expected[rectified.node].enumerated().map { max($1 + Double($0 % trial.filters % 5) - 2, 0) }
      expectNearLargest(result.values, expected, "\(form.name), rectified")
    }
  }

  /// The root of the mean square of what was found less what was expected.
  private static func error(_ found: [Double], _ expected: [Double]) -> Double {
    (zip(found, expected).map { ($0 - $1) * ($0 - $1) }.reduce(0, +) / Double(max(found.count, 1))).squareRoot()
  }

  /// Numbers of mean 0 are the worst: for those the error is 5/3 of what rounding the operands themselves leaves forward and to the
  /// input, and up to twice of it to the kernel.
  @Test("In bfloat16 the error is no more than about twice that of rounded operands", .enabled(if: hasBfloat16Vectors))
  func bfloat16Agrees() {
    for form in Self.forms {
      let exact = ConvolutionTrial(form, seed: 53), rounded = ConvolutionTrial(form, seed: 53, precision: .bfloat16)
      for work in rounded.works {
        let found = rounded.result(of: work, by: .winograd, train_kernels().pointee, rounded.values).values.map(Double.init)
        let expected = exact.expected[work.node]
        let error = Self.error(found, expected), least = Self.error(rounded.expected[work.node], expected)
        #expect(error > 0.5 * least && error < 2.2 * least, "\(form.name), \(work.kind): \(error / least)")
      }
    }
  }

  @Test("In bfloat16 whole numbers are exact, with bias and ReLU too", .enabled(if: hasBfloat16Vectors))
  func bfloat16WholesAreExact() {
    for form in Self.forms {
      let trial = ConvolutionTrial(form, seed: 54, wholes: true, precision: .bfloat16)
      let bias = Memory((0..<trial.filters).map { Float($0 % 5) - 2 })
      for var work in trial.works {
        var expected = trial.expected[work.node]
        if work.isForward {
          work.isRectified = true
          expected = expected.enumerated().map { max($1 + Double($0 % trial.filters % 5) - 2, 0) }
        }
        let result = trial.result(
          of: work, by: .winograd, train_kernels().pointee, trial.values, bias: work.isForward ? bias : nil)
        #expect(result.values.map(Double.init) == expected, "\(form.name), \(work.kind)")
      }
    }
  }

  @Test(
    "As a program, in pieces, with bias and ReLU, the numbers are the evaluator's, and the same bits on any threads",
    arguments: [OperandPrecision.float32] + (hasBfloat16Vectors ? [.bfloat16] : []))
  func programsAgree(precision: OperandPrecision) throws {
    var graph = Graph()
    graph.precision = precision
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
    let found = try [1, 2, 3].map { try outputs(graph, nodes, values, threads: $0) }
    #expect(found[1] == found[0] && found[2] == found[0])
    for (node, values) in zip(nodes, found[0]) {
      expectNearLargest(
        values, expected[node], within: precision == .float32 ? 1e-5 : 2e-2, "\(graph.shape(of: node))")
    }
  }
}
