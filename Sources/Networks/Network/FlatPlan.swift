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

  /// What is computed: a layer is applied, or a model to each step of a sequence.
  enum Work {
    case application(ModelPlan.Application)
    case steps(Steps)

    /// The applications in it, in order.
    var applications: [ModelPlan.Application] {
      switch self {
      case .application(let application): [application]
      case .steps(let steps): steps.body.flatMap(\.applications)
      }
    }
  }

  /// A model that is applied to each step of a sequence.
  struct Steps {
    /// [batch, steps, …].
    let input: Int
    let output: Int
    /// The mask that the call names.
    let mask: Int?
    /// What the model takes and gives, of one step.
    let entrance: Int
    let exit: Int
    let body: [Work]
    /// Whether all steps may be computed at once, as examples of a larger batch.
    let keepsRowsApart: Bool
  }

  private(set) var layers: [Layer] = []
  private(set) var works: [Work] = []
  private(set) var tensorCount: Int
  private(set) var outputs: [Int]
  private var known: [ObjectIdentifier: Int] = [:]
  /// The layers of models that a layer applies to steps, by that layer.
  private(set) var stepped: [ObjectIdentifier: [Int]] = [:]

  init(_ plan: ModelPlan) {
    tensorCount = plan.tensors.count
    outputs = []
    let places = add(plan, path: "", isTrainable: plan.isTrainable)
    var works: [Work] = []
    outputs = connect(
      plan, places, tensors: Dictionary(uniqueKeysWithValues: plan.tensors.indices.map { ($0, $0) }), isTraining: nil, to: &works)
    self.works = works
  }

  /// Every application, in the order in which they are computed first.
  var applications: [ModelPlan.Application] { works.flatMap(\.applications) }

  /// Where a layer of a plan stands: one place, or those of a nested model's layers.
  private indirect enum Place {
    case layer(Int)
    case model(ModelPlan, [Place])

    var layers: [Int] {
      switch self {
      case .layer(let layer): [layer]
      case .model(_, let places): places.flatMap(\.layers)
      }
    }
  }

  private mutating func add(_ plan: ModelPlan, path: String, isTrainable: Bool) -> [Place] {
    plan.layers.map { layer in
      let inner = path + layer.name
      let trains = isTrainable && layer.isTrainable
      if let nested = layer.nested {
        let isStepped = layer.asModel == nil
        let places = add(nested.plan, path: inner + "/", isTrainable: trains && (!isStepped || nested.plan.isTrainable))
        if isStepped { stepped[ObjectIdentifier(layer.configured)] = places.flatMap(\.layers) }
        return .model(nested.plan, places)
      }
      let identity = ObjectIdentifier(layer.configured)
      if let place = known[identity] { return .layer(place) }
      layers.append(Layer(planned: layer, path: inner, isTrainable: trains))
      known[identity] = layers.count - 1
      return .layer(layers.count - 1)
    }
  }

  /// Adds what a plan computes, whose first tensors are those given; gives the tensors of its outputs. What a call says of
  /// `training=` holds for all that is called within it.
  private mutating func connect(
    _ plan: ModelPlan, _ places: [Place], tensors known: [Int: Int], isTraining: Bool?, to works: inout [Work]
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
        works.append(
          .application(
            .init(layer: layer, inputs: inputs, outputs: outputs, mask: mask, isTraining: isTraining, call: application.call)))
      case .model(let nested, let inner):
        let depth = plan.layers[application.layer].configured.stepDepth
        let outputs: [Int]
        if depth > 0 {
          outputs = [connectSteps(depth, of: nested, inner, input: inputs[0], mask: mask, isTraining: isTraining, to: &works)]
        } else {
          let entrances = Dictionary(uniqueKeysWithValues: zip(nested.inputs, inputs))
          outputs = connect(nested, inner, tensors: entrances, isTraining: isTraining, to: &works)
        }
        for (tensor, made) in zip(application.outputs, outputs) { tensors[tensor] = made }
      }
    }
    return plan.outputs.map { number(of: $0, in: &tensors) }
  }

  /// Adds a model that is applied to each place of so many axes of steps; gives the tensor that it makes.
  private mutating func connectSteps(
    _ depth: Int, of nested: ModelPlan, _ places: [Place], input: Int, mask: Int?, isTraining: Bool?, to works: inout [Work]
  ) -> Int {
    let entrance = newTensor()
    var body: [Work] = []
    let exit: Int
    if depth > 1 {
      exit = connectSteps(depth - 1, of: nested, places, input: entrance, mask: nil, isTraining: isTraining, to: &body)
    } else {
      exit = connect(nested, places, tensors: [nested.inputs[0]: entrance], isTraining: isTraining, to: &body)[0]
    }
    let keepsRowsApart = places.flatMap(\.layers).allSatisfy { layers[$0].planned.configured.keepsRowsApart }
    let output = newTensor()
    works.append(
      .steps(
        Steps(
          input: input, output: output, mask: mask, entrance: entrance, exit: exit, body: body, keepsRowsApart: keepsRowsApart)))
    return output
  }

  private mutating func number(of tensor: Int, in tensors: inout [Int: Int]) -> Int {
    if let known = tensors[tensor] { return known }
    tensors[tensor] = newTensor()
    return tensorCount - 1
  }

  private mutating func newTensor() -> Int {
    tensorCount += 1
    return tensorCount - 1
  }
}
