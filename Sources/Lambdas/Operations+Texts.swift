import Arrays

/// Arrays of texts, which data sets hold, and lists of strings, which scripts have in their place.
extension Operations {
  /// The array that a string, or a list of strings or such lists of equal lengths, stands for; nil for other values.
  package static func makeTexts(_ value: Value) -> NDArray? {
    switch value {
    case .string(let text): return NDArray(texts: [text], shape: [])
    case .list(let items), .tuple(let items):
      guard let first = items.first.flatMap(makeTexts), first.rank < NDArray.rankLimit else { return nil }
      var texts = first.texts
      for item in items.dropFirst() {
        guard let next = makeTexts(item), next.shape == first.shape else { return nil }
        texts += next.texts
      }
      return NDArray(texts: texts, shape: [items.count] + first.shape)
    default: return nil
    }
  }
}

extension Value {
  /// The string, or nested lists of strings, that stand for an array of texts.
  init(texts array: NDArray) {
    let texts = array.texts
    func nested(_ start: Int, _ shape: ArraySlice<Int>) -> Value {
      guard let count = shape.first else { return .string(texts[start]) }
      let size = shape.dropFirst().reduce(1, *)
      return .list((0..<count).map { nested(start + $0 * size, shape.dropFirst()) })
    }
    self = nested(0, array.shape[...])
  }
}
