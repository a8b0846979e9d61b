import Artifacts
import Networks
import Plans

/// What Keras 2 wrote into `.h5` files, in the words of Keras 3. The networks are the same; calls of layers are written otherwise, some
/// arguments have other names, and some, which mean nothing any more, are left out. Keras 3 reads such files, too, but stumbles over
/// several of those.
enum Keras2Configuration {
  /// Whether a file that names this version of Keras is in the words of Keras 2; the oldest files name none.
  static func isOf(version: String?) -> Bool {
    guard let major = version?.split(separator: ".").first.flatMap({ Int($0) }) else { return true }
    return major < 3
  }

  // MARK: Models

  /// A model's form.
  static func model(_ form: JSON) -> JSON {
    guard let className = form["class_name"]?.stringValue else { return form }
    // The oldest Sequentials are the list of their layers.
    let list = form["config"]?.arrayValue
    guard let layers = list ?? form["config"]?["layers"]?.arrayValue else { return form }
    let calls = CallNumbers(of: layers, outputs: form["config"]?["output_layers"])
    var translated = layers.map { layer($0, calls) }
    if className == "Sequential", let first = layers.first, first["class_name"] != "InputLayer", let shape = inputShape(of: first)
    {
      let name = first["config"]?["name"]?.stringValue ?? "sequential"
      translated.insert(
        ["class_name": "InputLayer", "config": ["name": .string(plain("\(name)_input")), "batch_shape": shape]], at: 0)
    }
    var config = list == nil ? form["config"]?.objectValue ?? [:] : ["name": "sequential"]
    config["layers"] = .array(translated)
    if let inputs = config["input_layers"] { config["input_layers"] = calls.ends(inputs) }
    if let outputs = config["output_layers"] { config["output_layers"] = calls.ends(outputs, areOutputs: true) }
    return ["class_name": .string(className), "config": .object(config)]
  }

  /// The shape of batches that a first layer was told to expect, or the model that is the first.
  private static func inputShape(of layer: JSON) -> JSON? {
    let config = layer["config"]
    if let shape = config?["batch_input_shape"] ?? config?["batch_shape"] { return shape }
    return (config?["layers"]?.arrayValue ?? config?.arrayValue)?.first.flatMap(inputShape)
  }

  /// A name without the `/` that Keras 3 does not allow in it.
  private static func plain(_ name: String) -> String { String(name.map { $0 == "/" ? "_" : $0 }) }

  // MARK: Layers

  private static func layer(_ form: JSON, _ calls: CallNumbers) -> JSON {
    let className = form["class_name"]?.stringValue ?? ""
    var translated: JSON
    if let function = form["config"]?["function"]?.stringValue, let operation = operations[function], className == "TFOpLambda" {
      translated = [
        "module": .string(KerasOperation.modulePrefix + "numpy"), "class_name": .string(operation), "config": [:],
        "name": .string(plain(form["name"]?.stringValue ?? "")),
      ]
    } else if PlanReader.modelClasses.contains(className) {
      translated = model(form)
    } else {
      translated = [
        "class_name": .string(newClasses[className] ?? className),
        "config": .object(arguments(form["config"]?.objectValue ?? [:], of: className)),
      ]
    }
    if translated["config"]?.objectValue != nil, let name = (form["config"]?["name"] ?? form["name"])?.stringValue {
      translated["config"]?["name"] = .string(plain(name))
    }
    if let nodes = form["inbound_nodes"]?.arrayValue {
      translated["inbound_nodes"] = .array(
        nodes.map { node in
          className == "TFOpLambda" ? calls.operands(node) : calls.node(node, takesStates: recurrent.contains(className))
        })
    }
    return translated
  }

  /// The functions of TensorFlow between layers that are of numbers one by one, by Keras's names.
  private static let operations = [
    "__operators__.add": "Add", "math.add": "Add", "math.subtract": "Subtract", "math.multiply": "Multiply",
    "math.truediv": "Divide", "math.divide": "Divide", "math.pow": "Power", "math.maximum": "Maximum", "math.minimum": "Minimum",
    "math.negative": "Negative", "math.abs": "Abs", "math.square": "Square", "math.sqrt": "Sqrt", "math.exp": "Exp",
    "math.log": "Log", "math.tanh": "Tanh", "math.sigmoid": "Sigmoid", "nn.relu": "Relu",
  ]

