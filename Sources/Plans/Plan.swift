import Arrays
import Diagnostics

/// What a script means to do, in order, as plain data: printed by `train plan`, compared by tests, digested for backups.
///
/// Comments, whitespace, and what only changes how a run is shown (`verbose`) are not in it.
package struct Plan: Sendable {
  package enum Step: Sendable {
    case bind(targets: String, value: String)
    case set(String, String)
    case model(ModelPlan)
    case compile(String, CompilePlan)
    case fit(FitPlan)
    case evaluate(EvaluatePlan)
    case predict(EvaluatePlan)
    case save(String, String)
    case load(String)
    case loadWeights(String, String)
    case expect(String)
    case call(String)
  }

  package private(set) var steps: [(step: Step, range: SourceRange)] = []

  package init() {}

  /// The most steps that are kept: a plan is for reading.
  private static let limit = 10_000

  /// Whether no more steps are kept, so that none need be put into words.
  var isFull: Bool { steps.count >= Self.limit }

  mutating func add(_ step: Step, at range: SourceRange) {
    if !isFull { steps.append((step, range)) }
  }

  /// The plan as text, one step a paragraph.
  package var description: String { steps.map { $0.step.description + "\n" }.joined() }

  /// 256 bits in hexadecimal that are equal where plans mean the same.
  package var digest: String { SHA256.hexadecimal(of: Array(description.utf8)) }
}

extension Plan.Step {
  /// The step as `train plan` prints it.
  package var description: String {
    switch self {
    case .bind(let targets, let value): "let \(targets) = \(value)"
    case .set(let target, let value): "set \(target) = \(value)"
    case .model(let model): model.description
    case .compile(let name, let compiled): "compile \(name)\n\(compiled.description)"
    case .fit(let fit): fit.description
    case .evaluate(let run): "evaluate \(run.description)"
    case .predict(let run): "predict \(run.description)"
    case .save(let model, let path): "save \(model) to \(path.quoted)"
    case .load(let path): "load \(path.quoted)"
    case .loadWeights(let model, let path): "load weights of \(model) from \(path.quoted)"
    case .expect(let condition): "expect \(condition)"
    case .call(let text): text
    }
  }
}

extension ModelPlan {
  /// Layers with their arguments, the tensors they take, and what they give.
  package var description: String {
    var lines = ["model \(name)"]
    for (index, input) in inputs.enumerated() where index < inputNames.count {
      lines.append("  \(inputNames[index]): \(tensors[input].shape.description) \(tensors[input].type.rawValue)")
    }
    lines += applications.map { "  \(layers[$0.layer].name) = \(line(of: $0))" }
    if !isSequential { lines.append("  gives \(outputs.map(producer).joined(separator: ", "))") }
    lines.append("  \(parameterCount) parameters")
    return lines.joined(separator: "\n")
  }

  /// A layer with its arguments, the tensors it takes, and what it gives.
  func line(of application: Application) -> String {
    let layer = layers[application.layer]
    let takes = isSequential ? "" : "(\(call(application)))"
    let frozen = layer.isTrainable ? "" : ", frozen"
    return "\(layer.configured.planText)\(takes) -> \(gives(application))\(frozen)"
  }

  /// The shapes of what an application gives.
  private func gives(_ application: Application) -> String {
    application.outputs.map { tensors[$0].shape.description }.joined(separator: " and ")
  }

  /// What stands between the parentheses of a call.
  private func call(_ application: Application) -> String {
    let roles = application.call.roles
    var parts = application.inputs.enumerated().map { position, tensor in
      (roles.indices.contains(position) ? "\(roles[position])=" : "") + producer(of: tensor)
    }
    parts += application.call.switches.sorted().map { "\($0)=True" }
    if let mask = application.mask { parts.append("mask=\(producer(of: mask))") }
    if let isTraining = application.isTraining { parts.append("training=\(isTraining ? "True" : "False")") }
    return parts.joined(separator: ", ")
  }

