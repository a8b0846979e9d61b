import Arrays
import Artifacts
import Lambdas
import Networks
import Plans

/// What a trainer trains: a network with its data bound to it. The trainer says which rows, and knows nothing of shapes.
package protocol Trainee: WatchedModel {
  /// The names of `scores`, in Keras's order: the loss first.
  var scoreNames: [String] { get }
  /// Their values since the last `begin`.
  var scores: [Score] { get }
  /// One of them alone.
  func score(at index: Int) -> Score
  /// The optimizers' learning rates; one, unless several share the weights.
  var rates: [OptimizerRate] { get }
  /// Stored in single precision; `optimizer` counts as in `rates`.
  func setLearningRate(_ rate: Double, of optimizer: Int)
  /// Sets the states that layers keep from batch to batch to nothing: those of one layer, by its place in `layers`, or of all.
  func resetStates(of layer: Int?)
  /// Replaces all weights; their number and shapes must be the model's.
  func setWeights(_ weights: [NDArray]) throws(Failure)

  /// Sets the scores' sums back: an epoch, an evaluation or a prediction begins.
  func begin(_ phase: Phase)
  /// One step of the optimizer on these examples of the training data, as it is in that pass.
  func trainBatch(_ rows: UnsafeBufferPointer<Int32>, inPass pass: Int) throws(Failure)
  /// Which examples come after the next batch, so that they are near by then; valid until that batch is done.
  func expect(_ rows: UnsafeBufferPointer<Int32>)
  /// Makes the weights what they are when training is over: the optimizer's running averages, if it keeps them.
  func finishTraining()
  /// Whether the optimizer keeps running averages of the weights.
  var averagesWeights: Bool { get }
  /// Whether the weights are the optimizer's running averages for now, which hold the weights meanwhile.
  var averagesAreIn: Bool { get }
  /// Exchanges weights and averages; nothing where there are none.
  func swapAverages()
  /// Whether averages that are in the model stay there for good, so that files which are written now have nothing else.
  var averagesStay: Bool { get set }
  /// The scores of these examples of the data to test on.
  func testBatch(_ rows: UnsafeBufferPointer<Int32>) throws(Failure)
  /// The predictions for these examples.
  func predictBatch(_ rows: UnsafeBufferPointer<Int32>) throws(Failure)
  /// The last batch's predictions, an array an output, brought back.
  var predictions: [NDArray] { get }

  /// The model or its weights as they are now, to be written to a file; its ending says as what.
  func saving(to path: String, weightsOnly: Bool) throws(Failure) -> FileWriter.Job
  /// Everything that training changes: weights, the optimizer's slots, step and rate, the sums of the scores.
  func saveState() throws(Failure) -> RunRecord.Part
  /// The same, its arrays copied to where `finder` says, as far as it knows of places.
  func saveState(in finder: SnapshotPlaces.Finder) throws(Failure) -> RunRecord.Part
  /// Without the sums of the scores where these are of other scores.
  func restore(_ state: RunRecord.Part, withSums: Bool) throws(Failure)
  /// Where to note what callbacks take; nil unless that was asked for.
  var profile: StepProfile? { get }
}

extension Trainee {
  package func saveState(in finder: SnapshotPlaces.Finder) throws(Failure) -> RunRecord.Part { try saveState() }
  func restore(_ state: RunRecord.Part) throws(Failure) { try restore(state, withSums: true) }
  package func score(at index: Int) -> Score { scores[index] }
  package var profile: StepProfile? { nil }
  package func expect(_ rows: UnsafeBufferPointer<Int32>) {}
}

extension Trainee {
  /// Whether several optimizers share the weights.
  var sharesWeights: Bool { rates.contains { $0.optimizer != nil } }
  package func finishTraining() {}
  package func resetStates(of layer: Int?) {}
  package var averagesWeights: Bool { false }
  package var averagesAreIn: Bool { false }
  package func swapAverages() {}

  /// The scores by name, sorted as callbacks see them.
  var logs: Logs { ScoreOrder(scoreNames).logs(scores) }

  /// The same for a pass that goes on.
  var runningLogs: RunningLogs {
    let order = ScoreOrder(scoreNames)
    return RunningLogs(reading: { order.logs(self.scores) }) { name in
      order.place(of: name).flatMap { self.score(at: $0).value.asDouble }
    }
  }
}

extension Score {
  /// What scripts and callbacks see: a float, or an array of float32.
  var value: Value {
    switch self {
    case .number(let number): .float(number)
    case .vector(let numbers): .array(NDArray(doubles: numbers, shape: [numbers.count]).converted(to: .float32))
    }
  }
}
