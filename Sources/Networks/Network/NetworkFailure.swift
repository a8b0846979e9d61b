import Lambdas
import Plans

/// Why values cannot become a network's.
package enum NetworkFailure: Error, Sendable, Equatable {
  /// A list of arrays of another length than the network's list of weights.
  case weightCount(expected: Int, found: Int)
  case shape(name: String, expected: [Int], found: [Int])
  /// A saved state lacks an array.
  case missing(name: String)
  /// Numbers that are not float32 where they must be.
  case elementType(name: String)

  /// Data that is not what the network takes.
  case input(name: String, expected: String, found: [Int])
  /// Texts where the network takes numbers, or the other way round.
  case inputType(name: String, takesTexts: Bool)
  /// Several arrays of sample weights that are not one an output.
  case weightArrays(count: Int, outputs: Int)
  case counts(inputs: Int, expectedInputs: Int, targets: Int, expectedTargets: Int)
  /// A number of an input that an embedding cannot look up; the row is counted from 0.
  case index(Double, row: Int, limit: Int)
  /// A loss or metric that cannot compare these targets with the predictions: a clause that completes its name.
  case comparison(name: String, problem: String)
  /// A layer that cannot take what this data makes reach it: a clause that completes its name.
  case layer(name: String, problem: String)
  /// Training or testing before `compile`.
  case notCompiled

  /// The sentence the user is told.
  package var message: String {
    switch self {
    case .weightCount(let expected, let found): "the model has \(expected) weights, but \(found) are given"
    case .shape(let name, let expected, let found): "the weight `\(name)` has the shape \(expected), but \(found) is given"
    case .missing(let name): "the saved state has no `\(name)`"
    case .input(let name, let expected, let found):
      "the input `\(name)` takes examples of \(expected), but the data's are \(Shape(found.map { $0 }).description)"
    case .inputType(let name, let takesTexts):
      "the input `\(name)` takes \(takesTexts ? "texts, but the data's are numbers" : "numbers, but the data's are texts")"
    case .counts(let inputs, let expectedInputs, let targets, let expectedTargets):
      "the model has \(expectedInputs) inputs and \(expectedTargets) outputs, but the data \(inputs) inputs and \(targets) targets"
    case .weightArrays(let count, let outputs):
      "the model has \(outputs) outputs, but there are \(count) arrays of sample weights"
    case .layer(let name, let problem): "the layer `\(name)` \(problem)"
    case .comparison(let name, let problem): "`\(name)` \(problem)"
    case .index(let number, let row, let limit):
      "the input in row \(row) holds \(Int(exactly: number).map(String.init) ?? number.pythonDescription), but the numbers that can be looked up are 0 to \(limit - 1)"
    case .notCompiled: "the model is not compiled"
    case .elementType(let name): "`\(name)` must hold numbers"
    }
  }
}
