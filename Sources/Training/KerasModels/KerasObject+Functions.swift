import Artifacts
import Lambdas
import Networks
import Plans

/// Functions of the script in configurations. Keras writes Python's bytecode there, which only the same Python reads; here they are
/// the operations that they came to, and the text they were written as.
///
///     {"class_name": "TensorFunction",
///      "config": {"text": "lambda x: x ** 2", "inputs": 1, "steps": [["numbers", [], {"value": 2}], ["power", [0, 1], {}]], "result": 2}}
///
/// Tensors are counted from 0, the inputs first, then what each step gives.
extension KerasObject {
  /// The module and registered name of layers that Keras has, but cannot make from what is written here.
  static let ownModule = "train"

  static func json(_ function: TensorFunction) -> JSON {
    [
      "class_name": "TensorFunction",
      "config": [
        "text": .string(function.text), "inputs": .integer(function.inputCount),
        "steps": .array(
          function.steps.map { step in
            let settings = step.settings.sorted { $0.key < $1.key }.map { ($0.key, json($0.value)) }
            return [
              .string(step.operation.rawValue), .array(step.operands.map(JSON.integer)), .object(JSON.Object(settings)),
            ]
          }), "result": .integer(function.result),
      ],
    ]
  }

  /// The function of a layer. What it does to shapes is held against the layer's inputs when these are known.
  static func function(_ json: JSON, of layer: Entry, place: String, in catalog: Catalog) throws(KerasModelFailure)
    -> TensorFunction
  {
    let form = try Form(json, place: "`function` of \(place)")
    guard form.className == "TensorFunction" else {
      throw .unsupported(className: layer.name, argument: "function=\(form.className)(…)")
    }
    guard let inputs = form.config["inputs"]?.integerValue, (1...1_000_000).contains(inputs),
      let list = form.config["steps"]?.arrayValue, let result = form.config["result"]?.integerValue,
      (0..<inputs + list.count).contains(result)
    else { throw .malformed(place: "`function` of \(place)", expected: "inputs, steps and a result") }
    var steps: [TensorFunction.Step] = []
    for json in list {
      guard let parts = json.arrayValue, parts.count == 3, let operation = parts[0].stringValue.flatMap(TensorOperation.init),
        let operands = parts[1].arrayValue, let settings = parts[2].objectValue
      else { throw .malformed(place: "`function` of \(place)", expected: "made of steps that are known here") }
      let numbers = operands.compactMap(\.integerValue).filter { (0..<inputs + steps.count).contains($0) }
      guard numbers.count == operands.count else {
        throw .malformed(place: "`function` of \(place)", expected: "made of steps that follow from each other")
      }
      steps.append(.init(operation, numbers, try self.settings(settings, of: operation, place: place, in: catalog)))
    }
    return TensorFunction(inputCount: inputs, steps: steps, result: result, text: form.config["text"]?.stringValue ?? "function")
  }

  private static func settings(
    _ settings: JSON.Object, of operation: TensorOperation, place: String, in catalog: Catalog
  ) throws(KerasModelFailure) -> [String: Value] {
    switch operation {
    case .numbers:
      guard let array = settings["value"].flatMap({ try? Operations.makeArray(value($0)) }) else {
        throw .malformed(place: "`function` of \(place)", expected: "one of numbers")
      }
      return ["value": .array(array)]
    case .activation:
      guard let name = settings["name"]?.stringValue, let entry = catalog.entry(name, .activation), entry.name != "glu" else {
        throw .unknownClass(settings["name"]?.stringValue ?? "nothing", place: "an activation of \(place)")
      }
      var given = settings
      given["name"] = nil as JSON?
      let activation = try read(given, of: entry, place: place, in: catalog)
      return activation.activationSettings
    default: return Dictionary(settings.entries.map { ($0.key, value($0.value)) }, uniquingKeysWith: { $1 })
    }
  }
}
