import Lambdas
import Plans

/// `model.optimizer` in a hook, or one of `model.optimizer.optimizers`. The rate is kept in single precision and holds from the next step
/// on.
final class HookOptimizer: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: lives on the run's one thread.
  private let trainee: any Trainee
  private let place: Int
  private let model: HookModel
  init(_ trainee: any Trainee, _ place: Int, _ model: HookModel) {
    self.trainee = trainee
    self.place = place
    self.model = model
  }
  var objectType: ObjectType { HookObjects.optimizer }
  private var rate: OptimizerRate { trainee.rates[place] }

  func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "learning_rate", "lr": .float(rate.value)
    case "iterations": .integer(trainee.iterations)
    case "name": .string(rate.optimizer ?? trainee.optimizerName)
    default: throw .init(.attribute, "`model.optimizer` has no attribute `\(name)`")
    }
  }

  func setAttribute(_ name: String, to value: Value) throws(MachineError) {
    guard name == "learning_rate" || name == "lr" else {
      throw .init(.attribute, "`model.optimizer.\(name)` cannot be set in a hook")
    }
    guard rate.isSettable else {
      throw .init(.type, "`model.optimizer.\(name)` follows a schedule, so it cannot be set")
    }
    guard let new = value.asDouble else {
      throw .init(.type, "`model.optimizer.\(name)` is a number, not \(value.briefDescription)")
    }
    guard new.isLearningRate else {
      throw .init(.value, "`model.optimizer.\(name)` is 0 or more, not \(new.pythonDescription)")
    }
    model.noteRate(rate.value, of: place)
    trainee.setLearningRate(new, of: place)
  }
}

/// `model.optimizer` in a hook where several share the weights: it has no rate of its own.
final class HookOptimizers: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: lives on the run's one thread.
  private let trainee: any Trainee
  private let model: HookModel
  init(_ trainee: any Trainee, _ model: HookModel) {
    self.trainee = trainee
    self.model = model
  }
  var objectType: ObjectType { HookObjects.severalOptimizers }

  func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "optimizers": .list(trainee.rates.indices.map { .object(HookOptimizer(trainee, $0, model)) })
    case "iterations": .integer(trainee.iterations)
    case "name": .string(trainee.optimizerName)
    default: throw .init(.attribute, "`model.optimizer` has no attribute `\(name)`")
    }
  }
}
