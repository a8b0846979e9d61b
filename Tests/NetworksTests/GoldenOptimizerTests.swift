import Arrays
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

/// An optimizer's course over three steps with given gradients, by Keras 3.15.1: the weights after the last.
struct GoldenOptimizer: CustomTestStringConvertible, Sendable {
  let name: String
  let given: [String: Value]
  let weights: [Float]
  var testDescription: String { "\(name) \(given.keys.sorted())" }
}

@Suite("Optimizers")
struct GoldenOptimizerTests {
  static let start: [Float] = [1, -2, 0.5, 3]
  static let gradients: [[Float]] = [[0.1, -0.2, 0.3, 0], [-0.4, 0.5, 0.6, -0.7], [2, -3, 0.05, 1]]

  static let cases = [
    GoldenOptimizer(
      name: "SGD", given: ["learning_rate": .float(0.1)],
      weights: [0.8299999833106995, -1.7300000190734863, 0.4050000011920929, 2.9700000286102295]),
    GoldenOptimizer(
      name: "SGD", given: ["learning_rate": .float(0.1), "momentum": .float(0.9)],
      weights: [0.8489000201225281, -1.740800142288208, 0.299699991941452, 3.0329999923706055]),
    GoldenOptimizer(
      name: "SGD", given: ["learning_rate": .float(0.1), "momentum": .float(0.9), "nesterov": .bool(true)],
      weights: [0.6940100193023682, -1.4967200756072998, 0.224729984998703, 2.999699831008911]),
    GoldenOptimizer(
      name: "SGD", given: ["learning_rate": .float(0.1), "weight_decay": .float(0.1)],
      weights: [0.8000980019569397, -1.6704959869384766, 0.3913465142250061, 2.880197048187256]),
    GoldenOptimizer(
      name: "SGD", given: ["learning_rate": .float(0.1), "clipnorm": .float(1)],
      weights: [0.9721873998641968, -1.944372296333313, 0.41521155834198, 3.035637378692627]),
    GoldenOptimizer(
      name: "SGD", given: ["learning_rate": .float(0.1), "clipvalue": .float(0.25)],
      weights: [0.9900000095367432, -1.9800001382827759, 0.4449999928474426, 3.0]),
    GoldenOptimizer(
      name: "SGD", given: ["learning_rate": .float(0.1), "global_clipnorm": .float(1)],
      weights: [0.9721873998641968, -1.944372296333313, 0.41521155834198, 3.035637378692627]),
    GoldenOptimizer(
      name: "Adam", given: [:], weights: [0.9990211129188538, -1.9988739490509033, 0.49724331498146057, 3.0005505084991455]),
    GoldenOptimizer(
      name: "Adam", given: ["learning_rate": .float(0.1)],
      weights: [0.9021144509315491, -1.8873820304870605, 0.22433225810527802, 3.0550460815429688]),
    GoldenOptimizer(
      name: "Adam", given: ["learning_rate": .float(0.1), "amsgrad": .bool(true)],
      weights: [0.9021144509315491, -1.8873820304870605, 0.22433225810527802, 3.0550460815429688]),
  ]

  @Test("follow Keras's steps", arguments: cases)
  func golden(_ example: GoldenOptimizer) throws {
    let optimizer = makeOptimizer(make(example.name, .optimizer, example.given))
    let store = VariableStore()
    let variable = store.add("w", shape: [4])
    store.write(Self.start, to: variable)
    let slots = optimizer.rule.slotNames.map { store.add($0, shape: [4]) }
    store.scalars[.learningRate] = Double(Float(optimizer.learningRate))

    var graph = Graph()
    let gradient = graph.reshape(graph.input("gradient", shape: [1, 4]), [4])
    let prepared = optimizer.preparation.emit([gradient], into: &graph)
    graph.update(
      variable, gradient: prepared[0], rule: optimizer.rule, slots: slots, weightDecay: optimizer.preparation.weightDecay)
    let program = try Program(graph, store: store, pool: try Pool(threads: 1))
    let gradients = NDArray(floats: Self.gradients.joined().map { $0 }, shape: [3, 4])
    program.bind("gradient", ArraySource(gradients))
    for step in 0..<3 { try program.run(first: step) }
    for (found, expected) in zip(store.read(variable), example.weights) {
      #expect(abs(found - expected) <= 2e-6 * max(1, abs(expected)))
    }
    withExtendedLifetime(gradients) {}
  }
}
