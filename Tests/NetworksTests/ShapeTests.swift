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
    ShapeCase(
      layer: "Dense", given: ["units": .integer(6), "activation": .string("glu")], input: [3], output: [3],
      weights: ["kernel": [3, 6], "bias": [6]]),
    ShapeCase(
      layer: "Dense", given: ["units": .integer(5), "activation": .string("glu")], input: [3],
      problem: "cannot apply `glu` to 5"),
    ShapeCase(
      layer: "Dense", given: ["units": .integer(5), "bias_initializer": .string("orthogonal")], input: [3],
      problem: "cannot make its `bias` of 5: `Orthogonal` needs two dimensions or more"),
    ShapeCase(
      layer: "Dense", given: ["units": .integer(5), "bias_regularizer": .string("orthogonal_regularizer")], input: [3],
      problem: "cannot make its `bias` of 5: `OrthogonalRegularizer` needs two dimensions"),
    ShapeCase(
      layer: "Dense",
      given: ["units": .integer(5), "bias_constraint": .object(make("UnitNorm", .constraint, ["axis": .integer(1)]))],
      input: [3], problem: "cannot make its `bias` of 5: `UnitNorm` works along axis 1, and the weight has 1 dimension"),
    ShapeCase(
      layer: "Flatten", given: ["activity_regularizer": .object(make("OrthogonalRegularizer", .regularizer))], input: [4],
      output: [4]),
    ShapeCase(
      layer: "Rescaling",
      given: ["scale": .float(1), "activity_regularizer": .object(make("OrthogonalRegularizer", .regularizer))], input: [2, 4],
      problem: "gives 2×4 for each example: `OrthogonalRegularizer` needs two dimensions"),
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
      layer: "BatchNormalization", given: ["axis": .integer(1)], input: [6, 4], output: [6, 4],
      weights: ["gamma": [6], "beta": [6], "moving_mean": [6], "moving_variance": [6]]),
    ShapeCase(
      layer: "BatchNormalization", given: ["axis": .integer(3)], input: [6, 4], problem: "works along axis 3, but gets 6×4"),
    ShapeCase(
      layer: "LayerNormalization", given: ["axis": .list([.integer(0), .integer(1)])], input: [6, 4],
      problem: "cannot work along axis 0, which is the batch"),
    ShapeCase(
      layer: "GroupNormalization", given: ["groups": .integer(3)], input: [6, 4],
      problem: "cannot put 4 features into 3 equal groups"),
    ShapeCase(layer: "Reshape", given: ["target_shape": .list([.integer(-1), .integer(2)])], input: [3, 4], output: [6, 2]),
    ShapeCase(
      layer: "Reshape", given: ["target_shape": .list([.integer(-1), .integer(2)])], input: [nil, 4], output: [nil, 2]),
    ShapeCase(
      layer: "Reshape", given: ["target_shape": .list([.integer(5), .integer(2)])], input: [3, 4],
      problem: "cannot make 5×2 of 3×4: 12 elements are not 10"),
    ShapeCase(
      layer: "Permute", given: ["dims": .list([.integer(2), .integer(2)])], input: [3, 4],
      problem: "needs each axis from 1 to 2 once, but is given [2, 2]"),
    ShapeCase(layer: "RepeatVector", given: ["n": .integer(3)], input: [2, 2], problem: "repeats a vector, but gets 2×2"),
    ShapeCase(
      layer: "Embedding", given: ["input_dim": .integer(9), "output_dim": .integer(4)], input: [5], output: [5, 4],
      weights: ["embeddings": [9, 4]]),
    ShapeCase(
      layer: "EinsumDense", given: ["equation": .string("abc,cd->abd"), "output_shape": .list([.none, .integer(7)])],
      input: [2, 3], output: [2, 7], weights: ["kernel": [3, 7]]),
    ShapeCase(
      layer: "EinsumDense", given: ["equation": .string("ab,bc->c"), "output_shape": .integer(7)], input: [3],
      problem: "has an equation whose output does not begin with the batch, the first axis of the input"),
    ShapeCase(
      layer: "SpatialDropout2D", given: ["rate": .float(0.5)], input: [4, 4],
      problem: "needs 2 axes of positions and one of features, but gets 4×4"),
    ShapeCase(
      layer: "Normalization", given: ["mean": .float(1)], input: [4], problem: "needs both `mean` and `variance`, or neither"),
    ShapeCase(
      layer: "Normalization", input: [4], output: [4], weights: ["mean": [4], "variance": [4], "count": []]),
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
