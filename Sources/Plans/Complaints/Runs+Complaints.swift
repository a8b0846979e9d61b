import Diagnostics
import Syntax

extension Finding {
  // MARK: Data

  static func notData(_ found: String, at range: SourceRange) -> Finding {
    Finding(.notData, "Data are a data set, arrays, or a pair `(x, y)`, not \(found).", at: range)
  }

  static func dataParts(_ count: Int, at range: SourceRange) -> Finding {
    Finding(.notData, "Data are `x`, a pair `(x, y)` or a triple `(x, y, sample_weight)`, not \(count) parts.", at: range)
  }

  static func emptyData(at range: SourceRange) -> Finding { Finding(.emptyData, "There are no examples in this.", at: range) }

  /// `what`: an epoch, a validation, or what goes through all data; `setting` is the one that ends it.
  static func endlessData(_ what: String, at range: SourceRange, setting: String? = nil) -> Finding {
    Finding(
      .endlessData, "\(what) needs an end, and these data have none.", at: range,
      hint: setting.map { "write `\($0)\(range.spelled(" =", yaml: ":")) 100`: so many batches." })
  }

  static func exampleCounts(_ first: (what: String, count: Int), _ other: (what: String, count: Int), at range: SourceRange)
    -> Finding
  {
    Finding(
      .exampleCounts, "`\(first.what)` has \(counted(first.count, "example")), but `\(other.what)` has \(other.count).", at: range
    )
  }

  static func inputCount(_ model: String, expected: Int, found: Int, at range: SourceRange, model origin: SourceRange?) -> Finding
  {
    Finding(
      .inputCount, "The model `\(model)` has \(counted(expected, "input")), but the data have \(found).", at: range,
      labels: [.init(at: origin, "the model")])
  }

  /// `name` is the input's, where there are several.
  static func inputShape(
    _ model: String, expected: Shape, found: Shape, at range: SourceRange, input: SourceRange?, named name: String?
  ) -> Finding {
    let taker = name.map { "The input `\($0)` of `\(model)`" } ?? "The model `\(model)`"
    return Finding(
      .inputShape, "\(taker) takes \(expected.description), but each example is \(found.description).", at: range,
      labels: [.init(at: input, "takes \(expected.description)")],
      hint: found.dimensions.allSatisfy { $0 != nil }
        ? "write `\(range.spelled("Input(", yaml: "Input: !expr "))\(found.tupleText)\(range.spelled(")", yaml: ""))`." : nil)
  }

  static func inputType(_ model: String, takesTexts: Bool, at range: SourceRange, input: SourceRange?) -> Finding {
    Finding(
      .inputType,
      takesTexts
        ? "The model `\(model)` takes texts, but the data are numbers."
        : "The model `\(model)` takes numbers, but the data are texts.",
      at: range, labels: [.init(at: input, takesTexts ? "takes texts" : "takes numbers")],
      hint: takesTexts
        ? "write `Input` without `dtype=\"string\"`, or give it the texts themselves."
        : "make numbers of them: `vectorize = TextVectorization(…)`, `vectorize.adapt(texts)`, then `vectorize(texts)`.")
  }

  static func targetTexts(at range: SourceRange) -> Finding {
    Finding(
      .targetTexts, "The targets are texts, which no loss compares with predictions.", at: range,
      hint: "number the classes: `StringLookup(num_oov_indices=0)` learns them by `adapt`, and gives their numbers.")
  }

  /// `what` is "input" or "output".
  static func unknownArrayName(_ name: String, _ what: String, names: [String], at range: SourceRange, nearest: String?)
    -> Finding
  {
    Finding(
      .unknownArrayName, "The model has no \(what) `\(name)`, only \(listed(names)).", at: range,
      hint: nearest.map { "did you mean `\"\($0)\"`?" })
  }

