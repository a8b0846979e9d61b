import Plans
import Tensors

/// Turns all colours of an image along the circle of hues.
struct RandomHue: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how far hues are turned, 1 being half of the circle: at most so far, or from where to where", in: 0...1, downTo: 0)
  static let signature = Signature(
    "RandomHue", "Turns all colours along the circle of hues while training.",
    [factor.description] + ImageParameters.values,
    formula: "hue ± factor / 2, of a circle of 1", example: "Input((8, 8, 3))\nRandomHue(0.2)")

  static let channels = ImageChannels.colours

  let drawCount = 2
  let factor: DrawnRange
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomHue.factor]
    settings = ImageSettings(arguments)
  }

  /// The first draw says which way round.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let (zero, one) = (graph.constant(0), graph.constant(1))
    let way = graph.subtract(graph.constant(0.5), graph.apply(.greater, draws[0], graph.constant(0.5)))
    let turn = graph.perImage(graph.multiply(way, factor.number(draws[1], in: &graph)))
    let (hue, saturation, value) = graph.hueSaturationValue(of: graph.rescale(images, from: values, to: 0...1))
    let turned = graph.add(hue, turn)
    let below = graph.subtract(turned, graph.apply(.greater, turned, one))
    let within = graph.add(below, graph.apply(.less, below, zero))
    let colours = graph.colours(hue: within, saturation: saturation, value: value)
    return graph.rescale(graph.clip(colours, from: 0, to: 1), from: 0...1, to: values)
  }
}
