import Arrays
import Lambdas
import Plans

/// A world that notes what it is asked to do, and gives what a run could give.
final class FakeWorld: World {
  let remarks = Remarks()
  func resetStates(of model: ModelObject, layer: Configured?) throws(Failure) {}

  private(set) var events: [String] = []
  private(set) var text = ""
  private(set) var fits: [FitPlan] = []
  private var rate = 0.25
  /// What was set last, by layer; until then all weights are 0.
  private var layerWeights: [ObjectIdentifier: [Value]] = [:]
  var scores: [(name: String, value: Value)] = [("loss", .float(0.1)), ("accuracy", .float(0.95))]

  func fit(_ plan: FitPlan) -> HistoryObject {
    fits.append(plan)
    events.append("fit \(plan.model.plan.name) \(plan.site.statement) \(plan.site.loopRounds)")
    let losses = (0..<plan.epochs).map { Value.float(1 / Double($0 + 1)) }
    return HistoryObject(epochs: Array(0..<plan.epochs), keys: ["loss"], series: ["loss": losses])
  }

  func evaluate(_ plan: EvaluatePlan) -> ScoresObject {
    events.append("evaluate \(plan.model.plan.name)")
    return ScoresObject(scores)
  }

  func predict(_ plan: EvaluatePlan) -> Value {
    events.append("predict \(plan.model.plan.name)")
    return .list([])
  }

  func save(_ model: ModelObject, to path: String) { events.append("save \(model.plan.name) to \(path)") }

  func loadModel(_ path: String) throws(Failure) -> ModelObject {
    guard let model = fits.last?.model else { throw Failure("`\(path)` does not exist") }
    events.append("load \(path)")
    return model
  }

  func saveWeights(_ model: ModelObject, to path: String) { events.append("save weights of \(model.plan.name) to \(path)") }

  func loadWeights(_ model: ModelObject, from path: String) { events.append("load weights of \(model.plan.name) from \(path)") }

  func learningRate(of model: ModelObject, optimizer: Int) -> Double { rate }

  func setLearningRate(_ rate: Double, of model: ModelObject, optimizer: Int) { self.rate = rate }

  func iterations(of model: ModelObject) -> Int { fits.count }

  func weights(of model: ModelObject) -> Value { .list(model.plan.layers.flatMap(weights)) }

  func setWeights(_ weights: Value, of model: ModelObject) {
    guard case .list(var rest) = weights else { return }
    for layer in model.plan.layers {
      layerWeights[ObjectIdentifier(layer.configured)] = Array(rest.prefix(layer.weights.count))
      rest.removeFirst(min(rest.count, layer.weights.count))
    }
  }

  func weights(of layer: Configured, in model: ModelObject) -> Value {
    .list(model.plan.layers.first { $0.configured === layer }.map(weights) ?? [])
  }

  func setWeights(_ weights: Value, of layer: Configured, in model: ModelObject) {
    if case .list(let arrays) = weights { layerWeights[ObjectIdentifier(layer)] = arrays }
  }

  private func weights(of layer: ModelPlan.Layer) -> [Value] {
    layerWeights[ObjectIdentifier(layer.configured)] ?? layer.weights.map { .array(NDArray(.float32, shape: $0.shape)) }
  }

  func apply(_ layer: Configured, of owner: ModelObject?, to values: Value) -> Value { values }

  func chain(of layers: [Configured]) throws(Failure) -> any LayerChain { throw Failure("nothing is computed here") }

  func adapt(_ layer: Configured, of owner: ModelObject?, to data: Value) { events.append("adapt \(layer.entry.name)") }

  func vocabulary(of layer: Configured, includesSpecial: Bool) -> Value { .list([]) }

  func optimizerNumberCount(of model: ModelObject) -> Int? { nil }

  var columns: Int { 80 }

  func write(_ text: String) { self.text += text }
}

/// `model` in a hook, for tests: what was set is noted.
final class FakeHookModel: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: one test on one thread uses it.
  var stops = false
  var objectType: ObjectType { HookObjects.model(hasSeveralOptimizers: false) }
  func attribute(_ name: String) throws(MachineError) -> Value { .bool(stops) }
  func setAttribute(_ name: String, to value: Value) throws(MachineError) {
    if name == "stop_training", case .bool(let flag) = value { stops = flag }
  }
}
