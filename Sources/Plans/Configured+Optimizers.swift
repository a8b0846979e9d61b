import Diagnostics
import Lambdas

/// What scripts can do with optimizers and schedules beside giving them as arguments.
extension Configured {
  /// Whatever the weights are called that `optimizer.exclude_from_weight_decay(…)` leaves out, kept among the arguments.
  package static let undecayedNames = "exclude_from_weight_decay"

  /// The methods of the objects of a role.
  static func methods(of role: Role) -> [String: FunctionType] {
    switch role {
    case .schedule: [ObjectType.callMethod: FunctionType([.init("step", .number)], returns: .float)]
    case .optimizer:
      [
        undecayedNames: FunctionType(
          [.init("var_list", .any, isOptional: true), .init("var_names", .any, isOptional: true)], returns: .none)
      ]
    default: [:]
    }
  }

  /// `schedule(100)`, `optimizer.exclude_from_weight_decay(var_names=["bias"])`.
  package func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value {
    switch (entry.meaning, method) {
    case (.schedule(let rate), ObjectType.callMethod):
      guard let step = arguments.first?.asDouble else { throw .init(.type, "`\(entry.name)` is called with a step") }
      return .float(rate(step, self.arguments))
    case (_, Configured.undecayedNames) where entry.role == .optimizer:
      guard arguments.count == 2, arguments[0].isNone, case .list(let names) = arguments[1] else {
        throw .init(.type, "`\(method)` takes `var_names`, a list of what the names of the weights contain")
      }
      for name in names {
        guard let pattern = name.asString, (try? Regex(pattern)) != nil else {
          throw .init(.value, "\(Operations.representation(name)) is no regular expression")
        }
      }
      settle([Configured.undecayedNames: .list(names)])
      return .none
    default: throw .init(.attribute, "`\(entry.name)` has no method `\(method)`")
    }
  }

  // MARK: Optimizers that hand on

  /// The optimizer that `LossScaleOptimizer` wraps; nil for one that wraps none.
  package var innerOptimizer: Configured? {
    if case .object(let inner as Configured)? = arguments[Configured.innerName] { inner } else { nil }
  }
  package static let innerName = "inner_optimizer"

  /// Whether it keeps running averages of the weights, or of several optimizers one does.
  package var keepsAverages: Bool {
    if let map = optimizerMap { return map.optimizers.contains { $0.keepsAverages } }
    if let innerOptimizer { return innerOptimizer.keepsAverages }
    return if case .bool(true) = arguments[Configured.averagesName] { true } else { false }
  }
  package static let averagesName = "use_ema"

  /// Which optimizer `MultiOptimizer` gives which weights to, itself or wrapped; nil for one that makes the steps of all.
  package var optimizerMap: OptimizerMap? {
    if let innerOptimizer { return innerOptimizer.optimizerMap }
    guard case .object(let map as Configured)? = arguments[OptimizerMap.map] else { return nil }
    return OptimizerMap(map)
  }

  /// The same, so that keys that its map is given later change nothing: what trains which weights is settled by `compile`.
  var withSettledMap: Configured {
    if let innerOptimizer { return copy([Configured.innerName: .object(innerOptimizer.withSettledMap)]) }
    guard case .object(let map as Configured)? = arguments[OptimizerMap.map] else { return self }
    return copy([OptimizerMap.map: .object(map.copy([:]))])
  }

  /// A copy with some arguments replaced.
  private func copy(_ replaced: [String: Value]) -> Configured {
    let values = arguments.values.merging(replaced) { $1 }
    return Configured(
      entry, Arguments(values, given: arguments.given), range: range, serial: serial, missing: missing,
      argumentRanges: argumentRanges, functionTexts: functionTexts)
  }

  /// Whether others make its steps.
  var handsOn: Bool { innerOptimizer != nil || optimizerMap != nil }

  /// The optimizers that make the steps.
  package var stepMakers: [Configured] {
    if let innerOptimizer { return innerOptimizer.stepMakers }
    return optimizerMap?.optimizers ?? [self]
  }

  /// What it is called: the name it was given, else its class's.
  package var optimizerName: String { arguments["name"]?.asString ?? LayerNames.snakeCase(entry.name) }

  /// The keys of `logs` under which callbacks log its learning rates.
  package var learningRateKeys: [String] { optimizerMap?.names.map { "learning_rate_\($0)" } ?? ["learning_rate"] }

  // MARK: Learning rates

  /// The learning rate of the first step of one that makes its steps itself, as far as it is known before the run.
  package var firstLearningRate: Value {
    switch arguments["learning_rate"] {
    case .object(let schedule as Configured)?: return (try? schedule.call(ObjectType.callMethod, [.integer(0)])) ?? .float(0.001)
    case .float(let rate)?: return .float(rate)
    default: return .float(0.001)
    }
  }

  /// The schedule or function that an optimizer's learning rate is, so that nothing else may set it, and where it was given; nil
  /// for a number. Where others make its steps, the first of them that has one tells.
  package var learningRateRule: (argument: Value, range: SourceRange?)? {
    if handsOn { return stepMakers.lazy.compactMap(\.learningRateRule).first }
    switch arguments["learning_rate"] {
    case .object(let schedule as Configured)?: return (.object(schedule), schedule.range ?? argumentRanges["learning_rate"])
    case .function(let function)?: return (.function(function), argumentRanges["learning_rate"])
    default: return nil
    }
  }
}
