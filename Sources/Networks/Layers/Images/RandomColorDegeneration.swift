import Plans
import Tensors

/// Mixes images with what they are without colours.
struct RandomColorDegeneration: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how much of its colours an image loses: how much either way, or from where to where", in: -1...1)
  static let signature = Signature(
    "RandomColorDegeneration", "Mixes images with what they are without colours, while training.",
    [factor.description] + ImageParameters.values,
    formula: "input + factor · (brightness − input), within value_range",
    example: "Input((8, 8, 3))\nRandomColorDegeneration(0.5)")

  static let channels = ImageChannels.coloursOrGrey

  let drawCount = 1
  let factor: DrawnRange
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomColorDegeneration.factor]
    settings = ImageSettings(arguments)
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let share = graph.perImage(factor.number(draws[0], in: &graph))
    let change = graph.multiply(share, graph.subtract(graph.brightness(of: images), images))
    return graph.clip(graph.add(images, change), to: values)
  }
}
