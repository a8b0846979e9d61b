import Plans
import Tensors

/// The share of predictions above the threshold that are right.
struct Precision: DecisionMetric {
  static let signature = described(
    "Precision", named: "precision", "The share of positive predictions that are right.", formula: "tp / (tp + fp)")
  static let aliases = ["precision"]
  let decisions: Decisions
  init(_ arguments: Arguments) { decisions = Decisions(arguments) }

  func values(_ counts: ConfusionCounts) -> [Double] { counts.precisions }
}

/// The share of targets 1 that predictions above the threshold find.
struct Recall: DecisionMetric {
  static let signature = described(
    "Recall", named: "recall", "The share of positive targets that are found.", formula: "tp / (tp + fn)")
  static let aliases = ["recall"]
  let decisions: Decisions
  init(_ arguments: Arguments) { decisions = Decisions(arguments) }

  func values(_ counts: ConfusionCounts) -> [Double] { counts.recalls }
}

/// A metric of yes-or-no decisions at thresholds or by rank.
protocol DecisionMetric: Metric {
  var decisions: Decisions { get }
  func values(_ counts: ConfusionCounts) -> [Double]
}

extension DecisionMetric {
  static var direction: Direction? { .up }
  static func isVector(_ arguments: Arguments) -> Bool { (arguments[ThresholdParameters.thresholds]?.count ?? 1) > 1 }

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    if let mismatch = elementwiseMismatch(targets, predictions) { return mismatch }
    if let k = arguments[ThresholdParameters.topK], let classes = predictions.shape.dimensions.last.flatMap({ $0 }), k > classes {
      return ShapeError("takes the \(k) largest predictions, but there are \(classes)")
    }
    return ThresholdParameters.classMismatch(arguments[ThresholdParameters.classID], predictions)
  }

  func sumSizes(_ predictions: Shape) -> [Int] { [decisions.thresholds.sumSize, decisions.thresholds.sumSize] }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let predictions = decisions.topK.map { largest($0, of: batch.predictions, &graph) }
    let (y, p, w) = columns(of: batch, predictions: predictions, classID: decisions.classID, &graph)
    decisions.thresholds.accumulate(targets: y, predictions: p, weights: w, positives: sums[0], negatives: sums[1], &graph)
  }

  func result(_ sums: [[Double]]) -> Score {
    let values = values(ConfusionCounts.labels(sums, size: decisions.thresholds.sumSize)[0])
    return values.count == 1 ? .rounded(values[0]) : .rounded(values)
  }

  fileprivate static func described(_ className: String, named name: String, _ summary: String, formula: String) -> Signature {
    .metric(
      className, named: name, summary,
      [
        ThresholdParameters.thresholds.description, ThresholdParameters.topK.description,
        ThresholdParameters.classID.description,
      ], formula: formula, example: "metrics = [\(className)(thresholds=0.7)]")
  }

  /// Predictions that are not among their example's k largest become very small; of equals the first are larger.
  private func largest(_ k: Int, of predictions: Node, _ graph: inout Graph) -> Node {
    let shape = graph.shape(of: predictions)
    let classes = shape.last ?? 1
    let rows = shape.dropLast().reduce(1, *)
    let flat = graph.reshape(predictions, [rows, classes])
    let others = graph.reshape(flat, [rows, 1, classes])
    let own = graph.reshape(flat, [rows, classes, 1])
    let numbers = graph.constant(floats: (0..<classes).map(Float.init), shape: [classes])
    let isBefore = graph.less(graph.reshape(numbers, [1, classes]), graph.reshape(numbers, [classes, 1]))
    let isFirstOfEquals = graph.multiply(graph.equal(others, own), graph.reshape(isBefore, [1, classes, classes]))
    let rank = graph.reduceSum(graph.add(graph.greater(others, own), isFirstOfEquals), axes: [-1])
    let isChosen = graph.less(rank, graph.constant(Double(k)))
    return graph.reshape(graph.select(isChosen, flat, graph.constant(Decisions.never)), shape)
  }
}

/// Which predictions mean 1, and of which class.
struct Decisions {
  /// What the predictions that are not among the largest become, and the threshold that all others exceed.
  static let never = -1e10

  let thresholds: Thresholds
  let topK: Int?
  let classID: Int?

  init(_ arguments: Arguments) {
    topK = arguments[ThresholdParameters.topK]
    classID = arguments[ThresholdParameters.classID]
    thresholds = Thresholds(arguments[ThresholdParameters.thresholds] ?? [topK == nil ? 0.5 : Decisions.never])
  }
}

/// The best of one rate among the thresholds at which another is high enough.
protocol ConstrainedRate: Metric {
  var constraint: RateConstraint { get }
  /// The rate that is held, and the one that is reported.
  func rates(_ counts: ConfusionCounts) -> (held: [Double], reported: [Double])
}

