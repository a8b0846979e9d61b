import Glibc
import Lambdas
import Plans
import Tensors

/// The area under a curve of rates over all thresholds: receiver operating characteristic, precision against recall
/// (interpolated after Davis and Goadrich, 2006), or their gains (Flach and Kull, 2015).
struct AUC: Metric {
  static let count = Parameter<Int>("num_thresholds", "at how many thresholds is counted", min: 2, max: 100_000, default: 200)
  static let curve = Parameter<String>("curve", "which curve", .choice(["ROC", "PR", "PRGAIN"]), default: "ROC")
  static let summation = Parameter<String>(
    "summation_method", "how the area between two thresholds is estimated", .choice(["interpolation", "majoring", "minoring"]),
    default: "interpolation")
  static let thresholds = Parameter<[Double]?>(
    "thresholds", "the thresholds to count at, instead of even ones", .optional(.list(.number(min: 0, max: 1))),
    default: .some(.none)
  ) {
    if case .none = $0 { return .some(.none) }
    return $0.listElements.compactMap { $0.asDouble }
  }
  static let isMultiLabel = Parameter<Bool>(
    "multi_label", "whether every output is a label of its own, whose areas are averaged", default: false)
  static let labels = Parameter<Int?>.optional(Parameter<Int>("num_labels", "how many labels, with `multi_label`", min: 1))
  static let labelWeights = Parameter<[Double]?>(
    "label_weights", "how much each label counts", .optional(.list(.number())), default: .some(.none)
  ) {
    if case .none = $0 { return .some(.none) }
    return $0.listElements.compactMap { $0.asDouble }
  }
  static let signature = Signature.metric(
    "AUC", named: "auc", "The area under the curve of rates over all thresholds.",
    [count.description, curve.description, summation.description],
    later: [
      thresholds.description, isMultiLabel.description, labels.description, labelWeights.description,
      LossParameters.fromLogits.description,
    ], formula: "∫ tpr d fpr, or ∫ precision d recall", example: "metrics = [AUC(curve=\"PR\")]")
  static let aliases = ["auc"]
  static let direction: Direction? = .up

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    if let mismatch = elementwiseMismatch(targets, predictions) { return mismatch }
    let weightCount = arguments[labelWeights]?.count
    guard arguments[isMultiLabel] else {
      if arguments[labels] != nil { return ShapeError("takes `num_labels` only with `multi_label=True`") }
      if let weightCount, let last = predictions.shape.dimensions.last.flatMap({ $0 }), weightCount != last {
        return ShapeError("has \(weightCount) label weights for \(last) labels")
      }
      return nil
    }
    if let mismatch = oneVectorMismatch(predictions) { return mismatch }
    let found = lastDimension(predictions.shape)
    if let expected = arguments[labels], expected != found {
      return ShapeError("is given `num_labels=\(expected)`, but there are \(found)")
    }
    if let weightCount, weightCount != found { return ShapeError("has \(weightCount) label weights for \(found) labels") }
    return nil
  }

  let thresholds: Thresholds
  let curve: String
  let summation: String
  let isMultiLabel: Bool
  let labelWeights: [Double]?
  let fromLogits: Bool

  init(_ arguments: Arguments) {
    if let given = arguments[AUC.thresholds] {
      thresholds = Thresholds([-epsilon] + given.sorted() + [1 + epsilon])
    } else {
      thresholds = .even(arguments[AUC.count], margin: epsilon)
    }
    curve = arguments[AUC.curve]
    summation = arguments[AUC.summation]
    isMultiLabel = arguments[AUC.isMultiLabel]
    labelWeights = arguments[AUC.labelWeights]
    fromLogits = arguments[LossParameters.fromLogits]
  }

  func sumSizes(_ predictions: Shape) -> [Int] {
    let size = thresholds.sumSize * (isMultiLabel ? lastDimension(predictions) : 1)
    return [size, size]
  }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    let predictions = fromLogits ? graph.sigmoid(batch.predictions) : batch.predictions
    var (y, p) = matchRanks(batch.targets, predictions, in: &graph)
    let shape = graph.shape(of: p)
    var w = batch.weights.map { graph.broadcast(spread($0, over: shape, in: &graph), to: shape) }
    if !isMultiLabel {
      if let labelWeights {
        let row = graph.constant(floats: labelWeights.map(Float.init), shape: [labelWeights.count])
        w = graph.multiply(w ?? graph.broadcast(graph.constant(1), to: shape), row)
      }
      let column = [shape.reduce(1, *), 1]
      (y, p, w) = (graph.reshape(y, column), graph.reshape(p, column), w.map { graph.reshape($0, column) })
    }
    thresholds.accumulate(targets: y, predictions: p, weights: w, positives: sums[0], negatives: sums[1], &graph)
  }

  func result(_ sums: [[Double]]) -> Score {
    let areas = ConfusionCounts.labels(sums, size: thresholds.sumSize).map(area)
    guard isMultiLabel, let labelWeights else { return .rounded(areas.reduce(0, +) / Double(max(areas.count, 1))) }
    return .rounded(ratio(zip(areas, labelWeights).reduce(0) { $0 + $1.0 * $1.1 }, to: labelWeights.reduce(0, +)))
  }

  private func area(_ counts: ConfusionCounts) -> Double {
    if curve == "PR", summation == "interpolation" { return interpolatedPrecisionRecall(counts) }
    let (x, y): ([Double], [Double]) =
      switch curve {
      case "ROC": (counts.specificities.map { 1 - $0 }, counts.recalls)
      case "PR": (counts.recalls, counts.precisions)
      default: gains(counts)
      }
    return (1..<x.count).reduce(0) { sum, i in
      let height =
        switch summation {
        case "majoring": max(y[i - 1], y[i])
        case "minoring": min(y[i - 1], y[i])
        default: (y[i - 1] + y[i]) / 2
        }
      return sum + (x[i - 1] - x[i]) * height
    }
  }

  /// The area of precision against recall, between two thresholds along the true curve rather than a straight line.
  private func interpolatedPrecisionRecall(_ counts: ConfusionCounts) -> Double {
    let positives = zip(counts.truePositives, counts.falsePositives).map { $0 + $1 }
    return (1..<positives.count).reduce(0) { sum, i in
      let rise = counts.truePositives[i - 1] - counts.truePositives[i]
      let slope = ratio(rise, to: max(positives[i - 1] - positives[i], 0))
      let intercept = counts.truePositives[i] - slope * positives[i]
      let growth = positives[i - 1] > 0 && positives[i] > 0 ? positives[i - 1] / positives[i] : 1
      let all = counts.truePositives[i] + counts.falseNegatives[i]
      return sum + ratio(slope * (rise + intercept * Glibc.log(growth)), to: max(all, 0))
    }
  }

  private func gains(_ counts: ConfusionCounts) -> (recall: [Double], precision: [Double]) {
    var (recalls, precisions): ([Double], [Double]) = ([], [])
    for i in counts.truePositives.indices {
      let (tp, fp, tn, fn) = (
        counts.truePositives[i], counts.falsePositives[i], counts.trueNegatives[i], counts.falseNegatives[i]
      )
      let scale = ratio(tp + fn, to: tn + fp)
      recalls.append(tp == 0 ? 0 : max(1 - scale * fn / tp, 0))
      precisions.append(tp == 0 ? 1 : 1 - scale * fp / tp)
    }
    return (recalls, precisions)
  }
}
