import Arrays
import Artifacts
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

@Suite("Metrics against Keras")
struct KerasMetricTests {
  static let cases = KerasFixture.read("metrics.json")

  @Test("results over several batches agree", arguments: cases)
  func agree(_ fixture: KerasFixture) throws {
    let configured = make(fixture.name, .metric, fixture.arguments)
    for key in ["plain", "weighted"] {
      guard let expected = fixture.json[key] else { continue }
      let weights = KerasFixture.doubles(expected["weights"])
      let score = try result(of: configured, on: fixture, weights: weights)
      if let value = expected["value"]?.doubleValue {
        guard case .number(let found) = score else { Issue.record("\(score) is a number"); continue }
        #expect(isNear(found, value), "\(key): \(found) rather than \(value)")
      } else {
        guard case .vector(let found) = score else { Issue.record("\(score) is a list"); continue }
        let values = KerasFixture.doubles(expected["vector"])
        #expect(found.count == values.count && zip(found, values).allSatisfy(isNear), "\(key): \(found) rather than \(values)")
      }
    }
  }

  private func isNear(_ found: Double, _ expected: Double) -> Bool { abs(found - expected) <= 1e-5 * max(abs(expected), 1e-2) }

  /// What a network that gives its input reports after batches of 5, 5 and the rest.
  private func result(of metric: Configured, on fixture: KerasFixture, weights: [Double]) throws -> Score {
    let shape = fixture.shape("predictions")
    let network = Network(
      try sequentialPlan(input: Array(shape.dropFirst()), [("Activation", ["activation": .string("linear")])]), seed: 1,
      pool: try Pool(threads: 2))
    network.compile(
      CompilePlan(
        optimizer: make("SGD", .optimizer), losses: [],
        metrics: [.init(configured: metric, logName: "metric", output: 0, isWeighted: !weights.isEmpty)], written: [:]))
    let areClasses = type(of: makeMetric(metric)).targetsAreClasses
    let targets = NDArray(doubles: fixture.values("targets"), shape: fixture.shape("targets"))
    let data = BatchData(
      inputs: [NDArray(doubles: fixture.values("predictions"), shape: shape).converted(to: .float32)],
      targets: [targets.converted(to: areClasses ? .int64 : .float32)],
      sampleWeights: weights.isEmpty ? [] : [NDArray(doubles: weights, shape: [weights.count]).converted(to: .float32)])
    let runner = try network.runner(.test, data)
    network.resetMetrics()
    for start in stride(from: 0, to: shape[0], by: 5) {
      let rows = (start..<min(start + 5, shape[0])).map(Int32.init)
      try rows.withUnsafeBufferPointer { try runner.run(rows: $0) }
    }
    return try #require(network.metricResults().first { $0.name == "metric" }?.value)
  }

  @Test("every metric is compared")
  func all() { #expect(Set(metricTypes.map { $0.signature.name }) == Set(Self.cases.map(\.name))) }
}
