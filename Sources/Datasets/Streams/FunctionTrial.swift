import Arrays
import Lambdas
import Plans

/// Calls a function with made-up elements to learn what it gives, before there are any.
///
/// Elements of zeros, of ones and of rising numbers are tried, and two lengths of each axis that is open: what is the same in all cases is
/// taken to be so for every element.
struct FunctionTrial {
  private let function: FunctionOfElements
  private let spec: DataSpec
  /// Elements of more numbers are not made up.
  private static let sizeLimit = 1 << 24
  /// Multiples of small numbers, into which functions may cut a batch.
  private static let lengths = [12, 24]

  init(_ function: FunctionOfElements, on spec: DataSpec) {
    self.function = function
    self.spec = spec
  }

  private enum Fill: CaseIterable { case zeros, ones, rising }

  private struct Outcome {
    let length: Int
    let given: Element
    let result: Result<Value, RuntimeFailure>
  }

  /// What all elements are turned into, as far as that follows from shapes and types; nil where it does not. Throws what goes wrong with
  /// any element.
  func mapped() throws(Failure) -> DataSpec? {
    if function.function.hasForecastData { return nil }
    let outcomes = outcomes
    try checkFailures(outcomes)
    var made: [(length: Int, given: Element, element: Element)] = []
    var named: [NamedElement] = []
    for outcome in outcomes {
      guard case .success(let value) = outcome.result else { continue }
      do throws(OddResult) {
        // A dict may have its keys in any order.
        let other = try NamedElement(value)
        var element = other.element
        if let first = named.first { element = try other.element(as: first.spec(isBatch: spec.isBatched, like: spec)) }
        made.append((outcome.length, outcome.given, element))
        named.append(other)
      } catch {
        throw Failure("the function of `\(function.operation)` gives \(error.clause)")
      }
    }
    guard let first = named.first else { return nil }
    let forms = made.map { $0.element.form }
    let ranks = made.map { $0.element.arrays.map(\.rank) }
    guard forms.allSatisfy({ $0 == forms[0] }), ranks.allSatisfy({ $0 == ranks[0] }) else { return nil }
    if spec.isBatched {
      for (length, _, element) in made {
        if let odd = element.arrays.first(where: { $0.shape.first != length }) {
          throw Failure(
            "the function of `\(function.operation)` makes \(Shape(odd.shape.map { $0 }).description) of a batch: the first axis is that of "
              + "the examples")
        }
      }
    }
    var result = first.spec(isBatch: spec.isBatched, like: spec)
    func opened(_ specs: [TensorSpec], _ arrays: (Element) -> [NDArray]) -> [TensorSpec] {
      specs.enumerated().map { place, tensor in
        let shapes = made.map { arrays($0.element)[place].shape.dropFirst(spec.isBatched ? 1 : 0) }
        let dimensions = shapes[0].indices.map { axis in
          shapes.allSatisfy { $0[axis] == shapes[0][axis] } ? shapes[0][axis] : nil
        }
        return TensorSpec(Shape(dimensions), tensor.type)
      }
    }
    result.inputs = opened(result.inputs, \.inputs)
    result.targets = opened(result.targets, \.targets)
    // Classes are those of before where the targets are.
    if made.allSatisfy({ $0.given.targets.map(\.fingerprint) == $0.element.targets.map(\.fingerprint) }) {
      result.classCount = spec.classCount
    }
    return result
  }

  /// Throws where what it gives is no truth, or goes wrong with any element.
  func checkPredicate() throws(Failure) {
    if function.function.hasForecastData { return }
    let outcomes = outcomes
    try checkFailures(outcomes)
    for case .success(let value) in outcomes.map(\.result) where value.asTruth == nil {
      throw Failure("the function of `\(function.operation)` gives a `\(value.typeName)`, where `True` or `False` is expected")
    }
  }

  /// What fails in the same way whatever it is called with fails with every element.
  private func checkFailures(_ outcomes: [Outcome]) throws(Failure) {
    let failures = outcomes.compactMap { outcome -> RuntimeFailure? in
      if case .failure(let failure) = outcome.result { failure } else { nil }
    }
    guard let first = failures.first, failures.count == outcomes.count, first.error.kind != .budget,
      failures.allSatisfy({ $0.error == first.error })
    else { return }
    throw Failure("the function of `\(function.operation)` fails: \(first.error.message)", at: first.range)
  }

  private var outcomes: [Outcome] {
    let tensors = spec.inputs + spec.targets
    let isOpen = spec.isBatched || tensors.contains { $0.shape.dimensions.contains(nil) || $0.type == .string }
    var outcomes: [Outcome] = []
    for length in isOpen ? Self.lengths : [1] {
      let sizes = tensors.map { shape($0, length).reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue } }
      guard sizes.allSatisfy({ (0...Self.sizeLimit).contains($0) }) else { return [] }
      for fill in Fill.allCases {
        let element = Element(
          inputs: spec.inputs.map { array($0, length, fill) }, targets: spec.targets.map { array($0, length, fill) },
          sampleWeights: spec.hasSampleWeights ? [array(TensorSpec(Shape([])), length, fill)] : [])
        let result = Result { () throws(RuntimeFailure) in
          try function.call(element.arguments(as: spec), random: RandomSequence(RandomStream(seed: 0)))
        }
        outcomes.append(Outcome(length: length, given: element, result: result))
      }
    }
    return outcomes
  }

  private func shape(_ tensor: TensorSpec, _ length: Int) -> [Int] {
    (spec.isBatched ? [length] : []) + tensor.shape.dimensions.map { $0 ?? length }
  }

  private func array(_ tensor: TensorSpec, _ length: Int, _ fill: Fill) -> NDArray {
    let shape = shape(tensor, length)
    let count = shape.reduce(1, *)
    if tensor.type == .string { return NDArray(texts: (0..<count).map { text($0, length, fill) }, shape: shape) }
    let most = tensor.type == .uint8 ? 256 : 1 << 20
    let limit = max(1, min(spec.classCount ?? most, most))
    let numbers = (0..<count).map { fill == .zeros ? 0 : fill == .ones ? 1 % limit : ($0 + 1) % limit }
    return NDArray(integers: numbers, shape: shape).converted(to: tensor.type)
  }

  /// Texts of different words, as many as another axis of open length is long.
  private func text(_ place: Int, _ length: Int, _ fill: Fill) -> String {
    switch fill {
    case .zeros: ""
    case .ones: Array(repeating: "a", count: length).joined(separator: " ")
    case .rising: (0..<length).map { "word\(place + $0)" }.joined(separator: " ")
    }
  }
}

extension Value {
  /// Whether it holds, as a number of no axes or as Python's truth; nil for another value.
  var asTruth: Bool? {
    switch self {
    case .bool(let truth): truth
    case .array(let array) where array.type == .bool && array.count == 1: array.bools[0]
    default: nil
    }
  }
}

extension FunctionValue {
  /// Whether it has captured data of which only the spec is known yet.
  fileprivate var hasForecastData: Bool { objects.contains { ($0 as? DataObject)?.isForecast ?? false } }
}

extension DataObject {
  fileprivate var isForecast: Bool { examples == nil && parts.values.allSatisfy(\.isForecast) }
}
