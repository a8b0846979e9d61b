import Lambdas
import Plans
import Tensors

/// The thresholds at which yes-or-no decisions are counted, and the counting itself.
///
/// The sums of a batch are, for each threshold, Σ w over the positives and over the negatives predicted to be 1, preceded by the totals:
/// all positives and all negatives, as if the first threshold were below every prediction.
struct Thresholds {
  let values: [Double]
  /// Whether they divide 0…1 evenly, with ends that may stand a little outside: then positions are computed rather than compared,
  /// with the rounding that this has in single precision.
  private let areEven: Bool

  init(_ values: [Double]) {
    self.values = values
    let steps = Double(values.count - 1)
    areEven =
      values.count >= 3
      && values.indices.allSatisfy { index in
        let even = Double(index) / steps
        return abs(values[index] - even) <= epsilon + 1e-5 * even
      }
  }

  /// `count` thresholds over 0…1; the outer ones are moved out by `margin`.
  static func even(_ count: Int, margin: Double = 0) -> Thresholds {
    var values = (0..<count).map { Double($0) / Double(count - 1) }
    values[0] -= margin
    values[count - 1] += margin
    return Thresholds(values)
  }

  /// How many doubles the sums of one label have.
  var sumSize: Int { values.count + 1 }

  /// Adds up a batch. `targets` (0 or 1), `predictions` and `weights` are [rows, labels]; the sums of each label
  /// are [labels · (thresholds + 1)], of positives and of negatives.
  func accumulate(
    targets: Node, predictions: Node, weights: Node?, positives: StateID, negatives: StateID, _ graph: inout Graph
  ) {
    let shape = graph.shape(of: predictions)
    let (rows, labels) = (shape[0], shape[1])
    let isPositive = graph.apply(.notEqual, targets, graph.constant(0))
    let isNegative = graph.subtract(graph.constant(1), isPositive)
    let predicted = graph.reshape(isAbove(predictions, &graph), [rows, labels, sumSize])
    for (side, sum) in [(isPositive, positives), (isNegative, negatives)] {
      let weighted = weights.map { graph.multiply(side, $0) } ?? side
      let column = graph.reshape(graph.broadcast(weighted, to: shape), [rows, labels, 1])
      let counts = graph.reduceSum(graph.multiply(predicted, column), axes: [0])
      graph.accumulate(graph.reshape(counts, [labels * sumSize]), into: sum)
    }
  }

  /// [rows, labels] → [rows · labels, thresholds + 1]: 1 where a prediction exceeds a threshold; always in the first column.
  private func isAbove(_ predictions: Node, _ graph: inout Graph) -> Node {
    let column = graph.reshape(predictions, [graph.shape(of: predictions).reduce(1, *), 1])
    guard areEven else {
      let row = graph.constant(floats: [-Float.infinity] + values.map(Float.init), shape: [1, sumSize])
      // The first column is of totals, so what is not a number counts in it, too.
      let isAbove = graph.greater(column, row)
      let isTotal = graph.constant(floats: [1] + values.map { _ in 0 }, shape: [1, sumSize])
      return graph.maximum(isAbove, isTotal)
    }
    // The last threshold below p is number ⌈p·(n − 1)⌉ − 1.
    let scaled = graph.multiply(graph.clip(column, from: 0, to: 1), by: Double(values.count - 1))
    var last = graph.add(graph.negate(graph.apply(.floor, graph.negate(scaled))), -1)
    if values[0] < 0 { last = graph.relu(last) }
    let numbers = graph.constant(floats: (0..<sumSize).map { Float($0) - 1 }, shape: [1, sumSize])
    let isTotal = graph.constant(floats: [1] + values.map { _ in 0 }, shape: [1, sumSize])
    return graph.maximum(graph.apply(.greaterEqual, last, numbers), isTotal)
  }
}

/// What was counted for one label at each threshold.
struct ConfusionCounts {
  let truePositives: [Double]
  let falsePositives: [Double]
  let trueNegatives: [Double]
  let falseNegatives: [Double]

