import Arrays
import Diagnostics
import Lambdas
import Plans

/// A catalog of the tests' own: a few layers with real shape rules, losses, metrics, optimizers, callbacks, a data source.
enum TestCatalog {
  static let catalog = Catalog([layers, others, losses, metrics, callbacks, functions])

  // MARK: Layers

  private static let layers: [Entry] = [
    layer("Input", [.init("shape", "the shape", .shape, default: nil)], aliases: ["InputLayer"]) { _, inputs in inputs[0] },
    lambda,
    layer("Flatten", []) { _, inputs in
      TensorSpec(Shape([inputs[0].shape.elementCount]), inputs[0].type)
    },
    layer("Rescaling", [number("scale"), number("offset", 0)]) { _, inputs in TensorSpec(inputs[0].shape) },
    layer(
      "Dropout", [.init("rate", "the part that is dropped", .number(min: 0, max: 1), default: nil)], abilities: [.disturbs]
    ) { _, inputs in inputs[0] },
    layer("ReLU", []) { _, inputs in inputs[0] },
    layer("Activation", [.init("activation", "which", .entry(.activation), default: nil)]) { _, inputs in inputs[0] },
    layer("GlobalAveragePooling2D", []) { _, inputs in TensorSpec(Shape([inputs[0].shape.dimensions.last ?? nil])) },
    layer("Add", []) { _, inputs throws(ShapeError) in
      guard inputs.count >= 2 else { throw ShapeError("adds two tensors or more, but gets \(inputs.count)") }
      guard inputs.allSatisfy({ $0.shape == inputs[0].shape }) else {
        throw ShapeError("adds equal shapes, but gets \(inputs.map(\.shape.description).joined(separator: " and "))")
      }
      return inputs[0]
    },
    Entry(
      .layer,
      Signature(
        "Dense", "A fully connected layer.",
        [
          .init("units", "how many outputs", .integer(min: 1), default: nil),
          .init("activation", "applied to each output", .optional(.entry(.activation)), default: Value.none),
          .init("use_bias", "whether to add a bias", .bool, default: .bool(true)),
          .init("kernel_initializer", "the first weights", .entry(.initializer), default: .string("glorot_uniform")),
        ]),
      .layer { arguments, inputs throws(ShapeError) in
        let input = inputs[0].shape
        guard let last = input.dimensions.last else { throw ShapeError("needs at least one dimension, but gets a single number") }
        guard let width = last else {
          throw ShapeError("needs to know the last dimension of its input, but gets \(input.description)")
        }
        let units = arguments["units"]?.asInteger ?? 1
        var weights = [WeightSpec("kernel", [width, units])]
        if case .bool(true)? = arguments["use_bias"] { weights.append(WeightSpec("bias", [units])) }
        let oddity: LayerShape.Oddity? =
          input.rank > 1
          ? LayerShape.Oddity(
            "works on each of the \(input.dimensions.dropLast().map { $0.map(String.init) ?? "?" }.joined(separator: "×")) positions",
            hint: "put `Flatten()` before it.") : nil
        return LayerShape(TensorSpec(input.replacingLast(with: units)), weights: weights, oddity: oddity)
      }),
    Entry(
      .layer,
      Signature(
        "Conv2D", "A convolution.",
        [
          .init("filters", "how many outputs", .integer(min: 1), default: nil),
          .init("kernel_size", "the window", .either([.integer(min: 1), .shape]), default: nil),
          .init("padding", "how borders count", .choice(["valid", "same"]), default: .string("valid")),
          .init("activation", "applied to each output", .optional(.entry(.activation)), default: Value.none),
        ]),
      .layer { arguments, inputs throws(ShapeError) in
        let input = inputs[0].shape
        guard input.rank == 3, let channels = input.dimensions[2] else {
          throw ShapeError(
            "needs an input of height, width and channels, but gets \(input.description)",
            hint: "write the channels too: `Input((28, 28, 1))`.")
        }
        let filters = arguments["filters"]?.asInteger ?? 1
        let kernel = arguments["kernel_size"]?.asInteger ?? 1
        let isSame = arguments["padding"]?.asString == "same"
        let sides = try input.dimensions.prefix(2).map { side throws(ShapeError) -> Int? in
          guard let side, !isSame else { return side }
          guard side >= kernel else { throw ShapeError("has a window of \(kernel) but an input of \(input.description)") }
          return side - kernel + 1
        }
        return LayerShape(
          TensorSpec(Shape(sides + [filters])),
          weights: [WeightSpec("kernel", [kernel, kernel, channels, filters]), WeightSpec("bias", [filters])])
      }),
  ]

