import Plans
import Tensors

/// Mixes images with what they are without colours.
struct RandomColorDegeneration: RandomImageLayer {
  static let factor = DrawnRange.parameter(
    "factor", "how much of its colours an image loses: how much either way, or from where to where", in: -1...1)
  static let signature = Signature(
    "RandomColorDegeneration", "Mixes images with what they are without colours, while training.",
    [
      factor.description, ImageParameters.valueRange.description, DataFormat.parameter.description,
      ImageParameters.seed.description,
    ],
    formula: "input + factor · (brightness − input), within value_range",
    example: "Input((8, 8, 3))\nRandomColorDegeneration(0.5)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    try Colours.check(input, DataFormat(arguments[DataFormat.parameter]), allowsOne: true)
    return LayerShape(TensorSpec(input))
  }

  let drawCount = 1
  let factor: DrawnRange
  let values: ClosedRange<Double>
  let seed: Int?
  let dataFormat: DataFormat
  init(_ arguments: Arguments) {
    factor = arguments[RandomColorDegeneration.factor]
    values = arguments[ImageParameters.valueRange]
    seed = arguments[ImageParameters.seed]
    dataFormat = DataFormat(arguments[DataFormat.parameter])
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let share = graph.perImage(factor.number(draws[0], in: &graph))
    let change = graph.multiply(share, graph.subtract(graph.brightness(of: images), images))
    return graph.clip(graph.add(images, change), from: values.lowerBound, to: values.upperBound)
  }
}
