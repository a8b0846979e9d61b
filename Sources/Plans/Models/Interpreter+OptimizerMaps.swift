import Diagnostics
import Lambdas
import Syntax

/// Optimizers that share the weights of a model.
extension Interpreter {
  /// Whether an optimizer that shares the weights out gives each to one; a key that no weight has is told.
  func checkShares(_ optimizer: Configured, of model: ModelObject, at range: SourceRange) -> Bool {
    guard let map = optimizer.optimizerMap, model.hasPlan else { return true }
    let place = optimizer.range ?? range
    let names = model.plan.weightPaths
    let paths = names.map { OptimizerMap.paths(of: $0, in: model.plan.name) }
    for key in map.unused(by: paths) {
      report(.optimizerOfNothing(key, of: model.plan.name, weight: names.first, at: place))
    }
    guard let conflict = map.conflict(in: model.plan) else { return true }
    report(.twoOptimizers(conflict.keys, of: conflict.weight, at: place))
    return false
  }

  /// `shares["encoder/.*"] = Adam()`: adds a key to an `OptimizerMap`, or gives another optimizer to one.
  func assign(_ meaning: Meaning, toKey key: Meaning, of map: Configured, at range: SourceRange) {
    let parameter = ParameterDescription(OptimizerMap.map, "", .entry(.optimizer), default: nil)
    let admitted = admit(meaning, to: parameter, of: map.entry.name, at: range)
    guard let key = key.value, case .known(let optimizer) = admitted else { return }
    let before = map.arguments[OptimizerMap.map]
    var shares = DictValue()
    if case .dict(let dict)? = before { shares = dict }
    shares.set(optimizer, for: key)
    undoable { map.settle([OptimizerMap.map: before ?? .none]) }
    map.settle([OptimizerMap.map: .dict(shares)])
    if let conflict = map.entry.conflict(map.arguments) {
      report(.argumentConflict(conflict, of: map.entry.name, at: range))
      map.settle([OptimizerMap.map: before ?? .none])
    }
  }
}
