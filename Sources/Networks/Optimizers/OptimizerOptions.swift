import Lambdas
import Plans

/// Whether a text is a regular expression.
private func isPattern(_ text: String) -> Bool { (try? Regex(text)) != nil }

/// What every optimizer can be asked for, beside its own rule.
struct OptimizerOptions {
  /// Running averages of the weights.
  struct Averages {
    let momentum: Double
    /// After how many updates the weights become their averages; nil only for the end of training.
    let overwriteFrequency: Int?
  }

  let learningRate: LearningRate
  let weightDecay: Double
  let clipNorm: Double
  let clipValue: Double
  let globalClipNorm: Double
  /// Nil where the weights are not averaged.
  let averages: Averages?
  /// What the loss is multiplied by before derivatives are taken.
  let lossScale: Double?
  /// Over how many batches gradients are added up for one update.
  let accumulationSteps: Int?

  /// Zero stands for what is not asked for, as in Keras.
  init(_ arguments: Arguments) {
    learningRate = LearningRate(arguments)
    weightDecay = arguments[OptimizerParameters.weightDecay] ?? 0
    clipNorm = arguments[OptimizerParameters.clipNorm] ?? 0
    clipValue = arguments[OptimizerParameters.clipValue] ?? 0
    globalClipNorm = arguments[OptimizerParameters.globalClipNorm] ?? 0
    averages =
      arguments[OptimizerParameters.useEMA]
      ? Averages(
        momentum: arguments[OptimizerParameters.emaMomentum],
        overwriteFrequency: arguments[OptimizerParameters.emaOverwriteFrequency]) : nil
    lossScale = arguments[OptimizerParameters.lossScaleFactor]
    accumulationSteps = arguments[OptimizerParameters.accumulationSteps]
  }
}

/// Where the learning rate of a step comes from.
enum LearningRate {
  /// A number that callbacks and scripts may change.
  case number(Double)
  case schedule(Schedule)
  /// A function of the script, of the step.
  case function(FunctionValue)

  init(_ arguments: Arguments) {
    switch arguments[OptimizerParameters.learningRateName] {
    case .float(let rate): self = .number(rate)
    case .function(let function): self = .function(function)
    case .object(let object):
      guard let configured = object as? Configured else { preconditionFailure("a rate that is an object is a schedule") }
      self = .schedule(Schedule(configured))
    default: preconditionFailure("a learning rate is a number, a schedule or a function")
    }
  }
}

/// Parameters that every optimizer has.
enum OptimizerParameters {
  static let learningRateName = "learning_rate"
  /// What a rate that is a function of the script is called with.
  package static let rateFunction = FunctionType([.init("step", .integer, isOptional: true)], returns: .float)

  static let weightDecay = Parameter<Double?>.optional(
    Parameter<Double>("weight_decay", "the share of each weight that a step takes away, times the learning rate", min: 0))
  static let clipNorm = Parameter<Double?>.optional(
    Parameter<Double>("clipnorm", "the largest norm that the gradient of one weight may have", min: 0))
  static let clipValue = Parameter<Double?>.optional(
    Parameter<Double>("clipvalue", "the largest magnitude that one value of a gradient may have", min: 0))
  static let globalClipNorm = Parameter<Double?>.optional(
    Parameter<Double>("global_clipnorm", "the largest norm that all gradients together may have", min: 0))
  private static let standardMomentum = 0.99
  static let useEMA = Parameter<Bool>(
    Configured.averagesName, "whether running averages of the weights are kept, which the weights become in the end",
    default: false)
  static let emaMomentum = Parameter<Double>(
    "ema_momentum", "how slowly the averages move", min: 0, max: 1, default: standardMomentum)
  static let emaOverwriteFrequency = Parameter<Int?>.optional(
    Parameter<Int>("ema_overwrite_frequency", "after how many steps the weights become their averages, each time", min: 1))
  static let lossScaleFactor = Parameter<Double?>.optional(
    Parameter<Double>(
      "loss_scale_factor", "what the loss is multiplied by while derivatives are taken", min: 0, excludesMin: true))
  static let accumulationSteps = Parameter<Int?>.optional(
    Parameter<Int>("gradient_accumulation_steps", "over how many batches gradients are averaged for one step", min: 2))

