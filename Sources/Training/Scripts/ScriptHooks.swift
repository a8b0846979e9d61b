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
  private let randomness: HookRandomness
  private let generators: StateGenerators
  let hooks: Set<Hook>
  private let batchBegins, batchEnds: ByPhase<BatchHook>
  /// The call that goes on or comes next.
  private var call: HookCall

  /// What each loop calls for its batches, ready to be called often: an object, since a copy of what it holds costs more than the call.
  private final class BatchHook {
    let body: ScriptCallbackPlan.Body?
    let readsLogs: Bool

    /// The first of these hooks that the script has.
    init(_ hooks: Hook..., of plan: ScriptCallbackPlan) {
      let hook = hooks.first { plan.bodies[$0] != nil }
      body = hook.flatMap { plan.bodies[$0] }
      readsLogs = hook.map(plan.logsRead.contains) ?? false
    }
  }

  init(
    _ plan: ScriptCallbackPlan, model: HookModel, params: Value, console: Console, clock: RunClock,
    randomness: HookRandomness = HookRandomness(RandomStream(seed: 0))
  ) {
    self.randomness = randomness
    generators = StateGenerators(in: plan.instance.state)
    self.plan = plan
    call = HookCall(HookHost(model: model, params: params, write: { console.print($0) }, time: { clock.seconds }))
    batchBegins = ByPhase(
      train: BatchHook(.trainBatchBegin, .batchBegin, of: plan), test: BatchHook(.testBatchBegin, of: plan),
      predict: BatchHook(.predictBatchBegin, of: plan))
    batchEnds = ByPhase(
      train: BatchHook(.trainBatchEnd, .batchEnd, of: plan), test: BatchHook(.testBatchEnd, of: plan),
      predict: BatchHook(.predictBatchEnd, of: plan))
    var hooks = Set(plan.bodies.keys)
    if hooks.remove(.batchBegin) != nil { hooks.insert(.trainBatchBegin) }
    if hooks.remove(.batchEnd) != nil { hooks.insert(.trainBatchEnd) }
    self.hooks = hooks
  }

  var name: String { plan.instance.name }
  var isToldOfFailures: Bool { plan.asksForEnd }

  mutating func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request] { try call(.trainBegin) }
  mutating func onTrainEnd(_ end: EndReport) throws(CallbackFailure) -> [Request] {
    call.end = end.reason.value
    return try call(.trainEnd, logs: end.logs)
  }
  mutating func onEpochBegin(_ report: EpochReport) throws(CallbackFailure) -> [Request] { try call(.epochBegin, report.epoch) }
  mutating func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    guard plan.bodies[.epochEnd] != nil else { return [] }
    return try call(.epochEnd, report.epoch, logs: report.logs) + [.setLogs(try Logs(left: call.logs))]
  }
  mutating func onTestBegin() throws(CallbackFailure) -> [Request] { try call(.testBegin) }
  mutating func onTestEnd(_ logs: Logs) throws(CallbackFailure) -> [Request] { try call(.testEnd, logs: logs) }
  mutating func onPredictBegin() throws(CallbackFailure) -> [Request] { try call(.predictBegin) }
  mutating func onPredictEnd() throws(CallbackFailure) -> [Request] { try call(.predictEnd) }
  mutating func onBatchBegin(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    try call(batchBegins[report.phase].body, report.batch)
  }
  mutating func onBatchEnd(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    let end = batchEnds[report.phase]
    return try call(end.body, report.batch, logs: end.readsLogs ? report.running.logs : nil)
  }

  private mutating func call(_ hook: Hook, _ index: Int? = nil, logs: Logs? = nil) throws(CallbackFailure) -> [Request] {
    try call(plan.bodies[hook], index, logs: logs)
  }

  private mutating func call(_ body: ScriptCallbackPlan.Body?, _ index: Int?, logs: Logs? = nil) throws(CallbackFailure)
    -> [Request]
  {
    guard let body else { return [] }
    call.index = index
    if let logs { call.logs = logs.dict } else if call.logs.count > 0 { call.logs = DictValue() }
    call.random = randomness.sequence
    defer { randomness.sequence = call.random }
    do throws(Failure) { try plan.call(body, &call) } catch { throw CallbackFailure(error.message, at: error.range) }
    return []
  }

  func saveState() throws(CallbackFailure) -> JSON {
    var state = JSON.Object()
    for (name, value) in zip(plan.instance.stateNames, plan.instance.state) {
      state[name] = try ValueCoding.json(of: value, generators)
    }
    // No part of the state has an empty name.
    state[""] = generators.places
    return .object(state)
  }

  /// State that the script has added since, or made another type of, begins as it is written.
  func resume(from state: JSON, _ run: RunReport) throws(CallbackFailure) {
    generators.resume(at: state[""])
    for (slot, name) in plan.instance.stateNames.enumerated() {
      guard let json = state[name] else { continue }
      let value = try ValueCoding.value(of: json, generators)
      let type = plan.instance.objectType.attributes[name]?.type ?? .any
      if ValueType(of: value).mayBe(type) { plan.instance.state[slot] = value }
    }
  }
}
