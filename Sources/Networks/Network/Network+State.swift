import Arrays
import Plans
import Tensors

extension Network {
  /// Everything that a later process needs to go on: weights, optimizer slots, counters, and the running sums of metrics.
  ///
  /// Names are stable: `weight/dense/kernel`, `slot/dense/kernel/momentum`, `optimizer`, `metrics`.
  /// Variables are copied to where `finder` says, if it knows of places.
  package func state(in finder: SnapshotPlaces.Finder = { _ in nil }) -> [(name: String, array: NDArray)] {
    let rates = learningRates
    let variables = listedStateVariables()
    let places = finder(variables.map { ($0.name, $0.variable.shape) })
    let copies =
      if let places { store.arrays(of: variables.map(\.variable), in: places, by: pool) } else {
        store.arrays(of: variables.map(\.variable), by: pool)
      }
    var arrays = zip(variables, copies).map { (name: $0.name, array: $1) }
    arrays.append(
      (
        "optimizer",
        NDArray(
          doubles: [
            rates.first ?? 0, Double(iterations), Double(randomStep), Double(fit), lossScale, Double(goodSteps),
            averagesAreIn ? 1 : 0,
          ]
            + rates.dropFirst(), shape: [counterCount])
      ))
    let sums = metricSums.flatMap { store.states[$0] }
    arrays.append(("metrics", NDArray(doubles: sums, shape: [sums.count])))
    return arrays
  }

  /// Goes on from a saved state. Throws `missing`, `shape` and `elementType`, and then has changed nothing.
  ///
  /// Without `withSums` the sums of metrics stay as they are: they are of other metrics, or count no more.
  package func restore(_ state: [(name: String, array: NDArray)], withSums: Bool = true) throws(NetworkFailure) {
    let saved = Dictionary(state.map { ($0.name, $0.array) }, uniquingKeysWith: { first, _ in first })
    func values(_ name: String, _ type: ElementType, _ shape: [Int]) throws(NetworkFailure) -> NDArray {
      guard let array = saved[name] else { throw .missing(name: name) }
      guard array.type == type else { throw .elementType(name: name) }
      guard array.shape == shape else { throw .shape(name: name, expected: shape, found: array.shape) }
      return array
    }
    let sums = metricSums
    var arrays: [(VariableID, NDArray)] = []
    for (name, variable) in listedStateVariables() { arrays.append((variable, try values(name, .float32, variable.shape))) }
    let counters = try values("optimizer", .float64, [counterCount]).withElements(as: Double.self) { Array($0) }
    guard let iterations = Int(exactly: counters[1]), let randomStep = Int(exactly: counters[2]),
      let fit = Int(exactly: counters[3]), let goodSteps = Int(exactly: counters[5])
    else { throw .elementType(name: "optimizer") }
    let sumCount = sums.reduce(0) { $0 + $1.count }
    let metrics = withSums ? try values("metrics", .float64, [sumCount]).withElements(as: Double.self) { Array($0) } : nil

    for (variable, array) in arrays { store.write(array.floats, to: variable) }
    for (optimizer, rate) in zip(learningRates.indices, counters.prefix(1) + counters.dropFirst(7)) {
      setLearningRate(rate, of: optimizer)
    }
    self.iterations = iterations
    self.randomStep = randomStep
    self.fit = fit
    self.goodSteps = goodSteps
    lossScale = counters[4]
    averagesAreIn = counters[6] != 0
    guard let metrics else { return }
    var rest = metrics[...]
    for state in sums {
      store.states[state] = Array(rest.prefix(state.count))
      rest = rest.dropFirst(state.count)
    }
  }

  /// The numbers beside the variables: the first learning rate, six counters, and the learning rates of further optimizers.
  private var counterCount: Int { 7 + max(0, learningRates.count - 1) }

  private func listedStateVariables() -> [(name: String, variable: VariableID)] {
    if let stateVariables { return stateVariables }
    let variables =
      weightsByLayer.joined().map { ("weight/\($0.layer)/\($0.name)", $0.variable) }
      + optimizerSlots.map { ("slot/\($0.path)", $0.variable) }
      + states.sorted { ($0.key.layer, $0.key.batch) < ($1.key.layer, $1.key.batch) }.flatMap { key, variables in
        variables.sorted { $0.key < $1.key }.map { ("state/\(layers[key.layer].name)/\(key.batch)/\($0.key)", $0.value) }
      }
    stateVariables = variables
    return variables
  }
}
