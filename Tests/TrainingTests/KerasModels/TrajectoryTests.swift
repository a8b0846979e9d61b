import Arrays
import Artifacts
import Datasets
import Lambdas
import Networks
import Plans
import Tensors
import Testing

@testable import Training

/// Where the trajectories that real Keras made lie.
let trajectoryFolder = fixtureFolder + "/Trajectories"
/// What other programs made for these tests.
let fixtureFolder = #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Fixtures"

private let catalog = Catalog([networkEntries])

/// A training that Keras 3.15.1 did, five epochs without shuffling: its start, its data, and what came of it.
struct Trajectory: CustomTestStringConvertible, Sendable {
  let name: String
  var testDescription: String { name }

  static let all = [
    "regression_sgd", "regression_momentum", "binary_adam", "binary_logits", "classes_adam", "classes_logits", "one_hot_norm",
    "one_hot_smooth", "functional_norm", "functional_shared", "nested", "several_optimizers", "scaled_optimizers",
    "spectral_dense", "spectral_conv", "spectral_shared",
  ].map(Trajectory.init)

  var path: String { "\(trajectoryFolder)/\(name).keras" }

  func network(threads: Int = 1) throws -> Network {
    let archive = try KerasArchive.read(path)
    let (plan, compiled) = try KerasModel.plan(from: archive.configuration, catalog: catalog)
    let network = Network(plan, seed: 1, pool: try Pool(threads: threads))
    network.compile(try #require(compiled))
    #expect(try KerasModel.load(archive.weights, into: network))
    return network
  }

  func arrays() throws -> [String: NDArray] {
    Dictionary(uniqueKeysWithValues: try NPZ.read("\(trajectoryFolder)/\(name).npz").map { ($0.name, $0.array) })
  }
}

@Suite("Training from Keras's files")
struct TrajectoryTests {
  @Test("follows Keras for five epochs", arguments: Trajectory.all)
  func follows(_ trajectory: Trajectory) throws {
    let all = try JSON.parse(try readFile("\(trajectoryFolder)/trajectories.json"))
    let expected = try #require(all[trajectory.name])
    let batchSize = try #require(expected["batch_size"]?.integerValue)
    let arrays = try trajectory.arrays()
    let network = try trajectory.network()

    var whole = try Dataset(
      inputs: [try #require(arrays["x"])], targets: [try #require(arrays["y"])],
      sampleWeights: [arrays["weights"]].compactMap { $0 })
    let classWeights = expected["class_weight"]?.objectValue?.entries.compactMap { key, value in
      Int(key).flatMap { key in value.doubleValue.map { (key, $0) } }
    }
    var validation: Dataset?
    if let share = expected["validation_split"]?.doubleValue, share > 0 {
      (whole, validation) = try whole.split(validation: share)
    }
    if let classWeights, !classWeights.isEmpty {
      whole = try whole.weighted(byClass: Dictionary(uniqueKeysWithValues: classWeights))
    }
    let training = try network.runner(.train, BatchData(whole))
    let testing = try validation.map { try network.runner(.test, BatchData($0)) }

    for epoch in 0..<5 {
      let tolerance = epoch == 0 ? 2e-4 : 2e-3
      try pass(network, training, batchSize)
      try compare(network.metricResults(), with: expected, epoch: epoch, prefix: "", tolerance)
      if let testing {
        try pass(network, testing, batchSize)
        try compare(network.metricResults(), with: expected, epoch: epoch, prefix: "val_", tolerance)
      }
    }
    #expect(network.iterations == expected["iterations"]?.integerValue)

    network.finishTraining()
    let x = try #require(arrays["x"])
    let predicting = try network.runner(.predict, BatchData(inputs: [x]))
    try run(predicting, rows: 0..<x.shape[0])
    let predictions = Array(predicting.predictions(output: 0))
    let theirs = try #require(arrays["predictions"]).withElements(as: Float.self) { Array($0) }
    #expect(predictions.count == theirs.count)
    let largest = zip(predictions, theirs).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
    #expect(largest <= 5e-3)
  }

  @Test(
    "a state goes into another network and both go on alike",
    arguments: ["one_hot_norm", "several_optimizers", "scaled_optimizers"])
  func stateRoundTrip(_ name: String) throws {
    let trajectory = Trajectory(name: name)
    let arrays = try trajectory.arrays()
    let data = BatchData(inputs: [try #require(arrays["x"])], targets: [try #require(arrays["y"])])
    let first = try trajectory.network()
    try pass(first, try first.runner(.train, data), 20)
    let second = try trajectory.network(threads: 2)
    try second.restore(first.state())
    #expect(second.iterations == first.iterations && second.iterations > 1 && second.learningRates == first.learningRates)
    for network in [first, second] { try pass(network, try network.runner(.train, data), 20, resetting: false) }
    #expect(bytes(first) == bytes(second))
    let missing = NetworkFailure.missing(
      name: name == "several_optimizers" ? "weight/encoder/dense/kernel" : "weight/dense/kernel")
    #expect(throws: missing) { try second.restore([]) }
  }

  private func pass(_ network: Network, _ runner: BatchRunner, _ batchSize: Int, resetting: Bool = true) throws {
    if resetting { network.resetMetrics() }
    for start in stride(from: 0, to: runner.data.count, by: batchSize) {
      try run(runner, rows: start..<min(start + batchSize, runner.data.count))
    }
  }

  private func run(_ runner: BatchRunner, rows: Range<Int>) throws {
    try rows.map(Int32.init).withUnsafeBufferPointer { try runner.run(rows: $0) }
  }

  private func compare(
    _ results: [(name: String, value: Score)], with expected: JSON, epoch: Int, prefix: String, _ tolerance: Double
  ) throws {
    for (name, value) in results {
      let theirs = try #require(
        expected["history"]?[prefix + name]?[epoch]?.doubleValue, "\(prefix)\(name) is in Keras's history")
      #expect(abs(value.mean - theirs) <= tolerance * max(abs(theirs), 1e-3), "\(prefix)\(name) in epoch \(epoch + 1)")
    }
  }

  private func bytes(_ network: Network) -> [[UInt8]] { network.state().map { Array($0.array.rawBytes) } }
}
