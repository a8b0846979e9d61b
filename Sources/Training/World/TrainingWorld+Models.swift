import Arrays
import Glibc
import Lambdas
import Networks
import Plans

/// Models between runs: their files, weights and rates, and layers that are called by themselves.
extension TrainingWorld {
  package func save(_ model: ModelObject, to path: String) throws(Failure) {
    try ModelFiles.save(try network(of: model), to: path, weightsOnly: false)
  }

  package func saveWeights(_ model: ModelObject, to path: String) throws(Failure) {
    try ModelFiles.save(try network(of: model), to: path, weightsOnly: true)
  }

  package func loadModel(_ path: String) throws(Failure) -> ModelObject {
    let file = try ModelFiles.read(path, catalog: catalog)
    let model = ModelObject(plan: file.model)
    model.compiled = file.compiled
    if !(try ModelFiles.load(file.weights, from: path, into: try network(of: model))) { tellFreshOptimizer(path) }
    return model
  }

  package func loadWeights(_ model: ModelObject, from path: String) throws(Failure) {
    if !(try ModelFiles.loadWeights(from: path, into: try network(of: model))) { tellFreshOptimizer(path) }
  }

  private func tellFreshOptimizer(_ path: String) {
    console.print("warning: the optimizer begins anew: its state in `\(path)` is not of this optimizer's form.\n")
  }

  package func learningRate(of model: ModelObject, optimizer: Int) throws(Failure) -> Double {
    try compiledNetwork(of: model).learningRate(of: optimizer)
  }

  package func setLearningRate(_ rate: Double, of model: ModelObject, optimizer: Int) throws(Failure) {
    let network = try compiledNetwork(of: model)
    guard network.hasSettableLearningRate(optimizer) else {
      throw Failure("the learning rate of `\(model.plan.name)` follows a schedule, so it cannot be set")
    }
    guard rate.isLearningRate else {
      throw Failure("the learning rate of `\(model.plan.name)` should be 0 or more, not \(rate.pythonDescription)")
    }
    network.setLearningRate(rate, of: optimizer)
  }

  package func iterations(of model: ModelObject) throws(Failure) -> Int { try compiledNetwork(of: model).iterations }

  package func weights(of model: ModelObject) throws(Failure) -> Value {
    .list(try network(of: model).getWeights().map(Value.array))
  }

  package func setWeights(_ weights: Value, of model: ModelObject) throws(Failure) {
    let new: [NDArray]
    do throws(MachineError) { new = try arrays(weights) } catch { throw Failure(error.message) }
    let network = try network(of: model)
    do throws(NetworkFailure) { try network.setWeights(new) } catch { throw Failure(error.message) }
  }

  package func weights(of layer: Configured, in model: ModelObject) throws(Failure) -> Value {
    .list(try network(of: model).weights(of: layer).map(Value.array))
  }

  package func setWeights(_ weights: Value, of layer: Configured, in model: ModelObject) throws(Failure) {
    let new: [NDArray]
    do throws(MachineError) { new = try arrays(weights) } catch { throw Failure(error.message) }
    let network = try network(of: model)
    do throws(NetworkFailure) { try network.setWeights(new, of: layer) } catch { throw Failure(error.message) }
  }

  package func resetStates(of model: ModelObject, layer: Configured?) throws(Failure) {
    try network(of: model).resetStates(of: layer)
  }

  // MARK: Layers by themselves

  package func apply(_ layer: Configured, of owner: ModelObject?, to values: Value) throws(Failure) -> Value {
    if let owner, !layer.entry.abilities.contains(.takesValues) { _ = try network(of: owner) }
    LayerNames.nameAlone(layer, counting: &calledLayers)
    return try LayerCalls(seed: seed, pool: try computingThreads()).apply(layer, to: values)
  }

  package func chain(of layers: [Configured]) -> any LayerChain {
    for layer in layers { LayerNames.nameAlone(layer, counting: &calledLayers) }
    let chain = AppliedLayers(layers, seed: seed)
    chains.append(WeakChain(chain: chain))
    return chain
  }

  package func adapt(_ layer: Configured, of owner: ModelObject?, to data: Value) throws(Failure) {
    if let owner { _ = try network(of: owner) }
    LayerNames.nameAlone(layer, counting: &calledLayers)
    try LayerCalls(seed: seed, pool: try computingThreads()).adapt(layer, to: data)
  }

  package func vocabulary(of layer: Configured, includesSpecial: Bool) throws(Failure) -> Value {
    guard let words = Networks.vocabulary(of: layer, includesSpecial: includesSpecial) else {
      throw Failure("`\(layer.entry.name)` has no vocabulary")
    }
    return .list(words)
  }

  package func optimizerNumberCount(of model: ModelObject) -> Int? { (model.network as? Network)?.optimizerNumberCount }

  // MARK: Networks

  /// The network of a model, made with its first weights if there is none or its layers are others now, compiled if the model was
  /// since.
  func network(of model: ModelObject) throws(Failure) -> Network {
    let network: Network
    if let made = model.network as? Network, made.plan.hasLayers(of: model.plan) {
      network = made
    } else {
      try checkSize(of: model.plan)
      network = Network(model.plan, seed: seed, pool: try computingThreads(), precision: settings.precision)
      network.profile = settings.profile
      model.network = network
    }
    // Compiling again makes a new optimizer, as in Keras.
    if let compiled = model.compiled, network.compiled?.event !== compiled.event {
      network.compile(compiled, of: model.plan)
      try setLearningRateOfStep(of: network)
    }
    return network
  }

  /// Asks the functions of the script for the learning rates of the next step, where optimizers have them.
  func setLearningRateOfStep(of network: Network) throws(Failure) {
    for optimizer in network.optimizerNames.indices {
      guard let function = network.rateFunction(of: optimizer) else { continue }
      let iterations = network.iterations(of: optimizer)
      let value: Value
      do throws(RuntimeFailure) {
        value = try machine.call(function, function.type.parameters.isEmpty ? [] : [.integer(iterations)])
      } catch {
        throw Failure("the learning rate of step \(iterations): \(error.error.message)", at: error.range)
      }
      guard let rate = value.asDouble else {
        throw Failure("the learning rate of step \(iterations) should be a number, but is \(value.briefDescription)")
      }
      guard rate.isLearningRate else {
        throw Failure("the learning rate of step \(iterations) should be 0 or more, but is \(rate.pythonDescription)")
      }
      network.setLearningRate(rate, of: optimizer)
    }
  }

  /// Refuses a model whose weights this machine's memory could not hold twice: values and gradients.
  private func checkSize(of plan: ModelPlan) throws(Failure) {
    let count = plan.parameterCount
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard count > memory / (2 * MemoryLayout<Float>.size) else { return }
    let weights = count == .max ? "2⁶³ weights or more" : "\(count) weights"
    throw Failure("the model `\(plan.name)` has \(weights), more than the \(memory >> 30) GiB of memory here can hold")
  }

  /// The same of a model that must be compiled.
  func compiledNetwork(of model: ModelObject) throws(Failure) -> Network {
    let network = try network(of: model)
    guard network.compiled != nil else { throw Failure("the model `\(model.plan.name)` is not compiled") }
    return network
  }
}
