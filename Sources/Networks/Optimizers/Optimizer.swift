import Plans
import Tensors

/// An optimizer of the catalog: what it keeps for every weight, and the rule of one step.
///
/// A new optimizer is one file with a type like this, and one line in `optimizerTypes`. What all have in common (clipping, decay,
/// averages …) is `OptimizerOptions` and done by `UpdatePipeline`.
protocol Optimizer: Sendable {
  static var signature: Signature { get }
  /// The names Keras knows it by as a string, in lower case.
  static var aliases: [String] { get }
  init(_ arguments: Arguments)
  /// What it keeps, in the order of Keras's files.
  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot]
  /// One step of one weight, after clipping and decay.
  func step(_ update: inout WeightUpdate)
  /// The same step as one of the core's own rules, which is faster; nil where it has none. `slots` are then the rule's.
  var rule: UpdateRule? { get }
  /// The decay of one weight, where options ask for `decay`.
  func decay(of weight: TrainedWeight, asked decay: Double) -> Double
}

extension Optimizer {
  var rule: UpdateRule? { nil }
  func decay(of weight: TrainedWeight, asked decay: Double) -> Double { decay }
}

/// A weight that training changes.
struct TrainedWeight {
  let variable: VariableID
  /// Behind the names of its layer and the models around that: `encoder/dense/kernel`.
  let path: String
  let constraint: Constraint?

  var shape: [Int] { variable.shape }
}

/// A variable of the optimizer's own.
struct OptimizerSlot {
  /// How it begins.
  enum Start: Equatable {
    case constant(Float)
    /// As the weight is when training begins.
    case weight
  }
  /// Keras's name: `momentum`.
  let name: String
  /// Into the trained weights; nil for one that belongs to all.
  let weight: Int?
  let shape: [Int]
  var start = Start.constant(0)
}

extension [TrainedWeight] {
  /// Slots of the weights' shapes: of each weight in turn, all of these.
  func slots(_ names: String..., start: OptimizerSlot.Start = .constant(0)) -> [OptimizerSlot] {
    enumerated().flatMap { index, weight in
      names.map { OptimizerSlot(name: $0, weight: index, shape: weight.shape, start: start) }
    }
  }
}

/// One weight in the step of an optimizer: what there is before it, to be set to what there is after it.
struct WeightUpdate {
  let weight: TrainedWeight
  /// The weight's values.
  var value: Term
  let gradient: Term
  /// The learning rate of the step, η.
  let rate: Term
  /// How many updates were made with this one, t: 1 in the first.
  let count: Term
  private let before: (String) -> Term
  private let shared: Shared
  private(set) var changedSlots: [(name: String, value: Term)] = []

  /// What the weights of one step have in common, so that it is computed once: nodes, since a term ends with its formula.
  final class Shared {
    fileprivate var nodes: [String: Node] = [:]
  }

  init(
    of weight: TrainedWeight, value: Term, gradient: Term, rate: Term, count: Term, shared: Shared,
    slot before: @escaping (String) -> Term
  ) {
    self.weight = weight
    self.value = value
    self.gradient = gradient
    self.rate = rate
    self.count = count
    self.shared = shared
    self.before = before
  }

  /// A slot of the weight, or of all weights, by its name.
  subscript(slot: String) -> Term {
    get { changedSlots.last { $0.name == slot }?.value ?? before(slot) }
    set { changedSlots.append((slot, newValue)) }
  }

  /// A term that is the same for all weights, made at the first of them.
  func once(_ name: String, _ make: () -> Term) -> Term {
    if let known = shared.nodes[name] { return value.write { _ in known } }
    let term = make()
    shared.nodes[name] = term.node
    return term
  }

  /// A slot that moves towards something, by a share of the way: `slot + (target − slot) · share`.
  mutating func move(_ slot: String, towards target: Term, by share: Double) -> Term {
    let moved = self[slot] + (target - self[slot]) * share
    self[slot] = moved
    return moved
  }

  /// `βᵗ`, once for all weights.
  func power(of beta: Double) -> Term { once("\(beta)ᵗ") { pow(beta, count) } }
}

/// Every optimizer of the catalog, but for `LossScaleOptimizer`, which wraps one.
let optimizerTypes: [any Optimizer.Type] = [
  SGD.self, RMSprop.self, Adam.self, AdamW.self, Adadelta.self, Adagrad.self, Adamax.self, Nadam.self, Ftrl.self, Lion.self,
  Lamb.self, Adafactor.self, Muon.self, ScheduleFreeAdamW.self,
]

/// The optimizer that a name or object of a script stands for.
func makeOptimizer(_ configured: Configured) -> any Optimizer {
  guard let type = optimizerTypes.first(where: { $0.signature.name == configured.entry.name }) else {
    preconditionFailure("every optimizer entry of the catalog is made from `optimizerTypes`")
  }
  return type.init(configured.arguments)
}
