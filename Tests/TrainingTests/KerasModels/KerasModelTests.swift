import Arrays
import Artifacts
import Glibc
import Lambdas
import Networks
import Plans
import Tensors
import Testing

@testable import Training

private let catalog = Catalog([networkEntries])

@Suite("Keras's model files")
struct KerasModelTests {
  /// A folder to leave trained models in, for `scripts/fixtures/continue_in_keras.py`; nil in ordinary runs.
  static let interopFolder = getenv("TRAIN_INTEROP_FOLDER").map { String(cString: $0) }

  @Test("what is written of a model is what Keras wrote of it", arguments: Trajectory.all)
  func configuration(_ trajectory: Trajectory) throws {
    let theirs = try KerasArchive.read(trajectory.path).configuration
    let (plan, compiled) = try KerasModel.plan(from: theirs, catalog: catalog)
    let ours = KerasModel.configuration(of: plan, compiled: compiled, learningRates: theirs.learningRates)
    let differences = Self.differences(ours, theirs, at: "model")
    #expect(differences == [])
    let again = try KerasModel.plan(from: ours, catalog: catalog)
    #expect(KerasModel.configuration(of: again.model, compiled: again.compiled, learningRates: theirs.learningRates) == ours)
  }

  static let written = (try? JSON.parse(try readFile(fixtureFolder + "/objects.json"))) ?? .null

  @Test(
    "objects are read as Keras means them, and written as Keras writes them",
    arguments: written.objectValue?.entries.map(\.key) ?? [])
  func objects(_ roleName: String) throws {
    let role = try #require(Role(rawValue: roleName))
    for theirs in Self.written[roleName]?.arrayValue ?? [] {
      let object = try KerasObject.read(theirs, role, place: "object", in: catalog)
      let ours = KerasObject.object(object)
      // Keras forgets the gain of an identity, and takes it back if it is there.
      let differences = Self.differences(ours, theirs, at: object.entry.name).filter {
        $0 != "Identity.config.gain is not Keras's"
      }
      #expect(differences == [])
      // Nothing of theirs is lost, but for what is null.
      let lost = (theirs["config"]?.objectValue?.entries ?? []).filter { !$0.value.isNull && ours["config"]?[$0.key] == nil }
      #expect(lost.map(\.key) == [], "\(object.entry.name)")
    }
  }

  @Test(
    "a call that says of training what Keras writes for every call says nothing",
    arguments: [
      ("Dropout", "{\"rate\": 0.5, \"name\": \"noise\"}", false, nil),
      ("Dropout", "{\"rate\": 0.5, \"name\": \"noise\"}", true, true),
      ("RandomFlip", "{\"name\": \"noise\"}", true, nil), ("RandomFlip", "{\"name\": \"noise\"}", false, false),
    ] as [(String, String, Bool, Bool?)])
  func training(_ layer: String, _ config: String, written: Bool, meant: Bool?) throws {
    let tensor = "{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"x\", 0, 0]}}"
    let model = """
      {"class_name": "Functional", "config": {"name": "net", "input_layers": [["x", 0, 0]], "output_layers": [["noise", 0, 0]], "layers": [
        {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [null, 4, 4, 3], "name": "x"}, "inbound_nodes": []},
        {"class_name": "\(layer)", "module": "keras.layers", "name": "noise", "config": \(config),
          "inbound_nodes": [{"args": [\(tensor)], "kwargs": {"training": \(written)}}]}]}}
      """
    let plan = try KerasModel.plan(from: try JSON.parse(Array(model.utf8)), catalog: catalog).model
    #expect(plan.applications.map(\.isTraining) == [meant])
  }

  @Test("the groups and shapes of variables are Keras's", arguments: Trajectory.all)
  func variables(_ trajectory: Trajectory) throws {
    let theirs = try KerasArchive.read(trajectory.path).weights
    let ours = KerasModel.variables(of: try trajectory.network())
    for group in theirs.groups where !group.variables.isEmpty {
      let found = try #require(ours[group.path], "\(group.path)")
      #expect(found.variables.map(\.shape) == group.variables.map(\.shape))
      for (a, b) in zip(found.variables, group.variables) {
        let ours = a.type == b.type ? a : a.converted(to: b.type)  // steps are counted in int64 on TensorFlow
        #expect(Array(ours.rawBytes) == Array(b.rawBytes), "\(group.path)")
      }
    }
  }

