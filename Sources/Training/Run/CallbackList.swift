import Arrays
import Artifacts
import Lambdas
import Networks
import Plans
import Tensors

/// The callbacks of one run: tells them what happens, and meets what they ask for (`CallbackList+Requests`).
///
/// Requests are met in list order, each callback's before the next one's turn. One set of logs goes through the list, so a name that one
/// adds the later ones see.
final class CallbackList {
  let seats: [Seat]
  let trainee: any Trainee
  let console: Console
  private let listeners: [Hook: [Int]]
  private let batchBeginListeners: ByPhase<[Int]>
  private let batchEndListeners: ByPhase<[Int]>

  /// What a callback has asked for: to end after this batch or epoch.
  var stop: EndReason? { didSet { model?.stopTraining = stop != nil } }
  /// What hooks of scripts see as `model`.
  private let model: HookModel?
  /// Whether a backup was asked for since the last one.
  var wantsBackup = false
  /// By place in the list.
  var keptWeights: [Int: [NDArray]] = [:]
  var keptStates: [Int: RunRecord.Part] = [:]
  /// The scores of the epoch when a callback has gone back, so that the rest of the epoch is left out; nil where none has.
  var scoresBeforeRollBack: Logs?
  var isEpochCutShort: Bool { scoresBeforeRollBack != nil }
  /// The logs of the hook that is being told, with what callbacks have added.
  var logs = Logs()
  /// Of the callbacks that have functions of the script, in list order.
  let randomness: [HookRandomness]
  private let profile: StepProfile?
  private let nothingYet = RunningLogs(Logs())
  let notes: DecisionNotes
  /// For the words of a failure.
  var epoch: Int? { notes.epoch }
  /// For whom the training has begun and not ended: each is told of its end once.
  var unended: Set<Int> = []
  /// What is being written for the run.
  let files: FilesUnderWay
  /// By place, where hooks may reach the callback by a name of the script.
  let handles: [CallbackHandle?]
  /// The callback that is being told something.
  private var speaker: Int?

  init(
    _ callbacks: [any Callback], of trainee: any Trainee, model: HookModel? = nil, randomness: [HookRandomness] = [],
    handles: [CallbackHandle?] = [],
    decisions: DecisionLog? = nil, writer: FileWriter = FileWriter(), on console: Console
  ) {
    seats = callbacks.map(Seat.init)
    files = FilesUnderWay(writer)
    notes = DecisionNotes(decisions, of: callbacks.map(\.name), rates: trainee)
    self.randomness = randomness
    self.handles = handles
    self.model = model
    self.trainee = trainee
    profile = trainee.profile
    self.console = console
    var listeners: [Hook: [Int]] = [:]
    for (index, callback) in callbacks.enumerated() {
      for hook in callback.hooks { listeners[hook, default: []].append(index) }
    }
    self.listeners = listeners
    batchBeginListeners = ByPhase(
      train: listeners[.trainBatchBegin] ?? [], test: listeners[.testBatchBegin] ?? [],
      predict: listeners[.predictBatchBegin] ?? [])
    batchEndListeners = ByPhase(
      train: listeners[.trainBatchEnd] ?? [], test: listeners[.testBatchEnd] ?? [], predict: listeners[.predictBatchEnd] ?? [])
    for (place, handle) in handles.enumerated() { handle?.enter(self, at: place) }
  }

  // MARK: Telling

  func trainBegins(_ run: RunReport) throws(TrainingError) {
    for index in seats.indices {
      unended.insert(index)
      guard seats[index].callback.hooks.contains(.trainBegin) else { continue }
      try tell(.trainBegin, [index]) { callback throws(CallbackFailure) in try callback.onTrainBegin(run) }
    }
  }

  func trainEnds(_ end: EndReport) throws(TrainingError) {
    notes.trainingEnds()
    for index in listeners[.trainEnd] ?? [] { try trainEnds(end, for: index) }
    // Also where there is no backup to wait for them.
    for index in seats.indices where !seats[index].callback.growingFiles.isEmpty {
      try files.add(.callback(index)) { () throws(TrainingError) in syncs(of: index) }
    }
  }

  /// Tells those who ask for it why the run has failed. What fails there in turn is not told: the first failure counts.
  func trainFails(_ error: TrainingError, _ logs: Logs) {
    notes.trainingEnds()
    var name: String?
    if case .callback(let failing, _, _) = error { name = failing }
    let end = EndReport(reason: .failed(by: name, because: error.failure.message), logs: logs)
    for index in listeners[.trainEnd] ?? [] where seats[index].callback.isToldOfFailures {
      do throws(TrainingError) { try trainEnds(end, for: index) } catch { continue }
    }
  }

  private func trainEnds(_ end: EndReport, for index: Int) throws(TrainingError) {
    guard unended.remove(index) != nil else { return }
    try tell(.trainEnd, [index]) { callback throws(CallbackFailure) in try callback.onTrainEnd(end) }
  }

  /// An interrupted training comes to rest; which callbacks may know more then than before.
  func settle() -> Set<Int> { Set(seats.indices.filter { seats[$0].callback.settle() }) }

  func epochBegins(_ epoch: Int) throws(TrainingError) {
    notes.epochBegins(epoch)
    scoresBeforeRollBack = nil
    try tell(.epochBegin) { callback throws(CallbackFailure) in
      try callback.onEpochBegin(EpochReport(epoch: epoch, rates: trainee.rates))
    }
  }

