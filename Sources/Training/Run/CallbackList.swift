import Arrays
import Artifacts
import Lambdas
import Networks
import Plans
import Tensors

/// The callbacks of one run: tells them what happens, and meets what they ask for.
///
/// Requests are met in list order, each callback's before the next one's turn. One set of logs goes through the list, so a name that one
/// adds the later ones see.
final class CallbackList {
  private var callbacks: [any Callback]
  private let trainee: any Trainee
  let console: Console
  private let listeners: [Hook: [Int]]
  private let batchBeginListeners: ByPhase<[Int]>
  private let batchEndListeners: ByPhase<[Int]>

  /// What a callback has asked for: to end after this batch or epoch.
  var stop: EndReason? { didSet { model?.stopTraining = stop != nil } }
  /// What hooks of scripts see as `model`.
  private let model: HookModel?
  /// Whether a backup was asked for since the last one.
  private(set) var wantsBackup = false
  private(set) var keptWeights: [Int: [NDArray]] = [:]
  private(set) var keptStates: [Int: RunRecord.Part] = [:]
  /// The scores of the epoch when a callback has gone back, so that the rest of the epoch is left out; nil where none has.
  private(set) var scoresBeforeRollBack: Logs?
  var isEpochCutShort: Bool { scoresBeforeRollBack != nil }
  /// The logs of the hook that is being told, with what callbacks have added.
  private(set) var logs = Logs()
  /// Of the callbacks that have functions of the script, in list order.
  private let randomness: [HookRandomness]
  private let profile: StepProfile?
  private let nothingYet = RunningLogs(Logs())
  /// For the words of a failure, and the places of decisions.
  private var epoch: Int?
  private var batch: Int?
  private var isBeforeEpochs = true
  private let decisions: DecisionLog?
  /// What callbacks have done at the batches of this epoch.
  private(set) var turns = BatchTurns()
  /// Whose save is under way, and where the decision that tells of it stands, if it is noted yet.
  private var saves: [Int: Int?] = [:]
  /// For whom the training has begun and not ended: each is told of its end once.
  private var unended: Set<Int> = []
  /// What is being written for the run.
  let files: FilesUnderWay

  init(
    _ callbacks: [any Callback], of trainee: any Trainee, model: HookModel? = nil, randomness: [HookRandomness] = [],
    decisions: DecisionLog? = nil, writer: FileWriter = FileWriter(), on console: Console
  ) {
    self.callbacks = callbacks
    files = FilesUnderWay(writer)
    self.decisions = decisions
    self.randomness = randomness
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
  }

  // MARK: Telling

  func trainBegins(_ run: RunReport) throws(TrainingError) {
    for index in callbacks.indices {
      unended.insert(index)
      guard callbacks[index].hooks.contains(.trainBegin) else { continue }
      try tell(.trainBegin, [index]) { callback throws(CallbackFailure) in try callback.onTrainBegin(run) }
    }
  }

  func trainEnds(_ end: EndReport) throws(TrainingError) {
    noteTurns()
    (epoch, isBeforeEpochs) = (nil, false)
    for index in listeners[.trainEnd] ?? [] { try trainEnds(end, for: index) }
    // Also where there is no backup to wait for them.
    for index in callbacks.indices where !callbacks[index].growingFiles.isEmpty {
      try files.add(.callback(index)) { () throws(TrainingError) in syncs(of: index) }
    }
  }

  /// Tells those who ask for it why the run has failed. What fails there in turn is not told: the first failure counts.
  func trainFails(_ error: TrainingError, _ logs: Logs) {
    noteTurns()
    (epoch, isBeforeEpochs) = (nil, false)
    let end = EndReport(reason: .failed(because: error.failure.message), logs: logs)
    for index in listeners[.trainEnd] ?? [] where callbacks[index].isToldOfFailures {
      do throws(TrainingError) { try trainEnds(end, for: index) } catch { continue }
    }
  }

