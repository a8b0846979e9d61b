import Plans
import Tensors

/// Shows some images as if they were seen from the side: three corners are moved, the first stays.
struct RandomPerspective: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how probable it is that an image is changed: at most so much, or from where to where", in: 0...1, downTo: 0,
    default: 1)
  static let scale = Parameter<Double>(
    "scale", "how far a corner moves at most, as a part of twice its distance from the first one", min: 0, max: 1, default: 1)
  static let signature = Signature(
    "RandomPerspective", "Shows images in perspective while training.",
    [
      factor.description, scale.description, ImageParameters.View.interpolation.description,
      ImageParameters.View.fillValue.description, ImageParameters.seed.description, DataFormat.parameter.description,
    ],
    formula: "at (x, y) what stands at (x / α, y / β) / (1 − (b − d)x / bcw − (a − c)y / adh)",
    source: "Heckbert, 1989: Fundamentals of texture mapping and image warping",
    example: "Input((8, 8, 3))\nRandomPerspective(scale=0.3)")

  /// Whether it is changed takes two, the corners two each.
  let drawCount = 10
  let factor: DrawnRange
  let scale: Double
  let view: ImageParameters.View
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomPerspective.factor]
    scale = arguments[RandomPerspective.scale]
    view = ImageParameters.View(arguments, fill: .constant)
    settings = ImageSettings(arguments)
  }

  /// With w and h the places of the last column and row, the corners (w, 0), (0, h), (w, h) move to (aw, 0), (0, bh), (cw, dh). The
  /// projective map of the corners back to where they were is (x / α, y / β) / (1 − (b − d)x / bcw − (a − c)y / adh),
  /// 1/α = (ad + bc − ab) / abc and 1/β = (ad + bc − ab) / abd.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let shape = graph.shape(of: images)
    let (w, h) = (Double(max(shape[2] - 1, 1)), Double(max(shape[1] - 1, 1)))
    let range = DrawnRange(1 - scale / 2, 1 + scale / 2)
    let corners = [4, 7, 8, 9].map { graph.reshape(range.number(draws[$0], in: &graph), [shape[0], 1, 1]) }
    let columns = graph.constant(floats: (0..<shape[2]).map { Float($0) }, shape: [1, 1, shape[2]])
    let rows = graph.constant(floats: (0..<shape[1]).map { Float($0) }, shape: [1, shape[1], 1])
    let places = graph.formula(corners + [columns, rows]) { terms -> (rows: Node, columns: Node) in
      let (a, b, c, d, x, y) = (terms[0], terms[1], terms[2], terms[3], terms[4], terms[5])
      let share = a * d + b * c - a * b
      let depth = 1 - (b - d) / (b * c) * x / w - (a - c) / (a * d) * y / h  // [batch, rows, columns]
      return ((y * (share / (a * b * d)) / depth).node, (x * (share / (a * b * c)) / depth).node)
    }
    let seen = graph.sample(images, atRows: places.rows, columns: places.columns, through: view)
    let isChanged = graph.perImage(graph.apply(.less, draws[1], factor.number(draws[0], in: &graph)))
    return graph.select(isChanged, seen, images)
  }
}
