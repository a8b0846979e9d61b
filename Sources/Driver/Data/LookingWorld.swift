import Lambdas
import Plans
import Training

/// Carries out a script for the sake of its data: what reads and makes data is done, and nothing is trained, saved or printed.
///
/// An evaluation or a prediction has no value here, so that a statement which needs it is left out.
final class LookingWorld: World {
  /// What the runs that were reached are fed, in order.
  private(set) var uses: [DataUse] = []
  /// What does all that has to do with models.
  private let training: TrainingWorld

  init(_ training: TrainingWorld) { self.training = training }

  /// What is thrown where a value would come of a training.
  static let needsTraining = Failure("it needs a trained model")

  func fit(_ plan: FitPlan) throws(Failure) -> HistoryObject {
    let name = plan.model.plan.name
    uses.append(DataUse("fit \(name)", "to train on", plan.data, at: plan.range))
    if let validation = plan.validation { uses.append(DataUse("fit \(name)", "to validate with", validation, at: plan.range)) }
    return HistoryObject()
  }

  func evaluate(_ plan: EvaluatePlan) throws(Failure) -> ScoresObject {
    uses.append(DataUse("evaluate \(plan.model.plan.name)", "to evaluate on", plan.data, at: plan.range))
    throw Self.needsTraining
  }

  func predict(_ plan: EvaluatePlan) throws(Failure) -> Value {
    uses.append(DataUse("predict \(plan.model.plan.name)", "to predict from", plan.data, at: plan.range))
    throw Self.needsTraining
  }

  func save(_ model: ModelObject, to path: String) {}
  func saveWeights(_ model: ModelObject, to path: String) {}
  func write(_ text: String) {}
  var columns: Int { training.columns }
  var remarks: Remarks { training.remarks }
  var writesFiles: Bool { false }

  func loadModel(_ path: String) throws(Failure) -> ModelObject { try training.loadModel(path) }
  func loadWeights(_ model: ModelObject, from path: String) throws(Failure) { try training.loadWeights(model, from: path) }
  func learningRate(of model: ModelObject, optimizer: Int) throws(Failure) -> Double {
    try training.learningRate(of: model, optimizer: optimizer)
  }
  func setLearningRate(_ rate: Double, of model: ModelObject, optimizer: Int) throws(Failure) {
    try training.setLearningRate(rate, of: model, optimizer: optimizer)
  }
  func iterations(of model: ModelObject) throws(Failure) -> Int { try training.iterations(of: model) }
  func weights(of model: ModelObject) throws(Failure) -> Value { try training.weights(of: model) }
  func setWeights(_ weights: Value, of model: ModelObject) throws(Failure) { try training.setWeights(weights, of: model) }
  func weights(of layer: Configured, in model: ModelObject) throws(Failure) -> Value {
    try training.weights(of: layer, in: model)
  }
  func setWeights(_ weights: Value, of layer: Configured, in model: ModelObject) throws(Failure) {
    try training.setWeights(weights, of: layer, in: model)
  }
  func resetStates(of model: ModelObject, layer: Configured?) throws(Failure) {
    try training.resetStates(of: model, layer: layer)
  }
  func apply(_ layer: Configured, of owner: ModelObject?, to values: Value) throws(Failure) -> Value {
    try training.apply(layer, of: owner, to: values)
  }
  func chain(of layers: [Configured]) throws(Failure) -> any LayerChain { training.chain(of: layers) }
  func adapt(_ layer: Configured, of owner: ModelObject?, to data: Value) throws(Failure) {
    try training.adapt(layer, of: owner, to: data)
  }
  func vocabulary(of layer: Configured, includesSpecial: Bool) throws(Failure) -> Value {
    try training.vocabulary(of: layer, includesSpecial: includesSpecial)
  }
  func optimizerNumberCount(of model: ModelObject) -> Int? { training.optimizerNumberCount(of: model) }
}
