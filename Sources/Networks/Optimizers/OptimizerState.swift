import Lambdas
import Plans
import Tensors

/// An optimizer at work: with the weights that it trains, and all variables of its own. One object, since every batch asks it.
final class OptimizerState {
  /// A variable of the optimizer's own.
  struct Variable {
    /// Keras's name: `momentum`.
    let name: String
    /// Into `weights`; nil for one that belongs to all.
    let weight: Int?
    let variable: VariableID
    let start: OptimizerSlot.Start
  }

  let optimizer: any Optimizer
  let options: OptimizerOptions
  /// Whether each step asks a schedule for its rate.
  let followsSchedule: Bool
  /// Whether all batches do the same: none only adds up its gradients, and none makes the weights their averages.
  let isSteady: Bool
  /// The name by which logs tell it from those that have the other weights; nil where it has all.
  let name: String?
  /// Where its learning rate and its count of updates stand.
  let scalars: StepScalars
  /// Weights that do not decay, by their place.
  private let undecayed: Set<Int>
  /// What it trains; fixed when compiled, as in Keras.
  let weights: [TrainedWeight]
  /// The running averages of the weights; empty where they are not averaged.
  let averages: [VariableID]
  /// The sums of gradients since the last update; empty where every batch updates.
  let accumulators: [VariableID]
  /// All of its variables in the order of Keras's files: averages, sums of gradients, slots.
  let variables: [Variable]

  /// Adds the variables of an optimizer to a store, each at its beginning.
  init(
    _ configured: Configured, weights: [TrainedWeight], sharedAs name: String? = nil, scalars: StepScalars = .standard,
    in store: VariableStore
  ) {
    optimizer = makeOptimizer(configured)
    options = OptimizerOptions(configured.arguments)
    followsSchedule = if case .schedule = options.learningRate { true } else { false }
    isSteady = options.accumulationSteps == nil && options.averages == nil
    self.name = name
    self.scalars = scalars
    self.weights = weights
    let patterns = configured.undecayedPatterns
    undecayed = Set(weights.indices.filter { index in patterns.contains { weights[index].isNamed($0) } })
    let averaged = options.averages == nil ? [] : weights.slots("average")
    let summed = options.accumulationSteps == nil ? [] : weights.slots("gradient_accumulator")
    variables = (averaged + summed + optimizer.slots(for: weights)).map { slot in
      let path = [slot.weight.map { weights[$0].path } ?? name, slot.name].compactMap(\.self).joined(separator: "/")
      return Variable(
        name: slot.name, weight: slot.weight, variable: store.add(path, shape: slot.shape), start: slot.start)
    }
    averages = variables.prefix(averaged.count).map(\.variable)
    accumulators = variables.dropFirst(averaged.count).prefix(summed.count).map(\.variable)
    for slot in variables {
      if case .constant(let value) = slot.start, value != 0 { store.fill(slot.variable, with: value) }
    }
  }

  /// Sets the slots that begin as their weights, before the first step.
  func beginWithWeights(in store: VariableStore) {
    for slot in variables where slot.start == .weight {
      guard let weight = slot.weight else { preconditionFailure("a slot that begins as a weight belongs to one") }
      store.write(store.values(of: weights[weight].variable), to: slot.variable)
    }
  }

  /// How many updates it has made after so many batches.
  func updates(afterBatches batches: Int) -> Int { isSteady ? batches : options.updates(afterBatches: batches) }

  /// How much a step takes away of a weight, as a share of the learning rate.
  func decay(of weight: Int) -> Double {
    undecayed.contains(weight) ? 0 : optimizer.decay(of: weights[weight], asked: options.weightDecay)
  }

  /// The slot of a weight, or of all weights, by its name.
  func slot(_ name: String, of weight: Int) -> VariableID {
    guard let slot = variables.first(where: { $0.name == name && ($0.weight == weight || $0.weight == nil) }) else {
      preconditionFailure("an optimizer reads only slots that it has declared: `\(name)`")
    }
    return slot.variable
  }
}

extension TrainedWeight {
  /// Whether its name in its layer has a part that a regular expression matches.
  func isNamed(_ pattern: String) -> Bool { (path.split(separator: "/").last ?? "").matches(pattern) }

  /// Whether its path has a part that a regular expression matches.
  func lies(at pattern: String) -> Bool { path[...].matches(pattern) }
}

extension Substring {
  /// Whether a part of it matches a regular expression; what is none has been told before anything runs, and matches nothing.
  fileprivate func matches(_ pattern: String) -> Bool { (try? Regex(pattern)).map { contains($0) } ?? false }
}

extension Configured {
  /// What the names of weights contain that do not decay.
  fileprivate var undecayedPatterns: [String] {
    if case .list(let names)? = arguments[Configured.undecayedNames] { names.compactMap(\.asString) } else { [] }
  }
}
