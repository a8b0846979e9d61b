import Arrays
import Artifacts
import Lambdas
import Plans

/// Multiplies the learning rate by `factor` when a score has not improved for `patience` epochs, down to `min_lr`.
///
/// `learning_rate` in the logs is the rate that the epoch was trained with. A `cooldown` of c leaves c epochs uncounted
/// after a reduction (Keras leaves c − 1). Epochs without the score change nothing.
package struct ReduceLROnPlateau: Callback {
  static let monitor = Parameter<String>("monitor", "the score to watch", .monitor, default: "val_loss")
  static let factor = Parameter<Double>(
    "factor", "what the learning rate is multiplied by", min: 0, max: 1, excludesMin: true, excludesMax: true, default: 0.1)
  static let patience = Parameter<Int>("patience", "epochs without improvement before a reduction", min: 0, default: 10)
  static let verbose = Parameter<Int>("verbose", "1 to say when it reduces", min: 0, default: 0)
  static let mode = Monitor.mode
  static let minDelta = Parameter<Double>("min_delta", "what counts as an improvement", default: 1e-4)
  static let cooldown = Parameter<Int>("cooldown", "epochs after a reduction that are not counted", min: 0, default: 0)
  static let minRate = Parameter<Double>("min_lr", "the lowest learning rate", min: 0, default: 0)

  static let patienceUnit = Monitor.patienceUnit

  static let entry = Entry(
    .callback,
    Signature(
      "ReduceLROnPlateau", "Reduces the learning rate when a score has stopped improving.",
      [
        monitor.description, factor.description, patience.description, verbose.description, mode.description,
        minDelta.description, cooldown.description, minRate.description, patienceUnit.description,
      ],
      formula: "learning_rate = max(learning_rate · factor, min_lr)",
      example: "ReduceLROnPlateau(factor=0.5, patience=3, min_lr=1e-5)"),
    .callback(
      CallbackTraits(
        setsLearningRate: true, results: ["wait": .integer(0), "best": .none, "cooldown_counter": .integer(0)],
        settable: [
          monitor.description, factor.description, patience.description, verbose.description, mode.description,
          minDelta.description, cooldown.description, minRate.description, patienceUnit.description,
        ],
        delay: { arguments, initialEpoch in
          CallbackDelay(
            epoch: CallbackDelay.sum(initialEpoch, max(1, arguments[patience]), 1), isForNextEpoch: true,
            act: "reduce the learning rate", parameter: patience.description.name)
        },
        lowestRate: minRate.description.name,
        facts: { arguments in
          [Monitor.patienceFact(arguments[patience], arguments[patienceUnit])].compactMap(\.self)
        })))

  package let name = "ReduceLROnPlateau"
  package let hooks: Set<Hook> = [.trainBegin, .epochEnd]
  private let monitor: Monitor
  private let factor: Double
  private let patience: Int
  private let isVerbose: Bool
  private let cooldown: Int
  private let minimumRate: Double
  private let countsAllEpochs: Bool

  private(set) var wait = 0
  private(set) var cooldownLeft = 0
  private(set) var best: Double?
  private var misses = Misses()

  package init(
    _ monitor: Monitor, factor: Double = 0.1, patience: Int = 10, isVerbose: Bool = false, cooldown: Int = 0,
    minimumRate: Double = 0, countsAllEpochs: Bool = false
  ) {
    self.countsAllEpochs = countsAllEpochs
    self.monitor = monitor
    self.factor = factor
    self.patience = patience
    self.isVerbose = isVerbose
    self.cooldown = cooldown
    self.minimumRate = minimumRate
  }

  package init(_ arguments: Arguments, in outline: FitOutline) throws(CallbackFailure) {
    try outline.requireSettableLearningRate()
    self.init(
      try Monitor(
        arguments[Self.monitor], mode: arguments[Self.mode], minimumChange: arguments[Self.minDelta],
        among: outline.adding(outline.rateNames).epochNames, of: outline),
      factor: arguments[Self.factor], patience: arguments[Self.patience], isVerbose: arguments[Self.verbose] > 0,
      cooldown: arguments[Self.cooldown], minimumRate: arguments[Self.minRate],
      countsAllEpochs: arguments[Self.patienceUnit] == "epochs")
  }

  package mutating func onTrainBegin(_ run: RunReport) -> [Request] {
    (wait, cooldownLeft, best, misses) = (0, 0, nil, Misses())
    return []
  }

  package mutating func onEpochEnd(_ report: EpochReport) -> [Request] {
    let logged = report.rates.map(\.logged)
    let rate = report.rates.first { $0.logName == monitor.metric }?.value
    let value = rate ?? report.logs.number(monitor.metric)
    guard value != nil || (countsAllEpochs && best != nil), !report.isRolledBack else { return logged }
    let isCooling = cooldownLeft > 0
    if isCooling {
      cooldownLeft -= 1
      wait = 0
    }
    if let value, monitor.isImprovement(value, over: best) {
      let reason = monitor.improvement(value, over: best)
      best = value
      wait = 0
      misses.clear()
      return logged + [.decide(Decision(.improved, "the best epoch so far", because: reason))]
    }
    return logged + count(value, report, isCooling: isCooling)
  }

  /// An epoch without improvement; its value is nil where it gives none.
  private mutating func count(_ value: Double?, _ report: EpochReport, isCooling: Bool) -> [Request] {
    let reason = value.map { monitor.comparison($0, best: best) } ?? "it gives no `\(monitor.metric)`"
    if isCooling { return [.decide(Decision(.counted, "not counted after a reduction", because: reason))] }
    wait += 1
    misses.add(value)
    guard wait >= patience else {
      return [.decide(Decision(.counted, "no improvement, \(wait) of \(patience)", because: reason))]
    }
    let reductions = report.rates.indices.filter { report.rates[$0].value > Double(Float(minimumRate)) }
    if reductions.isEmpty { return [.decide(Decision(.counted, "no improvement, but the rate is the lowest", because: reason))] }
    defer { misses.clear() }
    cooldownLeft = cooldown
    wait = 0
    return reductions.flatMap { reduction(of: report.rates[$0], optimizer: $0, epoch: report.epoch) }
  }

  private func reduction(of rate: OptimizerRate, optimizer: Int, epoch: Int) -> [Request] {
    let reduced = max(rate.value * factor, minimumRate)
    let line = "\nEpoch \(epoch + 1): ReduceLROnPlateau reducing \(rate.title) to \(reduced.pythonDescription).\n"
    let reason = misses.reason(monitor, best: best)
    return [.setLearningRate(reduced, of: optimizer, because: reason)] + (isVerbose ? [.print(line)] : [])
  }

  package var results: [String: Value] {
    ["wait": .integer(wait), "best": best.map(Value.float) ?? .none, "cooldown_counter": .integer(cooldownLeft)]
  }

  package mutating func setResult(_ name: String, to value: Value) {
    switch name {
    case "wait": wait = value.asInteger ?? wait
    case "cooldown_counter": cooldownLeft = value.asInteger ?? cooldownLeft
    default: best = value.asDouble
    }
  }

  package func saveState() -> JSON {
    [
      "wait": .integer(wait), "cooldown_left": .integer(cooldownLeft), "best": best.map(JSON.float) ?? .null,
      "misses": misses.json,
    ]
  }

  package mutating func resume(from state: JSON, _ run: RunReport) {
    wait = state["wait"]?.integerValue ?? 0
    cooldownLeft = state["cooldown_left"]?.integerValue ?? 0
    best = state["best"]?.doubleValue
    misses = Misses(state["misses"])
  }
}

extension FitOutline {
  /// A rate that follows a schedule object belongs to the schedule.
  func requireSettableLearningRate() throws(CallbackFailure) {
    if !hasSettableLearningRate {
      throw CallbackFailure("it sets the learning rate, but the optimizer's follows a schedule")
    }
  }
}
