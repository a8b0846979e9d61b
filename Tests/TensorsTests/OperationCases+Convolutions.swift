@testable import Tensors

/// Convolutions of one, two and three axes, and each of their derivatives as an operation of its own.
let convolutionCases: [OperationCase] =
  convolutionForms.flatMap { form in
    let (settings, input, kernel) = (form.settings, form.input, form.kernel)
    let output =
      [input[0]] + settings.outputExtents(input: Array(input.dropFirst().dropLast()), kernel: Array(kernel.dropLast(2)))
      + [kernel[kernel.count - 1]]
    return [
      OperationCase("convolution, \(form.name)", [input, kernel], in: -1...1) { $0.convolution($1[0], $1[1], settings) },
      OperationCase("input gradient, \(form.name)", [output, kernel], in: -1...1) {
        $0.convolutionInputGradient($1[0], $1[1], settings, input: input)
      },
      OperationCase("kernel gradient, \(form.name)", [input, output], in: -1...1) {
        $0.convolutionKernelGradient($1[0], $1[1], settings, kernel: kernel)
      },
    ]
  } + convolutionNetworks

/// Shapes and settings of a convolution to try.
struct ConvolutionForm: Sendable {
  let name: String
  let settings: Convolution
  let input: [Int]
  let kernel: [Int]

  init(
    _ name: String, _ input: [Int], _ kernel: [Int], strides: [Int]? = nil, dilations: [Int]? = nil,
    padding: [(Int, Int)]? = nil, groups: Int = 1
  ) {
    let axes = kernel.count - 2
    self.name = name
    self.input = input
    self.kernel = kernel
    settings = Convolution(
      strides: strides ?? Array(repeating: 1, count: axes), dilations: dilations ?? Array(repeating: 1, count: axes),
      padding: (padding ?? Array(repeating: (0, 0), count: axes)).map { Convolution.Padding(before: $0.0, after: $0.1) },
      groups: groups)
  }
}

/// Convolutions of all kinds, small.
let convolutionForms: [ConvolutionForm] = [
  ConvolutionForm("plain", [2, 5, 4, 3], [3, 2, 3, 4]),
  ConvolutionForm("one channel", [3, 6, 6, 1], [3, 3, 1, 2], padding: [(1, 1), (1, 1)]),
  ConvolutionForm("asymmetric padding", [2, 4, 5, 2], [2, 3, 2, 3], padding: [(0, 1), (2, 1)]),
  ConvolutionForm("strides", [2, 7, 6, 2], [3, 3, 2, 2], strides: [2, 3], padding: [(1, 1), (0, 1)]),
  ConvolutionForm("strides beyond the kernel", [1, 7, 8, 2], [1, 2, 2, 3], strides: [3, 3]),
  ConvolutionForm("what is left over", [2, 8, 8, 2], [3, 3, 2, 2], strides: [4, 4]),
  ConvolutionForm("dilations", [2, 7, 6, 2], [3, 2, 2, 2], dilations: [2, 3], padding: [(2, 2), (0, 0)]),
  ConvolutionForm("groups", [2, 4, 4, 6], [2, 2, 2, 9], groups: 3),
  ConvolutionForm("each channel by itself", [2, 5, 4, 5], [3, 3, 1, 5], padding: [(1, 1), (1, 1)], groups: 5),
  ConvolutionForm("two filters a channel", [2, 4, 4, 3], [3, 2, 1, 6], padding: [(1, 1), (0, 0)], groups: 3),
  ConvolutionForm("dilated, each channel by itself", [1, 6, 6, 4], [2, 2, 1, 4], dilations: [2, 2], groups: 4),
  ConvolutionForm("one position", [4, 1, 1, 3], [1, 1, 3, 2]),
  ConvolutionForm("kernel of all", [2, 3, 3, 2], [3, 3, 2, 4]),
  ConvolutionForm("padding beyond the kernel", [1, 3, 3, 2], [2, 2, 2, 2], padding: [(3, 2), (2, 3)]),
  ConvolutionForm("no images", [0, 4, 4, 2], [2, 2, 2, 3]),
  ConvolutionForm("a line", [2, 7, 3], [3, 3, 4], padding: [(1, 1)]),
  ConvolutionForm("a causal line", [2, 6, 2], [3, 2, 3], dilations: [2], padding: [(4, 0)]),
  ConvolutionForm("a line with strides and groups", [3, 9, 4], [3, 2, 6], strides: [2], padding: [(0, 1)], groups: 2),
  ConvolutionForm("a line, each channel by itself", [2, 6, 3], [2, 1, 3], groups: 3),
  ConvolutionForm("a cube", [2, 3, 4, 3, 2], [2, 2, 2, 2, 3], padding: [(0, 1), (0, 0), (1, 0)]),
  ConvolutionForm("a cube with strides", [1, 4, 5, 4, 2], [2, 3, 2, 2, 2], strides: [2, 2, 1]),
  ConvolutionForm("a cube with dilations and groups", [1, 4, 4, 3, 4], [2, 2, 1, 2, 4], dilations: [2, 1, 1], groups: 2),
]

