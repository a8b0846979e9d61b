/// The names that Keras gives layers: snake case of the class, counted from the second on.
package enum LayerNames {
  /// `Conv2D` → `conv2d`, `ReLU` → `re_lu`, `BatchNormalization` → `batch_normalization`.
  ///
  /// An underscore goes before each capital that starts a run of small letters, and between a small letter and a capital.
  package static func snakeCase(_ className: String) -> String {
    let letters = className.unicodeScalars.filter { $0.properties.isAlphabetic || $0 == "_" || "0"..."9" ~= $0 }.map { $0 }
    var result = String.UnicodeScalarView()
    for (index, letter) in letters.enumerated() {
      if index > 0, "A"..."Z" ~= letter {
        let startsRun = index + 1 < letters.count && "a"..."z" ~= letters[index + 1]
        if startsRun || "a"..."z" ~= letters[index - 1] { result.append("_") }
      }
      result.append(letter)
    }
    return String(result).lowercased()
  }

  /// Whether a model's name is one that it got for having none: `sequential`, `functional_2`.
  static func isMade(_ model: String) -> Bool {
    let parts = model.split(separator: "_", omittingEmptySubsequences: false)
    return ["sequential", "functional"].contains(parts[0]) && (parts.count == 1 || parts.count == 2 && Int(parts[1]) != nil)
  }

  /// A name for each layer: its own, or its class's with the next number in the order in which the layers were made.
  static func assign(to layers: [LayerReference]) -> [ObjectIdentifier: String] {
    var names: [ObjectIdentifier: String] = [:]
    var counts: [String: Int] = [:]
    for layer in layers.sorted(by: { $0.configured.serial < $1.configured.serial }) {
      if let own = layer.ownName {
        names[layer.identity] = own
        continue
      }
      names[layer.identity] = next(for: layer.className, &counts)
    }
    return names
  }

  /// Gives a layer that is called outside of models the name that it has there, if it has none yet: its own, or its class's with the next
  /// number in the order in which layers are so called. Names in models are not taken: two models may have the same.
  package static func nameAlone(_ layer: Configured, counting counts: inout [String: Int]) {
    if layer.nameAlone != nil { return }
    layer.nameAlone = layer.arguments["name"]?.asString ?? next(for: layer.entry.name, &counts)
  }

  private static func next(for className: String, _ counts: inout [String: Int]) -> String {
    let stem = snakeCase(className)
    let count = counts[stem, default: 0]
    counts[stem] = count + 1
    return count == 0 ? stem : "\(stem)_\(count)"
  }
}

extension LayerReference {
  /// The name that the script gave it: `name="features"`, or the name of the nested model.
  var ownName: String? {
    switch self {
    case .layer(let configured): configured.arguments["name"]?.asString
    case .model(let model, _): model.hasOwnName ? model.plan.name : nil
    }
  }
}
