import Lambdas
import Plans

/// What a callback of a training can do, and what its functions were compiled to.
struct CallbackNotes {
  private let callback: CallbackPlan
  private let number: Int
  private let initialEpoch: Int

  init(_ callback: CallbackPlan, number: Int, initialEpoch: Int) {
    self.callback = callback
    self.number = number
    self.initialEpoch = initialEpoch
  }

  var lines: [String] {
    switch callback {
    case .entry(let callback): entryLines(callback)
    case .script(let plan): scriptLines(plan)
    }
  }

  private func entryLines(_ callback: Configured) -> [String] {
    guard case .callback(let traits) = callback.entry.meaning else { return [] }
    var facts: [String] = []
    for parameter in callback.entry.signature.parameters {
      guard case .string(let text)? = callback.arguments.values[parameter.name] else { continue }
      switch parameter.kind.unwrapped {
      case .monitor where traits.watches(callback.arguments): facts.append("watches `\(text)`")
      case .pathTemplate, .outputPath: facts.append("writes `\(text)`")
      default: break
      }
    }
    if traits.setsLearningRate { facts.append("sets the learning rate and logs it") }
    if traits.recordsLogs { facts.append("records all of `logs`") }
    if callback.missing.isEmpty { facts += traits.facts(callback.arguments) }
    let functions = callback.entry.signature.parameters.compactMap { parameter -> (name: String, code: FunctionCode)? in
      guard case .function(let function)? = callback.arguments.values[parameter.name], case .code(let code, _) = function.body
      else {
        return nil
      }
      return (parameter.name, code)
    }
    if traits.readsBatchLogs, functions.isEmpty { facts.append("reads `logs` after every batch") }
    if let delay = traits.delay(callback.arguments, initialEpoch), delay.epoch > initialEpoch + 1, delay.epoch < .max {
      facts.append("can \(delay.act) after epoch \(grouped(delay.epoch)) at the earliest")
    }
    var lines = ["\(number) \(callback.planText)"]
    lines.append("    " + (facts.isEmpty ? callback.entry.signature.summary : facts.joined(separator: "; ")))
    for function in functions { lines += functionLines(function.code, "`\(function.name)`") }
    return lines
  }

  private func scriptLines(_ plan: ScriptCallbackPlan) -> [String] {
    var facts: [String] = []
    if plan.setsLearningRate { facts.append("sets the learning rate") }
    if !plan.addedLogs.isEmpty { facts.append("adds \(listed(plan.addedLogs)) to `logs`") }
    if !plan.instance.stateNames.isEmpty { facts.append("keeps \(listed(plan.instance.stateNames))") }
    var lines = ["\(number) \(plan.instance.planText)"]
    if !facts.isEmpty { lines.append("    " + facts.joined(separator: "; ")) }
    for hook in Hook.allCases {
      if let code = plan.codes[hook] { lines += functionLines(code, "`on \(hook.rawValue)`") }
    }
    return lines
  }

  /// What a function reads and does, what a call costs, and its instructions.
  private func functionLines(_ code: FunctionCode, _ title: String) -> [String] {
    let effects = code.effects
    var facts: [String] = []
    let logs = effects.readKeys["logs"] ?? []
    if !logs.isEmpty { facts.append("reads \(listed(logs.sorted())) of `logs`") }
    if !effects.names.isEmpty { facts.append("reads \(listed(effects.names.sorted()))") }
    if !effects.changedState.isEmpty { facts.append("changes \(listed(effects.changedState.sorted()))") }
    if !effects.setAttributes.isEmpty { facts.append("sets \(listed(effects.setAttributes.sorted()))") }
    if effects.prints { facts.append("prints") }
    if effects.usesTime { facts.append("looks at the time") }
    if effects.usesRandomNumbers { facts.append("draws random numbers") }
    facts.append(
      code.costBound.map { "at most \(grouped($0)) instruction\($0 == 1 ? "" : "s") a call" }
        ?? "its cost grows with what it goes through, up to \(grouped(Machine.defaultBudget)) steps a call")
    let listing = code.listing.split(separator: "\n").map { "        " + $0 }
    return ["      \(title): \(facts.joined(separator: "; "))"] + listing
  }

  private func listed(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }
}
