import Arrays
import Plans
import Tensors

/// Runs batches of one data set through a network in one mode: training, testing or predicting.
///
/// Programs are built on first use and belong to the network; a runner remembers those of its data, so a run over equal batches
/// looks nothing up.
package final class BatchRunner {
  private let network: Network
  private let mode: StepMode
  package let data: BatchData
  /// What enters beside the data's own arrays.
  private let entered: [NDArray]
  /// The Program of the last batch.
  private var current: Network.BoundProgram?
  /// The Programs of all sizes and stages of batches so far; a handful.
  private var known: [Network.BoundProgram] = []

  init(_ network: Network, _ mode: StepMode, _ data: BatchData, entered: [NDArray]) {
    self.entered = entered
    self.network = network
    self.mode = mode
    self.data = data
  }

  /// Builds the Program of batches of this size, so that the first run is as quick as the others. Throws if memory cannot hold a step.
  package func prepare(batchSize: Int) throws(TensorsError) { _ = try program(batchSize) }

  /// Runs one batch: of training, a step of the optimizer; loss and metrics are added to the running means. `after`: the next batch's rows,
  /// if they are known.
  package func run(rows: UnsafeBufferPointer<Int32>, after: UnsafeBufferPointer<Int32>? = nil) throws(TensorsError) {
    guard let first = rows.baseAddress else { return }
    let bound = try program(rows.count)
    let step = network.randomStep
    if mode == .train { network.beginStep() }
    if let profile = network.profile {
      profile.add(try bound.program.runProfiled(rows: first))
    } else {
      try bound.program.run(rows: first, after: after)
    }
    if mode == .train || network.alwaysDraws { network.randomStep = step + 1 }  // even where nothing is trainable
    if mode == .train { network.endStep(isFinite: bound.step.isFinite.map { bound.program.read($0)[0] == 1 } ?? true) }
  }

  /// The predictions of the last batch for an output, row by row; valid until the network runs again.
  package func predictions(output: Int) -> UnsafeBufferPointer<Float> {
    guard let current else { preconditionFailure("predictions are read after a batch") }
    return current.program.read(current.step.predictions[output])
  }

  /// The shape of the last batch's predictions for an output, the batch first.
  package func predictionShape(output: Int) -> [Int] {
    guard let current else { preconditionFailure("predictions are read after a batch") }
    return current.step.graph.shape(of: current.step.predictions[output])
  }

  private func program(_ batchSize: Int) throws(TensorsError) -> Network.BoundProgram {
    let stages = mode == .train ? network.stages : []
    for bound in known where bound.data === data {
      let form = bound.step.form
      guard form.batchSize == batchSize, form.stages == stages, form.fit == (mode == .train ? network.fit : 0) else { continue }
      current = bound
      return bound
    }
    let form = StepGraph.Form(
      mode: mode, batchSize: batchSize, inputShapes: network.inputShapes(for: data),
      entered: entered.map { .init(shape: Array($0.shape.dropFirst()), isInteger: $0.type.isInteger) },
      targetShapes: mode == .predict ? [] : BatchData.exampleShapes(data.targets),
      weightShapes: mode == .predict ? [] : BatchData.exampleShapes(data.sampleWeights), fit: mode == .train ? network.fit : 0,
      stages: stages)
    let bound = try network.program(form, boundTo: data, entered: entered)
    known.removeAll { $0 === bound }
    known.append(bound)
    current = bound
    return bound
  }
}

extension Network {
  /// A Program with the graph it was built from, and the data its slots are bound to.
  final class BoundProgram {
    let step: StepGraph
    let program: Program
    fileprivate(set) var data: BatchData?

    init(step: StepGraph, program: Program) {
      self.step = step
      self.program = program
    }
  }

  /// What runs batches of that data in that mode. Throws if the data is not what the network takes.
  package func runner(_ mode: StepMode, _ data: BatchData) throws(NetworkFailure) -> BatchRunner {
    try checkInputs(data, mode)
    if mode != .predict { try checkTargets(data) }
    return BatchRunner(self, mode, data, entered: try entered(by: data))
  }

  /// The Program of a form, built if there is none yet, bound to that data.
  fileprivate func program(
    _ form: StepGraph.Form, boundTo data: BatchData, entered: [NDArray]
  ) throws(TensorsError) -> BoundProgram {
    let bound: BoundProgram
    if let known = programs[form] {
      bound = known
    } else {
      let step = StepGraph(self, form)
      bound = BoundProgram(step: step, program: try Program(step.graph, store: store, pool: pool, arena: arena))
      programs[form] = bound
    }
    if bound.data !== data {
      for (index, input) in data.inputs.enumerated() where input.type != .string {
        bound.program.bind(StepGraph.input(index), ArraySource(input))
      }
      for (index, array) in entered.enumerated() { bound.program.bind(StepGraph.entered(index), ArraySource(array)) }
      for (index, target) in data.targets.enumerated() { bound.program.bind(StepGraph.target(index), ArraySource(target)) }
      for (index, weights) in data.sampleWeights.enumerated() {
        bound.program.bind(StepGraph.weights(index), ArraySource(weights))
      }
      bound.data = data
    }
    return bound
  }
}
