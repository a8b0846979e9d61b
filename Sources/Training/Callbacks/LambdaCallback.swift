import Lambdas
import Plans

/// Calls a function of the script at each hook it is given for.
///
/// Epoch hooks are called with the epoch and logs, batch hooks with the batch and logs, the others with logs. Unknown hook
/// names are an error, which Keras takes and never calls. `on_batch_…` is not called beside `on_train_batch_…`.
package struct LambdaCallback: Callback {
  /// Calls a function of the script with its arguments.
  package typealias Call = (_ function: FunctionValue, _ arguments: [Value]) throws(CallbackFailure) -> Value

  static let parameters: [(hook: Hook, parameter: Parameter<FunctionValue?>)] = hooksInOrder.map { hook in
    let type = FunctionType(
      hook.parameterNames.map { .init($0, $0 == "logs" || $0 == "end" ? .any : .integer, isOptional: $0 == "end") },
      returns: .any,
      reachesModel: true)
    let parameter = Parameter<FunctionValue?>(
      "on_" + hook.rawValue, "called at `\(hook.rawValue)` with \(listed(hook.parameterNames))", .optional(.function(type)),
      default: .some(Value.none)
    ) {
      switch $0 {
      case .none: .some(nil)
      case .function(let function): .some(function)
      default: nil
      }
    }
    return (hook, parameter)
  }

  /// Keras's own six first, in its order: they may be given by place.
  private static let hooksInOrder: [Hook] = {
    let first: [Hook] = [.epochBegin, .epochEnd, .trainBegin, .trainEnd, .trainBatchBegin, .trainBatchEnd]
    return first + Hook.allCases.filter { !first.contains($0) }
  }()

  static let entry = Entry(
    .callback,
    Signature(
      "LambdaCallback", "Calls functions of the script at the hooks they are given for.", parameters.map(\.parameter.description),
      example: "LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs[\"loss\"]))"),
    .callback(CallbackTraits(readsBatchLogs: true, actsOutsideTraining: true)))

  package let name = "LambdaCallback"
  package let hooks: Set<Hook>
  package var isToldOfFailures: Bool { functions[.trainEnd].map { $0.type.parameters.count > 1 } ?? false }
  private let functions: [Hook: FunctionValue]
  private let batchBegins, batchEnds: ByPhase<FunctionValue?>
  private let invoke: Call

  package init(_ functions: [Hook: FunctionValue], calling invoke: @escaping Call) {
    var functions = functions
    for (alias, hook) in [(Hook.batchBegin, Hook.trainBatchBegin), (.batchEnd, .trainBatchEnd)] {
      if let function = functions.removeValue(forKey: alias), functions[hook] == nil { functions[hook] = function }
    }
    self.functions = functions
    self.invoke = invoke
    batchBegins = ByPhase(
      train: functions[.trainBatchBegin], test: functions[.testBatchBegin], predict: functions[.predictBatchBegin])
    batchEnds = ByPhase(train: functions[.trainBatchEnd], test: functions[.testBatchEnd], predict: functions[.predictBatchEnd])
    hooks = Set(functions.keys)
  }

  /// The functions that the arguments give; `reaching` puts the model in training in the place of the script's.
  package init(
    _ arguments: Arguments, reaching: (FunctionValue) -> FunctionValue = { $0 }, calling invoke: @escaping Call
  ) {
    let given = Self.parameters.compactMap { hook, parameter in arguments[parameter].map { (hook, reaching($0)) } }
    self.init(Dictionary(uniqueKeysWithValues: given), calling: invoke)
  }

  package func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request] { try call(functions[.trainBegin]) }
  package func onTrainEnd(_ end: EndReport) throws(CallbackFailure) -> [Request] {
    guard let function = functions[.trainEnd], function.type.parameters.count > 1 else {
      return try call(functions[.trainEnd], logs: end.logs)
    }
    _ = try invoke(function, [.dict(end.logs.dict), end.reason.value])
    return []
  }
  package func onEpochBegin(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    try call(functions[.epochBegin], report.epoch)
  }
  package func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    guard let function = functions[.epochEnd] else { return [] }
    let result = try invoke(function, [.integer(report.epoch), .dict(report.logs.dict)])
    guard function.logsAfter != nil, case .dict(let logs) = result else { return [] }
    return [.setLogs(try Logs(left: logs))]
  }
  package func onTestBegin() throws(CallbackFailure) -> [Request] { try call(functions[.testBegin]) }
  package func onTestEnd(_ logs: Logs) throws(CallbackFailure) -> [Request] { try call(functions[.testEnd], logs: logs) }
  package func onPredictBegin() throws(CallbackFailure) -> [Request] { try call(functions[.predictBegin]) }
  package func onPredictEnd() throws(CallbackFailure) -> [Request] { try call(functions[.predictEnd]) }
  package func onBatchBegin(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    try call(batchBegins[report.phase], report.batch)
  }
  package func onBatchEnd(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    guard let function = batchEnds[report.phase] else { return [] }
    return try call(function, report.batch, logs: function.ignores(argument: 1) ? nil : report.running.logs)
  }

  private func call(_ function: FunctionValue?, _ index: Int? = nil, logs: Logs? = nil) throws(CallbackFailure) -> [Request] {
    guard let function else { return [] }
    let logs = Value.dict(logs?.dict ?? DictValue())
    if let index { _ = try invoke(function, [.integer(index), logs]) } else { _ = try invoke(function, [logs]) }
    return []
  }
}
