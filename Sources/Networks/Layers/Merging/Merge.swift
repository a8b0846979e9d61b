import Plans
import Tensors

/// A layer that combines several tensors into one, element by element; those with fewer axes are repeated along the first ones.
protocol Merge: Layer {
  init()
  /// Combines inputs of the same rank, of which some axes may be 1.
  func combine(_ inputs: [Term], masks: [Term?]) -> Term
  /// How many tensors it takes; nil for any number.
  static var inputCount: Int? { get }
}

extension Merge {
  static var inputCount: Int? { nil }
  static var abilities: Set<Ability> { [.merges] }
  init(_ arguments: Arguments) { self.init() }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    try checkCount(inputs, inputCount)
    var result = inputs[0].shape.dimensions
    for input in inputs.dropFirst() {
      guard let together = broadcast(result, input.shape.dimensions) else {
        throw ShapeError(
          "combines tensors element by element, but gets \(inputs.map(\.shape.description).joined(separator: " and "))",
          hint: "bring them to one shape first, for example with `Dense` or `Reshape`.")
      }
      result = together
    }
    return LayerShape(TensorSpec(Shape(result)))
  }

  /// The shape of two together, aligned from the last axis; nil if they do not fit.
  private static func broadcast(_ a: [Int?], _ b: [Int?]) -> [Int?]? {
    let (long, short) = a.count >= b.count ? (a, b) : (b, a)
    var result = Array(long.dropLast(short.count))
    for (i, j) in zip(long.suffix(short.count), short) {
      switch (i, j) {
      case (nil, _), (_, nil): result.append(nil)
      case (1, _): result.append(j)
      case (_, 1): result.append(i)
      default:
        guard i == j else { return nil }
        result.append(i)
      }
    }
    return result
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let rank = inputs.map { graph.shape(of: $0).count }.max() ?? 0
    let masks = inputs.indices.map { use.masks.indices.contains($0) ? use.masks[$0] : nil }
    return graph.formula(inputs + masks.compactMap { $0 }) { terms in
      let aligned = terms.prefix(inputs.count).map { term in
        let shape = term.shape
        return term.reshaped([shape[0]] + Array(repeating: 1, count: rank - shape.count) + shape.dropFirst())
      }
      var given = terms.dropFirst(inputs.count)[...]
      let masks = zip(aligned, masks).map { input, mask in
        mask == nil ? nil : given.popFirst().map { spread($0, over: input) }
      }
      return combine(aligned, masks: masks).node
    }
  }

  /// A position counts if it does in any input; without a mask in each there is none.
  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    let masks = use.masks.compactMap { $0 }
    guard masks.count == inputs.count else { return [nil] }
    return [masks.dropFirst().reduce(masks[0]) { graph.maximum($0, $1) }]
  }

  /// A mask [batch, positions…] beside the elements of its input.
  private func spread(_ mask: Term, over input: Term) -> Term {
    let shape = mask.shape
    return mask.reshaped(shape + Array(repeating: 1, count: max(input.shape.count - shape.count, 0)))
  }
}

/// The example of a layer that is called on two tensors.
func twoInputs(_ layer: String) -> String { "a = Input((4,))\nb = Input((4,))\noutputs = \(layer)([a, b])" }

/// Throws where a merging layer does not get as many tensors as it takes.
func checkCount(_ inputs: [TensorSpec], _ count: Int?) throws(ShapeError) {
  guard let count else {
    if inputs.isEmpty { throw ShapeError("combines tensors, but gets none") }
    return
  }
  guard inputs.count == count else {
    throw ShapeError("takes \(count) tensors, but gets \(inputs.count)", hint: "call it on a list: `([a, b])`.")
  }
}