  private func trainEnds(_ end: EndReport, for index: Int) throws(TrainingError) {
    guard unended.remove(index) != nil else { return }
    try tell(.trainEnd, [index]) { callback throws(CallbackFailure) in try callback.onTrainEnd(end) }
  }

  /// An interrupted training comes to rest; which callbacks may know more then than before.
  func settle() -> Set<Int> { Set(callbacks.indices.filter { callbacks[$0].settle() }) }

  func epochBegins(_ epoch: Int) throws(TrainingError) {
    self.epoch = epoch
    scoresBeforeRollBack = nil
    try tell(.epochBegin) { callback throws(CallbackFailure) in
      try callback.onEpochBegin(EpochReport(epoch: epoch, rates: trainee.rates))
    }
  }

  /// Afterwards `logs` has what the callbacks have added.
  func epochEnds(_ epoch: Int, _ logs: Logs) throws(TrainingError) {
    self.epoch = epoch
    noteTurns()
    self.logs = logs
    try tell(.epochEnd) { callback throws(CallbackFailure) in
      try callback.onEpochEnd(EpochReport(epoch: epoch, logs: self.logs, rates: trainee.rates))
    }
  }

  func batchBegins(_ phase: Phase, epoch: Int, batch: Int) throws(TrainingError) {
    let listeners = batchBeginListeners[phase]
    if listeners.isEmpty { return }
    self.epoch = epoch
    self.batch = phase == .train ? batch : nil
    let report = BatchReport(phase: phase, epoch: epoch, batch: batch, running: nothingYet)
    try tell(phase.batchBegin, listeners) { callback throws(CallbackFailure) in try callback.onBatchBegin(report) }
  }

  func batchEnds(_ phase: Phase, epoch: Int, batch: Int, _ running: RunningLogs) throws(TrainingError) {
    let listeners = batchEndListeners[phase]
    if listeners.isEmpty { return }
    self.epoch = epoch
    self.batch = phase == .train ? batch : nil
    let report = BatchReport(phase: phase, epoch: epoch, batch: batch, running: running)
    try tell(phase.batchEnd, listeners) { callback throws(CallbackFailure) in try callback.onBatchEnd(report) }
  }

