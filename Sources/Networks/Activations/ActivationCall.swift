import Arrays
import Lambdas
import Plans
import Tensors

/// An activation called by a script on an array: `activations.relu(x)`.
extension ActivationFunction {
  /// What the catalog says of the activation.
  var entry: Entry {
    let function = self
    return Entry(
      .activation, signature, aliases: aliases,
      .function(
        FunctionTraits(
          giving: nil, forecast: { arguments throws(Failure) in .type(function.type(of: arguments["x"])) },
          call: { arguments throws(Failure) in try function.called(arguments) })), abilities: abilities)
  }

  private func type(of operand: Value?) -> ValueType {
    switch operand {
    case .float, .integer: .float
    case .array(let array):
      .array(array.type == .float64 ? .float64 : .float32, shape: size == nil ? array.shape.map { $0 } : nil)
    default: .any
    }
  }

  /// Computed in double precision; float64 arrays stay what they are, others become float32, a number stays a number.
  private func called(_ arguments: Arguments) throws(Failure) -> Value {
    let operand = arguments[ActivationFunction.operand]
    let array: NDArray
    do throws(MachineError) { array = try Operations.makeArray(operand) } catch { throw Failure(error.message) }
    try check(arguments, array.shape)
    var graph = Graph()
    let slot: InputSlot = "x"
    // The first axis of an input is the batch, so a number is a batch of one.
    let input = graph.reshape(graph.input(slot, shape: array.shape.isEmpty ? [1] : array.shape), array.shape)
    let result = Activation(self, arguments).emit(input, into: &graph)
    let values = Evaluator(graph, inputs: [slot: array.doubles])[result]
    switch operand {
    case .integer, .float, .bool: return .float(values[0])
    default: break
    }
    let shape = graph.shape(of: result)
    return .array(
      array.type == .float64 ? NDArray(doubles: values, shape: shape) : NDArray(floats: values.map { Float($0) }, shape: shape))
  }

  private func check(_ arguments: Arguments, _ shape: [Int]) throws(Failure) {
    guard let size else { return }
    let axis = arguments[ActivationFunction.axis]
    let place = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(place) else {
      throw Failure("`\(signature.name)` works along axis \(axis), and the array's shape is \(NDArray.pythonTuple(shape))")
    }
    guard size(shape[place]) != nil else {
      throw Failure("`\(signature.name)` halves axis \(axis), and \(shape[place]) is odd")
    }
  }
}
