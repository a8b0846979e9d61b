import Lambdas
import Plans

/// `train explain FILE`: what a script will do, before it does anything: what each model takes of memory and arithmetic, how the learning
/// rate goes, what each callback can do and what its functions were compiled to.
struct Explanation {
  let checked: Checked
  let style: TextStyle

  /// The steps of the plan in order; what is said of one again and again, as in a loop, is said once.
  var text: String {
    var sections: [(text: String, count: Int)] = []
    for index in checked.plan.steps.indices {
      guard let text = section(of: index) else { continue }
      if sections.last?.text == text {
        sections[sections.count - 1].count += 1
      } else {
        sections.append((text, 1))
      }
    }
    if sections.isEmpty { return "the script makes, trains and evaluates nothing that is known before it runs\n" }
    return sections.map { $0.text + ($0.count > 1 ? "… \($0.count) times\n" : "") }.joined(separator: "\n")
  }

  private func section(of index: Int) -> String? {
    let step = checked.plan.steps[index].step
    switch step {
    case .model(let plan): return plan.layers.isEmpty ? nil : ModelTable(plan, trainedBy: firstFit(of: plan), style: style).text
    case .fit(let fit):
      let notes = FitNotes(fit, style: style).text
      // A model that waits for its data is told where they come.
      guard let plan = fit.outline?.plan, !isTold(plan) else { return notes }
      return ModelTable(plan, trainedBy: firstFit(of: plan), style: style).text + "\n" + notes
    case .compile, .evaluate, .predict, .save, .load, .loadWeights: return style.bold(step.description) + "\n"
    case .call(let text): return isDeferred(index) ? deferredRun(text) : nil
    case .bind, .set, .expect: return nil
    }
  }

  /// Whether a step is known only when the run comes to it.
  private func isDeferred(_ index: Int) -> Bool {
    let range = checked.plan.steps[index].range
    return checked.deferred.contains { $0.source == range.source && range.start <= $0.start && $0.end <= range.end }
  }

  /// A training or measurement that waits for a value of the run: nothing but its first line can be told. Nil for any other call.
  private func deferredRun(_ text: String) -> String? {
    guard text.hasPrefix("fit ") || text.hasPrefix("evaluate ") || text.contains(".fit(") || text.contains(".evaluate(") else {
      return nil
    }
    let head = text.split(separator: " {", maxSplits: 1).first.map(String.init) ?? text
    return style.bold(head) + "\n  is known when it is reached: it needs a value that only the run has\n"
  }

  /// The first training of a model, which says how large its batches are: of these layers, since names may repeat.
  private func firstFit(of model: ModelPlan) -> FitPlan? {
    for case (.fit(let fit), _) in checked.plan.steps where fit.outline?.plan.layerObjects == model.layerObjects { return fit }
    return nil
  }

  /// Whether a step makes the model with its layers.
  private func isTold(_ model: ModelPlan) -> Bool {
    checked.plan.steps.contains { step, _ in
      if case .model(let plan) = step { plan.layerObjects == model.layerObjects } else { false }
    }
  }
}

extension ModelPlan {
  fileprivate var layerObjects: [ObjectIdentifier] { layers.map { ObjectIdentifier($0.configured) } }
}

extension FitPlan {
  /// How many examples a batch has.
  var batchRows: Int { min(batchSize ?? 32, max(1, trainingCount ?? .max)) }

  /// How many examples are trained on, without those that validate; nil where the data does not tell before it is read.
  var trainingCount: Int? {
    guard !data.spec.isBatched, let count = data.spec.count else { return nil }
    return validation == nil && validationSplit > 0 ? Int(Double(count) * (1 - validationSplit)) : count
  }

  /// Batches an epoch; nil where the data does not tell before it is read.
  var stepsAnEpoch: Int? {
    if let stepsPerEpoch { return stepsPerEpoch }
    if data.spec.isBatched { return data.spec.count }
    return trainingCount.map { ($0 + batchRows - 1) / batchRows }
  }
}