  /// A layer's arguments, and those of the layers that it goes around.
  private static func arguments(_ config: JSON.Object, of className: String) -> JSON.Object {
    var translated: JSON.Object = [:]
    for (key, value) in config.entries where !isWithoutMeaning(key, value, of: className) {
      switch (key, value) {
      case ("batch_input_shape", _): if className == "InputLayer" { translated["batch_shape"] = value }
      case ("alpha", _) where className == "LeakyReLU": translated["negative_slope"] = value
      case ("axis", .array(let axes)) where className.hasPrefix("BatchNormalization") && axes.count == 1:
        translated[key] = axes[0]
      case (_, .object(let object)) where wrapped.contains(key) && object["class_name"] != nil:
        translated[key] = layer(value, CallNumbers(of: []))
      // It was `0.2 x + 0.5` there, and Keras 3 reads it as `x / 6 + 0.5`, which gives other numbers.
      case ("activation", "hard_sigmoid"), ("recurrent_activation", "hard_sigmoid"):
        translated[key] = "hard_sigmoid of Keras 2"
      case ("cells", .array(let cells)): translated[key] = .array(cells.map { layer($0, CallNumbers(of: [])) })
      default: translated[key] = value
      }
    }
    return translated
  }

  private static let newClasses = [
    "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization", "Model": "Functional",
  ]

  private static let recurrent: Set<String> = [
    "SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
  ]

  /// The arguments that hold another layer.
  private static let wrapped: Set<String> = ["layer", "backward_layer", "cell"]

  /// Arguments that say how something was computed, or what follows from the rest.
  private static func isWithoutMeaning(_ key: String, _ value: JSON, of className: String) -> Bool {
    switch key {
    case "input_length", "implementation", "rng_type", "query_shape", "key_shape", "value_shape": true
    case "groups": value == 1
    // Those of depthwise and pointwise kernels count.
    case "kernel_initializer", "kernel_regularizer", "kernel_constraint":
      className.hasPrefix("Separable") || className.hasPrefix("DepthwiseConv")
    default: false
    }
  }

  // MARK: How it is compiled

  /// The `training_config` of a model, in which metrics are functions in a wrapper and classes have a prefix. `model` is the file's form.
  static func training(_ training: JSON, of model: JSON, catalog: Catalog) -> JSON {
    guard var translated = training.objectValue else { return training }
    let outputs = Reference.all(in: model["config"]?["output_layers"] ?? nil).map(\.layer)
    let functions = Functions(catalog: catalog, prefixes: outputs.count > 1 ? outputs.map { "\($0)_" } : [])
    for key in ["loss", "metrics", "weighted_metrics"] {
      if let value = translated[key] { translated[key] = functions.translated(value, key == "loss" ? .loss : .metric) }
    }
    if let optimizer = translated["optimizer_config"] { translated["optimizer_config"] = self.optimizer(optimizer) }
    return .object(translated)
  }

  /// Losses and metrics, by the names under which they were given where those are known.
  private struct Functions {
    let catalog: Catalog
    /// What the names of metrics begin with: the outputs that they are of.
    let prefixes: [String]

    func translated(_ json: JSON, _ role: Role) -> JSON {
      switch json {
      case .string(let name): return .string(newNames[name] ?? name)
      case .array(let elements): return .array(elements.map { translated($0, role) })
      case .object(var object):
        guard let className = object["class_name"]?.stringValue else {
          return .object(JSON.Object(object.entries.map { ($0.key, translated($0.value, role)) }))
        }
        var arguments = object["config"]?.objectValue ?? [:]
        if let name = arguments["name"]?.stringValue, let prefix = prefixes.first(where: name.hasPrefix) {
          arguments["name"] = .string(String(name.dropFirst(prefix.count)))
        }
        if className == "MeanMetricWrapper" || className == "LossFunctionWrapper", let written = arguments["fn"]?.stringValue {
          let names = [arguments["name"]?.stringValue ?? written, written]
          let known = names.first { ["accuracy", "acc"].contains($0) || catalog.entry($0, role) != nil }
          return translated(.string(known ?? written), role)
        }
        arguments["fn"] = nil as JSON?
        if arguments["reduction"] == "auto" { arguments["reduction"] = "sum_over_batch_size" }
        object["config"] = .object(arguments)
        return .object(object)
      default: return json
      }
    }
  }

  private static let newNames = ["logcosh": "log_cosh", "cosine_proximity": "cosine_similarity"]

  /// An optimizer. The `decay` that those of before Keras 2.11 have is a schedule now, which divides the rate by `1 + decay * step`.
  private static func optimizer(_ form: JSON) -> JSON {
    guard let className = form["class_name"]?.stringValue, var config = form["config"]?.objectValue else { return form }
    if let rate = config["lr"] {
      config["lr"] = nil as JSON?
      config["learning_rate"] = rate
    }
    if let decay = config["decay"]?.doubleValue {
      config["decay"] = nil as JSON?
      if decay != 0, let rate = config["learning_rate"], rate.doubleValue != nil {
        config["learning_rate"] = [
          "class_name": "InverseTimeDecay",
          "config": ["initial_learning_rate": rate, "decay_steps": 1, "decay_rate": .float(decay)],
        ]
      }
    }
    config["is_legacy_optimizer"] = nil as JSON?
    return [
      "class_name": .string(className.hasPrefix("Custom>") ? String(className.dropFirst(7)) : className),
      "config": .object(config),
    ]
  }

  // MARK: Calls