  /// A model to train, save, read and train on: a trajectory's, perhaps with another optimizer than its own.
  struct Start: CustomTestStringConvertible, Sendable {
    let trajectory: Trajectory
    var optimizer: (name: String, arguments: [String: Value])?
    /// The trajectory stands before a plus: its data are used by `continue_in_keras.py`.
    var testDescription: String { optimizer.map { "\(trajectory.name)+\($0.name)\($0.arguments.count)" } ?? trajectory.name }

    static let all =
      Trajectory.all.map { Start(trajectory: $0) }
      + optimizers.map { Start(trajectory: .init(name: "one_hot_norm"), optimizer: $0) }

    private static let schedule = object(
      "ExponentialDecay", .schedule,
      ["initial_learning_rate": .float(0.01), "decay_steps": .integer(3), "decay_rate": .float(0.5)])
    private static let optimizers: [(String, [String: Value])] = [
      ("SGD", ["learning_rate": schedule]), ("RMSprop", ["momentum": .float(0.5), "centered": .bool(true)]),
      ("Adam", ["amsgrad": .bool(true)]), ("AdamW", [:]), ("Adadelta", [:]), ("Adagrad", [:]), ("Adamax", [:]), ("Nadam", [:]),
      ("Ftrl", [:]),
      ("Lion", [:]), ("Lamb", [:]), ("Adafactor", [:]), ("Muon", [:]), ("ScheduleFreeAdamW", [:]),
      ("Adam", ["use_ema": .bool(true), "ema_overwrite_frequency": .integer(3), "clipnorm": .float(1)]),
      ("SGD", ["gradient_accumulation_steps": .integer(2), "momentum": .float(0.9), "weight_decay": .float(0.1)]),
      ("LossScaleOptimizer", ["inner_optimizer": object("Adam", .optimizer, [:]), "initial_scale": .float(64)]),
    ]
    private static func object(_ name: String, _ role: Role, _ given: [String: Value]) -> Value {
      catalog.make(name, role, given).map(Value.object) ?? .none
    }

    func network() throws -> Network {
      let network = try trajectory.network()
      guard let optimizer, var compiled = network.compiled else { return network }
      compiled.optimizer = try #require(catalog.make(optimizer.name, .optimizer, optimizer.arguments))
      network.compile(compiled)
      return network
    }
  }

