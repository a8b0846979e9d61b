import Diagnostics
import Lambdas
import Syntax

extension Finding {
  static func disturbedOutput(_ layer: String, at range: SourceRange) -> Finding {
    Finding(
      .disturbedOutput, "`\(layer)` is the last layer, so that it disturbs the predictions themselves while training.", at: range,
      severity: .warning, hint: "put it before the layer that makes the predictions.")
  }

  static func probabilitiesAsLogits(_ loss: String, _ activation: String, at range: SourceRange, layer: SourceRange?) -> Finding {
    Finding(
      .probabilitiesAsLogits, "`\(loss)` takes logits with `from_logits=True`, and gets the probabilities of `\(activation)`.",
      at: range, severity: .warning, labels: [.init(at: layer, "gives probabilities")],
      hint: "take out `from_logits=True`, or the activation.")
  }

  static func numbersAsProbabilities(_ loss: String, _ layer: String, at range: SourceRange, layer place: SourceRange?) -> Finding
  {
    Finding(
      .numbersAsProbabilities, "`\(loss)` takes probabilities, and `\(layer)` gives numbers of any size.", at: range,
      severity: .warning, labels: [.init(at: place, "does not end in probabilities")],
      hint:
        "give the layer an activation (`\"softmax\"` for one of several, `\"sigmoid\"` for yes or no), or the loss `from_logits=True`."
    )
  }

  static func largeLearningRate(_ rate: Double, of optimizer: String, usual: Double, at range: SourceRange) -> Finding {
    let times = rate / usual
    let factor = times < 1e15 ? grouped(Int(times.rounded())) : "very many"
    return Finding(
      .largeLearningRate,
      "A learning rate of \(rate.pythonDescription) is \(factor) times the usual one of `\(optimizer)`; the loss will most likely grow without bound.",
      at: range, severity: .warning, hint: "the usual one is `\(usual.pythonDescription)`.")
  }

  static func contraryMode(_ mode: String, of monitor: String, _ callback: String, at range: SourceRange) -> Finding {
    let better = mode == "max" ? "min" : "max"
    return Finding(
      .contraryMode,
      "`\(callback)` takes the worst for the best: `\(monitor)` gets better by \(mode == "max" ? "falling" : "rising").",
      at: range, severity: .warning,
      hint: "write `\(range.spelled("mode=\"\(better)\"", yaml: "mode: \(better)"))`, or leave it out.")
  }

  static func neverActs(_ callback: String, _ delay: CallbackDelay, epochs: Int, at range: SourceRange) -> Finding {
    let when = delay.epoch == .max ? "for ever" : "until the end of epoch \(grouped(delay.epoch))"
    if delay.epoch == epochs {
      return Finding(
        .neverActs,
        "`\(callback)` can \(delay.act) here at the end of epoch \(grouped(epochs)) at the earliest, which is the last: nothing is trained after it.",
        at: range, severity: .warning, hint: "lower `\(delay.parameter)`, or train longer.")
    }
    return Finding(
      .neverActs,
      "`\(callback)` can never \(delay.act) here: `\(delay.parameter)` holds it back \(when), and \(epochs == 1 ? "there is one epoch" : "epoch \(grouped(epochs)) is the last").",
      at: range, severity: .warning, hint: "lower `\(delay.parameter)`, or train longer.")
  }

  static func rateUnderLowest(_ callback: String, _ parameter: String, lowest: Double, rate: Double, at range: SourceRange)
    -> Finding
  {
    let numbers = [lowest, rate].map { Operations.representation(.float($0)) }
    let comparison = lowest == rate ? "what the learning rate begins with" : "and the learning rate begins at \(numbers[1])"
    return Finding(
      .neverActs, "`\(callback)` can never reduce the learning rate here: `\(parameter)` is \(numbers[0]), \(comparison).",
      at: range, severity: .warning, hint: "lower `\(parameter)`, or leave it out.")
  }

  static func neverValidates(_ frequency: Int, epochs: Int, at range: SourceRange) -> Finding {
    Finding(
      .neverValidates,
      "Nothing is validated: every \(grouped(frequency)) epochs is never, if there \(epochs == 1 ? "is one" : "are \(grouped(epochs))").",
      at: range, severity: .warning, hint: "the highest number that validates is `\(epochs)`.")
  }
}
