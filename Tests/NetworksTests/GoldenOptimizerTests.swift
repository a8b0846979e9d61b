import Arrays
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

/// An optimizer with the weights that it changes, without a network: gradients are given.
final class OptimizerRun {
  let store = VariableStore()
  let optimization: Optimization
  private var batches = 0
  private var goodSteps = 0
  private let pool: Pool

  init(
    _ optimizer: Configured, _ weights: [(name: String, shape: [Int], start: [Double])], constraint: Configured? = nil
  ) throws {
    let store = store
    let trained = weights.enumerated().map { index, weight in
      let variable = store.add(weight.name, shape: weight.shape)
      store.write(weight.start.map { Float($0) }, to: variable)
      return TrainedWeight(variable: variable, path: weight.name, constraint: index == 0 ? constraint.map(Constraint.init) : nil)
    }
    optimization = Optimization(optimizer, weights: trained, of: "model", in: store)
    optimization.optimizers[0].beginWithWeights(in: store)
    store.scalars[.lossScale] = optimization.firstLossScale
    pool = try Pool(threads: 1)
  }

  /// One batch with these gradients of the scaled loss.
  func step(_ gradients: [[Double]]) throws {
    var graph = Graph()
    var nodes: [VariableID: Node] = [:]
    for (index, weight) in state.weights.enumerated() {
      let slot = InputSlot("gradient \(index)")
      nodes[weight.variable] = graph.reshape(graph.input(slot, shape: [1, weight.variable.count]), weight.shape)
    }
    let isFinite = UpdatePipeline.emit(nodes, of: optimization, at: optimization.stages(afterBatches: batches), into: &graph)
    if let isFinite { graph.output(isFinite) }
    let program = try Program(graph, store: store, pool: pool)
    let arrays = gradients.map { NDArray(floats: $0.map { Float($0) }, shape: [1, $0.count]) }
    for (index, array) in arrays.enumerated() { program.bind(InputSlot("gradient \(index)"), ArraySource(array)) }
    store.scalars[.iteration] = Double(state.options.updates(afterBatches: batches))
    switch state.options.learningRate {
    case .number(let rate): store.scalars[.learningRate] = Double(Float(rate))
    case .schedule(let schedule): store.scalars[.learningRate] = schedule.rate(at: batches)
    case .function: break
    }
    try program.run()
    withExtendedLifetime(arrays) {}
    let isGood = isFinite.map { program.read($0)[0] == 1 } ?? true
    if isGood { batches += 1 }
    if let scaling = optimization.lossScaling {
      (store.scalars[.lossScale], goodSteps) = scaling.next(
        scale: store.scalars[.lossScale], goodSteps: goodSteps, isFinite: isGood)
    }
  }

  /// The one optimizer.
  var state: OptimizerState { optimization.optimizers[0] }

  /// All weights, one after the other.
  var weights: [Double] { state.weights.flatMap { store.read($0.variable).map(Double.init) } }
  /// All variables of the optimizer's own, in file order.
  var variables: [[Double]] { state.variables.map { store.read($0.variable).map(Double.init) } }
  var averages: [Double] { state.averages.flatMap { store.read($0).map(Double.init) } }
}

@Suite("Optimizers")
struct GoldenOptimizerTests {
  static let fixture = Fixture(file: "optimizers.json")

  private static func run(_ optimizer: Configured, constraint: String? = nil) throws -> OptimizerRun {
    let names = fixture["names"].elements.map(\.text)
    let shapes = fixture["shapes"].elements.map(\.integers)
    let start = fixture["start"].elements.map(\.numbers)
    return try OptimizerRun(
      optimizer, names.indices.map { (names[$0], shapes[$0], start[$0]) }, constraint: constraint.map { make($0, .constraint) })
  }