  private func producer(of tensor: Int) -> String {
    if let input = inputs.firstIndex(of: tensor) { return inputNames[input] }
    guard let application = applications.firstIndex(where: { $0.outputs.contains(tensor) }) else { return "?" }
    let (layer, outputs) = (applications[application].layer, applications[application].outputs)
    let earlier = applications[..<application].count { $0.layer == layer }
    let part = outputs.count > 1 ? "[\(outputs.firstIndex(of: tensor) ?? 0)]" : ""
    return (earlier == 0 ? layers[layer].name : "\(layers[layer].name)#\(earlier + 1)") + part
  }
}

extension CompilePlan {
  /// Optimizer, losses and metrics, each on a line.
  package var description: String {
    var lines = ["  optimizer = \(optimizer.planText)"]
    for loss in losses {
      lines.append(
        "  loss = \(loss.configured.planText)" + (losses.count > 1 ? " of output \(loss.output)" : "")
          + (loss.weight == 1 ? "" : " × \(loss.weight)"))
    }
    for metric in metrics {
      lines.append("  \(metric.logName) = \(metric.configured.planText)" + (metric.isWeighted ? ", weighted" : ""))
    }
    return lines.joined(separator: "\n")
  }
}

extension FitPlan {
  /// The settings that differ from their defaults, and the callbacks in order.
  package var description: String {
    let lines =
      ["fit \(model.plan.name) on \(data.planText)"] + settings.map { "  \($0.name) = \($0.text)" }
      + callbacks.map { "  \($0.description)" }
    return lines.joined(separator: "\n")
  }

  /// The settings that differ from their defaults, and `epochs`, as a script spells them.
  var settings: [(name: String, text: String)] {
    var settings = [("epochs", "\(epochs)")]
    if initialEpoch != 0 { settings.append(("initial_epoch", "\(initialEpoch)")) }
    if let batchSize { settings.append(("batch_size", "\(batchSize)")) }
    if let stepsPerEpoch { settings.append(("steps_per_epoch", "\(stepsPerEpoch)")) }
    if validationSplit != 0 { settings.append(("validation_split", "\(validationSplit)")) }
    if let validation { settings.append(("validation_data", validation.planText)) }
    if let validationBatchSize { settings.append(("validation_batch_size", "\(validationBatchSize)")) }
    if let validationSteps { settings.append(("validation_steps", "\(validationSteps)")) }
    switch validationFrequency {
    case .every(1): break
    case .every(let count): settings.append(("validation_freq", "\(count)"))
    case .epochs(let epochs): settings.append(("validation_freq", "\(epochs)"))
    }
    switch shuffle {
    case .all: break
    case .none: settings.append(("shuffle", "False"))
    case .withinBatches: settings.append(("shuffle", "\"batch\""))
    }
    if let classWeight {
      let weights = classWeight.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      settings.append(("class_weight", "{\(weights.joined(separator: ", "))}"))
    }
    return settings
  }
}

extension EvaluatePlan {
  package var description: String {
    "\(model.plan.name) on \(data.planText)" + (batchSize.map { ", batch_size = \($0)" } ?? "")
  }
}

extension CallbackPlan {
  package var description: String {
    switch self {
    case .entry(let configured): configured.planText
    case .script(let plan): "\(plan.instance.planText) \(plan.instance.definition)"
    }
  }
}

extension DataSpec {
  /// `1437 examples of 8×8 float32 → a single number int64`.
  package var description: String {
    let unit = isBatched ? "batches" : "examples"
    let from = inputs.map { "\($0.shape.description) \($0.type.rawValue)" }.joined(separator: " and ")
    let to = targets.map { "\($0.shape.description) \($0.type.rawValue)" }.joined(separator: " and ")
    return "\(isEndless ? "endless" : count.map(String.init) ?? "?") \(unit) of \(from)" + (targets.isEmpty ? "" : " -> \(to)")
      + (hasSampleWeights ? ", weighted" : "")
  }
}

extension String {
  /// In Python's quotes.
  fileprivate var quoted: String { "\"\(self)\"" }
}
