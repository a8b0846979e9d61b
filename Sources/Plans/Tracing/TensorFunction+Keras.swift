import Diagnostics
import Lambdas
import Syntax

/// Operations between layers have their own form in Keras's configurations, which Keras opens.
extension TensorFunction {
  /// An operation of Keras that a function is.
  package struct KerasOperation {
    /// `Add`, `GetItem`, `Relu`.
    package let className: String
    /// Whether Keras has it among the activations.
    package let isActivation: Bool
    /// Its settings, under Keras's names.
    package let settings: [(name: String, value: Value)]
    /// The one step that is not of numbers.
    package let step: Step
  }

  /// The operation, if it stands between layers and is one of Keras's own; nil for a `Lambda` of the script and for what takes several.
  package var kerasOperation: KerasOperation? {
    guard isOperation else { return nil }
    let own = steps.filter { $0.operation != .numbers }
    guard own.count == 1, let step = own.first, let place = steps.lastIndex(where: { $0.operation != .numbers }),
      result == inputCount + place
    else { return nil }
    func made(_ name: String, _ settings: [(String, Value)] = [], isActivation: Bool = false) -> KerasOperation {
      KerasOperation(className: name, isActivation: isActivation, settings: settings.map { ($0.0, $0.1) }, step: step)
    }
    let given = step.settings
    let name = step.operation.rawValue.prefix(1).uppercased() + step.operation.rawValue.dropFirst()
    switch step.operation {
    case .numbers, .rint: return nil
    case .abs: return made("Absolute")
    case .sum, .mean, .prod, .min, .max, .any, .all, .var, .std, .argmax, .argmin:
      guard given["ddof"]?.asDouble ?? 0 == 0 else { return nil }
      return made(name, [("axis", given["axis"] ?? .none), ("keepdims", given["keepdims"] ?? .bool(false))])
    case .cumsum, .concatenate, .stack: return made(name, [("axis", given["axis"] ?? .none)])
    case .reshape:
      return made(name, [("newshape", .list((TensorOperation.sizes(given["shape"]) ?? []).map { .integer($0 ?? -1) }))])
    case .transpose: return made(name, [("axes", given["axes"] ?? .none)])
    case .squeeze, .expand:
      let axes = TensorOperation.integers(given["axes"])
      return axes.count == 1 ? made(step.operation == .expand ? "ExpandDims" : "Squeeze", [("axis", .integer(axes[0]))]) : nil
    case .slice, .element: return made("GetItem")
    case .activation:
      guard let name = given["name"]?.asString, let settings = Self.activations[name] else { return nil }
      if name == "tanh" { return made("Tanh") }
      let isPlain = given.allSatisfy { key, value in
        key == "name" || settings.contains(key) || value.isNone || value.asDouble == 0
      }
      let className = name.split(separator: "_").map { part -> String in part.prefix(1).uppercased() + String(part.dropFirst()) }
        .joined()
      return isPlain ? made(className, settings.map { ($0, given[$0] ?? .none) }, isActivation: true) : nil
    default: return made(name)
    }
  }

  /// The activations that Keras has as operations, with the settings that it keeps.
  private static let activations: [String: [String]] = [
    "relu": [], "relu6": [], "sigmoid": [], "tanh": [], "softplus": [], "softsign": [], "silu": [], "log_sigmoid": [],
    "hard_sigmoid": [], "hard_silu": [], "selu": [], "hard_tanh": [], "tanh_shrink": [], "leaky_relu": ["negative_slope"],
    "elu": ["alpha"], "celu": ["alpha"], "gelu": ["approximate"], "soft_shrink": ["threshold"], "hard_shrink": ["threshold"],
    "squareplus": ["b"], "softmax": ["axis"], "log_softmax": ["axis"], "sparsemax": ["axis"],
  ]

  /// The operation between layers that an expression of the tensors `t0`, `t1` … is. Throws where a network cannot compute it.
  package static func operation(_ expression: String, of inputs: [TensorSpec], catalog: Catalog) throws(ShapeError)
    -> TensorFunction
  {
    let unknown = ShapeError(
      "computes `\(expression.count > 80 ? expression.prefix(80) + "…" : expression)`, which is not known here")
    let reading = parse(Source(name: "operation", text: expression))
    guard reading.findings.isEmpty, reading.script.statements.count == 1,
      case .expression(let body) = reading.script.statements[0].kind
    else { throw unknown }
    let interpreter = Interpreter(catalog: catalog)
    let trace = TensorTrace(inputs)
    for tensor in trace.inputs { interpreter.state.frames[0]["t\(tensor.index)"] = Binding(.object(tensor), body.range) }
    let result: Meaning
    do { result = try interpreter.evaluate(body) } catch { throw unknown }
    guard !interpreter.findings.all.contains(where: { $0.severity == .error }), let output = result.traced, !trace.isOpen else {
      throw unknown
    }
    return TensorFunction(
      inputCount: inputs.count, steps: trace.steps, result: output.index,
      text: trace.steps.last?.operation.rawValue ?? "identity",
      isOperation: true)
  }
}
