import Plans
import Tensors

/// What trains a network: one optimizer, or several that share the weights (`MultiOptimizer`); around them perhaps a factor of the loss
/// that finds itself (`LossScaleOptimizer`).
struct Optimization {
  let optimizers: [OptimizerState]
  /// Nil where the loss is scaled by a fixed factor, or not at all.
  let lossScaling: LossScaling?
  /// The fixed factor of the loss.
  private let lossScaleFactor: Double?
  /// Whether any learning rate is a function of the script.
  let hasRateFunction: Bool
  /// Whether all batches do the same.
  private let isSteady: Bool
  private let ordinaryStages: [UpdatePipeline.Stage]

  /// Adds the variables of all optimizers to a store, each at its beginning. `model` is the name before the weights' paths.
  init(_ configured: Configured, weights: [TrainedWeight], of model: String, in store: VariableStore) {
    let inner = configured.innerOptimizer
    lossScaling = inner.map { _ in LossScaling(configured.arguments) }
    if let map = configured.optimizerMap {
      lossScaleFactor = (inner ?? configured).arguments[OptimizerParameters.lossScaleFactor]
      let shares = Optimization.shares(weights, of: model, map)
      optimizers = zip(map.optimizers, zip(map.names, shares)).enumerated().map { index, optimizer in
        OptimizerState(
          optimizer.0, weights: optimizer.1.1, sharedAs: optimizer.1.0,
          scalars: index == 0 ? .standard : store.scalars.stepScalars(of: index), in: store)
      }
    } else {
      let only = OptimizerState(inner ?? configured, weights: weights, in: store)
      lossScaleFactor = only.options.lossScale
      optimizers = [only]
    }
    hasRateFunction = optimizers.contains { if case .function = $0.options.learningRate { true } else { false } }
    isSteady = optimizers.allSatisfy(\.isSteady)
    ordinaryStages = optimizers.map { _ in [] }
  }

  private static func shares(_ weights: [TrainedWeight], of model: String, _ map: OptimizerMap) -> [[TrainedWeight]] {
    var shares = [[TrainedWeight]](repeating: [], count: map.optimizers.count)
    for weight in weights {
      guard case .optimizer(let index) = map.match(OptimizerMap.paths(of: weight.path, in: model)) else {
        preconditionFailure("a map that gives a weight to two optimizers is told before a network is compiled")
      }
      shares[index].append(weight)
    }
    return shares
  }

  /// All weights that are trained.
  var weights: [TrainedWeight] { optimizers.flatMap(\.weights) }

  /// All variables of the optimizers' own, one after the other.
  var variables: [OptimizerState.Variable] { optimizers.flatMap(\.variables) }

  /// Whether derivatives are taken of a multiple of the loss.
  var scalesLoss: Bool { lossScaling != nil || lossScaleFactor != nil }

  /// The factor of the loss in the first batch.
  var firstLossScale: Double { lossScaling?.initialScale ?? lossScaleFactor ?? 1 }

  /// What a batch does beside the ordinary, an entry an optimizer, if they have seen `batches` before it.
  func stages(afterBatches batches: Int) -> [UpdatePipeline.Stage] {
    isSteady ? ordinaryStages : optimizers.map { $0.options.stage(afterBatches: batches) }
  }
}

extension ScalarBlock {
  /// The numbers of one of several optimizers.
  fileprivate func stepScalars(of optimizer: Int) -> StepScalars {
    StepScalars(
      learningRate: named("learning rate of optimizer \(optimizer)"), iteration: named("iteration of optimizer \(optimizer)"))
  }
}
