import Artifacts
import Lambdas
import Plans

/// `grammar/train.schema.json`: what the YAML form of a script may hold, by which editors complete and check while one types; made from the
/// catalog.
///
/// A tag such as `!expr` makes a string of what it stands before, so a string is allowed wherever a value is. Names that only the script
/// knows (its models, its functions) are allowed wherever something is called: `train check` knows them.
/// Format: JSON Schema, draft 7 (https://json-schema.org/specification-links#draft-7).
enum YAMLSchema {
  static func text(of catalog: Catalog) -> String {
    var definitions: [(String, JSON)] = [
      ("text", ["type": ["string", "number", "boolean", "null"], "description": "an expression"]),
      ("path", ["type": "string"]),
      ("parameters", ["type": ["object", "array", "string", "null"], "description": "parameters with their defaults"]),
      ("bindings", ["type": ["object", "array"], "description": "names and what they are"]),
      ("steps", ["type": ["array", "null"], "items": ["$ref": "#/definitions/step"]]),
      ("hooks", ["type": "object", "additionalProperties": ["$ref": "#/definitions/steps"]]),
      ("layers", ["type": ["array", "null"], "items": ["anyOf": [call(.layer), reference("step")]]]),
      ("compile", object(BlockSettings.parameters(of: "compile") ?? [], catalog)),
      ("settings", object(BlockSettings.parameters(of: "settings") ?? [], catalog)),
      ("model", closed(["params": reference("parameters"), "layers": reference("layers"), "compile": reference("compile")])),
      (
        "callback",
        closed([
          "params": reference("parameters"), "state": reference("bindings"), "on": reference("hooks"), "do": reference("steps"),
        ])
      ),
      ("step", ["anyOf": .array([["type": "string"]] + steps(catalog) + [anyCall(catalog)])]),
    ]
    for role in Role.allCases where isCalled(role) {
      definitions.append(("\(role.rawValue) calls", calls(of: role, catalog)))
      for entry in entries(role, catalog) {
        definitions.append(("\(role.rawValue) \(entry.name)", arguments(of: entry, catalog)))
      }
    }
    let schema: JSON = [
      "$schema": "http://json-schema.org/draft-07/schema#", "title": "A training script", "type": "object",
      "properties": [
        "settings": reference("settings"), "include": ["type": ["string", "array"]],
        "data": ["type": "object", "additionalProperties": call(.dataset)],
        "models": ["type": "object", "additionalProperties": reference("model")],
        "callbacks": ["type": "object", "additionalProperties": reference("callback")], "steps": reference("steps"),
      ],
      "additionalProperties": false, "definitions": .object(JSON.Object(definitions)),
    ]
    return schema.indented + "\n"
  }

  // MARK: Steps

  /// Each kind of step: its word, the keys beside it, and which of them it needs.
  private static func steps(_ catalog: Catalog) -> [JSON] {
    let text = reference("text")
    let steps = reference("steps")
    let branches: JSON = ["type": ["array", "object"], "items": step(["if": text, "then": steps], needs: ["then"])]
    var kinds = [
      step(["let": reference("bindings")]), step(["set": reference("bindings")]), step(["expr": text]), step(["cell": text]),
      step(["markdown": ["type": "string"], "title": ["type": "string"]]), step(["return": text]), step(["raise": text]),
      step(["import": text]), step(["from": text]), step(["settings": reference("settings")]),
      step(["include": ["type": ["string", "array"]]]), step(["save": text, "to": reference("path")], needs: ["to"]),
      step(["expect": text, "message": text]), step(["def": ["type": "string"], "do": steps]),
      step(["on": ["type": "string"], "do": steps], needs: ["do"]),
      step(["for": text, "in": [:], "do": steps], needs: ["in", "do"]),
      step(["if": text, "then": steps, "elif": branches, "else": steps], needs: ["then"]),
      step(["model": text, "params": reference("parameters"), "layers": reference("layers"), "compile": reference("compile")]),
      step([
        "callback": text, "params": reference("parameters"), "state": reference("bindings"), "on": reference("hooks"),
        "do": reference("steps"),
      ]),
    ]
    kinds += ["fit", "evaluate", "predict", "compile"].map { run($0, catalog) }
    return kinds
  }

  /// A step with its word first.
  private static func step(_ properties: KeyValuePairs<String, JSON>, needs: [String] = []) -> JSON {
    var step = closed(properties)
    step["required"] = .array(([properties.first?.key ?? ""] + needs).map(JSON.string))
    return step
  }

  /// `fit` and its kin: the settings stand beside the word.
  private static func run(_ verb: String, _ catalog: Catalog) -> JSON {
    var properties: JSON.Object = [verb: verb == "compile" ? ["type": ["string", "object"]] : reference("text")]
    if verb != "compile" { (properties["on"], properties["as"]) = (reference("text"), ["type": ["string", "array"]]) }
    for parameter in BlockSettings.parameters(of: verb) ?? [] { properties[parameter.name] = value(of: parameter, catalog) }
    properties["settings"] = ["type": "object"]
    return [
      "type": "object", "properties": .object(properties), "additionalProperties": false,
      "required": verb == "compile" ? [.string(verb)] : [.string(verb), "on"],
    ]
  }

