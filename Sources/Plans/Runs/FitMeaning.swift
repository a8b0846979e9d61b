import Arrays
import Diagnostics

/// What a fit means, part by part: its backup keeps this, so that a run which goes on from it can tell what the script has changed since.
package struct FitMeaning: Sendable, Equatable {
  package struct Part: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
      case layer, optimizer
      case learningRate = "learning_rate"
      case loss, metric, data, setting, callback
    }

    package let kind: Kind
    /// Which one of its kind: a layer's name, a setting's, a callback's `key`.
    package let name: String
    /// As `train plan` shows it.
    package let text: String
    /// What must stay so that a training can go on: the shapes of a layer's weights, the class of an optimizer. Empty where nothing must.
    package let core: String

    package init(_ kind: Kind, _ name: String, _ text: String, core: String = "") {
      self.kind = kind
      self.name = name
      // What is given by its name (`"adam"`) is what is made without arguments (`Adam()`).
      self.text = text.hasSuffix("()") ? String(text.dropLast(2)) : text
      self.core = core
    }
  }

  static let rateName = "learning_rate"

  package let parts: [Part]
  package init(_ parts: [Part] = []) { self.parts = parts }

  /// 256 bits in hexadecimal that are equal where fits mean the same.
  package var digest: String {
    let lines = parts.map { "\($0.kind.rawValue) \($0.name) = \($0.text) [\($0.core)]\n" }
    return SHA256.hexadecimal(of: Array(lines.joined().utf8))
  }
}

extension FitPlan {
  /// What it means.
  package var meaning: FitMeaning { FitMeaning(placedParts.map(\.part)) }

  /// The parts of what it means, each with its place in the script.
  package var placedParts: [(part: FitMeaning.Part, range: SourceRange)] {
    let model = outline ?? model
    let parts =
      model.plan.placedParts + (model.compiled?.placedParts ?? []) + [
        (FitMeaning.Part(.data, "data", data.planText), settingRanges["data"])
      ]
      + settings.map { (FitMeaning.Part(.setting, $0.name, $0.text), settingRanges[$0.name]) }
      + [precision].compactMap(\.self).map { (FitMeaning.Part(.setting, "precision", $0), nil) }
      + callbacks.filter { !$0.keepsBackups }.map { (FitMeaning.Part(.callback, $0.key, $0.meaning), $0.range) }
    // What a loop of the script or a file has given has no place of its own.
    return parts.map { ($0, $1 ?? range) }
  }
}

extension CallbackPlan {
  /// Whether it keeps backups, which changes nothing that a training comes to.
  fileprivate var keepsBackups: Bool {
    guard case .entry(let configured) = self, case .callback(let traits) = configured.entry.meaning else { return false }
    return traits.backupFolder != nil
  }
}

extension ModelPlan {
  fileprivate var placedParts: [(part: FitMeaning.Part, range: SourceRange?)] {
    layers.enumerated().map { index, layer in
      let calls = applications.filter { $0.layer == index }.map(line)
      let text = calls.isEmpty ? layer.configured.planText : calls.joined(separator: " and ")
      let weights = layer.weights.map { "\($0.name) \(Shape($0.shape.map { $0 }).description)" }.joined(separator: ", ")
      // The optimizer remembers something of each weight that is trained.
      let core = weights.isEmpty || layer.isTrainable ? weights : "\(weights), frozen"
      return (FitMeaning.Part(.layer, layer.name, text, core: core), layer.configured.range)
    }
  }
}

extension CompilePlan {
  fileprivate var placedParts: [(part: FitMeaning.Part, range: SourceRange?)] {
    let text = optimizer.planText(without: [FitMeaning.rateName])
    var parts: [(part: FitMeaning.Part, range: SourceRange?)] = [
      (FitMeaning.Part(.optimizer, "optimizer", text, core: optimizer.core), optimizer.range ?? ranges["optimizer"])
    ]
    // The rate is a part of its own: where a script changes it, the new one counts.
    if let rate = optimizer.arguments[FitMeaning.rateName]?.planText {
      parts.append((FitMeaning.Part(.learningRate, FitMeaning.rateName, rate), optimizer.range ?? ranges["optimizer"]))
    }
    parts += losses.map { loss in
      let weight = loss.weight == 1 ? "" : " × \(loss.weight)"
      let text = loss.configured.planText + weight
      return (FitMeaning.Part(.loss, "loss of output \(loss.output)", text), loss.configured.range ?? ranges["loss"])
    }
    parts += metrics.map { metric in
      let text = metric.configured.planText + (metric.isWeighted ? ", weighted" : "")
      let argument = metric.isWeighted ? "weighted_metrics" : "metrics"
      return (FitMeaning.Part(.metric, metric.logName, text), metric.configured.range ?? ranges[argument])
    }
    return parts
  }
}

extension CallbackPlan {
  /// What it is about: its class, and the scores, files and addresses that it is given. What a callback knows is of use to one with the
  /// same key alone: a table's length says nothing of another table, the best loss nothing of an accuracy.
  package var key: String {
    switch self {
    case .entry(let configured):
      let names = configured.entry.signature.parameters.filter { parameter in
        switch parameter.kind.unwrapped {
        case .monitor, .pathTemplate, .outputPath: true
        default: ["mode", "root", "path"].contains(parameter.name)
        }
      }.map(\.name)
      return ([configured.entry.name] + names.compactMap { configured.arguments[$0]?.planText }).joined(separator: " ")
    case .script(let script): return script.instance.name
    }
  }

  /// What it is, and what its functions read from outside.
  fileprivate var meaning: String {
    let outer = outerNamesText
    return outer.isEmpty ? description : "\(description) with \(outer)"
  }

  fileprivate var range: SourceRange? {
    switch self {
    case .entry(let configured): configured.range
    case .script(let script): script.instance.range
    }
  }
}

extension Configured {
  /// What decides which numbers an optimizer remembers of each weight.
  fileprivate var core: String {
    // Where it hands on to others, all that it says.
    if optimizerMap != nil || innerOptimizer != nil { return planText }
    let switches = ["amsgrad", "centered", "use_ema"].filter { arguments[$0]?.isTrue ?? false }
    let hasMomentum = arguments["momentum"]?.asDouble.map { $0 != 0 } ?? false
    return ([entry.name] + (hasMomentum ? ["momentum"] : []) + switches).joined(separator: " with ")
  }
}