  /// A function of the script, which the check follows.
  private static let lambda = Entry(
    .layer,
    Signature(
      "Lambda", "What a function of the script does to tensors.",
      [
        .init("function", "what is computed", .any, default: nil), .init("mask", "accepted as None", .any, default: Value.none),
        .init("arguments", "further arguments", .optional(.dict(.any)), default: Value.none),
      ]),
    .layer { arguments, inputs throws(ShapeError) in
      guard case .object(let object)? = arguments["function"], let function = object as? TensorFunction else {
        throw ShapeError("needs a function whose operations are known")
      }
      return LayerShape(try function.output(of: inputs))
    }, abilities: [.isFollowed])

  private static func layer(
    _ name: String, _ parameters: [ParameterDescription], aliases: [String] = [], abilities: Set<Ability> = [],
    _ rule: @escaping @Sendable (Arguments, [TensorSpec]) throws(ShapeError) -> TensorSpec
  ) -> Entry {
    Entry(
      .layer, Signature(name, "A layer.", parameters), aliases: aliases,
      .layer { arguments, inputs throws(ShapeError) in LayerShape(try rule(arguments, inputs)) }, abilities: abilities)
  }

  private static func number(_ name: String, _ value: Double? = nil) -> ParameterDescription {
    .init(name, "a number", .number(), default: value.map(Value.float))
  }

  // MARK: Plain objects

  private static let learningRate = ParameterDescription(
    "learning_rate", "how far a step goes", .either([.number(min: 0), .entry(.schedule)]), default: .float(0.001))

  private static func clip(_ name: String) -> ParameterDescription {
    .init(name, "a limit of gradients", .optional(.number(min: 0)), default: Value.none)
  }

  private static let others: [Entry] = [
    Entry(
      .optimizer, Signature("Adam", "Adam.", [learningRate, clip("clipnorm"), clip("clipvalue")]),
      conflict: { arguments in
        guard arguments["clipnorm"]?.asDouble != nil, arguments["clipvalue"]?.asDouble != nil else { return nil }
        return ArgumentConflict(
          of: "clipvalue", "clips gradients in one way only", hint: "keep one of `clipnorm` and `clipvalue`.")
      }),
    Entry(
      .optimizer,
      Signature(
        "SGD", "Gradient descent.",
        [learningRate, .init("momentum", "how much is kept", .number(min: 0, max: 1), default: .float(0))])),
    Entry(.optimizer, Signature("RMSprop", "RMSprop.", [learningRate])),
    Entry(
      .optimizer,
      Signature("MultiOptimizer", "Several.", [.init(OptimizerMap.map, "which", .entry(.optimizerMap), default: nil)])),
    Entry(
      .optimizerMap,
      Signature(
        "OptimizerMap", "Which takes what.",
        [
          .init(OptimizerMap.defaultOptimizer, "the others", .entry(.optimizer), default: nil),
          .init(OptimizerMap.map, "by path", .optional(.dict(.entry(.optimizer))), default: Value.none),
        ]), conflict: OptimizerMap.conflict),
    Entry(
      .schedule,
      Signature(
        "ExponentialDecay", "Falls by a factor.",
        [number("initial_learning_rate"), .init("decay_steps", "steps", .integer(min: 1), default: nil), number("decay_rate")]),
      .schedule { step, arguments in
        func number(_ name: String) -> Double { arguments[name]?.asDouble ?? 1 }
        return number("initial_learning_rate") * (step < number("decay_steps") ? 1 : number("decay_rate"))
      }),
    Entry(.initializer, Signature("GlorotUniform", "Uniform.", []), aliases: ["glorot_uniform"]),
    Entry(.initializer, Signature("Zeros", "Zeros.", []), aliases: ["zeros"]),
    Entry(.activation, Signature("relu", "max(x, 0)", [])),
    Entry(.activation, Signature("softmax", "Probabilities.", []), abilities: [.givesProbabilities]),
    Entry(.activation, Signature("sigmoid", "Between 0 and 1.", []), abilities: [.givesProbabilities]),
    Entry(.activation, Signature("linear", "Nothing.", [])),
  ]

