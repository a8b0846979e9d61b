import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// Epochs that a schedule is asked about at most, and instructions that all of them may take.
  private static let limits = (epochs: 10_000, instructions: 1_000_000)

  /// Tells of an epoch for which the function of a scheduler gives no learning rate: an error if it is the first of the training,
  /// a warning later on, since the training may stop before it.
  ///
  /// Only a function of the epoch alone is asked, which gives in the run what it gives now. A function of the rate so far is not:
  /// that depends on what was trained before, and on other callbacks.
  func checkRates(of callback: Configured, _ call: BoundCall) {
    for parameter in callback.entry.signature.parameters {
      guard case .function(let function)? = callback.arguments[parameter.name],
        let place = callback.argumentRanges[parameter.name],
        let cost = function.costIfOfEpochAlone, let last = call["epochs"]?.value?.asInteger,
        let first = call["initial_epoch"]?.value?.asInteger, first < last
      else { continue }
      let count = min(last - first, Self.limits.epochs, Self.limits.instructions / max(1, cost))
      let wrong = (first..<first + count).lazy.compactMap { epoch in
        self.obstacle(toRate: function, epoch).map { (epoch: epoch, obstacle: $0) }
      }.first
      if let wrong {
        report(.impossibleRate(callback.entry.name, wrong.obstacle, epoch: wrong.epoch, isFirst: wrong.epoch == first, at: place))
      }
    }
  }

  /// Why what a schedule gives for an epoch is no learning rate; nil if it is one, or too much was computed already.
  private func obstacle(toRate function: FunctionValue, _ epoch: Int) -> RateObstacle? {
    let arguments: [Value] = function.type.parameters.count > 1 ? [.integer(epoch), .float(0)] : [.integer(epoch)]
    do throws(RuntimeFailure) {
      let value = try onMachine { machine throws(RuntimeFailure) in try machine.call(function, arguments) }
      if case .float(let rate) = value, rate >= 0, rate.isFinite { return nil }
      return .value(Operations.representation(value))
    } catch {
      return error.error.kind == .budget ? nil : .failure("\(error.error.kind.rawValue): \(error.error.message)")
    }
  }
}

/// Why there is no learning rate for an epoch.
enum RateObstacle {
  /// The schedule gives something else.
  case value(String)
  /// It fails, with Python's words.
  case failure(String)
}

extension FunctionValue {
  /// How many instructions a call takes at most, for a function that depends on the epoch alone; nil for any other.
  fileprivate var costIfOfEpochAlone: Int? {
    guard case .code(let code, let captured) = body, type.parameters.count == 1 || ignores(argument: 1),
      captured.allSatisfy(\.isPlain)
    else { return nil }
    let effects = code.effects
    if effects.prints || effects.usesTime || effects.usesRandomNumbers || !effects.changedState.isEmpty { return nil }
    return code.costBound
  }
}
