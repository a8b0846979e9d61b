import Plans

/// Evaluates with the optimizer's running averages of the weights in their place, and puts the weights back to train on.
///
/// Better than Keras's in two places: `predict` leaves the weights as they were, and a training that is stopped early ends with the
/// averages as one that runs to its end does. Before the first step there are no averages, and nothing is swapped.
struct SwapEMAWeights: Callback {
  static let swapOnEpoch = Parameter<Bool>(
    "swap_on_epoch", "whether the averages stay in from an epoch's end to the next one's begin, for the callbacks after it",
    default: false)

  static let entry = Entry(
    .callback,
    Signature(
      "SwapEMAWeights", "Evaluates with the running averages that the optimizer keeps with `use_ema=True`.",
      [swapOnEpoch.description], source: "Polyak and Juditsky, 1992", example: "SwapEMAWeights()"),
    .callback(CallbackTraits(needsAverages: true)))

  let name = "SwapEMAWeights"
  let hooks: Set<Hook>

  init(_ arguments: Arguments) {
    let evaluating: Set<Hook> = [.testBegin, .testEnd, .predictBegin, .predictEnd]
    hooks = arguments[Self.swapOnEpoch] ? evaluating.union([.epochBegin, .epochEnd]) : evaluating
  }

  mutating func onEpochBegin(_ epoch: EpochReport) -> [Request] { [.useAverages(false)] }
  mutating func onEpochEnd(_ epoch: EpochReport) -> [Request] { [.useAverages(true)] }
  mutating func onTestBegin() -> [Request] { [.useAverages(true)] }
  mutating func onTestEnd(_ logs: Logs) -> [Request] { [.useAverages(false)] }
  mutating func onPredictBegin() -> [Request] { [.useAverages(true)] }
  mutating func onPredictEnd() -> [Request] { [.useAverages(false)] }
}