  /// Afterwards `logs` has what the callbacks have added.
  func epochEnds(_ epoch: Int, _ logs: Logs) throws(TrainingError) {
    notes.epochBegins(epoch)
    notes.noteTurns()
    self.logs = logs
    try tell(.epochEnd) { callback throws(CallbackFailure) in
      try callback.onEpochEnd(EpochReport(epoch: epoch, logs: self.logs, rates: trainee.rates, isRolledBack: isEpochCutShort))
    }
  }

  func batchBegins(_ phase: Phase, epoch: Int, batch: Int) throws(TrainingError) {
    let listeners = batchBeginListeners[phase]
    if listeners.isEmpty { return }
    notes.batchBegins(epoch: epoch, batch: phase == .train ? batch : nil)
    let report = BatchReport(phase: phase, epoch: epoch, batch: batch, running: nothingYet)
    try tell(phase.batchBegin, listeners) { callback throws(CallbackFailure) in try callback.onBatchBegin(report) }
  }

  func batchEnds(_ phase: Phase, epoch: Int, batch: Int, _ running: RunningLogs) throws(TrainingError) {
    let listeners = batchEndListeners[phase]
    if listeners.isEmpty { return }
    notes.batchBegins(epoch: epoch, batch: phase == .train ? batch : nil)
    let report = BatchReport(phase: phase, epoch: epoch, batch: batch, running: running)
    try tell(phase.batchEnd, listeners) { callback throws(CallbackFailure) in try callback.onBatchEnd(report) }
  }

  func testBegins() throws(TrainingError) {
    notes.isBetweenBatches()
    try tell(.testBegin) { callback throws(CallbackFailure) in try callback.onTestBegin() }
  }

  func testEnds(_ logs: Logs) throws(TrainingError) {
    try tell(.testEnd) { callback throws(CallbackFailure) in try callback.onTestEnd(logs) }
  }

  func predictBegins() throws(TrainingError) {
    try tell(.predictBegin) { callback throws(CallbackFailure) in try callback.onPredictBegin() }
  }

  func predictEnds() throws(TrainingError) {
    try tell(.predictEnd) { callback throws(CallbackFailure) in try callback.onPredictEnd() }
  }

  private func tell(
    _ hook: Hook, _ call: (inout any Callback) throws(CallbackFailure) -> [Request]
  ) throws(TrainingError) {
    if let listeners = listeners[hook] { try tell(hook, listeners, call) }
  }

  func tell(
    _ hook: Hook, _ listeners: [Int], _ call: (inout any Callback) throws(CallbackFailure) -> [Request]
  ) throws(TrainingError) {
    for index in listeners {
      let began = profile == nil ? 0 : monotonicNanoseconds()
      defer {
        profile?.add(
          callback: seats[index].callback.name, hook: hook.rawValue, nanoseconds: Double(monotonicNanoseconds() - began))
      }
      let requests: [Request]
      do throws(TrainingError) {
        requests = try attributingFailures(index) { callback throws(CallbackFailure) in try call(&callback) }
      } catch {
        // What a hook has done before it failed is done.
        do throws(TrainingError) { try meetModel(of: index) } catch { console.print("warning: \(error.failure.message)\n") }
        throw error
      }
      try meetModel(of: index)
      for request in requests { try meet(request, of: index) }
    }
  }

  /// What a hook of the script has asked of `model`.
  private func meetModel(of index: Int) throws(TrainingError) {
    guard let model else { return }
    for request in model.takeRequests() { try meet(request, of: index) }
    if model.stopTraining != (stop != nil) {
      try meet(model.stopTraining ? .stop(because: "it sets `model.stop_training`") : .goOn, of: index)
    }
  }

  func attributingFailures<Result>(
    _ index: Int, _ body: (inout any Callback) throws(CallbackFailure) -> Result
  ) throws(TrainingError) -> Result {
    speaker = index
    do throws(CallbackFailure) {
      return try body(&seats[index].callback)
    } catch {
      throw .callback(name: seats[index].callback.name, epoch: epoch, error)
    }
  }

  /// A callback's place in the list: an object of its own, so that the hook of one may reach another.
  final class Seat {
    var callback: any Callback
    init(_ callback: any Callback) { self.callback = callback }
  }

  /// A hook has set something of the callback at a place.
  func noteSetting(_ name: String, of place: Int, from before: Value, to now: Value) {
    guard let speaker else { return }
    let texts = [before, now].map(Operations.representation)
    if texts[0] == texts[1] { return }
    let what = "`\(name)` of \(seats[place].callback.name) \(texts[0]) → \(texts[1])"
    notes.noteBetweenBatches(Decision(.set, what, because: "its hook sets it"), of: speaker)
  }

  // MARK: What was asked for

  /// A backup is written now.
  func backupIsDone() { wantsBackup = false }

  /// An evaluation or prediction begins.
  func passBegins() {
    model?.stopEvaluating = false
    model?.stopPredicting = false
  }

  /// Whether a hook has asked for the end of the evaluation or prediction.
  func isPassOver(_ phase: Phase) -> Bool {
    switch phase {
    case .train: false
    case .test: model?.stopEvaluating ?? false
    case .predict: model?.stopPredicting ?? false
    }
  }

  var names: [String] { seats.map(\.callback.name) }

  /// The callbacks as the run has left them; Keras's keep some of their state from fit to fit.
  var finalCallbacks: [any Callback] { seats.map(\.callback) }
}

extension Phase {
  fileprivate var batchBegin: Hook {
    switch self {
    case .train: .trainBatchBegin
    case .test: .testBatchBegin
    case .predict: .predictBatchBegin
    }
  }

  fileprivate var batchEnd: Hook {
    switch self {
    case .train: .trainBatchEnd
    case .test: .testBatchEnd
    case .predict: .predictBatchEnd
    }
  }
}
