import Diagnostics
import Lambdas

/// What `compile` allows and nobody means: warnings, each with its reason.
extension Interpreter {
  /// Looks at a compiled model whose layers are known.
  func warnOfCompile(_ model: ModelObject, lossRange: SourceRange, optimizerRange: SourceRange) {
    guard let compiled = model.compiled, model.hasPlan else { return }
    for loss in compiled.losses where model.plan.outputs.indices.contains(loss.output) {
      guard let layer = model.plan.maker(of: model.plan.outputs[loss.output]), layer.nested == nil else { continue }
      if layer.configured.entry.abilities.contains(.disturbs) {
        report(.disturbedOutput(layer.configured.entry.name, at: layer.configured.range ?? lossRange))
      } else {
        warn(of: loss.configured, at: lossRange, ModelEnd(layer.configured))
      }
    }
    for optimizer in compiled.optimizer.stepMakers { warnOfRate(optimizer, at: optimizer.range ?? optimizerRange) }
  }

  /// A loss that takes probabilities, or is told that it gets logits, from a layer that gives the other.
  private func warn(of loss: Configured, at range: SourceRange, _ end: ModelEnd) {
    guard let takesLogits = loss.arguments["from_logits"]?.isTrue, let givesProbabilities = end.givesProbabilities,
      takesLogits == givesProbabilities, !hasMistake(in: end.range)
    else { return }
    report(
      takesLogits
        ? .probabilitiesAsLogits(loss.entry.name, end.activationName, at: loss.range ?? range, layer: end.range)
        : .numbersAsProbabilities(loss.entry.name, end.layer.entry.name, at: loss.range ?? range, layer: end.range))
  }

  /// Whether an error has been told of something there: what the rest of it means is not what was meant.
  private func hasMistake(in range: SourceRange?) -> Bool {
    guard let range else { return false }
    return findings.all.contains { finding in
      finding.severity == .error && finding.range.source == range.source && range.start <= finding.range.start
        && finding.range.end <= range.end
    }
  }

  /// So many times its usual learning rate an optimizer may have before it is told: SGD on small losses stands large ones.
  private static let largestRateFactor = 1000.0

  private func warnOfRate(_ optimizer: Configured, at range: SourceRange) {
    guard let usual = optimizer.entry.signature.parameters.first(where: { $0.name == "learning_rate" })?.defaultValue?.asDouble,
      let rate = optimizer.firstLearningRate.asDouble, rate > usual * Self.largestRateFactor
    else { return }
    let place = optimizer.argumentRanges["learning_rate"] ?? range
    report(.largeLearningRate(rate, of: optimizer.entry.name, usual: usual, at: place))
  }
}

/// The layer that makes an output, and what is known of the values that it gives.
private struct ModelEnd {
  let layer: Configured
  /// The activation that the layer applies last; nil where it has none.
  private let activation: Configured?
  private let takesActivation: Bool

  init(_ layer: Configured) {
    self.layer = layer
    takesActivation = layer.entry.signature.parameters.contains { $0.name == "activation" }
    if case .object(let activation as Configured)? = layer.arguments["activation"] {
      self.activation = activation
    } else {
      activation = nil
    }
  }

  var range: SourceRange? { layer.range }
  private var abilities: Set<Ability> { activation?.entry.abilities ?? layer.entry.abilities }
  var activationName: String { activation?.entry.name ?? layer.entry.name }

  /// Whether its values are probabilities; nil where nothing tells.
  var givesProbabilities: Bool? {
    abilities.contains(.givesProbabilities) ? true : takesActivation ? false : nil
  }
}
