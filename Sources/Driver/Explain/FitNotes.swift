import Lambdas
import Plans

/// A training: how many steps it makes, how its learning rate goes, and its callbacks in the order in which they are asked.
struct FitNotes {
  private let fit: FitPlan
  private let style: TextStyle

  init(_ fit: FitPlan, style: TextStyle) {
    self.fit = fit
    self.style = style
  }

  var text: String {
    var lines = [style.bold("fit \(fit.model.plan.name)") + " on \(fit.data.spec.description)", "  " + extent]
    for (name, rates) in LearningRates(fit).byOptimizer {
      lines += ["", "  \(name):"] + RatePlot(rates, firstEpoch: fit.initialEpoch + 1).lines.map { "  " + $0 }
    }
    if !fit.callbacks.isEmpty { lines += ["", "  callbacks, in the order in which they are asked:"] }
    for (number, callback) in fit.callbacks.enumerated() {
      lines += CallbackNotes(callback, number: number + 1, initialEpoch: fit.initialEpoch).lines.map { "  " + $0 }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// "36 batches of 32 an epoch, 30 epochs: 1,080 steps".
  private var extent: String {
    let epochs = max(0, fit.epochs - fit.initialEpoch)
    let many = "\(grouped(epochs)) epoch\(epochs == 1 ? "" : "s")"
    guard let steps = fit.stepsAnEpoch else { return "\(many), each as many batches as the data has" }
    let (total, isTooLarge) = steps.multipliedReportingOverflow(by: epochs)
    let size = fit.data.spec.isBatched ? "" : " of \(grouped(fit.batchRows))"
    return "\(grouped(steps)) batch\(steps == 1 ? "" : "es")\(size) an epoch, \(many)"
      + (isTooLarge ? "" : ": \(grouped(total)) step\(total == 1 ? "" : "s")")
  }
}
