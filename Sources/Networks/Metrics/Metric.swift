import Lambdas
import Plans
import Tensors

/// A metric of the catalog: what it adds up over the batches since the epoch, or the evaluation, began, and what it makes of the sums.
///
/// A new metric is one type like this, and one line in `metricTypes`. One that is a mean over positions is a `MeanMetric`.
protocol Metric: Sendable {
  static var signature: Signature { get }
  static var aliases: [String] { get }
  /// Which way it gets better; nil if there is no better.
  static var direction: Direction? { get }
  /// Whether targets are class numbers (int32) rather than numbers.
  static var targetsAreClasses: Bool { get }
  /// Why targets and predictions of these shapes cannot go together; nil if they can. Shapes leave the batch out.
  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError?
  /// Whether the result is a list of numbers.
  static func isVector(_ arguments: Arguments) -> Bool
  init(_ arguments: Arguments)
  /// How many doubles each of its sums has, for predictions of that shape.
  func sumSizes(_ predictions: Shape) -> [Int]
  /// Adds a batch to the sums.
  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph)
  /// The result of all batches.
  func result(_ sums: [[Double]]) -> Score
}

/// What a metric sees of a batch and an output.
struct MetricBatch {
  /// [batch, …].
  let targets: Node
  /// [batch, …].
  let predictions: Node
  /// What examples, or positions of theirs, count: [batch, …] of the first axes.
  let weights: Node?
  /// Which positions count, as 0 or 1: [batch, …] of the first axes. Only means heed it, as in Keras.
  let mask: Node?

  /// Weights, and the mask if it is heeded, as one factor of values of that shape; nil if all count the same.
  func factor(over shape: [Int], heedsMask: Bool = true, in graph: inout Graph) -> Node? {
    let mask = (heedsMask ? mask : nil).flatMap { maskSpread($0, over: shape, in: &graph) }
    let weights = weights.map { spread($0, over: shape, in: &graph) }
    let product = if let mask, let weights { graph.multiply(weights, mask) } else { weights ?? mask }
    return product.map { graph.broadcast($0, to: shape) }
  }
}

/// The value of a loss or metric: single precision, as Keras reports it, widened to double.
package enum Score: Sendable, Equatable {
  case number(Double)
  case vector([Double])

  /// Rounded to single precision.
  static func rounded(_ value: Double) -> Score { .number(Double(Float(value))) }
  static func rounded(_ values: [Double]) -> Score { .vector(values.map { Double(Float($0)) }) }

  /// The number; the mean of a vector, as the progress bar shows it.
  package var mean: Double {
    switch self {
    case .number(let value): value
    case .vector(let values): values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
  }
}

extension Metric {
  static var targetsAreClasses: Bool { false }
  static func isVector(_ arguments: Arguments) -> Bool { false }

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    elementwiseMismatch(targets, predictions)
  }

  /// What the catalog says of the metric; its name in `logs` is the default of its `name`.
  static var entry: Entry {
    guard case .string(let logName)? = signature.parameters.first(where: { $0.name == "name" })?.defaultValue else {
      preconditionFailure("every metric declares `name` with a default")
    }
    return Entry(
      .metric, signature, aliases: aliases,
      .metric(MetricTraits(direction: direction, logName: logName, isVector: isVector, check: check)))
  }
}

/// A metric that is the mean of a value over all positions of all examples, each with its weight.
protocol MeanMetric: Metric {
  /// The value of every position: targets and predictions [batch, …] → [batch, …] without the axis it is about.
  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node
  /// What is reported for the mean.
  func result(mean: Double) -> Double
  /// Whether positions that a mask leaves out are left out of it.
  static var heedsMask: Bool { get }
}

extension MeanMetric {
  func result(mean: Double) -> Double { mean }
  static var heedsMask: Bool { true }

  func sumSizes(_ predictions: Shape) -> [Int] { [2] }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let values = emit(targets: batch.targets, predictions: batch.predictions, into: &graph)
    let factor = batch.factor(over: graph.shape(of: values), heedsMask: Self.heedsMask, in: &graph)
    graph.accumulateMean(of: values, weights: factor, into: sums[0])
  }

  func result(_ sums: [[Double]]) -> Score {
    let (sum, weight) = (sums[0][0], sums[0][1])
    return .rounded(result(mean: weight == 0 ? 0 : sum / weight))
  }
}

/// Every metric of the catalog.
let metricTypes: [any Metric.Type] = [
  AccuracyMetric.self, BinaryAccuracy.self, CategoricalAccuracy.self, SparseCategoricalAccuracy.self,
  TopKCategoricalAccuracy.self, SparseTopKCategoricalAccuracy.self,
  Watched<MeanSquaredError>.self, Watched<MeanAbsoluteError>.self, Watched<MeanAbsolutePercentageError>.self,
  Watched<MeanSquaredLogarithmicError>.self, Watched<LogCosh>.self, Watched<Poisson>.self, Watched<KLDivergence>.self,
  Watched<Hinge>.self, Watched<SquaredHinge>.self, Watched<CategoricalHinge>.self, Watched<BinaryCrossentropy>.self,
  Watched<CategoricalCrossentropy>.self, Watched<SparseCategoricalCrossentropy>.self,
  RootMeanSquaredError.self, CosineSimilarityMetric.self, PearsonCorrelation.self, ConcordanceCorrelation.self, R2Score.self,
  TruePositives.self, FalsePositives.self, TrueNegatives.self, FalseNegatives.self, Precision.self, Recall.self, AUC.self,
  SensitivityAtSpecificity.self, SpecificityAtSensitivity.self, PrecisionAtRecall.self, RecallAtPrecision.self,
  F1Score.self, FBetaScore.self, IoU.self, BinaryIoU.self, MeanIoU.self, OneHotIoU.self, OneHotMeanIoU.self,
  MeanOfTargets.self, SumOfTargets.self,
]

/// The metric that a name or object of a script stands for.
func makeMetric(_ configured: Configured) -> any Metric {
  guard let type = metricTypes.first(where: { $0.signature.name == configured.entry.name }) else {
    preconditionFailure("every metric entry of the catalog is made from `metricTypes`")
  }
  return type.init(configured.arguments)
}

/// Parameters that metrics share.
enum MetricParameters {
  static func name(_ defaultName: String) -> ParameterDescription {
    ParameterDescription("name", "its name in `logs`", .optional(.string), default: .string(defaultName))
  }
  static func dtype(_ types: [String]) -> ParameterDescription {
    ParameterDescription("dtype", "what it is computed in", .optional(.choice(types)), default: Value.none)
  }
}

extension Signature {
  /// A metric: parameters that stand before its name, as in Keras, and those behind; `types` are what it may be said to compute in.
  static func metric(
    _ className: String, named name: String, _ summary: String, _ own: [ParameterDescription] = [],
    later: [ParameterDescription] = [], types: [String] = ["float32"], formula: String, example: String
  ) -> Signature {
    Signature(
      className, summary, own + [MetricParameters.name(name), MetricParameters.dtype(types)] + later, formula: formula,
      example: example)
  }
}
