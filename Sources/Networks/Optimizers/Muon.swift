import Lambdas
import Plans

/// Orthogonalised momentum for matrices, Adam for everything else (Jordan and others, 2024; Liu and others, 2025).
///
/// Matrices: `m = μ · m + g`, `G = g + μ · m` (or m without `nesterov`); the nearest orthogonal matrix to G is approached by `ns_steps`
/// rounds of `X = a · X + (b · A + c · A²) · X`, `A = X · Xᵀ`, from `X = G / ‖G‖`; `w −= η · √max(rows, columns) · rms_rate · X`.
struct Muon: Optimizer {
  static let adamBeta1 = Parameter<Double>(
    "adam_beta_1", "Adam's `beta_1`, for what is no matrix", min: 0, max: 1, excludesMax: true, default: 0.9)
  static let adamBeta2 = Parameter<Double>(
    "adam_beta_2", "Adam's `beta_2`, for what is no matrix", min: 0, max: 1, excludesMax: true, default: 0.999)
  static let adamDecay = Parameter<Double?>.optional(
    Parameter<Double>("adam_weight_decay", "the decay of what is no matrix", min: 0, default: 0.004))
  static let epsilon = OptimizerParameters.epsilon()
  static let decay = Parameter<Double?>.optional(
    Parameter<Double>(
      "weight_decay", "the share of each matrix that a step takes away, times the learning rate", min: 0, default: 0.004))
  static let excludedLayers = Parameter<[String]>(
    "exclude_layers", "regular expressions; weights whose path has one of them are given to Adam", .optional(.list(.string)),
    default: Value.none
  ) {
    if case .list(let patterns) = $0 { patterns.compactMap(\.asString) } else { [] }
  }
  static let excludesEmbeddings = Parameter<Bool>(
    "exclude_embeddings", "whether embeddings are given to Adam", default: true)
  static let a = Parameter<Double>("muon_a", "the factor of X in a round", default: 3.4445)
  static let b = Parameter<Double>("muon_b", "the factor of X·Xᵀ·X in a round", default: -4.7750)
  static let c = Parameter<Double>("muon_c", "the factor of (X·Xᵀ)²·X in a round", default: 2.0315)
  static let adamRatio = Parameter<Double>("adam_lr_ratio", "Adam's learning rate as a multiple of this one", min: 0, default: 1)
  static let momentum = Parameter<Double>("momentum", "how much of the momentum stays", min: 0, max: 1, default: 0.95)
  static let rounds = Parameter<Int>("ns_steps", "how many rounds orthogonalise a step", min: 0, max: 100, default: 5)
  static let nesterov = Parameter<Bool>("nesterov", "whether momentum looks ahead", default: true)
  static let rmsRate = Parameter<Double?>.optional(
    Parameter<Double>(
      "rms_rate", "the root mean square of a step, times the learning rate; none leaves it as it is", min: 0, default: 0.2))
  static let signature = OptimizerParameters.signature(
    "Muon", "Orthogonalised momentum for matrices, Adam for everything else.", rate: 0.001,
    [adamBeta1.description, adamBeta2.description, adamDecay.description, epsilon.description, decay.description],
    last: [
      excludedLayers.description, excludesEmbeddings.description, a.description, b.description, c.description,
      adamRatio.description, momentum.description, rounds.description, nesterov.description, rmsRate.description,
    ], rule: "w −= η · √max(rows, columns) · rms_rate · orthogonalised(momentum)",
    source: "Jordan and others, 2024; Liu and others, 2025",
    example: "Muon(0.02)")
  static let aliases = ["muon"]

  private let adam: Adam
  private let arguments: Arguments
  private let excluded: [String]
  init(_ arguments: Arguments) {
    self.arguments = arguments
    adam = Adam(beta1: arguments[Muon.adamBeta1], beta2: arguments[Muon.adamBeta2], epsilon: arguments[Muon.epsilon])
    excluded = arguments[Muon.excludedLayers]
  }

  /// Whether a weight is given to Adam.
  private func leavesToAdam(_ weight: TrainedWeight) -> Bool {
    if weight.shape.count != 2 { return true }
    if arguments[Muon.excludesEmbeddings], weight.path.lowercased().contains("embedding") { return true }
    return excluded.contains(where: weight.lies(at:))
  }

  func decay(of weight: TrainedWeight, asked decay: Double) -> Double {
    leavesToAdam(weight) ? arguments[Muon.adamDecay] ?? 0 : decay
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] {
    weights.enumerated().flatMap { index, weight in
      (leavesToAdam(weight) ? ["momentum", "velocity"] : ["momentum"]).map {
        OptimizerSlot(name: $0, weight: index, shape: weight.shape)
      }
    }
  }

  func step(_ update: inout WeightUpdate) {
    guard !leavesToAdam(update.weight) else {
      return adam.step(&update, rate: update.rate * arguments[Muon.adamRatio])
    }
    let momentum = arguments[Muon.momentum]
    let m = update["momentum"] * momentum + update.gradient
    update["momentum"] = m
    let direction = orthogonalised(arguments[Muon.nesterov] ? update.gradient + m * momentum : m)
    let size = Double(update.weight.shape.max() ?? 1).squareRoot()
    let scale = arguments[Muon.rmsRate].map { $0 * size } ?? 1
    update.value = update.value - direction * (update.rate * scale)
  }

  /// The matrix with its singular values drawn to about 1, by Newton and Schulz's iteration with a polynomial of degree five.
  private func orthogonalised(_ matrix: Term) -> Term {  // [rows, columns], the same
    let isTall = matrix.shape[0] > matrix.shape[1]
    let wide = isTall ? matrix.transposed([1, 0]) : matrix
    var x = wide / (sqrt(sum(square(wide))) + 1e-7)
    for _ in 0..<arguments[Muon.rounds] {
      let squares = product(x, x, transposeB: true)
      let polynomial = squares * arguments[Muon.b] + product(squares, squares) * arguments[Muon.c]
      x = x * arguments[Muon.a] + product(polynomial, x)
    }
    return isTall ? x.transposed([1, 0]) : x
  }
}
