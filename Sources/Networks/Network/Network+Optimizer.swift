import Lambdas
import Plans
import Tensors

/// The optimizer's numbers, and what is done around a step on the host. Where several optimizers share the weights, each has a number.
extension Network {
  private var optimizers: [OptimizerState] { compilation?.optimization.optimizers ?? [] }

  /// The names by which logs tell the learning rates of optimizers that share the weights; nil of one that has them all.
  package var optimizerNames: [String?] { optimizers.map(\.name) }

  /// How many batches an optimizer has seen: those that have no weights see none.
  package func iterations(of optimizer: Int) -> Int { optimizers[optimizer].weights.isEmpty ? 0 : iterations }

  /// The learning rate of an optimizer's next step, kept in single precision as in Keras: 0.1 reads 0.10000000149011612.
  package func learningRate(of optimizer: Int) -> Double {
    if case .schedule(let schedule) = optimizers[optimizer].options.learningRate {
      return schedule.rate(at: iterations(of: optimizer))
    }
    return store.scalars[optimizers[optimizer].scalars.learningRate]
  }

  /// Setting one that follows a schedule changes nothing: the next step asks the schedule again.
  package func setLearningRate(_ rate: Double, of optimizer: Int) {
    store.scalars[optimizers[optimizer].scalars.learningRate] = Double(Float(rate))
  }

  /// All of them, in the optimizers' order; none before `compile`.
  package var learningRates: [Double] { optimizers.indices.map { learningRate(of: $0) } }

  /// Whether an optimizer's learning rate is a number, which callbacks and scripts may change.
  package func hasSettableLearningRate(_ optimizer: Int) -> Bool {
    if case .number = optimizers[optimizer].options.learningRate { true } else { false }
  }

  /// Whether an optimizer's learning rate follows a schedule.
  package func followsSchedule(_ optimizer: Int) -> Bool {
    optimizers[optimizer].followsSchedule
  }

  /// The function of the script that gives the learning rate of an optimizer's step; nil where it is a number or a schedule.
  package func rateFunction(of optimizer: Int) -> FunctionValue? {
    if case .function(let function) = optimizers[optimizer].options.learningRate { function } else { nil }
  }

  /// Whether any learning rate is a function of the script.
  package var hasRateFunction: Bool { compilation?.optimization.hasRateFunction ?? false }

  /// What the loss is multiplied by while derivatives are taken.
  package var lossScale: Double {
    get { store.scalars[.lossScale] }
    set { store.scalars[.lossScale] = newValue }
  }

  /// Whether the factor of the loss finds itself.
  package var scalesLossByItself: Bool { compilation?.optimization.lossScaling != nil }

  /// What the next batch of training does beside the ordinary.
  var stages: [UpdatePipeline.Stage] { compilation?.optimization.stages(afterBatches: iterations) ?? [] }

  /// Sets the numbers that a step reads.
  func beginStep() {
    for (index, optimizer) in optimizers.enumerated() {
      if iterations == 0 { optimizer.beginWithWeights(in: store) }
      store.scalars[optimizer.scalars.iteration] = Double(
        optimizer.updates(afterBatches: optimizer.weights.isEmpty ? 0 : iterations))
      if optimizer.followsSchedule { setLearningRate(learningRate(of: index), of: index) }
    }
  }

  /// Counts a step; one that was left out for its gradients only changes the factor of the loss.
  func endStep(isFinite: Bool) {
    guard let optimization = compilation?.optimization, optimization.optimizers.contains(where: { !$0.weights.isEmpty }) else {
      return
    }
    if isFinite { iterations += 1 }
    guard let scaling = optimization.lossScaling else { return }
    (lossScale, goodSteps) = scaling.next(scale: lossScale, goodSteps: goodSteps, isFinite: isFinite)
  }

  /// Whether an optimizer keeps running averages of its weights.
  package var averagesWeights: Bool { optimizers.contains { !$0.averages.isEmpty } }

  /// Makes the weights what they are after training: their running averages, if their optimizer keeps them.
  package func finishTraining() {
    guard iterations > 0 else { return }
    for (weight, average) in averagedWeights {
      if averagesAreIn {
        store.write(store.values(of: weight), to: average)
      } else {
        store.write(store.values(of: average), to: weight)
      }
    }
    averagesAreIn = false
  }

  /// Exchanges weights and their running averages, where their optimizer keeps them; there are none before the first step.
  package func swapAverages() {
    guard iterations > 0 else { return }
    for (weight, average) in averagedWeights {
      let values = store.read(weight)
      store.write(store.values(of: average), to: weight)
      store.write(values, to: average)
    }
    averagesAreIn.toggle()
  }

  /// What `body` makes of the network while averages that are in the weights' place stand in their own as well.
  package func withAveragesInBothPlaces<Result, Problem: Error>(
    _ body: () throws(Problem) -> Result
  ) throws(Problem) -> Result {
    let pairs = averagedWeights
    let weights = pairs.map { store.read($0.average) }
    for (weight, average) in pairs { store.write(store.values(of: weight), to: average) }
    defer { for (pair, values) in zip(pairs, weights) { store.write(values, to: pair.average) } }
    return try body()
  }

  private var averagedWeights: [(weight: VariableID, average: VariableID)] {
    optimizers.flatMap { optimizer in zip(optimizer.weights, optimizer.averages).map { ($0.variable, $1) } }
  }
}
