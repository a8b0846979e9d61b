import Arrays
import Lambdas
import Plans
import Tensors

/// Turns numbers into the number of the bin that they fall into; the bounds of bins are given or learned from data by `adapt`.
struct Discretization: Layer {
  static let binBoundaries = Parameter<[Double]?>.optional(
    Parameter<[Double]>("bin_boundaries", "the bounds between bins, ascending", .list(.number())) {
      switch $0 {
      case .list(let bounds), .tuple(let bounds): bounds.compactMap(\.asDouble)
      default: nil
      }
    })
  static let numBins = Parameter<Int?>.optional(
    Parameter<Int>("num_bins", "how many bins `adapt` makes, with as many values in each", min: 1))
  static let epsilon = Parameter<Double>(
    "epsilon", "how exactly bounds are learned, as a share of the values", min: 0, max: 1, excludesMin: true, default: 0.01)
  static let outputMode = CategoryOutput.parameter([.numbers, .oneHot, .multiHot, .count], default: .numbers)
  static let sparse = CategoryOutput.sparse
  static let signature = Signature(
    "Discretization", "Turns numbers into the number of the bin that they fall into.",
    [binBoundaries.description, numBins.description, epsilon.description, outputMode.description, sparse.description],
    formula: "how many bounds ≤ input", example: "Discretization(bin_boundaries=[0.0, 1.0, 2.0])")
  static let abilities: Set<Ability> = [.adapts, .isNeverTrained]

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    let names = [binBoundaries.description.name, numBins.description.name]
    guard arguments[binBoundaries] != nil, arguments[numBins] != nil, arguments.given.isSuperset(of: names) else { return nil }
    return ArgumentConflict(
      of: numBins.description.name, "has its `bin_boundaries`, so that no `num_bins` are to be learned", hint: "keep one of them."
    )
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    try CategoryOutput.checkDense(arguments)
    let bounds = arguments[binBoundaries]
    guard bounds != nil || arguments[numBins] != nil else {
      throw ShapeError("needs `bin_boundaries`, or `num_bins` to be learned by `adapt`")
    }
    if let bounds, bounds != bounds.sorted() { throw ShapeError("needs its `bin_boundaries` in ascending order") }
    let mode = CategoryOutput(arguments[outputMode])
    let depth = bounds.map { $0.count + 1 } ?? arguments[numBins]
    let shape = try mode.shape(try onlyInput(inputs).shape, depth: depth)
    return LayerShape(TensorSpec(shape, mode == .numbers ? .int32 : .float32))
  }

  let bounds: [Double]?
  let binCount: Int?
  let epsilon: Double
  let mode: CategoryOutput
  init(_ arguments: Arguments) {
    bounds = arguments[Discretization.binBoundaries]
    binCount = arguments[Discretization.numBins]
    epsilon = arguments[Discretization.epsilon]
    mode = CategoryOutput(arguments[Discretization.outputMode])
  }

  /// Without bounds, before `adapt`, all values fall into one bin.
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let shape = graph.shape(of: inputs[0])
    let bounds = (bounds ?? []).map { Float($0) }
    var number = graph.broadcast(graph.constant(0), to: shape)
    if !bounds.isEmpty {
      let table = graph.constant(floats: bounds, shape: [bounds.count])
      number = graph.reduceSum(graph.apply(.greaterEqual, graph.reshape(inputs[0], shape + [1]), table), axes: [-1])
    }
    return mode.emit(graph.cast(number, to: .int32), depth: bounds.isEmpty ? binCount ?? 1 : bounds.count + 1, into: &graph)
  }
}

extension Discretization: LearningLayer {
  /// Bounds that put as many values into each bin, up to epsilon: a summary of the sorted values, interpolated.
  func learned(from data: LearningData) throws(LearningFailure) -> Learned {
    guard let binCount else { throw LearningFailure("has its `bin_boundaries` already", hint: "give `num_bins` instead.") }
    let values = try data.array().floats.sorted()
    guard !values.isEmpty else { throw LearningFailure("needs values, but there are none") }
    // One of every `step` sorted values stands for all of them.
    let step = max(Double(values.count) / (1 / epsilon), 1)
    let chosen = stride(from: Int(step - 1), to: values.count, by: Int(step)).map { values[$0] }
    let summary = Summary(values: chosen, weights: chosen.map { _ in Float(step) }).compressed(to: epsilon)
    let bounds = summary.compressed(to: 1 / Double(binCount)).values.dropLast()
    return .arguments(["bin_boundaries": .list(bounds.map { .float(Double($0)) })])
  }

  /// Values in order, each standing for as many as its weight.
  private struct Summary {
    let values: [Float]
    let weights: [Float]

    /// A shorter summary: one value for each share of the weight. In single precision, as Keras keeps it.
    func compressed(to share: Double) -> Summary {
      guard Double(values.count) * share >= 1 else { return self }
      var total: Float = 0
      let sums = weights.map { weight -> Double in
        total += weight
        return Double(total)
      }
      let shares = sums.map { Double(Float($0) / total) }
      let places = (0..<Int((1 / share).rounded(.up))).map { share + Double($0) * share }
      let newValues = places.map { interpolated($0, shares, values.map(Double.init)) }
      let newSums = places.map { interpolated($0, shares, sums) }
      let newWeights = zip(newSums, [0] + newSums).map { Float($0 - $1) }
      return Summary(values: newValues.map { Float($0) }, weights: newWeights)
    }

    /// The value at `x` on the line through points with ascending places, level outside of them.
    private func interpolated(_ x: Double, _ places: [Double], _ values: [Double]) -> Double {
      guard let next = places.firstIndex(where: { $0 > x }) else { return values[values.count - 1] }
      guard next > 0 else { return values[0] }
      let slope = (values[next] - values[next - 1]) / (places[next] - places[next - 1])
      return values[next - 1] + slope * (x - places[next - 1])
    }
  }
}
