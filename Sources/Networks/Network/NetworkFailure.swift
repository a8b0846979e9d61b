/// Why values cannot become a network's.
package enum NetworkFailure: Error, Sendable, Equatable {
  /// A list of arrays of another length than the network's list of weights.
  case weightCount(expected: Int, found: Int)
  case shape(name: String, expected: [Int], found: [Int])
  /// A saved state lacks an array.
  case missing(name: String)
  /// Numbers that are not float32 where they must be.
  case elementType(name: String)

  /// The sentence the user is told.
  package var message: String {
    switch self {
    case .weightCount(let expected, let found): "the model has \(expected) weights, but \(found) are given"
    case .shape(let name, let expected, let found): "the weight `\(name)` has the shape \(expected), but \(found) is given"
    case .missing(let name): "the saved state has no `\(name)`"
    case .elementType(let name): "`\(name)` must hold numbers"
    }
  }
}
