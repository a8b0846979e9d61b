import Arrays
import Lambdas

/// Prefixes that select where a name is looked up: `layers.`, `tf.keras.callbacks.`, `np.`.
enum Namespaces {
  enum Member {
    case entries([Entry])
    /// A merging layer that is made and called at once.
    case merging(Entry)
    /// A function of tensors that Python's modules do not have.
    case tensorFunction(String)
    case value(Value)
    case form(SpecialForm.Kind)
    case namespace([String])
    /// A function of tensors that Keras has and is not here.
    case notYet
    case nothing(candidates: [String])
  }

  /// Prefixes under which Python's and numpy's own functions stand, by the names that scripts use for them.
  private static let python = ["np": "np", "numpy": "np", "math": "math", "time": "time"]
  /// Parts of Keras by the names that scripts import them under.
  private static let short = ["K": "backend"]
  private static let roots: Set<String> = ["keras", "tf", "tensorflow", "tf_keras"]
  /// Parts of Keras that hold names of several roles, or pass through.
  private static let passages: Set<String> = [
    "models", "utils", "preprocessing", "applications", "data", "random", "ops", "nn", "math", "linalg", "backend",
  ]
  /// What stands for as much as is usual, in `tf.data`.
  static let autotune = (name: "AUTOTUNE", value: Value.integer(-1))
  /// Where data sources stand that go by another name alone, too.
  private static let sources: Set<String> = ["datasets", "data"]

  /// Parts of Keras and TensorFlow whose functions of tensors are numpy's, most of them under numpy's names.
  private static let tensorModules: Set<String> = ["ops", "nn", "math", "linalg", "backend"]

  /// Whether a name is a prefix of Python's own functions or numpy's.
  static func isPython(_ name: String) -> Bool { python[name] != nil }

  /// The built-in function or number at a path: `tf.math.exp`, `K.log`, `np.pi`. Nil for parts of the catalog.
  static func builtin(_ path: [String]) -> Value? {
    guard let name = path.last, path.count > 1 else { return nil }
    if let module = kerasPath(path)?.dropLast(), module.count < 2, module.allSatisfy(tensorModules.contains),
      let function = Python.builtin(named: name, module: "tf")
    {
      return function
    }
    guard case .value(let value) = member(name, of: path.dropLast(), in: nothing) else { return nil }
    return value
  }

  /// A path without `tf.`, `keras.` and their kin; nil where it does not lead into Keras or TensorFlow.
  static func kerasPath(_ path: [String]) -> [String]? {
    guard let first = path.first, python[first] == nil, isPrefix([first], in: nothing) else { return nil }
    return stripped(path)
  }

  /// The prefixes of Keras need no catalog.
  private static let nothing = Catalog([])

  /// Whether a dotted path can lead to something.
  static func isPrefix(_ path: [String], in catalog: Catalog) -> Bool {
    guard let first = path.first else { return false }
    if path.count == 1, python[first] != nil || roots.contains(first) || short[first] != nil || passages.contains(first) {
      return true
    }
    let rest = stripped(path)
    return rest.isEmpty || !roles(of: rest).isEmpty || (rest.count == 1 && passages.contains(rest[0]))
      || rest == ["data", "experimental"]
      || catalog.names(.dataset).contains { $0.hasPrefix(rest.joined(separator: ".") + ".") }
      || (rest.count > 1 && sources.contains(rest[0])
        && catalog.names(.dataset).contains { $0.hasPrefix(rest.dropFirst().joined(separator: ".") + ".") })
  }

