import Arrays
import Lambdas
import Plans
import Tensors

/// A metric of how far predicted and true regions of classes overlap: of each class intersection over union, then the mean.
protocol OverlapMetric: Metric {
  var overlap: Overlap { get }
}

extension OverlapMetric {
  static var direction: Direction? { .up }

  func sumSizes(_ predictions: Shape) -> [Int] { [overlap.classes * overlap.classes] }

  func accumulate(_ batch: MetricBatch, into sums: [StateID], _ graph: inout Graph) {
    overlap.accumulate(batch, into: sums[0], &graph)
  }

  func result(_ sums: [[Double]]) -> Score { .rounded(overlap.mean(sums[0])) }
}

/// Counts pairs of true and predicted classes, and what is made of them.
struct Overlap {
  let classes: Int
  /// The classes whose overlap counts.
  let counted: [Int]
  var ignoredClass: Int?
  /// Whether targets, or predictions, are class numbers rather than one score a class.
  var targetsAreNumbers = true
  var predictionsAreNumbers = true
  /// From which prediction on the class is 1, for two classes.
  var threshold: Double?

  /// Adds Σ w of each pair (true class, predicted class); numbers outside the classes do not count.
  func accumulate(_ batch: MetricBatch, into sum: StateID, _ graph: inout Graph) {
    var predicted = batch.predictions
    if let threshold { predicted = graph.apply(.greaterEqual, predicted, graph.constant(threshold)) }
    let y = oneHot(batch.targets, areNumbers: targetsAreNumbers, ignoring: ignoredClass, &graph)
    let p = oneHot(predicted, areNumbers: predictionsAreNumbers, ignoring: nil, &graph)
    var weighted = y
    if let weights = batch.weights {
      let rows = graph.shape(of: y)[0]
      let first = graph.shape(of: weights)
      let column = graph.reshape(weights, [first.reduce(1, *), 1])
      // Weights of an example count for all its positions.
      let positions = rows / max(first.reduce(1, *), 1)
      let spread = graph.broadcast(column, to: [first.reduce(1, *), positions])
      weighted = graph.multiply(y, graph.reshape(spread, [rows, 1]))
    }
    let pairs = graph.matrixProduct(weighted, p, transposeA: true)
    graph.accumulate(graph.reshape(pairs, [classes * classes]), into: sum)
  }

  /// [positions, classes].
  private func oneHot(_ values: Node, areNumbers: Bool, ignoring ignored: Int?, _ graph: inout Graph) -> Node {
    let numbers = areNumbers ? graph.cast(graph.cast(values, to: .float32), to: .int32) : graph.argmax(values)
    let flat = graph.reshape(numbers, [graph.shape(of: numbers).reduce(1, *)])
    let hot = graph.oneHot(flat, depth: classes)
    guard let ignored, 0..<classes ~= ignored else { return hot }
    let kept = graph.constant(floats: (0..<classes).map { $0 == ignored ? 0 : 1 }, shape: [1, classes])
    return graph.multiply(hot, kept)
  }

  /// The mean over the counted classes that occur.
  func mean(_ pairs: [Double]) -> Double {
    var (sum, occurring) = (0.0, 0.0)
    for c in counted {
      let predicted = (0..<classes).reduce(0) { $0 + pairs[$1 * classes + c] }
      let actual = (0..<classes).reduce(0) { $0 + pairs[c * classes + $1] }
      let union = predicted + actual - pairs[c * classes + c]
      guard union > 1e-9 else { continue }
      sum += pairs[c * classes + c] / (union + epsilon)
      occurring += 1
    }
    return sum / (occurring + epsilon)
  }
}

/// Parameters of metrics of overlap.
enum RegionParameters {
  static let classes = Parameter<Int>("num_classes", "how many classes there are", min: 1, max: 10_000)
  static let counted = Parameter<[Int]>("target_class_ids", "the classes whose overlap counts", .list(.integer(min: 0), min: 1)) {
    $0.listElements.compactMap { if case .integer(let number) = $0 { number } else { nil } }
  }
  static let ignored = Parameter<Int?>.optional(Parameter<Int>("ignore_class", "a class number whose targets do not count"))
  static let targetsAreNumbers = Parameter<Bool>(
    "sparse_y_true", "whether targets are class numbers, not one-hot", default: true)
  static func predictionsAreNumbers(_ defaultValue: Bool) -> Parameter<Bool> {
    Parameter<Bool>("sparse_y_pred", "whether predictions are class numbers, not one score a class", default: defaultValue)
  }
  static let axis = LossParameters.axis
  /// Keras's files say that they count in whole numbers.
  static let types = ["float32", "int32"]

