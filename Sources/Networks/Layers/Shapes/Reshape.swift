import Lambdas
import Plans
import Tensors

/// The same elements under another shape; the batch stays.
struct Reshape: Layer {
  static let targetShape = Parameter<[Int?]>(
    "target_shape", "the shape of an example; -1 for the one dimension that follows from the others",
    .list(.optional(.integer(min: -1)))
  ) {
    switch $0 {
    case .list(let sizes), .tuple(let sizes): sizes.map(\.asInteger)
    default: nil
    }
  }
  static let signature = Signature(
    "Reshape", "Gives every example another shape.", [targetShape.description], example: "Input((784,))\nReshape((28, 28, 1))")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs)
    return LayerShape(TensorSpec(Shape(try resolved(arguments[targetShape], from: input.shape)), input.type))
  }

  /// The target with -1 and None replaced by what is left of an input of that shape, where that is known.
  private static func resolved(_ target: [Int?], from input: Shape) throws(ShapeError) -> [Int?] {
    let open = target.indices.filter { target[$0] == nil || target[$0] == -1 }
    guard open.count <= 1 else {
      throw ShapeError("leaves \(open.count) dimensions open", hint: "only one may follow from the others.")
    }
    let known = target.enumerated().filter { !open.contains($0.offset) }.compactMap(\.element)
    let product = Shape(known.map { $0 }).elementCount
    var result = target.map { $0 == -1 ? nil : $0 }
    guard let count = input.elementCount else { return result }
    guard let product, open.isEmpty ? product == count : product > 0 && count % product == 0 else {
      let wanted = target.map { $0.map { $0 == -1 ? "?" : String($0) } ?? "?" }.joined(separator: "×")
      throw ShapeError("cannot make \(wanted) of \(input.description): \(count) elements are not \(product ?? .max)")
    }
    if let place = open.first { result[place] = count / product }
    return result
  }

  static let takesIntegers = true
  let targetShape: [Int?]
  init(_ arguments: Arguments) { targetShape = arguments[Reshape.targetShape] }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …] → [batch, target…]
    let shape = graph.shape(of: inputs[0])
    let example = Shape(shape.dropFirst().map { $0 })
    guard let target = try? Reshape.resolved(targetShape, from: example) else {
      preconditionFailure("the shapes of a batch are held against the rules of layers before its graph is built")
    }
    return graph.reshape(inputs[0], [shape[0]] + target.compactMap { $0 })
  }
}
