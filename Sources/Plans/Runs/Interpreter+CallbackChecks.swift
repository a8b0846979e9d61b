import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// Checks each callback at its place in the list, and compiles the script's own for it.
  ///
  /// `isComplete` is false where one is not known yet; `keys` are those that History will have.
  func checkCallbacks(
    _ watchers: [Watcher], _ call: BoundCall, of model: ModelObject, verb: Run.Verb, data: RunData?, at range: SourceRange
  ) -> (plans: [CallbackPlan], isComplete: Bool, keys: [String]?) {
    guard model.compiled != nil || verb == .predict else { return ([], false, nil) }
    let validation = verb == .fit ? validationState(call) : .none
    var keys = LogKeys(model.compiled, outputNames: model.plan.outputNames, validatesAlways: validation.always)
    let isOpen =
      watchers.contains { if case .entry = $0 { false } else if case .script = $0 { false } else { true } }
      || validation == .unknown
    var plans: [CallbackPlan] = []
    var isComplete = !isOpen
    let optimizer = model.compiled?.optimizer
    let rule = optimizer?.learningRateRule
    var backup: SourceRange?
    for (index, watcher) in watchers.enumerated() {
      switch watcher {
      case .entry(let callback, let place):
        guard case .callback(let traits) = callback.entry.meaning, verb == .fit || traits.actsOutsideTraining else { continue }
        let made = checkEntry(callback, traits, keys, of: model, verb: verb, isOpen: isOpen, at: place, fit: range)
        if traits.backupFolder != nil {
          if let backup { report(.secondBackup(callback.entry.name, at: place, first: backup)) }
          backup = backup ?? place
        }
        if verb == .fit {
          warnOfDelay(callback, traits, call, at: place)
          if traits.setsLearningRate { checkRates(of: callback, call) }
        }
        if traits.changesLearningRate(callback.arguments) || made.functionsSetRate && optimizer?.optimizerMap == nil, let rule {
          let factor = traits.rateFactor(callback.arguments)
          report(.twoLearningRates(callback.entry.name, factor: factor, at: place, scheduleRange: rule.range))
        }
        if traits.needsAverages, !(optimizer?.keepsAverages ?? false) {
          report(.noAverages(callback.entry.name, optimizer: optimizer?.entry.name, at: place))
        }
        if traits.recordsLogs { warnOfLaterKeys(callback, watchers[(index + 1)...], keys, of: optimizer, at: place) }
        keys.add(traits.addedLogs(of: optimizer))
        if let logs = made.logsAfter { keys.atEpochEnd = logs }
        if !callback.missing.isEmpty { isComplete = false }
        plans.append(.entry(made))
      case .script(let instance, let place):
        if let plan = compileHooks(
          of: instance, keys, model: model, verb: verb.rawValue, withValidation: keys.validatesAlways != nil,
          isOpen: isOpen, at: place)
        {
          if let logs = plan.logsAfter { keys.atEpochEnd = logs }
          // Of several optimizers it may mean one that has a number.
          if plan.setsLearningRate, let rule, optimizer?.optimizerMap == nil {
            report(.twoLearningRates(instance.callback.name, at: place, scheduleRange: rule.range))
          }
          checkModelCalls(of: instance, in: Set(plan.bodies.keys), model: model)
          plans.append(.script(plan))
        } else {
          isComplete = false
        }
      case .unknown, .poisoned: isComplete = false
      }
    }
    if verb == .fit {
      warnOfOverwrittenRates(watchers)
      if !isOpen { warnOfLowestRates(watchers, plans, optimizer) }
    }
    return (plans, isComplete, isOpen || keys.atEpochEnd.hasOtherKeys ? nil : keys.epochEnd)
  }

  /// A callback that changes the rate beside one that sets it from the epoch alone.
  private func warnOfOverwrittenRates(_ watchers: [Watcher]) {
    let setters = watchers.compactMap { watcher -> (callback: Configured, range: SourceRange)? in
      guard case .entry(let callback, let range) = watcher, case .callback(let traits) = callback.entry.meaning,
        traits.changesLearningRate(callback.arguments)
      else { return nil }
      return (callback, range)
    }
    guard let scheduler = setters.first(where: \.callback.ignoresItsRate) else { return }
    for setter in setters where setter.callback !== scheduler.callback && !setter.callback.hasFunction {
      report(
        .overwrittenRate(
          setter.callback.entry.name, by: scheduler.callback.entry.name, at: setter.range, schedulerRange: scheduler.range))
    }
  }

  /// A callback that reduces a rate which begins under the lowest one that it sets, where nothing else changes the rate.
  private func warnOfLowestRates(_ watchers: [Watcher], _ plans: [CallbackPlan], _ optimizer: Configured?) {
    guard let rate = optimizer?.arguments["learning_rate"]?.asDouble else { return }
    var setters: [(callback: Configured, range: SourceRange, lowest: String?)] = []
    for case .entry(let callback, let range) in watchers {
      guard case .callback(let traits) = callback.entry.meaning, traits.changesLearningRate(callback.arguments) else { continue }
      setters.append((callback, range, traits.lowestRate))
    }
    let hooksSetIt = plans.contains { plan in
      switch plan {
      case .script(let plan): plan.setsLearningRate
      case .entry(let callback): callback.functionsSetRate
      }
    }
    guard setters.count == 1, !hooksSetIt, case let (callback, range, parameter?)? = setters.first,
      let lowest = callback.arguments[parameter]?.asDouble, Float(rate) <= Float(lowest)
    else { return }
    report(
      .rateUnderLowest(
        callback.entry.name, parameter, lowest: lowest, rate: rate, at: callback.argumentRanges[parameter] ?? range))
  }

  /// Holds a fit against the backup that it would go on from. The run does so again, and says what has changed that does no harm.
  func checkBackup(of fit: FitPlan, _ call: BoundCall) {
    for case .entry(let callback) in fit.callbacks {
      guard case .callback(let traits) = callback.entry.meaning, let parameter = traits.backupFolder,
        let folder = callback.arguments[parameter]?.asString
      else { continue }
      let place = callback.range ?? fit.range
      let kept: KeptFit?
      do throws(Failure) { kept = try surroundings.keptFit(folder) } catch {
        report(.noWholeBackup(callback.entry.name, folder, because: error.message, at: place))
        continue
      }
      guard let kept else { continue }
      guard kept.model == fit.model.plan.name else {
        report(.backupOfOther(folder, because: ["it is of model `\(kept.model)`"], [], at: place))
        continue
      }
      if let seed = surroundings.seed ?? state.settings["seed"]?.asInteger, let before = kept.seed, seed != before {
        report(
          .backupOfOther(
            folder, because: ["it was made with seed \(before)"], ["`seed`: `\(before)` → `\(seed)`"],
            at: surroundings.seed == nil ? state.seedRange ?? place : place))
      }
      for (range, changes) in obstacles(for: fit, call, from: kept, at: place) {
        report(.backupOfOther(folder, because: changes.compactMap(\.obstacle), changes.map(\.text), at: range))
      }
    }
  }

  /// What stands in the way of going on from a backup, by its places in the script. What is not known before the run is the run's to compare.
  private func obstacles(
    for fit: FitPlan, _ call: BoundCall, from kept: KeptFit, at backup: SourceRange
  ) -> [(range: SourceRange, changes: [FitChange])] {
    let parts = fit.placedParts
    var obstacles: [(range: SourceRange, changes: [FitChange])] = []
    for change in kept.meaning.changes(to: FitMeaning(parts.map(\.part)), isInEpoch: kept.isInEpoch) where change.obstacle != nil
    {
      if change.kind == .data, !fit.data.isKnown { continue }
      // Which accuracy is meant is told by the shapes.
      if change.kind == .metric, !fit.data.spec.hasKnownShapes { continue }
      if let setting = change.setting, call[setting]?.value == nil { continue }
      let range = change.place.map { parts[$0].range } ?? backup
      if let index = obstacles.firstIndex(where: { $0.range == range }) {
        obstacles[index].changes.append(change)
      } else {
        obstacles.append((range, [change]))
      }
    }
    return obstacles
  }

  /// Notes the files of callbacks that are checked when their fit is reached, so that a later statement may read them.
  func expectFiles(of watchers: [Watcher]) {
    for case .entry(let callback, _) in watchers {
      for parameter in callback.entry.signature.parameters where [.pathTemplate, .outputPath].contains(parameter.kind.unwrapped) {
        guard let path = callback.arguments[parameter.name]?.asString else { continue }
        let isTemplate = parameter.kind.unwrapped == .pathTemplate
        state.files.expect(isTemplate ? PathPattern(PathTemplate(path)) : PathPattern([.text(path)]))
      }
    }
  }

  /// How often a fit validates, as far as it is known.
  private enum Validation {
    case none, sometimes, always, unknown
    var always: Bool? {
      switch self {
      case .none, .unknown: nil
      case .sometimes: false
      case .always: true
      }
    }
  }

  private func validationState(_ call: BoundCall) -> Validation {
    // A setting that is absent was told to be wrong.
    guard let data = call["validation_data"], let split = call["validation_split"] else { return .unknown }
    if data.value?.isNone ?? false {
      guard let part = split.value?.asDouble else { return .unknown }
      if part == 0 { return .none }
    }
    if case .known(.integer(1))? = call["validation_freq"] { return .always }
    return .sometimes
  }

  /// Checks a callback of the catalog; gives it with its functions compiled for the `logs` of its place, where it has any.
  private func checkEntry(
    _ callback: Configured, _ traits: CallbackTraits, _ keys: LogKeys, of model: ModelObject, verb: Run.Verb, isOpen: Bool,
    at range: SourceRange, fit: SourceRange
  ) -> Configured {
    if callback.missing.isEmpty, let conflict = traits.modelConflict(callback.arguments, model.plan) {
      let place = callback.argumentRanges[conflict.parameter] ?? range
      report(.argumentConflict(conflict, of: callback.entry.name, at: place))
    }
    var functions: [String: Value] = [:]
    for parameter in callback.entry.signature.parameters {
      let isGiven = callback.arguments.given.contains(parameter.name)
      let place = callback.argumentRanges[parameter.name] ?? range
      switch parameter.kind.unwrapped {
      case .monitor where verb == .fit && !isOpen:
        guard let monitor = callback.arguments[parameter.name]?.asString else { continue }
        checkMonitor(monitor, isGiven: isGiven, of: callback, keys, model: model, at: place, fit: fit)
      case .list(.monitor, _, _) where verb == .fit && !isOpen:
        checkScores(callback.arguments[parameter.name], of: callback, keys, at: place)
      case .pathTemplate:
        guard let path = callback.arguments[parameter.name]?.asString else { continue }
        checkTemplate(path, of: callback, traits, keys, isOpen: isOpen, at: place)
        checkCheckpointEnding(path, of: callback, at: place)
        noteCallbackWrite(path, of: callback, traits, keys, model: model, at: place)
      case .outputPath:
        guard let path = callback.arguments[parameter.name]?.asString else { continue }
        if parameter.name == traits.backupFolder || parameter.name == traits.logFolder {
          if let reason = surroundings.reasonFolderNotWritable(path) { report(.cannotWrite(path, reason, at: place)) }
          let kind: FileUses.Write.Kind = parameter.name == traits.backupFolder ? .backup : .log
          noteWrite(.init(path: path, writer: callback.entry.name, kind: kind), at: place)
        } else {
          noteCallbackWrite(path, of: callback, traits, keys, model: nil, at: place)
        }
      case .function where !isOpen:
        guard case .function(let function)? = callback.arguments[parameter.name] else { continue }
        let compiled = compileForLogs(function, parameter: parameter.name, of: callback, keys, model: model, verb: verb)
        if let compiled {
          functions[parameter.name] = .function(compiled)
        }
      default: continue
      }
    }
    if functions.isEmpty { return callback }
    let arguments = Arguments(callback.arguments.values.merging(functions) { $1 }, given: callback.arguments.given)
    return Configured(
      callback.entry, arguments, range: callback.range, serial: callback.serial, missing: callback.missing,
      argumentRanges: callback.argumentRanges, functionTexts: callback.functionTexts)
  }

  private func noteCallbackWrite(
    _ path: String, of callback: Configured, _ traits: CallbackTraits, _ keys: LogKeys, model: ModelObject?, at range: SourceRange
  ) {
    if let reason = surroundings.reasonNotWritable(path) { return report(.cannotWrite(path, reason, at: range)) }
    let weightsOnly = callback.arguments["save_weights_only"]?.isTrue ?? false
    let appends = callback.arguments["append"]?.isTrue ?? false
    let hasFixedColumns = traits.recordsLogs && !keys.atEpochEnd.hasOtherKeys && callback.arguments["merge"]?.isTrue != true
    let template = PathTemplate(path)
    noteWrite(
      .init(
        path: path, writer: callback.entry.name, kind: model == nil ? .other : .model, model: weightsOnly ? nil : model,
        appends: appends, columns: hasFixedColumns ? keys.epochEnd.sorted() : nil,
        pattern: model == nil || template.fields.isEmpty ? nil : PathPattern(template)),
      at: range)
  }

  /// A monitor must be a key that can exist, and its direction must be known.
  private func checkMonitor(
    _ monitor: String, isGiven: Bool, of callback: Configured, _ keys: LogKeys, model: ModelObject, at range: SourceRange,
    fit: SourceRange
  ) {
    // A checkpoint that saves every time reads no monitor.
    guard case .callback(let traits) = callback.entry.meaning, isGiven || traits.watches(callback.arguments) else { return }
    var known = keys.epochEnd
    known += traits.addedLogs(of: model.compiled?.optimizer).filter { !known.contains($0) }
    guard known.contains(monitor) else {
      if keys.mayHave(monitor) { return }
      if monitor.hasPrefix("val_"), keys.validatesAlways == nil, keys.training.contains(String(monitor.dropFirst(4))) {
        return report(.monitorWithoutValidation(monitor, callback.entry.name, isGiven: isGiven, at: range, fit: fit))
      }
      return report(
        .unknownMonitor(
          monitor, callback.entry.name, keys: known, at: range, nearest: Spelling.nearest(to: monitor, among: known)))
    }
    if traits.looksBetweenEpochs(callback.arguments), !keys.training.contains(monitor) {
      return report(.monitorBetweenEpochs(monitor, callback.entry.name, keys: keys.training, at: range))
    }
    if keys.isVector(monitor) { return report(.vectorMonitor(monitor, callback.entry.name, at: range)) }
    guard case .string(let mode)? = callback.arguments["mode"] else { return }
    switch (mode, direction(of: monitor, in: model)) {
    case ("auto", nil): report(.unknownDirection(monitor, callback.entry.name, at: range))
    case ("max", .down?), ("min", .up?):
      report(.contraryMode(mode, of: monitor, callback.entry.name, at: callback.argumentRanges["mode"] ?? range))
    default: break
    }
  }

  /// A list of scores must name some of the fit.
  private func checkScores(_ names: Value?, of callback: Configured, _ keys: LogKeys, at range: SourceRange) {
    guard case .list(let elements)? = names else { return }
    for name in elements.compactMap(\.asString) where !keys.training.contains(name) {
      report(
        .unknownMonitor(
          name, callback.entry.name, keys: keys.training, at: range, nearest: Spelling.nearest(to: name, among: keys.training)))
    }
  }

  /// Which way a score gets better; nil where nothing tells.
  private func direction(of monitor: String, in model: ModelObject) -> Direction? {
    let plain = monitor.hasPrefix("val_") ? String(monitor.dropFirst(4)) : monitor
    if plain == "loss" || (model.compiled?.lossNames(model.plan.outputNames) ?? []).contains(plain) { return .down }
    guard let metric = model.compiled?.metrics.first(where: { $0.logName == plain }),
      case .metric(let traits) = metric.configured.entry.meaning
    else { return nil }
    return traits.direction
  }

  /// A callback that is held back for longer than the training lasts; one of a single epoch is a trial.
  private func warnOfDelay(_ callback: Configured, _ traits: CallbackTraits, _ call: BoundCall, at range: SourceRange) {
    guard callback.missing.isEmpty, let epochs = call["epochs"]?.value?.asInteger,
      let first = call["initial_epoch"]?.value?.asInteger, let delay = traits.delay(callback.arguments, first),
      epochs > 1, delay.epoch > (delay.isForNextEpoch ? epochs - 1 : epochs)
    else { return }
    report(.neverActs(callback.entry.name, delay, epochs: epochs, at: callback.argumentRanges[delay.parameter] ?? range))
  }

  private func checkTemplate(
    _ path: String, of callback: Configured, _ traits: CallbackTraits, _ keys: LogKeys, isOpen: Bool, at range: SourceRange
  ) {
    let template = PathTemplate(path)
    if template.isMalformed { return report(.malformedTemplate(template, at: range)) }
    var known = ["epoch"] + keys.epochEnd
    if traits.looksBetweenEpochs(callback.arguments) { known = ["epoch", "batch"] + keys.training }
    for field in template.fields {
      guard known.contains(field.name) else {
        if isOpen || !traits.looksBetweenEpochs(callback.arguments) && keys.mayHave(field.name) { continue }
        return report(
          .unknownField(field.name, in: path, known: known, at: range, nearest: Spelling.nearest(to: field.name, among: known)))
      }
      // A checkpoint of a best validation is saved only where there was one.
      let watchesValidation = callback.arguments["monitor"]?.asString?.hasPrefix("val_") ?? false
      let isAfterValidation = watchesValidation && callback.arguments["save_best_only"]?.isTrue ?? false
      if field.name.hasPrefix("val_"), keys.validatesAlways == false, !isAfterValidation {
        return report(.fieldOfSomeEpochs(field.name, in: path, callback.entry.name, at: range))
      }
      let sample = ["epoch", "batch"].contains(field.name) ? Value.integer(1) : .float(0.5)
      do { _ = try Operations.format(sample, field.format) } catch {
        return report(.badFieldFormat(field.name, field.format, error.message, at: range))
      }
    }
  }

  private func checkCheckpointEnding(_ path: String, of callback: Configured, at range: SourceRange) {
    guard let weightsOnly = callback.arguments["save_weights_only"] else { return }
    guard weightsOnly.isTrue ? FileEndings.has(path, FileEndings.weights) : FileEndings.isCheckpoint(path) else {
      return report(.checkpointEnding(path, callback.entry.name, weightsOnly: weightsOnly.isTrue, at: range))
    }
  }

  private func warnOfLaterKeys(
    _ recorder: Configured, _ later: ArraySlice<Watcher>, _ keys: LogKeys, of optimizer: Configured?, at range: SourceRange
  ) {
    for watcher in later.reversed() {
      guard case .entry(let callback, let place) = watcher, case .callback(let traits) = callback.entry.meaning else { continue }
      for key in traits.addedLogs(of: optimizer) where !keys.epochEnd.contains(key) {
        return report(
          .recordedTooEarly(key, recorder: recorder.entry.name, adder: callback.entry.name, at: range, adderRange: place))
      }
    }
  }
}

extension Configured {
  private var functions: [FunctionValue] {
    arguments.values.values.compactMap { if case .function(let function) = $0 { function } else { nil } }
  }

  fileprivate var hasFunction: Bool { !functions.isEmpty }

  /// Whether one of its functions sets the learning rate of the model in training.
  package var functionsSetRate: Bool { functions.contains { !$0.setAttributes.isDisjoint(with: HookObjects.rateNames) } }

  /// Whether its function is given the epoch alone.
  fileprivate var ignoresItsRate: Bool { functions.contains { $0.type.parameters.count == 1 } }
}
