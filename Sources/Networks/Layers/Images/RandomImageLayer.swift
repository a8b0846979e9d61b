import Arrays
import Lambdas
import Plans
import Tensors

/// Layers that change images at random while training, each image in its own way; otherwise they pass them on.
protocol RandomImageLayer: Layer {
  /// How many numbers are drawn for each image.
  var drawCount: Int { get }
  /// How many are drawn for each of its positions, of the normal distribution.
  var fieldCount: Int { get }
  var settings: ImageSettings { get }
  /// Which channels its images have.
  static var channels: ImageChannels { get }
  /// The changed images [batch, rows, columns, channels], given what was drawn: [batch] each, evenly in 0..<1; behind them what
  /// was drawn for positions, [batch, rows, columns] each.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node
}

extension RandomImageLayer {
  static var abilities: Set<Ability> { [.disturbs, .isCalledInTraining] }

  var fieldCount: Int { 0 }
  static var channels: ImageChannels { .any }
  var values: ClosedRange<Double> { settings.values }
  var seed: Int? { settings.seed }
  var dataFormat: DataFormat { settings.dataFormat }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    switch channels {
    case .any: _ = try GridShape(input, positions: 2, .channelsLast)
    case .colours: try Colours.check(input, DataFormat(arguments[DataFormat.parameter]))
    case .coloursOrGrey: try Colours.check(input, DataFormat(arguments[DataFormat.parameter]), allowsOne: true)
    }
    return LayerShape(TensorSpec(input))
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    use.isTraining ? emitTraining(inputs[0], into: &graph, use) : inputs[0]
  }

  /// Draws numbers and changes images by them.
  func emitTraining(_ images: Node, into graph: inout Graph, _ use: LayerUse) -> Node {
    let draws = draws(for: images, use.noise(seed: seed), in: &graph)
    return changed(images, draws: draws, format: dataFormat, in: &graph)
  }

  /// What is drawn for images.
  func draws(for images: Node, _ stream: RandomStream, in graph: inout Graph) -> [Node] {
    let shape = graph.shape(of: images)
    let positions = dataFormat == .channelsFirst ? shape[2...3] : shape[1...2]
    let numbers = (0..<drawCount).map { graph.randomUniform(shape: [shape[0]], stream: stream.substream($0)) }
    let fields = (0..<fieldCount).map { number in
      graph.randomNormal(shape: [shape[0]] + positions, stream: stream.substream("field").substream(number))
    }
    return numbers + fields
  }

  /// The same of images whose channels may stand first.
  func changed(_ images: Node, draws: [Node], format: DataFormat, in graph: inout Graph) -> Node {
    format.onChannelsLast(images, in: &graph) { graph, x in changed(x, draws: draws, in: &graph) }
  }
}

/// The channels that a layer works on: any, or red, green and blue, or these or one.
enum ImageChannels { case any, colours, coloursOrGrey }

/// What the arguments of layers that change images have in common.
struct ImageSettings: Sendable {
  /// The smallest and the largest value that images hold, where the layer asks for them.
  let values: ClosedRange<Double>
  /// Nil for the run's own, or where nothing is drawn.
  let seed: Int?
  let dataFormat: DataFormat

  init(_ arguments: Arguments) {
    values = arguments["value_range"] == nil ? 0...255 : arguments[ImageParameters.valueRange]
    seed = arguments["seed"] == nil ? nil : arguments[ImageParameters.seed]
    dataFormat = DataFormat(arguments[DataFormat.parameter])
  }
}

/// Limits between which a number is drawn for each image.
struct DrawnRange {
  let lower: Double
  let upper: Double

  /// An argument of one number or two: two are the limits, one a limit on both sides of 0, or as far down as `lowest`, where limits
  /// of one's own may lie too.
  static func parameter(
    _ name: String, _ help: String, in limits: ClosedRange<Double>, excludesMin: Bool = false, downTo lowest: Double = -1,
    default defaultFactor: Double? = nil
  ) -> Parameter<DrawnRange> {
    let number = ArgumentKind.number(min: limits.lowerBound, max: limits.upperBound, excludesMin: excludesMin)
    let limit = limits.lowerBound <= lowest ? number : ArgumentKind.number(min: lowest, max: limits.upperBound)
    return Parameter<DrawnRange>(
      name, help, .either([number, .list(limit, min: 2, max: 2)]), default: defaultFactor.map(Value.float)
    ) { DrawnRange($0, downTo: lowest) }
  }

  init(_ lower: Double, _ upper: Double) { (self.lower, self.upper) = (lower, upper) }

  init?(_ value: Value, downTo lowest: Double) {
    switch value {
    case .list(let numbers), .tuple(let numbers):
      let numbers = numbers.compactMap(\.asDouble).sorted()
      guard numbers.count == 2 else { return nil }
      self.init(numbers[0], numbers[1])
    default:
      guard let number = value.asDouble else { return nil }
      self.init(max(-abs(number), lowest), abs(number))
    }
  }

  /// A number between the limits for each draw: [batch].
  func number(_ draw: Node, in graph: inout Graph) -> Node {
    graph.add(graph.multiply(draw, by: upper - lower), lower)
  }
}

/// Parameters that layers of images share.
enum ImageParameters {
  static let seed = NoiseParameters.seed
  /// What layers that change values take behind what is their own; in Keras some have the seed before the format.
  static let values = [valueRange.description, DataFormat.parameter.description, seed.description]
  static let valuesSeedFirst = [valueRange.description, seed.description, DataFormat.parameter.keywordOnly.description]

  /// How images are seen through a map.
  struct View {
    let fill: Sampling.Fill
    let fillValue: Double
    let isBilinear: Bool

    static let fillMode = Parameter<String>(
      "fill_mode",
      "what is seen outside of an image: the image mirrored (reflect) or repeated (wrap), a value (constant), or its edge (nearest)",
      .choice(["reflect", "wrap", "constant", "nearest"]), default: "reflect")
    static let fillValue = Parameter<Double>(
      "fill_value", "the value outside of an image where `fill_mode` is constant", default: 0)
    static let interpolation = Parameter<String>(
      "interpolation", "whether neighbours are mixed, or the nearest is taken", .choice(["nearest", "bilinear"]),
      default: "bilinear")

    /// `fill` where a layer has no `fill_mode`, or more of them.
    init(_ arguments: Arguments, fill: Sampling.Fill? = nil) {
      self.fill = fill ?? Sampling.Fill(rawValue: arguments[View.fillMode]) ?? .reflect
      fillValue = arguments[View.fillValue]
      isBilinear = arguments[View.interpolation] == "bilinear"
    }

    /// Images through a map.
    func seen(_ images: Node, through map: AffineMap, in graph: inout Graph) -> Node {
      graph.sample(images, map, fill: fill, fillValue: fillValue, isBilinear: isBilinear)
    }
  }

  /// The smallest and the largest value that images hold.
  static let valueRange = Parameter<ClosedRange<Double>>(
    "value_range", "the smallest and the largest value that images hold", .list(.number(), min: 2, max: 2),
    default: .tuple([.integer(0), .integer(255)])
  ) { DrawnRange($0, downTo: 0).map { $0.lower...$0.upper } }
}

extension Graph {
  mutating func clip(_ x: Node, to values: ClosedRange<Double>) -> Node {
    clip(x, from: values.lowerBound, to: values.upperBound)
  }

  /// A number for each image, [batch], as it meets images [batch, rows, columns, channels].
  mutating func perImage(_ numbers: Node) -> Node { reshape(numbers, [shape(of: numbers)[0], 1, 1, 1]) }
}
