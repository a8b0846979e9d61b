import Plans
import Tensors

/// One minus the Dice coefficient of targets and predictions (Dice, 1945).
struct Dice: Loss {
  static let signature = Signature.loss(
    "Dice", named: "dice", "One minus the overlap of targets and predictions, as a share of their sums.",
    later: [OverlapParameters.axis.description], formula: "1 − 2·Σ y·p / (Σ y + Σ p + 1e-7)", example: "loss = Dice()")
  static let aliases = ["dice"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    OverlapParameters.check(arguments, targets, predictions)
  }

  let axes: [Int]?
  init(_ arguments: Arguments) { axes = arguments[OverlapParameters.axis] }

  static let addsPositions = true
  func mixesExamples(ofRank rank: Int) -> Bool { OverlapParameters.mixesExamples(axes, ofRank: rank) }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let overlap = graph.multiply(graph.reduceSum(graph.multiply(targets, predictions), axes: axes), by: 2)
    let whole = graph.add(graph.reduceSum(targets, axes: axes), graph.reduceSum(predictions, axes: axes))
    return graph.subtract(graph.constant(1), graph.divide(overlap, graph.add(whole, epsilon)))
  }
}

/// Dice with weights for what is missed and what is wrongly found (Salehi et al., 2017).
struct Tversky: Loss {
  static let alpha = Parameter<Double>("alpha", "how much missed targets count", default: 0.5)
  static let beta = Parameter<Double>("beta", "how much wrong predictions count", default: 0.5)
  static let signature = Signature.loss(
    "Tversky", named: "tversky", "One minus the Tversky index: Dice with weights for the two kinds of error.",
    [alpha.description, beta.description], later: [OverlapParameters.axis.description],
    formula: "1 − I / (I + α·Σ y·(1 − p) + β·Σ p·(1 − y) + 1e-7), I = Σ y·p", example: "loss = Tversky(alpha=0.3, beta=0.7)")
  static let aliases = ["tversky"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    OverlapParameters.check(arguments, targets, predictions)
  }

  let alpha: Double
  let beta: Double
  let axes: [Int]?
  init(_ arguments: Arguments) {
    alpha = arguments[Tversky.alpha]
    beta = arguments[Tversky.beta]
    axes = arguments[OverlapParameters.axis]
  }

  static let addsPositions = true
  func mixesExamples(ofRank rank: Int) -> Bool { OverlapParameters.mixesExamples(axes, ofRank: rank) }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let overlap = graph.reduceSum(graph.multiply(targets, predictions), axes: axes)
    let missed = graph.reduceSum(graph.multiply(graph.subtract(graph.constant(1), predictions), targets), axes: axes)
    let wrong = graph.reduceSum(graph.multiply(predictions, graph.subtract(graph.constant(1), targets)), axes: axes)
    let errors = graph.add(graph.multiply(missed, by: alpha), graph.multiply(wrong, by: beta))
    return graph.subtract(graph.constant(1), graph.divide(overlap, graph.add(graph.add(overlap, errors), epsilon)))
  }
}

/// What losses of overlap share.
enum OverlapParameters {
  /// None sums over everything, the batch included.
  static let axis = Parameter<[Int]?>(
    "axis", "the axes to sum over, the batch being 0; none is all, the batch included",
    .optional(.either([.integer(), .list(.integer())])), default: .some(.none)
  ) {
    switch $0 {
    case .none: .some(.none)
    case .integer(let axis): [axis]
    case .list(let elements), .tuple(let elements):
      elements.compactMap { element in if case .integer(let axis) = element { axis } else { nil } }
    default: nil
    }
  }

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    if let mismatch = sameShapeMismatch(targets, predictions) { return mismatch }
    for axis in arguments[axis] ?? [] {
      if let error = axisMismatch(axis, predictions, allowsBatch: true) { return error }
    }
    return nil
  }

  /// Whether a sum over these axes goes over the batch and leaves other axes: summed over all, the one number counts for every example.
  static func mixesExamples(_ axes: [Int]?, ofRank rank: Int) -> Bool {
    let summed = Set((axes ?? []).map { $0 < 0 ? $0 + rank : $0 })
    return summed.contains(0) && summed.count < rank
  }
}
