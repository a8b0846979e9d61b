import Lambdas
import Plans
import Tensors

/// Shows some images as if they were drawn on rubber: every position is moved a little, neighbours alike.
struct RandomElasticTransform: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how probable it is that an image is changed: at most so much, or from where to where", in: 0...1, downTo: 0,
    default: 1)
  static let scale = DrawnRange.parameter(
    "scale", "how strong it is, one number for a batch: at most so much, or from where to where", in: 0...1, downTo: 0,
    default: 1)
  static let fillMode = Parameter<String>(
    "fill_mode", ImageParameters.View.fillMode.description.help + ", or the image mirrored in the middle of its edge (mirror)",
    .choice(["reflect", "wrap", "constant", "nearest", "mirror"]), default: "reflect")
  static let signature = Signature(
    "RandomElasticTransform", "Moves the positions of images a little, neighbours alike, while training.",
    [
      factor.description, scale.description, ImageParameters.View.interpolation.description, fillMode.description,
      ImageParameters.View.fillValue.description, ImageParameters.valueRange.description, ImageParameters.seed.description,
      DataFormat.parameter.description,
    ],
    formula: "moved by α · blurred(σ · normal numbers), α = scale / 10 of the longer side, σ = scale / 20 of the shorter",
    source:
      "Simard, Steinkraus and Platt, 2003: Best practices for convolutional neural networks applied to visual document analysis",
    example: "Input((16, 16, 3))\nRandomElasticTransform(scale=0.5)")

  /// Whether it is changed takes two, how strongly one, of which that of the first image counts.
  let drawCount = 3
  /// How far each position moves: its row, and its column.
  let fieldCount = 2
  let factor: DrawnRange
  let scale: DrawnRange
  let view: ImageParameters.View
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomElasticTransform.factor]
    scale = arguments[RandomElasticTransform.scale]
    view = ImageParameters.View(arguments, fill: Sampling.Fill(rawValue: arguments[RandomElasticTransform.fillMode]))
    settings = ImageSettings(arguments)
  }

  /// Keras draws both fields with one seed, so that its positions move along the diagonal only; here each axis has its own.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    guard scale.upper > 0, factor.upper > 0 else { return images }
    let shape = graph.shape(of: images)
    let strength = scale.number(graph.slice(draws[2], axis: 0, 0..<1), in: &graph)  // [1]
    let weights = weights(strength: strength, shorter: min(shape[1], shape[2]), in: &graph)
    let reach = graph.multiply(strength, by: 0.1 * Double(max(shape[1], shape[2])) * 0.05 * Double(min(shape[1], shape[2])))
    let alpha = graph.reshape(graph.multiply(reach, strength), [1, 1, 1])
    func places(_ field: Node, axis: Int, in graph: inout Graph) -> Node {
      let extent = shape[axis]
      let own = graph.constant(
        floats: (0..<extent).map { Float($0) }, shape: axis == 1 ? [1, extent, 1] : [1, 1, extent])
      return graph.add(own, graph.multiply(blurred(field, by: weights, in: &graph), alpha))
    }
    let seen = graph.sample(
      images, atRows: places(draws[3], axis: 1, in: &graph), columns: places(draws[4], axis: 2, in: &graph), through: view)
    let isChanged = graph.perImage(graph.apply(.less, draws[1], factor.number(draws[0], in: &graph)))
    return graph.clip(graph.select(isChanged, seen, images), to: values)
  }

  /// How neighbours count, [size], whose sum is 1: as many of them as the strength asks for, of as many as it could ask for.
  private func weights(strength: Node, shorter: Int, in graph: inout Graph) -> Node {
    let deviation = 0.05 * Double(shorter)
    let half = Int(6 * deviation * scale.upper) / 2
    let places = graph.constant(floats: (-half...half).map { Float($0) }, shape: [2 * half + 1])
    let reach = graph.apply(.floor, graph.multiply(graph.apply(.floor, graph.multiply(strength, by: 6 * deviation)), by: 0.5))
    let counts = graph.apply(.lessEqual, graph.abs(places), reach)
    let sigma = graph.maximum(graph.multiply(strength, by: deviation), graph.constant(1e-6))
    let heights = graph.formula([places, sigma]) { terms in exp(-0.5 * square(terms[0] / terms[1])).node }
    let counted = graph.multiply(heights, counts)
    return graph.divide(counted, graph.reduceSum(counted))
  }

  private func blurred(_ field: Node, by weights: Node, in graph: inout Graph) -> Node {
    let shape = graph.shape(of: field)
    let size = graph.shape(of: weights)[0]
    let image = graph.reshape(field, shape + [1])
    let alongRows = graph.smoothed(image, by: graph.reshape(weights, [1, size, 1, 1]))
    return graph.reshape(graph.smoothed(alongRows, by: graph.reshape(weights, [size, 1, 1, 1])), shape)
  }
}
