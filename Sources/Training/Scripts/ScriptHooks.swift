import Arrays
import Artifacts
import Lambdas
import Plans

/// A script's own callback in one fit: its compiled hooks, run on the machine.
///
/// The state lives in the script's instance, goes on from fit to fit, and is part of every backup. Logs of batches are
/// brought back from the core only for hooks that read them. As in Keras `batch_begin` and `batch_end` are called for
/// training batches, and not beside `train_batch_begin` and `train_batch_end`.
struct ScriptHooks: Callback {
  private let plan: ScriptCallbackPlan
  private let model: HookModel
  private let params: Value
  private let console: Console
  private let clock: RunClock
  private let randomness: HookRandomness
  let hooks: Set<Hook>

  init(
    _ plan: ScriptCallbackPlan, model: HookModel, params: Value, console: Console, clock: RunClock,
    randomness: HookRandomness = HookRandomness(RandomStream(seed: 0))
  ) {
    self.randomness = randomness
    self.plan = plan
    self.model = model
    self.params = params
    self.console = console
    self.clock = clock
    var hooks = Set(plan.bodies.keys)
    if hooks.remove(.batchBegin) != nil { hooks.insert(.trainBatchBegin) }
    if hooks.remove(.batchEnd) != nil { hooks.insert(.trainBatchEnd) }
    self.hooks = hooks
  }

  var name: String { plan.instance.name }

  func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request] { try call(.trainBegin) }
  func onTrainEnd(_ end: EndReport) throws(CallbackFailure) -> [Request] { try call(.trainEnd, logs: end.logs) }
  func onEpochBegin(_ report: EpochReport) throws(CallbackFailure) -> [Request] { try call(.epochBegin, report.epoch) }
  func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    try call(.epochEnd, report.epoch, logs: report.logs)
  }
  func onTestBegin() throws(CallbackFailure) -> [Request] { try call(.testBegin) }
  func onTestEnd(_ logs: Logs) throws(CallbackFailure) -> [Request] { try call(.testEnd, logs: logs) }
  func onPredictBegin() throws(CallbackFailure) -> [Request] { try call(.predictBegin) }
  func onPredictEnd() throws(CallbackFailure) -> [Request] { try call(.predictEnd) }

  func onBatchBegin(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    switch report.phase {
    case .train: try call(plan.bodies[.trainBatchBegin] == nil ? .batchBegin : .trainBatchBegin, report.batch)
    case .test: try call(.testBatchBegin, report.batch)
    case .predict: try call(.predictBatchBegin, report.batch)
    }
  }

  func onBatchEnd(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    let hook: Hook =
      switch report.phase {
      case .train: plan.bodies[.trainBatchEnd] == nil ? .batchEnd : .trainBatchEnd
      case .test: .testBatchEnd
      case .predict: .predictBatchEnd
      }
    return try call(hook, report.batch, logs: plan.logsRead.contains(hook) ? report.running.logs : Logs())
  }

  private func call(_ hook: Hook, _ index: Int? = nil, logs: Logs = Logs()) throws(CallbackFailure) -> [Request] {
    var call = HookCall(
      index: index, logs: DictValue(logs.entries.map { ($0.name, $0.value) }), model: model, params: params,
      write: { [console] in console.print($0) }, time: { [clock] in clock.seconds }, random: randomness.sequence)
    defer { randomness.sequence = call.random }
    let wasStopping = model.stopTraining
    do throws(Failure) { try plan.call(hook, &call) } catch { throw CallbackFailure(error.message, at: error.range) }

    var requests = model.takeSaves().map(Request.save)
    if hook == .epochEnd {
      for name in plan.addedLogs { if let value = call.logs[name] { requests.append(.log(name, value)) } }
    }
    if model.stopTraining != wasStopping {
      requests.append(model.stopTraining ? .stop(because: "it sets `model.stop_training`") : .goOn)
    }
    return requests
  }

  func saveState() throws(CallbackFailure) -> JSON {
    var state = JSON.Object()
    for (name, value) in zip(plan.instance.stateNames, plan.instance.state) { state[name] = try ValueCoding.json(of: value) }
    return .object(state)
  }

  func resume(from state: JSON, _ run: RunReport) throws(CallbackFailure) {
    for (slot, name) in plan.instance.stateNames.enumerated() {
      guard let json = state[name] else { throw CallbackFailure("its state in the backup has no `\(name)`") }
      plan.instance.state[slot] = try ValueCoding.value(of: json)
    }
  }
}
