import Arrays
import Artifacts
import Lambdas

/// The loops of `evaluate` and `predict`, which have callbacks and a progress line of their own. An interrupted one fails:
/// scores of a part of the data are nobody's.
struct Evaluation {
  private let trainee: any Trainee
  private let data: TestData
  private let callbacks: CallbackList
  private let verbose: Int?
  private let interrupt: InterruptFlag
  private let console: Console

  init(
    of trainee: any Trainee, on data: TestData, callbacks: [any Callback] = [], model: HookModel? = nil, verbose: Int? = 0,
    interrupt: InterruptFlag = InterruptFlag(), writer: FileWriter = FileWriter(), console: Console
  ) {
    self.trainee = trainee
    self.data = data
    self.callbacks = CallbackList(callbacks, of: trainee, model: model, writer: writer, on: console)
    self.verbose = verbose
    self.interrupt = interrupt
    self.console = console
  }

  /// The scores of all the data, sorted by name.
  func evaluate() throws(TrainingError) -> Logs {
    var progress = ProgressLogger(verbose: verbose, steps: data.steps, on: console)
    progress.begin()
    // However it ends: a callback may have swapped in the averages.
    defer { if trainee.averagesAreIn { trainee.swapAverages() } }
    let logs = try callbacks.files.finishing(on: console) { () throws(TrainingError) in
      try testPass(data, of: trainee, callbacks, until: interrupt) { progress.batchIsDone($0, $1) }
    }
    progress.end(logs ?? trainee.logs)
    guard let logs else { throw .interrupted(task: "the evaluation of `\(trainee.modelName)`") }
    return logs
  }

  /// The predictions for all the data, an array an output.
  func predict() throws(TrainingError) -> [NDArray] {
    var progress = ProgressLogger(verbose: verbose, steps: data.steps, on: console)
    progress.begin()
    // However it ends: a callback may have swapped in the averages.
    defer { if trainee.averagesAreIn { trainee.swapAverages() } }
    let predictions = try callbacks.files.finishing(on: console) { () throws(TrainingError) in
      try predictPass(data, of: trainee, callbacks, until: interrupt) { batch, _ in
        progress.batchIsDone(batch, RunningLogs(Logs()))
      }
    }
    progress.end(Logs())
    guard let predictions else { throw .interrupted(task: "the prediction of `\(trainee.modelName)`") }
    return predictions
  }
}
