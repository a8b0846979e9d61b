import Plans
import Tensors

/// Moves images down and to the right, or the other way.
struct RandomTranslation: RandomImageLayer {
  static let heightFactor = DrawnRange.parameter(
    "height_factor", "how far down, as parts of the height: how far either way, or from where to where", in: -1...1)
  static let widthFactor = DrawnRange.parameter(
    "width_factor", "how far to the right, as parts of the width: how far either way, or from where to where", in: -1...1)
  static let signature = Signature(
    "RandomTranslation", "Moves images while training.",
    [
      heightFactor.description, widthFactor.description, ImageParameters.View.fillMode.description,
      ImageParameters.View.interpolation.description, ImageParameters.seed.description,
      ImageParameters.View.fillValue.description, DataFormat.parameter.description,
    ], example: "Input((8, 8, 3))\nRandomTranslation(0.1, 0.1)")

  let drawCount = 2
  let height: DrawnRange
  let width: DrawnRange
  let view: ImageParameters.View
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    height = arguments[RandomTranslation.heightFactor]
    width = arguments[RandomTranslation.widthFactor]
    view = ImageParameters.View(arguments)
    settings = ImageSettings(arguments)
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let shape = graph.shape(of: images)
    let (zero, one) = (graph.constant(0), graph.constant(1))
    let down = graph.multiply(height.number(draws[0], in: &graph), by: -Double(shape[1]))
    let right = graph.multiply(width.number(draws[1], in: &graph), by: -Double(shape[2]))
    return view.seen(images, through: AffineMap(one, zero, right, zero, one, down), in: &graph)
  }
}
