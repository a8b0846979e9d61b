import Arrays
import Plans
import Tensors

/// A model that can be trained: its weights, and once compiled its optimizer's state and the running sums of its metrics.
///
/// Where a step is in an epoch, or an epoch in a fit, is not its affair. Not safe to use from two threads at once.
package final class Network {
  package private(set) var plan: ModelPlan
  /// What all its random numbers follow from.
  package let seed: Int
  /// How the operands of layers' products and convolutions enter them.
  let precision: OperandPrecision
  /// Which fit of the model this is: dropout draws anew in each.
  package var fit = 0 {
    didSet { if fit != oldValue { programs = programs.filter { $0.key.mode != .train } } }
  }
  /// Where to add what each operation of a batch takes; nil to run without timing.
  package var profile: StepProfile? { didSet { profile?.measureLimits(of: pool) } }
  let store: VariableStore
  /// The plan with nested models replaced by their layers.
  let flat: FlatPlan
  private(set) var layers: [NetworkLayer] { didSet { stateVariables = nil } }
  /// What layers carry from batch to batch, by layer and size of batch; made when first asked for.
  private(set) var states: [StateKey: [String: VariableID]] = [:] { didSet { stateVariables = nil } }
  /// Where data go through layers before they reach the graph.
  let entrances: Entrances
  /// What the last data became there.
  private var entered: (data: BatchData, arrays: [NDArray])?
  /// Whether a layer is called with `training=True`, so that predictions draw random numbers too.
  let alwaysDraws: Bool
  private(set) var compilation: Compilation? { didSet { stateVariables = nil } }
  /// What `state` is of, by name; nil until it is asked for, and where that may have changed.
  var stateVariables: [(name: String, variable: VariableID)]?
  /// What is reported of loss and metrics, in Keras's order; nothing before `compile`.
  private var reports: [Compilation.Report] = []
  /// Whether a training has begun since it was compiled.
  private var hasTrained = false
  /// The Programs built so far; they take turns in one arena.
  var programs: [StepGraph.Form: BoundProgram] = [:]
  let arena = Arena()
  let pool: Pool

  /// A network with its first weights, to be computed by a pool's threads. Without values it is only for looking at: its weights take
  /// addresses and no memory. Weights that are `kept` stand for those that layers have.
  package init(
    _ plan: ModelPlan, seed: Int, pool: Pool, precision: OperandPrecision = .float32, hasValues: Bool = true,
    kept: KeptWeights? = nil
  ) {
    self.plan = plan
    self.seed = seed
    self.pool = pool
    self.precision = precision
    let store = VariableStore(holdsValues: hasValues)
    self.store = store
    flat = FlatPlan(plan)
    alwaysDraws = flat.applications.contains { $0.isTraining == true }
    layers = flat.layers.map { NetworkLayer($0, model: plan.name, seed: seed, hasValues: hasValues, kept: kept, in: store) }
    entrances = Entrances(flat, layers, inputs: plan.inputs)
  }

  /// Its layers, those of models within among them.
  package var configuredLayers: [Configured] { flat.layers.map(\.planned.configured) }

  struct StateKey: Hashable {
    let layer: Int
    let batch: Int
  }

  /// What a layer carries from batch to batch of a size, by name.
  func states(ofLayer index: Int, batch: Int) -> [String: VariableID] {
    let key = StateKey(layer: index, batch: batch)
    if let known = states[key] { return known }
    let shapes = stateShapes(ofLayer: index, batch: batch)
    let made = shapes.map { ($0.name, store.add("\(layers[index].name)/\($0.name)", shape: $0.shape)) }
    states[key] = Dictionary(uniqueKeysWithValues: made)
    return states[key] ?? [:]
  }

  /// Whether a layer carries states from batch to batch, so that all batches must be of one size.
  package var isStateful: Bool { layers.indices.contains { !stateShapes(ofLayer: $0, batch: 1).isEmpty } }

  private func stateShapes(ofLayer index: Int, batch: Int) -> [(name: String, shape: [Int])] {
    flat.layers[index].input.map { layers[index].layer.stateShapes(of: $0, batch: batch) } ?? []
  }

  /// Sets what a layer carries to zero, or what all layers do.
  package func resetStates(of layer: Configured? = nil) {
    for (key, variables) in states where layer == nil || flat.layers[key.layer].planned.configured === layer {
      for variable in variables.values { store.write([Float](repeating: 0, count: variable.count), to: variable) }
    }
  }

  /// What data become at the entrances; kept for the last data. Throws `layer`.
  func entered(by data: BatchData) throws(NetworkFailure) -> [NDArray] {
    if let entered, entered.data === data { return entered.arrays }
    if let name = entrances.misplaced {
      throw .layer(name: name, problem: "works on numbers as they enter a model, and not on what layers compute")
    }
    let arrays = try entrances.arrays(of: data, inputs: plan.inputs)
    entered = (data, arrays)
    return arrays
  }

  /// Gives it an optimizer at its beginning, losses and metrics; weights stay. What is trained is settled now: by `model`, the
  /// network's own plan with perhaps another trainability, or as it was.
  package func compile(_ plan: CompilePlan, of model: ModelPlan? = nil) {
    if let model {
      precondition(model.hasLayers(of: self.plan), "a network is compiled for the layers it has")
      self.plan = model
      for (index, layer) in FlatPlan(model).layers.enumerated() { layers[index].isTrainable = layer.isTrainable }
    }
    let compilation = Compilation(
      plan, weights: layers.flatMap(\.trainedWeights), of: self.plan, in: store)
    self.compilation = compilation
    reports = compilation.reports(outputNames: self.plan.outputNames)
    hasTrained = false
    programs = programs.filter { $0.key.mode == .predict }
    iterations = 0
    goodSteps = 0
    averagesAreIn = false
    lossScale = compilation.optimization.firstLossScale
    for (index, optimizer) in compilation.optimization.optimizers.enumerated() {
      if case .number(let rate) = optimizer.options.learningRate { setLearningRate(rate, of: index) }
    }
  }

  /// Settles anew what is trained, where no training has begun since it was compiled: as in Keras it is the first one that decides.
  package func settle(_ model: ModelPlan) {
    guard let compiled, iterations == 0, !hasTrained else { return }
    hasTrained = true
    let changes = zip(FlatPlan(model).layers, layers).contains { $0.isTrainable != $1.isTrainable }
    guard changes else { return }
    let rates = learningRates
    compile(compiled, of: model)
    for (index, rate) in rates.enumerated() { setLearningRate(rate, of: index) }
    hasTrained = true
  }

  /// What it was compiled with.
  package var compiled: CompilePlan? { compilation?.plan }

  /// How many batches the optimizer has seen: Keras's `iteration`. With accumulated gradients several make one update.
  package var iterations = 0
  /// Whether the weights are their running averages for now, and the averages hold the weights.
  package internal(set) var averagesAreIn = false
  /// How many steps were made with this factor of the loss, where the factor finds itself.
  package var goodSteps = 0

  /// The number of the next random draw of dropout; rises with every batch of training in a fit.
  package var randomStep: Int {
    get { Int(store.scalars[.randomStep]) }
    set { store.scalars[.randomStep] = Double(newValue) }
  }

  // MARK: Running means

  /// The sums that loss and metrics keep, in their order.
  var metricSums: [StateID] { reports.flatMap(\.sums) }

  /// Sets the sums of loss and metrics to zero, as at the start of an epoch or evaluation.
  package func resetMetrics() {
    for sums in metricSums { store.states.reset(sums) }
  }

  /// The names of loss and metrics, in Keras's order.
  package var metricNames: [String] { reports.map(\.name) }

  /// Loss and metrics since they were reset, in single precision as Keras reports them; a mean of nothing is 0.
  package func metricResults() -> [(name: String, value: Score)] {
    reports.indices.map { (reports[$0].name, metricResult(at: $0)) }
  }

  /// One of them alone, which costs less where every batch asks.
  package func metricResult(at index: Int) -> Score {
    let sums = reports[index].sums
    if let result = reports[index].result { return result(sums.map { store.states[$0] }) }
    return .rounded(ratio(store.states[sums[0], 0], to: store.states[sums[0], 1]))
  }
}
