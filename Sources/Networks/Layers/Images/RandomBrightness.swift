import Plans
import Tensors

/// Makes images brighter or darker.
struct RandomBrightness: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how much is added, as parts of the range of values: how much either way, or from where to where", in: -1...1)
  static let signature = Signature(
    "RandomBrightness", "Changes the brightness of images while training.",
    [factor.description] + ImageParameters.valuesSeedFirst,
    formula: "input + brightness · (largest − smallest), within value_range",
    example: "Input((8, 8, 3))\nRandomBrightness(0.2)")

  let drawCount = 1
  let factor: DrawnRange
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomBrightness.factor]
    settings = ImageSettings(arguments)
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let brightness = graph.multiply(factor.number(draws[0], in: &graph), by: values.upperBound - values.lowerBound)
    return graph.clip(graph.add(images, graph.perImage(brightness)), to: values)
  }
}
