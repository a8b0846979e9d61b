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
  private var map = SharedMap<String, Binding>()

  subscript(_ name: String) -> Binding? {
    get { map[name] }
    set { map[name] = newValue }
  }

  var count: Int { map.count }

  /// All names with their bindings, in no order.
  var bindings: [(name: String, binding: Binding)] { map.entries.map { ($0.key, $0.value) } }

  /// All names, in alphabetical order.
  var sortedNames: [String] { map.entries.map(\.key).sorted() }

  /// What is known after one of several paths was taken, each having left its own copy of `before`.
  ///
  /// Takes time for what the paths changed only. What all of them left alone stays as it was.
  static func joined(_ paths: [Scope], since before: Scope) -> Scope {
    var changes: [String: [(path: Int, binding: Binding)]] = [:]
    for (index, path) in paths.enumerated() {
      for change in path.map.differences(from: before.map) {
        if let mine = change.mine { changes[mine.key, default: []].append((index, mine.value)) }
      }
    }
    var result = before
    for (name, changed) in changes {
      var bindings = changed.map(\.binding)
      if bindings.count < paths.count, let old = before[name] {
        bindings.insert(old, at: changed[0].path == 0 ? bindings.count : 0)
      }
      var joined = bindings[0]
      for binding in bindings.dropFirst() {
        joined.meaning = joined.meaning.joined(with: binding.meaning)
        joined.isCertain = joined.isCertain && binding.isCertain
      }
      if changed.count < paths.count, before[name] == nil { joined.isCertain = false }
      result[name] = joined
    }
    return result
  }
}