/// Convolutions with what is joined with them.
private let convolutionNetworks: [OperationCase] = [
  OperationCase("convolution, bias, relu", [[3, 5, 5, 2], [3, 3, 2, 4], [4]], in: -1...1) { graph, x in
    graph.relu(graph.add(graph.convolution(x[0], x[1], .plain(axes: 2)), x[2]))
  },
  OperationCase("convolution, bias, tanh, twice", [[4, 6, 6, 1], [3, 3, 1, 2], [2], [2, 2, 2, 3], [3]], in: -1...1) { graph, x in
    let first = graph.tanh(graph.add(graph.convolution(x[0], x[1], .plain(axes: 2)), x[2]))
    return graph.add(graph.convolution(first, x[3], .plain(axes: 2)), x[4])
  },
  OperationCase("two convolutions by one kernel", [[2, 5, 3], [2, 3, 3], [3]], in: -1...1) { graph, x in
    let first = graph.relu(graph.add(graph.convolution(x[0], x[1], .plain(axes: 1)), x[2]))
    return graph.relu(graph.add(graph.convolution(first, x[1], .plain(axes: 1)), x[2]))
  },
  OperationCase("there and back", [[2, 6, 4, 2], [3, 3, 2, 3]], in: -1...1) { graph, x in
    let settings = Convolution(
      strides: [2, 1], dilations: [1, 1], padding: [.init(before: 1, after: 0), .init(before: 1, after: 1)])
    let small = graph.tanh(graph.convolution(x[0], x[1], settings))
    return graph.convolutionInputGradient(small, x[1], settings, input: [2, 6, 4, 2])
  },
]

/// Convolutions cut into several pieces of the batch, the last of another size, too large for central differences.
let largeConvolutionCases: [OperationCase] = [
  OperationCase(
    "large convolutions, bias, relu", [[37, 20, 20, 3], [3, 3, 3, 32], [32], [3, 3, 32, 40], [40]], in: -0.5...0.5
  ) { graph, x in
    let first = graph.relu(graph.add(graph.convolution(x[0], x[1], .plain(axes: 2)), x[2]))
    return graph.relu(graph.add(graph.convolution(first, x[3], .plain(axes: 2)), x[4]))
  },
  OperationCase("large convolutions, each channel by itself", [[40, 24, 24, 24], [5, 5, 1, 24], [24, 7]], in: -0.5...0.5) {
    graph, x in
    var settings = Convolution.plain(axes: 2)
    settings = Convolution(strides: [2, 2], dilations: [1, 1], padding: settings.padding, groups: 24)
    return graph.matrixProduct(graph.convolution(x[0], x[1], settings), x[2])
  },
]

extension Convolution {
  /// Steps of one, no padding.
  static func plain(axes: Int) -> Convolution {
    let ones = Array(repeating: 1, count: axes)
    return Convolution(strides: ones, dilations: ones, padding: Array(repeating: .none, count: axes))
  }
}

extension Operation {
  /// Whether oneDNN computes it whatever its size.
  var isConvolution: Bool {
    switch self {
    case .convolution, .convolutionInputGradient, .convolutionKernelGradient: true
    default: false
    }
  }
}
