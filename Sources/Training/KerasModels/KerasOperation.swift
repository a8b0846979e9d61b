import Artifacts
import Lambdas
import Networks
import Plans

/// Operations between layers as configurations have them: `{"module": "keras.src.ops.numpy", "class_name": "Add", …}`.
///
/// Read, each is written out as the expression it is (`ops.add(t0, 2)`) and followed like any function of a script.
enum KerasOperation {
  /// The module that Keras keeps them in begins so.
  static let modulePrefix = "keras.src.ops."

  /// The expression of an operation, in which its tensors stand as `t0`, `t1` … in the order of the arguments.
  static func expression(_ json: JSON, place: String) throws(KerasModelFailure) -> String {
    guard let className = json["class_name"]?.stringValue, isWord(className), let node = json["inbound_nodes"]?[0],
      let arguments = node["args"]?.arrayValue
    else { throw .malformed(place: place, expected: "an operation with its arguments") }
    var count = 0
    if className == "GetItem" {
      guard arguments.count == 2 else { throw .malformed(place: place, expected: "an operation with its arguments") }
      let tensor = try text(arguments[0], &count, place)
      return "\(tensor)[\(try index(arguments[1], &count, place))]"
    }
    var parts: [String] = []
    for argument in arguments { parts.append(try text(argument, &count, place)) }
    for (name, value) in (node["kwargs"]?.objectValue?.entries ?? []) + (json["config"]?.objectValue?.entries ?? [])
    where name != "name" && !value.isNull {
      guard isWord(name) else { throw .malformed(place: place, expected: "an operation with its arguments") }
      parts.append("\(name)=\(try text(value, &count, place))")
    }
    return "ops.\(LayerNames.snakeCase(className))(\(parts.joined(separator: ", ")))"
  }

  private static func isWord(_ text: String) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy { "a"..."z" ~= $0 || "A"..."Z" ~= $0 || "0"..."9" ~= $0 || $0 == "_" }
  }

  private static func text(_ json: JSON, _ count: inout Int, _ place: String) throws(KerasModelFailure) -> String {
    switch json["class_name"]?.stringValue {
    case "__keras_tensor__":
      count += 1
      return "t\(count - 1)"
    case "__tensor__", "__numpy__": return "np.array(\(Operations.representation(KerasObject.value(json))))"
    case nil: break
    case let name?: throw .unknownClass(name, place: "an argument of \(place)")
    }
    guard let elements = json.arrayValue else {
      guard json.objectValue == nil else { throw .malformed(place: place, expected: "an operation with its arguments") }
      return Operations.representation(KerasObject.value(json))
    }
    var parts: [String] = []
    for element in elements { parts.append(try text(element, &count, place)) }
    return "[\(parts.joined(separator: ", "))]"
  }

  /// What stands in the brackets of `x[…]`.
  private static func index(_ json: JSON, _ count: inout Int, _ place: String) throws(KerasModelFailure) -> String {
    if let items = json.arrayValue {
      var parts: [String] = []
      for item in items { parts.append(try index(item, &count, place)) }
      return parts.joined(separator: ", ")
    }
    switch json["class_name"]?.stringValue {
    case "__ellipsis__": return "..."
    case "__slice__":
      let bounds = ["start", "stop", "step"].map { json["config"]?[$0]?.integerValue.map(String.init) ?? "" }
      return bounds.joined(separator: ":")
    default: return try text(json, &count, place)
    }
  }

  // MARK: Writing

  /// The object form of an operation, and the arguments of its call. `tensors` are those it is called on.
  static func json(
    _ operation: TensorFunction.KerasOperation, of function: TensorFunction, named name: String, on tensors: [JSON]
  )
    -> JSON
  {
    var config: JSON.Object = ["name": .string(name)]
    for (key, value) in operation.settings { config[key] = KerasObject.json(value) }
    var object = KerasObject.object(
      module: modulePrefix + (operation.isActivation ? "nn" : "numpy"), operation.className, config)
    object["registered_name"] = .string(operation.className)
    object["name"] = .string(name)
    var arguments = operation.step.operands.map { operand in
      operand < tensors.count ? tensors[operand] : numbers(function.steps[operand - function.inputCount])
    }
    if ["Concatenate", "Stack"].contains(operation.className) { arguments = [.array(arguments)] }
    if operation.className == "GetItem" { arguments.append(key(operation.step)) }
    object["inbound_nodes"] = [["args": .array(arguments), "kwargs": [:]]]
    return object
  }

  private static func numbers(_ step: TensorFunction.Step) -> JSON {
    let value = step.settings["value"] ?? .none
    if case .array(let array) = value, array.rank > 0 {
      return ["class_name": "__tensor__", "config": ["value": KerasObject.json(value), "dtype": "float32"]]
    }
    return KerasObject.json(value)
  }

  /// `[:, 2]`, `[:, :, 1:3]`: whole axes, and then the one that a step takes a part of.
  private static func key(_ step: TensorFunction.Step) -> JSON {
    func slice(_ start: JSON, _ stop: JSON) -> JSON {
      ["class_name": "__slice__", "config": ["start": start, "stop": stop, "step": nil]]
    }
    let axis = step.settings["axis"]?.asInteger ?? 0
    let whole = [JSON](repeating: slice(nil, nil), count: max(axis, 0))
    if let place = step.settings["place"]?.asInteger { return .array(whole + [.integer(place)]) }
    return .array(
      whole + [slice(.integer(step.settings["start"]?.asInteger ?? 0), .integer(step.settings["stop"]?.asInteger ?? 0))])
  }
}