  static func missingArrayName(_ name: String, _ what: String, at range: SourceRange) -> Finding {
    Finding(.missingArrayName, "The model's \(what) `\(name)` is missing here.", at: range, hint: "add `\"\(name)\": …`.")
  }

  static func noTargets(verb: String, at range: SourceRange) -> Finding {
    Finding(
      .noTargets, "`\(verb)` needs targets for the loss, but these data have none.", at: range, hint: "give a pair, `(x, y)`.")
  }

  static func targetCount(_ model: String, outputs: Int, targets: Int, at range: SourceRange) -> Finding {
    Finding(
      .targetCount, "The model `\(model)` has \(counted(outputs, "output")), but the data have \(counted(targets, "target")).",
      at: range)
  }

  static func targetsTwice(at range: SourceRange, data: SourceRange) -> Finding {
    Finding(
      .targetsTwice, "A data set brings its targets along, so `y` is not given.", at: range, labels: [.init(data, "the data set")]
    )
  }

  static func lossAgainstData(_ loss: String, _ problem: ShapeError, at range: SourceRange, output: SourceRange?, layer: String?)
    -> Finding
  {
    Finding(
      .lossAgainstData, "`\(loss)` \(problem.problem).", at: range, labels: [.init(at: output, "gives the predictions")],
      hint: problem.hint)
  }

  static func weightsOfNoExample(_ loss: String, at range: SourceRange, loss lossRange: SourceRange?) -> Finding {
    Finding(
      .weightsOfNoExample,
      "`\(loss)` is added up over the examples here, so that their weights have nothing to count.", at: range,
      labels: [.init(at: lossRange, "is the loss")], hint: "leave the batch, axis 0, out of its `axis`.")
  }

  static func metricAgainstData(_ metric: String, _ problem: ShapeError, at range: SourceRange, metricRange: SourceRange?)
    -> Finding
  {
    Finding(
      .metricAgainstData, "`\(metric)` \(problem.problem).", at: range, labels: [.init(at: metricRange, "is measured")],
      hint: problem.hint)
  }

  static func tooFewOutputs(classes: Int, width: Int, at range: SourceRange, output: SourceRange?) -> Finding {
    Finding(
      .tooFewOutputs, "The data have \(classes) classes, but the model tells only \(width) apart.", at: range,
      labels: [.init(at: output, "gives \(counted(width, "number"))")], hint: "let the last layer have \(classes) units.")
  }

  // MARK: Settings

  static func nothingToTrain(epochs: Int, initialEpoch: Int, at range: SourceRange) -> Finding {
    Finding(
      .nothingToTrain,
      "Nothing is trained: `epochs` is the number of the last epoch, and \(epochs) is not above `initial_epoch` \(initialEpoch).",
      at: range,
      hint:
        "write `epochs\(range.spelled(" =", yaml: ":")) \(initialEpoch.addingReportingOverflow(max(epochs, 1)).partialValue)`.")
  }

  static func batchedData(_ name: String, at range: SourceRange, data: SourceRange) -> Finding {
    Finding(
      .batchedData, "`\(name)` does not apply, since these data come in batches already.", at: range,
      labels: [.init(data, "gives batches")],
      hint: "take it out, or unbatch the data: `.unbatch()`.")
  }

  static func batchLargerThanData(_ size: Int, count: Int, at range: SourceRange) -> Finding {
    Finding(
      .batchLargerThanData, "A batch of \(size) is more than all \(counted(count, "example")).", at: range, severity: .warning)
  }

  /// `what`: the examples that are cut into batches; `batch`: the size that all batches must have.
  static func unequalBatches(_ model: String, _ what: String, count: Int, batch: Int, size: Int, at range: SourceRange) -> Finding
  {
    let left = count % size
    let found =
      size == batch
      ? "the last batch of \(counted(count, what)) has \(left)" : "\(counted(count, what)) come in batches of \(size)"
    let divisor = (1...max(min(batch, count), 1)).reversed().first { count.isMultiple(of: $0) } ?? 1
    return Finding(
      .unequalBatches, "`\(model)` carries states from batch to batch, so each batch has \(batch), but \(found).", at: range,
      hint: size == batch ? "`batch_size = \(divisor)` divides \(count), or leave out \(left)." : "use batches of \(batch).")
  }

