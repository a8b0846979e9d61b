import Plans
import Tensors

/// What `compile` adds to a network: an optimizer with its slots, losses, and metrics with their running sums.
struct Compilation {
  struct LossTerm {
    let loss: any Loss
    let reduction: Reduction
    let output: Int
    let weight: Double
    /// Σ loss · batch and Σ batch, reported beside the whole where there are several outputs with a loss.
    let sums: StateID
  }
  struct MetricTerm {
    let metric: any Metric
    let logName: String
    let output: Int
    let isWeighted: Bool
    let sums: [StateID]
  }

  let plan: CompilePlan
  let optimization: Optimization
  let losses: [LossTerm]
  let metrics: [MetricTerm]
  /// Σ loss · batch and Σ batch of the whole loss.
  let lossSums: StateID

  init(_ plan: CompilePlan, weights: [TrainedWeight], of model: ModelPlan, in store: VariableStore) {
    self.plan = plan
    optimization = Optimization(plan.optimizer, weights: weights, of: model.name, in: store)
    let outputs = model.outputs.map { model.tensors[$0].shape }
    losses = plan.losses.map {
      LossTerm(
        loss: makeLoss($0.configured), reduction: Reduction($0.configured.arguments), output: $0.output, weight: $0.weight,
        sums: store.states.add(count: 2))
    }
    metrics = plan.metrics.map {
      let metric = makeMetric($0.configured)
      return MetricTerm(
        metric: metric, logName: $0.logName, output: $0.output, isWeighted: $0.isWeighted,
        sums: metric.sumSizes(outputs[$0.output]).map { store.states.add(count: $0) })
    }
    lossSums = store.states.add(count: 2)
  }

  /// What is reported under a name in `logs`, and the sums it is computed from.
  struct Report {
    let name: String
    let sums: [StateID]
    /// Nil for the mean of what was summed up: the sum and how much it is of, which a callback may ask for at every batch.
    let result: (([[Double]]) -> Score)?
  }

  /// The reports in the order in which `evaluate` gives them.
  func reports(outputNames: [String]) -> [Report] {
    let whole = Report(name: "loss", sums: [lossSums], result: nil)
    let metrics = metrics.map { Report(name: $0.logName, sums: $0.sums, result: $0.metric.result) }
    if outputNames.count == 1 { return [whole] + metrics }
    let single = zip(plan.lossNames(outputNames), losses).map { Report(name: $0, sums: [$1.sums], result: nil) }
    return [whole] + single + metrics.sorted { $0.name < $1.name }
  }

  /// Whether the targets of an output enter as class numbers.
  func takesClasses(output: Int) -> Bool {
    if let term = losses.first(where: { $0.output == output }) { return type(of: term.loss).targetsAreClasses }
    return metrics.first { $0.output == output }.map { type(of: $0.metric).targetsAreClasses } ?? false
  }
}
