import Lambdas

/// What `model` is in a hook, and what is reached through it: the types that the checker holds hooks to.
///
/// Module `Training` makes the objects; each answers exactly the attributes and methods declared here. What a hook saves is the model
/// as it is when the hook asks for it.
package enum HookObjects {
  /// As with Keras on TensorFlow, whose step is compiled by then; on JAX the training fails.
  private static let settledTrainability = (
    reason: "This would change nothing: what a training changes is settled when it begins.",
    hint: "set `trainable` outside of hooks, `compile` again and `fit` on."
  )

  /// `model`: the network in training. `stop_training` ends it after the batch, validation and `epoch_end` as in Keras,
  /// `stop_evaluating` and `stop_predicting` the evaluation or prediction after the batch.
  package static func model(trainedBy optimizer: Configured?) -> ObjectType {
    model(hasSeveralOptimizers: optimizer?.optimizerMap != nil)
  }
  package static func model(hasSeveralOptimizers: Bool) -> ObjectType { hasSeveralOptimizers ? modelOfSeveral : modelOfOne }
  private static let modelOfOne = model(with: optimizer)
  private static let modelOfSeveral = model(with: severalOptimizers)

  private static func model(with optimizer: ObjectType) -> ObjectType {
    ObjectType(
      "Model",
      attributes: [
        "stop_training": .init(.bool, isSettable: true),
        "stop_evaluating": .init(.bool, isSettable: true),
        "stop_predicting": .init(.bool, isSettable: true),
        "optimizer": .init(.object(optimizer)),
        "layers": .init(.list(.object(layer))),
        "name": .init(.string),
        "trainable": .init(.bool, obstacle: settledTrainability),
        "weights": .init(.list(.array(.float32, shape: nil))),
      ],
      methods: [
        "save": FunctionType([.init("filepath", .string), .init("overwrite", .bool, isOptional: true)], returns: .none),
        "save_weights": FunctionType([.init("filepath", .string)], returns: .none),
        "get_weights": FunctionType([], returns: .list(.array(.float32, shape: nil))),
        "set_weights": FunctionType([.init("weights", .list(.array(nil, shape: nil)))], returns: .none),
        "count_params": FunctionType([], returns: .integer),
        "reset_states": FunctionType([], returns: .none),
        "get_layer": FunctionType(
          [
            .init("name", .union([.string, .none]), isOptional: true),
            .init("index", .union([.integer, .none]), isOptional: true),
          ], returns: .object(layer)),
      ], absence: absence)
  }

  /// What a model does elsewhere and not while it is trained.
  @Sendable private static func absence(of name: String) -> (reason: String, hint: String)? {
    let hint: String
    switch name {
    case "evaluate": hint = "`validation_data` among the settings of `fit` has each epoch measured: `logs.val_loss`."
    case "predict": hint = "write `predict` after the `fit`, or train a few epochs at a time in a `for`."
    case "summary": hint = "write it before the `fit`; `model.layers` and `model.count_params()` are there."
    case "fit", "compile": hint = "begin another training after this one, in a `for` of the script."
    case "load_weights": hint = "load them before the `fit`; `model.set_weights(…)` puts back what `model.get_weights()` gave."
    default: return nil
    }
    return ("`\(name)` is not there in hooks: the model is being trained.", hint)
  }

  /// What setting changes the learning rate.
  static let rateNames: Set<String> = ["learning_rate", "lr"]

  /// `model.optimizer`. Setting the learning rate holds from the next step on; it is stored as float32.
  package static let optimizer = ObjectType(
    "Optimizer",
    attributes: [
      "learning_rate": .init(.float, isSettable: true),
      "lr": .init(.float, isSettable: true),
      "iterations": .init(.integer),
      "name": .init(.string),
    ])

  /// `model.optimizer` where it is a `MultiOptimizer`, which has no learning rate of its own.
  package static let severalOptimizers = ObjectType(
    "MultiOptimizer",
    attributes: [
      "optimizers": .init(.list(.object(optimizer))), "iterations": .init(.integer), "name": .init(.string),
    ])

  /// An element of `model.layers`, and what `model.get_layer("dense")` gives.
  package static let layer = ObjectType(
    "Layer",
    attributes: [
      "name": .init(.string), "trainable": .init(.bool, obstacle: settledTrainability),
      "weights": .init(.list(.array(.float32, shape: nil))),
    ],
    methods: [
      "get_weights": FunctionType([], returns: .list(.array(.float32, shape: nil))),
      "set_weights": FunctionType([.init("weights", .list(.array(nil, shape: nil)))], returns: .none),
      "count_params": FunctionType([], returns: .integer),
      "reset_states": FunctionType([], returns: .none),
      "reset_state": FunctionType([], returns: .none),
    ])

  /// `end` of `train_end`: `reason` is "completed", "stopped", "diverged", "interrupted" or "failed", `by` the callback that stopped it, or
  /// None, and `why` a clause, or nothing.
  package static let end = ValueType.record(
    RecordType(title: "end", [("reason", .init(.string)), ("by", .init(.union([.string, .none]))), ("why", .init(.string))]))

  /// `params`: `epochs`, `steps` (None where unknown), `verbose`.
  package static let params = ValueType.record(
    RecordType(
      title: "params",
      [("verbose", .init(.integer)), ("epochs", .init(.integer)), ("steps", .init(.union([.integer, .none])))]))
}
