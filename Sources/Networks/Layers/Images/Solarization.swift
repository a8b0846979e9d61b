import Plans
import Tensors

/// Turns light and dark round where images are bright.
struct Solarization: RandomImageLayer {
  static let addition = DrawnRange.parameter(
    "addition_factor", "how much is added before, as parts of 255: at most so much, or from where to where", in: 0...1, downTo: 0,
    default: 0)
  static let threshold = DrawnRange.parameter(
    "threshold_factor", "from which brightness on, as parts of 255: at most so much, or from where to where", in: 0...1,
    downTo: 0,
    default: 0)
  static let signature = Signature(
    "Solarization", "Turns light and dark round where images are bright, while training.",
    [addition.description, threshold.description] + ImageParameters.valuesSeedFirst,
    formula: "x = input + addition of values of 0 to 255; x where x < threshold, else 255 − x",
    example: "Input((8, 8, 3))\nSolarization(threshold_factor=0.5)")

  let drawCount = 2
  let addition: DrawnRange
  let threshold: DrawnRange
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    addition = arguments[Solarization.addition]
    threshold = arguments[Solarization.threshold]
    settings = ImageSettings(arguments)
  }

  /// Of two limits Keras scales the upper one alone to 255, and so do we.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let added = graph.perImage(DrawnRange(addition.lower, addition.upper * 255).number(draws[0], in: &graph))
    let limit = graph.perImage(DrawnRange(threshold.lower, threshold.upper * 255).number(draws[1], in: &graph))
    let bright = graph.clip(graph.add(graph.rescale(images, from: values, to: 0...255), added), from: 0, to: 255)
    let inverted = graph.subtract(graph.constant(255), bright)
    return graph.rescale(graph.select(graph.apply(.less, bright, limit), bright, inverted), from: 0...255, to: values)
  }
}
