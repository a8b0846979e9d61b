import Plans
import Tensors

/// A metric of the catalog: a mean over all examples since the epoch, or the evaluation, began.
///
/// A new metric is one type like this, and one line in `metricTypes`.
protocol Metric: Sendable {
  static var signature: Signature { get }
  static var aliases: [String] { get }
  /// Which way it gets better.
  static var direction: Direction { get }
  /// Whether targets are class numbers (int32) rather than numbers.
  static var targetsAreClasses: Bool { get }
  /// Why targets and predictions of these shapes cannot go together; nil if they can. Shapes leave the batch out.
  static func check(_ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError?
  init(_ arguments: Arguments)
  /// The value of every position: targets and predictions [batch, …] → [batch, …] without the axis it is about.
  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node
}

extension Metric {
  static var targetsAreClasses: Bool { false }

  static func check(_ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? { elementwiseMismatch(targets, predictions) }

  /// What the catalog says of the metric; its name in `logs` is the default of its `name`.
  static var entry: Entry {
    guard case .string(let logName)? = signature.parameters.first(where: { $0.name == "name" })?.defaultValue else {
      preconditionFailure("every metric declares `name` with a default")
    }
    return Entry(.metric, signature, aliases: aliases, .metric(MetricTraits(direction: direction, logName: logName)))
  }
}

/// Every metric of the catalog.
let metricTypes: [any Metric.Type] = [
  BinaryAccuracy.self, CategoricalAccuracy.self, SparseCategoricalAccuracy.self, SquaredErrorMetric.self,
  AbsoluteErrorMetric.self,
  BinaryCrossentropyMetric.self, CategoricalCrossentropyMetric.self, SparseCategoricalCrossentropyMetric.self,
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
  static func name(_ defaultName: String) -> Parameter<String?> {
    .optional(Parameter<String>("name", "its name in `logs`", default: defaultName))
  }
}
