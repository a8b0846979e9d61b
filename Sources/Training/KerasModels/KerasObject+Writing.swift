import Artifacts
import Lambdas
import Networks
import Plans

/// Objects of the catalog as Keras's configurations write them: `{"module", "class_name", "config", "registered_name"}`.
enum KerasObject {
  /// The module that Keras looks a role's classes up in.
  static func module(_ role: Role) -> String {
    switch role {
    case .schedule: "keras.optimizers.schedules"
    default: "keras.\(role.namespace)"
    }
  }

  /// The object form of a class with its arguments.
  static func object(module: String, _ className: String, _ config: JSON.Object) -> JSON {
    ["module": .string(module), "class_name": .string(className), "config": .object(config), "registered_name": nil]
  }

  /// A layer, loss, metric, optimizer, initializer … as an object.
  static func object(_ configured: Configured) -> JSON {
    guard configured.entry.role == .layer else {
      return object(module: module(configured.entry.role), configured.entry.name, config(configured))
    }
    // A layer within another.
    let name = configured.arguments["name"]?.asString ?? LayerNames.snakeCase(configured.entry.name)
    var named: JSON.Object = [
      "name": .string(name), "trainable": configured.arguments["trainable"].map(json) ?? .bool(true),
      "dtype": precision(of: configured),
    ]
    for (key, value) in config(configured).entries { named[key] = value }
    return object(module: module(.layer), configured.entry.name, named)
  }

  /// The arguments of an object by name, defaults included.
  static func config(_ configured: Configured) -> JSON.Object {
    var config = JSON.Object()
    let arguments = configured.entry.role == .layer ? writtenArguments(of: configured) : configured.arguments
    let activity = ActivityRegularizer.parameter.description
    if configured.entry.role == .layer, let regularizer = arguments[activity.name] {
      config[activity.name] = json(regularizer)
    }
    // How a layer chooses between ways to compute it is no part of Keras's configurations.
    for parameter in configured.entry.signature.parameters where parameter.name != "use_cudnn" {
      let value = arguments[parameter.name] ?? parameter.defaultValue ?? .none
      // A layer without an activation has the linear one.
      if case .none = value, parameter.name == "activation" {
        config[parameter.name] = "linear"
      } else {
        config[parameter.name] = json(value)
      }
    }
    return config
  }

  /// A plain value; activations are their names, other objects object forms. What JSON has no word for is its text.
  static func json(_ value: Value) -> JSON {
    switch value {
    case .none: nil
    case .bool(let flag): .bool(flag)
    case .integer(let number): .integer(number)
    case .float(let number): .float(number)
    case .string(let text): .string(text)
    case .list(let elements), .tuple(let elements): .array(elements.map(json))
    case .array(let array): nested(array.doubles.map(JSON.float), shape: array.shape)
    case .dict(let dict):
      .object(JSON.Object(zip(dict.keys, dict.values).map { key, value in (name(key), json(value)) }))
    case .object(let function as TensorFunction): json(function)
    case .object(let object as Configured):
      object.entry.role == .activation ? .string(object.entry.name) : self.object(object)
    case .object(let model as ModelObject): KerasModel.configuration(of: model.plan, named: model.plan.name)
    default: nil
    }
  }

  /// The elements of an array as lists of lists.
  private static func nested(_ elements: [JSON], shape: [Int]) -> JSON {
    guard let count = shape.first else { return elements.first ?? nil }
    let size = shape.dropFirst().reduce(1, *)
    return .array(
      (0..<count).map { row in nested(Array(elements[(row * size)..<((row + 1) * size)]), shape: Array(shape.dropFirst())) })
  }

  private static func name(_ key: Value) -> String {
    switch key {
    case .string(let text): text
    case .integer(let number): String(number)
    default: ""
    }
  }

  /// What every layer and model here computes in.
  static let precision = policy("float32")

  /// What a layer computes in: whole numbers where it gives the numbers of bins.
  static func precision(of layer: Configured) -> JSON {
    let givesNumbers = layer.entry.name == "Hashing" && layer.arguments["output_mode"]?.asString == "int"
    return givesNumbers ? policy("int64") : precision
  }

  private static func policy(_ name: String) -> JSON { object(module: "keras", "DTypePolicy", ["name": .string(name)]) }
}
