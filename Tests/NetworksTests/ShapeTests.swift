import Arrays
import Lambdas
import Plans
import Testing

@testable import Networks

/// A layer on an input: what it gives and owns, or why it cannot.
struct ShapeCase: CustomTestStringConvertible, Sendable {
  let layer: String
  var given: [String: Value] = [:]
  let input: [Int?]
  var output: [Int?] = []
  var weights: [String: [Int]] = [:]
  var isOdd = false
  var problem: String?
  var testDescription: String { "\(layer) on \(input)" }
}

@Suite("Shapes of layers")
struct ShapeTests {
  static let cases = [
    ShapeCase(layer: "Dense", given: ["units": .integer(5)], input: [3], output: [5], weights: ["kernel": [3, 5], "bias": [5]]),
    ShapeCase(
      layer: "Dense", given: ["units": .integer(5), "use_bias": .bool(false)], input: [3], output: [5],
      weights: ["kernel": [3, 5]]),
    ShapeCase(
      layer: "Dense", given: ["units": .integer(5)], input: [8, 3], output: [8, 5], weights: ["kernel": [3, 5], "bias": [5]],
      isOdd: true),
    ShapeCase(
      layer: "Dense", given: ["units": .integer(1), "activation": .string("softmax")], input: [3], output: [1],
      weights: ["kernel": [3, 1], "bias": [1]], isOdd: true),
    ShapeCase(
      layer: "Dense", given: ["units": .integer(5)], input: [], problem: "needs at least one dimension, but gets a single number"),
    ShapeCase(
      layer: "Dense", given: ["units": .integer(5)], input: [4, nil],
      problem: "needs to know how many inputs it has, but the last dimension of 4×? is open"),
    ShapeCase(layer: "Flatten", input: [8, 8], output: [64]),
    ShapeCase(layer: "Flatten", input: [], output: [1]),
    ShapeCase(layer: "Flatten", input: [nil, 8], output: [nil]),
    ShapeCase(layer: "Rescaling", given: ["scale": .float(0.5)], input: [8, nil], output: [8, nil]),
    ShapeCase(layer: "Dropout", given: ["rate": .float(0.5)], input: [8], output: [8]),
    ShapeCase(layer: "Activation", given: ["activation": .string("softmax")], input: [8], output: [8]),
    ShapeCase(layer: "Activation", given: ["activation": .string("softmax")], input: [1], output: [1], isOdd: true),
    ShapeCase(
      layer: "BatchNormalization", input: [6, 4], output: [6, 4],
      weights: ["gamma": [4], "beta": [4], "moving_mean": [4], "moving_variance": [4]]),
    ShapeCase(
      layer: "BatchNormalization", given: ["scale": .bool(false), "center": .bool(false)], input: [4], output: [4],
      weights: ["moving_mean": [4], "moving_variance": [4]]),
    ShapeCase(
      layer: "BatchNormalization", given: ["axis": .integer(1)], input: [6, 4],
      problem: "normalises the last axis, but is given `axis=1` for 6×4"),
  ]

  @Test("follow from arguments and input", arguments: cases)
  func shapes(_ example: ShapeCase) throws {
    let layer = make(example.layer, .layer, example.given)
    guard case .layer(let rule) = layer.entry.meaning else { throw Failure("`\(example.layer)` is a layer") }
    let input = TensorSpec(Shape(example.input))
    if let problem = example.problem {
      let error = #expect(throws: ShapeError.self) { try rule(layer.arguments, [input]) }
      #expect(error?.problem == problem)
      return
    }
    let shape = try rule(layer.arguments, [input])
    #expect(shape.output.shape.dimensions == example.output)
    #expect(Dictionary(uniqueKeysWithValues: shape.weights.map { ($0.name, $0.shape) }) == example.weights)
    #expect((shape.oddity != nil) == example.isOdd)
  }

  @Test(
    "losses say which targets they cannot take",
    arguments: [
      ("MeanSquaredError", [], [1], true), ("MeanSquaredError", [3], [3], true), ("MeanSquaredError", [2], [3], false),
      ("BinaryCrossentropy", [], [1], true), ("BinaryCrossentropy", [], [3], false),
      ("CategoricalCrossentropy", [3], [3], true), ("CategoricalCrossentropy", [], [3], false),
      ("SparseCategoricalCrossentropy", [], [3], true), ("SparseCategoricalCrossentropy", [1], [3], true),
      ("SparseCategoricalCrossentropy", [3], [3], false), ("SparseCategoricalCrossentropy", [], [1], false),
      ("SparseCategoricalCrossentropy", [7], [7, 3], true), ("SparseCategoricalCrossentropy", [6], [7, 3], false),
    ] as [(String, [Int], [Int], Bool)])
  func losses(_ name: String, _ targets: [Int], _ predictions: [Int], _ fits: Bool) throws {
    let loss = make(name, .loss)
    guard case .loss(let traits) = loss.entry.meaning else { throw Failure("`\(name)` is a loss") }
    let error = traits.check(loss.arguments, TensorSpec(Shape(targets.map { $0 })), TensorSpec(Shape(predictions.map { $0 })))
    #expect((error == nil) == fits, "\(error?.problem ?? "")")
  }
}