  /// Why targets and predictions do not fit the classes; nil if they do.
  static func check(
    _ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec, counted: [Int], targetsAreNumbers: Bool,
    predictionsAreNumbers: Bool
  ) -> ShapeError? {
    let classes = arguments[classes]
    if let wrong = counted.first(where: { $0 >= classes }) {
      return ShapeError("counts class \(wrong), but the classes are 0 to \(classes - 1)")
    }
    if let error = lastAxisMismatch(arguments, predictions) { return error }
    for (name, spec, areNumbers) in [
      ("targets", targets, targetsAreNumbers), ("predictions", predictions, predictionsAreNumbers),
    ] where !areNumbers {
      guard let last = spec.shape.dimensions.last else {
        return ShapeError("needs \(classes) scores for each of its \(name), but each is a single number")
      }
      if let last, last != classes {
        return ShapeError("has \(classes) classes, but the \(name) are \(spec.shape.description)")
      }
    }
    let y = targetsAreNumbers ? targets.shape.dimensions : targets.shape.dimensions.dropLast()
    let p = predictionsAreNumbers ? predictions.shape.dimensions : predictions.shape.dimensions.dropLast()
    let (yCount, pCount) = (Shape(Array(y)).elementCount, Shape(Array(p)).elementCount)
    guard let yCount, let pCount, yCount != pCount else { return nil }
    return ShapeError(
      "needs one target for each predicted class, but the targets are \(targets.shape.description) and the predictions "
        + predictions.shape.description, hint: "give `sparse_y_pred=False` if predictions have one score a class.")
  }
}

/// The mean overlap of chosen classes.
struct IoU: OverlapMetric {
  static let predictionsAreNumbers = RegionParameters.predictionsAreNumbers(true)
  static let signature = Signature.metric(
    "IoU", named: "io_u", "How far the predicted and true regions of chosen classes overlap.",
    [RegionParameters.classes.description, RegionParameters.counted.description],
    later: [
      RegionParameters.ignored.description, RegionParameters.targetsAreNumbers.description, predictionsAreNumbers.description,
      RegionParameters.axis.description,
    ], types: RegionParameters.types, formula: "mean tp / (tp + fp + fn)",
    example: "metrics = [IoU(num_classes=2, target_class_ids=[1], sparse_y_pred=False)]")
  static let aliases: [String] = []

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    RegionParameters.check(
      arguments, targets, predictions, counted: arguments[RegionParameters.counted],
      targetsAreNumbers: arguments[RegionParameters.targetsAreNumbers], predictionsAreNumbers: arguments[predictionsAreNumbers])
  }

  let overlap: Overlap
  init(_ arguments: Arguments) {
    overlap = Overlap(
      classes: arguments[RegionParameters.classes], counted: arguments[RegionParameters.counted],
      ignoredClass: arguments[RegionParameters.ignored], targetsAreNumbers: arguments[RegionParameters.targetsAreNumbers],
      predictionsAreNumbers: arguments[IoU.predictionsAreNumbers])
  }
}

/// The mean overlap of the two classes of yes-or-no predictions.
struct BinaryIoU: OverlapMetric {
  static let counted = Parameter<[Int]>(
    "target_class_ids", "the classes whose overlap counts: 0, 1 or both", .list(.integer(min: 0, max: 1), min: 1),
    default: .tuple([.integer(0), .integer(1)])
  ) { $0.listElements.compactMap { if case .integer(let number) = $0 { number } else { nil } } }
  static let threshold = Parameter<Double>("threshold", "from it on a prediction means 1", min: 0, max: 1, default: 0.5)
  static let signature = Signature.metric(
    "BinaryIoU", named: "binary_io_u", "How far the predicted and true regions of yes-or-no targets overlap.",
    [counted.description, threshold.description], types: RegionParameters.types, formula: "mean tp / (tp + fp + fn)",
    example: "metrics = [BinaryIoU()]")
  static let aliases = ["binary_io_u"]

