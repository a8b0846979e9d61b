import Plans
import Tensors

/// Slants images: rows are moved along with their number, columns along with theirs.
struct RandomShear: RandomImageLayer {
  static let xFactor = DrawnRange.parameter(
    "x_factor", "how far a row is moved for each row above it: how far either way, or from where to where", in: 0...1, default: 0)
  static let yFactor = DrawnRange.parameter(
    "y_factor", "how far a column is moved for each column before it: how far either way, or from where to where", in: 0...1,
    default: 0)
  static let signature = Signature(
    "RandomShear", "Slants images while training.",
    [
      xFactor.description, yFactor.description, ImageParameters.View.interpolation.description,
      ImageParameters.View.fillMode.description, ImageParameters.View.fillValue.description, DataFormat.parameter.description,
      ImageParameters.seed.description,
    ], example: "Input((8, 8, 3))\nRandomShear(0.2, 0.1)")

  let drawCount = 3
  let x: DrawnRange
  let y: DrawnRange
  let view: ImageParameters.View
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    x = arguments[RandomShear.xFactor]
    y = arguments[RandomShear.yFactor]
    view = ImageParameters.View(arguments)
    settings = ImageSettings(arguments)
  }

  /// The first draw says which way; half of the images are slanted the other way.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let (zero, one, half) = (graph.constant(0), graph.constant(1), graph.constant(0.5))
    let way = graph.subtract(one, graph.multiply(graph.apply(.greater, draws[0], half), by: 2))
    let slantY = graph.multiply(y.number(draws[1], in: &graph), way)
    let slantX = graph.multiply(x.number(draws[2], in: &graph), way)
    return view.seen(images, through: AffineMap(one, slantX, zero, slantY, one, zero), in: &graph)
  }
}
