import Plans
import Tensors

/// Turns images about their middle by angles drawn from a range.
struct RandomRotation: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "the angles, as parts of a full turn: how far either way, or from where to where", in: -1...1)
  static let signature = Signature(
    "RandomRotation", "Turns images about their middle while training.",
    [
      factor.description, ImageParameters.View.fillMode.description, ImageParameters.View.interpolation.description,
      ImageParameters.seed.description, ImageParameters.View.fillValue.description, DataFormat.parameter.description,
    ], example: "Input((8, 8, 3))\nRandomRotation(0.05)")

  let drawCount = 1
  let factor: DrawnRange
  let view: ImageParameters.View
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomRotation.factor]
    view = ImageParameters.View(arguments)
    settings = ImageSettings(arguments)
  }

  /// The map is [cos −sin; sin cos] about the middle m: m − R·m is added.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let shape = graph.shape(of: images)
    let (middleX, middleY) = (Double(shape[2] - 1) / 2, Double(shape[1] - 1) / 2)
    let angle = graph.multiply(factor.number(draws[0], in: &graph), by: 2 * .pi)
    let (cosine, sine) = (graph.apply(.cos, angle), graph.apply(.sin, angle))
    let minusSine = graph.negate(sine)
    let rest = graph.subtract(graph.constant(1), cosine)
    let a2 = graph.add(graph.multiply(rest, by: middleX), graph.multiply(sine, by: middleY))
    let b2 = graph.subtract(graph.multiply(rest, by: middleY), graph.multiply(sine, by: middleX))
    return view.seen(images, through: AffineMap(cosine, minusSine, a2, sine, cosine, b2), in: &graph)
  }
}
