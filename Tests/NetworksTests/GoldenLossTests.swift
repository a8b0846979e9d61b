import Arrays
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

/// A loss on fixed numbers, with what Keras 3.15.1 gives plainly and with sample weights [1, 3].
struct GoldenLoss: CustomTestStringConvertible, Sendable {
  let name: String
  var given: [String: Value] = [:]
  let targets: [Double]
  var targetShape = [2, 3]
  let predictions: [Double]
  let mean: Double
  let weighted: Double
  /// Relative. Keras clips in single precision, where 1 − 1e-7 is 0.99999988; this evaluation is in double.
  var tolerance = 2e-6
  var testDescription: String { "\(name) \(given.keys.sorted())" }
}

private let oneHot: [Double] = [0, 1, 0, 1, 0, 0]
private let probabilities: [Double] = [
  0.20000000298023224, 0.699999988079071, 0.10000000149011612, 0.5, 0.20000000298023224, 0.30000001192092896,
]
private let logits: [Double] = [1, 2, -1, 0, -0.5, 3]
private let numbers: [Double] = [1, -2, 0, 3, 0.5, -1]
private let guesses: [Double] = [0.5, -1, 0.20000000298023224, 2, 1.5, -1]
private let hard: [Double] = [1, 0, 0, 1, 0, 0]

@Suite("Losses")
struct GoldenLossTests {
  static let cases = [
    GoldenLoss(
      name: "MeanSquaredError", targets: numbers, predictions: guesses, mean: 0.5483333468437195, weighted: 1.215000033378601),
    GoldenLoss(
      name: "MeanSquaredError", given: ["reduction": .string("sum")], targets: numbers, predictions: guesses,
      mean: 1.096666693687439, weighted: 2.430000066757202),
    GoldenLoss(
      name: "MeanSquaredError", given: ["reduction": .string("mean_with_sample_weight")], targets: numbers, predictions: guesses,
      mean: 0.5483333468437195, weighted: 0.6075000166893005),
    GoldenLoss(
      name: "BinaryCrossentropy", targets: oneHot, predictions: probabilities, mean: 0.3263574540615082,
      weighted: 0.7506793737411499),
    GoldenLoss(
      name: "BinaryCrossentropy", given: ["from_logits": .bool(true)], targets: oneHot, predictions: logits,
      mean: 0.9948772192001343, weighted: 2.4001476764678955),
    GoldenLoss(
      name: "BinaryCrossentropy", given: ["label_smoothing": .float(0.1)], targets: oneHot, predictions: probabilities,
      mean: 0.38189420104026794, weighted: 0.8434426188468933),
    GoldenLoss(
      name: "BinaryCrossentropy", targets: oneHot, predictions: hard, mean: 5.343413352966309, weighted: 5.343413352966309,
      tolerance: 0.006),
    GoldenLoss(
      name: "CategoricalCrossentropy", targets: oneHot, predictions: probabilities, mean: 0.5249110460281372,
      weighted: 1.2180582284927368),
    GoldenLoss(
      name: "CategoricalCrossentropy", given: ["from_logits": .bool(true)], targets: oneHot, predictions: logits,
      mean: 1.7129794359207153, weighted: 4.789926528930664),
    GoldenLoss(
      name: "CategoricalCrossentropy", given: ["label_smoothing": .float(0.1)], targets: oneHot, predictions: probabilities,
      mean: 0.6020075678825378, weighted: 1.3427252769470215),
    GoldenLoss(
      name: "CategoricalCrossentropy", targets: oneHot, predictions: hard, mean: 8.05904769897461, weighted: 8.05904769897461),
    GoldenLoss(
      name: "SparseCategoricalCrossentropy", targets: [1, 0], targetShape: [2], predictions: probabilities,
      mean: 0.5249110460281372, weighted: 1.2180582284927368),
    GoldenLoss(
      name: "SparseCategoricalCrossentropy", given: ["from_logits": .bool(true)], targets: [1, 0], targetShape: [2, 1],
      predictions: logits, mean: 1.7129794359207153, weighted: 4.789926528930664),
  ]

  @Test("give Keras's numbers", arguments: cases)
  func golden(_ example: GoldenLoss) throws {
    let configured = make(example.name, .loss, example.given)
    let loss = makeLoss(configured)
    for (weights, expected) in [(nil, example.mean), ([1.0, 3.0], example.weighted)] {
      var graph = Graph()
      let targets = graph.input("targets", shape: example.targetShape, type: type(of: loss).targetsAreClasses ? .int32 : .float32)
      let predictions = graph.input("predictions", shape: [2, 3])
      let losses = loss.emit(targets: targets, predictions: predictions, into: &graph)
      let weightNode = weights.map { _ in graph.input("weights", shape: [2]) }
      let result = Reduction(configured.arguments).emit(losses, weights: weightNode, into: &graph)
      let values = Evaluator(
        graph, inputs: ["targets": example.targets, "predictions": example.predictions, "weights": weights ?? []])
      #expect(abs(values[result][0] - expected) <= example.tolerance * expected, "\(values[result][0]) rather than \(expected)")
    }
  }
}
