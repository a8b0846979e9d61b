import Lambdas
import Plans

extension Catalog {
  /// An object of the catalog made without a script, as from a file: what is not given takes its default, and names of entries
  /// become objects. Nil if a required argument or a named entry is missing.
  ///
  /// Arguments beyond the signature are kept: `name` and `trainable` of a layer.
  package func make(_ entry: Entry, _ given: [String: Value] = [:]) -> Configured? {
    var values = given
    for parameter in entry.settings {
      guard let value = given[parameter.name] ?? parameter.defaultValue else { return nil }
      values[parameter.name] = value
      if let role = parameter.kind.entryRole, case .string(let name) = value {
        guard let named = self.entry(name, role), let object = make(named) else { return nil }
        values[parameter.name] = .object(object)
      }
    }
    return Configured(entry, Arguments(values, given: Set(given.keys)), range: nil)
  }

  /// The same by name.
  package func make(_ name: String, _ role: Role, _ given: [String: Value] = [:]) -> Configured? {
    entry(name, role).flatMap { make($0, given) }
  }
}

extension ArgumentKind {
  /// The role of the object that is wanted; nil for other kinds.
  fileprivate var entryRole: Role? {
    switch self {
    case .entry(let role): role
    case .optional(let kind): kind.entryRole
    default: nil
    }
  }
}
