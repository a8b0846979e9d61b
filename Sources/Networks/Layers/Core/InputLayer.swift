import Arrays
import Lambdas
import Plans
import Tensors

/// Where a network's data enters; computes nothing.
struct InputLayer: Layer {
  static let shape = Parameter<Shape>("shape", "the shape of one example, `None` where a dimension is open", .shape) {
    Shape(shapeTuple: $0)
  }
  static let elementType = Parameter<String?>.optional(
    Parameter<String>(
      "dtype", "the type its data is converted to; `\"string\"` for texts", .choice(ElementType.allCases.map(\.rawValue)))
  ).keywordOnly
  static let signature = Signature(
    "Input", "Where data enters a network, with the shape of one example.",
    [shape.description, elementType.description], example: "Input((28, 28))")
  static let aliases = ["InputLayer"]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    guard inputs.isEmpty else {
      throw ShapeError("starts a network and takes no input", hint: "leave out what it is called with.")
    }
    let type = arguments[elementType].flatMap(ElementType.init) ?? .float32
    return LayerShape(TensorSpec(arguments[shape], type))
  }

  init(_ arguments: Arguments) {}

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    preconditionFailure("an input layer is where data enters, not applied to anything")
  }
}

extension Shape {
  /// A shape from a tuple or list of whole numbers and None; nil for anything else.
  init?(shapeTuple value: Value) {
    guard case .tuple(let elements) = value.tupled else { return nil }
    var dimensions: [Int?] = []
    for element in elements {
      switch element {
      case .none: dimensions.append(nil)
      case .integer(let size) where size >= 0: dimensions.append(size)
      default: return nil
      }
    }
    self.init(dimensions)
  }
}

extension Value {
  /// A list as a tuple; anything else as it is.
  fileprivate var tupled: Value { if case .list(let elements) = self { .tuple(elements) } else { self } }
}
