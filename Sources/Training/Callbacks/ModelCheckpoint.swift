import Arrays
import Artifacts
import Lambdas
import Plans

/// Saves the model after every epoch, every so many batches or minutes: always, or only when a score has improved.
///
/// The file is the old one or the new one, never a half. Differences from Keras: batches and `save_best_only` go together; a score
/// that can never be there is refused before the first batch, and one that is missing now and then (`validation_freq`) saves
/// nothing; NaN is never the best. Beyond Keras it can delete what is not worth keeping, and remember the best value for the next run.
package struct ModelCheckpoint: Callback {
  static let filepath = Parameter<String>(
    "filepath", "where to save; `{epoch:02d}` and `{val_loss:.2f}` are filled in", .pathTemplate)
  static let monitor = Parameter<String>("monitor", "the score to watch with `save_best_only`", .monitor, default: "val_loss")
  static let verbose = Parameter<Int>("verbose", "1 to say what it does", min: 0, default: 0)
  static let saveBestOnly = Parameter<Bool>("save_best_only", "whether to save only improvements", default: false)
  static let saveWeightsOnly = Parameter<Bool>("save_weights_only", "whether to save the weights alone", default: false)
  static let mode = Monitor.mode
  static let saveFrequency = SaveFrequency.parameter("save_freq")
  static let initialThreshold: Parameter<Double?> = .optional(
    Parameter<Double>("initial_value_threshold", "the value that the first save must improve on", min: -.infinity, max: .infinity)
  )
  static let keepLast = keep("keep_last", "how many of the latest files to keep; the others are deleted")
  static let keepBest = keep("keep_best", "how many of the files with the best `monitor` to keep; the others are deleted")
  static let keepEvery = keep("keep_every", "the files of every n-th epoch are kept, and the latest one")
  static let rememberBest = Parameter<Bool>(
    "remember_best", "whether the best value is kept beside the file, for the next run to improve on", default: false
  ).keywordOnly

  private static func keep(_ name: String, _ help: String) -> Parameter<Int?> {
    Parameter<Int?>.optional(Parameter<Int>(name, help, min: 1)).keywordOnly
  }

  static let entry = Entry(
    .callback,
    Signature(
      "ModelCheckpoint", "Saves the model or its weights, always or when a score has improved.",
      [
        filepath.description, monitor.description, verbose.description, saveBestOnly.description,
        saveWeightsOnly.description, mode.description, saveFrequency.description, initialThreshold.description,
        keepLast.description, keepBest.description, keepEvery.description, rememberBest.description,
      ],
      example: "ModelCheckpoint(\"best.keras\", monitor=\"val_accuracy\", save_best_only=True)"),
    conflict: conflict,
    .callback(
      CallbackTraits(
        results: ["best": .none], settable: [monitor.description, verbose.description, mode.description],
        looksBetweenEpochs: { arguments in
          arguments[saveFrequency.description.name].flatMap(SaveFrequency.init).map {
            looksBetweenEpochs($0, watches: watches(arguments))
          } ?? false
        }, watches: watches, facts: facts)))

  private static func facts(_ arguments: Arguments) -> [String] {
    let what = arguments[saveWeightsOnly] ? "the weights" : "the model"
    let isBest = arguments[saveBestOnly]
    let threshold = isBest ? arguments[initialThreshold].map { " on \(told([$0])[0]), and then" } ?? "" : ""
    let condition = isBest ? " where that improves\(threshold) on the best" : ""
    let rule = KeptFiles.Rule(last: arguments[keepLast], best: arguments[keepBest], every: arguments[keepEvery])
    return ["saves \(what) \(arguments[saveFrequency].text)\(condition)"] + (rule.isGiven ? [rule.fact] : [])
      + (arguments[rememberBest]
        ? ["keeps the best value in `\(BestNote.path(of: PathTemplate(arguments[filepath])))`, for later runs"] : [])
  }

  private static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    if let conflict = SaveFrequency.conflict(saveFrequency.description.name, arguments) { return conflict }
    let keeping = [keepLast, keepBest, keepEvery].map(\.description.name).first { arguments[$0]?.asInteger != nil }
    if let keeping, case .string(let path)? = arguments[filepath.description.name] {
      let names = PathTemplate(path).fields.map(\.name)
      if !names.contains("epoch"), !names.contains("batch") {
        return ArgumentConflict(
          of: keeping, "keeps several files only if each has a name of its own", hint: "put `{epoch}` into `filepath`.")
      }
    }
    if isOn(rememberBest, in: arguments), !isOn(saveBestOnly, in: arguments) {
      return ArgumentConflict(
        of: rememberBest.description.name, "remembers the best value only where the best is saved",
        hint: "add `save_best_only=True`.")
    }
    return nil
  }

  /// Whether a switch is on; one that is not known yet is not. A whole number stands for a switch as in Python.
  private static func isOn(_ parameter: Parameter<Bool>, in arguments: Arguments) -> Bool {
    arguments[parameter.description.name].flatMap { $0.asInteger } ?? 0 != 0
  }

  /// Whether its monitor decides anything.
  private static func watches(_ arguments: Arguments) -> Bool {
    isOn(saveBestOnly, in: arguments) || arguments[keepBest.description.name]?.asInteger != nil
  }

  /// Minutes are looked at after every batch, unless a score is watched, which may be known at the end of an epoch only.
  private static func looksBetweenEpochs(_ frequency: SaveFrequency, watches: Bool) -> Bool {
    switch frequency {
    case .epochs: false
    case .batches: true
    case .minutes: !watches
    }
  }

  package let name = "ModelCheckpoint"
  package let livesOn = true
  package var hooks: Set<Hook> {
    let always: Set<Hook> = kept.rule.isGiven ? [.trainBegin, .trainEnd] : [.trainBegin]
    return always.union(looksBetweenEpochs ? [.trainBatchEnd] : [.epochEnd])
  }
  private let path: PathTemplate
  /// Nil to save always, and to keep by age alone.
  private let monitor: Monitor?
  private let savesBestOnly: Bool
  private let isVerbose: Bool
  private let weightsOnly: Bool
  private let frequency: SaveFrequency
  private let looksBetweenEpochs: Bool
  private let remembersBest: Bool

  /// Kept from fit to fit, as in Keras.
  private(set) var best: Double?
  private var clock: SaveClock
  private var kept: KeptFiles

  package init(
    _ path: PathTemplate, monitor: Monitor? = nil, savesBestOnly: Bool = true, isVerbose: Bool = false, weightsOnly: Bool = false,
    frequency: SaveFrequency = .epochs(1), best: Double? = nil, keepLast: Int? = nil, keepBest: Int? = nil, keepEvery: Int? = nil,
    remembersBest: Bool = false, seconds: @escaping () -> Double = { 0 }
  ) {
    self.path = path
    self.monitor = monitor
    self.savesBestOnly = savesBestOnly && monitor != nil
    self.isVerbose = isVerbose
    self.weightsOnly = weightsOnly
    self.frequency = frequency
    self.best = best
    self.remembersBest = remembersBest
    looksBetweenEpochs = Self.looksBetweenEpochs(frequency, watches: monitor != nil)
    clock = SaveClock(frequency, seconds: seconds)
    kept = KeptFiles(.init(last: keepLast, best: keepBest, every: keepEvery), monitor?.direction ?? .down)
  }

  init(_ arguments: Arguments, in surroundings: CallbackSurroundings) throws(CallbackFailure) {
    let outline = surroundings.outline
    let frequency = arguments[Self.saveFrequency]
    let watches = Self.watches(arguments)
    let isBetween = Self.looksBetweenEpochs(frequency, watches: watches)
    let names = isBetween ? outline.batchNames : outline.epochNames
    let weightsOnly = arguments[Self.saveWeightsOnly]
    let filepath = arguments[Self.filepath]
    let endings = weightsOnly ? FileEndings.weights : FileEndings.checkpoint
    guard weightsOnly ? FileEndings.has(filepath, endings) : FileEndings.isCheckpoint(filepath) else {
      let allowed = endings.map { "`\($0)`" }.joined(separator: " or ") + (weightsOnly ? " with `save_weights_only`" : "")
      throw CallbackFailure("its path must end in \(allowed), but is `\(filepath)`")
    }
    let path = try PathTemplate(checking: filepath)
    if arguments[Self.rememberBest], let obstacle = obstacle(toWriting: BestNote.path(of: path), makingFolders: true) {
      throw CallbackFailure("it \(obstacle)")
    }
    let known = names + ["epoch"] + (isBetween ? ["batch"] : [])
    if isBetween || !outline.hasOtherNames, let unknown = path.fields.map(\.name).first(where: { !known.contains($0) }) {
      throw CallbackFailure("its path needs `\(unknown)`, but this fit only gives `epoch`, \(listed(names))")
    }
    var monitor: Monitor?
    if watches {
      let metric = arguments[Self.monitor]
      if isBetween, !names.contains(metric), outline.epochNames.contains(metric) {
        throw CallbackFailure(
          "with a number of batches as `save_freq`, `\(metric)` is not known yet when it looks; "
            + "monitor one of \(listed(names)), or leave `save_freq` at \"epoch\"")
      }
      monitor = try Monitor(metric, mode: arguments[Self.mode], among: names, of: outline)
    }
    self.init(
      path, monitor: monitor, savesBestOnly: arguments[Self.saveBestOnly], isVerbose: arguments[Self.verbose] > 0,
      weightsOnly: weightsOnly, frequency: frequency, best: arguments[Self.initialThreshold], keepLast: arguments[Self.keepLast],
      keepBest: arguments[Self.keepBest], keepEvery: arguments[Self.keepEvery], remembersBest: arguments[Self.rememberBest],
      seconds: surroundings.seconds)
  }

  package mutating func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request] {
    clock.begin()
    guard remembersBest, let monitor, let note = try BestNote.read(BestNote.path(of: path), monitor),
      monitor.isImprovement(note.value, over: best)
    else { return [] }
    best = note.value
    let value = "`\(monitor.metric)` \(told([note.value])[0]) of epoch \(note.epoch)"
    let decision = Decision(
      .recalled, "only what is better than \(value) is saved", because: "an earlier run saved `\(note.path)`")
    return [.decide(decision)]
      + (isVerbose ? [.print("ModelCheckpoint goes on from \(value), saved as \(note.path)\n")] : [])
  }

  package mutating func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    guard !looksBetweenEpochs, !report.isRolledBack, clock.isTime(atEpoch: report.epoch) else { return [] }
    return try look(epoch: report.epoch, batch: nil, report.logs)
  }

  package mutating func onBatchEnd(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    guard report.phase == .train, looksBetweenEpochs, clock.isTime(atBatch: report.batch) else { return [] }
    return try look(epoch: report.epoch, batch: report.batch, report.running.logs)
  }

  private mutating func look(epoch: Int, batch: Int?, _ logs: Logs) throws(CallbackFailure) -> [Request] {
    let value = monitor.flatMap { logs.number($0.metric) }
    guard savesBestOnly, let monitor else {
      if kept.rule.best != nil, !kept.wouldStay(epoch: epoch + 1, value: value) {
        let reason = monitor.flatMap { monitor in value.map { "`\(monitor.metric)` \(told([$0])[0]) is none of the best" } }
        return notSaved(batch, because: reason ?? "it has no value to be kept for")
      }
      let reason = "\(frequency.text) \(frequency == .epochs(1) || frequency == .batches(1) ? "is" : "one is") saved"
      return try save(epoch, batch, logs, value, announcement: "saving model", because: reason)
    }
    guard let value else { return [] }
    let before = best.map { FloatText.fixed($0, precision: 5) } ?? "None"
    guard monitor.isImprovement(value, over: best) else {
      let line = Request.print("\nEpoch \(epoch + 1): \(monitor.metric) did not improve from \(before)\n")
      return (isVerbose ? [line] : []) + notSaved(batch, because: monitor.comparison(value, best: best))
    }
    let reason = monitor.improvement(value, over: best)
    best = value
    let improvement = "\(monitor.metric) improved from \(before) to \(FloatText.fixed(value, precision: 5)), saving model"
    return try save(epoch, batch, logs, value, announcement: improvement, because: reason)
  }

  /// The decision of an epoch. Batches that are not saved leave none: there may be millions.
  private func notSaved(_ batch: Int?, because reason: @autoclosure () -> String) -> [Request] {
    batch == nil ? [.decide(Decision(.notSaved, "not saved", because: reason()))] : []
  }

  private mutating func save(
    _ epoch: Int, _ batch: Int?, _ logs: Logs, _ value: Double?, announcement: String, because reason: String
  ) throws(CallbackFailure) -> [Request] {
    var fields = logs
    fields["epoch"] = .integer(epoch + 1)
    if let batch, fields["batch"] == nil { fields["batch"] = .integer(batch + 1) }
    let path = try path.filled(with: fields)
    var request = SaveRequest(
      path: path, weightsOnly: weightsOnly,
      announcement: isVerbose ? "\nEpoch \(epoch + 1): \(announcement) to \(path)\n" : "",
      confirmation: isVerbose ? "\nEpoch \(epoch + 1): finished saving model to \(path)\n" : "",
      reason: reason)
    if remembersBest, let monitor, let value {
      let note = BestNote(monitor: monitor, value: value, epoch: epoch + 1, path: path)
      request.note = SaveRequest.Note(path: BestNote.path(of: self.path), text: note.text)
    }
    guard kept.rule.isGiven else { return [.save(request)] }
    let gone = kept.add(path, epoch: epoch + 1, value: value)
    let deletion = DeleteRequest(
      paths: gone, kept: kept.use, heading: isVerbose ? "\nEpoch \(epoch + 1): " : nil, reason: kept.rule.text)
    return [.save(request), .delete(deletion)]
  }

  package func onTrainEnd(_ end: EndReport) -> [Request] {
    kept.use.count == 0 ? [] : [.tellDiskUse(kept.use, because: kept.rule.text)]
  }

  package var results: [String: Value] { ["best": best.map(Value.float) ?? .none] }

  package mutating func setResult(_ name: String, to value: Value) { best = value.asDouble }

  package func saveState() -> JSON {
    ["best": best.map(JSON.float) ?? .null, "clock": clock.json, "kept": kept.json]
  }

  package mutating func resume(from state: JSON, _ run: RunReport) {
    best = state["best"]?.doubleValue
    clock.resume(from: state["clock"])
    kept.resume(from: state["kept"])
  }
}
