import Arrays
import Plans
import Synchronization
import Tensors

/// What the run keeps for a layer of the script: the values of its weights, which every network with that layer shares.
final class LayerWeights {
  let specs: [WeightSpec]
  let values: [VariableValues]

  init(specs: [WeightSpec], values: [VariableValues]) {
    self.specs = specs
    self.values = values
  }

  /// The same numbers in memory of their own.
  var copy: LayerWeights {
    let store = VariableStore()
    let copies = zip(specs, values).map { spec, held in
      let variable = store.add(spec.name, shape: spec.shape)
      store.write(held.numbers, to: variable)
      return store.shared(variable)
    }
    return LayerWeights(specs: specs, values: copies)
  }
}

/// Copies of the weights of some layers as they were at one time.
package final class KeptWeights: @unchecked Sendable {
  // Sendable by discipline: nothing writes to them.
  private let byLayer: [ObjectIdentifier: LayerWeights]

  /// Of each layer that has weights by now.
  init(of layers: [Configured]) {
    byLayer = Dictionary(
      layers.compactMap { layer in (layer.held as? LayerWeights).map { (ObjectIdentifier(layer), $0.copy) } },
      uniquingKeysWith: { first, _ in first })
  }

  subscript(layer: Configured) -> LayerWeights? { byLayer[ObjectIdentifier(layer)] }
}

/// A layer of a network with the variables that hold its weights.
struct NetworkLayer {
  /// The path of its names, through nested models: `encoder/dense`.
  let name: String
  let layer: any Layer
  /// Whether training changes its weights; settled when the network is compiled.
  var isTrainable: Bool
  /// What the loss adds for its outputs.
  let activityRegularizer: Regularizer?
  /// In creation order, which is the file order.
  let weights: [(spec: WeightSpec, variable: VariableID)]

  /// Adds the variables of a planned layer to a store: those that the layer has in other networks, or new ones with their first values,
  /// or new ones without. Weights that are `kept` stand for those that the layer has.
  init(
    _ flat: FlatPlan.Layer, model: String, seed: Int, hasValues: Bool, kept: KeptWeights? = nil, in store: VariableStore
  ) {
    let configured = flat.planned.configured
    let layer = makeLayer(configured)
    name = flat.path
    self.layer = layer
    isTrainable = flat.isTrainable
    activityRegularizer = type(of: layer).regularizesItself ? nil : ActivityRegularizer.of(configured.arguments)
    let specs = flat.planned.weights
    guard hasValues else {
      weights = specs.map { ($0, store.add("\(flat.path)/\($0.name)", shape: $0.shape)) }
      return
    }
    weights = Self.making.withLock { _ -> [(spec: WeightSpec, variable: VariableID)] in
      if let held = kept?[configured] ?? configured.held as? LayerWeights, held.specs == specs {
        return zip(specs, held.values).map { spec, values in
          (spec, store.add("\(flat.path)/\(spec.name)", shape: spec.shape, sharing: values))
        }
      }
      let made = specs.map { spec -> (spec: WeightSpec, variable: VariableID) in
        let variable = store.add("\(flat.path)/\(spec.name)", shape: spec.shape)
        guard let rules = layer.weightRules[spec.name] else {
          preconditionFailure("a layer says how each of its weights begins")
        }
        let stream = RandomStream(seed: seed, model, flat.path, spec.name)
        var values = Initializer(rules.initializer).values(of: spec, from: stream)
        for index in rules.ones ?? 0..<0 { values[index] = 1 }
        store.write(values, to: variable)
        return (spec, variable)
      }
      if !specs.isEmpty { configured.held = LayerWeights(specs: specs, values: made.map { store.shared($0.variable) }) }
      return made
    }
  }

  /// A layer gets its first weights as a network is made of it: on one thread at a time, since functions of data sets make networks, too.
  private static let making = Mutex(())

  /// The weights that training changes.
  var trainedWeights: [TrainedWeight] {
    guard isTrainable else { return [] }
    let rules = layer.weightRules
    return weights.filter(\.spec.isTrainable).map { spec, variable in
      TrainedWeight(
        variable: variable, path: "\(name)/\(spec.name)", constraint: rules[spec.name]?.constraint.map(Constraint.init))
    }
  }

  /// The layer's place in a graph that is being built.
  func use(isTraining: Bool, states: [String: VariableID], stream: RandomStream) -> LayerUse {
    LayerUse(
      isTraining: isTraining, isTrainable: isTrainable,
      weights: Dictionary(uniqueKeysWithValues: weights.map { ($0.spec.name, $0.variable) }), states: states,
      stream: stream.substream(name))
  }
}
