import Plans
import Tensors

/// The cross-entropy of yes-or-no targets, with less weight for what is right already (Lin et al., 2017).
struct BinaryFocalCrossentropy: ElementwiseLoss {
  static let balances = Parameter<Bool>(
    "apply_class_balancing", "whether targets 1 count α and targets 0 count 1 − α", default: false)
  static let signature = Signature.loss(
    "BinaryFocalCrossentropy", named: "binary_focal_crossentropy",
    "The cross-entropy of yes-or-no targets, with less weight for what is right already.",
    [
      balances.description, FocalParameters.alpha.description, FocalParameters.gamma.description,
      LossParameters.fromLogits.description, LossParameters.labelSmoothing.description, LossParameters.axis.description,
    ], formula: "mean (1 − q)^γ · crossentropy, q = p for y = 1 and 1 − p for y = 0",
    example: "loss = BinaryFocalCrossentropy(gamma=2.0)")
  static let aliases = ["binary_focal_crossentropy"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    lastAxisMismatch(arguments, predictions) ?? elementwiseMismatch(targets, predictions)
  }

  let isBalanced: Bool
  let alpha: Double
  let gamma: Double
  let fromLogits: Bool
  let smoothing: Double
  init(_ arguments: Arguments) {
    isBalanced = arguments[BinaryFocalCrossentropy.balances]
    alpha = arguments[FocalParameters.alpha]
    gamma = arguments[FocalParameters.gamma]
    fromLogits = arguments[LossParameters.fromLogits]
    smoothing = arguments[LossParameters.labelSmoothing]
  }

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    let one = graph.constant(1)
    let y = smoothing == 0 ? target : graph.add(graph.multiply(target, by: 1 - smoothing), smoothing / 2)
    let other = graph.subtract(one, y)
    let p = fromLogits ? graph.sigmoid(prediction) : prediction
    let clipped = graph.clip(p, from: epsilon, to: 1 - epsilon)
    let yes = graph.multiply(y, graph.log(clipped))
    let loss = graph.negate(graph.add(yes, graph.multiply(other, graph.log(graph.subtract(one, clipped)))))
    let right = graph.add(graph.multiply(y, p), graph.multiply(other, graph.subtract(one, p)))
    let focal = graph.multiply(graph.power(graph.subtract(one, right), graph.constant(gamma)), loss)
    guard isBalanced else { return focal }
    return graph.multiply(graph.add(graph.multiply(y, by: alpha), graph.multiply(other, by: 1 - alpha)), focal)
  }
}

/// The cross-entropy of one-hot targets, with less weight for what is right already (Lin et al., 2017).
struct CategoricalFocalCrossentropy: Loss {
  static let signature = Signature.loss(
    "CategoricalFocalCrossentropy", named: "categorical_focal_crossentropy",
    "The cross-entropy of one-hot targets, with less weight for what is right already.",
    [
      FocalParameters.alpha.description, FocalParameters.gamma.description, LossParameters.fromLogits.description,
      LossParameters.labelSmoothing.description, LossParameters.axis.description,
    ], formula: "−Σ α·(1 − p)^γ · y·ln p", example: "loss = CategoricalFocalCrossentropy(alpha=0.25, gamma=2.0)")
  static let aliases = ["categorical_focal_crossentropy"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    lastAxisMismatch(arguments, predictions) ?? oneHotMismatch(targets, predictions)
  }

  let alpha: Double
  let gamma: Double
  let fromLogits: Bool
  let smoothing: Double
  init(_ arguments: Arguments) {
    alpha = arguments[FocalParameters.alpha]
    gamma = arguments[FocalParameters.gamma]
    fromLogits = arguments[LossParameters.fromLogits]
    smoothing = arguments[LossParameters.labelSmoothing]
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let classes = Double(graph.shape(of: predictions).last ?? 1)
    let y = smoothing == 0 ? targets : graph.add(graph.multiply(targets, by: 1 - smoothing), smoothing / classes)
    let scores = fromLogits ? graph.softmax(predictions) : predictions
    let shares = graph.divide(scores, graph.reduceSum(scores, axes: [-1], keepDimensions: true))
    let p = graph.clip(shares, from: epsilon, to: 1 - epsilon)
    let weight = graph.multiply(graph.power(graph.subtract(graph.constant(1), p), graph.constant(gamma)), by: alpha)
    return graph.negate(graph.reduceSum(graph.multiply(weight, graph.multiply(y, graph.log(p))), axes: [-1]))
  }
}

/// What focal losses share.
enum FocalParameters {
  static let alpha = Parameter<Double>("alpha", "how much the loss counts", min: 0, default: 0.25)
  static let gamma = Parameter<Double>(
    "gamma", "how fast the weight falls with the right answer's probability", min: 0, default: 2)
}
