import Arrays
import Lambdas
import Plans

/// A layer whose `adapt` learns from data, before any training, what it computes with.
protocol LearningLayer: Layer {
  /// What it learns from data.
  func learned(from data: LearningData) throws(LearningFailure) -> Learned
}

/// What a layer has learned from data.
enum Learned {
  /// Values of its weights, by name.
  case weights([String: NDArray])
  /// Arguments, by name: a vocabulary, the bounds of bins.
  case arguments([String: Value])
}

/// The data that a layer learns from: an array, a list of numbers, words, or lists of those, or a data set of one input.
struct LearningData {
  private let data: Value
  init(_ data: Value) { self.data = data }

  private var elements: (any ExampleElements)? {
    if case .object(let object) = data { (object as? DataObject)?.examples as? any ExampleElements } else { nil }
  }

  /// All of the data; of a data set its input.
  func values() throws(LearningFailure) -> Value {
    guard case .object = data else { return data }
    let arrays: [NDArray]?
    do throws(MachineError) { arrays = try elements?.arrays(named: "x") } catch {
      throw LearningFailure("cannot learn: \(error.message)")
    }
    guard let arrays, arrays.count == 1 else { throw LearningFailure("learns from an array, or a data set of one input") }
    return Value(unwrapping: arrays[0])
  }

  /// The data as an array of numbers.
  func array() throws(LearningFailure) -> NDArray {
    let values = try values()
    do throws(MachineError) { return try Operations.makeArray(values) } catch {
      throw LearningFailure("learns from numbers, but gets \(Operations.representation(values).prefix(40))")
    }
  }

  /// Goes through the texts of the data, of a data set element by element, so that they need not all be in memory.
  func forEachText(_ body: (String) -> Void) throws(LearningFailure) {
    guard case .object = data else { return try Self.forEachText(of: data, body) }
    guard let elements, let count = elements.elementCount else {
      throw LearningFailure("learns from texts, or a data set of them that has an end")
    }
    let elementOf = elements.inOrder()
    for index in 0..<count {
      let element: Value
      do throws(MachineError) { element = try elementOf(index) } catch {
        throw LearningFailure("cannot learn: \(error.message)")
      }
      if case .tuple(let parts) = element, let texts = parts.first {
        try Self.forEachText(of: texts, body)
      } else {
        try Self.forEachText(of: element, body)
      }
    }
  }

  /// Texts alone, in a list, or in rows of one.
  private static func forEachText(of value: Value, depth: Int = 0, _ body: (String) -> Void) throws(LearningFailure) {
    switch value {
    case .string(let text): body(text)
    case .list(let parts) where depth < 2, .tuple(let parts) where depth < 2:
      if depth == 1, parts.count != 1 { throw LearningFailure("learns from a text an example, but gets \(parts.count) of them") }
      for part in parts { try forEachText(of: part, depth: depth + 1, body) }
    default: throw LearningFailure("learns from texts, but gets \(Operations.representation(value).prefix(40))")
    }
  }
}

/// Why a layer cannot learn from data: a clause that completes its name.
package struct LearningFailure: Error, Sendable, Equatable {
  package let problem: String
  package let hint: String?
  init(_ problem: String, hint: String? = nil) {
    self.problem = problem
    self.hint = hint
  }
}
