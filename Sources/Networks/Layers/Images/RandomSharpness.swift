import Plans
import Tensors

/// Mixes images with what they are smoothed, or draws them away from that.
struct RandomSharpness: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "0.5 for images as they are, 0 for smooth ones, 1 for sharp ones: at most so much, or from where to where",
    in: 0...1, downTo: 0)
  static let signature = Signature(
    "RandomSharpness", "Makes images sharper or smoother while training.",
    [factor.description] + ImageParameters.values,
    formula: "input + (1 − 2 · factor) · (smoothed − input), within value_range",
    example: "Input((8, 8, 3))\nRandomSharpness((0.3, 0.9))")

  let drawCount = 1
  let factor: DrawnRange
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomSharpness.factor]
    settings = ImageSettings(arguments)
  }

  /// Smooth is a mean of nine neighbours in which the middle counts five times; there are zeros around the image.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let channels = graph.shape(of: images)[3]
    let weights = (0..<9).flatMap { Array(repeating: Float($0 == 4 ? 5 : 1) / 13, count: channels) }
    let kernel = graph.constant(floats: weights, shape: [3, 3, 1, channels])
    let smoothed = graph.smoothed(images, by: kernel)
    let share = graph.subtract(graph.constant(1), graph.multiply(graph.perImage(factor.number(draws[0], in: &graph)), by: 2))
    let result = graph.add(images, graph.multiply(share, graph.subtract(smoothed, images)))
    return graph.clip(result, to: values)
  }
}

extension Graph {
  /// Each channel by itself under a kernel [rows, columns, 1, channels] of odd sizes, with zeros around the image.
  mutating func smoothed(_ images: Node, by kernel: Node) -> Node {
    let padding = shape(of: kernel).prefix(2).map { Convolution.Padding(before: $0 / 2, after: $0 / 2) }
    let settings = Convolution(strides: [1, 1], dilations: [1, 1], padding: padding, groups: shape(of: images)[3])
    return convolution(images, kernel, settings)
  }
}
