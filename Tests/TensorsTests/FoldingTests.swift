import Testing

@testable import Tensors

/// Batch normalisation with given statistics, folded into the product or convolution before it.
@Suite struct FoldingTests {
  /// What makes the numbers that are normalised.
  enum Maker: String, CaseIterable { case product, convolution, depthwise }

  private struct Network {
    var graph = Graph()
    let linear: Node
    let statistics: [Node]
    let values: [InputSlot: [Float]]

    init(_ maker: Maker, hasBias: Bool) {
      var numbers = TestNumbers(61)
      var graph = Graph()
      var values: [InputSlot: [Float]] = [:]
      func input(_ name: String, _ shape: [Int], _ range: ClosedRange<Double> = -1...1) -> Node {
        values[InputSlot(name)] = numbers.array(shape.reduce(1, *), in: range)
        return graph.input(InputSlot(name), shape: shape)
      }
      let result =
        switch maker {
        case .product: graph.matrixProduct(input("x", [5, 7]), input("k", [7, 6]))
        case .convolution: graph.convolution(input("x", [3, 6, 5, 4]), input("k", [3, 2, 4, 6]), .plain(axes: 2))
        case .depthwise:
          graph.convolution(
            input("x", [3, 6, 5, 6]), input("k", [3, 3, 1, 6]),
            Convolution(
              strides: [1, 1], dilations: [1, 1], padding: [.init(before: 1, after: 1), .init(before: 0, after: 0)], groups: 6))
        }
      linear = hasBias ? graph.add(result, input("bias", [6])) : result
      statistics = [
        input("mean", [6]), input("variance", [6], 0.1...2), input("gamma", [6], 0.5...2), input("beta", [6]),
      ]
      (self.graph, self.values) = (graph, values)
    }

    mutating func normalized() -> Node {
      graph.batchNormalization(
        linear, mean: statistics[0], variance: statistics[1], gamma: statistics[2], beta: statistics[3], epsilon: 1e-3)
    }

    /// (x − μ) γ / √(σ² + ε) + β, written out.
    func expected() -> [Double] {
      let doubles = values.mapValues { $0.map(Double.init) }
      let evaluator = Evaluator(graph, inputs: doubles)
      let each = statistics.map { evaluator[$0] }
      return evaluator[linear].enumerated().map { index, value in
        let c = index % 6
        return (value - each[0][c]) * each[2][c] / (each[1][c] + 1e-3).squareRoot() + each[3][c]
      }
    }
  }

  @Test(
    "The numbers are those of normalising afterwards, and nothing is left to normalise", arguments: Maker.allCases, [false, true])
  func folded(maker: Maker, hasBias: Bool) throws {
    var network = Network(maker, hasBias: hasBias)
    let result = network.normalized()
    network.graph.output(result)
    let found = try outputs(network.graph, [result], network.values, threads: 2)
    expectAgreement(found[0], network.expected(), relative: 1e-5, absolute: 1e-5, maker.rawValue)
    #expect(!network.graph.entries.contains { if case .normalize = $0.operation { true } else { false } })
  }

  @Test("What is read elsewhere too is computed once, and normalised", arguments: Maker.allCases)
  func readElsewhere(maker: Maker) throws {
    var network = Network(maker, hasBias: true)
    let square = network.graph.square(network.linear)
    let result = network.normalized()
    [square, result].forEach { network.graph.output($0) }
    let found = try outputs(network.graph, [result], network.values, threads: 1)
    expectAgreement(found[0], network.expected(), relative: 1e-5, absolute: 1e-5, maker.rawValue)
    #expect(network.graph.entries.contains { if case .normalize = $0.operation { true } else { false } })
  }
}
