import Arrays
import Artifacts
import Lambdas
import Networks
import Plans

@testable import Training

/// A model of one weight whose every step depends on the rows, the order and the rate, so that nothing done differently
/// goes unnoticed; or one whose scores are scripted.
final class FakeTrainee: Trainee {
  var averagesStay = false
  /// Batch by batch of each pass, in the order in which passes come; nil to compute scores from the rows.
  var scriptedTraining: [[[Double]]]?
  var scriptedTests: [[[Double]]]?
  let scoreNames: [String]
  private var numbers: [Double]
  var scores: [Score] { numbers.map(Score.number) }
  var learningRate = Double(Float(0.1)) { didSet { learningRate = Double(Float(learningRate)) } }
  var rates: [OptimizerRate] { [OptimizerRate(learningRate)] }
  func setLearningRate(_ rate: Double, of optimizer: Int) { learningRate = rate }
  private(set) var weight: Float = 1
  private(set) var steps = 0
  private var sum = 0.0
  private var count = 0.0
  private var phase = Phase.train
  private var pass: [Phase: Int] = [:]
  private var batch = 0
  /// Rows of every batch trained, as they came.
  private(set) var trainedRows: [[Int32]] = []
  private(set) var savedPaths: [String] = []
  /// Fails at this step.
  var failsAtStep: Int?
  /// Writes a model file.
  var save: @Sendable (String) throws(FileFailure) -> Void = { _ in }
  /// Called after every training batch.
  var afterBatch: (() -> Void)?
  /// Called after every batch of a test, with how many there have been.
  var afterTestBatch: ((Int) -> Void)?
  private var testBatches = 0

  init(scoreNames: [String] = ["loss", "accuracy"]) {
    self.scoreNames = scoreNames
    numbers = scoreNames.map { _ in 0 }
  }

  let modelName = "fake"
  let optimizerName = "sgd"
  var iterations: Int { steps }
  let layers = [TraineeLayer(name: "dense", isTrainable: true, weightCount: 1)]

  var weights: [NDArray] { [weightArray(weight)] }

  func setWeights(_ weights: [NDArray]) throws(Failure) {
    guard weights.count == 1, weights[0].shape == [1] else { throw Failure("the model has one weight of one number") }
    weight = weights[0].withElements(as: Float.self) { $0[0] }
  }

  func begin(_ phase: Phase) {
    self.phase = phase
    pass[phase, default: -1] += 1
    (sum, count, batch) = (0, 0, 0)
    numbers = scoreNames.map { _ in 0 }
  }

  func trainBatch(_ rows: UnsafeBufferPointer<Int32>, inPass pass: Int) throws(Failure) {
    if steps == failsAtStep { throw Failure("the label 12 of row 7 is none of the 10 classes") }
    trainedRows.append(Array(rows))
    steps += 1
    for row in rows { weight = weight * (1 - Float(learningRate) * 0.01) + Float(learningRate) * Float(row + 1) * 1e-3 }
    score(rows, scriptedTraining)
    afterBatch?()
  }

  func testBatch(_ rows: UnsafeBufferPointer<Int32>) {
    score(rows, scriptedTests)
    testBatches += 1
    afterTestBatch?(testBatches)
  }
  func predictBatch(_ rows: UnsafeBufferPointer<Int32>) {
    var array = NDArray(.float32, shape: [rows.count, 1])
    array.withMutableElements(as: Float.self) { for (index, row) in rows.enumerated() { $0[index] = Float(row) } }
    predictions = [array]
  }
  private(set) var predictions: [NDArray] = []

  private func score(_ rows: UnsafeBufferPointer<Int32>, _ script: [[[Double]]]?) {
    if let script {
      numbers = script[pass[phase] ?? 0][batch]
    } else {
      for row in rows { sum += Double(weight) * Double(row % 7 + 1) }
      count += Double(rows.count)
      numbers = scoreNames.indices.map { Double(Float(sum / count) / Float($0 + 1)) }
    }
    batch += 1
  }

  func saving(to path: String, weightsOnly: Bool) throws(Failure) -> FileWriter.Job {
    savedPaths.append(path)
    return { [save] () throws(FileFailure) in try save(path) }
  }

  func saveState() throws(Failure) -> RunRecord.Part {
    RunRecord.Part(
      notes: ["rate": .float(learningRate), "steps": .integer(steps), "sum": .float(sum), "count": .float(count)],
      arrays: [("weight", weights[0])])
  }

  func restore(_ state: RunRecord.Part, withSums: Bool) throws(Failure) {
    try setWeights(state.arrays.map(\.array))
    learningRate = state.notes["rate"]?.doubleValue ?? 0
    steps = state.notes["steps"]?.integerValue ?? 0
    sum = state.notes["sum"]?.doubleValue ?? 0
    count = state.notes["count"]?.doubleValue ?? 0
    if count > 0 { numbers = scoreNames.indices.map { Double(Float(sum / count) / Float($0 + 1)) } }
  }
}

