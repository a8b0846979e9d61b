import Lambdas
import Plans
import Tensors

/// Leaves so many bits of each value, as a poster is printed in few colours.
struct RandomPosterization: RandomImageLayer {
  static let factor: Parameter<ClosedRange<Int>> = {
    let bits = ArgumentKind.integer(min: 1, max: 8)
    return Parameter<ClosedRange<Int>>(
      "factor", "how many of a value's 8 bits are left: fewer than that, or at least the first and fewer than the second",
      .either([bits, .list(bits, min: 2, max: 2)])
    ) { value in
      guard let limits = AxisSizes.decode(value, axes: 2) else { return nil }
      if case .integer(let most) = value { return 1...most }
      return min(limits[0], limits[1])...max(limits[0], limits[1])
    }
  }()
  static let signature = Signature(
    "RandomPosterization", "Leaves a few bits of each value while training.",
    [factor.description] + ImageParameters.values,
    formula: "⌊x / 2^(8 − bits)⌋ · 2^(8 − bits) of values x of 0 to 255", example: "Input((8, 8, 3))\nRandomPosterization(5)")

  let drawCount = 1
  let bits: ClosedRange<Int>
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    bits = arguments[RandomPosterization.factor]
    settings = ImageSettings(arguments)
  }

  /// As Keras draws it, the larger number of bits is never reached, unless both are the same.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let range = DrawnRange(Double(bits.lowerBound), Double(bits.upperBound))
    let kept = graph.apply(.floor, range.number(draws[0], in: &graph))
    let cut = graph.subtract(graph.constant(8), kept)
    let step = graph.perImage(graph.apply(.round, graph.power(graph.constant(2), cut)))
    let whole = graph.apply(.floor, graph.rescale(images, from: values, to: 0...255))
    return graph.rescale(
      graph.multiply(graph.apply(.floor, graph.divide(whole, step)), step), from: 0...255, to: values)
  }
}