  /// From the sums of `Thresholds`, of one label.
  init(positives: ArraySlice<Double>, negatives: ArraySlice<Double>) {
    let (allPositives, allNegatives) = (positives.first ?? 0, negatives.first ?? 0)
    truePositives = Array(positives.dropFirst())
    falsePositives = Array(negatives.dropFirst())
    trueNegatives = falsePositives.map { allNegatives - $0 }
    falseNegatives = truePositives.map { allPositives - $0 }
  }

  /// The labels' counts, from sums that hold them one after the other.
  static func labels(_ sums: [[Double]], size: Int) -> [ConfusionCounts] {
    stride(from: 0, to: sums[0].count, by: size).map {
      ConfusionCounts(positives: sums[0][$0..<($0 + size)], negatives: sums[1][$0..<($0 + size)])
    }
  }

  var recalls: [Double] { zip(truePositives, falseNegatives).map { ratio($0, to: $0 + $1) } }
  var precisions: [Double] { zip(truePositives, falsePositives).map { ratio($0, to: $0 + $1) } }
  var specificities: [Double] { zip(trueNegatives, falsePositives).map { ratio($0, to: $0 + $1) } }
}

/// A share; 0 of nothing.
func ratio(_ part: Double, to whole: Double) -> Double { whole == 0 ? 0 : part / whole }

/// Parameters of metrics that count at thresholds.
enum ThresholdParameters {
  /// None is 0.5.
  static let thresholds = Parameter<[Double]?>(
    "thresholds", "a prediction above it means 1; a list gives a list of results; none is 0.5",
    .optional(.either([.number(min: 0, max: 1), .list(.number(min: 0, max: 1))])), default: .some(.none)
  ) {
    switch $0 {
    case .none: .some(.none)
    case .list(let elements), .tuple(let elements): elements.compactMap { $0.asDouble }
    default: $0.asDouble.map { [$0] }
    }
  }
  static let count = Parameter<Int>("num_thresholds", "at how many thresholds is counted", min: 1, max: 100_000, default: 200)
  static let classID = Parameter<Int?>.optional(
    Parameter<Int>("class_id", "the class that alone is looked at; none is all", min: 0))
  static let topK = Parameter<Int?>.optional(
    Parameter<Int>("top_k", "how many of an example's largest predictions mean 1, instead of those above a threshold", min: 1))

  /// Why a class is not one of the predictions'; nil if it is.
  static func classMismatch(_ classID: Int?, _ predictions: TensorSpec) -> ShapeError? {
    guard let classID else { return nil }
    guard let classes = predictions.shape.dimensions.last else {
      return ShapeError("looks at class \(classID), but there is one prediction an example")
    }
    guard let classes, classID >= classes else { return nil }
    return ShapeError("looks at class \(classID), but predictions have the classes 0 to \(classes - 1)")
  }
}

extension Value {
  /// The elements of a list or tuple; none of what is neither.
  var listElements: [Value] {
    switch self {
    case .list(let elements), .tuple(let elements): elements
    default: []
    }
  }
}

/// Predictions (the batch's own, if none are given), targets and weights as the columns [elements, 1] that counting takes; or one
/// class's.
func columns(
  of batch: MetricBatch, predictions: Node? = nil, classID: Int? = nil, _ graph: inout Graph
) -> (targets: Node, predictions: Node, weights: Node?) {
  var (y, p) = matchRanks(batch.targets, predictions ?? batch.predictions, in: &graph)
  let shape = graph.shape(of: p)
  var w = batch.weights.map { graph.broadcast(spread($0, over: shape, in: &graph), to: shape) }
  if let classID {
    let axis = shape.count - 1
    y = graph.slice(y, axis: axis, classID..<(classID + 1))
    p = graph.slice(p, axis: axis, classID..<(classID + 1))
    w = w.map { graph.slice($0, axis: axis, classID..<(classID + 1)) }
  }
  let count = graph.shape(of: p).reduce(1, *)
  return (graph.reshape(y, [count, 1]), graph.reshape(p, [count, 1]), w.map { graph.reshape($0, [count, 1]) })
}
