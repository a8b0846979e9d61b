import Plans
import Tensors

/// A loss that is also a metric.
protocol WatchableLoss: Loss {
  /// The metric's class; the loss's own if nil.
  static var metricName: String? { get }
  /// Its name in `logs`.
  static var logName: String { get }
  /// Other spellings, beside the class's.
  static var metricAliases: [String] { get }
  /// Which of the loss's parameters the metric has.
  static var watchedParameters: [ParameterDescription] { get }
}

extension WatchableLoss {
  static var metricName: String? { nil }
  static var metricAliases: [String] { aliases }
  static var watchedParameters: [ParameterDescription] { [] }
}

/// The mean of a loss's values, watched as a metric.
struct Watched<Measure: WatchableLoss>: MeanMetric {
  static var signature: Signature {
    let loss = Measure.signature
    return .metric(
      Measure.metricName ?? loss.name, named: Measure.logName, loss.summary, later: Measure.watchedParameters,
      formula: loss.formula, example: "metrics = [\"\(Measure.metricAliases[0])\"]")
  }
  static var aliases: [String] { Measure.metricAliases }
  static var direction: Direction? { .down }
  static var targetsAreClasses: Bool { Measure.targetsAreClasses }

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    Measure.check(arguments, targets, predictions)
  }

  let loss: Measure
  init(_ arguments: Arguments) { loss = Measure(arguments) }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    loss.emit(targets: targets, predictions: predictions, into: &graph)
  }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let losses = loss.emit(targets: batch.targets, predictions: batch.predictions, into: &graph)
    let mask = loss.emitMask(targets: batch.targets, predictions: batch.predictions, losses: losses, into: &graph)
    var factor = batch.factor(over: graph.shape(of: losses), in: &graph)
    // As in Keras, a loss's own mask counts among given weights; without them the positions it leaves out count as zeros.
    if let mask, let given = factor { factor = graph.multiply(given, mask) }
    graph.accumulateMean(of: losses, weights: factor, into: sums[0])
  }
}

extension MeanSquaredError: WatchableLoss { static let logName = "mean_squared_error" }
extension MeanAbsoluteError: WatchableLoss { static let logName = "mean_absolute_error" }
extension MeanAbsolutePercentageError: WatchableLoss { static let logName = "mean_absolute_percentage_error" }
extension MeanSquaredLogarithmicError: WatchableLoss { static let logName = "mean_squared_logarithmic_error" }
extension LogCosh: WatchableLoss {
  static let metricName: String? = "LogCoshError"
  static let logName = "logcosh"
  static let metricAliases = ["log_cosh_error"]
}
extension Poisson: WatchableLoss { static let logName = "poisson" }
extension KLDivergence: WatchableLoss {
  static let logName = "kl_divergence"
  static let metricAliases = ["kl_divergence"]
}
extension Hinge: WatchableLoss { static let logName = "hinge" }
extension SquaredHinge: WatchableLoss { static let logName = "squared_hinge" }
extension CategoricalHinge: WatchableLoss { static let logName = "categorical_hinge" }
extension BinaryCrossentropy: WatchableLoss {
  static let logName = "binary_crossentropy"
  static let watchedParameters = ownParameters
}
extension CategoricalCrossentropy: WatchableLoss {
  static let logName = "categorical_crossentropy"
  static let watchedParameters = ownParameters
}
extension SparseCategoricalCrossentropy: WatchableLoss {
  static let logName = "sparse_categorical_crossentropy"
  static let watchedParameters = ownParameters + [LossParameters.axis.description]
}