  @Test("take Keras's steps and keep what Keras keeps", arguments: fixture["cases"].elements.indices)
  func course(_ index: Int) throws {
    let example = Self.fixture["cases"].elements[index]
    let given = ["learning_rate": Value.float(0.05)].merging(example["arguments"].arguments) { _, own in own }
    let title = "\(example["name"].text) \(given)"
    let constraint = example["constraint"].isNull ? nil : example["constraint"].text
    let run = try Self.run(make(example["name"].text, .optimizer, given), constraint: constraint)
    for (step, gradients) in Self.fixture["gradients"].elements.enumerated() {
      try run.step(gradients.elements.map(\.numbers))
      guard let expected = example["weights"][step] else { continue }
      #expect(distance(run.weights, expected.numbers) <= 1e-5, "\(title), step \(step): \(run.weights)")
    }
    let isScheduled = if case .schedule = run.state.options.learningRate { true } else { false }
    // The file begins with the iteration and, unless it follows a schedule, the learning rate.
    let state = example["state"].elements.dropFirst(isScheduled ? 1 : 2)
    #expect(run.variables.count == state.count, "\(title): \(run.state.variables.map(\.name))")
    for ((found, expected), slot) in zip(zip(run.variables, state), run.state.variables) {
      #expect(distance(found, expected.numbers) <= 1e-5, "\(title), \(slot.name): \(found), not \(expected.numbers)")
    }
    if run.state.options.averages != nil { #expect(distance(run.averages, example["final"].numbers) <= 1e-5) }
  }

  @Test(
    "a loss scale finds itself as Keras's does, and bad gradients change nothing", arguments: fixture["scaled"].elements.indices)
  func scaled(_ index: Int) throws {
    let example = Self.fixture["scaled"].elements[index]
    let inner = make(example["name"].text, .optimizer, ["learning_rate": .float(0.05)])
    let run = try Self.run(
      make(
        "LossScaleOptimizer", .optimizer,
        [
          "inner_optimizer": .object(inner), "initial_scale": .float(example["scale"].number),
          "dynamic_growth_steps": .integer(Int(example["growth"].number)),
        ]))
    for (step, gradients) in Self.fixture["gradients"].elements.enumerated() {
      var scaled = gradients.elements.map { $0.numbers.map { $0 * run.store.scalars[.lossScale] } }
      if step == 2 { scaled[1][0] = .infinity }
      try run.step(scaled)
      guard let expected = example["weights"][step] else { continue }
      #expect(distance(run.weights, expected.numbers) <= 1e-5, "step \(step)")
    }
    // Its own iteration and rate, the good steps, the scale, then what the inner one keeps behind iteration and rate.
    let state = example["state"].elements
    #expect(run.store.scalars[.lossScale] == state[3].numbers[0])
    for (found, expected) in zip(run.variables, state.dropFirst(6)) { #expect(distance(found, expected.numbers) <= 1e-5) }
  }

  @Test("every optimizer of the catalog is among these")
  func all() {
    let tested = Set(Self.fixture["cases"].elements.map { $0["name"].text })
    #expect(optimizerTypes.allSatisfy { tested.contains($0.signature.name) })
  }

  @Test("the core's own rules and the composed ones take the same steps", arguments: ["SGD", "Adam", "AdamW"])
  func composed(_ name: String) throws {
    let plain = try Self.run(make(name, .optimizer))
    let averaged = try Self.run(make(name, .optimizer, ["use_ema": .bool(true)]))
    for gradients in Self.fixture["gradients"].elements {
      try plain.step(gradients.elements.map(\.numbers))
      try averaged.step(gradients.elements.map(\.numbers))
    }
    #expect(distance(averaged.weights, plain.weights) <= 1e-6)
  }

  @Test("weights that are named do not decay")
  func undecayed() throws {
    let optimizer = make("AdamW", .optimizer, ["weight_decay": .float(0.1)])
    _ = try optimizer.call("exclude_from_weight_decay", [.none, .list([.string("^bi"), .string("scale")])])
    let run = try Self.run(optimizer)
    let before = run.weights
    try run.step(Self.fixture["start"].elements.map { $0.numbers.map { _ in 0 } })
    #expect(run.weights[..<12] != before[..<12] && run.weights[12...] == before[12...])
    #expect(throws: MachineError.self) { try optimizer.call("exclude_from_weight_decay", [.none, .list([.string("(")])]) }
    #expect(throws: MachineError.self) { try optimizer.call("exclude_from_weight_decay", [.list([]), .none]) }
  }

  @Test("options that cannot go together are told")
  func conflicts() {
    func conflict(_ given: [String: Value]) -> String? {
      let object = make("Adam", .optimizer, given)
      return object.entry.conflict(object.arguments)?.parameter
    }
    #expect(conflict([:]) == nil)
    #expect(conflict(["clipnorm": .float(1), "global_clipnorm": .none]) == nil)
    #expect(conflict(["clipnorm": .float(1), "clipvalue": .float(1)]) == "clipvalue")
    #expect(conflict(["ema_momentum": .float(0.5)]) == "ema_momentum")
    #expect(conflict(["ema_momentum": .float(0.5), "use_ema": .bool(true)]) == nil)
  }
}
