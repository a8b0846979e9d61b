import Arrays
import Artifacts
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks
@testable import Training

private let folder = #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Fixtures/Layers"
private let catalog = Catalog([networkEntries])

/// What Keras 3.15.1 computed: models of one layer or a few with their weights, inputs, outputs and gradients
/// (scripts/fixtures/keras_layers.py and its siblings, a file each).
private struct Fixtures {
  private(set) var cases: [String: JSON] = [:]
  private(set) var arrays: [String: NDArray] = [:]

  static let files = ["layers", "grids", "attention", "convolutions", "recurrent", "films", "wrappers"]
  static let shared = try? Fixtures()

  init() throws {
    for file in Fixtures.files {
      for (name, described) in try JSON.parse(try readFile("\(folder)/\(file).json")).objectValue?.entries ?? [] {
        precondition(cases.updateValue(described, forKey: name) == nil, "each case has a name of its own: \(name)")
      }
      for (name, array) in try NPZ.read("\(folder)/\(file).npz") { arrays[name] = array }
    }
  }

  static var names: [String] { (shared?.cases ?? [:]).keys.sorted() }
}

@Suite("Layers against Keras")
struct LayerFixtureTests {
  @Test("all fixtures are there") func fixtures() { #expect(Fixtures.names.count >= 205) }

  @Test("outputs and gradients agree to 1e-5 of the largest", arguments: Fixtures.names)
  func agrees(_ name: String) throws {
    let fixtures = try #require(Fixtures.shared)
    let described = try #require(fixtures.cases[name])
    func array(_ part: String) throws -> NDArray { try #require(fixtures.arrays["\(name)/\(part)"], "\(part)") }
    let plan = try KerasModel.plan(from: try #require(described["config"]), catalog: catalog).model
    let network = Network(plan, seed: 1, pool: try Pool(threads: 1))
    let weightCount = try #require(described["weights"]?.integerValue)
    try network.setWeights((0..<weightCount).map { try array("w\($0)") })
    let inputCount = try #require(described["inputs"]?.integerValue)
    let data = BatchData(inputs: try (0..<inputCount).map { try array("x\($0)") })

    for mode in try #require(described["modes"]?.arrayValue).compactMap(\.stringValue) {
      let form = StepGraph.Form(
        mode: mode == "train" ? .train : .test, batchSize: data.count, inputShapes: network.inputShapes(for: data),
        targetShapes: [], weightShapes: [], fit: 0)
      let step = StepGraph(network, form)
      var graph = step.graph
      var loss = graph.constant(0)
      for (index, prediction) in step.predictions.enumerated() {
        let factor = try array(index == 0 ? "factor" : "factor\(index)")
        let products = graph.multiply(prediction, graph.constant(floats: factor.floats, shape: factor.shape))
        loss = graph.add(loss, graph.reduceSum(products))
      }
      loss = step.layerLosses.reduce(loss) { graph.add($0, $1) }
      let trained = network.layers.flatMap(\.trainedWeights).map { graph.variable($0.variable) }
      let inputs = plan.inputs.indices.filter { plan.tensors[plan.inputs[$0]].type == .float32 }.map { index in
        graph.input(StepGraph.input(index), shape: [data.count] + form.inputShapes[index])
      }
      let gradients = graph.gradients(of: loss, withRespectTo: trained + inputs)
      var outputs: [(part: String, node: Node?)] = step.predictions.enumerated().map { ($0 == 0 ? "out" : "out\($0)", $1) }
      for (index, node) in trained.enumerated() { outputs.append(("gw\(index)", gradients[node])) }
      for (index, node) in inputs.enumerated() { outputs.append(("gx\(index)", gradients[node])) }
      for node in outputs.compactMap({ $0.node }) { graph.output(node) }
      let program = try Program(graph, store: network.store, pool: network.pool)
      for (index, input) in data.inputs.enumerated() { program.bind(StepGraph.input(index), ArraySource(input)) }
      try program.run()

      let gradientParts = outputs.map(\.part).filter { $0.hasPrefix("g") }
      let largestGradient = try gradientParts.flatMap { try array("\(mode)/\($0)").floats.map { abs($0) } }.max() ?? 0
      for (part, node) in outputs {
        let theirs = try array("\(mode)/\(part)").floats
        let ours = node.map { Array(program.read($0)) } ?? Array(repeating: 0, count: theirs.count)
        #expect(ours.count == theirs.count, "\(mode) \(part)")
        let largest = theirs.map { abs($0) }.max() ?? 0
        let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? 0
        // What is 0 but for rounding, as the gradient of a key's bias, is measured against the other gradients.
        let allowed = max(1e-5 * largest, 1e-7, part.hasPrefix("g") ? 1e-6 * largestGradient : 0)
        #expect(difference <= allowed, "\(mode) \(part): \(difference) of \(largest)")
      }
    }
  }

  @Test("configurations come back as they were", arguments: Fixtures.names)
  func configurations(_ name: String) throws {
    let fixtures = try #require(Fixtures.shared)
    let config = try #require(fixtures.cases[name]?["config"])
    let plan = try KerasModel.plan(from: config, catalog: catalog).model
    let written = KerasModel.configuration(of: plan, compiled: nil)
    _ = try KerasModel.plan(from: written, catalog: catalog)
    for layer in config["config"]?["layers"]?.arrayValue ?? [] where layer["class_name"]?.stringValue != "InputLayer" {
      let ours = written["config"]?["layers"]?.arrayValue?.first { $0["config"]?["name"] == layer["config"]?["name"] }
      for (key, value) in ours?["config"]?.objectValue?.entries ?? [] where key != "dtype" {
        #expect(value == layer["config"]?[key] ?? nil || isSameNumber(value, layer["config"]?[key] ?? nil), "\(key)")
      }
    }
  }

  /// Whether two forms mean the same though one is written as a float or without defaults.
  private func isSameNumber(_ a: JSON, _ b: JSON) -> Bool {
    if let x = a.doubleValue, let y = b.doubleValue { return x == y }
    if let x = a.arrayValue, let y = b.arrayValue {
      return x.count == y.count && zip(x, y).allSatisfy { isSameNumber($0, $1) || $0 == $1 }
    }
    if let list = b.arrayValue, list.count == 1 { return isSameNumber(a, list[0]) || a == list[0] }
    guard let x = a["config"]?.objectValue, let y = b["config"]?.objectValue, a["class_name"] == b["class_name"] else {
      return false
    }
    return x.entries.allSatisfy { key, value in y[key].map { $0 == value || isSameNumber(value, $0) } ?? value.isNull }
  }
}
