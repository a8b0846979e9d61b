import Lambdas
import Plans
import Tensors

/// Hides a rectangle of some images.
struct RandomErasing: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how probable it is that an image loses a rectangle: at most so much, or from where to where", in: 0...1, downTo: 0,
    default: 1)
  static let scale = Parameter<DrawnRange>(
    "scale", "the share of an image that is hidden if both sides draw the same: at most so much, or from where to where",
    .either([.number(min: 0, max: 1), .list(.number(min: 0, max: 1), min: 2, max: 2)]),
    default: .tuple([.float(0.02), .float(0.33)])
  ) { DrawnRange($0, downTo: 0) }
  static let fillValue = Parameter<[Double]?>.optional(
    Parameter<[Double]>(
      "fill_value", "what is there instead: a value, or one for each of three channels; None for noise",
      .either([.number(), .list(.number(), min: 3, max: 3)])
    ) { value in
      switch value {
      case .list(let parts), .tuple(let parts): parts.compactMap(\.asDouble)
      default: value.asDouble.map { [$0] }
      }
    })
  static let signature = Signature(
    "RandomErasing", "Hides a rectangle of images while training.",
    [
      factor.description, scale.description, fillValue.description, ImageParameters.valueRange.description,
      ImageParameters.seed.description, DataFormat.parameter.description,
    ],
    source: "Zhong, Zheng, Kang, Li and Yang, 2020: Random erasing data augmentation",
    example: "Input((8, 8, 3))\nRandomErasing(scale=(0.1, 0.4), fill_value=0)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    let grid = try GridShape(input, positions: 2, DataFormat(arguments[DataFormat.parameter]))
    if arguments[fillValue]?.count == 3, let channels = grid.channels, channels != 3 {
      throw ShapeError(
        "fills three channels, but gets \(input.description) with \(channels)", hint: "give one `fill_value` for all channels.")
    }
    return LayerShape(TensorSpec(input))
  }

  let drawCount = 6
  let factor: DrawnRange
  let scale: DrawnRange
  /// One value, or one for each channel; nil for noise.
  let fill: [Double]?
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomErasing.factor]
    scale = arguments[RandomErasing.scale]
    fill = arguments[RandomErasing.fillValue]
    settings = ImageSettings(arguments)
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard use.isTraining else { return inputs[0] }
    guard fill == nil else { return emitTraining(inputs[0], into: &graph, use) }
    let stream = use.noise(seed: seed)
    let draws = draws(for: inputs[0], stream, in: &graph)
    return dataFormat.onChannelsLast(inputs[0], in: &graph) { graph, images in
      let noise = graph.randomNormal(shape: graph.shape(of: images), stream: stream.substream("fill"))
      return erased(images, draws: draws, showing: graph.multiply(noise, by: values.upperBound), in: &graph)
    }
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let fill = self.fill ?? [values.lowerBound]
    let shown = graph.constant(floats: fill.map { Float($0) }, shape: [fill.count])
    return erased(images, draws: draws, showing: shown, in: &graph)
  }

  /// The draws: what share of columns and rows is hidden, where these begin, and whether any are.
  private func erased(_ images: Node, draws: [Node], showing fill: Node, in graph: inout Graph) -> Node {
    let shape = graph.shape(of: images)
    /// 1 for the hidden positions of an axis, which meets images: [batch, …].
    func hidden(_ axis: Int, _ share: Node, _ start: Node, in graph: inout Graph) -> Node {
      let extent = shape[axis]
      let places = graph.constant(
        floats: (0..<extent).map { Float($0) }, shape: axis == 1 ? [1, extent, 1, 1] : [1, 1, extent, 1])
      let root = graph.apply(.sqrt, scale.number(share, in: &graph))
      let length = graph.multiply(root, by: Double(extent))
      let first = graph.multiply(start, graph.subtract(graph.constant(Double(extent)), length))
      let end = graph.perImage(graph.add(first, length))
      return graph.apply(.and, graph.apply(.greaterEqual, places, graph.perImage(first)), graph.apply(.less, places, end))
    }
    let columns = hidden(2, draws[0], draws[2], in: &graph)
    let rows = hidden(1, draws[1], draws[3], in: &graph)
    let isErased = graph.perImage(graph.apply(.less, draws[5], factor.number(draws[4], in: &graph)))
    let isHidden = graph.apply(.and, graph.apply(.and, rows, columns), isErased)
    return graph.select(isHidden, graph.clip(fill, to: values), images)
  }
}
