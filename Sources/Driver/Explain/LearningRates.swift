import Lambdas
import Plans

/// The learning rates that a training will have at the beginning of each epoch, as far as they are known before it.
struct LearningRates {
  /// A curve: a rate an epoch, and what may change it that nobody can know.
  struct Curve {
    var rates: [Double] = []
    /// So many epochs were asked about, where that was too costly for all.
    var askedEpochs: Int?
    var remark = ""
  }

  /// No curve is longer: more epochs than that are sampled.
  private static let points = 240
  /// What a function is asked at most for a curve: epochs, and steps of the machine, which takes about a tenth of a second for them.
  private static let limits = (epochs: 100_000, steps: 10_000_000)

  private let fit: FitPlan
  private let optimizer: Configured?

  init(_ fit: FitPlan) {
    self.fit = fit
    optimizer = fit.outline?.compiled?.optimizer
  }

  /// A curve for each optimizer; "learning rate" where there is one.
  var byOptimizer: [(name: String, curve: Curve)] {
    guard let optimizer else { return [] }
    let names = optimizer.optimizerMap?.names.map { "learning rate of \($0)" } ?? ["learning rate"]
    return zip(names, optimizer.stepMakers).compactMap { name, maker in
      curve(of: maker).map { (name, $0) }
    }
  }

  private func curve(of optimizer: Configured) -> Curve? {
    let epochs = fit.epochs - fit.initialEpoch
    guard epochs > 0 else { return nil }
    let asking = Asking(limit: Self.limits.steps)
    guard var curve = schedulingFunction.map({ curve(of: $0, optimizer, epochs, asking) }) ?? curve(of: optimizer, epochs, asking)
    else { return nil }
    curve.remark += changers
    return curve
  }

  /// The curve that a callback's function makes of the optimizer's first rate.
  private func curve(of scheduler: FunctionValue, _ optimizer: Configured, _ epochs: Int, _ asking: Asking) -> Curve? {
    guard var rate = optimizer.firstLearningRate.asDouble else { return nil }
    let takesRate = scheduler.type.parameters.count > 1
    var curve = Curve()
    for epoch in 0..<epochs {
      let number = Value.integer(fit.initialEpoch + epoch)
      let next = epoch < Self.limits.epochs ? asking.call(scheduler, takesRate ? [number, .float(rate)] : [number]) : nil
      guard let next = next?.asDouble else {
        curve.askedEpochs = epoch
        let isAsked = epoch < Self.limits.epochs && !asking.isOver
        if isAsked { curve.remark = "; the function fails in epoch \(fit.initialEpoch + epoch + 1)" }
        return isAsked && epoch == 0 ? nil : curve
      }
      rate = Double(Float(next))
      curve.rates.append(rate)
    }
    return curve
  }

  /// The curve of the optimizer's own rates, which follow the steps.
  private func curve(of optimizer: Configured, _ epochs: Int, _ asking: Asking) -> Curve? {
    let steps = fit.stepsAnEpoch
    var curve = Curve()
    for epoch in sampled(epochs) {
      let step = steps.map { $0.multipliedReportingOverflow(by: epoch).partialValue }
      guard let rate = rate(of: optimizer, step: step, asking) else {
        guard asking.isOver else { return nil }
        curve.askedEpochs = epoch
        return curve
      }
      curve.rates.append(rate)
    }
    if steps == nil, optimizer.learningRateRule != nil { curve.remark = "; it follows the steps, whose number the data tells" }
    return curve
  }

  /// The epochs at which a curve is looked at, all of them if they are few.
  private func sampled(_ epochs: Int) -> [Int] {
    if epochs <= Self.points { return Array(0..<epochs) }
    return (0..<Self.points).map { Int(Double($0) / Double(Self.points - 1) * Double(epochs - 1)) }
  }

  /// The rate of a step; nil where that cannot be known.
  private func rate(of optimizer: Configured, step: Int?, _ asking: Asking) -> Double? {
    guard let rule = optimizer.learningRateRule else { return optimizer.firstLearningRate.asDouble }
    guard let step else { return optimizer.firstLearningRate.asDouble }
    switch rule.argument {
    case .object(let schedule as Configured): return try? schedule.call(ObjectType.callMethod, [.integer(step)]).asDouble
    case .function(let function):
      return asking.call(function, function.type.parameters.isEmpty ? [] : [.integer(step)])?.asDouble
    default: return nil
    }
  }

