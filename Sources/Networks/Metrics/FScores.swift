import Arrays
import Lambdas
import Plans
import Tensors

/// The weighted harmonic mean of precision and recall, class by class (van Rijsbergen, 1979).
struct FBetaScore: FScore {
  static let beta = Parameter<Double>(
    "beta", "how many times as much recall counts as precision", .number(min: 0, excludesMin: true, rejectsIntegers: true),
    default: .float(1)
  ) { $0.asDouble }
  static let signature = Signature.metric(
    "FBetaScore", named: "fbeta_score", "The weighted harmonic mean of precision and recall, of each class or averaged.",
    [FScoreParameters.average.description, beta.description, FScoreParameters.threshold.description],
    formula: "(1 + β²)·P·R / (β²·P + R)", example: "metrics = [FBetaScore(average=\"macro\", beta=2.0)]")
  static let aliases = ["f_beta_score"]

  let counting: FScoreCounting
  init(_ arguments: Arguments) { counting = FScoreCounting(arguments, beta: arguments[FBetaScore.beta]) }
}

/// The harmonic mean of precision and recall, class by class.
struct F1Score: FScore {
  static let signature = Signature.metric(
    "F1Score", named: "f1_score", "The harmonic mean of precision and recall, of each class or averaged.",
    [FScoreParameters.average.description, FScoreParameters.threshold.description], formula: "2·P·R / (P + R)",
    example: "metrics = [F1Score(average=\"macro\")]")
  static let aliases = ["f1_score"]

  let counting: FScoreCounting
  init(_ arguments: Arguments) { counting = FScoreCounting(arguments, beta: 1) }
}

/// What F-scores share: targets and predictions are [batch, classes].
protocol FScore: Metric {
  var counting: FScoreCounting { get }
}

extension FScore {
  static var direction: Direction? { .up }
  static func isVector(_ arguments: Arguments) -> Bool { arguments[FScoreParameters.average] == nil }

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    oneVectorMismatch(predictions) ?? oneHotMismatch(targets, predictions)
  }

  /// Of each class Σ w over true positives, false positives, false negatives, and targets.
  func sumSizes(_ predictions: Shape) -> [Int] { Array(repeating: lastDimension(predictions), count: 4) }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let one = graph.constant(1)
    let (targets, predictions) = (batch.targets, batch.predictions)
    let chosen = counting.decisions(predictions, &graph)
    let shape = graph.shape(of: predictions)
    let weights = batch.weights.map { spread($0, over: shape, in: &graph) }
    let outcomes = [
      graph.multiply(chosen, targets), graph.multiply(chosen, graph.subtract(one, targets)),
      graph.multiply(graph.subtract(one, chosen), targets), targets,
    ]
    for (outcome, sum) in zip(outcomes, sums) {
      let weighted = weights.map { graph.multiply(outcome, $0) } ?? outcome
      graph.accumulate(graph.reduceSum(weighted, axes: [0]), into: sum)
    }
  }

  func result(_ sums: [[Double]]) -> Score { counting.result(sums) }
}

/// How an F-score decides and averages.
struct FScoreCounting {
  let average: String?
  let beta: Double
  let threshold: Double?

  init(_ arguments: Arguments, beta: Double) {
    self.beta = beta
    average = arguments[FScoreParameters.average]
    threshold = arguments[FScoreParameters.threshold]
  }

  /// 1 for predictions above the threshold; without one, for those that are their example's largest and not 0.
  func decisions(_ predictions: Node, _ graph: inout Graph) -> Node {
    if let threshold { return graph.greater(predictions, graph.constant(threshold)) }
    let largest = graph.reduceMax(predictions, axes: [-1], keepDimensions: true)
    let isLargest = graph.apply(.greaterEqual, predictions, largest)
    return graph.multiply(isLargest, graph.greater(graph.abs(predictions), graph.constant(1e-9)))
  }

  func result(_ sums: [[Double]]) -> Score {
    let sums = average == "micro" ? sums.map { [$0.reduce(0, +)] } : sums
    let scores = sums[0].indices.map { c in
      let precision = sums[0][c] / (sums[0][c] + sums[1][c] + epsilon)
      let recall = sums[0][c] / (sums[0][c] + sums[2][c] + epsilon)
      return precision * recall / (beta * beta * precision + recall + epsilon) * (1 + beta * beta)
    }
    switch average {
    case nil: return .rounded(scores)
    case "weighted":
      let whole = sums[3].reduce(0, +) + epsilon
      return .rounded(zip(scores, sums[3]).reduce(0) { $0 + $1.0 * $1.1 / whole })
    default: return .rounded(scores.reduce(0, +) / Double(scores.count))
    }
  }
}

/// Parameters of F-scores.
enum FScoreParameters {
  static let average = Parameter<String?>.optional(
    Parameter<String>(
      "average", "how the classes become one number; none keeps them apart", .choice(["micro", "macro", "weighted"])))
  static let threshold = Parameter<Double?>.optional(
    Parameter<Double>(
      "threshold", "a prediction above it means 1; none takes each example's largest",
      .number(min: 0, max: 1, excludesMin: true, rejectsIntegers: true)
    ) { $0.asDouble })
}