/// What those who look at a model of the tests see of it.
extension WatchedModel {
  var weightPaths: [String] { layers.map { "\(modelName)/\($0.name)/kernel" } }
  var configuration: JSON { ["class_name": "Sequential", "config": ["name": .string(modelName)]] }
}

/// A weight as an array of one number.
func weightArray(_ weight: Float) -> NDArray {
  var array = NDArray(.float32, shape: [1])
  array.withMutableElements(as: Float.self) { $0[0] = weight }
  return array
}

/// A model that does nothing, at once.
final class IdleTrainee: Trainee {
  var averagesStay = false
  let scoreNames = ["loss"]
  let scores = [Score.number(0.5)]
  var rates = [OptimizerRate(0.1)]
  func setLearningRate(_ rate: Double, of optimizer: Int) {
    rates[optimizer] = OptimizerRate(rate, of: rates[optimizer].optimizer)
  }
  let weights: [NDArray] = []
  let modelName = "idle"
  let optimizerName = "sgd"
  let iterations = 0
  let layers: [TraineeLayer] = []
  let predictions: [NDArray] = []

  func setWeights(_ weights: [NDArray]) {}
  func begin(_ phase: Phase) {}
  func trainBatch(_ rows: UnsafeBufferPointer<Int32>, inPass pass: Int) {}
  func testBatch(_ rows: UnsafeBufferPointer<Int32>) {}
  func predictBatch(_ rows: UnsafeBufferPointer<Int32>) {}
  func saving(to path: String, weightsOnly: Bool) -> FileWriter.Job { {} }
  func saveState() -> RunRecord.Part { RunRecord.Part() }
  func restore(_ state: RunRecord.Part, withSums: Bool) {}
}

/// Writes down every hook as the observed transcripts do.
struct Recorder: Callback {
  final class Lines { var all: [String] = [] }
  let name = "Recorder"
  var hooks: Set<Hook> {
    [
      .trainBegin, .trainEnd, .epochBegin, .epochEnd, .trainBatchBegin, .trainBatchEnd, .testBegin, .testEnd, .testBatchBegin,
      .testBatchEnd, .predictBegin, .predictEnd, .predictBatchBegin, .predictBatchEnd,
    ]
  }
  let lines: Lines
  /// Hooks in which it asks for a stop, as they are written.
  var stopsAt: Set<String> = []

  private func write(_ hook: String, _ logs: Logs = Logs()) -> [Request] {
    lines.all.append("A \(hook) \(pythonDict(logs))")
    return stopsAt.contains(hook) ? [.stop(because: "the test says so")] : []
  }

  func onTrainBegin(_ run: RunReport) -> [Request] { write("on_train_begin") }
  func onTrainEnd(_ end: EndReport) -> [Request] { write("on_train_end", end.logs) }
  func onEpochBegin(_ epoch: EpochReport) -> [Request] { write("on_epoch_begin \(epoch.epoch)", epoch.logs) }
  func onEpochEnd(_ epoch: EpochReport) -> [Request] { write("on_epoch_end \(epoch.epoch)", epoch.logs) }
  func onBatchBegin(_ batch: BatchReport) -> [Request] {
    write("on_\(prefix(batch.phase))batch_begin \(batch.batch)", batch.running.logs)
  }
  func onBatchEnd(_ batch: BatchReport) -> [Request] {
    write("on_\(prefix(batch.phase))batch_end \(batch.batch)", batch.running.logs)
  }
  func onTestBegin() -> [Request] { write("on_test_begin") }
  func onTestEnd(_ logs: Logs) -> [Request] { write("on_test_end", logs) }
  func onPredictBegin() -> [Request] { write("on_predict_begin") }
  func onPredictEnd() -> [Request] { write("on_predict_end") }

  private func prefix(_ phase: Phase) -> String {
    switch phase {
    case .train: ""
    case .test: "test_"
    case .predict: "predict_"
    }
  }
}

private func pythonDict(_ logs: Logs) -> String {
  "{" + logs.entries.map { "'\($0.name)': \(pythonText($0.value))" }.joined(separator: ", ") + "}"
}

private func pythonText(_ value: Value) -> String {
  switch value {
  case .array(let array): "(" + array.shape.map(String.init).joined(separator: ", ") + ")"
  default: value.briefDescription
  }
}

/// A trainer around a fake model, with what most tests do not care about filled in.
func makeTrainer(
  _ trainee: any Trainee, _ settings: FitSettings, _ callbacks: [any Callback] = [], backup: (any BackupStore)? = nil,
  interrupt: InterruptFlag = InterruptFlag(), console: Console = Screen(isTerminal: false).console,
  randomness: [HookRandomness] = [], decisions: DecisionLog? = nil, seed: Int = 7
) -> Trainer {
  Trainer(
    trainee, settings, callbacks: callbacks,
    identity: RunRecord.Identity(model: "fake", fit: 1, loopRounds: [], seed: seed, callbacks: callbacks.map(\.name)),
    randomness: randomness, backup: backup, interrupt: interrupt, clock: RunClock(now: { 0 }), decisions: decisions,
    console: console)
}
