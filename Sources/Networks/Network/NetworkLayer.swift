import Arrays
import Plans
import Tensors

/// A layer of a network with the variables that hold its weights.
struct NetworkLayer {
  /// The path of its names, through nested models: `encoder/dense`.
  let name: String
  let layer: any Layer
  let isTrainable: Bool
  /// What the loss adds for its outputs.
  let activityRegularizer: Regularizer?
  /// In creation order, which is the file order.
  let weights: [(spec: WeightSpec, variable: VariableID)]

  /// Adds the variables of a planned layer to a store and gives them their first values.
  init(_ flat: FlatPlan.Layer, model: String, seed: Int, in store: VariableStore) {
    let planned = flat.planned
    guard let type = layerTypes.first(where: { $0.signature.name == planned.configured.entry.name }) else {
      preconditionFailure("every layer entry of the catalog is made from `layerTypes`")
    }
    let layer = type.init(planned.configured.arguments)
    name = flat.path
    self.layer = layer
    isTrainable = flat.isTrainable
    activityRegularizer = ActivityRegularizer.of(planned.configured.arguments)
    let trained = flat.origin.flatMap { origin in
      origin.network.layers.first { $0.name == origin.path }.map { (origin.network, $0) }
    }
    weights = planned.weights.map { spec in
      let variable = store.add("\(flat.path)/\(spec.name)", shape: spec.shape)
      if let (network, source) = trained, let weight = source.weights.first(where: { $0.spec == spec }) {
        store.write(network.store.values(of: weight.variable), to: variable)
        return (spec, variable)
      }
      guard let rules = layer.weightRules[spec.name] else {
        preconditionFailure("a layer says how each of its weights begins")
      }
      let stream = RandomStream(seed: seed, model, flat.path, spec.name)
      store.write(Initializer(rules.initializer).values(shape: spec.shape, from: stream), to: variable)
      return (spec, variable)
    }
  }

  /// The variables that training changes.
  var trainableVariables: [VariableID] { isTrainable ? weights.filter { $0.spec.isTrainable }.map(\.variable) : [] }

  /// The layer's place in a graph that is being built.
  func use(isTraining: Bool, stream: RandomStream) -> LayerUse {
    LayerUse(
      isTraining: isTraining, isTrainable: isTrainable,
      weights: Dictionary(uniqueKeysWithValues: weights.map { ($0.spec.name, $0.variable) }), stream: stream.substream(name))
  }
}
