import Arrays
import Lambdas
import Plans
import Tensors

@testable import Networks

let catalog = Catalog([networkEntries])

/// An entry of the catalog made for a test; a mistake in the test's own arguments ends it.
func make(_ name: String, _ role: Role, _ given: [String: Value] = [:]) -> Configured {
  guard let object = catalog.make(name, role, given) else { preconditionFailure("`\(name)` can be made of \(given)") }
  return object
}

/// A chain of layers on one input, planned by the layers' own shape rules.
func sequentialPlan(
  input: [Int], type: ElementType = .float32, _ layers: [(name: String, given: [String: Value])], frozen: Set<Int> = []
) throws -> ModelPlan {
  var tensors = [TensorSpec(Shape(input.map { $0 }), type)]
  let inputShape = Value.tuple(input.map(Value.integer))
  var planned = [ModelPlan.Layer(configured: make("Input", .layer, ["shape": inputShape]), name: "input_layer", weights: [])]
  var applications: [ModelPlan.Application] = []
  for (index, (name, given)) in layers.enumerated() {
    let configured = make(name, .layer, given)
    guard case .layer(let rule) = configured.entry.meaning else { preconditionFailure("`\(name)` is a layer") }
    let shape = try rule(configured.arguments, [tensors[index]])
    planned.append(
      .init(configured: configured, name: "layer_\(index)", weights: shape.weights, isTrainable: !frozen.contains(index)))
    tensors.append(shape.output)
    applications.append(.init(layer: index + 1, inputs: [index], output: index + 1))
  }
  return ModelPlan(
    name: "sequential", layers: planned, applications: applications, tensors: tensors, inputs: [0], outputs: [layers.count],
    inputNames: ["input_layer"], outputNames: ["layer_\(layers.count - 1)"], isSequential: true)
}

/// `compile` of one output.
func compilePlan(
  _ optimizer: Configured = make("SGD", .optimizer), loss: Configured, metrics: [Configured] = [], weighted: Bool = false
) -> CompilePlan {
  CompilePlan(
    optimizer: optimizer, losses: [.init(configured: loss, output: 0)],
    metrics: metrics.map { .init(configured: $0, logName: $0.entry.name, output: 0, isWeighted: weighted) }, written: [:])
}

/// A graph of one batch and its evaluation in double precision.
struct Evaluation {
  let step: StepGraph
  let values: Evaluator
  init(
    _ network: Network, _ mode: StepMode, x: [Double], xShape: [Int], y: [Double] = [], yShape: [Int] = [],
    weights: [Double]? = nil,
    changing changed: (VariableID, Int, Double)? = nil
  ) {
    let form = StepGraph.Form(
      mode: mode, batchSize: xShape[0], inputShapes: [Array(xShape.dropFirst())], targetShapes: [Array(yShape.dropFirst())],
      weightShapes: weights == nil ? [] : [[]], fit: 0,
      stages: mode == .train ? network.stages : [])
    step = StepGraph(network, form)
    var inputs = [StepGraph.input(0): x, StepGraph.target(0): y]
    inputs[StepGraph.weights(0)] = weights
    values = Evaluator(step.graph, inputs: inputs) { variable in
      var values = network.store.read(variable).map(Double.init)
      if let (target, position, delta) = changed, target == variable { values[position] += delta }
      return values
    }
  }

  var loss: Double { step.loss.map { values[$0][0] } ?? .nan }
}