  // MARK: Losses and metrics

  private static let losses: [Entry] = [
    loss("SparseCategoricalCrossentropy", ["sparse_categorical_crossentropy"]) { target, output in
      target.rank < output.rank || target.dimensions.last == .some(1)
        ? nil
        : ShapeError(
          "wants class numbers, but the targets are \(target.description)", hint: "use `\"categorical_crossentropy\"`.")
    },
    loss("CategoricalCrossentropy", ["categorical_crossentropy"]) { target, output in
      target == output
        ? nil
        : ShapeError(
          "wants targets of \(output.description), but they are \(target.description)",
          hint: "use `\"sparse_categorical_crossentropy\"`.")
    },
    loss(
      "BinaryCrossentropy", ["binary_crossentropy", "bce"],
      [.init("from_logits", "whether before softmax", .bool, default: .bool(false))]
    ) { _, _ in nil },
    loss("MeanSquaredError", ["mean_squared_error", "mse", "MSE"]) { _, _ in nil },
  ]

  private static func loss(
    _ name: String, _ aliases: [String], _ parameters: [ParameterDescription] = [],
    _ check: @escaping @Sendable (Shape, Shape) -> ShapeError?
  ) -> Entry {
    Entry(
      .loss, Signature(name, "A loss.", parameters), aliases: aliases,
      .loss(LossTraits { _, target, output in check(target.shape, output.shape) }))
  }

  private static let metrics: [Entry] = [
    metric("SparseCategoricalAccuracy", "sparse_categorical_accuracy", .up),
    metric("CategoricalAccuracy", "categorical_accuracy", .up),
    metric("BinaryAccuracy", "binary_accuracy", .up), metric("MeanSquaredError", "mean_squared_error", .down, ["mse", "MSE"]),
    metric("MeanAbsoluteError", "mean_absolute_error", .down, ["mae"]), metric("Sum", "sum", nil),
    Entry(
      .metric, Signature("F1Score", "A metric that is a list of numbers, of one-hot targets.", []), aliases: ["f1_score"],
      .metric(
        MetricTraits(
          direction: .up, logName: "f1_score", isVector: { _ in true },
          check: { _, target, output in
            target.shape == output.shape ? nil : ShapeError("wants one-hot targets, but they are \(target.shape.description)")
          }))),
  ]

  private static func metric(_ name: String, _ logName: String, _ direction: Direction?, _ aliases: [String] = []) -> Entry {
    Entry(
      .metric, Signature(name, "A metric.", []), aliases: [logName] + aliases,
      .metric(MetricTraits(direction: direction, logName: logName)))
  }

  // MARK: Callbacks

  private static let monitor = ParameterDescription("monitor", "what is watched", .monitor, default: .string("val_loss"))
  private static let mode = ParameterDescription(
    "mode", "which way is better", .choice(["auto", "min", "max"]), default: .string("auto"))
  private static let verbose = ParameterDescription("verbose", "whether it tells", .integer(min: 0, max: 2), default: .integer(0))
  private static let epochHook = FunctionType([.init("epoch", .integer), .init("logs", .any)], returns: .any)

