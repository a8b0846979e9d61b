import Plans
import Tensors

/// Zooms images about their middle; a positive factor shows more than the image, a negative one less of it.
struct RandomZoom: RandomImageLayer {
  private static func factor(_ name: String, _ help: String) -> Parameter<DrawnRange> {
    DrawnRange.parameter(name, help, in: -1...1, excludesMin: true)
  }
  static let heightFactor = factor(
    "height_factor", "how much more height is seen, as a part of it: how much either way, or from where to where")
  static let widthFactor = Parameter<DrawnRange?>.optional(
    factor("width_factor", "the same of the width; None zooms both alike"))
  static let signature = Signature(
    "RandomZoom", "Zooms images while training.",
    [
      heightFactor.description, widthFactor.description, ImageParameters.View.fillMode.description,
      ImageParameters.View.interpolation.description, ImageParameters.seed.description,
      ImageParameters.View.fillValue.description, DataFormat.parameter.description,
    ], example: "Input((8, 8, 3))\nRandomZoom(0.1)")

  var drawCount: Int { width == nil ? 1 : 2 }
  let height: DrawnRange
  let width: DrawnRange?
  let view: ImageParameters.View
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    height = arguments[RandomZoom.heightFactor]
    width = arguments[RandomZoom.widthFactor]
    view = ImageParameters.View(arguments)
    settings = ImageSettings(arguments)
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let shape = graph.shape(of: images)
    let more = (
      height: height.number(draws[0], in: &graph), width: (width ?? height).number(draws[draws.count - 1], in: &graph)
    )
    let zero = graph.constant(0)
    let map = AffineMap(
      graph.add(more.width, 1), zero, graph.multiply(more.width, by: -Double(shape[2] - 1) / 2),
      zero, graph.add(more.height, 1), graph.multiply(more.height, by: -Double(shape[1] - 1) / 2))
    return view.seen(images, through: map, in: &graph)
  }
}
