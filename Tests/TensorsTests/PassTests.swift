import AllocationCount
import Arrays
import Testing

@testable import Tensors

/// Steps that end in assignments, as optimizers compose them: done in few passes, each variable seen as it was before the step.
@Suite struct PassTests {
  /// A way to change variables, and how many passes and other steps it should take.
  struct Composition: Sendable, CustomTestStringConvertible {
    let name: String
    let shapes: [[Int]]
    let passes: Int
    /// Emits into a graph with these variables and a gradient of the first one's shape.
    let build: @Sendable (inout Graph, _ variables: [VariableID], _ gradient: Node) -> Void
    var testDescription: String { name }
  }

  static let compositions: [Composition] =
    [1, 7, 33, 700, 5000].map { count in
      Composition(name: "Adam of \(count)", shapes: [[count], [count], [count]], passes: 1) { graph, variables, gradient in
        let rate = graph.scalar(.learningRate)
        let (w, m, v) = (graph.variable(variables[0]), graph.variable(variables[1]), graph.square(graph.variable(variables[2])))
        let newM = graph.add(m, graph.multiply(graph.subtract(gradient, m), by: 0.1))
        let newV = graph.add(v, graph.multiply(graph.subtract(graph.square(gradient), v), by: 0.001))
        let step = graph.divide(graph.multiply(newM, rate), graph.add(graph.sqrt(newV), 1e-7))
        graph.assign(newM, to: variables[1])
        graph.assign(newV, to: variables[2])
        graph.assign(graph.subtract(w, step), to: variables[0])
      }
    } + [
      Composition(name: "two results of the same operands", shapes: [[40], [40]], passes: 1) { graph, variables, gradient in
        let (w, m) = (graph.variable(variables[0]), graph.variable(variables[1]))
        let mixed = graph.add(graph.multiply(m, by: 0.9), graph.multiply(gradient, by: 0.1))
        graph.assign(graph.subtract(w, graph.multiply(graph.apply(.sign, mixed), by: 0.01)), to: variables[0])
        graph.assign(graph.add(graph.multiply(m, by: 0.99), graph.multiply(gradient, by: 0.01)), to: variables[1])
      },
      Composition(name: "two variables change places", shapes: [[40], [40]], passes: 1) { graph, variables, gradient in
        let (a, b) = (graph.variable(variables[0]), graph.variable(variables[1]))
        graph.assign(graph.add(b, graph.multiply(gradient, by: 0)), to: variables[0])
        graph.assign(graph.multiply(a, by: 2), to: variables[1])
      },
      Composition(name: "three variables go round", shapes: [[40], [40], [40]], passes: 1) { graph, variables, _ in
        for index in 0..<3 { graph.assign(graph.variable(variables[(index + 1) % 3]), to: variables[index]) }
      },
      Composition(name: "an average of new weights", shapes: [[6, 7], [6, 7]], passes: 1) { graph, variables, gradient in
        let weights = graph.subtract(graph.variable(variables[0]), graph.multiply(gradient, by: 0.1))
        let average = graph.add(graph.multiply(graph.variable(variables[1]), by: 0.9), graph.multiply(weights, by: 0.1))
        graph.assign(average, to: variables[1])
        graph.assign(weights, to: variables[0])
      },
      Composition(name: "a number that others read", shapes: [[30], []], passes: 2) { graph, variables, gradient in
        let product = graph.variable(variables[1])
        graph.assign(graph.multiply(product, by: 0.5), to: variables[1])
        graph.assign(graph.subtract(graph.variable(variables[0]), graph.multiply(gradient, product)), to: variables[0])
      },
      Composition(name: "one value for two variables", shapes: [[9], [9]], passes: 1) { graph, variables, gradient in
        let value = graph.exp(graph.subtract(graph.variable(variables[0]), gradient))
        graph.assign(value, to: variables[0])
        graph.assign(value, to: variables[1])
      },
      Composition(name: "a first element that all read", shapes: [[50], [50]], passes: 1) { graph, variables, gradient in
        let w = graph.variable(variables[0])
        let first = graph.slice(w, axis: 0, 0..<1)
        graph.assign(graph.add(graph.multiply(w, first), gradient), to: variables[0])
      },
      Composition(name: "a sum on the way", shapes: [[50], [50]], passes: 2) { graph, variables, gradient in
        let w = graph.variable(variables[0])
        let moved = graph.subtract(w, graph.multiply(gradient, by: 0.1))
        let norm = graph.sqrt(graph.reduceSum(graph.square(moved)))
        graph.assign(graph.divide(moved, norm), to: variables[0])
        graph.assign(moved, to: variables[1])
      },
      Composition(name: "weights clipped by a choice", shapes: [[3, 50], [50]], passes: 2) { graph, variables, gradient in
        let w = graph.variable(variables[0])
        let isSmall = graph.less(graph.abs(gradient), graph.constant(0.5))
        graph.assign(graph.select(isSmall, graph.clip(w, from: -0.5, to: 0.5), gradient), to: variables[0])
        graph.assign(graph.reduceSum(gradient, axes: [0]), to: variables[1])
      },
      Composition(name: "more operations than fit", shapes: [[70]], passes: 1) { graph, variables, gradient in
        var w = graph.variable(variables[0])
        for index in 0..<120 { w = graph.add(graph.apply(.sin, w), graph.multiply(gradient, by: Double(index) * 1e-3)) }
        graph.assign(w, to: variables[0])
      },
      Composition(name: "many values at once", shapes: [[200]], passes: 1) { graph, variables, gradient in
        var terms = (1...20).map { graph.apply(.sin, graph.multiply(gradient, by: Double($0))) }
        while terms.count > 1 { terms = [graph.multiply(terms[0], terms[terms.count - 1])] + terms[1..<(terms.count - 1)] }
        graph.assign(graph.add(terms[0], graph.variable(variables[0])), to: variables[0])
      },
    ]

