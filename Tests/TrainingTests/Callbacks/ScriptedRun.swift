import Arrays
import Artifacts
import Lambdas
import Networks
import Plans
import Syntax

@testable import Diagnostics
@testable import Training

/// A model of one weight, which counts the steps; its scores are scripted, epoch by epoch and batch by batch.
final class ScriptedTrainee: Trainee {
  var averagesStay = false
  let scoreNames: [String]
  /// Of each epoch, of each batch, in the order of the names.
  private let training: [[[Double]]]
  /// Of each epoch.
  private let tests: [[Double]]
  private let keepsAverages: Bool

  private(set) var learningRate: Double
  private(set) var weight: Float = 0
  private(set) var steps = 0
  private var average: Float = 0
  private(set) var averagesAreIn = false
  private var epoch = -1
  private var batch = 0
  private(set) var scores: [Score] = []
  /// The rate at the beginning of each epoch.
  private(set) var epochRates: [Double] = []
  private(set) var saves: [(path: String, weight: Float, rate: Double)] = []

  init(scoreNames: [String], training: [[[Double]]], tests: [[Double]], rate: Double, keepsAverages: Bool) {
    self.scoreNames = scoreNames
    self.training = training
    self.tests = tests
    self.keepsAverages = keepsAverages
    learningRate = Double(Float(rate))
    scores = scoreNames.map { _ in .number(0) }
  }

  var rates: [OptimizerRate] { [OptimizerRate(learningRate)] }
  func setLearningRate(_ rate: Double, of optimizer: Int) { learningRate = Double(Float(rate)) }
  let modelName = "scripted"
  let optimizerName = "SGD"
  var iterations: Int { steps }
  let layers = [TraineeLayer(name: "dense", isTrainable: true, weightCount: 1)]

  var weights: [NDArray] { [NDArray(doubles: [Double(weight)], shape: [1]).converted(to: .float32)] }
  func setWeights(_ weights: [NDArray]) { weight = Float(weights[0].doubles[0]) }

  func begin(_ phase: Phase) {
    if phase == .train { (epoch, batch) = (epoch + 1, 0) }
  }

  /// An epoch's first step tells its rate: callbacks have set it by then.
  func trainBatch(_ rows: UnsafeBufferPointer<Int32>, inPass pass: Int) {
    if batch == 0 { epochRates.append(learningRate) }
    steps += 1
    weight = Float(steps)
    average = steps == 1 ? weight : 0.5 * average + 0.5 * weight
    scores = training[epoch][batch].map(Score.number)
    batch += 1
  }

  func testBatch(_ rows: UnsafeBufferPointer<Int32>) { scores = tests[epoch].map(Score.number) }
  func predictBatch(_ rows: UnsafeBufferPointer<Int32>) {}
  var predictions: [NDArray] { [] }

  func swapAverages() {
    guard keepsAverages, steps > 0 else { return }
    (weight, average) = (average, weight)
    averagesAreIn.toggle()
  }
  func finishTraining() {
    guard keepsAverages, steps > 0 else { return }
    if averagesAreIn { averagesAreIn = false } else { weight = average }
  }

  func saving(to path: String, weightsOnly: Bool) -> FileWriter.Job {
    saves.append((path, weight, learningRate))
    return {}
  }
  func saveState() -> RunRecord.Part { RunRecord.Part() }
  func restore(_ state: RunRecord.Part, withSums: Bool) {}
}

/// A world in which a `fit` trains a scripted model.
final class ScriptedWorld: World {
  let trainee: ScriptedTrainee
  let screen = Screen(isTerminal: false)
  let remarks = Remarks()
  private(set) var history = HistoryObject()
  private(set) var end: EndReason?
  private let directions: [String: Direction] = ["accuracy": .up, "mae": .down]

  init(_ trainee: ScriptedTrainee) { self.trainee = trainee }

