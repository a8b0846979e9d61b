import Artifacts
import Lambdas
import Plans

/// Stops when a score has not improved for `patience` epochs, and can put the best weights back.
///
/// An epoch that improves never stops the run, nor does epoch 0. With a `baseline` the count goes on until the score
/// beats it. Epochs without the score (`validation_freq`) are not counted. Restored are the weights, trainable or not,
/// but not the optimizer's state; and they are restored whether or not this callback stopped the run.
package struct EarlyStopping: Callback {
  static let monitor = Parameter<String>("monitor", "the score to watch", .monitor, default: "val_loss")
  static let minDelta = Parameter<Double>("min_delta", "what counts as an improvement", default: 0)
  static let patience = Parameter<Int>("patience", "epochs without improvement after which to stop", min: 0, default: 0)
  static let verbose = Parameter<Int>("verbose", "1 to say when it stops", min: 0, default: 0)
  static let mode = Monitor.mode
  static let baseline: Parameter<Double?> = .optional(
    Parameter<Double>("baseline", "a value that must be beaten before an improvement counts", min: -.infinity, max: .infinity))
  static let restoreBestWeights = Parameter<Bool>(
    "restore_best_weights", "whether to end with the best epoch's weights", default: false)
  static let startFromEpoch = Parameter<Int>(
    "start_from_epoch", "the epoch, counted from 0, at which to begin watching", min: 0, default: 0)

  static let patienceUnit = Monitor.patienceUnit

  static let entry = Entry(
    .callback,
    Signature(
      "EarlyStopping", "Stops the training when a score has stopped improving.",
      [
        monitor.description, minDelta.description, patience.description, verbose.description, mode.description,
        baseline.description, restoreBestWeights.description, startFromEpoch.description, patienceUnit.description,
      ],
      example: "EarlyStopping(patience=5, restore_best_weights=True)"),
    .callback(
      CallbackTraits(
        results: ["wait": .integer(0), "stopped_epoch": .integer(0), "best": .none, "best_epoch": .integer(0)],
        settable: [
          monitor.description, minDelta.description, patience.description, verbose.description, mode.description,
          baseline.description, startFromEpoch.description, patienceUnit.description,
        ],
        delay: delay,
        facts: { arguments in
          [Monitor.patienceFact(arguments[patience], arguments[patienceUnit])].compactMap(\.self)
            + (arguments[baseline].map { ["counts on until \(told([$0])[0]) is passed"] } ?? [])
            + (arguments[restoreBestWeights] ? ["puts the weights of the best epoch back at the end"] : [])
        })))

  /// It stops once `patience` epochs have not improved on the first that it watches. To put the best weights back it need not stop.
  private static func delay(_ arguments: Arguments, _ initialEpoch: Int) -> CallbackDelay? {
    let watched = max(initialEpoch, arguments[startFromEpoch])
    if arguments[restoreBestWeights] {
      return CallbackDelay(
        epoch: CallbackDelay.sum(watched, 1), isForNextEpoch: false, act: "look at a score",
        parameter: startFromEpoch.description.name)
    }
    let holder = arguments[startFromEpoch] > arguments[patience] ? startFromEpoch.description : patience.description
    return CallbackDelay(
      epoch: CallbackDelay.sum(watched, max(1, arguments[patience]), 1), isForNextEpoch: true, act: "stop the training",
      parameter: holder.name)
  }

  package let name = "EarlyStopping"
  package let hooks: Set<Hook> = [.trainBegin, .epochEnd, .trainEnd]
  private let monitor: Monitor
  private let patience: Int
  private let isVerbose: Bool
  private let baseline: Double?
  private let restoresBestWeights: Bool
  package var keeps: KeptParts { restoresBestWeights ? .weights : .nothing }
  private let startEpoch: Int
  private let countsAllEpochs: Bool

  private(set) var wait = 0
  /// 0 while it has not stopped the run.
  private(set) var stoppedEpoch = 0
  private(set) var best: Double?
  private(set) var bestEpoch = 0
  private var keepsWeights = false
  private var misses = Misses()

  package init(
    _ monitor: Monitor, patience: Int = 0, isVerbose: Bool = false, baseline: Double? = nil,
    restoresBestWeights: Bool = false, startEpoch: Int = 0,
    countsAllEpochs: Bool = false
  ) {
    self.countsAllEpochs = countsAllEpochs
    self.monitor = monitor
    self.patience = patience
    self.isVerbose = isVerbose
    self.baseline = baseline
    self.restoresBestWeights = restoresBestWeights
    self.startEpoch = startEpoch
  }

  package init(_ arguments: Arguments, in outline: FitOutline) throws(CallbackFailure) {
    self.init(
      try Monitor(
        arguments[Self.monitor], mode: arguments[Self.mode], minimumChange: arguments[Self.minDelta],
        among: outline.epochNames, of: outline),
      patience: arguments[Self.patience], isVerbose: arguments[Self.verbose] > 0, baseline: arguments[Self.baseline],
      restoresBestWeights: arguments[Self.restoreBestWeights], startEpoch: arguments[Self.startFromEpoch],
      countsAllEpochs: arguments[Self.patienceUnit] == "epochs")
  }

  package mutating func onTrainBegin(_ run: RunReport) -> [Request] {
    (wait, stoppedEpoch, best, bestEpoch, keepsWeights, misses) = (0, 0, nil, 0, false, Misses())
    return []
  }

  package mutating func onEpochEnd(_ report: EpochReport) -> [Request] {
    guard report.epoch >= startEpoch, !report.isRolledBack else { return [] }
    guard let value = report.logs.number(monitor.metric) else {
      guard countsAllEpochs, best != nil else { return [] }
      wait += 1
      return count(nil, report.epoch)
    }
    wait += 1
    guard monitor.isImprovement(value, over: best) else { return count(value, report.epoch) }
    let reason = monitor.improvement(value, over: best)
    best = value
    bestEpoch = report.epoch
    misses.clear()
    let passesBaseline = baseline.map { monitor.isImprovement(value, over: $0) } ?? true
    if passesBaseline { wait = 0 }
    let counted = passesBaseline ? "" : ", but the baseline is not passed: \(wait) of \(patience)"
    let decision = Request.decide(Decision(.improved, "the best epoch so far" + counted, because: reason))
    guard restoresBestWeights else { return [decision] }
    keepsWeights = true
    return [.keepWeights, decision]
  }

  /// An epoch without improvement; its value is nil where it gives none.
  private mutating func count(_ value: Double?, _ epoch: Int) -> [Request] {
    misses.add(value)
    guard wait >= patience, epoch > 0 else {
      let reason = value.map { monitor.comparison($0, best: best) } ?? "it gives no `\(monitor.metric)`"
      return [.decide(Decision(.counted, "no improvement, \(wait) of \(patience)", because: reason))]
    }
    stoppedEpoch = epoch
    let missed = baseline.flatMap { baseline in
      best.map { monitor.isImprovement($0, over: baseline) } ?? false
        ? nil : ", and the baseline \(told([baseline])[0]) is not passed"
    }
    return [.stop(because: misses.reason(monitor, best: best) + (missed ?? ""))]
  }

  package mutating func onTrainEnd(_ end: EndReport) -> [Request] {
    var requests: [Request] = []
    if stoppedEpoch > 0 && isVerbose { requests.append(.print("Epoch \(stoppedEpoch + 1): early stopping\n")) }
    guard restoresBestWeights else { return requests }
    guard keepsWeights else { return requests + lastWeightsStay(end) }
    if isVerbose {
      requests.append(.print("Restoring model weights from the end of the best epoch: \(bestEpoch + 1).\n"))
    }
    let reason = "`\(monitor.metric)` \(told([best ?? .nan])[0]) is the best"
    let decision = Decision(.restored, "the weights of epoch \(bestEpoch + 1) are put back", because: reason)
    return requests + [.restoreKeptWeights(decision)]
  }

  /// What is told where the best weights were to be put back and are not there: no epoch was the best, or it was before a backup
  /// that was written without `restore_best_weights`.
  private func lastWeightsStay(_ end: EndReport) -> [Request] {
    if end.logs.isEmpty { return [] }
    let reason =
      best == nil
      ? "it has seen no `\(monitor.metric)` that is a number"
      : "epoch \(bestEpoch + 1) is the best, and its weights are not in the backup that the training went on from"
    let decision = Request.decide(Decision(.notRestored, "the last weights stay", because: reason))
    return best == nil ? [decision] : [.print("warning: EarlyStopping puts no weights back: \(reason).\n"), decision]
  }

  package var results: [String: Value] {
    [
      "wait": .integer(wait), "stopped_epoch": .integer(stoppedEpoch), "best": best.map(Value.float) ?? .none,
      "best_epoch": .integer(bestEpoch),
    ]
  }

  package mutating func setResult(_ name: String, to value: Value) {
    switch name {
    case "wait": wait = value.asInteger ?? wait
    case "stopped_epoch": stoppedEpoch = value.asInteger ?? stoppedEpoch
    case "best_epoch": bestEpoch = value.asInteger ?? bestEpoch
    default: best = value.asDouble
    }
  }

  package func saveState() -> JSON {
    [
      "wait": .integer(wait), "stopped_epoch": .integer(stoppedEpoch), "best": best.map(JSON.float) ?? .null,
      "best_epoch": .integer(bestEpoch), "keeps_weights": .bool(keepsWeights), "misses": misses.json,
    ]
  }

  package mutating func resume(from state: JSON, _ run: RunReport) {
    wait = state["wait"]?.integerValue ?? 0
    stoppedEpoch = state["stopped_epoch"]?.integerValue ?? 0
    best = state["best"]?.doubleValue
    bestEpoch = state["best_epoch"]?.integerValue ?? 0
    keepsWeights = state["keeps_weights"]?.boolValue ?? false
    misses = Misses(state["misses"])
  }
}
