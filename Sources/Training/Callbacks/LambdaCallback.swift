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
      hook.parameterNames.map { .init($0, $0 == "logs" ? .any : .integer) }, returns: .any)
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
    .callback(CallbackTraits(readsBatchLogs: true)))

  package let name = "LambdaCallback"
  package let hooks: Set<Hook>
  private let functions: [Hook: FunctionValue]
  private let invoke: Call

  package init(_ functions: [Hook: FunctionValue], calling invoke: @escaping Call) {
    var functions = functions
    for (alias, hook) in [(Hook.batchBegin, Hook.trainBatchBegin), (.batchEnd, .trainBatchEnd)] {
      if let function = functions.removeValue(forKey: alias), functions[hook] == nil { functions[hook] = function }
    }
    self.functions = functions
    self.invoke = invoke
    hooks = Set(functions.keys)
  }

  /// The functions that the arguments give.
  package init(_ arguments: Arguments, calling invoke: @escaping Call) {
    let given = Self.parameters.compactMap { hook, parameter in arguments[parameter].map { (hook, $0) } }
    self.init(Dictionary(uniqueKeysWithValues: given), calling: invoke)
  }

  package func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request] { try call(.trainBegin) }
  package func onTrainEnd(_ end: EndReport) throws(CallbackFailure) -> [Request] { try call(.trainEnd, logs: end.logs) }
  package func onEpochBegin(_ report: EpochReport) throws(CallbackFailure) -> [Request] { try call(.epochBegin, report.epoch) }
  package func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    try call(.epochEnd, report.epoch, logs: report.logs)
  }
  package func onTestBegin() throws(CallbackFailure) -> [Request] { try call(.testBegin) }
  package func onTestEnd(_ logs: Logs) throws(CallbackFailure) -> [Request] { try call(.testEnd, logs: logs) }
  package func onPredictBegin() throws(CallbackFailure) -> [Request] { try call(.predictBegin) }
  package func onPredictEnd() throws(CallbackFailure) -> [Request] { try call(.predictEnd) }
  package func onBatchBegin(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    try call(hook(report.phase, .trainBatchBegin, .testBatchBegin, .predictBatchBegin), report.batch)
  }
  package func onBatchEnd(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    try call(hook(report.phase, .trainBatchEnd, .testBatchEnd, .predictBatchEnd), report.batch, logs: report.running.logs)
  }

  private func hook(_ phase: Phase, _ train: Hook, _ test: Hook, _ predict: Hook) -> Hook {
    switch phase {
    case .train: train
    case .test: test
    case .predict: predict
    }
  }

  private func call(_ hook: Hook, _ index: Int? = nil, logs: Logs = Logs()) throws(CallbackFailure) -> [Request] {
    guard let function = functions[hook] else { return [] }
    let dict = Value.dict(DictValue(logs.entries.map { ($0.name, $0.value) }))
    _ = try invoke(function, (index.map { [.integer($0)] } ?? []) + [dict])
    return []
  }
}
