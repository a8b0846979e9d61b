import Arrays
import Lambdas
import Plans

extension Element {
  /// What a function of the script is called with: inputs, targets and weights, each an array, a number, or several in a tuple, or in a dict
  /// where the spec names them.
  func arguments(as spec: DataSpec) -> [Value] {
    [(inputs, spec.inputNames), (targets, spec.targetNames), (sampleWeights, nil)].compactMap { arrays, names in
      let values = arrays.map(Value.init(unwrapping:))
      if values.isEmpty { return nil }
      if let names { return .dict(DictValue(Array(zip(names, values)))) }
      return values.count == 1 ? values[0] : .tuple(values)
    }
  }

  /// What a loop gives: the inputs alone, or a tuple of what there is.
  func value(as spec: DataSpec) -> Value {
    let arguments = arguments(as: spec)
    return arguments.count == 1 ? arguments[0] : .tuple(arguments)
  }
}

/// What a function has made of an element, or the script says: the inputs, or a tuple of inputs, targets and weights; several inputs or
/// targets are a tuple, or a dict of them by name.
struct NamedElement {
  private(set) var element: Element
  /// In the order in which they stand, where they have names.
  private(set) var inputNames: [String]?
  private(set) var targetNames: [String]?

  /// Throws what it is instead, as a clause behind "gives".
  init(_ value: Value) throws(OddResult) {
    var parts = [value]
    if case .tuple(let items) = value {
      guard (1...3).contains(items.count) else {
        throw OddResult("a tuple of \(items.count), where `x`, `(x, y)` or `(x, y, sample_weight)` is expected")
      }
      parts = items
    }
    var groups: [(arrays: [NDArray], names: [String]?)] = []
    for part in parts { groups.append(try Self.group(part)) }
    if groups.count > 2, groups[2].names != nil { throw OddResult("a dict of weights, where an array is expected") }
    element = Element(
      inputs: groups[0].arrays, targets: groups.count > 1 ? groups[1].arrays : [],
      sampleWeights: groups.count > 2 ? groups[2].arrays : [])
    inputNames = groups[0].names
    targetNames = groups.count > 1 ? groups[1].names : nil
  }

  private static func group(_ part: Value) throws(OddResult) -> (arrays: [NDArray], names: [String]?) {
    var items = [part]
    var names: [String]?
    if case .tuple(let several) = part { items = several }
    if case .dict(let dict) = part {
      let keys = dict.keys.compactMap(\.asString)
      guard keys.count == dict.count, !keys.isEmpty else {
        throw OddResult(dict.count == 0 ? "an empty dict" : "a dict whose keys are no texts, where names are expected")
      }
      (items, names) = (dict.values, keys)
    }
    var arrays: [NDArray] = []
    for item in items { arrays.append(try array(of: item)) }
    return (arrays, names)
  }

  private static func array(of value: Value) throws(OddResult) -> NDArray {
    if case .array(let array) = value { return array }
    if let scalar = value.asWeakScalar, let array = try? NDArray.scalar(scalar, as: scalar.type) { return array }
    if let texts = Operations.makeTexts(value) { return texts }
    if case .list = value, let array = try? Operations.makeArray(value) { return array }
    throw OddResult("a `\(value.typeName)`, where an array, a number or texts are expected")
  }

  /// The element with inputs and targets in the order of the spec's names. Throws where it has others.
  func element(as spec: DataSpec) throws(OddResult) -> Element {
    var ordered = element
    ordered.inputs = try Self.ordered(element.inputs, inputNames, as: spec.inputNames)
    ordered.targets = try Self.ordered(element.targets, targetNames, as: spec.targetNames)
    return ordered
  }

  private static func ordered(_ arrays: [NDArray], _ names: [String]?, as expected: [String]?) throws(OddResult) -> [NDArray] {
    if names == expected { return arrays }
    guard let names, let expected, names.count == expected.count else { throw OddResult(other(names, expected)) }
    var ordered: [NDArray] = []
    for name in expected {
      guard let place = names.firstIndex(of: name) else { throw OddResult(other(names, expected)) }
      ordered.append(arrays[place])
    }
    return ordered
  }

  private static func other(_ names: [String]?, _ expected: [String]?) -> String {
    func told(_ names: [String]?) -> String {
      names.map { "a dict of \($0.map { "`\($0)`" }.joined(separator: ", "))" } ?? "no dict"
    }
    return "\(told(names)), where it gave \(told(expected)) before"
  }

  /// What is known of elements that are like this one.
  func spec(isBatch: Bool, like other: DataSpec) -> DataSpec {
    func specs(_ arrays: [NDArray]) -> [TensorSpec] {
      arrays.map { TensorSpec(Shape($0.shape.dropFirst(isBatch ? 1 : 0).map { $0 }), $0.type) }
    }
    var spec = other
    (spec.inputs, spec.targets) = (specs(element.inputs), specs(element.targets))
    (spec.inputNames, spec.targetNames) = (inputNames, targetNames)
    spec.hasSampleWeights = !element.sampleWeights.isEmpty
    spec.classCount = nil
    spec.arePixels = false
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