  static func splitLeavesNothing(_ split: Double, count: Int, at range: SourceRange) -> Finding {
    Finding(.splitLeavesNothing, "Splitting off \(split) of \(counted(count, "example")) leaves one side empty.", at: range)
  }

  static func bothWeights(at range: SourceRange) -> Finding {
    Finding(.bothWeights, "Examples have weights of their own here, so `class_weight` cannot be given as well.", at: range)
  }

  static func classWeightOutputs(at range: SourceRange) -> Finding {
    Finding(.classWeightOutputs, "`class_weight` works only for a model with one output.", at: range)
  }

  static func classWeightKey(_ key: String, classes: Int?, at range: SourceRange) -> Finding {
    Finding(
      .classWeightKey,
      "`class_weight` names a class \(key), "
        + (classes.map { "but classes go from 0 to \($0 - 1)." } ?? "but classes are whole numbers from 0."),
      at: range)
  }

  static func settingWithoutValidation(_ name: String, at range: SourceRange) -> Finding {
    Finding(
      .settingWithoutValidation, "`\(name)` does nothing, since this fit does not validate.", at: range, severity: .warning,
      hint: range.spelled(
        "add `validation_split = 0.2` or `validation_data = …`.", yaml: "add `validation_split: 0.2` or `validation_data: …`."))
  }

  static func twoValidations(at range: SourceRange) -> Finding {
    Finding(.twoValidations, "`validation_data` is given, so `validation_split` does nothing.", at: range, severity: .warning)
  }

  // MARK: Callbacks

  static func notACallback(_ found: String, at range: SourceRange, hint: String?) -> Finding {
    Finding(.notACallback, "A callback is needed here, not \(found).", at: range, hint: hint)
  }

  static func unknownHook(_ name: String, at range: SourceRange, nearest: String?) -> Finding {
    Finding(.unknownHook, "There is no hook `\(name)`.", at: range, hint: nearest.map { "did you mean `\($0)`?" })
  }

  static func hookTwice(_ name: String, at range: SourceRange, earlier: SourceRange) -> Finding {
    Finding(
      .hookTwice, "The hook `\(name)` is written twice.", at: range, labels: [.init(earlier, "first here")],
      hint: "put both bodies into one.")
  }

  static func hookParameters(_ name: String, expected: [String], found: Int, at range: SourceRange) -> Finding {
    Finding(.hookParameters, "The hook `\(name)` is told \(listed(expected)), and nothing more.", at: range)
  }

  static func selfAsParameter(at range: SourceRange) -> Finding {
    Finding(
      .selfAsParameter, "Nothing is passed for `self`: a callback's hooks know its state and parameters by their names.",
      at: range, hint: "leave out `self`.")
  }

  /// A parameter that is called what another one is.
  static func misnamedParameter(_ name: String, of hook: String, told: [String], at range: SourceRange) -> Finding {
    Finding(
      .misnamedParameter,
      "`\(name)` is not what `\(hook)` is told here: it is told \(listed(told))\(told.count > 1 ? ", in this order" : "").",
      at: range, severity: .warning, hint: "write `\(range.spelled("on ", yaml: ""))\(hook)(\(told.joined(separator: ", ")))`.")
  }

  static func uselessInCallback(at range: SourceRange) -> Finding {
    Finding(
      .misplaced, "This line does nothing in a callback, whose body holds state and hooks.", at: range.firstLine,
      hint: "put it into a hook, such as `train_begin`.")
  }

  static func stateOfParameter(_ name: String, at range: SourceRange) -> Finding {
    Finding(
      .stateOfParameter, "`\(name)` is a parameter already, and what a call gives for it would count for nothing.", at: range,
      hint: "give the state another name, or leave this line out: hooks know the parameter.")
  }

