import Artifacts
import Plans

/// Evaluates with the optimizer's running averages of the weights in their place, and puts the weights back to train on.
///
/// Better than Keras's in two places: `predict` leaves the weights as they were, and a training that is stopped early ends with the
/// averages as one that runs to its end does. Before the first step there are no averages, and nothing is swapped. Files of the last
/// epoch have the averages in both places, as Keras's do; a backup has the weights, too, for more epochs.
struct SwapEMAWeights: Callback {
  static let swapOnEpoch = Parameter<Bool>(
    "swap_on_epoch", "whether the averages stay in from an epoch's end to the next one's begin, for the callbacks after it",
    default: false)

  static let entry = Entry(
    .callback,
    Signature(
      "SwapEMAWeights", "Evaluates with the running averages that the optimizer keeps with `use_ema=True`.",
      [swapOnEpoch.description], source: "Polyak and Juditsky, 1992", example: "SwapEMAWeights()"),
    .callback(
      CallbackTraits(
        needsAverages: true, actsOutsideTraining: true,
        facts: { arguments in
          ["evaluates with the averages of the weights"]
            + (arguments[swapOnEpoch] ? ["leaves them in from an epoch's end to the next one's begin"] : [])
        })))

  let name = "SwapEMAWeights"
  let hooks: Set<Hook>
  private let swapsOnEpoch: Bool
  /// Whether it has said that it swaps, which it does once a training.
  private var hasDecided = false
  /// Counted from 0.
  private var lastEpoch = 0

  init(_ arguments: Arguments) {
    let always: Set<Hook> = [.testBegin, .testEnd, .predictBegin, .predictEnd, .trainEnd]
    swapsOnEpoch = arguments[Self.swapOnEpoch]
    hooks = swapsOnEpoch ? always.union([.trainBegin, .epochBegin, .epochEnd]) : always
  }

  mutating func onTrainBegin(_ run: RunReport) -> [Request] {
    lastEpoch = run.epochs - 1
    return []
  }

  mutating func onEpochBegin(_ epoch: EpochReport) -> [Request] { [.useAverages(false)] }
  mutating func onEpochEnd(_ epoch: EpochReport) -> [Request] {
    [.useAverages(true)] + (epoch.epoch == lastEpoch ? [.keepAverages] : []) + decision()
  }
  mutating func onTestBegin() -> [Request] { [.useAverages(true)] + decision() }
  mutating func onTestEnd(_ logs: Logs) -> [Request] { [.useAverages(false)] }
  mutating func onPredictBegin() -> [Request] { [.useAverages(true)] }
  mutating func onPredictEnd() -> [Request] { [.useAverages(false)] }

  func onTrainEnd(_ end: EndReport) -> [Request] {
    if end.logs.isEmpty { return [] }
    let reason = "the optimizer keeps them with `use_ema`, and puts them in when a training ends"
    return [.decide(Decision(.averages, "the averages stay in the model", because: reason))]
  }

  private mutating func decision() -> [Request] {
    if hasDecided { return [] }
    hasDecided = true
    let what =
      swapsOnEpoch
      ? "the averages are in the model from each epoch's end to the next one's begin" : "each validation is one of the averages"
    return [.decide(Decision(.averages, what, because: "it swaps them in for the weights that training goes on with"))]
  }

  func saveState() -> JSON { ["has_decided": .bool(hasDecided)] }
  mutating func resume(from state: JSON, _ run: RunReport) {
    hasDecided = state["has_decided"]?.boolValue ?? false
    lastEpoch = run.epochs - 1
  }
}
