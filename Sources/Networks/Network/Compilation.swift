import Plans
import Tensors

/// What `compile` adds to a network: an optimizer with its slots, losses, and metrics with their running sums.
struct Compilation {
  struct LossTerm {
    let loss: any Loss
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
    /// Σ value · weight and Σ weight.
    let sums: StateID
  }

  let plan: CompilePlan
  let optimizer: any Optimizer
  /// What is trained; fixed when compiled, as in Keras.
  let variables: [VariableID]
  /// A variable's slots, in the order of the rule's names.
  let slots: [[VariableID]]
  let losses: [LossTerm]
  let metrics: [MetricTerm]
  /// Σ loss · batch and Σ batch of the whole loss.
  let lossSums: StateID

  init(_ plan: CompilePlan, variables: [VariableID], in store: VariableStore) {
    let optimizer = makeOptimizer(plan.optimizer)
    self.plan = plan
    self.optimizer = optimizer
    self.variables = variables
    slots = variables.map { variable in
      optimizer.rule.slotNames.map { store.add("\(store.name(of: variable))/\($0)", shape: variable.shape) }
    }
    losses = plan.losses.map {
      LossTerm(loss: makeLoss($0.configured), output: $0.output, weight: $0.weight, sums: store.states.add(count: 2))
    }
    metrics = plan.metrics.map {
      MetricTerm(
        metric: makeMetric($0.configured), logName: $0.logName, output: $0.output, isWeighted: $0.isWeighted,
        sums: store.states.add(count: 2))
    }
    lossSums = store.states.add(count: 2)
  }

  /// The running sums with their names in `logs`, in the order in which `evaluate` gives them.
  func sums(outputNames: [String]) -> [(name: String, sums: StateID)] {
    let metrics = metrics.map { ($0.logName, $0.sums) }
    if outputNames.count == 1 { return [("loss", lossSums)] + metrics }
    return [("loss", lossSums)] + zip(plan.lossNames(outputNames), losses.map(\.sums)) + metrics.sorted { $0.0 < $1.0 }
  }

  /// Whether the targets of an output enter as class numbers.
  func takesClasses(output: Int) -> Bool {
    if let term = losses.first(where: { $0.output == output }) { return type(of: term.loss).targetsAreClasses }
    return metrics.first { $0.output == output }.map { type(of: $0.metric).targetsAreClasses } ?? false
  }
}