  /// The function of the last callback that sets the rate at the beginning of every epoch.
  private var schedulingFunction: FunctionValue? {
    for case .entry(let callback) in fit.callbacks.reversed() {
      guard case .callback(let traits) = callback.entry.meaning, traits.setsLearningRate else { continue }
      for value in callback.arguments.values.values { if case .function(let function) = value { return function } }
    }
    return nil
  }

  /// Callbacks that may set the rate too, when nobody knows.
  private var changers: String {
    let names = fit.callbacks.compactMap { callback -> String? in
      switch callback {
      case .entry(let callback):
        if callback.functionsSetRate { return callback.entry.name }
        guard case .callback(let traits) = callback.entry.meaning, traits.changesLearningRate(callback.arguments) else {
          return nil
        }
        let isFunction = callback.arguments.values.values.contains { if case .function = $0 { true } else { false } }
        return isFunction ? nil : callback.entry.name
      case .script(let plan): return plan.setsLearningRate ? plan.instance.name : nil
      }
    }
    return names.isEmpty ? "" : "; \(names.joined(separator: ", ")) may change it"
  }
}

/// Calls functions of the script until they have taken so many steps together.
private final class Asking {
  private let machine: Machine
  /// Whether they have.
  private(set) var isOver = false

  init(limit: Int) { machine = Machine(budget: limit) }

  /// Nil where the function fails, or nothing is left to ask it with.
  func call(_ function: FunctionValue, _ arguments: [Value]) -> Value? {
    if isOver { return nil }
    do throws(RuntimeFailure) {
      defer { machine.budget = machine.stepsLeft }
      return try machine.call(function, arguments)
    } catch {
      isOver = error.error.kind == .budget
      return nil
    }
  }
}

/// A curve of learning rates in a few lines of text.
struct RatePlot {
  private let curve: LearningRates.Curve
  private let firstEpoch: Int

  private static let height = 4
  private static let width = 60
  private static let eighths = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  init(_ curve: LearningRates.Curve, firstEpoch: Int) {
    self.curve = curve
    self.firstEpoch = firstEpoch
  }

  var lines: [String] {
    let rates = curve.rates
    if rates.isEmpty { return ["  not known: the function takes too many steps to be asked\(curve.remark)"] }
    guard let first = rates.first, let last = rates.last, let highest = rates.max(), let lowest = rates.min(), highest > 0,
      highest.isFinite
    else { return [] }
    let end = curve.askedEpochs.map { "epoch \(firstEpoch + $0 - 1), as far as the function was asked" } ?? "the last"
    if highest == lowest {
      return ["  \(shown(first)) in every epoch\(curve.askedEpochs == nil ? "" : " to \(end)")\(curve.remark)"]
    }
    let columns = (0..<min(Self.width, rates.count)).map { column in
      rates[column * (rates.count - 1) / max(1, min(Self.width, rates.count) - 1)]
    }
    let label = shown(highest)
    let margin = String(repeating: " ", count: label.count)
    var lines = (0..<Self.height).map { row in
      let floor = Double(Self.height - 1 - row) / Double(Self.height)
      let cells = columns.map { rate -> String in
        let filled = (rate / highest - floor) * Double(Self.height) * 8
        return Self.eighths[min(8, max(0, Int(filled.rounded())))]
      }
      var line = "  " + (row == 0 ? label : margin) + " │" + cells.joined()
      while line.last == " " { line.removeLast() }
      return line
    }
    lines.append("  \(String(repeating: " ", count: max(0, label.count - 1)))0 └" + String(repeating: "─", count: columns.count))
    lines.append("  from \(shown(first)) in epoch \(firstEpoch) to \(shown(last)) in \(end)\(curve.remark)")
    return lines
  }

  /// A rate in four digits.
  private func shown(_ rate: Double) -> String {
    (try? Operations.format(.float(rate), ".4g")) ?? rate.pythonDescription
  }
}
