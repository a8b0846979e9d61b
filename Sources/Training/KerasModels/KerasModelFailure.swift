/// Why a Keras configuration or its weights cannot become a network.
package enum KerasModelFailure: Error, Sendable, Equatable {
  /// A part that every configuration has is missing or of another kind; where, and what it should be.
  case malformed(place: String, expected: String)
  /// A class that the catalog does not have.
  case unknownClass(String, place: String)
  /// An argument that changes what is computed and is not known here.
  case unsupported(className: String, argument: String)
  /// A layer that cannot take the tensors it is connected to.
  case shape(layer: String, problem: String)
  /// Variables missing, too many, or of another shape.
  case variables(group: String, expected: String, found: String)

  /// The sentence the user is told, after the file's name.
  package var message: String {
    switch self {
    case .malformed(let place, let expected): "the configuration's \(place) is not \(expected)"
    case .unknownClass(let name, let place): "\(place) is a `\(name)`, which is not known here"
    case .unsupported(let className, let argument): "`\(className)` with `\(argument)` is not known here"
    case .shape(let layer, let problem): "the layer `\(layer)` \(problem)"
    case .variables(let group, let expected, let found): "the variables of `\(group)` should be \(expected), but are \(found)"
    }
  }
}
