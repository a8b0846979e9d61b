import Lambdas
import Plans
import Tensors

/// The optimizer's numbers, and what is done around a step on the host.
extension Network {
  /// The learning rate of the next step, kept in single precision as in Keras: 0.1 reads 0.10000000149011612.
  ///
  /// Setting one that follows a schedule changes nothing: the next step asks the schedule again.
  package var learningRate: Double {
    get {
      if case .schedule(let schedule)? = compilation?.optimizer.options.learningRate { return schedule.rate(at: iterations) }
      return store.scalars[.learningRate]
    }
    set { store.scalars[.learningRate] = Double(Float(newValue)) }
  }

  /// Whether the learning rate is a number, which callbacks and scripts may change.
  package var hasSettableLearningRate: Bool { !followsSchedule && rateFunction == nil }

  /// Whether the learning rate follows a schedule.
  package var followsSchedule: Bool {
    if case .schedule? = compilation?.optimizer.options.learningRate { true } else { false }
  }

  /// The function of the script that gives the learning rate of a step; nil where it is a number or a schedule.
  package var rateFunction: FunctionValue? {
    if case .function(let function)? = compilation?.optimizer.options.learningRate { function } else { nil }
  }

  /// What the loss is multiplied by while derivatives are taken.
  package var lossScale: Double {
    get { store.scalars[.lossScale] }
    set { store.scalars[.lossScale] = newValue }
  }

  /// Whether the factor of the loss finds itself.
  package var scalesLossByItself: Bool { compilation?.optimizer.lossScaling != nil }

  /// What the next batch of training does beside the ordinary.
  var stage: UpdatePipeline.Stage { compilation?.optimizer.options.stage(afterBatches: iterations) ?? [] }

  /// Sets the numbers that a step reads.
  func beginStep() {
    guard let state = compilation?.optimizer else { return }
    if iterations == 0 { state.beginWithWeights(in: store) }
    store.scalars[.iteration] = Double(state.options.updates(afterBatches: iterations))
    learningRate = learningRate
  }

  /// Counts a step; one that was left out for its gradients only changes the factor of the loss.
  func endStep(isFinite: Bool) {
    guard let state = compilation?.optimizer, !state.weights.isEmpty else { return }
    if isFinite { iterations += 1 }
    guard let scaling = state.lossScaling else { return }
    (lossScale, goodSteps) = scaling.next(scale: lossScale, goodSteps: goodSteps, isFinite: isFinite)
  }

  /// Makes the weights what they are after training: their running averages, if the optimizer keeps them.
  package func finishTraining() {
    guard let state = compilation?.optimizer, iterations > 0 else { return }
    for (weight, average) in zip(state.weights, state.averages) {
      store.write(store.values(of: average), to: weight.variable)
    }
  }
}