  private static let common = [
    weightDecay.description, clipNorm.description, clipValue.description, globalClipNorm.description, useEMA.description,
    emaMomentum.description, emaOverwriteFrequency.description, lossScaleFactor.description, accumulationSteps.description,
  ]

  /// Betas, epsilons: parameters that several rules have.
  static func beta1(_ value: Double = 0.9) -> Parameter<Double> {
    Parameter<Double>("beta_1", "how slowly the mean of gradients moves", min: 0, max: 1, excludesMax: true, default: value)
  }
  static func beta2(_ value: Double = 0.999) -> Parameter<Double> {
    Parameter<Double>("beta_2", "how slowly the mean of squares moves", min: 0, max: 1, excludesMax: true, default: value)
  }
  static func epsilon(_ value: Double = 1e-7) -> Parameter<Double> {
    Parameter<Double>("epsilon", "keeps the division finite", min: 0, default: value)
  }

  /// `1 − β` as Keras computes it where it has rounded β to single precision before: 1.3e-5 away from 0.001.
  static func complement(_ beta: Double) -> Double { Double(1 - Float(beta)) }

  /// An optimizer's signature: the learning rate, its own parameters, those that all have and are not among its own, `name`, and
  /// what Keras has behind that.
  static func signature(
    _ name: String, _ summary: String, rate: Double, _ own: [ParameterDescription], last: [ParameterDescription] = [],
    rule: String, source: String = "", example: String
  ) -> Signature {
    let ownNames = Set(own.map(\.name))
    return Signature(
      name, summary,
      [learningRate(rate)] + own + common.filter { !ownNames.contains($0.name) } + [self.name(name)] + last, formula: rule,
      source: source, example: example)
  }

  private static func learningRate(_ defaultValue: Double) -> ParameterDescription {
    ParameterDescription(
      learningRateName, "how far a step goes",
      .either([.number(min: 0, rejectsIntegers: true), .entry(.schedule), .function(rateFunction)]), default: .float(defaultValue)
    )
  }

  /// Keras names an optimizer after its class: `rm_sprop`.
  static func name(_ className: String) -> ParameterDescription {
    Parameter<String?>.optional(Parameter<String>("name", "what it is called", default: LayerNames.snakeCase(className)))
      .description
  }

  /// Why an optimizer's arguments cannot go together; nil if they can.
  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    let clips = [clipNorm, clipValue, globalClipNorm].filter { arguments[$0] != nil }
    if clips.count > 1 {
      let names = clips.map { "`\($0.description.name)`" }
      return ArgumentConflict(
        of: clips[1].description.name, "clips gradients in one way only, and is given \(names.joined(separator: " and "))",
        hint: "keep one of them.")
    }
    let frequency = arguments[emaOverwriteFrequency] == nil ? nil : emaOverwriteFrequency.description.name
    let momentum = arguments[emaMomentum] == standardMomentum ? nil : emaMomentum.description.name
    if !arguments[useEMA], let unread = frequency ?? momentum, arguments.given.contains(unread) {
      return ArgumentConflict(of: unread, "reads `\(unread)` only with `use_ema=True`", hint: "add `use_ema=True`.")
    }
    let excluded = arguments.values[Muon.excludedLayers.description.name]
    if case .list(let patterns)? = excluded, let odd = patterns.compactMap(\.asString).first(where: { !isPattern($0) }) {
      return ArgumentConflict(
        of: Muon.excludedLayers.description.name, "needs regular expressions, and `\(odd)` is none",
        hint: "a part of a layer's name, such as `\"head\"`, is one.")
    }
    return nil
  }
}
