import Plans
import Tensors

/// Blurs some images: each value becomes a mean of its neighbours, weighted by a normal distribution.
struct RandomGaussianBlur: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how probable it is that an image is blurred: at most so much, or from where to where", in: 0...1, downTo: 0,
    default: 1)
  static let kernelSize = Parameter<[Int]>(
    "kernel_size", "how many neighbours count, an odd number: one for both axes, or that of columns and that of rows",
    AxisSizes.kind(2, min: 1, max: 255), default: .integer(3)
  ) { AxisSizes.decode($0, axes: 2) }
  static let sigma = DrawnRange.parameter(
    "sigma", "the deviation of the weights, in positions: at most so much, or from where to where", in: 0...1, downTo: 0,
    default: 1)
  static let signature = Signature(
    "RandomGaussianBlur", "Blurs images while training.",
    [factor.description, kernelSize.description, sigma.description] + ImageParameters.values,
    formula: "Σₖ input[o + k] · exp(−k² / 2σ²) / Σₖ exp(−k² / 2σ²) along each axis, within value_range",
    example: "Input((8, 8, 3))\nRandomGaussianBlur(sigma=(0.2, 1))")

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    guard let even = arguments[kernelSize].first(where: { $0.isMultiple(of: 2) }) else { return nil }
    return ArgumentConflict(
      of: "kernel_size", "has a `kernel_size` of \(even), whose middle lies between two positions",
      hint: "give it an odd number: \(even + 1).")
  }

  let drawCount = 4
  let factor: DrawnRange
  let columns: Int
  let rows: Int
  let sigma: DrawnRange
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomGaussianBlur.factor]
    let size = arguments[RandomGaussianBlur.kernelSize]
    (columns, rows) = (size[0], size[1])
    sigma = arguments[RandomGaussianBlur.sigma]
    settings = ImageSettings(arguments)
  }

  /// The last two draws are the deviations, which as in Keras all images of a batch have in common: those of the first.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let channels = graph.shape(of: images)[3]
    func deviation(_ draw: Node, in graph: inout Graph) -> Node {
      let first = graph.slice(draw, axis: 0, 0..<1)
      return graph.add(sigma.number(first, in: &graph), 1e-6)
    }
    let across = weights(columns, deviation: deviation(draws[2], in: &graph), in: &graph)
    let down = weights(rows, deviation: deviation(draws[3], in: &graph), in: &graph)
    let alongRows = graph.broadcast(graph.reshape(across, [1, columns, 1, 1]), to: [1, columns, 1, channels])
    let alongColumns = graph.broadcast(graph.reshape(down, [rows, 1, 1, 1]), to: [rows, 1, 1, channels])
    let blurred = graph.smoothed(graph.smoothed(images, by: alongRows), by: alongColumns)
    let isBlurred = graph.perImage(graph.apply(.less, draws[1], factor.number(draws[0], in: &graph)))
    let result = graph.select(isBlurred, blurred, images)
    return graph.clip(result, to: values)
  }

  /// The weights of neighbours, [size], whose sum is 1.
  private func weights(_ size: Int, deviation: Node, in graph: inout Graph) -> Node {
    let places = graph.constant(floats: (0..<size).map { Float($0 - size / 2) }, shape: [size])
    return graph.formula([places, deviation]) { terms in
      let heights = exp(-0.5 * square(terms[0] / terms[1]))
      return (heights / sum(heights)).node
    }
  }
}
