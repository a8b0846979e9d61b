import Lambdas
import Plans

/// A world that notes what it is asked to do, and gives what a run could give.
final class FakeWorld: World {
  private(set) var events: [String] = []
  private(set) var text = ""
  private(set) var fits: [FitPlan] = []
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

  func write(_ text: String) { self.text += text }
}

/// `model` in a hook, for tests: what was set is noted.
final class FakeHookModel: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: one test on one thread uses it.
  var stops = false
  var objectType: ObjectType { HookObjects.model }
  func attribute(_ name: String) throws(MachineError) -> Value { .bool(stops) }
  func setAttribute(_ name: String, to value: Value) throws(MachineError) {
    if name == "stop_training", case .bool(let flag) = value { stops = flag }
  }
}
