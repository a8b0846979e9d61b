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
    let ours = KerasModel.configuration(of: plan, compiled: compiled, learningRate: theirs.learningRate)
    let differences = Self.differences(ours, theirs, at: "model")
    #expect(differences == [])
    let again = try KerasModel.plan(from: ours, catalog: catalog)
    #expect(KerasModel.configuration(of: again.model, compiled: again.compiled, learningRate: theirs.learningRate) == ours)
  }

  @Test("the groups and shapes of variables are Keras's", arguments: Trajectory.all)
  func variables(_ trajectory: Trajectory) throws {
    let theirs = try KerasArchive.read(trajectory.path).weights
    let ours = KerasModel.variables(of: try trajectory.network())
    for group in theirs.groups where !group.variables.isEmpty {
      let found = try #require(ours[group.path], "\(group.path)")
      #expect(found.variables.map(\.shape) == group.variables.map(\.shape))
      for (a, b) in zip(found.variables, group.variables) { #expect(Array(a.rawBytes) == Array(b.rawBytes), "\(group.path)") }
    }
  }

  @Test("a trained model comes back as it was", arguments: Trajectory.all)
  func roundTrip(_ trajectory: Trajectory) throws {
    let arrays = try trajectory.arrays()
    let network = try trajectory.network()
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
    let scratch = "/tmp/train-models-\(getpid())-\(trajectory.name)"
    mkdir(scratch, 0o755)
    defer { unlink("\(scratch)/model.keras"); rmdir(scratch) }
    let path = Self.interopFolder.map { "\($0)/\(trajectory.name).keras" } ?? "\(scratch)/model.keras"
    try KerasModel.archive(of: network).write(to: path)

    let archive = try KerasArchive.read(path)
    let (plan, compiled) = try KerasModel.plan(from: archive.configuration, catalog: catalog)
    let back = Network(plan, seed: 5, pool: try Pool(threads: 1))
    back.compile(try #require(compiled))
    #expect(try KerasModel.load(archive.weights, into: back))
    #expect(back.iterations == network.iterations && back.learningRate == network.learningRate)
    for network in [network, back] { try train(network) }
    #expect(back.getWeights().map { Array($0.rawBytes) } == network.getWeights().map { Array($0.rawBytes) })
    if let folder = Self.interopFolder {
      network.resetMetrics()
      let runner = try network.runner(.test, BatchData(inputs: data.inputs, targets: data.targets))
      try (0..<Int32(data.count)).map { $0 }.withUnsafeBufferPointer { try runner.run(rows: $0) }
      let results = network.metricResults().map { "\"\($0.name)\": \($0.value.mean)" }.joined(separator: ", ")
      try writeDurably("{\(results)}", to: "\(folder)/\(trajectory.name).json")
    }
  }

  @Test(
    "what cannot be understood is told, not guessed",
    arguments: [
      (#"{"class_name": "Sequential", "config": {"layers": []}}"#, "input"),
      (#"{"class_name": "Sequential"}"#, "layers"),
      (#"{"class_name": "Mystery", "config": {}}"#, "Mystery"),
      (#"[1, 2]"#, "model"),
      (layers(#"{"class_name": "Conv9D", "config": {"name": "c"}}"#), "Conv9D"),
      (layers(#"{"class_name": "Dense", "config": {"name": "d"}}"#), "needs more arguments"),
      (layers(#"{"class_name": "Dense", "config": {"name": "d", "units": -3}}"#), "units=-3"),
      (layers(#"{"class_name": "Dense", "config": {"name": "d", "units": 3, "lora_rank": 4}}"#), "lora_rank=4"),
      (layers(#"{"class_name": "Dense", "config": {"name": "d", "units": 3, "activation": "zelu"}}"#), "zelu"),
      (layers(#"{"class_name": "BatchNormalization", "config": {"name": "b", "axis": 7}}"#), "axis=7"),
      (
        #"{"class_name": "Functional", "config": {"layers": [], "input_layers": ["a", 0, 0], "output_layers": ["a", 0, 0]}}"#,
        "`a`"
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
private func layers(_ layer: String) -> String {
  #"{"class_name": "Sequential", "config": {"layers": ["#
    + #"{"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [null, 3, 4]}}, \#(layer)]}}"#
}

extension JSON {
  /// The learning rate of a configuration's optimizer.
  fileprivate var learningRate: Double? { self["compile_config"]?["optimizer"]?["config"]?["learning_rate"]?.doubleValue }
}
