import Diagnostics

/// A name of the script, with what it means and where it was given that meaning.
struct Binding: Sendable {
  enum Kind: Sendable { case value, model, modelClass, callback, function, module, overridden }
  var meaning: Meaning
  var range: SourceRange
  var kind: Kind
  /// False where only some paths bind it.
  var isCertain = true
  /// The captured functions that read it, told when it is rebound: Python would see the new value, we keep the old.
  var captures: [SourceRange] = []

  init(_ meaning: Meaning, _ range: SourceRange, _ kind: Kind = .value) {
    self.meaning = meaning
    self.range = range
    self.kind = kind
  }
}

/// The names of one scope. A value: a branch that may not be taken works on a copy.
struct Scope: Sendable {
  private(set) var names: [String: Binding] = [:]

  subscript(_ name: String) -> Binding? {
    get { names[name] }
    set { names[name] = newValue }
  }

  /// What is known after one of several paths was taken, each having left its own copy of this scope.
  static func joined(_ paths: [Scope]) -> Scope {
    guard var result = paths.first else { return Scope() }
    for path in paths.dropFirst() {
      for name in Set(result.names.keys).union(path.names.keys) {
        switch (result.names[name], path.names[name]) {
        case (let a?, let b?):
          var both = a
          both.meaning = a.meaning.joined(with: b.meaning)
          both.isCertain = a.isCertain && b.isCertain
          result.names[name] = both
        case (var only?, nil), (nil, var only?):
          only.isCertain = false
          result.names[name] = only
        case (nil, nil): break
        }
      }
    }
    return result
  }
}
