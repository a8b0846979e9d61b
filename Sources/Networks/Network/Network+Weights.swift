import Arrays
import Plans
import Tensors

extension Network {
  /// A weight with its name and place.
  package struct Weight {
    /// The layer's name, behind those of the nested models around it: `encoder/dense`.
    package let layer: String
    /// The weight's name in its layer: `kernel`.
    package let name: String
    package let isTrainable: Bool
    package let variable: VariableID
    /// The path of the inner layer that owns it, below the layer; empty for the layer's own.
    package let group: String
    /// The path of a layer around that one that holds it too.
    package let holder: String?
  }

  /// The weights of a layer in file order: those that are trained, then the others. Empty for a layer without weights.
  package func weights(ofLayer path: String) -> [Weight] { weightsByLayer.first { $0.first?.layer == path } ?? [] }

  /// The weights of each layer in model order: of each layer in it those that are trained, then the others.
  package var weightsByLayer: [[Weight]] {
    layers.map { layer in
      let all = layer.weights.map {
        Weight(
          layer: layer.name, name: $0.spec.name, isTrainable: $0.spec.isTrainable && layer.isTrainable, variable: $0.variable,
          group: $0.spec.group, holder: $0.spec.holder)
      }
      let specs = layer.weights.map(\.spec)
      var owners: [String] = []
      for owner in specs.map(\.owner) where !owners.contains(owner) { owners.append(owner) }
      return owners.flatMap { owner in
        let own = zip(all, specs).filter { $0.1.owner == owner }
        return own.filter(\.1.isTrainable).map(\.0) + own.filter { !$0.1.isTrainable }.map(\.0)
      }
    }
  }

  /// Copies of all weights, in Keras's `get_weights` order.
  package func getWeights() -> [NDArray] { store.arrays(of: weightsByLayer.joined().map(\.variable), by: pool) }

  /// Replaces all weights. Throws `weightCount` and `shape`, and then has changed none.
  package func setWeights(_ arrays: [NDArray]) throws(NetworkFailure) {
    let weights = Array(weightsByLayer.joined())
    guard weights.count == arrays.count else { throw .weightCount(expected: weights.count, found: arrays.count) }
    for (weight, array) in zip(weights, arrays) where weight.variable.shape != array.shape {
      throw .shape(name: "\(weight.layer)/\(weight.name)", expected: weight.variable.shape, found: array.shape)
    }
    for (weight, array) in zip(weights, arrays) { store.write(array.floats, to: weight.variable) }
  }

  /// Copies of one layer's weights, in Keras's order; empty if it is none of the network's.
  package func weights(of layer: Configured) -> [NDArray] { weightsOf(layer).map { array(of: $0.variable) } }

  /// Replaces one layer's weights. Throws `weightCount` and `shape`, and then has changed none.
  package func setWeights(_ arrays: [NDArray], of layer: Configured) throws(NetworkFailure) {
    let weights = weightsOf(layer)
    guard weights.count == arrays.count else { throw .weightCount(expected: weights.count, found: arrays.count) }
    for (weight, array) in zip(weights, arrays) where weight.variable.shape != array.shape {
      throw .shape(name: "\(weight.layer)/\(weight.name)", expected: weight.variable.shape, found: array.shape)
    }
    for (weight, array) in zip(weights, arrays) { store.write(array.floats, to: weight.variable) }
  }

  private func weightsOf(_ layer: Configured) -> [Weight] {
    let places = flat.layers.firstIndex { $0.planned.configured === layer }.map { [$0] } ?? flat.stepped[ObjectIdentifier(layer)]
    return (places ?? []).flatMap { weightsByLayer[$0] }
  }

  /// A copy of a variable's values, shared by all who ask for it before they change.
  package func array(of variable: VariableID) -> NDArray { store.array(of: variable) }

  /// Replaces a variable's values, whatever number type they come in. Throws `shape`.
  package func set(_ variable: VariableID, named name: String, to array: NDArray) throws(NetworkFailure) {
    guard variable.shape == array.shape else { throw .shape(name: name, expected: variable.shape, found: array.shape) }
    store.write(array.floats, to: variable)
  }

  /// A variable of the optimizer's own.
  package struct Slot {
    /// The trained weight's path, and Keras's name: `dense/kernel/momentum`; the name alone for one that belongs to all.
    package let path: String
    package let variable: VariableID
  }

  /// How many numbers the optimizer keeps: iteration, learning rate unless it follows a schedule, and its own variables, of each that
  /// shares the weights and, as in Keras, once more of the whole; nil before its first step.
  package var optimizerNumberCount: Int? {
    guard let optimizers = compilation?.optimization.optimizers, iterations > 0 else { return nil }
    let shared = optimizers.contains { $0.name != nil } ? 2 : 0
    return optimizers.indices.reduce(shared) { $0 + (followsSchedule($1) ? 1 : 2) }
      + optimizerSlots.reduce(0) { $0 + $1.variable.count }
  }

  /// The variables of an optimizer's own, in file order.
  package func slots(of optimizer: Int) -> [Slot] {
    (compilation?.optimization.optimizers[optimizer].variables ?? []).map {
      Slot(path: store.name(of: $0.variable), variable: $0.variable)
    }
  }

  /// Those of all optimizers; empty before `compile`.
  package var optimizerSlots: [Slot] { (compilation?.optimization.optimizers.indices ?? 0..<0).flatMap { slots(of: $0) } }
}

extension NDArray {
  /// Every element in single precision.
  var floats: [Float] { converted(to: .float32).withElements(as: Float.self) { Array($0) } }
}

extension WeightSpec {
  /// The outermost layer that holds it.
  fileprivate var owner: String { holder ?? group }
}
