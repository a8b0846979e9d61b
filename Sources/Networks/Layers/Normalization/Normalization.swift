import Arrays
import Lambdas
import Plans
import Tensors

/// Shifts and scales features to mean 0 and variance 1, by statistics that are given or learned from data by `adapt`.
struct Normalization: Layer {
  static let axis = Parameter<[Int]?>.optional(
    Parameter<[Int]>(
      "axis", "the axes that have a mean and variance of their own for each index; None for one in all",
      .either([.integer(), .list(.integer())]), default: .integer(-1), decode: Axes.decode))
  static let mean = numbers("mean", "the mean, instead of one learned by `adapt`")
  static let variance = numbers("variance", "the variance, instead of one learned by `adapt`")
  static let invert = Parameter<Bool>("invert", "whether to turn normalised values back", default: false)
  static let signature = Signature(
    "Normalization", "Shifts and scales features to mean 0 and variance 1.",
    [axis.description, mean.description, variance.description, invert.description],
    formula: "(input − mean) / √variance", example: "Normalization(mean=3.0, variance=2.0)")
  static let abilities: Set<Ability> = [.adapts]

  private static func numbers(_ name: String, _ help: String) -> Parameter<NDArray?> {
    .optional(Parameter<NDArray>(name, help, .either([.number(), .array])) { try? Operations.makeArray($0) })
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    var sizes: [Int] = []
    for place in try Axes.places(arguments[axis] ?? [], in: input) { sizes.append(try Axes.size(place, of: input)) }
    switch (arguments[mean], arguments[variance]) {
    case (nil, nil):
      let weights = [("mean", sizes), ("variance", sizes), ("count", [])].map { WeightSpec($0, $1, isTrainable: false) }
      return LayerShape(TensorSpec(input), weights: weights)
    case (let mean?, let variance?):
      guard mean.shape == variance.shape else {
        throw ShapeError("needs `mean` and `variance` of one shape, but gets \(text(mean)) and \(text(variance))")
      }
      guard mean.rank <= sizes.count, zip(mean.shape.reversed(), sizes.reversed()).allSatisfy({ $0 == $1 || $0 == 1 }) else {
        throw ShapeError("has a `mean` of \(text(mean)), which does not fit the axes of \(input.description) it normalises")
      }
      return LayerShape(TensorSpec(input))
    default: throw ShapeError("needs both `mean` and `variance`, or neither", hint: "without them, call `adapt` on data.")
    }
  }

  private static func text(_ array: NDArray) -> String { Shape(array.shape.map { $0 }).description }

  static let passesMask = true
  let axes: [Int]
  /// What was given; nil where it is learned.
  let statistics: (mean: NDArray, variance: NDArray)?
  let invert: Bool
  let weightRules = [
    "mean": WeightRules.beginning(as: "zeros"), "variance": WeightRules.beginning(as: "ones"),
    "count": WeightRules.beginning(as: "zeros"),
  ]

  init(_ arguments: Arguments) {
    axes = arguments[Normalization.axis] ?? []
    statistics = arguments[Normalization.mean].flatMap { mean in arguments[Normalization.variance].map { (mean, $0) } }
    invert = arguments[Normalization.invert]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let shape = graph.shape(of: inputs[0])
    let places = Axes.places(axes, rank: shape.count)
    func beside(_ array: NDArray) -> Node {  // aligned with the kept axes from the last
      var sizes = [Int](repeating: 1, count: shape.count)
      for (place, size) in zip(places.reversed(), array.shape.reversed()) { sizes[place] = size }
      let numbers = graph.numbers(array)
      return array.rank == 0 ? numbers : graph.reshape(numbers, sizes)
    }
    let operands: [Node]
    if let statistics {
      operands = [beside(statistics.mean), beside(statistics.variance)]
    } else {
      operands = ["mean", "variance"].map { name in
        guard let weight = use.weight(name, in: &graph) else {
          preconditionFailure("a normalisation that learns has its statistics")
        }
        var sizes = [Int](repeating: 1, count: shape.count)
        for place in places { sizes[place] = shape[place] }
        return graph.reshape(weight, sizes)
      }
    }
    return graph.formula([inputs[0]] + operands) { terms in
      let (x, mean, deviation) = (terms[0], terms[1], max(sqrt(terms[2]), Normalization.smallestDeviation))
      return (invert ? mean + x * deviation : (x - mean) / deviation).node
    }
  }

  /// What a deviation is at least, so that a constant feature is not divided by 0.
  private static let smallestDeviation = 1e-7
}

extension Normalization: LearningLayer {
  /// The mean and variance along the other axes, in double precision.
  func learned(from data: LearningData) throws(LearningFailure) -> Learned {
    guard statistics == nil else { throw LearningFailure("has its `mean` and `variance` already") }
    let array = try data.array()
    guard array.rank >= 1, array.shape[0] > 0 else { throw LearningFailure("needs examples, but there are none") }
    let places = Axes.places(axes, rank: array.rank)
    let sizes = places.map { array.shape[$0] }
    let cells = sizes.reduce(1, *)
    let strides = array.shape.indices.map { array.shape[($0 + 1)...].reduce(1, *) }
    func cell(of position: Int) -> Int {
      zip(places, sizes).reduce(0) { $0 * $1.1 + position / strides[$1.0] % $1.1 }
    }
    let values = array.doubles
    let count = Double(values.count / max(cells, 1))
    var means = [Double](repeating: 0, count: cells)
    for (position, value) in values.enumerated() { means[cell(of: position)] += value / count }
    var variances = [Double](repeating: 0, count: cells)
    for (position, value) in values.enumerated() {
      let difference = value - means[cell(of: position)]
      variances[cell(of: position)] += difference * difference / count
    }
    return .weights([
      "mean": NDArray(floats: means.map { Float($0) }, shape: sizes),
      "variance": NDArray(floats: variances.map { Float($0) }, shape: sizes),
    ])
  }
}
