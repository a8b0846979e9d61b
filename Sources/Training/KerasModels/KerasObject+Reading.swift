import Arrays
import Artifacts
import Lambdas
import Networks
import Plans

extension KerasObject {
  /// What an object form says before it is looked up.
  struct Form {
    let className: String
    let config: JSON.Object

    /// Throws `malformed` if it is none.
    init(_ json: JSON, place: String) throws(KerasModelFailure) {
      guard let className = json["class_name"]?.stringValue else {
        throw .malformed(place: place, expected: "an object with a class")
      }
      self.className = className
      // A function is named by its `config`.
      if className == "function", let name = json["config"]?.stringValue ?? json["config"]?["name"]?.stringValue {
        config = ["name": .string(name)]
        return
      }
      config = json["config"]?.objectValue ?? [:]
    }

    /// A layer, by the name under which Keras exports its class: old files have the class's own.
    init(layer json: JSON) throws(KerasModelFailure) {
      let form = try Form(json, place: "layer")
      className = Configured.classNames.first { $0.value == form.className && $0.key != "Input" }?.key ?? form.className
      config = form.config
    }

    /// The name of a function form; nil for classes.
    var functionName: String? { className == "function" ? config["name"]?.stringValue : nil }
  }

  /// The object of the catalog that a name or an object form stands for.
  static func read(_ json: JSON, _ role: Role, place: String, in catalog: Catalog) throws(KerasModelFailure) -> Configured {
    if let name = json.stringValue {
      let entry = catalog.entry(name, role) ?? catalog.entry(name.lowercased(), role)
      guard let entry, let object = catalog.make(entry) else { throw .unknownClass(name, place: place) }
      return object
    }
    let form = try Form(json, place: place)
    let name = form.functionName ?? form.className
    guard let entry = catalog.entry(name, role) else { throw .unknownClass(name, place: place) }
    return try read(form.functionName == nil ? form.config : [:], of: entry, place: place, in: catalog)
  }

  /// The object of an entry with the arguments of a configuration.
  static func read(
    _ config: JSON.Object, of entry: Entry, place: String, in catalog: Catalog
  ) throws(KerasModelFailure) -> Configured {
    var given: [String: Value] = [:]
    let parameters = entry.signature.parameters + (entry.role == .layer ? [ActivityRegularizer.parameter.description] : [])
    for (key, json) in config.entries {
      guard let parameter = parameters.first(where: { $0.name == key }) else {
        guard isNeutral(key, json, of: entry) else { throw .unsupported(className: entry.name, argument: "\(key)=\(text(json))") }
        if key == "name" || key == "trainable" { given[key] = value(json) }
        continue
      }
      if key == "function", entry.abilities.contains(.isFollowed) {
        given[key] = .object(try function(json, of: entry, place: place, in: catalog))
      } else if allowsModel(parameter.kind), json["class_name"]?.stringValue.map(PlanReader.modelClasses.contains) ?? false {
        let form = try Form(json, place: place)
        given[key] = .object(ModelObject(plan: try PlanReader.plan(form, catalog: catalog, depth: 1)))
      } else if case .dict(.entry(let role)) = plain(parameter.kind), let members = json.objectValue {
        var dict = DictValue()
        for (name, member) in members.entries {
          dict.set(.object(try read(member, role, place: "`\(name)` of \(place)", in: catalog)), for: .string(name))
        }
        given[key] = .dict(dict)
      } else if let role = listedRole(of: parameter.kind), let members = json.arrayValue {
        var list: [Value] = []
        for member in members { list.append(.object(try read(member, role, place: "`\(key)` of \(place)", in: catalog))) }
        given[key] = .list(list)
      } else if let role = role(of: parameter.kind, json), !json.isNull {
        given[key] = .object(try read(json, role, place: "`\(key)` of \(place)", in: catalog))
      } else {
        given[key] = try admitted(value(json), as: parameter, of: entry, in: catalog)
      }
    }
    guard let object = catalog.make(entry, given) else {
      throw .malformed(place: "configuration of \(place)", expected: "complete: `\(entry.name)` needs more arguments")
    }
    // A file gives every argument, those too that nothing reads.
    if let conflict = entry.conflict(Arguments(object.arguments.values, given: [])) {
      throw .unsupported(className: entry.name, argument: conflict.parameter)
    }
    return object
  }

