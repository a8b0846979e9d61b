import Arrays
import Diagnostics
import Lambdas

/// The hooks of Keras, by the names scripts use.
package enum Hook: String, Sendable, CaseIterable {
  case trainBegin = "train_begin", trainEnd = "train_end", epochBegin = "epoch_begin", epochEnd = "epoch_end"
  case trainBatchBegin = "train_batch_begin", trainBatchEnd = "train_batch_end", batchBegin = "batch_begin", batchEnd =
    "batch_end"
  case testBegin = "test_begin", testEnd = "test_end", testBatchBegin = "test_batch_begin", testBatchEnd = "test_batch_end"
  case predictBegin = "predict_begin", predictEnd = "predict_end"
  case predictBatchBegin = "predict_batch_begin", predictBatchEnd = "predict_batch_end"

  /// What hooks are told, by Keras's names.
  static let toldNames: Set<String> = ["epoch", "batch", "logs"]

  /// The parameters that Keras passes, in order; `end` of `train_end` is ours.
  package var parameterNames: [String] {
    switch self {
    case .trainEnd: ["logs", "end"]
    case .epochBegin, .epochEnd: ["epoch", "logs"]
    case .trainBegin, .testBegin, .testEnd, .predictBegin, .predictEnd: ["logs"]
    default: ["batch", "logs"]
    }
  }
}

/// An instance of a script's own callback: its parameters and its state, which lives on through fits and is part of every backup.
package final class ScriptCallback: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: only the run that owns it, on its one thread, changes its state.
  package let name: String
  /// What it was made with, in the order of the class's parameters; `self.x` reads them.
  package let parameters: [(name: String, value: Value)]
  /// In slot order.
  package let stateNames: [String]
  package var state: [Value]
  /// State and hooks in canonical form: part of what is digested.
  package let definition: String
  /// The call, or the `callbacks` block, that made it.
  package let range: SourceRange
  package let objectType: ObjectType

  package init(
    name: String, parameters: [(name: String, value: Value)], stateNames: [String], state: [Value], stateTypes: [ValueType],
    definition: String = "", range: SourceRange
  ) {
    precondition(stateNames.count == state.count && state.count == stateTypes.count, "each state has a name, a value and a type")
    self.name = name
    self.parameters = parameters
    self.stateNames = stateNames
    self.state = state
    self.definition = definition
    self.range = range
    let state = zip(stateNames, stateTypes).map { ($0, ObjectType.Attribute($1, isSettable: true)) }
    objectType = ObjectType(name, attributes: Dictionary(state, uniquingKeysWith: { first, _ in first }))
  }

  /// A state by its name, as scripts read it after a fit: `t.times`.
  package func attribute(_ name: String) throws(MachineError) -> Value {
    if let slot = stateNames.firstIndex(of: name), slot < state.count { return state[slot] }
    if let parameter = parameters.first(where: { $0.name == name }) { return parameter.value }
    throw .init(.attribute, "`\(self.name)` has no attribute `\(name)`")
  }

  /// Another callback's hook sets a state: to a value of the type that its own hooks are compiled for.
  package func setAttribute(_ name: String, to value: Value) throws(MachineError) {
    guard stateNames.contains(name) else { throw .init(.attribute, "`\(name)` of `\(self.name)` cannot be set") }
    let declared = objectType.attributes[name]?.type ?? .any
    guard ValueType(of: value).mayBe(declared) else {
      throw .init(.type, "`\(name)` of `\(self.name)` is \(declared.description), not \(Operations.representation(value))")
    }
    set(name, to: value)
  }

  /// Sets a state to a value that may be of its type, and then is: a truth value or whole number becomes the number that the state is.
  func set(_ name: String, to value: Value) {
    guard let slot = stateNames.firstIndex(of: name), slot < state.count else { return }
    switch objectType.attributes[name]?.type {
    case .float?: state[slot] = value.asDouble.map(Value.float) ?? value
    case .integer?: state[slot] = value.asInteger.map(Value.integer) ?? value
    default: state[slot] = value
    }
  }
}

