import Plans

/// A plan in which layers of nested models stand in the models' place, so that every application is of a layer of the catalog.
///
/// A layer that is reached in several ways (shared by two models within, or used beside the model that holds it) stands here once.
struct FlatPlan {
  struct Layer {
    let planned: ModelPlan.Layer
    /// The names of the models around it and its own: `encoder/dense`.
    let path: String
    let isTrainable: Bool
    /// The shape of the first input of its first application.
    var input: Shape?
  }

  private(set) var layers: [Layer] = []
  private(set) var applications: [ModelPlan.Application] = []
  private(set) var tensorCount: Int
  private(set) var outputs: [Int]
  private var known: [ObjectIdentifier: Int] = [:]

  init(_ plan: ModelPlan) {
    tensorCount = plan.tensors.count
    outputs = []
    let places = add(plan, path: "", isTrainable: plan.isTrainable)
    outputs = connect(
      plan, places, tensors: Dictionary(uniqueKeysWithValues: plan.tensors.indices.map { ($0, $0) }), isTraining: nil)
  }

  /// Where a layer of a plan stands: one place, or those of a nested model's layers.
  private indirect enum Place {
    case layer(Int)
    case model(ModelPlan, [Place])
  }

  private mutating func add(_ plan: ModelPlan, path: String, isTrainable: Bool) -> [Place] {
    plan.layers.map { layer in
      let inner = path + layer.name
      let trains = isTrainable && layer.isTrainable
      if let nested = layer.nested {
        return .model(nested.plan, add(nested.plan, path: inner + "/", isTrainable: trains))
      }
      let identity = ObjectIdentifier(layer.configured)
      if let place = known[identity] { return .layer(place) }
      layers.append(Layer(planned: layer, path: inner, isTrainable: trains))
      known[identity] = layers.count - 1
      return .layer(layers.count - 1)
    }
  }

  /// Adds the applications of a plan, whose first tensors are those given; gives the tensors of its outputs. What a call says of
  /// `training=` holds for all that is called within it.
  private mutating func connect(
    _ plan: ModelPlan, _ places: [Place], tensors known: [Int: Int], isTraining: Bool?
  ) -> [Int] {
    var tensors = known
    for application in plan.applications where !application.inputs.isEmpty {
      let inputs = application.inputs.map { number(of: $0, in: &tensors) }
      let mask = application.mask.map { number(of: $0, in: &tensors) }
      let isTraining = application.isTraining ?? isTraining
      switch places[application.layer] {
      case .layer(let layer):
        if layers[layer].input == nil { layers[layer].input = plan.tensors[application.inputs[0]].shape }
        let outputs = application.outputs.map { number(of: $0, in: &tensors) }
        applications.append(
          .init(layer: layer, inputs: inputs, outputs: outputs, mask: mask, isTraining: isTraining, call: application.call))
      case .model(let nested, let inner):
        let entrances = Dictionary(uniqueKeysWithValues: zip(nested.inputs, inputs))
        let outputs = connect(nested, inner, tensors: entrances, isTraining: isTraining)
        for (tensor, made) in zip(application.outputs, outputs) { tensors[tensor] = made }
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