  /// A value that the state of a callback is given, and another one before anything has read it.
  static func stateTwice(_ name: String, at range: SourceRange, earlier: SourceRange) -> Finding {
    Finding(
      .stateTwice, "The state `\(name)` is bound twice: what it was given first counts for nothing.", at: range,
      severity: .warning, labels: [.init(earlier, "bound here first")], hint: "leave out one of the two.")
  }

  /// A call where a function is expected: it is made at once, and gives None.
  static func callForFunction(_ parameter: String, of callee: String, parameters: [String], at range: SourceRange) -> Finding {
    let text = String(decoding: range.source.bytes[range.start..<range.end], as: UTF8.self)
    let names = parameters.joined(separator: ", ")
    return Finding(
      .wrongArgument,
      "`\(parameter)` of `\(callee)` is a function to be called later, but this call is made at once and gives None.", at: range,
      hint: text.contains("\n") ? "put `lambda \(names): ` before it." : "write `lambda \(names): \(text)`.")
  }

  static func impossibleState(at range: SourceRange) -> Finding {
    Finding(.impossibleState, "The state of a callback is bound name by name.", at: range)
  }

  static func unknownMonitor(_ monitor: String, _ callback: String, keys: [String], at range: SourceRange, nearest: String?)
    -> Finding
  {
    Finding(
      .unknownMonitor, "`\(callback)` would watch `\(monitor)`, but `logs` will hold \(listed(keys)).", at: range,
      hint: nearest.map { "did you mean `\"\($0)\"`?" })
  }

  static func monitorWithoutValidation(
    _ monitor: String, _ callback: String, isGiven: Bool, at range: SourceRange, fit: SourceRange
  ) -> Finding {
    let plain = String(monitor.dropFirst(4))
    return Finding(
      .monitorWithoutValidation, "`\(callback)` would watch `\(monitor)`, but this fit does not validate.", at: range,
      labels: [.init(fit, "has no validation data")],
      hint: range.spelled(
        "add `validation_split = 0.2` to the fit, or write `monitor=\"\(plain)\"`.",
        yaml: "add `validation_split: 0.2` to the fit, or write `monitor: \(plain)`."))
  }