  @Test("a trained model comes back as it was", arguments: Start.all)
  func roundTrip(_ start: Start) throws {
    let trajectory = start.trajectory
    let name = start.testDescription
    let arrays = try trajectory.arrays()
    let network = try start.network()
    let data = BatchData(
      inputs: [try #require(arrays["x"])], targets: [try #require(arrays["y"])],
      sampleWeights: [arrays["weights"]].compactMap { $0 })
    func train(_ network: Network) throws {
      let runner = try network.runner(.train, data)
      for start in stride(from: 0, to: data.count, by: 32) {
        let rows = (start..<min(start + 32, data.count)).map(Int32.init)
        try rows.withUnsafeBufferPointer { try runner.run(rows: $0) }
      }
    }
    try train(network)
    let scratch = "/tmp/train-models-\(getpid())-\(name)"
    mkdir(scratch, 0o755)
    defer { unlink("\(scratch)/model.keras"); rmdir(scratch) }
    let path = Self.interopFolder.map { "\($0)/\(name).keras" } ?? "\(scratch)/model.keras"
    try KerasModel.archive(of: network).write(to: path)

    let archive = try KerasArchive.read(path)
    let (plan, compiled) = try KerasModel.plan(from: archive.configuration, catalog: catalog)
    let back = Network(plan, seed: 5, pool: try Pool(threads: 1))
    back.compile(try #require(compiled))
    #expect(try KerasModel.load(archive.weights, into: back))
    #expect(back.iterations == network.iterations && back.learningRates == network.learningRates)
    for network in [network, back] { try train(network) }
    #expect(back.getWeights().map { Array($0.rawBytes) } == network.getWeights().map { Array($0.rawBytes) })
    if let folder = Self.interopFolder {
      network.finishTraining()
      network.resetMetrics()
      let runner = try network.runner(.test, BatchData(inputs: data.inputs, targets: data.targets))
      try (0..<Int32(data.count)).map { $0 }.withUnsafeBufferPointer { try runner.run(rows: $0) }
      let results = network.metricResults().map { "\"\($0.name)\": \($0.value.mean)" }.joined(separator: ", ")
      try writeDurably("{\(results)}", to: "\(folder)/\(name).json")
    }
  }

  @Test(
    "what cannot be understood is told, not guessed",
    arguments: [
      (#"{"class_name": "Sequential", "config": {"layers": []}}"#, "input"),
      (#"{"class_name": "Sequential"}"#, "layers"),
      (#"{"class_name": "Mystery", "config": {}}"#, "Mystery"),
      (#"[1, 2]"#, "model"),
      (layers(#"{"class_name": "Dense", "config": {"name": "d/e", "units": 3}}"#), "`d/e` is not named without `/`"),
      (layers(#"{"class_name": "ReLU", "config": {"name": "i"}}"#), "two are `i`"),
      (layers(#"{"class_name": "Conv9D", "config": {"name": "c"}}"#), "Conv9D"),
      (layers(#"{"class_name": "Dense", "config": {"name": "d"}}"#), "needs more arguments"),
      (layers(#"{"class_name": "Dense", "config": {"name": "d", "units": -3}}"#), "units=-3"),
      (layers(#"{"class_name": "Dense", "config": {"name": "d", "units": 3, "lora_rank": 4}}"#), "lora_rank=4"),
      (layers(#"{"class_name": "Dense", "config": {"name": "d", "units": 3, "activation": "zelu"}}"#), "zelu"),
      (layers(#"{"class_name": "BatchNormalization", "config": {"name": "b", "axis": 7}}"#), "axis 7"),
      (
        #"{"class_name": "Functional", "config": {"layers": [], "input_layers": ["a", 0, 0], "output_layers": ["a", 0, 0]}}"#,
        "`a`"
      ),
      (
        layers(
          #"{"class_name": "Dense", "config": {"name": "d", "units": 3}}"#,
          and: #", "compile_config": {"optimizer": {"class_name": "MultiOptimizer", "config": {"optimizer_map": "#
            + #"{"class_name": "OptimizerMap", "config": {"default_optimizer": {"class_name": "SGD", "config": {}}, "#
            + #""optimizer_map": {".*": {"class_name": "SGD", "config": {}}, ".*d/.*": {"class_name": "Adam", "config": {}}}}}}}, "#
            + #""loss": "mse"}"#),
        "d/kernel"
      ),
    ])
  func wrong(_ text: String, _ word: String) throws {
    let configuration = try JSON.parse(text)
    let error = #expect(throws: KerasModelFailure.self) { try KerasModel.plan(from: configuration, catalog: catalog) }
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
  }

  @Test("weights of another model are refused and change nothing")
  func otherWeights() throws {
    let network = try Trajectory(name: "binary_adam").network()
    let before = network.getWeights().map { Array($0.rawBytes) }
    let other = KerasModel.variables(of: try Trajectory(name: "binary_logits").network())
    #expect(throws: KerasModelFailure.self) { try KerasModel.load(other, into: network) }
    #expect(throws: KerasModelFailure.self) { try KerasModel.load(WeightTree(), into: network) }
    #expect(network.getWeights().map { Array($0.rawBytes) } == before)
  }

  /// Where what is written says other than what Keras wrote; keys that only Keras writes do not count.
  private static func differences(_ ours: JSON, _ theirs: JSON, at place: String) -> [String] {
    switch (ours, theirs) {
    case (.object(let a), .object(let b)):
      return a.entries.flatMap { key, value -> [String] in
        // Keras forgets a loss's axis; read back, it would take the default.
        if key == "axis", place.hasSuffix("loss.config"), b[key] == nil { return [] }
        if key == "jit_compile" || (key == "input_shape" && value.isNull) { return [] }
        guard let other = b[key] else { return value.isNull ? [] : ["\(place).\(key) is not Keras's"] }
        return differences(value, other, at: "\(place).\(key)")
      }
    case (.array(let a), .array(let b)) where a.count == b.count:
      return zip(a, b).enumerated().flatMap { differences($1.0, $1.1, at: "\(place)[\($0)]") }
    default:
      if let a = ours.doubleValue, let b = theirs.doubleValue, a == b { return [] }
      return ours == theirs ? [] : ["\(place): \(ours) rather than \(theirs)"]
    }
  }
}

/// A sequential model's configuration with one layer on 3×4.
private func layers(_ layer: String, and more: String = "") -> String {
  #"{"class_name": "Sequential", "config": {"layers": ["#
    + #"{"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [null, 3, 4]}}, \#(layer)]}\#(more)}"#
}

extension JSON {
  /// The learning rate of a configuration's optimizer.
  fileprivate var learningRates: [Double] {
    [self["compile_config"]?["optimizer"]?["config"]?["learning_rate"]?.doubleValue].compactMap(\.self)
  }
}
