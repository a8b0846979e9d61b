import Lambdas

/// The settings of `fit`, `evaluate` and `predict`: Keras's keyword arguments. `x` and `y` stand first in the method's spelling.
enum RunParameters {
  static func of(_ verb: String, asMethod: Bool) -> [ParameterDescription] {
    let data: [ParameterDescription] =
      asMethod
      ? [.init("x", "the inputs, or a data set", .any, default: nil)]
        + (verb == "predict" ? [] : [.init("y", "the targets", .optional(.any), default: Value.none)])
      : []
    switch verb {
    case "fit": return data + fit
    case "evaluate": return data + evaluate
    default: return data + predict
    }
  }

  private static let batchSize = optional("batch_size", "examples a step; 32 unless said", .integer(min: 1))
  private static let callbacks = ParameterDescription(
    "callbacks", "a list of callbacks, who watch over the run", .optional(.any), default: Value.none)
  private static let sampleWeight = optional(
    "sample_weight", "how much each example counts: an array, or one for each output", .either([.array, .dict(.array)]))
  private static let verbose = ParameterDescription(
    "verbose", "0 silent, 1 a bar, 2 a line an epoch", .either([.choice(["auto"]), .integer(min: 0, max: 2), .bool]),
    default: .string("auto"))

  private static let fit: [ParameterDescription] = [
    batchSize,
    .init("epochs", "the number of the last epoch", .integer(min: 0), default: .integer(1)),
    verbose, callbacks,
    .init(
      "validation_split", "the part at the end that is kept for validation", .number(min: 0, max: 1, excludesMax: true),
      default: .float(0)),
    optional("validation_data", "what to validate on: a data set, or arrays `(x, y)`", .any),
    .init(
      "shuffle", "whether examples come in another order each epoch", .either([.bool, .choice(["batch"])]), default: .bool(true)),
    optional("class_weight", "how much each class counts", .dict(.number(min: 0))),
    sampleWeight,
    .init("initial_epoch", "the epoch to begin with, from 0", .integer(min: 0), default: .integer(0)),
    optional("steps_per_epoch", "batches an epoch", .integer(min: 1)),
    optional("validation_steps", "batches a validation", .integer(min: 1)),
    optional("validation_batch_size", "examples a step of validation", .integer(min: 1)),
    .init(
      "validation_freq", "validate every so many epochs, or after these", .either([.integer(min: 1), .list(.integer(min: 1))]),
      default: .integer(1)),
  ]

  private static let evaluate: [ParameterDescription] = [
    batchSize, verbose, sampleWeight, optional("steps", "batches to take", .integer(min: 1)), callbacks,
    .init("return_dict", "accepted: the scores have names in any case", .bool, default: .bool(false)),
  ]

  private static let predict: [ParameterDescription] = [
    batchSize, verbose, optional("steps", "batches to take", .integer(min: 1)), callbacks,
  ]

  private static func optional(_ name: String, _ help: String, _ kind: ArgumentKind) -> ParameterDescription {
    .init(name, help, .optional(kind), default: Value.none)
  }
}
