import Arrays
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

/// A network and data whose derivatives are checked.
struct GradientCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  var input = [3]
  let layers: [(name: String, given: [String: Value])]
  var loss: (name: String, given: [String: Value]) = ("MeanSquaredError", [:])
  /// Targets from 0 to 1; class numbers below the value if set.
  var classes: Int?
  var targetShape: [Int]
  var isWeighted = false
}

private let dense: (String, [String: Value]) = ("Dense", ["units": .integer(4), "kernel_initializer": .string("he_normal")])
private func output(_ units: Int, _ activation: String) -> (String, [String: Value]) {
  ("Dense", ["units": .integer(units), "activation": .string(activation), "bias_initializer": .string("random_normal")])
}

@Suite("Derivatives of layers and losses")
struct GradientTests {
  /// `tanh(x[:, ::-1]) · x / (std(x, axis=1) + 1) + max(x, axis=2) ** 2`
  private static let function = TensorFunction(
    inputCount: 1,
    steps: [
      .init(.slice, [0], ["axis": .integer(1), "start": .integer(1), "stop": .integer(2)]),
      .init(.slice, [0], ["axis": .integer(1), "start": .integer(0), "stop": .integer(1)]),
      .init(.concatenate, [1, 2], ["axis": .integer(1)]), .init(.tanh, [3]), .init(.multiply, [4, 0]),
      .init(.std, [0], ["axis": .integer(1), "keepdims": .bool(true)]),
      .init(.numbers, [], ["value": .array(NDArray(floats: [1], shape: []))]),
      .init(.add, [6, 7]), .init(.divide, [5, 8]), .init(.max, [0], ["axis": .integer(2), "keepdims": .bool(true)]),
      .init(.square, [10]), .init(.add, [9, 11]),
    ], result: 12, text: "f")
  static let cases = [
    GradientCase(testDescription: "dense, linear", layers: [dense, output(2, "linear")], targetShape: [2]),
    GradientCase(
      testDescription: "relu", layers: [dense, ("Activation", ["activation": .string("relu")]), output(2, "linear")],
      targetShape: [2]),
    GradientCase(testDescription: "tanh, weighted", layers: [dense, output(2, "tanh")], targetShape: [2], isWeighted: true),
    GradientCase(testDescription: "sigmoid", layers: [dense, output(1, "sigmoid")], targetShape: []),
    GradientCase(
      testDescription: "flatten and rescaling", input: [2, 3],
      layers: [("Rescaling", ["scale": .float(0.5), "offset": .float(0.1)]), ("Flatten", [:]), output(2, "tanh")],
      targetShape: [2]),
    GradientCase(
      testDescription: "a function of the script", input: [2, 3],
      layers: [dense, ("Lambda", ["function": .object(function)]), output(2, "tanh")], targetShape: [2, 2]),
    GradientCase(
      testDescription: "dense on positions", input: [2, 3], layers: [dense, output(2, "tanh")], targetShape: [2, 2],
      isWeighted: true),
    GradientCase(
      testDescription: "batch normalisation", layers: [dense, ("BatchNormalization", [:]), output(2, "tanh")], targetShape: [2]),
    GradientCase(
      testDescription: "batch normalisation without scale",
      layers: [dense, ("BatchNormalization", ["scale": .bool(false), "center": .bool(false)]), output(2, "tanh")],
      targetShape: [2]),
    GradientCase(
      testDescription: "dropout", layers: [dense, ("Dropout", ["rate": .float(0.4)]), output(2, "tanh")], targetShape: [2]),
    GradientCase(
      testDescription: "regularizers",
      layers: [
        (
          "Dense",
          [
            "units": .integer(3), "kernel_regularizer": .string("l1"), "bias_regularizer": .string("l2"),
            "bias_initializer": .string("ones"),
          ]
        ), output(2, "tanh"),
      ], targetShape: [2]),
    GradientCase(
      testDescription: "binary cross-entropy", layers: [dense, output(2, "sigmoid")],
      loss: ("BinaryCrossentropy", ["label_smoothing": .float(0.1)]), targetShape: [2]),
    GradientCase(
      testDescription: "binary cross-entropy of logits", layers: [dense, output(1, "linear")],
      loss: ("BinaryCrossentropy", ["from_logits": .bool(true)]), targetShape: [], isWeighted: true),
    GradientCase(
      testDescription: "categorical cross-entropy", layers: [dense, output(3, "softmax")],
      loss: ("CategoricalCrossentropy", ["label_smoothing": .float(0.1)]), targetShape: [3]),
    GradientCase(
      testDescription: "categorical cross-entropy of probabilities", layers: [dense, output(3, "sigmoid")],
      loss: ("CategoricalCrossentropy", [:]), targetShape: [3]),
    GradientCase(
      testDescription: "categorical cross-entropy of logits", layers: [dense, output(3, "linear")],
      loss: ("CategoricalCrossentropy", ["from_logits": .bool(true)]), targetShape: [3], isWeighted: true),
    GradientCase(
      testDescription: "sparse cross-entropy", layers: [dense, output(3, "softmax")],
      loss: ("SparseCategoricalCrossentropy", [:]), classes: 3, targetShape: []),
    GradientCase(
      testDescription: "sparse cross-entropy of logits, summed", layers: [dense, output(3, "linear")],
      loss: ("SparseCategoricalCrossentropy", ["from_logits": .bool(true), "reduction": .string("sum")]), classes: 3,
      targetShape: [1], isWeighted: true),
    GradientCase(
      testDescription: "weighted mean", layers: [dense, output(2, "linear")],
      loss: ("MeanSquaredError", ["reduction": .string("mean_with_sample_weight")]), targetShape: [2], isWeighted: true),
  ]

  @Test("agree with central differences", arguments: cases)
  func centralDifferences(_ example: GradientCase) throws {
    let network = Network(try sequentialPlan(input: example.input, example.layers), seed: 3, pool: try Pool(threads: 1))
    network.compile(compilePlan(loss: make(example.loss.name, .loss, example.loss.given)))
    let batch = 5
    let stream = RandomStream(seed: 11, example.testDescription)
    let x = (0..<(batch * example.input.reduce(1, *))).map { stream.normal($0) }
    let y = (0..<(batch * example.targetShape.reduce(1, *))).map { position in
      let value = stream.uniform(position, attempt: 1)
      return example.classes.map { Double(Int(value * Double($0))) } ?? value
    }
    let weights = example.isWeighted ? (0..<batch).map { stream.uniform($0, attempt: 2) * 2 } : nil
    func evaluate(_ changed: (VariableID, Int, Double)? = nil) -> Evaluation {
      Evaluation(
        network, .train, x: x, xShape: [batch] + example.input, y: y, yShape: [batch] + example.targetShape, weights: weights,
        changing: changed)
    }
    let base = evaluate()
    let updates = base.step.graph.effects.compactMap { if case .update(let update) = $0 { update } else { nil } }
    #expect(updates.count == network.layers.reduce(0) { $0 + $1.trainedWeights.count })
    for update in updates {
      let gradient = base.values[update.gradient]
      for position in 0..<update.variable.count {
        let width = 1e-6
        let numeric =
          (evaluate((update.variable, position, width)).loss - evaluate((update.variable, position, -width)).loss) / (2 * width)
        #expect(
          abs(gradient[position] - numeric) <= 1e-6 * max(1, abs(numeric)),
          "\(network.store.name(of: update.variable))[\(position)]: \(gradient[position]), numerically \(numeric)")
      }
    }
  }
}
