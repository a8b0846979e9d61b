import Plans
import Tensors

/// A metric that counts one kind of outcome at thresholds.
protocol CountMetric: Metric {
  static var outcome: KeyPath<ConfusionCounts, [Double]> & Sendable { get }
  var thresholds: Thresholds { get }
}

extension CountMetric {
  static var direction: Direction? { nil }
  static func isVector(_ arguments: Arguments) -> Bool { (arguments[ThresholdParameters.thresholds]?.count ?? 1) > 1 }

  func sumSizes(_ predictions: Shape) -> [Int] { [thresholds.sumSize, thresholds.sumSize] }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let (y, p, w) = columns(of: batch, &graph)
    thresholds.accumulate(targets: y, predictions: p, weights: w, positives: sums[0], negatives: sums[1], &graph)
  }

  func result(_ sums: [[Double]]) -> Score {
    let values = ConfusionCounts.labels(sums, size: thresholds.sumSize)[0][keyPath: Self.outcome]
    return values.count == 1 ? .rounded(values[0]) : .rounded(values)
  }

  fileprivate static func described(_ className: String, named name: String, _ summary: String, formula: String) -> Signature {
    .metric(
      className, named: name, summary, [ThresholdParameters.thresholds.description], formula: formula,
      example: "metrics = [\(className)()]")
  }
  fileprivate static func thresholds(_ arguments: Arguments) -> Thresholds {
    Thresholds(arguments[ThresholdParameters.thresholds] ?? [0.5])
  }
}

/// How many predictions above the threshold have the target 1.
struct TruePositives: CountMetric {
  static let signature = described(
    "TruePositives", named: "true_positives", "How many predictions above the threshold are right.", formula: "Σ [p > t]·[y = 1]")
  static let aliases = ["true_positives"]
  static let outcome: KeyPath<ConfusionCounts, [Double]> & Sendable = \.truePositives
  let thresholds: Thresholds
  init(_ arguments: Arguments) { thresholds = Self.thresholds(arguments) }
}

/// How many predictions above the threshold have the target 0.
struct FalsePositives: CountMetric {
  static let signature = described(
    "FalsePositives", named: "false_positives", "How many predictions above the threshold are wrong.",
    formula: "Σ [p > t]·[y = 0]")
  static let aliases = ["false_positives"]
  static let outcome: KeyPath<ConfusionCounts, [Double]> & Sendable = \.falsePositives
  let thresholds: Thresholds
  init(_ arguments: Arguments) { thresholds = Self.thresholds(arguments) }
}

/// How many predictions not above the threshold have the target 0.
struct TrueNegatives: CountMetric {
  static let signature = described(
    "TrueNegatives", named: "true_negatives", "How many predictions not above the threshold are right.",
    formula: "Σ [p ≤ t]·[y = 0]")
  static let aliases = ["true_negatives"]
  static let outcome: KeyPath<ConfusionCounts, [Double]> & Sendable = \.trueNegatives
  let thresholds: Thresholds
  init(_ arguments: Arguments) { thresholds = Self.thresholds(arguments) }
}

/// How many predictions not above the threshold have the target 1.
struct FalseNegatives: CountMetric {
  static let signature = described(
    "FalseNegatives", named: "false_negatives", "How many predictions not above the threshold are wrong.",
    formula: "Σ [p ≤ t]·[y = 1]")
  static let aliases = ["false_negatives"]
  static let outcome: KeyPath<ConfusionCounts, [Double]> & Sendable = \.falseNegatives
  let thresholds: Thresholds
  init(_ arguments: Arguments) { thresholds = Self.thresholds(arguments) }
}
