import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// Epochs that a schedule is asked about at most, and steps of the machine after which it is asked no more.
  private static let limits = (epochs: 10_000, steps: 200_000)

  /// Tells of an epoch for which the function of a scheduler gives no learning rate: an error if it is the first of the training,
  /// a warning later on, since the training may stop before it.
  ///
  /// Only a function of the epoch alone is asked, which gives in the run what it gives now. A function of the rate so far is not:
  /// that depends on what was trained before, and on other callbacks.
  func checkRates(of callback: Configured, _ call: BoundCall) {
    guard let first = call["initial_epoch"]?.value?.asInteger, let last = call["epochs"]?.value?.asInteger, first < last else {
      return
    }
    for parameter in callback.entry.signature.parameters {
      guard case .function(let function)? = callback.arguments[parameter.name], function.isOfEpochAlone,
        let place = callback.argumentRanges[parameter.name]
      else { continue }
      var steps = 0
      for epoch in first..<first + min(last - first, Self.limits.epochs) where steps < Self.limits.steps {
        guard let obstacle = obstacle(toRate: function, epoch, &steps) else { continue }
        report(.impossibleRate(callback.entry.name, obstacle, epoch: epoch, isFirst: epoch == first, at: place))
        break
      }
    }
  }

  /// Why what a schedule gives for an epoch is no learning rate; nil if it is one, or too much is to be computed. Adds the steps.
  private func obstacle(toRate function: FunctionValue, _ epoch: Int, _ steps: inout Int) -> RateObstacle? {
    let arguments: [Value] = function.type.parameters.count > 1 ? [.integer(epoch), .float(0)] : [.integer(epoch)]
    do throws(RuntimeFailure) {
      let value = try onMachine { machine throws(RuntimeFailure) in
        defer { steps += machine.budget - machine.stepsLeft }
        return try machine.call(function, arguments)
      }
      if case .float(let rate) = value, rate.isLearningRate { return nil }
      return .value(Operations.representation(value))
    } catch {
      return error.error.kind == .budget ? nil : .failure("\(error.error.kind.rawValue): \(error.error.message)")
    }
  }
}

extension Double {
  /// Whether an optimizer can train with it as its learning rate: 0 or more, and finite in single precision, in which rates are kept.
  package var isLearningRate: Bool { self >= 0 && Float(self).isFinite }
}

/// Why there is no learning rate for an epoch.
enum RateObstacle {
  /// The schedule gives something else.
  case value(String)
  /// It fails, with Python's words.
  case failure(String)
}

extension FunctionValue {
  /// Whether what it gives depends on the epoch alone.
  fileprivate var isOfEpochAlone: Bool {
    guard case .code(let code, let captured) = body, type.parameters.count == 1 || ignores(argument: 1) else { return false }
    let effects = code.effects
    return !effects.prints && !effects.usesTime && !effects.usesRandomNumbers && effects.changedState.isEmpty
      && captured.allSatisfy(\.isPlain)
  }
}
