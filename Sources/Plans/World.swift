import Lambdas

/// What a plan's effects are carried out by: the run. The check has none; it forecasts what each would give.
package protocol World: AnyObject {
  /// Trains, and gives the history.
  func fit(_ plan: FitPlan) throws(Failure) -> HistoryObject
  func evaluate(_ plan: EvaluatePlan) throws(Failure) -> ScoresObject
  /// Gives an array, or a list of them for several outputs.
  func predict(_ plan: EvaluatePlan) throws(Failure) -> Value
  func save(_ model: ModelObject, to path: String) throws(Failure)
  /// Reads a model file; its plan has been checked against the catalog.
  func loadModel(_ path: String) throws(Failure) -> ModelObject
  /// Saves the weights alone.
  func saveWeights(_ model: ModelObject, to path: String) throws(Failure)
  /// Reads weights into a model, from a weights file or from a model file with the same layers.
  func loadWeights(_ model: ModelObject, from path: String) throws(Failure)
  /// The learning rate that the model's optimizer has now: where several share the weights, the one of that number.
  func learningRate(of model: ModelObject, optimizer: Int) throws(Failure) -> Double
  func setLearningRate(_ rate: Double, of model: ModelObject, optimizer: Int) throws(Failure)
  /// How many updates the model's optimizer has made.
  func iterations(of model: ModelObject) throws(Failure) -> Int
  /// The weights in Keras's order, as a list of arrays.
  func weights(of model: ModelObject) throws(Failure) -> Value
  func setWeights(_ weights: Value, of model: ModelObject) throws(Failure)
  /// The weights of one layer of a model.
  func weights(of layer: Configured, in model: ModelObject) throws(Failure) -> Value
  func setWeights(_ weights: Value, of layer: Configured, in model: ModelObject) throws(Failure)
  /// Sets to zero what recurrent layers carry from batch to batch: all of a model, or one of its layers.
  func resetStates(of model: ModelObject, layer: Configured?) throws(Failure)
  /// What a layer makes of values: an array, or a list of them. `owner` is the model whose weights it has, if it is part of one.
  func apply(_ layer: Configured, of owner: ModelObject?, to values: Value) throws(Failure) -> Value
  /// Layers in a row, as functions call them that data sets call.
  func chain(of layers: [Configured]) throws(Failure) -> any LayerChain
  /// Lets a layer learn from data: an array, a data set, a list of numbers or words.
  func adapt(_ layer: Configured, of owner: ModelObject?, to data: Value) throws(Failure)
  /// The words or numbers that a layer tells apart, in order, perhaps with those that stand for masked and unknown ones.
  func vocabulary(of layer: Configured, includesSpecial: Bool) throws(Failure) -> Value
  /// How many numbers the optimizer of a model keeps; nil before it has begun.
  func optimizerNumberCount(of model: ModelObject) -> Int?
  /// How wide a line is where `write` writes.
  var columns: Int { get }
  /// What `print` writes.
  func write(_ text: String)
  /// What is noticed of data as it is read; told when a run is over.
  var remarks: Remarks { get }
  /// Whether functions that are there to write a file are called.
  var writesFiles: Bool { get }
}

extension World {
  package var writesFiles: Bool { true }
}

/// What `fit` gives: `.history`, `.epoch`, `.params`, `h["loss"]`.
package final class HistoryObject: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: written by the one run that makes it.
  package var epochs: [Int]
  /// Keys in the order in which they first appeared, each with its values epoch by epoch.
  package var keys: [String]
  package var series: [String: [Value]]
  package var parameters: [(name: String, value: Value)]

  package init(
    epochs: [Int] = [], keys: [String] = [], series: [String: [Value]] = [:], parameters: [(name: String, value: Value)] = []
  ) {
    self.epochs = epochs
    self.keys = keys
    self.series = series
    self.parameters = parameters
  }
  package func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "history": return .dict(DictValue(keys.map { ($0, .list(series[$0] ?? [])) }))
    case "epoch": return .list(epochs.map(Value.integer))
    case "params": return .dict(DictValue(parameters.map { ($0.name, $0.value) }))
    default: throw .init(.attribute, "'History' object has no attribute '\(name)'")
    }
  }

  /// `h["loss"]`: the values of a key, epoch by epoch.
  package func subscripted(_ index: Value) throws(MachineError) -> Value {
    guard case .string(let key) = index, let values = series[key] else { throw .init(.key, Operations.representation(index)) }
    return .list(values)
  }

  package var objectType: ObjectType { HistoryObject.type }
  package static let type = ObjectType(
    "History",
    attributes: [
      "history": .init(.dict(key: .string, value: .list(.any))), "epoch": .init(.list(.integer)),
      "params": .init(.dict(key: .string, value: .any)),
    ], element: .list(.any))
}

/// What a callback of the catalog has come to in its last fit.
package final class CallbackResults: Sendable {
  package let values: [String: Value]
  package init(_ values: [String: Value]) { self.values = values }
}

/// What `evaluate` gives: `.accuracy`, `["accuracy"]`, and unpacking in Keras's order, loss first.
package final class ScoresObject: ObjectValue {
  package let scores: [(name: String, value: Value)]
  package let objectType: ObjectType

  package init(_ scores: [(name: String, value: Value)]) {
    self.scores = scores
    objectType = ScoresObject.type(of: scores.map { ($0.name, ValueType(of: $0.value)) })
  }

  /// What the types of scores are called, whatever their names.
  package static let typeName = "Scores"

  /// The type of scores with these names and types.
  package static func type(of scores: [(name: String, type: ValueType)]) -> ObjectType {
    ObjectType(
      typeName, attributes: Dictionary(scores.map { ($0.name, .init($0.type)) }, uniquingKeysWith: { first, _ in first }),
      element: ValueType.oneOf(scores.map(\.type)))
  }

  /// `scores["accuracy"]`, and by place as in Keras's list, loss first.
  package func subscripted(_ index: Value) throws(MachineError) -> Value {
    switch index {
    case .string(let key):
      guard let score = scores.first(where: { $0.name == key }) else { throw .init(.key, Operations.representation(index)) }
      return score.value
    case .integer(let position):
      let actual = position < 0 ? scores.count + position : position
      guard scores.indices.contains(actual) else { throw .init(.index, "list index out of range") }
      return scores[actual].value
    default: throw .init(.type, "scores are indexed by name")
    }
  }

  /// The scores in order, for unpacking and loops.
  package func elements() -> [Value]? { scores.map(\.value) }

  /// The same scores of the same names; also a dict of them, and Keras's list of them.
  package func equals(_ other: Value) -> Bool {
    switch other {
    case .object(let object as ScoresObject): equals(.dict(object.named))
    case .dict: (try? Operations.equal(.dict(named), other)) ?? false
    case .list: (try? Operations.equal(.list(scores.map(\.value)), other)) ?? false
    default: false
    }
  }

  private var named: DictValue { DictValue(scores.map { ($0.name, $0.value) }) }

  /// As a dict of the scores reads: `{'loss': 0.25, 'accuracy': 0.95}`.
  package var description: String {
    "{" + scores.map { "'\($0.name)': \(Operations.representation($0.value))" }.joined(separator: ", ") + "}"
  }

  package func attribute(_ name: String) throws(MachineError) -> Value {
    guard let score = scores.first(where: { $0.name == name }) else {
      throw .init(.attribute, "`\(Self.typeName)` has no attribute `\(name)`")
    }
    return score.value
  }
}
