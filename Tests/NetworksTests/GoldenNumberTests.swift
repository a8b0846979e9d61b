import Arrays
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

/// Numbers that Keras 3.15.1 was seen to give, each to a part in 100,000: losses and metrics of a batch as a run reports them, three
/// steps of optimizers, rates of schedules.
@Suite("Golden numbers")
struct GoldenNumberTests {
  private static let fixture = Fixture(file: "golden.json")
  static let losses = fixture["losses"].elements.indices
  static let metrics = fixture["metrics"].elements.indices
  static let optimizers = fixture["optimizers"].elements.indices
  static let schedules = fixture["schedules"].elements.indices

  @Test("of losses", arguments: losses)
  func loss(_ index: Int) throws {
    let example = Self.fixture["losses"].elements[index]
    let configured = make(example["name"].text, .loss, example["arguments"].arguments)
    let areClasses = type(of: makeLoss(configured)).targetsAreClasses
    for (key, weights) in [("mean", []), ("weighted", Self.fixture["sample_weight"].numbers)] where !example[key].isNull {
      let plan = CompilePlan(
        optimizer: make("SGD", .optimizer), losses: [.init(configured: configured, output: 0)], metrics: [], written: [:])
      let found = try Self.report("loss", of: plan, on: example, weights: weights, areClasses: areClasses)
      expectNear(found, [example[key].number], "\(example["title"].text), \(key)")
    }
  }

  @Test("of metrics", arguments: metrics)
  func metric(_ index: Int) throws {
    let example = Self.fixture["metrics"].elements[index]
    let configured = make(example["name"].text, .metric, example["arguments"].arguments)
    let weights = example["weights"].numbers
    let plan = CompilePlan(
      optimizer: make("SGD", .optimizer), losses: [],
      metrics: [.init(configured: configured, logName: "metric", output: 0, isWeighted: !weights.isEmpty)], written: [:])
    let found = try Self.report(
      "metric", of: plan, on: example, weights: weights, areClasses: type(of: makeMetric(configured)).targetsAreClasses)
    let value = example["value"]
    expectNear(found, value.elements.isEmpty ? [value.number] : value.numbers, example["title"].text)
  }

  @Test("of optimizers", arguments: optimizers)
  func optimizer(_ index: Int) throws {
    let example = Self.fixture["optimizers"].elements[index]
    let start = Self.fixture["start"].numbers
    let optimizer = make(example["name"].text, .optimizer, example["arguments"].arguments)
    let run = try OptimizerRun(optimizer, [("weight", example["shape"].integers, start)])
    for (gradient, expected) in zip(Self.fixture["gradients"].elements, example["weights"].elements) {
      try run.step([gradient.numbers])
      expectNear(run.weights, expected.numbers, example["title"].text)
    }
  }

  @Test("of schedules", arguments: schedules)
  func schedule(_ index: Int) {
    let example = Self.fixture["schedules"].elements[index]
    let schedule = Schedule(make(example["name"].text, .schedule, example["arguments"].arguments))
    expectNear(Self.fixture["steps"].integers.map { schedule.rate(at: $0) }, example["rates"].numbers, example["title"].text)
  }

  /// What a network that gives its input reports of one batch.
  private static func report(
    _ name: String, of plan: CompilePlan, on example: Fixture, weights: [Double], areClasses: Bool
  ) throws -> [Double] {
    func array(_ key: String, _ type: ElementType) -> NDArray {
      let tensor = fixture["tensors"][example[key].text]
      return NDArray(doubles: tensor["values"].numbers, shape: tensor["shape"].integers).converted(to: type)
    }
    let predictions = array("predictions", .float32)
    let network = Network(
      try sequentialPlan(input: Array(predictions.shape.dropFirst()), [("Activation", ["activation": .string("linear")])]),
      seed: 1, pool: try Pool(threads: 1))
    network.compile(plan)
    let data = BatchData(
      inputs: [predictions], targets: [array("targets", areClasses ? .int64 : .float32)],
      sampleWeights: weights.isEmpty ? [] : [NDArray(doubles: weights, shape: [weights.count]).converted(to: .float32)])
    let runner = try network.runner(.test, data)
    network.resetMetrics()
    try (0..<Int32(predictions.shape[0])).map { $0 }.withUnsafeBufferPointer { try runner.run(rows: $0) }
    switch try #require(network.metricResults().first { $0.name == name }?.value) {
    case .number(let value): return [value]
    case .vector(let values): return values
    }
  }
}

/// Each number within a part in 100,000 of what it should be, 0 within a ten-millionth.
private func expectNear(_ found: [Double], _ expected: [Double], _ title: String) {
  #expect(found.count == expected.count, "\(title): \(found)")
  for (found, expected) in zip(found, expected) {
    let isNear = expected.isNaN ? found.isNaN : abs(found - expected) <= max(1e-5 * abs(expected), 1e-7)
    #expect(isNear, "\(title): \(found) rather than \(expected)")
  }
}
