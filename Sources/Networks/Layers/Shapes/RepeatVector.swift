import Plans
import Tensors

/// Repeats a vector as the rows of a matrix.
struct RepeatVector: Layer {
  static let n = Parameter<Int>("n", "how often it is repeated", min: 1, max: AxisSizes.limit)
  static let signature = Signature(
    "RepeatVector", "Repeats a vector as the rows of a matrix.", [n.description], example: "RepeatVector(3)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs)
    guard input.shape.rank == 1 else {
      throw ShapeError(
        "repeats a vector, but gets \(input.shape.description)", hint: input.shape.rank > 1 ? "put `Flatten()` before it." : nil)
    }
    return LayerShape(TensorSpec(Shape([arguments[n]] + input.shape.dimensions), .float32))
  }

  let n: Int
  init(_ arguments: Arguments) { n = arguments[RepeatVector.n] }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, size] → [batch, n, size]
    let shape = graph.shape(of: inputs[0])
    return graph.broadcast(graph.reshape(inputs[0], [shape[0], 1, shape[1]]), to: [shape[0], n, shape[1]])
  }
}