  private static let callbacks: [Entry] = [
    Entry(
      .callback,
      Signature(
        "BackupAndRestore", "Goes on after a crash.",
        [
          .init("backup_dir", "the folder", .outputPath, default: nil),
          .init("delete_checkpoint", "whether it goes in the end", .bool, default: .bool(true)),
        ]), .callback(CallbackTraits(backupFolder: "backup_dir"))),
    Entry(
      .callback,
      Signature(
        "ModelCheckpoint", "Saves the model.",
        [
          .init("filepath", "where to", .pathTemplate, default: nil), monitor, verbose,
          .init("save_best_only", "whether only the best", .bool, default: .bool(false)),
          .init("save_weights_only", "whether only weights", .bool, default: .bool(false)), mode,
          .init("save_freq", "how often", .either([.choice(["epoch"]), .integer(min: 1)]), default: .string("epoch")),
        ]),
      .callback(
        CallbackTraits(
          looksBetweenEpochs: { if case .integer? = $0["save_freq"] { true } else { false } },
          watches: { if case .bool(true)? = $0["save_best_only"] { true } else { false } }))),
    Entry(
      .callback,
      Signature(
        "EarlyStopping", "Stops.",
        [
          monitor, .init("min_delta", "what counts", .number(), default: .integer(0)),
          .init("patience", "how many epochs", .integer(min: 0), default: .integer(0)),
          verbose, mode, .init("baseline", "to be beaten", .optional(.number()), default: Value.none),
          .init("restore_best_weights", "whether the best come back", .bool, default: .bool(false)),
        ]),
      .callback(
        CallbackTraits { arguments, first in
          let patience = arguments.values["patience"]?.asInteger ?? 0
          return CallbackDelay(epoch: first + patience + 1, isForNextEpoch: true, act: "stop", parameter: "patience")
        })),
    Entry(
      .callback,
      Signature(
        "LearningRateScheduler", "Sets the rate.",
        [
          .init(
            "schedule", "the rate of an epoch",
            .function(FunctionType([.init("epoch", .integer), .init("lr", .float, isOptional: true)], returns: .float)),
            default: nil), verbose,
        ]), .callback(CallbackTraits(setsLearningRate: true))),
    Entry(
      .callback,
      Signature(
        "CSVLogger", "Writes a table.",
        [
          .init("filename", "where to", .outputPath, default: nil),
          .init("separator", "between values", .string, default: .string(",")),
          .init("append", "whether to go on", .bool, default: .bool(false)),
        ]), .callback(CallbackTraits(recordsLogs: true))),
    Entry(
      .callback,
      Signature(
        "LambdaCallback", "Functions as hooks.",
        [
          .init("on_epoch_begin", "", .optional(.function(epochHook)), default: Value.none),
          .init("on_epoch_end", "", .optional(.function(epochHook)), default: Value.none),
          .init(
            "on_train_end", "", .optional(.function(FunctionType([.init("logs", .any)], returns: .any))), default: Value.none),
        ]), .callback(CallbackTraits())),
  ]

  // MARK: Data and functions

  private static let digits = DataSpec(
    count: 1437, inputs: [TensorSpec(Shape([8, 8]))], targets: [TensorSpec(Shape([]), .int64)], classCount: 10)

  private static let functions: [Entry] = [
    source("load_digits", digits),
    source(
      "load_batches",
      DataSpec(
        count: 40, inputs: [TensorSpec(Shape([8, 8]))], targets: [TensorSpec(Shape([]), .int64)], classCount: 10, isBatched: true)
    ),
    Entry(
      .dataset, Signature("mnist.load_data", "Handwritten digits.", []),
      .function(
        FunctionTraits(
          forecast: { _ in
            let images = Forecast.type(.array(.uint8, shape: [60000, 28, 28]))
            let labels = Forecast.type(.array(.uint8, shape: [60000]))
            return .tuple([.tuple([images, labels]), .tuple([images, labels])])
          }, call: { _ throws(Failure) in throw Failure("there is no network in tests") }))),
    Entry(
      .dataset, Signature("load_npz", "Arrays of a file.", [.init("path", "the file", .inputPath, default: nil)]),
      .function(
        FunctionTraits(
          forecast: { arguments throws(Failure) in
            guard arguments["path"]?.asString != "missing.npz" else { throw Failure("`missing.npz` does not exist") }
            return .type(.dict(key: .string, value: .array(nil, shape: nil)))
          }, call: { _ throws(Failure) in throw Failure("there are no files in tests") }))),
    Entry(
      .function,
      Signature(
        "plot", "Draws.",
        [
          .init("what", "what is drawn", .any, default: nil),
          .init("path", "where to", .optional(.outputPath), default: Value.none),
        ]), .function(FunctionTraits(forecast: { _ in .value(.none) }, call: { _ in .none }))),
  ]

  private static func source(_ name: String, _ spec: DataSpec) -> Entry {
    var test = spec
    test.count = 360
    let testSpec = test
    return Entry(
      .dataset, Signature(name, "Data.", []),
      .function(
        FunctionTraits(
          forecast: { _ in .data(spec, parts: ["train": spec, "test": testSpec]) },
          call: { _ in
            .object(DataObject(spec: spec, parts: ["train": DataObject(spec: spec), "test": DataObject(spec: testSpec)]))
          })))
  }
}