  func testBegins() throws(TrainingError) {
    batch = nil
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

  private func tell(
    _ hook: Hook, _ listeners: [Int], _ call: (inout any Callback) throws(CallbackFailure) -> [Request]
  ) throws(TrainingError) {
    for index in listeners {
      let began = profile == nil ? 0 : monotonicNanoseconds()
      defer {
        profile?.add(
          callback: callbacks[index].name, hook: hook.rawValue, nanoseconds: Double(monotonicNanoseconds() - began))
      }
      for request in try attributingFailures(index, { callback throws(CallbackFailure) in try call(&callback) }) {
        try meet(request, of: index)
      }
    }
  }

  private func attributingFailures<Result>(
    _ index: Int, _ body: (inout any Callback) throws(CallbackFailure) -> Result
  ) throws(TrainingError) -> Result {
    do throws(CallbackFailure) {
      return try body(&callbacks[index])
    } catch {
      throw .callback(name: callbacks[index].name, epoch: epoch, error)
    }
  }

  // MARK: Meeting requests

  private func meet(_ request: Request, of index: Int) throws(TrainingError) {
    switch request {
    case .print(let text): console.print(text)
    case .stop(let reason):
      if stop == nil { stop = .stopped(by: callbacks[index].name, because: reason) }
      note(Decision(.stopped, "the training is to stop", because: reason), of: index)
    case .goOn:
      stop = nil
      note(Decision(.wentOn, "the training is to go on after all", because: "it takes the stop back"), of: index)
    case .stopDiverged(let reason):
      stop = .diverged(by: callbacks[index].name, because: reason)
      note(Decision(.stopped, "the training is to stop", because: reason), of: index)
    case .setLearningRate(let rate, let optimizer, let reason):
      let before = trainee.rates[optimizer].value
      trainee.setLearningRate(rate, of: optimizer)
      noteRate(from: before, of: optimizer, because: reason, by: index)
    case .learningRateIsSet(let before, let optimizer, let reason):
      noteRate(from: before, of: optimizer, because: reason, by: index)
    case .decide(let decision): note(decision, of: index)
    case .log(let name, let value): logs[name] = value
    case .save(let save): try self.save(save, of: index)
    case .delete(let deletion): try delete(deletion, of: index)
    case .backUp: wantsBackup = true
    case .useAverages(let wanted): if trainee.averagesAreIn != wanted { trainee.swapAverages() }
    case .keepWeights: keptWeights[index] = trainee.weights
    case .keepState:
      do throws(Failure) { keptStates[index] = try trainee.saveState() } catch { throw .network(error, epoch: epoch) }
    case .rollBack(let way): try rollBack(way, of: index)
    case .restoreKeptWeights(let decision): try restoreKeptWeights(decision, of: index)
    }
  }

  /// The file is written while training goes on, unless something is to be said when it stands.
  private func save(_ save: SaveRequest, of index: Int) throws(TrainingError) {
    let (name, epoch) = (callbacks[index].name, epoch)
    console.print(save.announcement)
    try files.add(.callback(index)) { () throws(TrainingError) in
      let model: FileWriter.Job
      do throws(Failure) { model = try trainee.saving(to: save.path, weightsOnly: save.weightsOnly) } catch {
        throw .callback(name: name, epoch: epoch, CallbackFailure(error.message, at: error.range))
      }
      let writing = FilesUnderWay.Part(
        job: model, error: { .callback(name: name, epoch: epoch, CallbackFailure("\($0)")) },
        settled: { [weak self] fate in self?.saveIsSettled(fate, save.path, of: index) })
      var parts = [writing]
      if let note = save.note { parts.append(part(of: index) { () throws(FileFailure) in try note.write() }) }
      return parts
    }
    saves.updateValue(nil, forKey: index)
    note(Decision(.saved, "saved `\(save.path)`", because: save.reason), ofFilesOf: index)
    if !save.confirmation.isEmpty {
      try files.wait(for: .callback(index))
      console.print(save.confirmation)
    }
  }

  /// A callback has one save under way, so what is told of it is what was told last.
  private func saveIsSettled(_ fate: FilesUnderWay.Fate, _ path: String, of index: Int) {
    guard let place = saves.removeValue(forKey: index) else { return }
    let failure =
      switch fate {
      case .stands: nil as String?
      case .failed(let failure): failure.reason
      case .givenUp(let failure): "\(failure)"
      }
    let decision = failure.map { Decision(.saveFailed, "could not save `\(path)`", because: $0) }
    if let place { decisions?.settle(place, as: decision) } else if let decision { turns.replaceLast(of: index, by: decision) }
  }

  /// What is written for a callback now, and fails in its name.
  private func part(of index: Int, _ job: @escaping FileWriter.Job) -> FilesUnderWay.Part {
    let (name, epoch) = (callbacks[index].name, epoch)
    return .init(job: job) { .callback(name: name, epoch: epoch, CallbackFailure("it \($0)")) }
  }

  /// What waits until the files that callbacks add to are on the disk as they are now.
  var syncs: [FilesUnderWay.Part] { callbacks.indices.flatMap { syncs(of: $0) } }

  private func syncs(of index: Int) -> [FilesUnderWay.Part] {
    callbacks[index].growingFiles.map { file in part(of: index) { () throws(FileFailure) in try file.sync() } }
  }

  /// The rates that are lowered are those of now: a second way back from the same place must not be as fast as the first.
  private func rollBack(_ way: RollBack, of index: Int) throws(TrainingError) {
    guard let state = keptStates[index] else {
      console.print("warning: \(callbacks[index].name) has kept nothing to go back to; the training stops.\n")
      return try meet(.stopDiverged(because: "\(way.reason), and nothing was kept to go back to"), of: index)
    }
    let rates = trainee.rates
    scoresBeforeRollBack = trainee.logs
    // The sums of the scores are set back by the next epoch.
    do throws(Failure) { try trainee.restore(state, withSums: false) } catch { throw .network(error, epoch: epoch) }
    for (optimizer, rate) in rates.enumerated() where rate.isSettable {
      trainee.setLearningRate(rate.value * way.factor, of: optimizer)
    }
    let now = zip(rates, trainee.rates).filter(\.0.isSettable).map { before, now in
      "\(now.title) \(told([before.value, now.value]).joined(separator: " → "))"
    }
    let what = (["back to \(way.place)"] + now).joined(separator: ", ")
    note(Decision(.rolledBack, what, because: way.reason), of: index)
  }

  /// Without kept weights the last ones stay, which is told: they are what the training has come to.
  private func restoreKeptWeights(_ decision: Decision, of index: Int) throws(TrainingError) {
    guard let weights = keptWeights[index] else {
      console.print("warning: \(callbacks[index].name) has kept no weights to put back; the last ones stay.\n")
      return note(Decision(.notRestored, "the last weights stay", because: "no others were kept"), of: index)
    }
    do throws(Failure) { try trainee.setWeights(weights) } catch { throw .network(error, epoch: epoch) }
    note(decision, of: index)
  }

  /// A file that cannot be deleted is told of, and ends no training.
  private func delete(_ deletion: DeleteRequest, of index: Int) throws(TrainingError) {
    if deletion.paths.isEmpty, deletion.heading == nil { return }
    // The newer one must stand, and its size is told.
    try files.wait(for: .callback(index))
    for path in deletion.paths {
      do throws(FileFailure) { try deleteFile(path) } catch { console.print("warning: \(callbacks[index].name) \(error)\n") }
    }
    let bytes = deletion.kept.reduce(0) { $0 + (FileStatus(at: $1)?.size ?? 0) }
    let count = deletion.kept.count
    let use = "\(count) checkpoint\(count == 1 ? " takes" : "s take") \(diskSize(bytes))"
    let gone = deletion.paths.isEmpty ? "" : ", deleted \(deletion.paths.joined(separator: ", "))"
    if let heading = deletion.heading { console.print("\(heading)\(use)\(gone)\n") }
    if !deletion.paths.isEmpty {
      note(Decision(.deleted, "deleted \(listed(deletion.paths)); \(use)", because: deletion.reason), ofFilesOf: index)
    }
  }

  // MARK: Decisions

  private func note(_ decision: Decision, of index: Int) { note(decision, of: index, batch: batch.map { $0 + 1 }) }

  /// Open while it tells of a save that is under way.
  private func note(_ decision: Decision, of index: Int, batch: Int?) {
    let number = epoch.map { $0 + 1 } ?? (isBeforeEpochs ? 0 : nil)
    let isOpen = decision.kind == .saved && saves.keys.contains(index)
    let place = decisions?.add(decision, by: callbacks[index].name, epoch: number, batch: batch, isOpen: isOpen)
    if isOpen { saves.updateValue(place, forKey: index) }
  }

  /// Notes files that are written or deleted. Within an epoch that may be at every batch, which becomes one decision.
  private func note(_ decision: Decision, ofFilesOf index: Int) {
    if let batch { turns.add(decision, of: index, batch: batch + 1) } else { note(decision, of: index) }
  }

  /// Notes a rate that has changed, as above.
  private func noteRate(from before: Double, of optimizer: Int, because reason: String, by index: Int) {
    guard decisions != nil, trainee.rates[optimizer].value != before else { return }
    let rate = BatchTurns.Rate(index, optimizer, from: before, reason)
    if batch == nil { noteRate(rate) } else { turns.add(rate) }
  }

  private func noteRate(_ turn: BatchTurns.Rate) {
    let rate = trainee.rates[turn.optimizer]
    let texts = told([turn.before, rate.value])
    let steps = turn.steps == 1 ? "" : " in \(turn.steps) steps"
    note(Decision(.rate, "\(rate.title) \(texts[0]) → \(texts[1])\(steps)", because: turn.reason), of: turn.callback)
  }

  /// Notes what was done at batches.
  func noteTurns() {
    batch = nil
    for rate in turns.rates { noteRate(rate) }
    for file in turns.files { note(file.folded, of: file.callback, batch: file.times.batch) }
    turns = BatchTurns()
  }

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

  // MARK: State

  var names: [String] { callbacks.map(\.name) }

  func saveStates() throws(TrainingError) -> [JSON] {
    var states: [JSON] = []
    for index in callbacks.indices {
      states.append(try attributingFailures(index) { callback throws(CallbackFailure) in try callback.saveState() })
    }
    return states
  }

  /// What callbacks have for the journal of the backups, with their names.
  func takeRows() throws(TrainingError) -> [(name: String, row: JSON)] {
    var rows: [(String, JSON)] = []
    for index in callbacks.indices {
      let row = try attributingFailures(index) { callback throws(CallbackFailure) in try callback.takeRow() }
      if let row { rows.append((callbacks[index].name, row)) }
    }
    return rows
  }

  /// Bytes of the model that callbacks will keep and have not yet.
  var bytesToKeep: Int {
    func bytes(_ arrays: [NDArray]) -> Int { arrays.reduce(0) { $0 + $1.rawBytes.count } }
    return callbacks.indices.reduce(0) { sum, index in
      switch callbacks[index].keeps {
      case .weights where keptWeights[index] == nil: sum + bytes(trainee.weights)
      case .state where keptStates[index] == nil: sum + bytes((try? trainee.saveState())?.arrays.map(\.array) ?? [])
      default: sum
      }
    }
  }

  /// Where the random numbers of the hooks stand.
  var randomStates: [JSON] { randomness.map(\.state) }

  /// Goes on from a backup and the rows of its journal, by whose they are, instead of `trainBegins`, which is told to callbacks that are
  /// new. The random numbers of a callback that has other generators now begin anew.
  func resume(
    from record: RunRecord, _ rows: [String: [JSON]], _ adaptation: Adaptation, _ run: RunReport
  ) throws(TrainingError) {
    let states = adaptation.placed(record.callbacks.byPlace)
    let draws = adaptation.placed(record.randomness.byPlace)
    for (place, own) in randomness.enumerated() {
      if let state = draws[place] { _ = own.resume(from: state) }
    }
    keptWeights = adaptation.placed(record.keptWeights)
    keptStates = adaptation.placed(record.keptStates)
    turns = record.turns.placed(adaptation.places)
    for index in callbacks.indices {
      unended.insert(index)
      if let state = states[index] {
        try attributingFailures(index) { callback throws(CallbackFailure) in
          if let rows = rows[callback.name] { try callback.restore(rows: rows) }
          try callback.resume(from: state, run)
        }
        for loss in callbacks[index].losses { console.print("warning: \(callbacks[index].name): \(loss)\n") }
      } else if callbacks[index].hooks.contains(.trainBegin), !run.isOver {
        try tell(.trainBegin, [index]) { callback throws(CallbackFailure) in try callback.onTrainBegin(run) }
      }
    }
  }

  /// The callbacks as the run has left them; Keras's keep some of their state from fit to fit.
  var finalCallbacks: [any Callback] { callbacks }
}

extension Array {
  /// Each element under its place.
  fileprivate var byPlace: [Int: Element] { Dictionary(uniqueKeysWithValues: zip(indices, self)) }
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
