import Arrays
import Plans
import Tensors

/// What the run keeps for a layer of the script: the values of its weights, which every network with that layer shares.
final class LayerWeights {
  let specs: [WeightSpec]
  let values: [VariableValues]

  init(specs: [WeightSpec], values: [VariableValues]) {
    self.specs = specs
    self.values = values
  }
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
  /// or new ones without.
  init(_ flat: FlatPlan.Layer, model: String, seed: Int, hasValues: Bool, in store: VariableStore) {
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
    if let held = configured.held as? LayerWeights, held.specs == specs {
      weights = zip(specs, held.values).map { spec, values in
        (spec, store.add("\(flat.path)/\(spec.name)", shape: spec.shape, sharing: values))
      }
      return
    }
    weights = specs.map { spec in
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
    if !specs.isEmpty { configured.held = LayerWeights(specs: specs, values: weights.map { store.shared($0.variable) }) }
  }

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