  /// `["dense", 0, 0]`: a layer, the number of its call, and which of the tensors that gave; in calls keywords may follow.
  private struct Reference {
    let layer: String
    let call: Int
    let position: JSON
    let keywords: [(key: String, value: JSON)]

    /// More calls of one layer than any file has.
    private static let mostCalls = 1 << 30

    init?(_ json: JSON?) {
      guard let layer = json?[0]?.stringValue, let call = json?[1]?.integerValue, (0...Self.mostCalls).contains(call) else {
        return nil
      }
      self.layer = layer
      self.call = call
      position = json?[2] ?? 0
      keywords = json?[3]?.objectValue?.entries ?? []
    }

    /// All that stand in a value, however deep in its lists.
    static func all(in json: JSON) -> [Reference] {
      if let reference = Reference(json) { return [reference] + reference.keywords.flatMap { all(in: $0.value) } }
      return (json.arrayValue ?? json.objectValue?.entries.map(\.value) ?? []).flatMap(all)
    }
  }

  /// The calls of a model's layers, counted as Keras 3 counts them: in Keras 2 a model that is used as a layer was called once already,
  /// when it was made.
  private struct CallNumbers {
    /// The number of the first call in the model, where that is not 0.
    private var first: [String: Int] = [:]
    /// The functional models among the layers.
    private var models: Set<String> = []

    init(of layers: [JSON], outputs: JSON? = nil) {
      let nodes = layers.flatMap { $0["inbound_nodes"]?.arrayValue ?? [] } + (outputs.map { [$0] } ?? [])
      let last = Dictionary(nodes.flatMap(Reference.all).map { ($0.layer, $0.call) }, uniquingKeysWith: max)
      for layer in layers where PlanReader.modelClasses.contains(layer["class_name"]?.stringValue ?? "") {
        guard let name = (layer["name"] ?? layer["config"]?["name"])?.stringValue else { continue }
        if layer["class_name"] != "Sequential" { models.insert(name) }
        let calls = layer["inbound_nodes"]?.arrayValue?.count ?? 0
        if let last = last[name], last >= calls { first[name] = last - calls + 1 }
      }
    }

    /// `[["dense", 0, 0, {"training": true}]]` as arguments and keywords. Several tensors are one list; those after the first of a
    /// recurrent layer are its first states.
    func node(_ node: JSON, takesStates: Bool) -> JSON {
      let sources = (node.arrayValue ?? []).compactMap(Reference.init)
      let tensors = sources.map { tensor($0) }
      var keywords = JSON.Object((sources.first?.keywords ?? []).map { ($0.key, value($0.value)) })
      if takesStates, tensors.count > 1 {
        keywords["initial_state"] = .array(Array(tensors.dropFirst()))
        return ["args": [tensors[0]], "kwargs": .object(keywords)]
      }
      return ["args": tensors.count == 1 ? .array(tensors) : [.array(tensors)], "kwargs": .object(keywords)]
    }

    /// `["dense", 0, 0, {"y": 2.0}]` or `["_CONSTANT_VALUE", -1, 2.0, {"y": ["dense", 0, 0]}]`, the call of a function, as its operands.
    func operands(_ node: JSON) -> JSON {
      let source = node[0]?.stringValue == nil ? node[0] ?? nil : node
      let first = source[0] == "_CONSTANT_VALUE" ? source[2] ?? nil : value(source)
      let others = (source[3]?.objectValue?.entries ?? []).filter { $0.key != "name" && !$0.value.isNull }
      return ["args": .array([first] + others.map { value($0.value) }), "kwargs": [:]]
    }

    /// An argument of a call: a tensor, a list of those, or something else as it is.
    private func value(_ json: JSON) -> JSON {
      if let reference = Reference(json) { return tensor(reference) }
      return json.arrayValue.map { .array($0.map(value)) } ?? json
    }

    private func tensor(_ source: Reference) -> JSON {
      ["class_name": "__keras_tensor__", "config": ["keras_history": place(source, isOutput: false)]]
    }

    /// A reference with the call counted anew. Keras 3 counts the making of a functional model where a model's outputs are named, and only
    /// there.
    private func place(_ source: Reference, isOutput: Bool) -> JSON {
      let call = source.call - (first[source.layer] ?? 0) + (isOutput && models.contains(source.layer) ? 1 : 0)
      return [.string(plain(source.layer)), .integer(call), source.position]
    }

    /// A model's inputs or outputs: one, a list of them, or a dict.
    func ends(_ json: JSON, areOutputs: Bool = false) -> JSON {
      if let reference = Reference(json) { return place(reference, isOutput: areOutputs) }
      if let dict = json.objectValue {
        return .object(JSON.Object(dict.entries.map { ($0.key, ends($0.value, areOutputs: areOutputs)) }))
      }
      return .array((json.arrayValue ?? []).map { ends($0, areOutputs: areOutputs) })
    }
  }
}
