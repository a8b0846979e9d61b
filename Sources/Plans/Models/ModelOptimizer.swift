import Lambdas

/// `M.optimizer` outside hooks: it reads and sets the rate that training uses next. Where several optimizers share the weights, it lists
/// them (`M.optimizer.optimizers`), and each has its own rate.
final class ModelOptimizer: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: used by the session's one thread only.
  let model: ModelObject
  let configured: Configured
  /// Which of those that make the steps it is; nil for one that shares the weights out.
  let place: Int?
  private let name: String
  private let world: (any World)?

  /// The optimizer that a model is compiled with.
  init(of model: ModelObject, _ optimizer: Configured, world: (any World)?) {
    self.model = model
    configured = optimizer
    place = optimizer.optimizerMap == nil ? 0 : nil
    name = optimizer.optimizerName
    self.world = world
  }

  private init(_ whole: ModelOptimizer, _ configured: Configured, name: String, place: Int) {
    model = whole.model
    world = whole.world
    self.configured = configured
    self.name = name
    self.place = place
  }

  var description: String { configured.description }
  var objectType: ObjectType { place == nil ? HookObjects.severalOptimizers : HookObjects.optimizer }

  /// How plans and findings name it.
  var path: String {
    let whole = "\(model.plan.name).optimizer"
    guard let place, model.compiled?.optimizer.optimizerMap != nil else { return whole }
    return "\(whole).optimizers[\(place)]"
  }

  /// Keras's two names of the learning rate.
  static func isRate(_ name: String) -> Bool { ["learning_rate", "lr"].contains(name) }

  /// Whether only the run knows an attribute.
  func dependsOnRun(_ attribute: String) -> Bool { !["name", "optimizers"].contains(attribute) }

  func attribute(_ name: String) throws(MachineError) -> Value {
    switch (name, place) {
    case ("name", _): return .string(self.name)
    case ("learning_rate", let place?), ("lr", let place?):
      guard let world else { return configured.stepMakers.first?.firstLearningRate ?? .float(0) }
      do { return .float(try world.learningRate(of: model, optimizer: place)) } catch { throw .init(.failure, error.message) }
    case ("iterations", _):
      guard let world else { return .integer(0) }
      do { return .integer(try world.iterations(of: model)) } catch { throw .init(.failure, error.message) }
    case ("optimizers", nil):
      guard let map = configured.optimizerMap else { return .list([]) }
      return .list(
        zip(map.optimizers, map.names).enumerated().map { place, part in
          .object(ModelOptimizer(self, part.0, name: part.1, place: place))
        })
    default: throw .init(.attribute, "`\(configured.entry.name)` has no attribute `\(name)`")
    }
  }
}