  static func vectorMonitor(_ monitor: String, _ callback: String, at range: SourceRange) -> Finding {
    Finding(
      .vectorMonitor, "`\(callback)` cannot compare `\(monitor)`, which is a list of numbers.", at: range,
      hint:
        "make the metric one number, as with `\(range.spelled("average=\"macro\"", yaml: "average: macro"))`, or watch another.")
  }

  static func monitorBetweenEpochs(_ monitor: String, _ callback: String, keys: [String], at range: SourceRange) -> Finding {
    Finding(
      .monitorBetweenEpochs,
      "`\(callback)` monitors `\(monitor)`, which is not known yet when it looks, after a number of batches.", at: range,
      hint: "monitor one of \(listed(keys)), or leave `save_freq` at \"epoch\".")
  }

  static func unknownDirection(_ monitor: String, _ callback: String, at range: SourceRange) -> Finding {
    Finding(
      .unknownDirection, "`\(callback)` cannot know whether `\(monitor)` gets better by rising or by falling.", at: range,
      hint: range.spelled("add `mode=\"max\"` or `mode=\"min\"`.", yaml: "add `mode: max` or `mode: min`."))
  }

  /// `factor`: the parameter that would leave the rate as it is with 1, if there is one.
  static func twoLearningRates(
    _ setter: String, factor: String? = nil, at range: SourceRange, scheduleRange: SourceRange?
  ) -> Finding {
    let remedy = factor.map { "write `\(range.spelled("\($0)=1", yaml: "\($0): 1"))`" } ?? "take this out"
    return Finding(
      .twoLearningRates, "`\(setter)` cannot set the learning rate, since the optimizer has its own schedule.", at: range,
      labels: [.init(at: scheduleRange, "sets it at every step")], hint: "give the optimizer a number, or \(remedy).")
  }

  static func noAverages(_ callback: String, optimizer: String?, at range: SourceRange) -> Finding {
    let keeper = optimizer.map { "`\($0)` keeps none" } ?? "the model is not compiled"
    return Finding(
      .noAverages, "`\(callback)` swaps in running averages of the weights, and \(keeper).", at: range,
      hint: range.spelled(
        "compile with `\(optimizer ?? "Adam")(…, use_ema=True)`.", yaml: "give the optimizer `use_ema: true`."))
  }

  static func secondBackup(_ callback: String, at range: SourceRange, first: SourceRange) -> Finding {
    Finding(
      .secondBackup, "A training has one `\(callback)`: it goes on from one place.", at: range,
      labels: [.init(first, "is the first")], hint: "keep one of them.")
  }

  /// `reasons` are clauses; `changes` what the script says otherwise than when the backup was written, none where all of it is another's.
  static func backupOfOther(
    _ folder: String, because reasons: [String], _ changes: [String], at range: SourceRange
  ) -> Finding {
    // Parts that have changed for one reason have one place.
    let reasons = reasons.enumerated().filter { reasons.firstIndex(of: $1) == $0 }.map(\.element)
    let way =
      switch changes.count {
      case 0: "give each `fit` its own folder"
      case 1: "the change since it was written: \(changes[0]); take it back"
      default: "the changes since it was written: \(changes.joined(separator: "; ")); take them back"
      }
    return Finding(
      .backupOfOther, "The backup in `\(folder)` cannot go on with this: \(reasons.joined(separator: "; ")).", at: range,
      hint: "\(way), or delete the folder to begin anew.")
  }

  /// `reason` is a clause that names each of them.
  static func noWholeBackup(_ callback: String, _ folder: String, because reason: String, at range: SourceRange) -> Finding {
    Finding(
      .noWholeBackup, "`\(callback)` \(reason).", at: range,
      hint: "`train backups \(folder)` lists what is there; delete the folder to begin anew.")
  }

  static func overwrittenRate(_ reducer: String, by scheduler: String, at range: SourceRange, schedulerRange: SourceRange)
    -> Finding
  {
    Finding(
      .overwrittenRate, "What `\(reducer)` does to the learning rate ends with the epoch: `\(scheduler)` sets it anew.",
      at: range,
      severity: .warning, labels: [.init(schedulerRange, "does not look at the rate so far")],
      hint: "let its function take the rate, too: `lambda epoch, lr: …`.")
  }

  /// `epoch` counts from 0, as the function does.
  static func impossibleRate(
    _ scheduler: String, _ obstacle: RateObstacle, epoch: Int, isFirst: Bool, at range: SourceRange
  ) -> Finding {
    let function = "The function of `\(scheduler)`"
    let number = grouped(epoch + 1)
    let message =
      switch obstacle {
      case .value(let value): "\(function) gives \(value) for epoch \(number), and a learning rate is a float of 0 or more."
      case .failure(let reason): "\(function) fails for epoch \(number) with \(reason)."
      }
    return Finding(
      .impossibleRate, message, at: range, severity: isFirst ? .error : .warning,
      hint: "it is told epochs from 0 on, `\(epoch)` there\(isFirst ? "" : "; the training would end with it").")
  }

  static func recordedTooEarly(_ key: String, recorder: String, adder: String, at range: SourceRange, adderRange: SourceRange)
    -> Finding
  {
    Finding(
      .recordedTooEarly, "`\(recorder)` will not hold `\(key)`, which `\(adder)` adds after it.", at: range, severity: .warning,
      labels: [.init(adderRange, "adds `\(key)`")], hint: "put `\(recorder)` after `\(adder)`.")
  }
}
