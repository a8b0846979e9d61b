import Arrays
import Lambdas
import Plans
import Tensors

/// The root of the mean of squared differences.
struct RootMeanSquaredError: MeanMetric {
  static let signature = Signature.metric(
    "RootMeanSquaredError", named: "root_mean_squared_error", "The root of the mean of squared differences.",
    formula: "√ mean (y − p)²", example: "metrics = [RootMeanSquaredError()]")
  static let aliases = ["root_mean_squared_error"]
  static let direction: Direction? = .down
  /// As in Keras it is of all positions, though `MeanSquaredError` is not.
  static let heedsMask = false
  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    return graph.square(graph.subtract(predictions, targets))
  }

  func result(mean: Double) -> Double { mean.squareRoot() }
}

/// The cosine of the angle between target and prediction: 1 is the same direction.
struct CosineSimilarityMetric: MeanMetric {
  static let signature = Signature.metric(
    "CosineSimilarity", named: "cosine_similarity", "The cosine of the angle between target and prediction.",
    later: [LossParameters.axis.description], formula: "Σ ŷ·p̂, both of length 1", example: "metrics = [CosineSimilarity()]")
  static let aliases = ["cosine_similarity"]
  static let direction: Direction? = .up

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    CosineSimilarity.check(arguments, targets, predictions)
  }

  let axis: Int
  init(_ arguments: Arguments) { axis = arguments[LossParameters.axis] }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    CosineSimilarity.cosine(targets, predictions, axis: axis, into: &graph)
  }
}

/// Pearson's correlation of each example's target and prediction along an axis.
struct PearsonCorrelation: MeanMetric {
  static let signature = Signature.metric(
    "PearsonCorrelation", named: "pearson_correlation", "The correlation of each example's target and prediction.",
    later: [LossParameters.axis.description], formula: "mean (y − ȳ)(p − p̄) / (σ(y)·σ(p))",
    example: "metrics = [PearsonCorrelation()]")
  static let aliases = ["pearson_correlation"]
  static let direction: Direction? = .up

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    CosineSimilarity.check(arguments, targets, predictions)
  }

  let axis: Int
  init(_ arguments: Arguments) { axis = arguments[LossParameters.axis] }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    let y = Moments(targets, axis: axis, into: &graph)
    let p = Moments(predictions, axis: axis, into: &graph)
    let spread = graph.multiply(graph.sqrt(y.variance), graph.sqrt(p.variance))
    let products = graph.divide(graph.multiply(y.centered, p.centered), spread)
    return graph.reduceMean(products, axes: [axis])
  }
}

/// How well predictions lie on the line of equality with their targets (Lin, 1989), along an axis of each example.
struct ConcordanceCorrelation: MeanMetric {
  static let signature = Signature.metric(
    "ConcordanceCorrelation", named: "concordance_correlation", "How well each example's predictions agree with its targets.",
    later: [LossParameters.axis.description], formula: "mean 2(y − p̄)(p − p̄) / (σ²(y) + σ²(p) + (ȳ − p̄)² + 1e-7)",
    example: "metrics = [ConcordanceCorrelation()]")
  static let aliases = ["concordance_correlation"]
  static let direction: Direction? = .up

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    CosineSimilarity.check(arguments, targets, predictions)
  }

  let axis: Int
  init(_ arguments: Arguments) { axis = arguments[LossParameters.axis] }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    let y = Moments(targets, axis: axis, into: &graph)
    let p = Moments(predictions, axis: axis, into: &graph)
    let distance = graph.square(graph.subtract(y.mean, p.mean))
    let norm = graph.add(graph.add(graph.add(y.variance, p.variance), distance), epsilon)
    let products = graph.multiply(graph.multiply(graph.subtract(targets, p.mean), p.centered), by: 2)
    return graph.reduceMean(graph.divide(products, norm), axes: [axis])
  }
}

/// A tensor's mean and variance along an axis, which stays as 1.
private struct Moments {
  let mean: Node
  let centered: Node
  let variance: Node

  init(_ x: Node, axis: Int, into graph: inout Graph) {
    mean = graph.reduceMean(x, axes: [axis], keepDimensions: true)
    centered = graph.subtract(x, mean)
    variance = graph.reduceMean(graph.square(centered), axes: [axis], keepDimensions: true)
  }
}

