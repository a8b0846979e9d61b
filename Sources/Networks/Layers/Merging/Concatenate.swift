import Plans
import Tensors

/// Its inputs one behind the other along an axis.
struct Concatenate: Layer {
  static let axis = Axes.one("the axis along which they follow each other")
  static let signature = Signature(
    "Concatenate", "Puts tensors one behind the other along an axis.", [axis.description], formula: "[a, b, …]",
    example: twoInputs("Concatenate()"))
  static let abilities: Set<Ability> = [.merges]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    try checkCount(inputs, nil)
    let first = inputs[0].shape
    let place = try Axes.place(arguments[axis], in: first) - 1
    var result = first.dimensions
    for input in inputs.dropFirst() {
      let dimensions = input.shape.dimensions
      guard dimensions.count == result.count,
        dimensions.indices.allSatisfy({ $0 == place || canBeEqual(dimensions[$0], result[$0]) })
      else {
        throw ShapeError(
          "needs tensors that differ only along axis \(arguments[axis]), but gets "
            + inputs.map(\.shape.description).joined(separator: " and "))
      }
      for index in dimensions.indices where index != place { result[index] = result[index] ?? dimensions[index] }
      if let sum = result[place], let size = dimensions[place] {
        let (sum, isTooLarge) = sum.addingReportingOverflow(size)
        guard !isTooLarge else { throw ShapeError("would give more features than can be counted") }
        result[place] = sum
      } else {
        result[place] = nil
      }
    }
    let areIntegers = inputs.allSatisfy { $0.type == inputs[0].type }
    return LayerShape(TensorSpec(Shape(result), areIntegers ? inputs[0].type : .float32))
  }

  static let takesIntegers = true
  let axis: Int
  init(_ arguments: Arguments) { axis = arguments[Concatenate.axis] }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let areOfOneType = Set(inputs.map { graph[$0].type }).count == 1
    return graph.concatenate(areOfOneType ? inputs : inputs.map { graph.cast($0, to: .float32) }, axis: axis)
  }

  /// A position counts if any feature of it does, those of inputs without a mask always.
  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    guard use.masks.contains(where: { $0 != nil }) else { return [nil] }
    let whole = zip(inputs, use.masks).map { input, mask in
      let shape = graph.shape(of: input)
      guard let mask, let spread = maskSpread(mask, over: shape, in: &graph) else {
        return graph.broadcast(graph.constant(1), to: shape)
      }
      return graph.broadcast(spread, to: shape)
    }
    return [graph.reduceMax(graph.concatenate(whole, axis: axis), axes: [-1])]
  }
}
