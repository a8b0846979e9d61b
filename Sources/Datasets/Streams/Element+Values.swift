import Arrays
import Lambdas
import Plans

extension Element {
  /// What a function of the script is called with: inputs, targets and weights, each an array, a number, or several in a tuple.
  var arguments: [Value] {
    [inputs, targets, sampleWeights].compactMap { arrays in
      arrays.isEmpty ? nil : arrays.count == 1 ? Value(unwrapping: arrays[0]) : .tuple(arrays.map(Value.init(unwrapping:)))
    }
  }

  /// What a loop gives: the inputs alone, or a tuple of what there is.
  var value: Value {
    let arguments = arguments
    return arguments.count == 1 ? arguments[0] : .tuple(arguments)
  }

  /// What a function has made of another one: the inputs, or a tuple of inputs, targets and weights. Throws what it is instead, as a clause
  /// behind "gives".
  init(_ result: Value) throws(OddResult) {
    var parts = [result]
    if case .tuple(let items) = result {
      guard (1...3).contains(items.count) else {
        throw OddResult("a tuple of \(items.count), where `x`, `(x, y)` or `(x, y, sample_weight)` is expected")
      }
      parts = items
    }
    var groups: [[NDArray]] = []
    for part in parts { groups.append(try Self.arrays(of: part)) }
    self.init(
      inputs: groups[0], targets: groups.count > 1 ? groups[1] : [], sampleWeights: groups.count > 2 ? groups[2] : [])
  }

  private static func arrays(of part: Value) throws(OddResult) -> [NDArray] {
    guard case .tuple(let items) = part else { return [try array(of: part)] }
    var arrays: [NDArray] = []
    for item in items { arrays.append(try array(of: item)) }
    return arrays
  }

  private static func array(of value: Value) throws(OddResult) -> NDArray {
    if case .array(let array) = value { return array }
    if let scalar = value.asWeakScalar, let array = try? NDArray.scalar(scalar, as: scalar.type) { return array }
    if case .list = value, let array = try? Operations.makeArray(value) { return array }
    throw OddResult("a `\(value.typeName)`, where an array or a number is expected")
  }

  /// What is known of elements that are like this one.
  func spec(isBatch: Bool, like other: DataSpec) -> DataSpec {
    func specs(_ arrays: [NDArray]) -> [TensorSpec] {
      arrays.map { TensorSpec(Shape($0.shape.dropFirst(isBatch ? 1 : 0).map { $0 }), $0.type) }
    }
    var spec = other
    (spec.inputs, spec.targets) = (specs(inputs), specs(targets))
    spec.hasSampleWeights = !sampleWeights.isEmpty
    spec.classCount = nil
    return spec
  }
}

/// A function's result that is no element.
struct OddResult: Error {
  let clause: String
  init(_ clause: String) { self.clause = clause }
}

extension WeakScalar {
  /// The type of an array that holds it, as NumPy chooses it.
  fileprivate var type: ElementType {
    switch self {
    case .bool: .bool
    case .integer: .int64
    case .float: .float64
    }
  }
}
