import Arrays
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

/// A metric on fixed numbers, with its mean by Keras 3.15.1 or by its formula.
struct GoldenMetric: CustomTestStringConvertible, Sendable {
  let name: String
  var given: [String: Value] = [:]
  let targets: [Double]
  let targetShape: [Int]
  let predictions: [Double]
  let predictionShape: [Int]
  let mean: Double
  var testDescription: String { "\(name) \(targetShape) \(predictionShape)" }
}

private let bits: [Double] = [0, 1, 1, 0, 1, 0]
private let scores: [Double] = [
  0.10000000149011612, 0.800000011920929, 0.4000000059604645, 0.6000000238418579, 0.8999999761581421, 0.20000000298023224,
]

@Suite("Metrics")
struct GoldenMetricTests {
  static let cases = [
    GoldenMetric(
      name: "BinaryAccuracy", targets: bits, targetShape: [6], predictions: scores, predictionShape: [6, 1],
      mean: 0.6666666865348816),
    GoldenMetric(
      name: "BinaryAccuracy", targets: bits, targetShape: [6, 1], predictions: scores, predictionShape: [6, 1],
      mean: 0.6666666865348816),
    GoldenMetric(
      name: "BinaryAccuracy", given: ["threshold": .float(0.3)], targets: bits, targetShape: [6], predictions: scores,
      predictionShape: [6, 1], mean: 5.0 / 6),
    GoldenMetric(
      name: "BinaryCrossentropy", targets: bits, targetShape: [6], predictions: scores, predictionShape: [6, 1],
      mean: 0.41493162512779236),
    GoldenMetric(
      name: "CategoricalAccuracy", targets: bits, targetShape: [2, 3], predictions: scores, predictionShape: [2, 3], mean: 1),
    GoldenMetric(
      name: "SparseCategoricalAccuracy", targets: [1, 0], targetShape: [2, 1], predictions: scores, predictionShape: [2, 3],
      mean: 0.5),
    GoldenMetric(
      name: "SparseCategoricalAccuracy", targets: [1, 1], targetShape: [2], predictions: scores, predictionShape: [2, 3], mean: 1),
    GoldenMetric(
      name: "MeanSquaredError", targets: [1, 2], targetShape: [2], predictions: [0, 4], predictionShape: [2, 1], mean: 2.5),
    GoldenMetric(
      name: "MeanAbsoluteError", targets: [1, 2, 3, 4], targetShape: [2, 2], predictions: [0, 4, 3, 4], predictionShape: [2, 2],
      mean: 0.75),
  ]

  @Test("give the known means", arguments: cases)
  func golden(_ example: GoldenMetric) throws {
    let metric = try #require(makeMetric(make(example.name, .metric, example.given)) as? any MeanMetric)
    var graph = Graph()
    let type: ScalarType = type(of: metric).targetsAreClasses ? .int32 : .float32
    let targets = graph.input("targets", shape: example.targetShape, type: type)
    let predictions = graph.input("predictions", shape: example.predictionShape)
    let values = metric.emit(targets: targets, predictions: predictions, into: &graph)
    let evaluated = Evaluator(graph, inputs: ["targets": example.targets, "predictions": example.predictions])[values]
    let mean = evaluated.reduce(0, +) / Double(evaluated.count)
    #expect(abs(mean - example.mean) <= 1e-6 * example.mean, "\(mean) rather than \(example.mean)")
  }
}
