import Arrays
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

@Suite("Layers in training and out of it")
struct LayerTests {
  private func network(_ layers: [(name: String, given: [String: Value])], input: [Int], frozen: Set<Int> = []) throws -> Network
  {
    let network = Network(try sequentialPlan(input: input, layers, frozen: frozen), seed: 7, pool: try Pool(threads: 1))
    network.compile(compilePlan(loss: make("MeanSquaredError", .loss)))
    return network
  }

  @Test("dropout drops its share in training, anew in each fit, and nothing otherwise")
  func dropout() throws {
    let network = try network([("Dropout", ["rate": .float(0.25)])], input: [400])
    let x = [Double](repeating: 1, count: 10 * 400)
    func output(_ mode: StepMode, fit: Int) -> [Double] {
      network.fit = fit
      let step = StepGraph(
        network,
        .init(mode: mode, batchSize: 10, inputShapes: [[400]], targetShapes: [[400]], weightShapes: [], fit: fit))
      return Evaluator(step.graph, inputs: [StepGraph.input(0): x, StepGraph.target(0): x])[step.predictions[0]]
    }
    let first = output(.train, fit: 0)
    #expect(first.allSatisfy { $0 == 0 || abs($0 - 1 / 0.75) < 1e-12 })
    #expect(abs(Double(first.count { $0 == 0 }) / 4000 - 0.25) < 0.03)
    #expect(first == output(.train, fit: 0))
    #expect(first != output(.train, fit: 1))
    #expect(output(.test, fit: 0) == x)
  }

  @Test("batch normalisation moves its averages, unless it is frozen")
  func batchNormalisation() throws {
    let x: [Double] = [1, 10, 3, 30]  // [batch 2, features 2]: means 2 and 20, biased variances 1 and 100
    for isFrozen in [false, true] {
      let network = try network(
        [("BatchNormalization", ["momentum": .float(0.9), "epsilon": .float(0)])], input: [2], frozen: isFrozen ? [0] : [])
      let evaluation = Evaluation(network, .train, x: x, xShape: [2, 2], y: x, yShape: [2, 2])
      let moved = evaluation.step.graph.effects.compactMap { effect -> [Double]? in
        if case .assign(let node, _) = effect { evaluation.values[node] } else { nil }
      }
      let output = evaluation.values[evaluation.step.predictions[0]]
      if isFrozen {
        #expect(moved.isEmpty && output == x)  // mean 0 and variance 1, as they begin
      } else {
        #expect(zip(moved[0], [0.2, 2]).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(zip(moved[1], [0.9 + 0.1, 0.9 + 10]).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(zip(output, [-1, -1, 1, 1]).allSatisfy { abs($0 - $1) < 1e-9 })
      }
    }
  }

  @Test("data that does not fit is refused before anything is computed")
  func refusals() throws {
    let network = try network([("Dense", ["units": .integer(2)])], input: [3])
    let x = NDArray(.float32, shape: [4, 3])
    let y = NDArray(.float32, shape: [4, 2])
    let other = NDArray(.float32, shape: [4, 5])
    _ = try network.runner(.train, BatchData(inputs: [x], targets: [y], sampleWeights: [NDArray(.float32, shape: [4])]))
    #expect(throws: NetworkFailure.self) { try network.runner(.predict, BatchData(inputs: [other])) }
    #expect(throws: NetworkFailure.self) { try network.runner(.train, BatchData(inputs: [x], targets: [other])) }
    #expect(throws: NetworkFailure.self) { try network.runner(.train, BatchData(inputs: [x, x], targets: [y])) }
    #expect(throws: NetworkFailure.self) { try network.runner(.test, BatchData(inputs: [x])) }
    #expect(throws: NetworkFailure.self) {
      try network.runner(.train, BatchData(inputs: [x], targets: [y], sampleWeights: [NDArray(.float32, shape: [4, 2])]))
    }
    let plain = Network(network.plan, seed: 1, pool: try Pool(threads: 1))
    #expect(throws: NetworkFailure.notCompiled) { try plain.runner(.train, BatchData(inputs: [x], targets: [y])) }
  }
}
