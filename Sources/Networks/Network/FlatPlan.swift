import Plans

/// A plan in which layers of nested models stand in the models' place, so that every application is of a layer of the catalog.
struct FlatPlan {
  struct Layer {
    let planned: ModelPlan.Layer
    /// The names of the models around it and its own: `encoder/dense`.
    let path: String
    let isTrainable: Bool
    /// The network whose weights it begins with, and the layer's path there: a nested model that has been trained.
    let origin: (network: Network, path: String)?
  }

  private(set) var layers: [Layer] = []
  private(set) var applications: [ModelPlan.Application] = []
  private(set) var tensorCount: Int
  private(set) var outputs: [Int]

  init(_ plan: ModelPlan) {
    tensorCount = plan.tensors.count
    outputs = []
    let places = add(plan, path: "", isTrainable: true, origin: nil)
    outputs = connect(plan, places, tensors: Dictionary(uniqueKeysWithValues: plan.tensors.indices.map { ($0, $0) }))
  }

  /// Where a layer of a plan stands: one place, or those of a nested model's layers.
  private indirect enum Place {
    case layer(Int)
    case model(ModelPlan, [Place])
  }

  private mutating func add(_ plan: ModelPlan, path: String, isTrainable: Bool, origin: (network: Network, path: String)?)
    -> [Place]
  {
    var places: [Place] = []
    for layer in plan.layers {
      let inner = path + layer.name
      let trains = isTrainable && layer.isTrainable
      if let nested = layer.nested {
        let source =
          (nested.network as? Network).map { (network: $0, path: "") } ?? origin.map { ($0.network, "\($0.path)\(layer.name)/") }
        places.append(.model(nested.plan, add(nested.plan, path: inner + "/", isTrainable: trains, origin: source)))
      } else {
        layers.append(
          Layer(planned: layer, path: inner, isTrainable: trains, origin: origin.map { ($0.network, $0.path + layer.name) }))
        places.append(.layer(layers.count - 1))
      }
    }
    return places
  }

  /// Adds the applications of a plan, whose first tensors are those given; gives the tensors of its outputs.
  private mutating func connect(_ plan: ModelPlan, _ places: [Place], tensors known: [Int: Int]) -> [Int] {
    var tensors = known
    for application in plan.applications where !application.inputs.isEmpty {
      let inputs = application.inputs.map { number(of: $0, in: &tensors) }
      switch places[application.layer] {
      case .layer(let layer):
        applications.append(.init(layer: layer, inputs: inputs, output: number(of: application.output, in: &tensors)))
      case .model(let nested, let inner):
        let entrances = Dictionary(uniqueKeysWithValues: zip(nested.inputs, inputs))
        tensors[application.output] = connect(nested, inner, tensors: entrances).first
      }
    }
    return plan.outputs.map { number(of: $0, in: &tensors) }
  }

  private mutating func number(of tensor: Int, in tensors: inout [Int: Int]) -> Int {
    if let known = tensors[tensor] { return known }
    tensors[tensor] = tensorCount
    tensorCount += 1
    return tensorCount - 1
  }
}