  let overlap: Overlap
  init(_ arguments: Arguments) {
    overlap = Overlap(classes: 2, counted: arguments[BinaryIoU.counted], threshold: arguments[BinaryIoU.threshold])
  }
}

/// The mean overlap of all classes.
struct MeanIoU: OverlapMetric {
  static let predictionsAreNumbers = RegionParameters.predictionsAreNumbers(true)
  static let signature = Signature.metric(
    "MeanIoU", named: "mean_io_u", "How far the predicted and true regions of all classes overlap.",
    [RegionParameters.classes.description],
    later: [
      RegionParameters.ignored.description, RegionParameters.targetsAreNumbers.description, predictionsAreNumbers.description,
      RegionParameters.axis.description,
    ], types: RegionParameters.types, formula: "mean tp / (tp + fp + fn)",
    example: "metrics = [MeanIoU(num_classes=10, sparse_y_pred=False)]")
  static let aliases: [String] = []

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    RegionParameters.check(
      arguments, targets, predictions, counted: [], targetsAreNumbers: arguments[RegionParameters.targetsAreNumbers],
      predictionsAreNumbers: arguments[predictionsAreNumbers])
  }

  let overlap: Overlap
  init(_ arguments: Arguments) {
    let classes = arguments[RegionParameters.classes]
    overlap = Overlap(
      classes: classes, counted: Array(0..<classes), ignoredClass: arguments[RegionParameters.ignored],
      targetsAreNumbers: arguments[RegionParameters.targetsAreNumbers],
      predictionsAreNumbers: arguments[MeanIoU.predictionsAreNumbers])
  }
}

/// The mean overlap of chosen classes, for one-hot targets.
struct OneHotIoU: OverlapMetric {
  static let predictionsAreNumbers = RegionParameters.predictionsAreNumbers(false)
  static let signature = Signature.metric(
    "OneHotIoU", named: "one_hot_io_u", "How far predicted and true regions of chosen classes overlap, for one-hot targets.",
    [RegionParameters.classes.description, RegionParameters.counted.description],
    later: [RegionParameters.ignored.description, predictionsAreNumbers.description, RegionParameters.axis.description],
    formula: "mean tp / (tp + fp + fn)", example: "metrics = [OneHotIoU(num_classes=3, target_class_ids=[0, 2])]")
  static let aliases: [String] = []

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    RegionParameters.check(
      arguments, targets, predictions, counted: arguments[RegionParameters.counted], targetsAreNumbers: false,
      predictionsAreNumbers: arguments[predictionsAreNumbers])
  }

  let overlap: Overlap
  init(_ arguments: Arguments) {
    overlap = Overlap(
      classes: arguments[RegionParameters.classes], counted: arguments[RegionParameters.counted],
      ignoredClass: arguments[RegionParameters.ignored], targetsAreNumbers: false,
      predictionsAreNumbers: arguments[OneHotIoU.predictionsAreNumbers])
  }
}

/// The mean overlap of all classes, for one-hot targets.
struct OneHotMeanIoU: OverlapMetric {
  static let predictionsAreNumbers = RegionParameters.predictionsAreNumbers(false)
  static let signature = Signature.metric(
    "OneHotMeanIoU", named: "one_hot_mean_io_u",
    "How far predicted and true regions of all classes overlap, for one-hot targets.",
    [RegionParameters.classes.description],
    later: [RegionParameters.ignored.description, predictionsAreNumbers.description, RegionParameters.axis.description],
    formula: "mean tp / (tp + fp + fn)", example: "metrics = [OneHotMeanIoU(num_classes=3)]")
  static let aliases: [String] = []

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    RegionParameters.check(
      arguments, targets, predictions, counted: [], targetsAreNumbers: false,
      predictionsAreNumbers: arguments[predictionsAreNumbers])
  }

  let overlap: Overlap
  init(_ arguments: Arguments) {
    let classes = arguments[RegionParameters.classes]
    overlap = Overlap(
      classes: classes, counted: Array(0..<classes), ignoredClass: arguments[RegionParameters.ignored],
      targetsAreNumbers: false, predictionsAreNumbers: arguments[OneHotMeanIoU.predictionsAreNumbers])
  }
}
