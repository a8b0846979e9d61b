import Plans
import Tensors

/// Makes colours stronger or weaker.
struct RandomSaturation: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "0.5 for colours as they are, 0 for none, 1 for the strongest: at most so much, or from where to where", in: -1...1)
  static let signature = Signature(
    "RandomSaturation", "Makes colours stronger or weaker while training.",
    [factor.description] + ImageParameters.values,
    formula: "saturation · factor / (1 − factor): 0.5 changes nothing",
    example: "Input((8, 8, 3))\nRandomSaturation((0.3, 0.7), value_range=(0, 1))")

  static let channels = ImageChannels.colours

  let drawCount = 1
  let factor: DrawnRange
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomSaturation.factor]
    settings = ImageSettings(arguments)
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let factor = factor.number(draws[0], in: &graph)
    let change = graph.perImage(graph.divide(factor, graph.subtract(graph.constant(1 + 1e-7), factor)))
    let (hue, saturation, value) = graph.hueSaturationValue(of: images)
    let changed = graph.clip(graph.multiply(saturation, change), to: values)
    return graph.colours(hue: hue, saturation: changed, value: value)
  }
}