  func fit(_ plan: FitPlan) throws(Failure) -> HistoryObject {
    let clock = RunClock(now: { 0 })
    let machine = Machine()
    let console = screen.console
    machine.print = { console.print($0) }
    let factory = CallbackFactory(machine: machine, console: screen.console, clock: clock)
    let model = HookModel(trainee)
    let hasValidation = plan.validation != nil
    let made = try factory.make(
      plan.callbacks,
      outline: FitOutline(batchNames: trainee.scoreNames, hasValidation: hasValidation, directions: directions),
      model: model, params: .none, stream: RandomStream(seed: 7))
    let validation = FitSettings.Validation(
      frequency: plan.validationFrequency, data: TestData(exampleCount: 1, batchSize: 1))
    let settings = FitSettings(
      epochs: plan.epochs, initialEpoch: plan.initialEpoch, exampleCount: plan.data.spec.count, batchSize: 1,
      validation: hasValidation ? validation : nil)
    let callbacks = made.map(\.callback) + [History(history)]
    let trainer = Trainer(
      trainee, settings, callbacks: callbacks,
      identity: .init(model: "scripted", fit: 1, loopRounds: [], seed: 7, callbacks: callbacks.map(\.name)), model: model,
      clock: clock, console: screen.console)
    do throws(TrainingError) { end = try trainer.fit() } catch { throw error.failure }
    return history
  }

  private let nothingElse = Failure("a scripted world only trains")
  func evaluate(_ plan: EvaluatePlan) throws(Failure) -> ScoresObject { throw nothingElse }
  func predict(_ plan: EvaluatePlan) throws(Failure) -> Value { throw nothingElse }
  func save(_ model: ModelObject, to path: String) throws(Failure) { throw nothingElse }
  func loadModel(_ path: String) throws(Failure) -> ModelObject { throw nothingElse }
  func saveWeights(_ model: ModelObject, to path: String) throws(Failure) { throw nothingElse }
  func loadWeights(_ model: ModelObject, from path: String) throws(Failure) { throw nothingElse }
  func learningRate(of model: ModelObject, optimizer: Int) -> Double { trainee.learningRate }
  func setLearningRate(_ rate: Double, of model: ModelObject, optimizer: Int) throws(Failure) { throw nothingElse }
  func iterations(of model: ModelObject) -> Int { trainee.steps }
  func weights(of model: ModelObject) throws(Failure) -> Value { throw nothingElse }
  func setWeights(_ weights: Value, of model: ModelObject) throws(Failure) { throw nothingElse }
  func weights(of layer: Configured, in model: ModelObject) throws(Failure) -> Value { throw nothingElse }
  func setWeights(_ weights: Value, of layer: Configured, in model: ModelObject) throws(Failure) { throw nothingElse }
  func resetStates(of model: ModelObject, layer: Configured?) throws(Failure) { throw nothingElse }
  func apply(_ layer: Configured, of owner: ModelObject?, to values: Value) throws(Failure) -> Value { throw nothingElse }
  func chain(of layers: [Configured]) throws(Failure) -> any LayerChain { throw Failure("not here") }
  func adapt(_ layer: Configured, of owner: ModelObject?, to data: Value) throws(Failure) { throw nothingElse }
  func vocabulary(of layer: Configured, includesSpecial: Bool) throws(Failure) -> Value { throw nothingElse }
  func optimizerNumberCount(of model: ModelObject) -> Int? { nil }
  var columns: Int { 80 }
  func write(_ text: String) { screen.console.print(text) }
}

/// Checks a script and runs it in a world; gives what is wrong, in words, nil if nothing is.
func run(_ text: String, in world: any World) -> String? {
  let reading = parse(Source(name: "test.train", text: text))
  let interpreter = Interpreter(catalog: wholeCatalog)
  let findings = reading.findings + interpreter.check(reading.script).findings
  if let error = findings.first(where: { $0.severity == .error }) { return error.message }
  for statement in reading.script.statements {
    do throws(Interruption) { try interpreter.run(statement, in: world) } catch {
      switch error {
      case .mistakes(let findings): return findings.first?.message ?? ""
      case .failure(let failure): return failure.message
      case .expectation(let message, _): return message
      case .interrupted: return "interrupted"
      }
    }
  }
  return nil
}
