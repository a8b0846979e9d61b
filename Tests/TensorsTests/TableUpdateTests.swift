import Arrays
import Testing

@testable import Tensors

/// Tables of which a batch looks up some rows, and whose gradient is never written.
@Suite struct TableUpdateTests {
  private static let rows = 300, columns = 40, batch = 12, length = 9

  /// A step that trains a table by the squares of what is looked up, with its gradient as an output too if it `isRead`.
  private struct Trial {
    let store = VariableStore()
    let graph: Graph
    let table: VariableID
    let slots: [VariableID]

    init(isRead: Bool) {
      var graph = Graph()
      table = store.add("table", shape: [rows, columns])
      let words = graph.input("words", shape: [batch, length], type: .int32)
      let looked = graph.gatherRows(graph.variable(table), words)
      let loss = graph.reduceSum(graph.multiply(graph.square(looked), looked))
      let gradient = graph.gradients(of: loss, withRespectTo: [table])[table]
      let rule = UpdateRule.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false)
      let store = store, table = table
      slots = rule.slotNames.map { store.add($0, shape: table.shape) }
      if let gradient {
        graph.update(table, gradient: gradient, rule: rule, slots: slots, weightDecay: 0.1)
        if isRead { graph.output(gradient) }
      }
      self.graph = graph
      store.scalars[.learningRate] = 0.01
      let stream = RandomStream(seed: 7, "table")
      store.write((0..<table.count).map { Float(stream.uniform($0) - 0.5) }, to: table)
    }

    var variables: [VariableID] { [table] + slots }
    /// The words of two steps; some of them often, most of them never.
    static let words = (0..<2 * batch * length).map { Int32($0 * $0 % 97 * 3) }

    func words(_ step: Int) -> ArraySlice<Int32> { Self.words[(step * batch * length)...].prefix(batch * length) }

    /// Two steps, with something done before and after each.
    func run(threads: Int, before: (Int) -> Void = { _ in }, after: (Int) -> Void = { _ in }) throws {
      let program = try Program(graph, store: store, pool: Pool(threads: threads))
      try Self.words.withUnsafeBytes { words throws in
        guard let start = words.baseAddress else { return }
        program.bind("words", ArraySource(start, .int32, rowElements: length, rowCount: 2 * batch))
        for step in 0..<2 {
          before(step)
          try program.run(first: step * batch)
          after(step)
        }
      }
    }

    func bits() -> [[UInt32]] { variables.map { store.read($0).map(\.bitPattern) } }
  }

  private func isFused(_ trial: Trial) -> Bool {
    Plan(trial.graph).works.contains { if case .rowsUpdate = $0.kind { true } else { false } }
  }

  @Test("The bits are those of updating from the whole gradient, on any number of threads")
  func bitsOfTheWholeGradient() throws {
    let whole = Trial(isRead: true)
    try whole.run(threads: 1)
    #expect(!isFused(whole), "a gradient that is read is written")
    for threads in 1...3 {
      let trial = Trial(isRead: false)
      #expect(isFused(trial))
      try trial.run(threads: threads)
      #expect(trial.bits() == whole.bits(), "\(threads) threads")
    }
  }

  @Test("Rows that are not looked up move on as the optimizer has it")
  func evaluator() throws {
    let trial = Trial(isRead: false)
    var expected: [VariableID: [Double]] = [:]
    func foresee(_ step: Int) {
      let scalars = Dictionary(uniqueKeysWithValues: trial.store.scalars.all.map { ($0, trial.store.scalars[$0]) })
      func value(_ variable: VariableID) -> [Double] { trial.store.read(variable).map(Double.init) }
      let inputs: [InputSlot: [Double]] = ["words": trial.words(step).map(Double.init)]
      let evaluator = Evaluator(trial.graph, inputs: inputs, variables: value, scalars: scalars)
      expected = evaluator.variablesAfterStep(variables: value, scalars: scalars)
    }
    try trial.run(threads: 2, before: foresee) { step in
      for variable in trial.variables {
        expectAgreement(
          trial.store.read(variable), expected[variable] ?? [], relative: 1e-5, absolute: 1e-6, "\(step), \(variable)")
      }
    }
  }
}
