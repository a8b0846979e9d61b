/// The names that Keras gives layers: snake case of the class, counted from the second on.
enum LayerNames {
  /// `Conv2D` → `conv2d`, `ReLU` → `re_lu`, `BatchNormalization` → `batch_normalization`.
  ///
  /// A capital that begins a word of small letters starts a new word, as does one that follows a small letter.
  static func snakeCase(_ className: String) -> String {
    let letters = Array(className.filter { $0.isLetter || $0.isNumber || $0 == "_" })
    var result = ""
    for (index, letter) in letters.enumerated() {
      if index > 0, letter.isUppercase {
        let beginsWord = index + 1 < letters.count && letters[index + 1].isLowercase
        if beginsWord || letters[index - 1].isLowercase { result += "_" }
      }
      result += letter.lowercased()
    }
    return result
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
      let stem = snakeCase(layer.className)
      let count = counts[stem, default: 0]
      counts[stem] = count + 1
      names[layer.identity] = count == 0 ? stem : "\(stem)_\(count)"
    }
    return names
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
