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

/// The data that a layer learns from.
struct LearningData {
  /// An array, or a list of numbers, words, or lists of those.
  let value: Value

  /// The data as an array of numbers.
  func array() throws(LearningFailure) -> NDArray {
    do throws(MachineError) { return try Operations.makeArray(value) } catch {
      throw LearningFailure("learns from numbers, but gets \(Operations.representation(value).prefix(40))")
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
