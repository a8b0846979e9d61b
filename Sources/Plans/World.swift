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
  /// What `print` writes.
  func write(_ text: String)
}

/// What `fit` gives: `.history`, `.epoch`, `.params`, `h["loss"]`.
package final class HistoryObject: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: written by the one run that makes it.
  package var epochs: [Int]
  /// Keys in the order in which they first appeared, each with its values epoch by epoch.
  package var keys: [String]
  package var series: [String: [Value]]
  package var parameters: [(name: String, value: Value)]

  package init(epochs: [Int] = [], keys: [String] = [], series: [String: [Value]] = [:], parameters: [(name: String, value: Value)] = []) {
    self.epochs = epochs
    self.keys = keys
    self.series = series
    self.parameters = parameters
  }
  package var objectType: ObjectType { HistoryObject.type }
  package static let type = ObjectType(
    "History",
    attributes: [
      "history": .init(.dict(key: .string, value: .list(.any))), "epoch": .init(.list(.integer)),
      "params": .init(.dict(key: .string, value: .any)),
    ], element: .list(.any))
}

/// What `evaluate` gives: `.accuracy`, `["accuracy"]`, and unpacking in Keras's order, loss first.
package final class ScoresObject: ObjectValue {
  package let scores: [(name: String, value: Value)]
  package let objectType: ObjectType

  package init(_ scores: [(name: String, value: Value)]) {
    self.scores = scores
    objectType = ScoresObject.type(of: scores.map(\.name))
  }

  /// The type of the scores with these names.
  package static func type(of names: [String]) -> ObjectType {
    ObjectType(
      "Scores", attributes: Dictionary(names.map { ($0, .init(.float)) }, uniquingKeysWith: { first, _ in first }), element: .float)
  }

  package func attribute(_ name: String) throws(MachineError) -> Value {
    guard let score = scores.first(where: { $0.name == name }) else { throw .init(.attribute, "`Scores` has no attribute `\(name)`") }
    return score.value
  }
}
