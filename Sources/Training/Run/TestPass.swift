import Arrays
import Lambdas
import Plans

/// Goes once through data in order and scores it: an evaluation, alone or inside an epoch.
///
/// Nil where an interruption has cut it short: what has begun is not told of an end then.
func testPass(
  _ data: TestData, of trainee: any Trainee, _ callbacks: CallbackList, epoch: Int = 0,
  until interrupt: InterruptFlag? = nil, batchIsDone: (Int, RunningLogs) -> Void = { _, _ in }
) throws(TrainingError) -> Logs? {
  trainee.begin(.test)
  callbacks.passBegins()
  try callbacks.testBegins()
  let isWhole = try inOrderPass(
    .test, data, callbacks, epoch: epoch, running: trainee.runningLogs, until: interrupt, batchIsDone: batchIsDone
  ) { rows throws(Failure) in try trainee.testBatch(rows) }
  guard isWhole else { return nil }
  let logs = trainee.logs
  try callbacks.testEnds(logs)
  return logs
}

/// Goes once through data in order and gives its predictions, an array an output; nil where an interruption has cut it short.
func predictPass(
  _ data: TestData, of trainee: any Trainee, _ callbacks: CallbackList, until interrupt: InterruptFlag,
  batchIsDone: (Int, RunningLogs) -> Void
) throws(TrainingError) -> [NDArray]? {
  var batches: [[NDArray]] = []
  trainee.begin(.predict)
  callbacks.passBegins()
  try callbacks.predictBegins()
  let running = RunningLogs {
    let outputs = (batches.last ?? []).map(Value.array)
    var logs = Logs()
    logs["outputs"] = outputs.count == 1 ? outputs[0] : .list(outputs)
    return logs
  }
  let isWhole = try inOrderPass(
    .predict, data, callbacks, epoch: 0, running: running, until: interrupt, batchIsDone: batchIsDone
  ) { rows throws(Failure) in
    try trainee.predictBatch(rows)
    batches.append(trainee.predictions)
  }
  guard isWhole else { return nil }
  try callbacks.predictEnds()
  var outputs: [NDArray] = []
  for output in batches.first?.indices ?? 0..<0 {
    do throws(ArrayError) { outputs.append(try NDArray.concatenate(batches.map { $0[output] })) } catch {
      throw .data(reason: "the predictions cannot be put together: \(MachineError(error).message)")
    }
  }
  return outputs
}

/// Whether it has come to its end, or to the one that a hook has asked for.
private func inOrderPass(
  _ phase: Phase, _ data: TestData, _ callbacks: CallbackList, epoch: Int, running: RunningLogs, until interrupt: InterruptFlag?,
  batchIsDone: (Int, RunningLogs) -> Void, _ run: (UnsafeBufferPointer<Int32>) throws(Failure) -> Void
) throws(TrainingError) -> Bool {
  let order = BatchOrder(count: data.exampleCount, batchSize: data.batchSize)
  var position = Position(epoch: epoch)
  for batch in 0..<data.steps {
    if interrupt?.isRaised == true { return false }
    try callbacks.batchBegins(phase, epoch: epoch, batch: batch)
    let rows = order.nextBatch(&position)
    do throws(Failure) { try run(rows) } catch { throw .network(error, epoch: nil) }
    running.batchIsDone()
    try callbacks.batchEnds(phase, epoch: epoch, batch: batch, running)
    batchIsDone(batch, running)
    if callbacks.isPassOver(phase) { return true }
  }
  return true
}
