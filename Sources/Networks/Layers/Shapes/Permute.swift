import Lambdas
import Plans
import Tensors

/// Exchanges the axes of every example.
struct Permute: Layer {
  static let dims = Parameter<[Int]>(
    "dims", "which axis of the input each axis of the output is, counted from 1", .list(.integer(min: 1), min: 1),
    decode: Axes.decode)
  static let signature = Signature(
    "Permute", "Exchanges the axes of every example.", [dims.description],
    formula: "axis i of the output is axis dims[i] of the input",
    example: "Input((28, 3))\nPermute((2, 1))")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs)
    let dims = arguments[dims]
    guard dims.sorted() == Array(1..<(dims.count + 1)) else {
      throw ShapeError("needs each axis from 1 to \(dims.count) once, but is given \(dims)")
    }
    guard dims.count == input.shape.rank else {
      throw ShapeError("exchanges \(dims.count) axes, but gets \(input.shape.description)")
    }
    return LayerShape(TensorSpec(Shape(dims.map { input.shape.dimensions[$0 - 1] }), input.type))
  }

  static let takesIntegers = true
  let dims: [Int]
  init(_ arguments: Arguments) { dims = arguments[Permute.dims] }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node { graph.transpose(inputs[0], [0] + dims) }
}
