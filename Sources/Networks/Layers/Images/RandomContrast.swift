import Plans
import Tensors

/// Draws the values of each channel away from their mean, or towards it.
struct RandomContrast: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how much contrasts are multiplied: by 1 up to 1 + factor, or from 1 − the first to 1 + the second", in: 0...1,
    downTo: 0)
  static let signature = Signature(
    "RandomContrast", "Changes the contrast of images while training.",
    [factor.description] + ImageParameters.valuesSeedFirst,
    formula: "(input − mean) · contrast + mean, within value_range",
    example: "Input((8, 8, 3))\nRandomContrast(0.2)")

  let drawCount = 1
  let factor: DrawnRange
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomContrast.factor]
    settings = ImageSettings(arguments)
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let contrast = graph.perImage(DrawnRange(1 - factor.lower, 1 + factor.upper).number(draws[0], in: &graph))
    let mean = graph.reduceMean(images, axes: [1, 2], keepDimensions: true)
    let result = graph.add(graph.multiply(graph.subtract(images, mean), contrast), mean)
    return graph.clip(result, to: values)
  }
}