extension ConstrainedRate {
  static var direction: Direction? { .up }

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    elementwiseMismatch(targets, predictions)
      ?? ThresholdParameters.classMismatch(arguments[ThresholdParameters.classID], predictions)
  }

  func sumSizes(_ predictions: Shape) -> [Int] { [constraint.thresholds.sumSize, constraint.thresholds.sumSize] }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let (y, p, w) = columns(of: batch, classID: constraint.classID, &graph)
    constraint.thresholds.accumulate(targets: y, predictions: p, weights: w, positives: sums[0], negatives: sums[1], &graph)
  }

  func result(_ sums: [[Double]]) -> Score {
    let (held, reported) = rates(ConfusionCounts.labels(sums, size: constraint.thresholds.sumSize)[0])
    // Rates are compared in single precision, as they are given.
    let feasible = zip(held, reported).filter { Float($0.0) >= Float(constraint.value) }
    return .rounded(max(feasible.map(\.1).max() ?? 0, 0))
  }

  fileprivate static func described(
    _ className: String, named name: String, _ value: Parameter<Double>, _ summary: String, formula: String
  ) -> Signature {
    .metric(
      className, named: name, summary,
      [value.description, ThresholdParameters.count.description, ThresholdParameters.classID.description], formula: formula,
      example: "metrics = [\(className)(0.8)]")
  }
}

/// The rate that must be reached, and where it is looked for.
struct RateConstraint {
  let value: Double
  let classID: Int?
  let thresholds: Thresholds

  init(_ arguments: Arguments, _ value: Parameter<Double>) {
    self.value = arguments[value]
    classID = arguments[ThresholdParameters.classID]
    let count = arguments[ThresholdParameters.count]
    thresholds = count == 1 ? Thresholds([0.5]) : .even(count)
  }
}

/// The best recall where the specificity is high enough.
struct SensitivityAtSpecificity: ConstrainedRate {
  static let specificity = Parameter<Double>("specificity", "the least tn / (tn + fp)", min: 0, max: 1)
  static let signature = described(
    "SensitivityAtSpecificity", named: "sensitivity_at_specificity", specificity,
    "The best sensitivity at thresholds where the specificity is reached.", formula: "max tp / (tp + fn)")
  static let aliases = ["sensitivity_at_specificity"]
  let constraint: RateConstraint
  init(_ arguments: Arguments) { constraint = RateConstraint(arguments, Self.specificity) }

  func rates(_ counts: ConfusionCounts) -> (held: [Double], reported: [Double]) { (counts.specificities, counts.recalls) }
}

/// The best specificity where the recall is high enough.
struct SpecificityAtSensitivity: ConstrainedRate {
  static let sensitivity = Parameter<Double>("sensitivity", "the least tp / (tp + fn)", min: 0, max: 1)
  static let signature = described(
    "SpecificityAtSensitivity", named: "specificity_at_sensitivity", sensitivity,
    "The best specificity at thresholds where the sensitivity is reached.", formula: "max tn / (tn + fp)")
  static let aliases = ["specificity_at_sensitivity"]
  let constraint: RateConstraint
  init(_ arguments: Arguments) { constraint = RateConstraint(arguments, Self.sensitivity) }

  func rates(_ counts: ConfusionCounts) -> (held: [Double], reported: [Double]) { (counts.recalls, counts.specificities) }
}

/// The best precision where the recall is high enough.
struct PrecisionAtRecall: ConstrainedRate {
  static let recall = Parameter<Double>("recall", "the least tp / (tp + fn)", min: 0, max: 1)
  static let signature = described(
    "PrecisionAtRecall", named: "precision_at_recall", recall, "The best precision at thresholds where the recall is reached.",
    formula: "max tp / (tp + fp)")
  static let aliases = ["precision_at_recall"]
  let constraint: RateConstraint
  init(_ arguments: Arguments) { constraint = RateConstraint(arguments, Self.recall) }

  func rates(_ counts: ConfusionCounts) -> (held: [Double], reported: [Double]) { (counts.recalls, counts.precisions) }
}

/// The best recall where the precision is high enough.
struct RecallAtPrecision: ConstrainedRate {
  static let precision = Parameter<Double>("precision", "the least tp / (tp + fp)", min: 0, max: 1)
  static let signature = described(
    "RecallAtPrecision", named: "recall_at_precision", precision, "The best recall at thresholds where the precision is reached.",
    formula: "max tp / (tp + fn)")
  static let aliases = ["recall_at_precision"]
  let constraint: RateConstraint
  init(_ arguments: Arguments) { constraint = RateConstraint(arguments, Self.precision) }

  func rates(_ counts: ConfusionCounts) -> (held: [Double], reported: [Double]) { (counts.precisions, counts.recalls) }
}
