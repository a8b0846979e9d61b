import Arrays
import Lambdas
import Plans
import Tensors

/// `input · scale + offset`.
struct Rescaling: Layer {
  static let scale = numbers("scale", "what the input is multiplied by: a number, or an array that fits its last axes")
  static let offset = numbers("offset", "what is added then", default: .float(0))
  static let signature = Signature(
    "Rescaling", "Multiplies its input and adds an offset.", [scale.description, offset.description],
    formula: "input · scale + offset", example: "Rescaling(1/255)")

  private static func numbers(_ name: String, _ help: String, default defaultValue: Value? = nil) -> Parameter<NDArray> {
    Parameter<NDArray>(name, help, .either([.number(), .array]), default: defaultValue) { try? Operations.makeArray($0) }
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    var result = input.dimensions
    for parameter in [scale, offset] {
      let sizes = arguments[parameter].shape
      guard sizes.count <= result.count, zip(sizes.reversed(), result.reversed()).allSatisfy({ $0 == 1 || canBeEqual($0, $1) })
      else {
        throw ShapeError(
          "has a `\(parameter.description.name)` of \(Shape(sizes.map { $0 }).description), which does not fit "
            + input.description)
      }
      for (index, size) in sizes.reversed().enumerated() where size != 1 { result[result.count - 1 - index] = size }
    }
    return LayerShape(TensorSpec(Shape(result)))
  }

  static let passesMask = true
  let scale: NDArray
  let offset: NDArray
  init(_ arguments: Arguments) {
    scale = arguments[Rescaling.scale]
    offset = arguments[Rescaling.offset]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    graph.add(graph.multiply(inputs[0], graph.numbers(scale)), graph.numbers(offset))
  }
}

extension Graph {
  /// An array as a node: a constant where it is one number, else a table.
  mutating func numbers(_ array: NDArray) -> Node {
    array.shape.isEmpty ? constant(array.doubles[0]) : constant(floats: array.floats, shape: array.shape)
  }
}
