import Arrays
import Artifacts
import Lambdas
import Plans

/// Stops as soon as the loss is no finite number.
///
/// It looks at the running mean, as Keras does; once that is not finite it stays so until the epoch ends. The run ends
/// as diverged, so backups of its last good epoch stay. Beyond Keras it can put back what the last good epoch has left, weights and
/// optimizer, and go on with a lower rate; the rest of the epoch that diverged is left out. An epoch is good if its loss is finite,
/// and so are all weights after it: its last step may have spoilt them.
package struct TerminateOnNaN: Callback {
  static let raiseError = Parameter<Bool>("raise_error", "whether to fail instead of stopping", default: false)
  static let maxRollbacks = Parameter<Int>(
    "max_rollbacks", "how often to go back to the last good epoch, with a lower rate, before stopping", min: 0, default: 0
  ).keywordOnly
  static let rollbackFactor = Parameter<Double>(
    "rollback_factor", "what the learning rate is multiplied by when it goes back", min: 0, max: 1, excludesMin: true,
    default: 0.5
  ).keywordOnly

  static let entry = Entry(
    .callback,
    Signature(
      "TerminateOnNaN", "Stops the training when the loss is NaN or infinite.",
      [raiseError.description, maxRollbacks.description, rollbackFactor.description],
      example: "TerminateOnNaN()"),
    .callback(CallbackTraits(readsBatchLogs: true, rateFactor: rateFactor, facts: facts)))

  private static func facts(_ arguments: Arguments) -> [String] {
    let end = arguments[raiseError] ? "fails" : "stops"
    let times = arguments[maxRollbacks]
    if times == 0 { return ["\(end) at a loss that is no finite number"] }
    let rate = arguments[rollbackFactor] < 1 ? ", with \(told([arguments[rollbackFactor]])[0]) of the learning rate" : ""
    let many = times == 1 ? "once" : "\(times) times"
    return ["goes back to the last good epoch at a loss that is no finite number, \(many)\(rate), and then \(end)"]
  }

  package let name = "TerminateOnNaN"
  package var keeps: KeptParts { maxRollbacks > 0 ? .state : .nothing }
  package var hooks: Set<Hook> { maxRollbacks > 0 ? [.trainBegin, .trainBatchEnd, .epochEnd] : [.trainBatchEnd] }
  private let fails: Bool
  private let maxRollbacks: Int
  private let factor: Double

  private(set) var rollbacks = 0
  /// The last good epoch, from 1; 0 for the beginning, nil while there is nothing to go back to.
  private var goodEpoch: Int?
  private let hasFiniteWeights: () -> Bool

  /// `hasFiniteWeights` looks at the model.
  package init(
    fails: Bool = false, maxRollbacks: Int = 0, factor: Double = 0.5, hasFiniteWeights: @escaping () -> Bool = { true }
  ) {
    self.fails = fails
    self.maxRollbacks = maxRollbacks
    self.factor = factor
    self.hasFiniteWeights = hasFiniteWeights
  }

  init(_ arguments: Arguments, in surroundings: CallbackSurroundings) throws(CallbackFailure) {
    if Self.rateFactor(arguments) != nil { try surroundings.outline.requireSettableLearningRate() }
    let model = surroundings.model
    self.init(
      fails: arguments[Self.raiseError], maxRollbacks: arguments[Self.maxRollbacks], factor: arguments[Self.rollbackFactor]
    ) { model.weights.allSatisfy(\.isFinite) }
  }

  /// What lowers the rate; nil where nothing does, or nobody knows yet.
  private static func rateFactor(_ arguments: Arguments) -> String? {
    let name = rollbackFactor.description.name
    guard let times = arguments[maxRollbacks.description.name]?.asInteger, let factor = arguments[name]?.asDouble else {
      return nil
    }
    return times > 0 && factor < 1 ? name : nil
  }

  package mutating func onTrainBegin(_ run: RunReport) -> [Request] {
    (rollbacks, goodEpoch) = (0, 0)
    return [.keepState]
  }

  package mutating func onEpochEnd(_ report: EpochReport) -> [Request] {
    guard !report.isRolledBack, let loss = report.logs.number("loss"), loss.isFinite, hasFiniteWeights() else { return [] }
    goodEpoch = report.epoch + 1
    return [.keepState]
  }

  package mutating func onBatchEnd(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    guard report.phase == .train, let loss = report.running.number("loss"), !loss.isFinite else { return [] }
    let reason = "the loss is \(loss.pythonDescription) at batch \(report.batch)"
    if rollbacks < maxRollbacks, let goodEpoch {
      rollbacks += 1
      _ = report.running.logs  // what the batch gave stays what later callbacks are told
      let place = goodEpoch == 0 ? "the beginning" : "the end of epoch \(goodEpoch)"
      let line = "Batch \(report.batch): Invalid loss, going back to \(place) (\(rollbacks) of \(maxRollbacks))\n"
      return [.print(line), .rollBack(RollBack(place: place, factor: factor, reason: reason))]
    }
    if fails { throw CallbackFailure(reason) }
    return [.print("Batch \(report.batch): Invalid loss, terminating training\n"), .stopDiverged(because: reason)]
  }

  package func saveState() -> JSON {
    ["rollbacks": .integer(rollbacks), "good_epoch": goodEpoch.map(JSON.integer) ?? .null]
  }

  package mutating func resume(from state: JSON, _ run: RunReport) {
    rollbacks = state["rollbacks"]?.integerValue ?? 0
    goodEpoch = state["good_epoch"]?.integerValue
  }
}
