import Arrays
import Artifacts
import Lambdas
import Plans

/// `model` in a hook: the network in training.
///
/// What a hook sets holds at once, and what it saves is the model of that moment; the files are written while training goes on.
final class HookModel: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: lives on the run's one thread.
  private let trainee: any Trainee
  /// Whether the run will end after this batch or epoch.
  var stopTraining = false
  /// Whether the evaluation or prediction that goes on will end after this batch.
  var stopEvaluating = false
  var stopPredicting = false
  private var requests: [Request] = []

  init(_ trainee: any Trainee) { self.trainee = trainee }

  /// The model for callbacks that only look at it.
  var watched: any WatchedModel { trainee }

  var objectType: ObjectType { HookObjects.model(hasSeveralOptimizers: trainee.sharesWeights) }
  var description: String { "<Model \(trainee.modelName)>" }

  /// What was asked for since the last time, in order.
  func takeRequests() -> [Request] {
    if requests.isEmpty { return [] }
    defer { requests = [] }
    return requests
  }

  /// A learning rate was set that was another one before.
  func noteRate(_ before: Double, of optimizer: Int) {
    requests.append(.learningRateIsSet(from: before, of: optimizer, because: "it sets `model.optimizer.learning_rate`"))
  }

  /// The copy is taken now: the hook may change the model before it is done.
  private func save(to path: String, weightsOnly: Bool, reason: String) throws(MachineError) {
    let job: FileWriter.Job
    do throws(Failure) { job = try trainee.saving(to: path, weightsOnly: weightsOnly) } catch {
      throw .init(.value, error.message)
    }
    let request = SaveRequest(path: path, weightsOnly: weightsOnly, announcement: "", confirmation: "", reason: reason)
    requests.append(.saveCopy(request, job))
  }

  func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "stop_training": .bool(stopTraining)
    case "stop_evaluating": .bool(stopEvaluating)
    case "stop_predicting": .bool(stopPredicting)
    case "optimizer": trainee.sharesWeights ? .object(HookOptimizers(trainee, self)) : .object(HookOptimizer(trainee, 0, self))
    case "layers": .list(trainee.layers.indices.map { .object(HookLayer(trainee, $0)) })
    case "name": .string(trainee.modelName)
    case "trainable": .bool(trainee.layers.contains(where: \.isTrainable))
    case "weights": .list(trainee.weights.map(Value.array))
    default: throw .init(.attribute, "`model` has no attribute `\(name)`")
    }
  }

  func setAttribute(_ name: String, to value: Value) throws(MachineError) {
    switch (name, value) {
    case ("stop_training", _): stopTraining = try truth(of: value, name)
    case ("stop_evaluating", _): stopEvaluating = try truth(of: value, name)
    case ("stop_predicting", _): stopPredicting = try truth(of: value, name)
    case ("trainable", _): throw notTrainableNow
    default: throw .init(.attribute, "`model.\(name)` cannot be set in a hook")
    }
  }

  private func truth(of value: Value, _ name: String) throws(MachineError) -> Bool {
    switch value {
    case .bool(let flag): return flag
    case .integer(let number): return number != 0
    default: throw .init(.type, "`model.\(name)` is True or False, not \(value.briefDescription)")
    }
  }

  func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value {
    switch (method, arguments.first) {
    case ("save", .string(let path)?), ("save_weights", .string(let path)?):
      try save(to: path, weightsOnly: method == "save_weights", reason: "it calls `model.\(method)`")
      return .none
    case ("get_weights", _): return .list(trainee.weights.map(Value.array))
    case ("set_weights", let weights?):
      try setWeights(try arrays(weights), of: trainee)
      return .none
    case ("count_params", _): return .integer(trainee.weights.reduce(0) { $0 + $1.count })
    case ("reset_states", _):
      trainee.resetStates(of: nil)
      return .none
    case ("get_layer", .string(let name)?):
      guard let index = trainee.layers.firstIndex(where: { $0.name == name }) else {
        throw .init(.value, "the model has no layer `\(name)`; its layers are \(listed(trainee.layers.map(\.name)))")
      }
      return .object(HookLayer(trainee, index))
    case ("get_layer", _):
      guard arguments.count > 1, let index = arguments[1].asInteger else {
        throw .init(.value, "`get_layer` takes the name of a layer or its index")
      }
      let place = index < 0 ? index + trainee.layers.count : index
      guard trainee.layers.indices.contains(place) else {
        throw .init(.index, "the model has \(trainee.layers.count) layers, so none has the index \(index)")
      }
      return .object(HookLayer(trainee, place))
    default: throw .init(.attribute, "`model` has no method `\(method)` with these arguments")
    }
  }
}

/// A layer in a hook: its share of the model's weights.
private final class HookLayer: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: lives on the run's one thread.
  private let trainee: any Trainee
  private let index: Int

  init(_ trainee: any Trainee, _ index: Int) {
    self.trainee = trainee
    self.index = index
  }

  var objectType: ObjectType { HookObjects.layer }
  private var layer: TraineeLayer { trainee.layers[index] }
  var description: String { "<Layer \(layer.name)>" }

  /// The layer's places among the model's weights.
  private var range: Range<Int> {
    let start = trainee.layers[..<index].reduce(0) { $0 + $1.weightCount }
    return start..<start + layer.weightCount
  }

  func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "name": .string(layer.name)
    case "trainable": .bool(layer.isTrainable)
    case "weights": .list(trainee.weights[range].map(Value.array))
    default: throw .init(.attribute, "a layer has no attribute `\(name)`")
    }
  }

  func setAttribute(_ name: String, to value: Value) throws(MachineError) {
    throw name == "trainable" ? notTrainableNow : .init(.attribute, "`\(name)` of a layer cannot be set in a hook")
  }

  func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value {
    switch (method, arguments.first) {
    case ("get_weights", _): return .list(trainee.weights[range].map(Value.array))
    case ("set_weights", let weights?):
      let new = try arrays(weights)
      guard new.count == range.count else {
        throw .init(.value, "the layer `\(layer.name)` has \(range.count) weights, but \(new.count) are given")
      }
      var all = trainee.weights
      all.replaceSubrange(range, with: new)
      try setWeights(all, of: trainee)
      return .none
    case ("count_params", _): return .integer(trainee.weights[range].reduce(0) { $0 + $1.count })
    case ("reset_states", _), ("reset_state", _):
      guard layer.hasStates else { throw .init(.attribute, "the layer `\(layer.name)` keeps no states from batch to batch") }
      trainee.resetStates(of: index)
      return .none
    default: throw .init(.attribute, "a layer has no method `\(method)` with these arguments")
    }
  }
}

/// What is trained is settled when a model is compiled, in Keras too; there the assignment does nothing.
private let notTrainableNow = MachineError(
  .attribute, "`trainable` is settled when the model is compiled; set it before `compile`, outside of hooks")

/// The arrays of a list or tuple of them.
func arrays(_ value: Value) throws(MachineError) -> [NDArray] {
  let elements: [Value]
  switch value {
  case .list(let values), .tuple(let values): elements = values
  default: throw .init(.type, "weights are a list of arrays, not \(value.briefDescription)")
  }
  var arrays: [NDArray] = []
  for element in elements {
    guard case .array(let array) = element else {
      throw .init(.type, "weights are a list of arrays, and this one holds \(element.briefDescription)")
    }
    arrays.append(array)
  }
  return arrays
}

private func setWeights(_ weights: [NDArray], of trainee: any Trainee) throws(MachineError) {
  do throws(Failure) { try trainee.setWeights(weights) } catch { throw .init(.value, error.message) }
}
