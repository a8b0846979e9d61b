import Arrays

/// Layers of words and whole numbers, which work on values outside of a network, and what they know of them.
extension Configured {
  /// Whether it has a vocabulary neither by its arguments nor by `adapt`, as far as is known.
  var lacksVocabulary: Bool {
    entry.abilities.contains(.hasVocabulary) && arguments["vocabulary"]?.isNone != false && !awaitsLearning
  }

  static let vocabularyHint = "let it learn one before, `layer.adapt(data)`, or give it `vocabulary=[…]`"

  /// Whether the shape of what it gives follows from what only the run will have learned.
  var isForecast: Bool {
    guard awaitsLearning, case .layer(let rule) = entry.meaning else { return false }
    let shapes = [ElementType.string, .int64].compactMap { try? rule(arguments, [TensorSpec(Shape([]), $0)]) }
    return shapes.first?.awaitsLearning ?? true
  }
}
