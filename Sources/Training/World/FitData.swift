import Arrays
import Datasets
import Lambdas
import Networks
import Plans

/// The examples of one fit, looked through: what is trained on, and what it is validated with.
struct FitData {
  let training: Examples
  let validation: Examples?
  /// How much each class counts, where that is not in the weights of the examples already.
  let classWeights: [Int: Double]?

  /// Splits and weights as the plan says, and looks for what no network can learn from. `stream` is of this fit.
  init(_ plan: FitPlan, for network: Network, stream: RandomStream) throws(Failure) {
    var training = try Examples(plan.data, "the training data")
    var validation: Examples?
    if let data = plan.validation { validation = try Examples(data, "the validation data") }
    var classWeights = plan.classWeight
    do throws(DataFailure) {
      if validation == nil, plan.validationSplit != 0 {
        let (rest, part) = try training.split(validation: plan.validationSplit)
        training = rest
        validation = part
      }
      if let weights = classWeights, case .memory(let data) = training {
        guard data.sampleWeights.isEmpty else {
          throw .noClasses("the data has `sample_weight` already, and both cannot be given")
        }
        training = .memory(try data.weighted(byClass: weights))
        classWeights = nil
      }
    } catch {
      throw Failure(error.message)
    }
    try training.check(for: network)
    try validation?.check(for: network)
    let size = plan.batchSize ?? 32
    self.training = try training.batched(size, shuffledBy: plan.shuffle == .all ? stream.substream("examples") : nil)
    self.validation = try validation?.batched(plan.validationBatchSize ?? size)
    self.classWeights = classWeights
  }
}

extension FitData {
  /// What tells it from other data.
  var fingerprints: [String] { training.fingerprints + (validation?.fingerprints ?? []) }
}

extension BatchData {
  /// What batches of a data set are gathered from.
  convenience init(_ data: Dataset) {
    self.init(inputs: data.inputs, targets: data.targets, sampleWeights: data.sampleWeights)
  }
}

extension FitOutline {
  /// What a fit of a compiled network can log, and which way its scores get better: losses down, metrics as they say.
  init(of network: Network, hasValidation: Bool) {
    let names = network.metricNames
    var directions: [String: Direction] = [:]
    for name in names where name.hasSuffix("_loss") { directions[name] = .down }
    for metric in network.compiled?.metrics ?? [] {
      switch metric.configured.entry.meaning {
      case .metric(let traits): directions[metric.logName] = traits.direction
      case .loss: directions[metric.logName] = .down
      default: break
      }
    }
    self.init(
      batchNames: names, hasValidation: hasValidation, directions: directions,
      hasSettableLearningRate: network.optimizerNames.indices.allSatisfy(network.hasSettableLearningRate),
      rateNames: network.compiled?.optimizer.learningRateKeys ?? [])
  }
}
