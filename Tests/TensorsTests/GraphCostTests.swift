import Testing

@testable import Tensors

@Suite struct GraphCostTests {
  @Test func productsAndWhatGoesOverThem() {
    let store = VariableStore()
    let kernel = store.add("kernel", shape: [3, 5])
    let bias = store.add("bias", shape: [5])
    var graph = Graph()
    let x = graph.input("x", shape: [8, 3])
    graph.tag = SourceTag("dense")
    let product = graph.matrixProduct(x, graph.variable(kernel))
    let sum = graph.add(product, graph.variable(bias))
    graph.tag = SourceTag("activation")
    let output = graph.relu(sum)
    _ = graph.relu(product)  // nobody needs it
    graph.output(output)
    let costs = graph.costs()
    #expect(costs.map(\.source.name) == ["dense", "activation"])
    // 2 · 8 · 3 · 5 and a term for each of 8 · 5; x, kernel and product, product, bias and sum.
    #expect(costs[0].cost.operations >= 240 + 40 && costs[0].cost.operations <= 240 + 80)
    let touched = [24, 15, 40, 40, 5, 40].reduce(0, +)
    #expect(costs[0].cost.bytes >= Double(4 * touched))
    #expect(costs[1].cost == Cost(operations: 40, bytes: 320))
  }

  @Test func updatesCountWithTheirGradients() {
    let store = VariableStore()
    let weight = store.add("weight", shape: [10])
    let slots = [store.add("m", shape: [10]), store.add("v", shape: [10])]
    var graph = Graph()
    graph.tag = SourceTag("layer")
    let gradient = graph.input("g", shape: [10])
    graph.update(weight, gradient: gradient, rule: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false), slots: slots)
    let bytes = graph.costs().reduce(0) { $0 + $1.cost.bytes }
    #expect(bytes == 280)  // gradient, weight and two slots read; weight and slots written
  }
}
