import Testing

@testable import Tensors

/// The derivative rules against central differences, in double precision.
@Suite struct DerivativeTests {
  @Test(arguments: operationCases)
  func derivativesAreThoseOfCentralDifferences(_ operation: OperationCase) {
    let (graph, _, operands, gradients, loss, inputs) = operation.graph()
    let evaluated = Evaluator(graph, inputs: inputs)
    for (position, operand) in operands.enumerated() {
      let slot = InputSlot("operand \(position)")
      let step = 1e-5
      guard let values = inputs[slot] else { continue }
      for index in values.indices {
        func lossWith(_ value: Double) -> Double {
          var moved = inputs
          moved[slot]?[index] = value
          return Evaluator(graph, inputs: moved)[loss][0]
        }
        let difference = (lossWith(values[index] + step) - lossWith(values[index] - step)) / (2 * step)
        let derivative = gradients[position].map { evaluated[$0][index] } ?? 0
        #expect(
          abs(derivative - difference) < 1e-6 * (1 + abs(difference)),
          "operand \(position) of \(graph.shape(of: operand)), element \(index)")
      }
    }
  }

  @Test func onlyWhatIsAskedForIsDifferentiated() {
    let store = VariableStore()
    let kernel = store.add("kernel", shape: [3, 2])
    let unused = store.add("unused", shape: [4])
    var graph = Graph()
    let x = graph.input("features", shape: [5, 3])
    let loss = graph.reduceSum(graph.square(graph.matrixProduct(x, graph.variable(kernel))))
    let before = graph.entries.count
    let gradients = graph.gradients(of: loss, withRespectTo: [kernel, unused])
    #expect(Set(gradients.keys) == [kernel])
    let products = graph.entries[before...].filter { if case .matrixProduct = $0.operation { true } else { false } }
    #expect(products.count == 1, "the features need no derivative")
    #expect(products.first?.shape == kernel.shape)
  }

  @Test func aProductWithZerosHasTheDerivativeOfTheOtherFactors() {
    var graph = Graph()
    let x = graph.input("x", shape: [3, 3])
    let loss = graph.reduceSum(graph.reduceProduct(x, axes: [1]))
    let gradient = graph.gradients(of: loss, withRespectTo: [x])[x]
    let values = Evaluator(graph, inputs: ["x": [2, 0, 3, 0, 0, 5, 2, 3, 4]])
    #expect(gradient.map { values[$0] } == [0, 6, 0, 0, 0, 0, 12, 8, 6])
  }

  @Test func equalExtremesOfScatteredAxesShareTheDerivative() {
    var graph = Graph()
    let x = graph.input("x", shape: [2, 1, 2])
    let loss = graph.reduceSum(graph.reduceMin(x, axes: [0, 2]))
    let gradient = graph.gradients(of: loss, withRespectTo: [x])[x]
    let values = Evaluator(graph, inputs: ["x": [1, 1, 1, 4]])
    #expect(gradient.map { values[$0] } == [1.0 / 3, 1.0 / 3, 1.0 / 3, 0])
  }

  @Test func equalLargestElementsShareTheDerivative() {
    var graph = Graph()
    let x = graph.input("x", shape: [4])
    let loss = graph.reduceMax(x)
    let gradient = graph.gradients(of: loss, withRespectTo: [x])[x]
    let values = Evaluator(graph, inputs: ["x": [1, 3, 3, 2]])
    #expect(gradient.map { values[$0] } == [0, 0.5, 0.5, 0])
  }
}
