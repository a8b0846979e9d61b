import Lambdas
import Plans

/// The learning rates that a training will have at the beginning of each epoch, as far as they are known before it.
struct LearningRates {
  /// A curve: a rate an epoch, and what may change it that nobody can know.
  struct Curve {
    var rates: [Double]
    var remark: String
  }

  /// No curve is longer: more epochs than that are sampled.
  private static let points = 240

  private let fit: FitPlan
  private let optimizer: Configured?
  private let machine = Machine()

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
    var rates: [Double] = []
    var remark = ""
    let scheduler = schedulingFunction
    if let scheduler {
      guard var rate = optimizer.firstLearningRate.asDouble else { return nil }
      for epoch in 0..<min(epochs, 100_000) {
        let takesRate = scheduler.type.parameters.count > 1
        let number = Value.integer(fit.initialEpoch + epoch)
        guard let next = try? machine.call(scheduler, takesRate ? [number, .float(rate)] : [number]).asDouble else {
          remark = "; the function fails in epoch \(fit.initialEpoch + epoch + 1)"
          break
        }
        rate = Double(Float(next))
        rates.append(rate)
      }
    } else {
      let steps = fit.stepsAnEpoch
      for epoch in sampled(epochs) {
        guard let rate = rate(of: optimizer, step: steps.map { $0.multipliedReportingOverflow(by: epoch).partialValue }) else {
          return nil
        }
        rates.append(rate)
      }
      if steps == nil, optimizer.learningRateRule != nil { remark = "; it follows the steps, whose number the data tells" }
    }
    if rates.isEmpty { return nil }
    return Curve(rates: rates, remark: remark + changers)
  }

  /// The epochs at which a curve is looked at, all of them if they are few.
  private func sampled(_ epochs: Int) -> [Int] {
    if epochs <= Self.points { return Array(0..<epochs) }
    return (0..<Self.points).map { Int(Double($0) / Double(Self.points - 1) * Double(epochs - 1)) }
  }

  /// The rate of a step; nil where that cannot be known.
  private func rate(of optimizer: Configured, step: Int?) -> Double? {
    guard let rule = optimizer.learningRateRule else { return optimizer.firstLearningRate.asDouble }
    guard let step else { return optimizer.firstLearningRate.asDouble }
    switch rule.argument {
    case .object(let schedule as Configured): return try? schedule.call(ObjectType.callMethod, [.integer(step)]).asDouble
    case .function(let function):
      return try? machine.call(function, function.type.parameters.isEmpty ? [] : [.integer(step)]).asDouble
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
    guard let first = rates.first, let last = rates.last, let highest = rates.max(), let lowest = rates.min(), highest > 0,
      highest.isFinite
    else { return [] }
    if highest == lowest { return ["  \(shown(first)) in every epoch\(curve.remark)"] }
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
    lines.append("  from \(shown(first)) in epoch \(firstEpoch) to \(shown(last)) in the last\(curve.remark)")
    return lines
  }

  /// A rate in four digits.
  private func shown(_ rate: Double) -> String {
    (try? Operations.format(.float(rate), ".4g")) ?? rate.pythonDescription
  }
}
