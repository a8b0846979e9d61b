import Arrays
import Artifacts
import Lambdas
import Networks
import Plans

/// The optimizer in Keras's files: its configuration, and its variables by group. One that wraps another, or shares the weights out among
/// several, has its own variables and those of the others in one group, and theirs once more in groups below.
///
///     optimizer/vars                      all
///     optimizer/inner_optimizer/vars      of the one that `LossScaleOptimizer` wraps
///     optimizer/optimizers/adam/vars      of one of `MultiOptimizer`'s, counted by class
extension KerasModel {
  /// A schedule stays one; a function of the script, which no file can hold, becomes the rate at present.
  static func optimizer(_ configured: Configured, learningRates: [Double]) -> JSON {
    var config = KerasObject.config(configured)
    if let inner = configured.innerOptimizer {
      config[Configured.innerName] = optimizer(inner, learningRates: learningRates)
    } else if let map = configured.optimizerMap, case .object(let object as Configured)? = configured.arguments[OptimizerMap.map]
    {
      let scale = config["loss_scale_factor"] ?? nil
      config[OptimizerMap.map] = self.map(object, map, learningRates: learningRates, lossScale: scale)
    } else if let learningRate = learningRates.first, config["learning_rate"]?.objectValue == nil {
      config["learning_rate"] = .float(learningRate)
    }
    return KerasObject.object(module: "keras.optimizers", configured.entry.name, config)
  }

  /// As in Keras the factor of the loss is written for each of them too.
  private static func map(
    _ object: Configured, _ map: OptimizerMap, learningRates: [Double], lossScale: JSON
  ) -> JSON {
    func json(_ value: Value?) -> JSON {
      guard case .object(let optimizer as Configured)? = value,
        let place = map.optimizers.firstIndex(where: { $0 === optimizer })
      else { return nil }
      var form = self.optimizer(optimizer, learningRates: learningRates.isEmpty ? [] : [learningRates[place]])
      form["config"]?["name"] = .string(map.names[place])
      form["config"]?["loss_scale_factor"] = lossScale
      return form
    }
    var shares: JSON.Object = [:]
    if case .dict(let dict)? = object.arguments[OptimizerMap.map] {
      for (key, value) in zip(dict.keys, dict.values) { if let key = key.asString { shares[key] = json(value) } }
    }
    return KerasObject.object(
      module: "keras.optimizers", object.entry.name,
      [
        OptimizerMap.defaultOptimizer: json(object.arguments[OptimizerMap.defaultOptimizer]), OptimizerMap.map: .object(shares),
      ])
  }

  /// The groups of a compiled network's optimizer.
  static func optimizerGroups(of network: Network) -> [WeightGroup] {
    guard let compiled = network.compiled else { return [] }
    return groups(of: compiled.optimizer, network, at: "optimizer")
  }

  /// The first is the optimizer's own, with all variables.
  private static func groups(of optimizer: Configured, _ network: Network, at path: String) -> [WeightGroup] {
    var below: [WeightGroup] = []
    var variables: [NDArray] = []
    if let inner = optimizer.innerOptimizer {
      below = groups(of: inner, network, at: "\(path)/\(Configured.innerName)")
      variables =
        [
          number(0, .int32), number(0, .float32), number(Double(network.goodSteps), .int32),
          number(network.lossScale, .float32),
        ] + (below.first?.variables ?? [])
    } else if let map = optimizer.optimizerMap {
      var counts: [String: Int] = [:]
      below = map.optimizers.indices.map { index in
        let kind = LayerNames.snakeCase(map.optimizers[index].entry.name)
        let count = counts[kind, default: 0]
        counts[kind] = count + 1
        return WeightGroup(
          path: "\(path)/optimizers/\(kind)\(count == 0 ? "" : "_\(count)")/vars", name: map.names[index],
          variables: self.variables(of: index, network))
      }
      variables = [number(Double(network.iterations), .int32), number(0, .float32)] + below.flatMap(\.variables)
    } else {
      variables = self.variables(of: 0, network)
    }
    return [WeightGroup(path: "\(path)/vars", name: optimizer.optimizerName, variables: variables)] + below
  }

  /// Iteration, learning rate unless it follows a schedule, then an optimizer's own variables in file order.
  private static func variables(of optimizer: Int, _ network: Network) -> [NDArray] {
    [number(Double(network.iterations(of: optimizer)), .int32)]
      + (network.followsSchedule(optimizer) ? [] : [number(network.learningRate(of: optimizer), .float32)])
      + network.slots(of: optimizer).map { network.array(of: $0.variable) }
  }

  private static func number(_ value: Double, _ type: ElementType) -> NDArray {
    NDArray(doubles: [value], shape: []).converted(to: type)
  }

  // MARK: Reading

  /// False, and nothing changed, if these are not the variables of the network's optimizer.
  static func loadOptimizer(_ state: [NDArray], into network: Network) -> Bool {
    guard let optimizer = network.compiled?.optimizer else { return false }
    var rest = state[...]
    func next() -> Double? { rest.popFirst()?.number }
    func iteration() -> Int? { next().flatMap(Int.init(exactly:)).flatMap { $0 >= 0 ? $0 : nil } }
    var scaling: (steps: Double, scale: Double)?
    if network.scalesLossByItself {
      guard next() != nil, next() != nil, let steps = next(), let scale = next(), steps >= 0, scale > 0 else { return false }
      scaling = (steps, scale)
    }
    var iterations = 0
    if optimizer.optimizerMap != nil {
      guard let own = iteration(), next() != nil else { return false }
      iterations = own
    }
    var rates: [Double] = []
    var slots: [(Network.Slot, NDArray)] = []
    for index in network.optimizerNames.indices {
      guard let own = iteration(), let rate = network.followsSchedule(index) ? network.learningRate(of: index) : next() else {
        return false
      }
      iterations = max(iterations, own)
      rates.append(rate)
      let expected = network.slots(of: index)
      guard rest.count >= expected.count, zip(expected, rest).allSatisfy({ $0.variable.shape == $1.shape }) else { return false }
      slots += zip(expected, rest)
      rest = rest.dropFirst(expected.count)
    }
    guard rest.isEmpty else { return false }
    for (slot, array) in slots {
      do { try network.set(slot.variable, named: slot.path, to: array) } catch { return false }
    }
    network.iterations = iterations
    for (index, rate) in rates.enumerated() { network.setLearningRate(rate, of: index) }
    if let scaling { (network.goodSteps, network.lossScale) = (Int(scaling.steps), scaling.scale) }
    return true
  }
}

extension NDArray {
  /// The one number of an array of a single element.
  fileprivate var number: Double? {
    guard count == 1 else { return nil }
    return switch type {
    case .float32: withElements(as: Float.self) { Double($0[0]) }
    case .float64: withElements(as: Double.self) { $0[0] }
    case .int64: withElements(as: Int64.self) { Double($0[0]) }
    case .int32: withElements(as: Int32.self) { Double($0[0]) }
    case .uint8, .bool, .string: nil
    }
  }
}