  // MARK: Calls

  private static func isCalled(_ role: Role) -> Bool { role != .function && role != .activation }

  private static func entries(_ role: Role, _ catalog: Catalog) -> [Entry] {
    Set((catalog.entries[role] ?? [:]).values.map(\.name)).sorted().compactMap { catalog.entry($0, role) }
  }

  /// A call of what a role has, or of a name of the script's.
  private static func call(_ role: Role) -> JSON { ["anyOf": [["type": "string"], reference("\(role.rawValue) calls")]] }

  private static func calls(of role: Role, _ catalog: Catalog) -> JSON {
    let properties = entries(role, catalog).map { ($0.name, reference("\(role.rawValue) \($0.name)")) }
    return oneOf(JSON.Object(properties), except: stepWords)
  }

  /// A call that is a step: of whatever the catalog has under a name, or of a name of the script's.
  private static func anyCall(_ catalog: Catalog) -> JSON {
    var known: [String: [JSON]] = [:]
    for role in Role.allCases where isCalled(role) {
      for entry in entries(role, catalog) { known[entry.name, default: []].append(reference("\(role.rawValue) \(entry.name)")) }
    }
    let properties = known.sorted { $0.key < $1.key }.map { ($0.key, ["anyOf": .array($0.value)] as JSON) }
    return oneOf(JSON.Object(properties), except: stepWords)
  }

  /// A mapping with one key, whose value is held to what is known of it.
  private static func oneOf(_ properties: JSON.Object, except words: [String]) -> JSON {
    [
      "type": "object", "minProperties": 1, "maxProperties": 1, "properties": .object(properties),
      "propertyNames": ["not": ["enum": .array(words.map(JSON.string))]],
    ]
  }

  /// The words that begin a step of another kind.
  private static let stepWords = [
    "let", "set", "def", "fit", "evaluate", "predict", "save", "model", "callback", "if", "for", "expect", "expr", "include",
    "cell",
    "markdown", "return", "raise", "import", "from", "compile", "settings", "on",
  ]

  /// One value, which is the first argument, or arguments by name, those without one under `_`.
  private static func arguments(of entry: Entry, _ catalog: Catalog) -> JSON {
    let parameters = entry.signature.parameters + CommonParameters.of(entry.role, beside: entry.signature)
    var named = object(parameters, catalog)
    named["properties"]?["_"] = ["type": "array", "maxItems": .integer(parameters.count)]
    return [
      "description": .string(entry.signature.summary),
      "anyOf": [["type": ["null", "string", "number", "boolean", "array"]], named],
    ]
  }

  // MARK: Values

  private static func object(_ parameters: [ParameterDescription], _ catalog: Catalog) -> JSON {
    let properties = parameters.map { ($0.name, value(of: $0, catalog)) }
    return ["type": "object", "properties": .object(JSON.Object(properties)), "additionalProperties": false]
  }

  private static func value(of parameter: ParameterDescription, _ catalog: Catalog) -> JSON {
    var value = parameter.name == "callbacks" ? callbacks : self.value(parameter.kind)
    value["description"] = .string("\(parameter.help): \(Description.words(for: parameter))")
    return value
  }

  /// A list of callbacks, or a block with hooks of its own.
  private static var callbacks: JSON {
    let block = closed(["state": reference("bindings"), "on": reference("hooks"), "do": reference("steps")])
    return ["anyOf": [["type": "string"], ["type": "array", "items": call(.callback)], block]]
  }

  /// A string is always allowed: it may be an expression.
  private static func value(_ kind: ArgumentKind) -> JSON {
    switch kind {
    case .bool: return ["type": ["boolean", "string"]]
    case .integer(let min, let max):
      var value: JSON = ["type": ["integer", "string"]]
      if let min { value["minimum"] = .integer(min) }
      if let max { value["maximum"] = .integer(max) }
      return value
    case .number(let min, let max, let excludesMin, let excludesMax, _):
      var value: JSON = ["type": ["number", "string"]]
      if let min, min.isFinite { value[excludesMin ? "exclusiveMinimum" : "minimum"] = .float(min) }
      if let max, max.isFinite { value[excludesMax ? "exclusiveMaximum" : "maximum"] = .float(max) }
      return value
    case .choice(let names): return ["anyOf": [["enum": .array(names.map(JSON.string))], ["type": "string"]]]
    case .entry(let role) where role == .optimizer: return ["anyOf": [["type": "string"], reference("optimizer calls")]]
    case .optional(let kind):
      return ["anyOf": [["type": "null"], value(kind)]]
    case .either(let kinds): return ["anyOf": .array(kinds.map { value($0) })]
    default: return [:]
    }
  }

  private static func reference(_ name: String) -> JSON { ["$ref": .string("#/definitions/\(name)")] }

  private static func closed(_ properties: KeyValuePairs<String, JSON>) -> JSON {
    let entries = properties.map { ($0.key, $0.value) }
    return ["type": "object", "properties": .object(JSON.Object(entries)), "additionalProperties": false]
  }
}
