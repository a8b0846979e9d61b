import Lambdas
import Plans
import Tensors

/// Changes brightness, contrast, saturation and hue, one after the other.
struct RandomColorJitter: RandomImageLayer {
  /// A part: its argument, and the layer that does it.
  private static let parts: [(parameter: Parameter<DrawnRange?>, layer: any RandomImageLayer.Type)] = [
    (part("brightness", "RandomBrightness", in: -1...1), RandomBrightness.self),
    (part("contrast", "RandomContrast", in: 0...1), RandomContrast.self),
    (part("saturation", "RandomSaturation", in: -1...1), RandomSaturation.self),
    (part("hue", "RandomHue", in: 0...1), RandomHue.self),
  ]

  private static func part(_ what: String, _ layer: String, in limits: ClosedRange<Double>) -> Parameter<DrawnRange?> {
    let help = "the `factor` of `\(layer)`; None leaves the \(what) as it is"
    return .optional(DrawnRange.parameter("\(what)_factor", help, in: limits, downTo: limits.lowerBound))
  }

  static let signature = Signature(
    "RandomColorJitter", "Changes brightness, contrast, saturation and hue of images while training.",
    [ImageParameters.valueRange.description] + parts.map(\.parameter.description) + [
      ImageParameters.seed.description, DataFormat.parameter.description,
    ],
    example: "Input((8, 8, 3))\nRandomColorJitter((0, 1), brightness_factor=0.2, hue_factor=0.1)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    for (parameter, layer) in parts where arguments[parameter] != nil { _ = try layer.shape(made(parameter, arguments), inputs) }
    _ = try GridShape(input, positions: 2, .channelsLast)
    return LayerShape(TensorSpec(input))
  }

  /// The arguments of the layer that does a part.
  private static func made(_ parameter: Parameter<DrawnRange?>, _ arguments: Arguments) -> Arguments {
    var values: [String: Value] = [:]
    for name in ["value_range", "seed", "data_format"] { values[name] = arguments[name] }
    values["factor"] = arguments[parameter.description.name]
    return Arguments(values, given: Set(values.keys))
  }

  private let layers: [any RandomImageLayer]
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    layers = RandomColorJitter.parts.compactMap { parameter, layer in
      arguments[parameter] == nil ? nil : layer.init(RandomColorJitter.made(parameter, arguments)) as any RandomImageLayer
    }
    settings = ImageSettings(arguments)
  }

  var drawCount: Int { layers.reduce(0) { $0 + $1.drawCount } }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    var (images, rest) = (images, draws[...])
    for layer in layers {
      images = layer.changed(images, draws: Array(rest.prefix(layer.drawCount)), in: &graph)
      rest = rest.dropFirst(layer.drawCount)
    }
    return images
  }
}