  private func store(_ composition: Composition) -> (VariableStore, [VariableID], gradient: [Float]) {
    let store = VariableStore()
    store.scalars[.learningRate] = 0.01
    let stream = RandomStream(seed: 8, composition.name)
    let variables = composition.shapes.enumerated().map { index, shape in
      let variable = store.add("variable \(index)", shape: shape)
      store.write((0..<variable.count).map { Float(stream.substream(index).uniform($0) * 2 - 1) }, to: variable)
      return variable
    }
    return (store, variables, (0..<variables[0].count).map { Float(stream.substream("gradient").uniform($0) * 2 - 1) })
  }

  private func graph(_ composition: Composition, _ variables: [VariableID]) -> Graph {
    var graph = Graph()
    let gradient = graph.reshape(graph.input("gradient", shape: [1, variables[0].count]), variables[0].shape)
    // Behind a reduction, as real gradients are; an input's own scaling would be done while it is gathered.
    composition.build(
      &graph, variables, graph.reduceSum(graph.stack([gradient, graph.multiply(gradient, by: 0)], axis: 0), axes: [0]))
    graph.countUpdate()
    return graph
  }

  @Test(arguments: compositions)
  func variablesAreSeenAsTheyWereBeforeTheStep(_ composition: Composition) throws {
    var bits: [[[UInt32]]] = []
    for threads in [1, 2, 3] {
      let (store, variables, gradient) = store(composition)
      let graph = graph(composition, variables)
      let before = Dictionary(uniqueKeysWithValues: variables.map { ($0, store.read($0).map(Double.init)) })
      let scalars = Dictionary(uniqueKeysWithValues: store.scalars.all.map { ($0, store.scalars[$0]) })
      let evaluator = Evaluator(
        graph, inputs: ["gradient": gradient.map(Double.init)], variables: { before[$0] ?? [] }, scalars: scalars)
      let after = evaluator.variablesAfterStep(variables: { before[$0] ?? [] }, scalars: scalars)
      let program = try Program(graph, store: store, pool: Pool(threads: threads))
      try gradient.withUnsafeBytes { bytes throws in
        let pointer = try #require(bytes.baseAddress)
        program.bind("gradient", ArraySource(pointer, .float32, rowElements: gradient.count, rowCount: 1))
        try program.run()
      }
      for (variable, values) in after {
        for (index, found) in store.read(variable).enumerated() where abs(Double(found) - values[index]) > 1e-5 {
          Issue.record("\(store.name(of: variable)) \(index) is \(found), not \(values[index])")
        }
      }
      #expect(store.scalars[.iteration] == 1, "a composed update counts")
      bits.append(variables.map { store.read($0).map(\.bitPattern) })
    }
    #expect(bits[0] == bits[1] && bits[0] == bits[2])
  }

  @Test(arguments: compositions)
  func anUpdateIsOnePass(_ composition: Composition) {
    let (_, variables, _) = store(composition)
    let plan = Plan(graph(composition, variables))
    let changing = plan.works.filter(\.writes.isEmpty)
    #expect(changing.count == composition.passes)
  }

  @Test func aPassAllocatesNothing() throws {
    let composition = PassTests.compositions[3]
    let (store, variables, gradient) = store(composition)
    let program = try Program(graph(composition, variables), store: store, pool: Pool(threads: 2))
    try gradient.withUnsafeBytes { bytes throws in
      let pointer = try #require(bytes.baseAddress)
      program.bind("gradient", ArraySource(pointer, .float32, rowElements: gradient.count, rowCount: 1))
      try program.run()
      allocation_count_begin()
      for _ in 0..<5 { try program.run() }
      #expect(allocation_count_end() == 0)
    }
  }

  @Test func numbersOfTheHostAreReadAtEachRun() throws {
    let store = VariableStore()
    let momentum = store.scalars.named("momentum")
    #expect(store.scalars.named("momentum") == momentum && store.scalars.named("learning rate") == .learningRate)
    let variable = store.add("w", shape: [3])
    var graph = Graph()
    let step = graph.add(graph.scalar(momentum), graph.scalar(.iteration))
    graph.assign(graph.add(graph.variable(variable), step), to: variable)
    graph.countUpdate()
    let program = try Program(graph, store: store, pool: Pool(threads: 1))
    store.scalars[momentum] = 0.5
    try program.run()
    store.scalars[momentum] = 0.25
    try program.run()
    #expect(store.read(variable) == [1.75, 1.75, 1.75])
  }
}
