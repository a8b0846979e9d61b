import Arrays
import Glibc
import Lambdas
import Plans
import Tensors
import Testing

@testable import Networks

/// Activations, regularizers and constraints against what Keras computes.
@Suite("Functions of tensors")
struct FunctionTests {
  static let activations = Fixture(file: "activations.json")
  static let regularizers = Fixture(file: "regularizers.json")
  static let constraints = Fixture(file: "constraints.json")

  /// A function of one tensor in single precision, by a Program: its value, and the gradient of its sum weighted by cos 0, cos 1, ….
  private static func run(
    _ x: [Double], shape: [Int], _ body: (Node, inout Graph) -> Node
  ) throws -> (value: [Double], gradient: [Double]) {
    let store = VariableStore()
    let variable = store.add("x", shape: shape)
    store.write(x.map { Float($0) }, to: variable)
    var graph = Graph()
    let result = body(graph.variable(variable), &graph)
    let elements = graph.reshape(result, [graph.shape(of: result).reduce(1, *)])
    let weights = graph.input("weights", shape: [1, graph.shape(of: elements)[0]])
    let weighted = graph.reduceSum(graph.multiply(elements, graph.reshape(weights, graph.shape(of: elements))))
    let gradient = graph.gradients(of: weighted, withRespectTo: [variable])[variable]
    graph.output(elements)
    if let gradient { graph.output(gradient) }
    let program = try Program(graph, store: store, pool: try Pool(threads: 1))
    let cosines = (0..<graph.shape(of: elements)[0]).map { Float(cos(Double($0))) }
    let data = NDArray(floats: cosines, shape: [1, cosines.count])
    program.bind("weights", ArraySource(data))
    try program.run()
    return withExtendedLifetime(data) {
      (program.read(elements).map(Double.init), gradient.map { program.read($0).map(Double.init) } ?? [])
    }
  }

  @Test("every activation gives Keras's values and derivatives", arguments: activations["cases"].elements.indices)
  func activation(_ index: Int) throws {
    let example = Self.activations["cases"].elements[index]
    let activation = Activation(example["name"].text, example["arguments"].arguments)
    let (value, gradient) = try Self.run(Self.activations["x"].numbers, shape: Self.activations["shape"].integers) {
      activation.emit($0, into: &$1)
    }
    #expect(distance(value, example["value"].numbers) <= 1e-5, "\(activation.name): \(value)")
    #expect(distance(gradient, example["gradient"].numbers) <= 1e-5, "the derivative of \(activation.name): \(gradient)")
  }

  @Test("every activation of the catalog is among these")
  func allActivations() {
    let tested = Set(Self.activations["cases"].elements.map { $0["name"].text })
    let missing = ActivationFunction.all.map(\.signature.name).filter { !tested.contains($0) }
    #expect(missing == ["sparsemax"])  // whose definition is the paper's, below
  }

  @Test("sparsemax is the nearest point of the simplex")
  func sparsemax() throws {
    // With the support {0, 1}: τ = (1.2 + 0.9 − 1) / 2.
    let (value, _) = try Self.run([1.2, 0.9, 0.1, -3, 0, 0, 0, 0, 5, 1, 1, 1], shape: [3, 4]) {
      Activation("sparsemax").emit($0, into: &$1)
    }
    #expect(distance(value, [0.65, 0.35, 0, 0, 0.25, 0.25, 0.25, 0.25, 1, 0, 0, 0]) <= 1e-6)
  }

  @Test("every regularizer gives Keras's penalty and its derivative", arguments: regularizers["cases"].elements.indices)
  func regularizer(_ index: Int) throws {
    let example = Self.regularizers["cases"].elements[index]
    let regularizer = Regularizer(make(example["name"].text, .regularizer, example["arguments"].arguments))
    let (value, gradient) = try Self.run(Self.regularizers["x"].numbers, shape: Self.regularizers["shape"].integers) {
      regularizer.emit($0, into: &$1)
    }
    #expect(distance(value, example["value"].numbers) <= 1e-5, "\(example["name"].text): \(value)")
    #expect(distance(gradient, example["gradient"].numbers) <= 1e-5, "\(example["name"].text): \(gradient)")
  }

