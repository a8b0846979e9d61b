import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// `fit MODEL on DATA { … }` and its siblings.
  func walkRun(_ run: Run) throws(Interruption) -> Meaning {
    let stepsBefore = plan.steps.count
    defer { if plan.steps.count == stepsBefore, !plan.isFull { plan.add(.call(run.planText), at: run.range) } }
    let model = try modelOperand(run.model)
    let data = try evaluate(run.data)
    let block = run.settings?.statements.lazy.compactMap { statement -> (Block, SourceRange)? in
      if case .callbacks(let block) = statement.kind { (block, statement.range) } else { nil }
    }.first
    return try perform(
      run.verb, model, data: data, dataRange: run.data.range, settingArguments(run.settings), callbacksBlock: block,
      at: run.range.upToBrace.firstLine, model: run.model.range)
  }

  /// The model that a statement names; told if it is none.
  func modelOperand(_ expression: Expression) throws(Interruption) -> Meaning {
    let meaning = try evaluate(expression)
    switch meaning {
    case .known(.object(let object)):
      if let model = object as? ModelObject { return model.isBroken ? .poisoned : meaning }
      if let models = object as? ScriptClass, models.kind == .model {
        report(.modelClassUsed(models.name.text, at: expression.range))
        return .poisoned
      }
      report(.notAModel(meaning.shownText, at: expression.range))
      return .poisoned
    case .unknown(let type) where Admitter.couldBe(type, .model): return meaning
    case .poisoned: return .poisoned
    default:
      report(.notAModel(meaning.shownText, at: expression.range))
      return .poisoned
    }
  }

  /// Binds, checks and, in the run, carries out a run of a model.
  func perform(
    _ verb: Run.Verb, _ model: Meaning, data: Meaning, dataRange: SourceRange, _ settings: [GivenArgument],
    callbacksBlock: (Block, SourceRange)?, at range: SourceRange, model modelRange: SourceRange
  ) throws(Interruption) -> Meaning {
    let call = try bind(settings, to: RunParameters.of(verb.rawValue, asMethod: false), of: verb.rawValue, at: range)
    let watchers: [Watcher]
    if let (block, place) = callbacksBlock {
      watchers = try readCallbacks(block, at: place)
    } else {
      watchers = try readCallbacks(
        call["callbacks"], at: call.ranges["callbacks"] ?? range, elements: call.elementRanges["callbacks"] ?? [])
    }
    guard let network = model.object(ModelObject.self) else {
      if !model.isPoisoned {
        try needValue(at: modelRange)
        deferCheck(of: range)
        expectFiles(of: watchers)
      }
      return resultType(of: verb, model: nil, call, data: nil)
    }
    let data = verb == .predict ? inputsAlone(data, of: network) : data
    let reading = readData(data, for: network, at: dataRange)
    var known: RunData?
    switch reading {
    case .known(var data):
      data.source = dataRange.onOneLine
      known = data
    case .unknown:
      try needValue(at: dataRange)
      deferCheck(of: dataRange)
    case .poisoned: break
    }
    if let known, !network.hasPlan {
      try build(network, for: known.spec.inputs, at: modelRange)
      warnOfCompile(network, lossRange: modelRange, optimizerRange: modelRange)
    }
    if network.isBroken { return resultType(of: verb, model: nil, call, data: known) }
    if network.sequence != nil, !network.hasPlan {
      if known != nil { report(.modelWithoutInput(network.plan.name, first: "the first layer", at: modelRange)) }
      return resultType(of: verb, model: nil, call, data: known)
    }

    if verb != .predict, network.isCompiledLater {
      deferCheck(of: range)
      expectFiles(of: watchers)
      return resultType(of: verb, model: nil, call, data: known)
    }
    let before = findings.all.count { $0.severity == .error }
    for layer in network.plan.layers where layer.asModel == nil && layer.configured.lacksVocabulary {
      report(.noVocabulary(layer.configured.entry.name, at: modelRange, made: layer.configured.range))
    }
    if verb != .predict, network.compiled == nil {
      tellNotCompiled(network, verb: verb.rawValue, at: modelRange)
    }
    if verb == .fit { checkTrainability(of: network, at: modelRange) }
    if let known {
      let weightings = ["class_weight", "sample_weight"].filter { call.given.contains($0) && call[$0]?.value?.isNone != true }
      checkFit(of: known.spec, to: network, verb: verb, isWeighted: !weightings.isEmpty, at: dataRange)
    }
    if let known, !known.spec.targets.isEmpty { resolveAccuracy(of: network, targets: known.spec.targets) }

    var validation: RunData?
    if verb == .fit { validation = try checkFitSettings(call, of: network, data: known, at: range, dataRange: dataRange) }
    if let known { checkEnd(of: known.spec, validation: validation?.spec, call, verb: verb, at: dataRange) }
    if let known { checkBatches(call, of: network, verb: verb, data: known, validation: validation, at: range) }
    let callbacks = checkCallbacks(watchers, call, of: network, verb: verb, data: known, at: range)
    let forecast = resultType(of: verb, model: network, call, data: known, keys: callbacks.keys)
    let isSound = findings.all.count { $0.severity == .error } == before && !call.isPoisoned
    guard isSound, let data = known else { return forecast }

    if verb == .fit {
      var fit = makeFitPlan(call, network, data, validation, callbacks.plans, at: range)
      fit.outline = network.snapshot
      fit.precision = state.settings["precision"]?.asString.flatMap { $0 == "float32" ? nil : $0 }
      fit.settingRanges = call.ranges.merging(["data": dataRange]) { $1 }
      if callbacks.isComplete { plan.add(.fit(fit), at: range) }
      guard let world else {
        warnOfData(fit, at: dataRange)
        if callbacks.isComplete { checkBackup(of: fit, call) }
        return forecast
      }
      do {
        let history = try world.fit(fit)
        network.history = history
        return .object(history)
      } catch { throw .failure(error.placed(at: range)) }
    }
    let run = EvaluatePlan(
      model: network, data: weighted(data, by: call, for: network, at: range), batchSize: call["batch_size"]?.value?.asInteger,
      steps: call["steps"]?.value?.asInteger, verbose: verbosity(call), callbacks: callbacks.plans, range: range)
    plan.add(verb == .evaluate ? .evaluate(run) : .predict(run), at: range)
    guard let world else { return forecast }
    do {
      return verb == .evaluate ? .object(try world.evaluate(run)) : .known(try world.predict(run))
    } catch { throw .failure(error.placed(at: range)) }
  }

  /// Tells that a model is not compiled, by the name that the script has given it.
  func tellNotCompiled(_ model: ModelObject, verb: String, at range: SourceRange) {
    let bindings = (state.frames.first?.bindings ?? []).filter { $0.binding.meaning.object(ModelObject.self) === model }
    let bound = bindings.min { $0.name < $1.name }
    report(
      .notCompiled(
        bound?.name ?? model.plan.name, verb: verb, isMadeByCall: bound?.binding.kind == .value, at: range, origin: model.origin))
  }

  /// What is trained is settled by the first `fit` after a `compile`; warns where it was changed since.
  private func checkTrainability(of model: ModelObject, at range: SourceRange) {
    guard let compiled = model.compiled else { return }
    let now = model.plan.weightsInOrder.map(\.isTrained)
    let event = ObjectIdentifier(compiled.event)
    if let settled = state.settled[event], settled.isTrained != now {
      report(.trainableSinceCompile(model.plan.name, at: range, settled: settled.range))
    } else if state.settled[event] == nil {
      state.settled[event] = (now, range)
    }
  }

  /// What a run will give, by type.
  private func resultType(
    of verb: Run.Verb, model: ModelObject?, _ call: BoundCall, data: RunData?, keys: [String]? = nil
  ) -> Meaning {
    switch verb {
    case .fit:
      guard let keys, let model else { return .unknown(.object(HistoryObject.type)) }
      let logs = LogKeys(model.compiled, outputNames: model.plan.outputNames, validatesAlways: nil)
      return .unknown(.object(HistoryObject.type(of: keys.map { ($0, logs.type(of: $0)) })))
    case .evaluate:
      guard let model, let compiled = model.compiled else { return .unknown(.any) }
      let logs = LogKeys(compiled, outputNames: model.plan.outputNames, validatesAlways: nil)
      let names = LogKeys.scores(of: compiled, outputNames: model.plan.outputNames)
      return .unknown(.object(ScoresObject.type(of: names.map { ($0, logs.type(of: $0)) })))
    case .predict:
      guard let model, let output = model.plan.outputs.first else { return .unknown(.any) }
      func array(_ tensor: Int) -> ValueType {
        .array(
          .float32, shape: [data?.spec.isBatched ?? true ? nil : data?.spec.count] + model.plan.tensors[tensor].shape.dimensions)
      }
      switch model.plan.outputStructure {
      case .single: return .unknown(array(output))
      case .list: return .unknown(.list(.array(.float32, shape: nil)))
      case .dict(let names):
        let fields = zip(names, model.plan.outputs).map { ($0, RecordType.Field(array($1))) }
        return .unknown(.record(RecordType(title: "the predictions", fields)))
      }
    }
  }

  /// A tuple of as many arrays as a model has inputs is those inputs where no targets are asked for.
  private func inputsAlone(_ data: Meaning, of model: ModelObject) -> Meaning {
    guard model.hasPlan, model.plan.inputs.count > 1, let parts = data.elements, parts.count == model.plan.inputs.count,
      parts.allSatisfy({ if case .array = $0.type { true } else { false } })
    else { return data }
    return .makeTuple([data])
  }

  // MARK: Data against the model

  /// `isWeighted` says whether the run gives examples weights besides those of the data.
  private func checkFit(of spec: DataSpec, to model: ModelObject, verb: Run.Verb, isWeighted: Bool = false, at range: SourceRange)
  {
    if spec.count == 0 { return report(.emptyData(at: range)) }
    let inputs = model.plan.inputs.map { model.plan.tensors[$0].shape }
    guard spec.inputs.count == inputs.count else {
      return report(
        .inputCount(model.plan.name, expected: inputs.count, found: spec.inputs.count, at: range, model: model.origin))
    }
    for (index, found) in spec.inputs.enumerated() {
      let takesTexts = model.plan.tensors[model.plan.inputs[index]].type == .string
      guard takesTexts != (found.type == .string) else { continue }
      return report(.inputType(model.plan.name, takesTexts: takesTexts, at: range, input: model.inputRange(index)))
    }
    for (index, (found, expected)) in zip(spec.inputs, inputs).enumerated() where !found.shape.feeds(expected) {
      return report(
        .inputShape(
          model.plan.name, expected: expected, found: found.shape, at: range, input: model.inputRange(index),
          named: inputs.count > 1 ? model.plan.inputNames[index] : nil))
    }
    if spec.targets.contains(where: { $0.type == .string }) { return report(.targetTexts(at: range)) }
    guard verb != .predict, let compiled = model.compiled else { return }
    let outputs = model.plan.outputs.map { model.plan.tensors[$0] }
    guard !spec.targets.isEmpty else {
      if !compiled.losses.isEmpty { report(.noTargets(verb: verb.rawValue, at: range)) }
      return
    }
    guard spec.targets.count == outputs.count else {
      return report(.targetCount(model.plan.name, outputs: outputs.count, targets: spec.targets.count, at: range))
    }
    for loss in compiled.losses where loss.output < outputs.count && loss.configured.missing.isEmpty {
      guard case .loss(let traits) = loss.configured.entry.meaning else { continue }
      let (target, output) = (spec.targets[loss.output], outputs[loss.output])
      let layer = model.outputLayer(loss.output)
      if let problem = traits.check(loss.configured.arguments, target, output) {
        return report(
          .lossAgainstData(
            loss.configured.entry.name, problem, at: range, output: layer?.configured.range, layer: layer?.configured.entry.name))
      }
      if isWeighted || spec.hasSampleWeights, traits.mixesExamples(loss.configured.arguments, output) {
        return report(.weightsOfNoExample(loss.configured.entry.name, at: range, loss: loss.configured.range))
      }
      if let classes = spec.classCount, loss.configured.entry.name.hasPrefix("Sparse"), let last = output.shape.dimensions.last,
        let width = last, classes > width
      {
        return report(.tooFewOutputs(classes: classes, width: width, at: range, output: layer?.configured.range))
      }
    }
    for metric in compiled.metrics where metric.output < outputs.count && metric.configured.missing.isEmpty {
      if let written = metric.written, ["accuracy", "acc"].contains(written.lowercased()) { continue }  // chosen by these shapes
      guard case .metric(let traits) = metric.configured.entry.meaning else { continue }
      let (target, output) = (spec.targets[metric.output], outputs[metric.output])
      if let problem = traits.check(metric.configured.arguments, target, output) {
        return report(
          .metricAgainstData(metric.configured.entry.name, problem, at: range, metricRange: metric.configured.range))
      }
    }
  }

  /// Settles which accuracy is meant, now that the targets are known.
  private func resolveAccuracy(of model: ModelObject, targets: [TensorSpec]) {
    guard let compiled = model.compiled else { return }
    var changed = compiled
    changed.metrics = compiled.metrics.map { metric in
      guard let written = metric.written, ["accuracy", "acc"].contains(written.lowercased()) else { return metric }
      let name = Accuracy.entryName(compiled.losses, output: metric.output, of: model, targets: targets)
      guard name != metric.configured.entry.name, let entry = catalog.entry(name, .metric), let object = makeWithDefaults(entry)
      else {
        return metric
      }
      return .init(
        configured: object, logName: metric.logName, output: metric.output, isWeighted: metric.isWeighted, written: written)
    }
    undoable { model.compiled = compiled }
    model.compiled = changed
  }

  // MARK: Settings of fit

  /// The settings against each other and the data; gives the validation data, if it is known.
  private func checkFitSettings(
    _ call: BoundCall, of model: ModelObject, data: RunData?, at range: SourceRange, dataRange: SourceRange
  ) throws(Interruption) -> RunData? {
    func place(_ name: String) -> SourceRange { call.ranges[name] ?? range }
    func integer(_ name: String) -> Int? { call[name]?.value?.asInteger }

    if let epochs = integer("epochs"), let first = integer("initial_epoch"), first >= epochs, first > 0 {
      report(.nothingToTrain(epochs: epochs, initialEpoch: first, at: place("initial_epoch")))
    }
    if let epochs = integer("epochs"), let frequency = integer("validation_freq"), frequency > epochs,
      call.given.contains("validation_data") && call["validation_data"]?.value?.isNone != true
        || call["validation_split"]?.value?.asDouble ?? 0 > 0
    {
      report(.neverValidates(frequency, epochs: epochs, at: place("validation_freq")))
    }
    if let spec = data?.spec {
      if spec.isBatched {
        for name in ["batch_size", "validation_split"]
        where call.given.contains(name) && !(call[name]?.value.isZeroOrNone ?? true) {
          report(.batchedData(name, at: place(name), data: dataRange))
        }
      } else if let count = spec.count {
        if let size = integer("batch_size"), size > count {
          report(.batchLargerThanData(size, count: count, at: place("batch_size")))
        }
        if let split = call["validation_split"]?.value?.asDouble, split > 0, call["validation_data"]?.value?.isNone ?? true {
          let kept = Int((Double(count) * (1 - split)).rounded(.down))
          if kept == 0 || kept == count { report(.splitLeavesNothing(split, count: count, at: place("validation_split"))) }
        }
      }
      if spec.hasSampleWeights, call.given.contains("class_weight"), call["class_weight"]?.value?.isNone == false {
        report(.bothWeights(at: place("class_weight")))
      }
    }
    if call.given.contains("sample_weight"), call["sample_weight"]?.value?.isNone != true,
      call["class_weight"]?.value?.isNone == false
    {
      report(.bothWeights(at: place("class_weight")))
    }
    if let count = data?.spec.count, case .array(let weights)? = call["sample_weight"]?.value,
      let found = weights.shape.first, found != count
    {
      report(.exampleCounts(("x", count), ("sample_weight", found), at: place("sample_weight")))
    }
    if case .known(.dict(let weights))? = call["class_weight"] {
      if model.plan.outputs.count > 1 { report(.classWeightOutputs(at: place("class_weight"))) }
      let classes = data?.spec.classCount ?? model.classWidth
      for key in weights.keys {
        guard let label = key.asInteger else {
          report(.classWeightKey(Operations.representation(key), classes: classes, at: place("class_weight")))
          break
        }
        if label < 0 || (classes.map { label >= $0 } ?? false) {
          report(.classWeightKey(String(label), classes: classes, at: place("class_weight")))
          break
        }
      }
    }

    guard let given = call["validation_data"], given.value?.isNone != true else {
      for name in ["validation_freq", "validation_steps", "validation_batch_size"]
      where call.given.contains(name) && (call["validation_split"]?.value.isZeroOrNone ?? false)
        && call[name]?.value?.isNone == false
      {
        report(.settingWithoutValidation(name, at: place(name)))
      }
      return nil
    }
    if let split = call["validation_split"]?.value?.asDouble, split > 0 { report(.twoValidations(at: place("validation_split"))) }
    guard case .known(let validation) = readData(given, for: model, at: place("validation_data")) else {
      return nil
    }
    // What is wrong with the training data has been told, and is most likely wrong with these, too.
    if !findings.all.contains(where: { $0.severity == .error && $0.range == dataRange }) {
      checkFit(of: validation.spec, to: model, verb: .evaluate, at: place("validation_data"))
    }
    return validation
  }

  /// Tells data without an end that nothing ends: an epoch, a validation, an evaluation.
  private func checkEnd(of data: DataSpec, validation: DataSpec?, _ call: BoundCall, verb: Run.Verb, at range: SourceRange) {
    func check(_ spec: DataSpec?, _ what: String, _ setting: String, at range: SourceRange) {
      guard let spec, spec.isEndless, call[setting]?.value?.isNone == true else { return }
      report(.endlessData(what, at: range, setting: setting))
    }
    guard verb == .fit else { return check(data, "`\(verb.rawValue)`", "steps", at: range) }
    check(data, "An epoch", "steps_per_epoch", at: range)
    check(validation, "A validation", "validation_steps", at: call.ranges["validation_data"] ?? range)
    if data.isEndless, !data.isBatched, validation == nil, call["validation_split"]?.value?.asDouble ?? 0 > 0 {
      report(.endlessData("`validation_split`", at: call.ranges["validation_split"] ?? range))
    }
  }

  private func verbosity(_ call: BoundCall) -> Int? {
    switch call["verbose"]?.value {
    case .integer(let level): level
    case .bool(let isOn): isOn ? 1 : 0
    default: nil
    }
  }

  /// The data with the weights that `sample_weight=` gives: one array for all outputs, or one an output.
  private func weighted(_ data: RunData, by call: BoundCall, for model: ModelObject, at range: SourceRange) -> RunData {
    guard let given = call["sample_weight"], let value = given.value, !value.isNone,
      case .arrays(let inputs, let targets, _) = data.content,
      let weights = group(given, names: model.plan.outputNames, of: "output", at: call.ranges["sample_weight"] ?? range)
    else { return data }
    var result = data
    result.spec.hasSampleWeights = true
    result.content = .arrays(
      inputs: inputs, targets: targets,
      sampleWeights: weights.compactMap(\.value).map { (try? Operations.makeArray($0)).map(Value.array) ?? $0 })
    return result
  }

  private func makeFitPlan(
    _ call: BoundCall, _ model: ModelObject, _ data: RunData, _ validation: RunData?, _ callbacks: [CallbackPlan],
    at range: SourceRange
  ) -> FitPlan {
    func integer(_ name: String) -> Int? { call[name]?.value?.asInteger }
    let shuffle: FitPlan.Shuffle =
      switch call["shuffle"]?.value {
      case .string: .withinBatches
      case .bool(false): .none
      default: .all
      }
    var frequency = FitPlan.ValidationFrequency.every(integer("validation_freq") ?? 1)
    if case .list(let epochs)? = call["validation_freq"]?.value { frequency = .epochs(epochs.compactMap(\.asInteger)) }
    var classWeight: [Int: Double]?
    if case .dict(let weights)? = call["class_weight"]?.value {
      let pairs = zip(weights.keys, weights.values).compactMap { key, value in
        key.asInteger.flatMap { k in value.asDouble.map { (k, $0) } }
      }
      classWeight = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
    return FitPlan(
      model: model, data: weighted(data, by: call, for: model, at: range), validation: validation,
      validationSplit: validation == nil ? call["validation_split"]?.value?.asDouble ?? 0 : 0, validationFrequency: frequency,
      validationBatchSize: integer("validation_batch_size"), validationSteps: integer("validation_steps"),
      epochs: integer("epochs") ?? 1, initialEpoch: integer("initial_epoch") ?? 0, batchSize: integer("batch_size"),
      stepsPerEpoch: integer("steps_per_epoch"), shuffle: shuffle, classWeight: classWeight, verbose: verbosity(call),
      callbacks: callbacks,
      site: runSite, range: range)
  }
}