/// The share of the targets' variance that predictions explain.
struct R2Score: Metric {
  static let aggregation = Parameter<String?>.optional(
    Parameter<String>(
      "class_aggregation", "how several outputs become one number; none keeps them apart",
      .choice(["uniform_average", "variance_weighted_average"]), default: "uniform_average"))
  static let regressors = Parameter<Int>(
    "num_regressors", "how many independent regressors, for the adjusted score", min: 0, default: 0)
  static let signature = Signature.metric(
    "R2Score", named: "r2_score", "The share of the targets' variance that predictions explain.",
    [aggregation.description, regressors.description], formula: "1 − Σ (y − p)² / Σ (y − ȳ)²", example: "metrics = [R2Score()]")
  static let aliases = ["r2_score"]
  static let direction: Direction? = .up

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    elementwiseMismatch(targets, predictions) ?? oneVectorMismatch(predictions)
  }
  static func isVector(_ arguments: Arguments) -> Bool { arguments[aggregation] == nil }

  let aggregation: String?
  let regressors: Int
  init(_ arguments: Arguments) {
    aggregation = arguments[R2Score.aggregation]
    regressors = arguments[R2Score.regressors]
  }

  /// Of each output Σ w·y, Σ w·y², Σ w·(y − p)², Σ w; and the number of targets.
  func sumSizes(_ predictions: Shape) -> [Int] {
    let outputs = lastDimension(predictions)
    return [outputs, outputs, outputs, outputs, 1]
  }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let (y, p) = matchRanks(batch.targets, batch.predictions, in: &graph)
    let shape = graph.shape(of: y)
    let one = graph.constant(1)
    let w = graph.broadcast(batch.weights.map { spread($0, over: shape, in: &graph) } ?? one, to: shape)
    let weighted = graph.multiply(y, w)
    let errors = graph.multiply(graph.square(graph.subtract(y, p)), w)
    for (values, sum) in zip([weighted, graph.multiply(y, weighted), errors, w], sums) {
      graph.accumulate(graph.reduceSum(values, axes: [0]), into: sum)
    }
    let count = graph.constant(Double(shape.reduce(1, *)))
    graph.accumulate(graph.broadcast(count, to: [1]), into: sums[4])
  }

  func result(_ sums: [[Double]]) -> Score {
    let outputs = sums[0].indices
    let totals = outputs.map { sums[1][$0] - sums[0][$0] * (sums[0][$0] / sums[3][$0]) }
    let scores = outputs.map { output in
      let score = 1 - sums[2][output] / totals[output]
      return score.isInfinite ? 0 : score
    }
    switch aggregation {
    case "uniform_average": return .rounded(adjusted(scores.reduce(0, +) / Double(scores.count), count: sums[4][0]))
    case "variance_weighted_average":
      let weighted = zip(totals, scores).reduce(0) { $0 + $1.0 * $1.1 }
      return .rounded(adjusted(weighted / totals.reduce(0, +), count: sums[4][0]))
    default: return .rounded(scores.map { adjusted($0, count: sums[4][0]) })
    }
  }

  /// The score less what regressors explain by chance; as it is where there are too few targets for that.
  private func adjusted(_ score: Double, count: Double) -> Double {
    guard regressors > 0, Double(regressors) < count - 1 else { return score }
    return 1 - (1 - score) * (count - 1) / (count - Double(regressors) - 1)
  }
}

/// The mean of the targets, weighted by the predictions: what Keras's `Mean` computes as a model's metric.
struct MeanOfTargets: MeanMetric {
  static let signature = Signature.metric(
    "Mean", named: "mean", "The mean of the targets, weighted by the predictions, as Keras computes it for a model.",
    formula: "Σ p·y / Σ p", example: "metrics = [Mean()]")
  static let aliases = ["mean"]
  static let direction: Direction? = nil
  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node { targets }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let (targets, predictions) = matchRanks(batch.targets, batch.predictions, in: &graph)
    graph.accumulateMean(of: targets, weights: predictions, into: sums[0])
  }
}

/// The sum of the targets, weighted by the predictions: what Keras's `Sum` computes as a model's metric.
struct SumOfTargets: Metric {
  static let signature = Signature.metric(
    "Sum", named: "sum", "The sum of the targets, weighted by the predictions, as Keras computes it for a model.",
    formula: "Σ p·y", example: "metrics = [Sum()]")
  static let aliases = ["sum"]
  static let direction: Direction? = nil
  init(_ arguments: Arguments) {}

  func sumSizes(_ predictions: Shape) -> [Int] { [1] }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let (targets, predictions) = matchRanks(batch.targets, batch.predictions, in: &graph)
    graph.accumulate(graph.reshape(graph.reduceSum(graph.multiply(targets, predictions)), [1]), into: sums[0])
  }

  func result(_ sums: [[Double]]) -> Score { .rounded(sums[0][0]) }
}

/// Why predictions are not one vector of known length an example; nil if they are.
func oneVectorMismatch(_ predictions: TensorSpec) -> ShapeError? {
  let shape = predictions.shape
  guard shape.rank == 1 else {
    return ShapeError("needs predictions that are one vector an example, but they are \(shape.description)")
  }
  return shape.dimensions[0] == nil ? ShapeError("needs to know how many predictions an example has") : nil
}

/// The last extent of predictions, known since the check.
func lastDimension(_ predictions: Shape) -> Int { predictions.dimensions.last.flatMap { $0 } ?? 1 }
