import Arrays
import Lambdas

/// The steps of a function while it is followed.
final class TensorTrace: @unchecked Sendable {
  // Sendable by discipline: used by the session's one thread, while one function is followed.
  let inputCount: Int
  /// Whether a number in it only the run will know.
  var isOpen = false
  private(set) var steps: [TensorFunction.Step] = []
  private(set) var shapes: [TracedShape]
  private var types: [ElementType]

  init(_ inputs: [TensorSpec]) {
    inputCount = inputs.count
    shapes = TracedShape.inputs(inputs)
    types = inputs.map(\.type)
  }

  /// The tensors that the function is called with.
  var inputs: [TracedTensor] { (0..<inputCount).map { TracedTensor(self, $0) } }

  func type(of index: Int) -> ElementType { types[index] }

  /// What an operation gives. Throws where it cannot take its operands.
  func add(_ operation: TensorOperation, _ operands: [TracedTensor], _ settings: [String: Value] = [:]) throws(ShapeError)
    -> TracedTensor
  {
    let shape = try operation.shape(operands.map(\.shape), settings)
    steps.append(TensorFunction.Step(operation, operands.map(\.index), settings))
    shapes.append(shape)
    types.append(operation.type(operands.map(\.type), settings))
    return TracedTensor(self, shapes.count - 1)
  }

  /// Numbers of the script as a tensor.
  func numbers(_ value: Value) throws(ShapeError) -> TracedTensor {
    guard let array = try? Operations.makeArray(value) else {
      throw ShapeError("computes with `\(Operations.representation(value))`, which is no number")
    }
    return try add(.numbers, [], ["value": .array(array)])
  }
}

/// A tensor that a function of the script is followed with, to know what it does.
final class TracedTensor: ObjectValue {
  let trace: TensorTrace
  let index: Int
  /// What it was cast to, where that changes no number.
  private let cast: ElementType?

  init(_ trace: TensorTrace, _ index: Int, as cast: ElementType? = nil) {
    self.trace = trace
    self.index = index
    self.cast = cast
  }

  var shape: TracedShape { trace.shapes[index] }
  var type: ElementType { cast ?? trace.type(of: index) }
  /// Whether a function is called with it and it holds whole numbers that float32 does not hold all of.
  var isWholeInput: Bool { index < trace.inputCount && (type == .int32 || type == .int64) }
  var objectType: ObjectType { TracedTensor.type }
  static let type = ObjectType(
    "Tensor", attributes: ["shape": .init(.tupleOf(.any)), "ndim": .init(.integer), "dtype": .init(.string)])
  var description: String { "<Tensor \(shape.text)>" }

  func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "shape": return shape.value
    case "ndim": return .integer(shape.rank)
    case "dtype": return .string(type.rawValue)
    default: throw .init(.attribute, "'Tensor' object has no attribute '\(name)'")
    }
  }
}

extension Meaning {
  /// The tensor, if it is one that is followed.
  var traced: TracedTensor? { object(TracedTensor.self) }

  /// Whether it is, or a list holds, a tensor that is followed.
  var holdsTraced: Bool { traced != nil || (elements?.contains(where: \.holdsTraced) ?? false) }
}
