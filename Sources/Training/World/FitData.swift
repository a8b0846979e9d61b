import Arrays
import Datasets
import Lambdas
import Networks
import Plans

/// The examples of one fit, looked through: what is trained on, and what it is validated with.
struct FitData {
  let training: Dataset
  let validation: Dataset?

  /// Splits and weights as the plan says, and looks for what no network can learn from.
  init(_ plan: FitPlan, for network: Network) throws(Failure) {
    var training = try plan.data.examples("the training data")
    var validation = try plan.validation?.examples("the validation data")
    do throws(DataFailure) {
      if validation == nil, plan.validationSplit != 0 {
        let (rest, part) = try training.split(validation: plan.validationSplit)
        training = rest
        validation = part
      }
      if let weights = plan.classWeight {
        guard training.sampleWeights.isEmpty else {
          throw .noClasses("the data has `sample_weight` already, and both cannot be given")
        }
        training = try training.weighted(byClass: weights)
      }
    } catch {
      throw Failure(error.message)
    }
    try check(training, for: network)
    if let validation { try check(validation, for: network) }
    self.training = training
    self.validation = validation
  }
}

/// Refuses more examples than batches can be made of.
func checkCount(of data: Dataset) throws(Failure) {
  guard data.count > BatchOrder.exampleLimit else { return }
  throw Failure("\(data.count) examples are too many: a network goes through at most \(BatchOrder.exampleLimit) of them")
}

/// Looks through examples before they are used: their number, a NaN, or a label that is none of the classes.
func check(_ data: Dataset, for network: Network) throws(Failure) {
  try checkCount(of: data)
  do throws(DataFailure) {
    try data.checkNumbers()
    for (output, range) in network.classRanges.enumerated() {
      if let range { try data.checkLabels(output: output, classCount: range.count, ignoring: range.ignored) }
    }
  } catch {
    throw Failure(error.message)
  }
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
