import Plans
import Tensors

/// Turns light and dark round in a share of the images.
struct RandomInvert: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how likely an image is inverted: at most so, or from how to how", in: 0...1, downTo: 0, default: 1)
  static let signature = Signature(
    "RandomInvert", "Turns light and dark round in a share of the images while training.",
    [
      factor.description, ImageParameters.valueRange.description, ImageParameters.seed.description,
      DataFormat.parameter.description,
    ],
    formula: "largest value − input", example: "Input((8, 8, 3))\nRandomInvert(0.5)")

  let drawCount = 2
  let factor: DrawnRange
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomInvert.factor]
    settings = ImageSettings(arguments)
  }

  /// The first draw says how likely it is, the second whether it happens.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let isInverted = graph.perImage(graph.apply(.less, draws[1], factor.number(draws[0], in: &graph)))
    let inverted = graph.subtract(graph.constant(values.upperBound), images)
    return graph.select(isInverted, inverted, images)
  }
}