/// What hooks see all through one fit.
package final class HookHost {
  /// An object of type `HookObjects.model`.
  package let model: any ObjectValue
  /// A dict of the keys that `HookObjects.params` lists.
  package let params: Value
  /// Where `print` goes.
  package let write: (String) -> Void
  /// Run time in seconds, leaving out the time a run was not running: what `time()` gives.
  package let time: () -> Double

  package init(model: any ObjectValue, params: Value, write: @escaping (String) -> Void, time: @escaping () -> Double) {
    self.model = model
    self.params = params
    self.write = write
    self.time = time
  }
}

/// What a hook is told, and what it may change, during one call.
package struct HookCall {
  package let host: HookHost
  /// The epoch or the batch, from 0; nil in hooks that are told neither.
  package var index: Int?
  /// What Keras passes: empty in `…_begin` hooks. In `epoch_end` the hook may have changed them when the call returns: so the callbacks
  /// after it see them.
  package var logs: DictValue
  /// Why the training ended, in `train_end`: a dict of the keys that `HookObjects.end` lists.
  package var end: Value = .none
  /// What `np.random` draws from; after the call it stands where the hook has left it.
  package var random: RandomSequence

  package init(
    _ host: HookHost, index: Int? = nil, logs: DictValue = DictValue(),
    random: RandomSequence = RandomSequence(RandomStream(seed: 0))
  ) {
    self.host = host
    self.index = index
    self.logs = logs
    self.random = random
  }
}

/// A script's callback in one fit: the instance, and its hooks compiled against the `logs` of that fit at that place in the list.
///
/// The trainer knows hooks only as `call`: it fills a `HookCall`, and after the call takes back `logs`. The instance's `state` is
/// read and written by the call itself; a backup stores `instance.state` in slot order and puts it back before the next call.
package struct ScriptCallbackPlan: Sendable {
  /// A compiled hook. It changes the state in place, and throws what a script raised or a step of it failed with, with its place.
  package typealias Body = @Sendable (_ call: inout HookCall, _ state: inout [Value]) throws(Failure) -> Void

  package let instance: ScriptCallback
  package let bodies: [Hook: Body]
  /// What the hooks were compiled to, for those who look at it.
  package let codes: [Hook: FunctionCode]
  /// Hooks whose `logs` somebody reads; the logs of other batches need not be brought back from the core.
  package let logsRead: Set<Hook>
  /// Keys that `epoch_end` may add to `logs`, in the order in which it does.
  package let addedLogs: [String]
  /// What it leaves of `logs`; nil where it leaves them as they are, or nothing is known.
  package let logsAfter: RecordType?
  /// Whether a hook sets `model.optimizer.learning_rate`, which a schedule forbids.
  package let setsLearningRate: Bool
  /// Whether `train_end` asks why the training ended, so that it is told of failures too.
  package let asksForEnd: Bool
  /// The generators of random numbers that the hooks reach from outside their state.
  package let generators: [GeneratorObject]

  package init(
    instance: ScriptCallback, bodies: [Hook: Body], codes: [Hook: FunctionCode] = [:], logsRead: Set<Hook>, addedLogs: [String],
    logsAfter: RecordType? = nil, setsLearningRate: Bool = false, asksForEnd: Bool = false,
    generators: [GeneratorObject] = []
  ) {
    self.asksForEnd = asksForEnd
    self.generators = generators
    self.instance = instance
    self.bodies = bodies
    self.codes = codes
    self.logsRead = logsRead
    self.addedLogs = addedLogs
    self.logsAfter = logsAfter
    self.setsLearningRate = setsLearningRate
  }

  /// Whether any batch hook reads `logs`.
  package var readsBatchLogs: Bool { !logsRead.isDisjoint(with: [.trainBatchEnd, .batchEnd, .testBatchEnd, .predictBatchEnd]) }

  /// Calls a hook; does nothing where the callback has none of that name.
  package func call(_ hook: Hook, _ call: inout HookCall) throws(Failure) {
    if let body = bodies[hook] { try self.call(body, &call) }
  }

  /// Calls one of `bodies`.
  package func call(_ body: Body, _ call: inout HookCall) throws(Failure) {
    // Taken out of the instance for the call, so that the hook owns it alone: no copy of a growing list, no overlapping access.
    var state: [Value] = []
    swap(&state, &instance.state)
    defer { swap(&state, &instance.state) }
    try body(&call, &state)
  }
}