  @Test("every constraint makes of a weight what Keras does", arguments: constraints["cases"].elements.indices)
  func constraint(_ index: Int) throws {
    let example = Self.constraints["cases"].elements[index]
    let constraint = Constraint(make(example["name"].text, .constraint, example["arguments"].arguments))
    let (value, _) = try Self.run(Self.constraints["x"].numbers, shape: Self.constraints["shape"].integers) {
      constraint.emit($0, into: &$1)
    }
    #expect(distance(value, example["value"].numbers) <= 1e-5, "\(example["name"].text): \(value)")
  }

  @Test("derivatives of activations and regularizers agree with central differences in double precision")
  func centralDifferences() {
    let x = Self.activations["x"].numbers.map { max(min($0, 3.3), -3.3) }
    let shape = Self.activations["shape"].integers
    for name in ActivationFunction.all.map(\.signature.name) where name != "threshold" {
      Self.check("\(name)", x, shape) { Activation(name).emit($0, into: &$1) }
    }
    for name in RegularizerFunction.all.map(\.signature.name) {
      Self.check(name, x, shape) {
        Regularizer(make(name, .regularizer, name == "L1L2" ? ["l1": .float(1)] : [:])).emit($0, into: &$1)
      }
    }
  }

  private static func check(_ name: String, _ x: [Double], _ shape: [Int], _ body: (Node, inout Graph) -> Node) {
    let store = VariableStore()
    let variable = store.add("x", shape: shape)
    var graph = Graph()
    let result = body(graph.variable(variable), &graph)
    // Squares, since the elements of a softmax have a constant sum.
    let sum = graph.reduceSum(graph.square(graph.add(result, 0.3)))
    guard let gradient = graph.gradients(of: sum, withRespectTo: [variable])[variable] else { return }
    let analytic = Evaluator(graph, variables: { _ in x })[gradient]
    for index in x.indices {
      func value(_ change: Double) -> Double {
        var moved = x
        moved[index] += change
        return Evaluator(graph, variables: { _ in moved })[sum][0]
      }
      let numeric = (value(1e-5) - value(-1e-5)) / 2e-5
      #expect(abs(analytic[index] - numeric) <= 1e-5 * max(1, abs(numeric)), "\(name)[\(index)]: \(analytic[index]), \(numeric)")
    }
  }

  @Test("activations are functions on arrays, too")
  func calls() throws {
    func call(_ name: String, _ x: Value, _ given: [String: Value] = [:]) throws -> Value {
      let entry = try #require(catalog.entry(name, .activation))
      guard case .function(let traits) = entry.meaning else { preconditionFailure("an activation is a function") }
      return try traits.call(
        Activation(name, given.merging(["x": x]) { own, _ in own }).arguments,
        FunctionSurroundings(stream: RandomStream(seed: 0)))
    }
    guard case .float(let number) = try call("relu", .float(-2), ["negative_slope": .float(0.25)]) else { throw Wrong() }
    #expect(number == -0.5)
    guard case .array(let array) = try call("softmax", .list([.float(0), .float(0)])) else { throw Wrong() }
    #expect(array.shape == [2] && array.doubles == [0.5, 0.5])
    guard case .array(let halves) = try call("glu", .array(NDArray(floats: [1, 2, 0, 0], shape: [1, 4]))) else { throw Wrong() }
    #expect(halves.type == .float32 && halves.shape == [1, 2] && halves.doubles == [0.5, 1])
    #expect(throws: Failure.self) { try call("glu", .list([.float(1)])) }
    #expect(throws: Failure.self) { try call("softmax", .list([.float(1)]), ["axis": .integer(1)]) }
    #expect(throws: Failure.self) { try call("relu", .string("x")) }
  }

  private struct Wrong: Error {}
}
