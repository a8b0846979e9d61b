import Lambdas
import Plans

/// `MultiOptimizer`: gives each weight to one of several optimizers, by its path. Each makes its steps as if the others' weights were not
/// there: clipping by the norm of all gradients, accumulation and averages are its own.
enum MultiOptimizer {
  static let map = Parameter<Configured>(
    OptimizerMap.map, "which optimizer takes which weights, an `OptimizerMap`", .optimizerMap)
  static let signature = Signature(
    "MultiOptimizer", "Gives each weight to one of several optimizers.",
    [map.description, OptimizerParameters.lossScaleFactor.description, OptimizerParameters.name("MultiOptimizer")],
    formula: "each optimizer's own, on its weights; `loss_scale_factor` takes the place of theirs",
    example: #"MultiOptimizer(OptimizerMap(SGD(0.1), {"encoder/.*": Adam(1e-3)}))"#)

  static let defaultOptimizer = Parameter<Configured>(
    OptimizerMap.defaultOptimizer, "takes the weights that no key matches", .optimizer)
  static let shares = ParameterDescription(
    OptimizerMap.map, "optimizers by the path of a weight, or by a regular expression that whole paths match",
    .optional(.dict(.entry(.optimizer))), default: Value.none)
  static let mapSignature = Signature(
    "OptimizerMap", "Says which optimizer takes which weights.", [defaultOptimizer.description, shares],
    formula: "the key that is the path, else the one whose expression matches all of it, else `default_optimizer`",
    example: #"OptimizerMap(SGD(0.1), {"encoder/.*": Adam(1e-3), "head/bias": SGD(1.0)})"#)

  static let entries = [
    Entry(.optimizer, signature),
    Entry(.optimizerMap, mapSignature, conflict: OptimizerMap.conflict),
  ]
}
