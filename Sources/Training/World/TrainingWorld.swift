import Arrays
import Artifacts
import Datasets
import Diagnostics
import Glibc
import Lambdas
import Networks
import Plans
import Tensors

/// The run: carries out what a plan says, over networks, data and files.
///
/// Owns the seed, the threads that compute, the clock and the console of one script. A network is made when its model is
/// first needed, and lives in the model's object.
package final class TrainingWorld: World {
  package struct Settings {
    /// Nil to draw one, which is then printed.
    package var seed: Int?
    package var threads: Int
    /// How the operands of layers' products and convolutions enter them.
    package var precision: OperandPrecision
    /// No progress lines; what scripts print stays.
    package var isQuiet: Bool
    /// Where the time of every batch is added up; nil to run without timing.
    package var profile: StepProfile?
    /// Whether a session goes on after every statement: an interrupted training then ends like one that a callback stops, and the
    /// backup of a whole one is deleted at once.
    package var isSession: Bool
    /// Where the decisions of callbacks are kept as lines; nil for memory alone.
    package var decisionsPath: String?
    package init(
      seed: Int? = nil, threads: Int = 1, precision: OperandPrecision = .float32, isQuiet: Bool = false,
      profile: StepProfile? = nil, isSession: Bool = false, decisionsPath: String? = nil
    ) {
      self.seed = seed
      self.threads = threads
      self.precision = precision
      self.isQuiet = isQuiet
      self.profile = profile
      self.isSession = isSession
      self.decisionsPath = decisionsPath
    }
  }

  /// What every random number of the run follows from.
  package private(set) var seed: Int
  package let console: Console
  package let interrupt: InterruptFlag
  /// What `time()` gives.
  package let clock: RunClock
  /// How the last fit ended; nil before one has.
  package private(set) var lastEnd: EndReason?
  /// The history of the last fit, also of one that was interrupted.
  package private(set) var lastHistory: HistoryObject?

  private(set) var settings: Settings
  let catalog: Catalog
  let machine: Machine
  private var pool: Pool?
  private var hasAnnouncedSeed: Bool
  /// The backups of trainings that are over, until the script has ended well: no other run may take them before.
  private var finishedBackups: [FolderBackup] = []
  /// The folders of trainings to come that were there when the run began: no other run may take them meanwhile.
  private var reservedBackups: [FileStatus.Identity: FolderBackup] = [:]
  package var finishedBackupFolders: [String] { finishedBackups.map(\.folder) }
  /// How a script that ends now goes on: a clause behind a semicolon; empty where it begins anew.
  package var wayOn: String {
    let folders = finishedBackupFolders.map { "`\($0)`" }.joined(separator: ", ")
    return folders.isEmpty ? "" : "; started again, the script goes on from there by the backup in \(folders)"
  }
  /// How many evaluations and predictions there have been: each has random numbers of its own.
  private var evaluations = 0
  private let callbacks: CallbackFactory
  /// Writes what trainings save while they go on; between two statements it has nothing to do.
  private let writer = FileWriter()
  /// How many layers of each class are called outside of models.
  var calledLayers: [String: Int] = [:]
  /// The layers that functions of data sets call.
  var chains: [WeakChain] = []
  struct WeakChain { weak var chain: AppliedLayers? }
  /// What callbacks have decided, with their reasons.
  package let decisions: DecisionLog
  /// What its trainings have come to.
  package private(set) var result = RunResult()

  /// `machine` runs the script's functions; from now on it prints on the console and tells the run's time.
  package init(
    _ settings: Settings, catalog: Catalog, console: Console, interrupt: InterruptFlag = InterruptFlag(),
    machine: Machine = Machine()
  ) {
    self.settings = settings
    self.catalog = catalog
    self.console = console
    self.interrupt = interrupt
    self.machine = machine
    let clock = RunClock(now: console.now)
    self.clock = clock
    callbacks = CallbackFactory(machine: machine, console: console, clock: clock)
    decisions = DecisionLog(path: settings.decisionsPath) { console.print($0) }
    machine.print = { console.print($0) }
    machine.clock = { clock.seconds }
    seed = settings.seed ?? Int.random(in: 0..<1 << 31)
    hasAnnouncedSeed = settings.seed != nil || settings.isQuiet
  }

  package var threads: Int { settings.threads }
  package var precision: OperandPrecision { settings.precision }

  /// Whether the seed and the threads have been used, so that they stay.
  package var isSettled: Bool { pool != nil }

  /// Takes other settings before anything has used them.
  package func settle(seed: Int?, threads: Int, precision: OperandPrecision) {
    precondition(!isSettled, "settings are changed before anything depends on them")
    settings.threads = threads
    settings.precision = precision
    guard let seed else { return }
    self.seed = seed
    hasAnnouncedSeed = true
  }

  /// Deletes the backups of all fits, now that the script has ended well, as their callbacks ask.
  package func deleteFinishedBackups() throws(Failure) {
    decisions.sync()
    let folders = finishedBackupFolders
    finishedBackups = []
    do throws(FileFailure) { try FolderBackup.delete(folders) } catch { throw TrainingError.file(error).failure }
  }

  package func write(_ text: String) { console.print(text) }
  package let remarks = Remarks()

  /// So many remarks are told one by one.
  private static let mostRemarks = 5

  /// Tells what has been noticed of the data of a run that is over.
  private func tellRemarks() {
    let noticed = remarks.take()
    for remark in noticed.prefix(Self.mostRemarks) { console.print("warning: \(remark).\n") }
    if noticed.count > Self.mostRemarks { console.print("warning: and \(noticed.count - Self.mostRemarks) more of the kind.\n") }
  }

  // MARK: fit

  package func fit(_ plan: FitPlan) throws(Failure) -> HistoryObject {
    let network = try compiledNetwork(of: plan.model)
    network.settle(plan.model.plan)
    let chains = chainsOfFunctions(on: network)
    for chain in chains { chain.keepWeights() }
    defer { for chain in chains { chain.useLivingWeights() } }
    return try fit(plan, network)
  }

  /// What functions of data sets call that has layers of a network: threads make elements ahead of the training, and would find the weights
  /// of one step or another.
  private func chainsOfFunctions(on network: Network) -> [AppliedLayers] {
    chains.removeAll { $0.chain == nil }
    let trained = Set(network.configuredLayers.map(ObjectIdentifier.init))
    return chains.compactMap(\.chain).filter { chain in chain.allLayers.contains { trained.contains(ObjectIdentifier($0)) } }
  }

  private func fit(_ plan: FitPlan, _ network: Network) throws(Failure) -> HistoryObject {
    let name = plan.model.plan.name
    // Before anything is done: another run may be in its folder.
    let (backup, isDeletedAtEnd) = try openBackup(plan)
    announceSeed()
    network.fit += 1
    if self.settings.isSession, let backup {
      // What is typed again goes on with the random numbers of what was typed before.
      do throws(TrainingError) { network.fit = try backup.number ?? network.fit } catch { throw error.failure }
    }
    network.randomStep = 0
    let stream = RandomStream(seed: seed, name, "fit").substream(network.fit)
    let data = try FitData(plan, for: network, stream: stream)

    let trainee = NetworkTrainee(
      network,
      training: try data.training.feed(network, .train, threads: self.settings.threads, classWeights: data.classWeights),
      testing: try data.validation?.feed(network, .test, threads: self.settings.threads),
      learningRate: { [self] network throws(Failure) in try setLearningRateOfStep(of: network) },
      saving: { path, weightsOnly throws(Failure) in try ModelFiles.saving(network, to: path, weightsOnly: weightsOnly) })
    let settings = try settings(of: plan, data, stream)
    try trainee.prepare(
      trainingBatch: settings.batchSize, testBatch: settings.validation.map { min($0.data.batchSize, $0.data.exampleCount) })
    let model = HookModel(trainee)
    let history = History(after: plan.callbacks.lazy.compactMap(\.heldHistory).first)
    let made = try self.callbacks.make(
      plan.callbacks, outline: FitOutline(of: network, hasValidation: data.validation != nil), model: model, of: plan.model,
      params: params(verbose: plan.verbose, epochs: plan.epochs, steps: settings.steps),
      stream: settings.stream.substream("callbacks"))
    history.object.parameters = [
      ("verbose", .integer(plan.verbose ?? 1)), ("epochs", .integer(plan.epochs)),
      ("steps", settings.steps.map(Value.integer) ?? .none), ("seed", .integer(seed)),
    ]
    lastHistory = history.object
    for case .entry(let callback) in plan.callbacks where callback.entry.name == History.entry.name {
      callback.held = history.object
    }

    let callbacks = made.map(\.callback) + [history]
    decisions.beginFit(of: name)
    var identity = RunRecord.Identity(
      model: name, fit: self.settings.isSession ? 0 : network.fit, loopRounds: plan.site.loopRounds, seed: seed,
      callbacks: made.map { $0.object.map { CallbackPlan.entry($0).key } ?? $0.callback.name } + [history.name],
      meaning: plan.meaning, script: plan.range.source.text, ranges: plan.placedParts.map(\.range),
      rate: (plan.outline ?? plan.model).compiled?.optimizer.arguments["learning_rate"]?.asDouble)
    identity.number = network.fit
    defer { tellRemarks() }
    if backup != nil, !self.settings.isSession { identity.start = start(of: trainee, data) }
    do throws(TrainingError) {
      let trainer = Trainer(
        trainee, settings, callbacks: callbacks, identity: identity, model: model, randomness: made.map(\.randomness),
        handles: made.map(\.handle), backup: backup, interrupt: interrupt, clock: clock, decisions: decisions, writer: writer,
        console: console)
      let end = try interrupt.watched { () throws(TrainingError) in try trainer.fit() }
      lastEnd = end
      self.callbacks.keepLivingStates(of: made, as: trainer.finalCallbacks)
      if end == .interrupted, !self.settings.isSession {
        throw TrainingError.interrupted(task: "the training of `\(name)`", backup: backup?.folder)
      }
      if trainer.isOfTwoScripts { result.isOfTwoScripts = true }
      // What is typed ends with no line of its result.
      if !self.settings.isSession {
        result.add(
          model: name, data: data.fingerprints, weights: network.getWeights(),
          history: history.object)
      }
      if let backup, end.isGood, isDeletedAtEnd {
        if self.settings.isSession {
          try backup.delete()
        } else {
          backup.rest()
          finishedBackups.append(backup)
        }
      }
    } catch {
      decisions.noteFailure(error.failure.message)
      throw error.failure
    }
    return history.object
  }

  private func settings(of plan: FitPlan, _ data: FitData, _ stream: RandomStream) throws(Failure) -> FitSettings {
    let count = data.training.count
    let batchSize = data.training.batchSize(
      plan.batchSize
        ?? plan.stepsPerEpoch.flatMap { steps in
          count.map { max(1, ($0 - 1) / steps + 1) }
        })
    var validation: FitSettings.Validation?
    if let data = data.validation {
      validation = FitSettings.Validation(
        frequency: plan.validationFrequency,
        data: try data.tested(plan.validationBatchSize ?? batchSize, stepLimit: plan.validationSteps))
    }
    return FitSettings(
      epochs: plan.epochs, initialEpoch: plan.initialEpoch, exampleCount: count, batchSize: batchSize,
      stepsPerEpoch: plan.stepsPerEpoch, shuffle: data.training.isStream ? .none : plan.shuffle, validation: validation,
      verbose: verbose(plan.verbose), stream: stream)
  }

  /// What its backup remembers that it began with.
  private func start(of trainee: NetworkTrainee, _ data: FitData) -> RunRecord.Start {
    RunRecord.Start(
      kernels: Pool.kernelLevel, rates: trainee.rates.map(\.value), weights: trainee.weights.map { String($0.fingerprint) },
      data: data.fingerprints)
  }

  private func openBackup(_ plan: FitPlan) throws(Failure) -> (backup: FolderBackup?, isDeletedAtEnd: Bool) {
    var opened: (backup: FolderBackup?, isDeletedAtEnd: Bool) = (nil, false)
    for case .entry(let callback) in plan.callbacks where callback.entry.name == BackupAndRestore.entry.name {
      let arguments = callback.arguments
      do throws(TrainingError) {
        if opened.backup != nil { throw .data(reason: "a `fit` has one `BackupAndRestore` at most, and this one has several") }
        let folder: String
        do throws(CallbackFailure) { folder = try BackupAndRestore.folder(arguments) } catch {
          throw .callback(name: callback.entry.name, epoch: nil, error)
        }
        if let backup = reserved(folder) { opened.backup = backup } else { opened.backup = try openedBackup(inFolder: folder) }
        opened.isDeletedAtEnd = arguments[BackupAndRestore.deleteCheckpoint]
      } catch {
        if case .file(.inUse(let folder, let pid)) = error, pid == Int(getpid()) {
          let reason = "it is that of another `fit` of this script, which is over; give each its own folder"
          throw TrainingError.backup(folder: folder, reason: reason).failure(at: callback.range)
        }
        throw error.failure(at: callback.range)
      }
    }
    return opened
  }

  private func openedBackup(inFolder folder: String) throws(TrainingError) -> FolderBackup {
    try FolderBackup(folder, note: { [console] in console.print($0) })
  }

  /// Takes the backup folders of trainings to come, as far as they are there, before anything is done: who starts a run where another one
  /// is under way need not wait for its data to be told.
  package func reserve(_ folders: [(path: String, range: SourceRange)]) throws(Failure) {
    for (path, range) in folders {
      guard let folder = FileStatus(at: path), folder.kind == .folder, reservedBackups[folder.identity] == nil else { continue }
      do throws(TrainingError) { reservedBackups[folder.identity] = try openedBackup(inFolder: path) } catch {
        throw error.failure(at: range)
      }
    }
  }

  /// The folder if it was taken before, under whichever of its names; from now on it is the caller's.
  private func reserved(_ path: String) -> FolderBackup? {
    FileStatus(at: path).flatMap { reservedBackups.removeValue(forKey: $0.identity) }
  }

  // MARK: evaluate, predict

  package func evaluate(_ plan: EvaluatePlan) throws(Failure) -> ScoresObject {
    let network = try compiledNetwork(of: plan.model)
    let data = try Examples(plan.data, "the data to evaluate on").batched(plan.batchSize ?? 32)
    try data.check(for: network)
    let (evaluation, trainee) = try evaluation(plan, network, data, .test)
    defer { tellRemarks() }
    let logs: Logs
    do throws(TrainingError) { logs = try interrupt.watched { () throws(TrainingError) in try evaluation.evaluate() } } catch {
      throw failure(ofEvaluation: error)
    }
    return ScoresObject(trainee.scoreNames.map { ($0, logs[$0] ?? .none) })
  }

  /// An interruption says how the script goes on.
  private func failure(ofEvaluation error: TrainingError) -> Failure {
    let failure = error.failure
    guard failure.isInterruption else { return failure }
    return Failure(failure.message + wayOn, at: failure.range, isInterruption: true)
  }

  package func predict(_ plan: EvaluatePlan) throws(Failure) -> Value {
    let network = try network(of: plan.model)
    let data = try Examples(plan.data, "the data to predict from").batched(plan.batchSize ?? 32)
    let (evaluation, _) = try evaluation(plan, network, data, .predict)
    defer { tellRemarks() }
    let outputs: [NDArray]
    do throws(TrainingError) { outputs = try interrupt.watched { () throws(TrainingError) in try evaluation.predict() } } catch {
      throw failure(ofEvaluation: error)
    }
    switch plan.model.plan.outputStructure {
    case .single: return .array(outputs[0])
    case .list: return .list(outputs.map(Value.array))
    case .dict(let names): return .dict(DictValue(Array(zip(names, outputs.map(Value.array)))))
    }
  }

  private func evaluation(
    _ plan: EvaluatePlan, _ network: Network, _ data: Examples, _ mode: StepMode
  ) throws(Failure) -> (Evaluation, NetworkTrainee) {
    let feed = try data.feed(network, mode, threads: settings.threads)
    let trainee = NetworkTrainee(
      network, testing: mode == .test ? feed : nil, predicting: mode == .predict ? feed : nil,
      saving: { path, weightsOnly throws(Failure) in try ModelFiles.saving(network, to: path, weightsOnly: weightsOnly) })
    let test = try data.tested(plan.batchSize ?? 32, stepLimit: plan.steps)
    let model = HookModel(trainee)
    evaluations += 1
    let callbacks = try self.callbacks.make(
      plan.callbacks, outline: FitOutline(of: network, hasValidation: false), model: model, of: plan.model,
      params: params(verbose: plan.verbose, epochs: 1, steps: test.steps),
      stream: RandomStream(seed: seed, plan.model.plan.name, "evaluate").substream(evaluations))
    let evaluation = Evaluation(
      of: trainee, on: test, callbacks: callbacks.map(\.callback), model: model, verbose: verbose(plan.verbose),
      interrupt: interrupt, writer: writer, console: console)
    return (evaluation, trainee)
  }

  package var columns: Int { console.columns ?? 80 }

  /// The threads that compute, from when they are first asked for.
  func computingThreads() throws(Failure) -> Pool {
    if let pool { return pool }
    let made: Pool
    do throws(TensorsError) { made = try Pool(threads: settings.threads) } catch { throw Failure(error.description) }
    pool = made
    return made
  }

  private func announceSeed() {
    guard !hasAnnouncedSeed else { return }
    hasAnnouncedSeed = true
    console.print("seed \(seed) (drawn; `--seed \(seed)` trains the same again)\n")
  }

  private func verbose(_ asked: Int?) -> Int? { settings.isQuiet ? 0 : asked }

  private func params(verbose: Int?, epochs: Int, steps: Int?) -> Value {
    .dict(
      DictValue([
        ("verbose", .integer(verbose ?? 1)), ("epochs", .integer(epochs)), ("steps", steps.map(Value.integer) ?? .none),
      ]))
  }
}

extension CallbackPlan {
  /// What the last fit with this `History()` of the script has left.
  fileprivate var heldHistory: HistoryObject? {
    if case .entry(let callback) = self { callback.held as? HistoryObject } else { nil }
  }
}
