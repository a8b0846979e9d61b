import Artifacts
import Lambdas
import Networks
import Plans

extension KerasModel {
  /// What a `compile_config` says, for a model.
  static func compilePlan(
    _ config: JSON.Object, for model: ModelPlan, catalog: Catalog
  ) throws(KerasModelFailure) -> CompilePlan {
    let optimizer = try KerasObject.read(config["optimizer"] ?? nil, .optimizer, place: "optimizer", in: catalog)
    if let conflict = optimizer.optimizerMap?.conflict(in: model) {
      throw .malformed(
        place: "optimizer_map", expected: "clear: \(conflict.keys.joined(separator: ", ")) are all for `\(conflict.weight)`")
    }
    let lossWeights = perOutput(config["loss_weights"] ?? nil, model)
    let lossForms = perOutput(config["loss"] ?? nil, model)
    var losses: [CompilePlan.Loss] = []
    for (output, form) in lossForms.enumerated() {
      guard let form = form, !form.isNull else { continue }
      let loss = try KerasObject.read(named(form, for: model, output), .loss, place: "loss", in: catalog)
      losses.append(.init(configured: loss, output: output, weight: lossWeights[output]?.doubleValue ?? 1))
    }
    let targets = losses.map { (output: $0.output, areClasses: targetsAreClasses($0.configured)) }
    var metrics: [CompilePlan.Metric] = []
    for (key, isWeighted) in [("metrics", false), ("weighted_metrics", true)] {
      for (output, forms) in perOutput(config[key] ?? nil, model, elementsAreLists: true).enumerated() {
        for form in forms?.arrayValue ?? (forms.map { [$0] } ?? []) where !form.isNull {
          let areClasses = targets.first { $0.output == output }?.areClasses ?? false
          let metric = try KerasObject.read(
            named(form, for: model, output, areClasses: areClasses), .metric, place: "metric", in: catalog)
          let name = logName(form, metric, model, output, taken: metrics.map(\.logName), isWeighted: isWeighted)
          metrics.append(
            .init(configured: metric, logName: name, output: output, isWeighted: isWeighted, written: form.stringValue))
        }
      }
    }
    var written: [String: Value] = [:]
    for key in ["loss", "loss_weights", "metrics", "weighted_metrics"] {
      written[key] = writtenValue(config[key] ?? nil, losses: losses, metrics: metrics)
    }
    return CompilePlan(optimizer: optimizer, losses: losses, metrics: metrics, written: written)
  }

  /// One form an output, from a single one, a list, or a dict by output name.
  private static func perOutput(_ json: JSON, _ model: ModelPlan, elementsAreLists: Bool = false) -> [JSON?] {
    let count = model.outputs.count
    if let dict = json.objectValue, dict["class_name"] == nil { return model.outputNames.map { dict[$0] } }
    guard let list = json.arrayValue else { return [json] + Array(repeating: nil, count: count - 1) }
    if elementsAreLists, count == 1 {
      // `[["accuracy"]]` and `["accuracy"]` mean the same for one output.
      return [list.count == 1 && list[0].arrayValue != nil ? list[0] : json]
    }
    return (0..<count).map { $0 < list.count ? list[$0] : nil }
  }

  /// The form with `"accuracy"` and `"crossentropy"` replaced by what they mean for an output.
  private static func named(_ form: JSON, for model: ModelPlan, _ output: Int, areClasses: Bool = false) -> JSON {
    let suffix: String
    switch form.stringValue?.lowercased() {
    case "accuracy", "acc": suffix = "accuracy"
    case "crossentropy", "ce": suffix = "crossentropy"
    default: return form
    }
    if model.tensors[model.outputs[output]].shape.dimensions.last == 1 { return .string("binary_\(suffix)") }
    return .string(areClasses ? "sparse_categorical_\(suffix)" : "categorical_\(suffix)")
  }

  /// The name in `logs`: as typed, or the object's; with the output where there are several, and a number if taken.
  private static func logName(
    _ form: JSON, _ metric: Configured, _ model: ModelPlan, _ output: Int, taken: [String], isWeighted: Bool
  ) -> String {
    var name = metric.entry.name
    if let typed = form.stringValue {
      name = typed
    } else if case .string(let own)? = metric.arguments["name"] {
      name = own
    }
    if model.outputs.count > 1 { name = "\(model.outputNames[output])_\(name)" }
    if isWeighted, taken.contains(name) { name = "weighted_\(name)" }
    guard taken.contains(name) else { return name }
    var number = 1
    while taken.contains("\(name)_\(number)") { number += 1 }
    return "\(name)_\(number)"
  }

  /// The value as it would have been typed: object forms become the objects that were made of them.
  private static func writtenValue(_ json: JSON, losses: [CompilePlan.Loss], metrics: [CompilePlan.Metric]) -> Value {
    if let form = json["class_name"]?.stringValue {
      let objects = losses.map(\.configured) + metrics.map(\.configured)
      return objects.first { $0.entry.name == form }.map(Value.object) ?? json["config"]?.stringValue.map(Value.string) ?? .none
    }
    if let list = json.arrayValue { return .list(list.map { writtenValue($0, losses: losses, metrics: metrics) }) }
    if let dict = json.objectValue {
      return .dict(DictValue(dict.entries.map { ($0.key, writtenValue($0.value, losses: losses, metrics: metrics)) }))
    }
    return KerasObject.value(json)
  }
}
