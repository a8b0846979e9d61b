import Artifacts
import Lambdas
import Networks
import Plans

/// Models as `.keras` files hold them: the configuration (`config.json`) and the variables by group.
package enum KerasModel {
  /// The configuration of a model, with its `compile_config` if it is compiled.
  ///
  /// `learningRates` are the optimizers' at present; empty for those of their arguments.
  package static func configuration(of plan: ModelPlan, compiled: CompilePlan?, learningRates: [Double] = []) -> JSON {
    var model = configuration(of: plan, named: plan.name)
    model["compile_config"] =
      compiled.map { compileConfiguration($0, outputs: plan.outputs.count, learningRates: learningRates) } ?? [:]
    return model
  }

  // MARK: Models

  static func configuration(of plan: ModelPlan, named name: String) -> JSON {
    plan.isSequential ? sequential(plan, name) : functional(plan, name)
  }

  private static func sequential(_ plan: ModelPlan, _ name: String) -> JSON {
    let layers = plan.layers.indices.map { layer(plan, $0) }
    let inputShape = plan.inputs.first.map { batchShape(plan.tensors[$0].shape) } ?? nil
    var model = KerasObject.object(
      module: "keras", "Sequential",
      [
        "name": .string(name), "trainable": .bool(plan.isTrainable), "dtype": KerasObject.precision, "layers": .array(layers),
        "build_input_shape": inputShape,
      ])
    model["build_config"] = ["input_shape": inputShape]
    return model
  }

  private static func functional(_ plan: ModelPlan, _ name: String) -> JSON {
    let producers = producers(plan)
    let layers = plan.layers.indices.map { index in
      if let operation = operation(plan, index, producers) { return operation }
      var layer = layer(plan, index)
      layer["name"] = .string(plan.layers[index].name)
      layer["inbound_nodes"] = .array(
        plan.applications.filter { $0.layer == index && !$0.inputs.isEmpty }.map { application in
          let tensors = application.inputs.map { keepsake(plan, $0, producers) }
          let keywords = keywords(application, plan, producers)
          if let signature = plan.layers[index].configured.entry.call {
            return call(application.call, on: tensors, by: signature, keywords)
          }
          if let first = tensors.first, plan.layers[index].configured.entry.abilities.contains(.takesStates) {
            return ["args": [first], "kwargs": .object(keywords)]
          }
          return ["args": [arguments(tensors, of: plan.layers[index])], "kwargs": .object(keywords)]
        })
      return layer
    }
    func ends(_ tensors: [Int], _ structure: ModelPlan.Structure) -> JSON {
      let ends = tensors.map { history(plan, $0, producers, isOutput: true) }
      switch structure {
      case .single: return ends[0]
      case .list: return .array(ends)
      case .dict(let names): return .object(JSON.Object(Array(zip(names, ends))))
      }
    }
    var model = KerasObject.object(
      module: "keras.src.models.functional", "Functional",
      [
        "name": .string(name), "trainable": .bool(plan.isTrainable), "layers": .array(layers),
        "input_layers": ends(plan.inputs, plan.inputStructure),
        "output_layers": ends(plan.outputs, plan.outputStructure),
      ])
    model["registered_name"] = "Functional"
    model["build_config"] = ["input_shape": nil]
    return model
  }

  /// A layer that is an operation of Keras's own, called once; nil for others.
  private static func operation(_ plan: ModelPlan, _ index: Int, _ producers: [Int: Producer]) -> JSON? {
    let layer = plan.layers[index]
    let calls = plan.applications.filter { $0.layer == index }
    guard calls.count == 1, let function = layer.configured.followed, let operation = function.kerasOperation else { return nil }
    return KerasOperation.json(
      operation, of: function, named: layer.name, on: calls[0].inputs.map { keepsake(plan, $0, producers) })
  }

  /// The tensors of a call, as the layer takes them: a nested model of named inputs by name.
  private static func arguments(_ tensors: [JSON], of layer: ModelPlan.Layer) -> JSON {
    if case .dict(let names)? = layer.asModel?.plan.inputStructure { return .object(JSON.Object(Array(zip(names, tensors)))) }
    let takesList = layer.asModel?.plan.inputStructure == .list || layer.configured.entry.abilities.contains(.merges)
    return tensors.count == 1 && !takesList ? tensors[0] : .array(tensors)
  }

  private static func keywords(
    _ application: ModelPlan.Application, _ plan: ModelPlan, _ producers: [Int: Producer]
  ) -> JSON.Object {
    var keywords: JSON.Object = [:]
    if plan.layers[application.layer].configured.entry.abilities.contains(.takesStates), application.inputs.count > 1 {
      keywords["initial_state"] = .array(application.inputs.dropFirst().map { keepsake(plan, $0, producers) })
    }
    if let mask = application.mask { keywords["mask"] = keepsake(plan, mask, producers) }
    if let isTraining = application.isTraining { keywords["training"] = .bool(isTraining) }
    return keywords
  }

  // MARK: Layers

  private static func layer(_ plan: ModelPlan, _ index: Int) -> JSON {
    let layer = plan.layers[index]
    if let tensor = inputTensor(plan, layer: index) {
      let spec = plan.tensors[tensor]
      return KerasObject.object(
        module: "keras.layers", "InputLayer",
        [
          "batch_shape": batchShape(spec.shape, batch: layer.configured.fixedBatch), "dtype": .string(spec.type.rawValue),
          "sparse": false, "ragged": false,
          "name": .string(layer.name), "optional": false,
        ])
    }
    if let nested = layer.asModel {
      var model = configuration(of: nested.plan, named: layer.name)
      model["config"]?["trainable"] = .bool(layer.isTrainable)
      return model
    }
    var config: JSON.Object = [
      "name": .string(layer.name), "trainable": .bool(layer.isTrainable),
      "dtype": KerasObject.precision(of: layer.configured),
    ]
    if layer.configured.entry.abilities.contains(.isNeverTrained) { config["trainable"] = nil as JSON? }
    for (key, value) in KerasObject.config(layer.configured).entries { config[key] = value }
    let isOwn = layer.configured.entry.abilities.contains(.isFollowed)
    var object = KerasObject.object(
      module: isOwn ? KerasObject.ownModule : "keras.layers", layer.configured.entry.name, config)
    if isOwn { object["registered_name"] = .string("\(KerasObject.ownModule)>\(layer.configured.entry.name)") }
    if !layer.weights.isEmpty, let application = plan.applications.first(where: { $0.layer == index }),
      application.inputs.count == 1
    {
      object["build_config"] = ["input_shape": batchShape(plan.tensors[application.inputs[0]].shape, batch: plan.fixedBatch)]
    }
    return object
  }

  /// The tensor that an input layer brings in; nil for other layers.
  private static func inputTensor(_ plan: ModelPlan, layer: Int) -> Int? {
    plan.inputNames.firstIndex(of: plan.layers[layer].name).map { plan.inputs[$0] }
  }

  private static func batchShape(_ shape: Shape, batch: Int? = nil) -> JSON {
    .array([batch.map(JSON.integer) ?? nil] + shape.dimensions.map { $0.map(JSON.integer) ?? nil })
  }

  // MARK: Tensors

  /// Which application of which layer made a tensor, and which of the things it gave that is.
  private typealias Producer = (layer: String, node: Int, position: Int)

  private static func producers(_ plan: ModelPlan) -> [Int: Producer] {
    var made: [Int: Producer] = [:]
    for (name, tensor) in zip(plan.inputNames, plan.inputs) { made[tensor] = (name, 0, 0) }
    var counts: [Int: Int] = [:]
    for application in plan.applications where !application.inputs.isEmpty {
      let layer = plan.layers[application.layer]
      for (position, output) in application.outputs.enumerated() {
        made[output] = (layer.name, counts[application.layer, default: 0], position)
      }
      counts[application.layer, default: 0] += 1
    }
    return made
  }

  /// Where a model's outputs are named, and only there, a nested functional model's own making counts as its first call.
  private static func history(
    _ plan: ModelPlan, _ tensor: Int, _ producers: [Int: Producer], isOutput: Bool = false
  ) -> JSON {
    guard let (layer, node, position) = producers[tensor] else {
      preconditionFailure("every tensor of a plan is made by a layer")
    }
    let nested = plan.layers.first { $0.name == layer }?.asModel
    let own = isOutput && nested?.plan.isSequential == false ? 1 : 0
    return [.string(layer), .integer(node + own), .integer(position)]
  }

  private static func keepsake(_ plan: ModelPlan, _ tensor: Int, _ producers: [Int: Producer]) -> JSON {
    let spec = plan.tensors[tensor]
    return [
      "class_name": "__keras_tensor__",
      "config": [
        "shape": batchShape(spec.shape), "dtype": .string(spec.type.rawValue), "keras_history": history(plan, tensor, producers),
      ],
    ]
  }

  // MARK: Compile

  /// Strings stay as they were typed; what was not written is null.
  private static func compileConfiguration(_ compiled: CompilePlan, outputs: Int, learningRates: [Double]) -> JSON {
    let loss = compiled.written["loss"].map(KerasObject.json) ?? .null
    func written(_ name: String) -> JSON { compiled.written[name].map(KerasObject.json) ?? nil }
    return [
      "optimizer": optimizer(compiled.optimizer, learningRates: learningRates),
      "loss": loss.isNull ? losses(compiled) : loss,
      "loss_weights": written("loss_weights"), "metrics": metrics(compiled, outputs, areWeighted: false),
      "weighted_metrics": metrics(compiled, outputs, areWeighted: true),
      "run_eagerly": false, "steps_per_execution": 1, "jit_compile": "auto",
    ]
  }

  /// One list for a single output, else a list of lists in order of outputs; null without metrics.
  private static func metrics(_ compiled: CompilePlan, _ outputs: Int, areWeighted: Bool) -> JSON {
    let all = compiled.metrics.filter { $0.isWeighted == areWeighted }
    guard !all.isEmpty else { return nil }
    func forms(_ metrics: [CompilePlan.Metric]) -> JSON {
      .array(metrics.map { $0.written.map(JSON.string) ?? KerasObject.object($0.configured) })
    }
    return outputs == 1 ? forms(all) : .array((0..<outputs).map { output in forms(all.filter { $0.output == output }) })
  }

  private static func losses(_ compiled: CompilePlan) -> JSON {
    let objects = compiled.losses.map { KerasObject.object($0.configured) }
    return objects.count == 1 ? objects[0] : objects.isEmpty ? nil : .array(objects)
  }
}