extension Shape {
  /// Whether examples of this shape may be fed to an input: equal, or but for a last dimension of 1, which Keras adds or drops.
  func feeds(_ expected: Shape) -> Bool {
    if couldBe(expected) { return true }
    if rank + 1 == expected.rank, expected.dimensions.last == .some(1) {
      return couldBe(Shape(Array(expected.dimensions.dropLast())))
    }
    if rank == expected.rank + 1, dimensions.last == .some(1) { return Shape(Array(dimensions.dropLast())).couldBe(expected) }
    return false
  }
}

extension ModelObject {
  /// The layer that makes an output.
  func outputLayer(_ output: Int) -> ModelPlan.Layer? {
    plan.outputs.indices.contains(output) ? plan.maker(of: plan.outputs[output]) : nil
  }

  /// Where an input was written.
  func inputRange(_ index: Int) -> SourceRange? {
    guard plan.inputNames.indices.contains(index) else { return nil }
    return plan.layers.first { $0.name == plan.inputNames[index] }?.configured.range
  }

  /// How many classes the only output tells apart; nil where that is not clear.
  var classWidth: Int? {
    guard plan.outputs.count == 1, let last = plan.tensors[plan.outputs[0]].shape.dimensions.last, let width = last else {
      return nil
    }
    return width == 1 ? 2 : width
  }
}

extension HistoryObject {
  /// The type of the history of a fit whose keys are known, each with the type of its value in an epoch.
  static func type(of scores: [(name: String, type: ValueType)]) -> ObjectType {
    let record = RecordType(title: "the history", scores.map { ($0.name, .init(.list($0.type))) })
    return ObjectType(
      "History",
      attributes: [
        "history": .init(.record(record)), "epoch": .init(.list(.integer)), "params": .init(.dict(key: .string, value: .any)),
      ], element: .list(ValueType.oneOf(scores.map(\.type))))
  }
}

extension Optional<Value> {
  /// Whether it is None, 0 or False; nil where it is not known.
  var isZeroOrNone: Bool {
    switch self {
    case nil: false
    case .some(.none): true
    case .some(let value): value.asDouble == 0
    }
  }
}

extension SourceRange {
  /// Up to the end of its first line.
  var firstLine: SourceRange {
    let stop = source.bytes[start..<end].firstIndex(of: UInt8(ascii: "\n")) ?? end
    return SourceRange(source, start, stop)
  }
}