  /// What a member of a path is.
  static func member(_ name: String, of path: [String], in catalog: Catalog) -> Member {
    if let module = python[path[0]] {
      let whole = ([module] + path.dropFirst()).joined(separator: ".")
      if let value = Python.builtin(named: name, module: whole) { return .value(value) }
      if whole == "np", let function = tensorFunction(named: name) { return function }
      if whole == "np", name == "save", let entry = catalog.entry("save_npy", .function) { return .entries([entry]) }
      return Python.isModule("\(whole).\(name)") ? .namespace(path + [name]) : .nothing(candidates: Python.names(inModule: whole))
    }
    let rest = stripped(path)
    if path.count == 1, ["tf", "tensorflow"].contains(path[0]), ElementType.named(name) != nil,
      let type = Python.builtin(named: name, module: "np")
    {
      return .value(type)
    }
    if let form = SpecialForm.Kind(rawValue: name), rest.isEmpty || ["models", "layers"].contains(rest[0]) { return .form(form) }
    if name == "InputLayer" { return .form(.input) }
    if name == autotune.name, rest.first == "data" { return .value(autotune.value) }
    if let module = rest.first, tensorModules.contains(module) {
      if let activation = catalog.entry(name, .activation) {
        // Keras's function of that name approximates unless it is told not to; its activation does the opposite.
        return .entries([module == "ops" && name == "gelu" ? activation.withDefault("approximate", .bool(true)) : activation])
      }
      if let function = tensorFunction(named: name) { return function }
      if module == "backend", name == TensorCall.epsilon { return .tensorFunction(name) }
    }
    let entries = roles(of: rest).compactMap { catalog.entry(name, $0) }
    if !entries.isEmpty { return .entries(entries) }
    if rest == ["layers"], let entry = catalog.merging(name) { return .merging(entry) }
    if rest.isEmpty || passages.contains(rest[0]) {
      let entries = catalog.roles(of: name).compactMap { catalog.entry(name, $0) }
      if !entries.isEmpty { return .entries(entries) }
    }
    if rest.isEmpty, let function = tensorFunction(named: name) { return function }
    if rest.first.map(tensorModules.contains) ?? (path[0] != "keras"), TensorCall.unknownYet.contains(name) { return .notYet }
    if isPrefix(path + [name], in: catalog) { return .namespace(path + [name]) }
    let source = rest.drop { sources.contains($0) } + [name]
    if let entry = catalog.entry(source.joined(separator: "."), .dataset) { return .entries([entry]) }
    let roles = roles(of: rest)
    return .nothing(candidates: roles.isEmpty ? Role.allCases.map(\.namespace) : roles.flatMap { names(of: $0, in: catalog) })
  }

  /// A function of tensors: numpy's, where numpy has it.
  private static func tensorFunction(named name: String) -> Member? {
    TensorCall.named(name).map { Python.builtin(named: $0.name, module: "np").map(Member.value) ?? .tensorFunction(name) }
  }

  /// Everything that may follow a path and a dot.
  static func names(of path: [String], in catalog: Catalog) -> [String] {
    if let module = python[path[0]] { return Python.names(inModule: ([module] + path.dropFirst()).joined(separator: ".")) }
    let rest = stripped(path)
    let roles = roles(of: rest)
    if !roles.isEmpty, roles != [.dataset] { return roles.flatMap { names(of: $0, in: catalog) } }
    if rest.isEmpty { return Role.allCases.map(\.namespace) + passages.sorted() }
    if passages.contains(rest[0]) { return Role.allCases.flatMap { catalog.names($0) } }
    let prefix =
      rest == ["datasets"] ? "" : (rest.first == "datasets" ? rest.dropFirst() : rest[...]).joined(separator: ".") + "."
    return catalog.names(.dataset).compactMap { name in
      guard name.hasPrefix(prefix) else { return nil }
      return name.dropFirst(prefix.count).split(separator: ".").first.map(String.init)
    }
  }

  /// Everything that stands in a role's namespace.
  private static func names(of role: Role, in catalog: Catalog) -> [String] {
    catalog.names(role) + (role == .layer ? catalog.mergingNames : [])
  }

  /// The path without `tf.`, `keras.` and their kin, and with the whole names of modules.
  private static func stripped(_ path: [String]) -> [String] { path.drop { roots.contains($0) }.map { short[$0] ?? $0 } }

  private static func roles(of path: [String]) -> [Role] {
    if path == ["optimizers", "schedules"] { return [.schedule] }
    guard path.count == 1 else { return [] }
    return Role.allCases.filter { $0.namespace == path[0] }
  }

  /// Modules that an import may name: what they bind stands in the catalog already.
  static func isKnownModule(_ name: String) -> Bool {
    let parts = name.split(separator: ".").map(String.init)
    guard let first = parts.first else { return false }
    return python[first] != nil || roots.contains(first) || first == "__future__"
  }
}
