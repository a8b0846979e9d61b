import Plans

/// Functions whose results depend on all values along an axis.
extension ActivationFunction {
  static let axisFunctions = [
    ActivationFunction(
      "softmax", "Probabilities over the last axis, which sum to 1.", [axis.description], rule: "eˣ / Σ eˣ",
      example: "Dense(10, activation=\"softmax\")", size: { $0 }, abilities: [.givesProbabilities]
    ) { x, arguments in alongLast(x, arguments[axis]) { x in x.write { $0.softmax(x.node) } } },
    ActivationFunction(
      "log_softmax", "The logarithms of a softmax.", [axis.description], rule: "x − ln Σ eˣ", size: { $0 }
    ) { x, arguments in alongLast(x, arguments[axis]) { x in x.write { $0.logSoftmax(x.node) } } },
    ActivationFunction(
      "sparsemax", "Probabilities over the last axis, many of them exactly zero.", [axis.description],
      rule: "max(x − τ, 0), with the τ for which they sum to 1", source: "Martins and Astudillo, 2016", size: { $0 },
      abilities: [.givesProbabilities]
    ) { x, arguments in alongLast(x, arguments[axis], sparsemax) },
    ActivationFunction(
      "glu", "The first half of the last axis, each value times the logistic function of its partner in the second half.",
      [axis.description], rule: "a · sigmoid(b) for x = [a, b]", source: "Dauphin, Fan, Auli and Grangier, 2017",
      size: { $0 % 2 == 0 ? $0 / 2 : nil }
    ) { x, arguments in
      alongLast(x, arguments[axis]) { x in
        let size = x.shape[x.shape.count - 1]
        return x.slice(axis: -1, 0..<size / 2) * sigmoid(x.slice(axis: -1, size / 2..<size))
      }
    },
  ]

  static let axis = Parameter<Int>("axis", "the axis along which it works", default: -1)

  /// What a function of the last axis gives along another.
  private static func alongLast(_ x: Term, _ axis: Int, _ body: (Term) -> Term) -> Term {
    let last = x.shape.count - 1
    let axis = axis < 0 ? axis + last + 1 : axis
    precondition(0...last ~= axis, "the axis of an activation is one of its input's")
    guard axis != last else { return body(x) }
    var swapped = Array(0...last)
    swapped.swapAt(axis, last)
    return body(x.transposed(swapped)).transposed(swapped)
  }

  /// Of all values that are at least as large as one, k in number, `1 + k · x > Σ` says whether it is in the support; so τ is found
  /// without sorting. Keras's own (3.15) does not sum to 1 where more than one value is in the support.
  private static func sparsemax(_ x: Term) -> Term {
    let size = x.shape[x.shape.count - 1]
    let others = x.reshaped(x.shape.dropLast() + [1, size])
    let isLarger = others .>= x.reshaped(x.shape + [1])  // […, n, n]
    let support = sum(isLarger, axes: [-1]) * x + 1 .> sum(isLarger * others, axes: [-1])
    let count = sum(support, axes: [-1], keepDimensions: true)
    let threshold = (sum(support * x, axes: [-1], keepDimensions: true) - 1) / count
    return relu(x - threshold)
  }
}