  /// A JSON value as a value of the language; objects as dicts.
  static func value(_ json: JSON) -> Value {
    switch json {
    case .null: .none
    case .bool(let flag): .bool(flag)
    case .integer(let number): .integer(number)
    case .float(let number): .float(number)
    case .string(let text): .string(text)
    case .array(let elements): .list(elements.map(value))
    case .object(let object) where ["__numpy__", "__tensor__"].contains(json["class_name"]?.stringValue):
      object["config"]?["value"].map(value) ?? .none
    case .object(let object): .dict(DictValue(object.entries.map { ($0.key, value($0.value)) }))
    }
  }

  // MARK: Arguments

  /// Arguments of Keras that are not declared here and change nothing as they stand.
  private static func isNeutral(_ key: String, _ json: JSON, of entry: Entry) -> Bool {
    switch json {
    case .null, .bool(false): return true
    case .integer(-1) where key == "axis": return true
    default: break
    }
    if key == "dtype" {
      let types = entry.abilities.contains(.takesValues) ? ["float32", "int64", "int32"] : ["float32"]
      return (json.stringValue ?? json["config"]?["name"]?.stringValue).map(types.contains) ?? false
    }
    return ["name", "trainable", "ema_momentum", "renorm_momentum", "synchronized", "jit_compile", "vocabulary_size"].contains(
      key)
  }

  /// The value as an argument: a file is no more trusted than a script.
  private static func admitted(
    _ value: Value, as parameter: ParameterDescription, of entry: Entry, in catalog: Catalog
  ) throws(KerasModelFailure) -> Value {
    var number = value
    // Keras does not read files either that a model's file names.
    if case .string = value, entry.abilities.contains(.hasVocabulary), parameter.name == "vocabulary" {
      throw .unsupported(className: entry.name, argument: "vocabulary=\(text(json(value)))")
    }
    if case .number = plain(parameter.kind), case .integer(let whole) = value { number = .float(Double(whole)) }
    guard let admitted = parameter.kind.admitted(number, in: catalog) else {
      throw .unsupported(className: entry.name, argument: "\(parameter.name)=\(text(json(value)))")
    }
    return admitted
  }

  private static func plain(_ kind: ArgumentKind) -> ArgumentKind {
    if case .optional(let inner) = kind { plain(inner) } else { kind }
  }

  private static func allowsModel(_ kind: ArgumentKind) -> Bool {
    if case .either(let kinds) = kind { kinds.contains(.model) } else { false }
  }

  /// The role of the objects that an argument is a list of; nil for one that is none.
  private static func listedRole(of kind: ArgumentKind) -> Role? {
    switch plain(kind) {
    case .list(.entry(let role), _, _): role
    case .either(let kinds): kinds.lazy.compactMap { listedRole(of: $0) }.first
    default: nil
    }
  }

  /// The role of the object that an argument is; nil for one that is a plain value.
  private static func role(of kind: ArgumentKind, _ json: JSON) -> Role? {
    switch plain(kind) {
    case .entry(let role): role
    case .either(let kinds) where json["class_name"] != nil: kinds.lazy.compactMap { role(of: $0, json) }.first
    default: nil
    }
  }

  /// A value as a finding shows it.
  private static func text(_ json: JSON) -> String {
    switch json {
    case .null: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .integer(let number): String(number)
    case .float(let number): number.pythonDescription
    case .string(let text): "\"\(text)\""
    case .array: "[…]"
    case .object: json["class_name"]?.stringValue.map { "\($0)(…)" } ?? "{…}"
    }
  }
}
