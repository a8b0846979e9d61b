import Arrays
import Artifacts
import Lambdas
import Networks
import Plans
import Tensors

/// A network with the data of one run bound to it, as the trainer sees it.
final class NetworkTrainee: Trainee {
  private let network: Network
  private let savingModel: (_ path: String, _ weightsOnly: Bool) throws(Failure) -> FileWriter.Job
  private let learningRateOfStep: (Network) throws(Failure) -> Void
  /// The rows of the batch after the next, if they are known.
  private var expected: UnsafeBufferPointer<Int32>?
  private let training: (any BatchFeed)?
  private let testing: (any BatchFeed)?
  private let predicting: (any BatchFeed)?
  let scoreNames: [String]

  /// Each feed is for one of the three phases; `saving` makes what writes a model file, `learningRate` sets that of the next step
  /// where it is a function of the script.
  init(
    _ network: Network, training: (any BatchFeed)? = nil, testing: (any BatchFeed)? = nil, predicting: (any BatchFeed)? = nil,
    learningRate: @escaping (Network) throws(Failure) -> Void = { _ in },
    saving: @escaping (_ path: String, _ weightsOnly: Bool) throws(Failure) -> FileWriter.Job
  ) {
    self.network = network
    savingModel = saving
    learningRateOfStep = learningRate
    self.training = training
    self.testing = testing
    self.predicting = predicting
    scoreNames = network.metricNames
  }

  var profile: StepProfile? { network.profile }
  var scores: [Score] { network.metricResults().map(\.value) }
  func score(at index: Int) -> Score { network.metricResult(at: index) }
  var rates: [OptimizerRate] {
    network.optimizerNames.enumerated().map { index, name in
      OptimizerRate(network.learningRate(of: index), of: name, isSettable: network.hasSettableLearningRate(index))
    }
  }
  func setLearningRate(_ rate: Double, of optimizer: Int) { network.setLearningRate(rate, of: optimizer) }
  var weights: [NDArray] { network.getWeights() }
  var modelName: String { network.plan.name }
  var optimizerName: String { network.compiled?.optimizer.optimizerName ?? "" }
  var iterations: Int { network.iterations }
  var weightPaths: [String] { network.weightsByLayer.joined().map { KerasModel.path(of: $0, in: network.plan) } }
  var configuration: JSON {
    KerasModel.configuration(of: network.plan, compiled: network.compiled, learningRates: network.learningRates)
  }

  var layers: [TraineeLayer] {
    let owners = network.weightsByLayer.joined().map(\.layer)
    return network.plan.listedLayers.map { layer in
      let count = owners.count { $0 == layer.name || $0.hasPrefix("\(layer.name)/") }  // a nested model's, too
      return TraineeLayer(
        name: layer.name, kind: layer.configured.shownClassName, isTrainable: layer.isTrainable, weightCount: count,
        hasStates: layer.configured.entry.abilities.contains(.takesStates))
    }
  }

  func setWeights(_ weights: [NDArray]) throws(Failure) {
    do throws(NetworkFailure) { try network.setWeights(weights) } catch { throw Failure(error.message) }
  }

  func resetStates(of layer: Int?) { network.resetStates(of: layer.map { network.plan.listedLayers[$0].configured }) }

  func begin(_ phase: Phase) { network.resetMetrics() }
  func trainBatch(_ rows: UnsafeBufferPointer<Int32>, inPass pass: Int) throws(Failure) {
    if network.hasRateFunction { try learningRateOfStep(network) }
    try run(training, rows, after: expected, inPass: pass)
    expected = nil
  }
  func expect(_ rows: UnsafeBufferPointer<Int32>) { expected = rows }
  func finishTraining() { network.finishTraining() }
  var averagesWeights: Bool { network.averagesWeights }
  var averagesAreIn: Bool { network.averagesAreIn }
  func swapAverages() { network.swapAverages() }
  var averagesStay = false
  func testBatch(_ rows: UnsafeBufferPointer<Int32>) throws(Failure) { try run(testing, rows) }
  func predictBatch(_ rows: UnsafeBufferPointer<Int32>) throws(Failure) { try run(predicting, rows) }

  /// Makes ready for batches of these sizes. Throws where memory cannot hold a step, before anything is trained.
  func prepare(trainingBatch: Int? = nil, testBatch: Int? = nil) throws(Failure) {
    do throws(Failure) {
      if let trainingBatch, trainingBatch > 0 { try training?.prepare(batchSize: trainingBatch) }
      if let testBatch, testBatch > 0 { try testing?.prepare(batchSize: testBatch) }
    } catch {
      throw Failure("`\(modelName)` cannot be trained here: \(error.message)")
    }
  }

  private func run(
    _ feed: (any BatchFeed)?, _ rows: UnsafeBufferPointer<Int32>, after: UnsafeBufferPointer<Int32>? = nil, inPass pass: Int = 0
  ) throws(Failure) {
    guard let feed else { preconditionFailure("a phase is run only with data for it") }
    try feed.run(rows, after: after, inPass: pass)
  }

  var predictions: [NDArray] {
    guard let runner = predicting?.runner else { return [] }
    return network.plan.outputs.indices.map { output in
      var array = NDArray(.float32, shape: runner.predictionShape(output: output))
      let values = runner.predictions(output: output)
      array.withMutableElements(as: Float.self) { _ = $0.update(fromContentsOf: values) }
      return array
    }
  }

  func saving(to path: String, weightsOnly: Bool) throws(Failure) -> FileWriter.Job {
    guard averagesStay, averagesAreIn else { return try savingModel(path, weightsOnly) }
    return try network.withAveragesInBothPlaces { () throws(Failure) in try savingModel(path, weightsOnly) }
  }

  func saveState() throws(Failure) -> RunRecord.Part { RunRecord.Part(arrays: network.state()) }
  func saveState(in finder: SnapshotPlaces.Finder) throws(Failure) -> RunRecord.Part {
    RunRecord.Part(arrays: network.state(in: finder))
  }

  func restore(_ state: RunRecord.Part, withSums: Bool) throws(Failure) {
    do throws(NetworkFailure) { try network.restore(state.arrays, withSums: withSums) } catch { throw Failure(error.message) }
  }
}
