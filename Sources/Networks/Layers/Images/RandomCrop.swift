import Plans
import Tensors

/// Takes a part of images, while training a random one of each. Out of training it is the middle with the wanted ratio of
/// sides, brought to the size.
struct RandomCrop: RandomImageLayer {
  static let signature = Signature(
    "RandomCrop", "Takes a random part of each image while training, else the middle.",
    [
      ImageSize.height.description, ImageSize.width.description, ImageParameters.seed.description,
      DataFormat.parameter.description,
    ],
    example: "Input((8, 8, 3))\nRandomCrop(4, 4)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let format = DataFormat(arguments[DataFormat.parameter])
    return LayerShape(TensorSpec(try ImageSize(arguments).shape(of: try onlyInput(inputs).shape, format)))
  }

  let drawCount = 2
  let size: ImageSize
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    size = ImageSize(arguments)
    settings = ImageSettings(arguments)
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    if use.isTraining { return emitTraining(inputs[0], into: &graph, use) }
    return dataFormat.onChannelsLast(inputs[0], in: &graph) { graph, x in graph.cropAndResize(x, to: size) }
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let shape = graph.shape(of: images)
    guard shape[1] > size.rows, shape[2] > size.columns else { return part(of: images, in: &graph) }
    let (zero, one) = (graph.constant(0), graph.constant(1))
    func start(_ draw: Node, _ places: Int) -> Node { graph.apply(.floor, graph.multiply(draw, by: Double(places))) }
    let top = start(draws[0], shape[1] - size.rows + 1)
    let left = start(draws[1], shape[2] - size.columns + 1)
    return graph.sample(
      images, AffineMap(one, zero, left, zero, one, top), rows: size.rows, columns: size.columns, isBilinear: false)
  }

  /// Where nothing is random: from where the middle of the wanted ratio begins, as much as there is of the wanted size, enlarged.
  private func part(of images: Node, in graph: inout Graph) -> Node {
    let shape = graph.shape(of: images)
    let middle = size.middle(of: ImageSize(rows: shape[1], columns: shape[2]))
    let (top, left) = (middle.rows.lowerBound, middle.columns.lowerBound)
    let part = graph.crop(
      images, (top..<min(top + size.rows, shape[1]), left..<min(left + size.columns, shape[2])))
    return graph.resize(part, to: size)
  }
}
