import Arrays
import Datasets
import Diagnostics
import Lambdas
import Networks
import Plans

@testable import Training

let wholeCatalog = Catalog([networkEntries, trainingEntries])
private let nowhere = SourceRange(Source(name: "test.train", text: ""), 0, 0)

/// An object of the catalog with some arguments given.
func make(_ name: String, _ role: Role, _ given: [String: Value] = [:]) -> Configured {
  guard let object = wholeCatalog.make(name, role, given) else { preconditionFailure("`\(name)` can be made of \(given)") }
  return object
}

func callback(_ name: String, _ given: [String: Value] = [:]) -> CallbackPlan { .entry(make(name, .callback, given)) }

/// What something failed with; nil if it did not.
func failure(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch let failure as Failure { return failure.message } catch { return "\(error)" }
}

/// A compiled classifier of three numbers into four classes, with dropout, as a script would write it.
func classifier(_ name: String = "classifier") throws -> ModelObject {
  let layers: [(name: String, given: [String: Value])] = [
    ("Dense", ["units": .integer(8), "activation": .string("relu")]), ("Dropout", ["rate": .float(0.3)]),
    ("Dense", ["units": .integer(4), "activation": .string("softmax")]),
  ]
  var tensors = [TensorSpec(Shape([3]))]
  var planned = [
    ModelPlan.Layer(configured: make("Input", .layer, ["shape": .tuple([.integer(3)])]), name: "input_layer", weights: [])
  ]
  var applications: [ModelPlan.Application] = []
  for (index, layer) in layers.enumerated() {
    let configured = make(layer.name, .layer, layer.given)
    guard case .layer(let rule) = configured.entry.meaning else { preconditionFailure("`\(layer.name)` is a layer") }
    let shape = try rule(configured.arguments, [tensors[index]])
    planned.append(.init(configured: configured, name: ["dense", "dropout", "dense_1"][index], weights: shape.weights))
    tensors.append(shape.output)
    applications.append(.init(layer: index + 1, inputs: [index], output: index + 1))
  }
  let model = ModelObject(
    plan: ModelPlan(
      name: name, layers: planned, applications: applications, tensors: tensors, inputs: [0], outputs: [3],
      inputNames: ["input_layer"], outputNames: ["dense_1"], isSequential: true))
  model.compiled = CompilePlan(
    optimizer: make("Adam", .optimizer, ["learning_rate": .float(0.01)]),
    losses: [.init(configured: make("SparseCategoricalCrossentropy", .loss), output: 0)],
    metrics: [.init(configured: make("SparseCategoricalAccuracy", .metric), logName: "accuracy", output: 0)],
    written: ["loss": .string("sparse_categorical_crossentropy"), "metrics": .list([.string("accuracy")])])
  return model
}

/// Sixty examples of four classes around four corners.
func corners(labels: [Int64]? = nil) throws -> RunData {
  let count = 60
  var x = NDArray(.float32, shape: [count, 3])
  var y = NDArray(.int64, shape: [count])
  let stream = RandomStream(seed: 5, "corners")
  x.withMutableElements(as: Float.self) { x in
    for row in 0..<count {
      for column in 0..<3 {
        let corner: Double = ((row % 4) >> min(column, 1)) & 1 == 0 ? -1 : 1
        x[row * 3 + column] = Float(corner + 0.3 * stream.normal(row * 3 + column))
      }
    }
  }
  y.withMutableElements(as: Int64.self) { y in for row in 0..<count { y[row] = labels?[row] ?? Int64(row % 4) } }
  let data = try Dataset(inputs: [x], targets: [y], classCount: 4)
  return RunData(spec: data.spec, content: .dataset(data.object))
}

extension FitPlan {
  /// A fit with what most tests do not care about filled in.
  static func of(_ model: ModelObject, on data: RunData, epochs: Int = 4, _ callbacks: [CallbackPlan] = []) -> FitPlan {
    FitPlan(
      model: model, data: data, validationSplit: 0.2, epochs: epochs, batchSize: 8, verbose: 0, callbacks: callbacks,
      site: RunSite(statement: 2), range: nowhere)
  }
}

extension EvaluatePlan {
  static func of(_ model: ModelObject, on data: RunData) -> EvaluatePlan {
    EvaluatePlan(model: model, data: data, batchSize: 16, verbose: 0, range: nowhere)
  }
}

func makeWorld(seed: Int? = 7, threads: Int = 1, screen: Screen = Screen(isTerminal: false)) -> TrainingWorld {
  TrainingWorld(.init(seed: seed, threads: threads), catalog: wholeCatalog, console: screen.console)
}

/// A script's callback whose hooks are given as Swift closures.
func scriptCallback(
  _ name: String, state: [(name: String, value: Value)] = [], addedLogs: [String] = [], logsRead: Set<Hook> = [],
  asksForEnd: Bool = false,
  _ bodies: [Hook: ScriptCallbackPlan.Body]
) -> ScriptCallbackPlan {
  let instance = ScriptCallback(
    name: name, parameters: [], stateNames: state.map(\.name), state: state.map(\.value), stateTypes: state.map { _ in .any },
    range: nowhere)
  return ScriptCallbackPlan(instance: instance, bodies: bodies, logsRead: logsRead, addedLogs: addedLogs, asksForEnd: asksForEnd)
}
