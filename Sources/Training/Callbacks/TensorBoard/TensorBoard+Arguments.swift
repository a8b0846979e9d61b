import Lambdas
import Plans

extension TensorBoard {
  static let logFolder = Parameter<String>(
    "log_dir", "the folder of the log, in which `train` and `validation` are made", .outputPath, default: "logs")
  static let histogramFrequency = Parameter<Int>(
    "histogram_freq", "after every how many epochs to write how the weights are distributed; 0 for never", min: 0, default: 0)
  static let writeGraph = Parameter<Bool>("write_graph", "whether to write the model, to be drawn as a graph", default: true)
  static let writeImages = Parameter<Bool>(
    "write_images", "whether to write the weights as pictures too, along with `histogram_freq`", default: false)
  static let writeStepsPerSecond = Parameter<Bool>(
    "write_steps_per_second", "whether to write how many batches a second takes in", default: false)
  /// Nil for the epoch.
  static let updateFrequency = Parameter<Int?>(
    "update_freq", "\"epoch\", or also after every so many batches; \"batch\" is 1",
    .either([.choice(["epoch", "batch"]), .integer(min: 1)]), default: .string("epoch")
  ) { value in
    switch value {
    case .string("epoch"): .some(nil)
    case .string("batch"): 1
    case .integer(let count): count
    default: nil
    }
  }
  /// The first and the last batch, from 1; nil for none.
  static let profileBatch = Parameter<ClosedRange<Int>?>(
    "profile_batch", "the batch, or the first and the last, that Keras profiles; accepted, and `train run --profile` does it",
    .either([.integer(min: 0), .list(.integer(min: 0), min: 2, max: 2), .string]), default: .integer(0)
  ) { batches(of: $0) }
  static let embeddingsFrequency = Parameter<Int>(
    "embeddings_freq", "after every how many epochs to write the vectors of the embedding layers; 0 for never", min: 0,
    default: 0)
  static let embeddingsMetadata = Parameter<Value>(
    "embeddings_metadata", "a file below `log_dir` with a label a line for the vectors: one for all layers, or a dict by layer",
    .optional(.either([.string, .dict(.string)])), default: Value.none
  ) { $0 }

  static let entry = Entry(
    .callback,
    Signature(
      "TensorBoard", "Writes the scores and the weights for TensorBoard to show.",
      [
        logFolder.description, histogramFrequency.description, writeGraph.description, writeImages.description,
        writeStepsPerSecond.description, updateFrequency.description, profileBatch.description, embeddingsFrequency.description,
        embeddingsMetadata.description,
      ],
      source: "TensorBoard, https://www.tensorflow.org/tensorboard", example: "TensorBoard(\"logs\", histogram_freq=1)"),
    conflict: { arguments in
      guard let batches = arguments[profileBatch.description.name], Self.batches(of: batches) == nil else { return nil }
      return ArgumentConflict(
        of: profileBatch.description.name, "profiles a batch, or from one to a later one",
        hint: "write `profile_batch=(10, 20)`, or leave it out.")
    },
    .callback(
      CallbackTraits(
        logFolder: logFolder.description.name, actsOutsideTraining: true,
        modelConflict: { arguments, model in
          guard case .dict(let files)? = arguments[embeddingsMetadata.description.name] else { return nil }
          let layers = model.embeddingNames
          guard
            let unknown = files.keys.map({ $0.asString ?? Operations.representation($0) }).first(where: { !layers.contains($0) })
          else { return nil }
          return ArgumentConflict(
            of: embeddingsMetadata.description.name,
            "has labels for `\(unknown)`, which is no embedding layer of `\(model.name)`",
            hint: layers.isEmpty ? "it has none, so leave it out." : "its embedding layers are \(listed(layers)).")
        }, facts: facts)))

  private static func facts(_ arguments: Arguments) -> [String] {
    func every(_ frequency: Int) -> String { frequency == 1 ? "every epoch" : "every \(frequency) epochs" }
    var facts = ["writes the scores of every epoch"]
    if let interval = arguments[updateFrequency] { facts[0] += " and of \(SaveFrequency.batches(interval).text)" }
    if arguments[writeGraph] { facts.append("writes the graph of the model") }
    if arguments[histogramFrequency] > 0 {
      let pictures = arguments[writeImages] ? ", also as pictures" : ""
      facts.append("writes how the weights are distributed\(pictures), \(every(arguments[histogramFrequency]))")
    }
    if arguments[embeddingsFrequency] > 0 {
      facts.append("writes the vectors of embeddings \(every(arguments[embeddingsFrequency]))")
    }
    return facts
  }

  /// What Keras takes as the batches to profile: a number, two of them, or these as text; `.some(nil)` for none, nil for what is wrong.
  private static func batches(of value: Value) -> ClosedRange<Int>?? {
    var numbers: [Int]
    switch value {
    case .integer(let number): numbers = [number]
    case .list(let values), .tuple(let values): numbers = values.compactMap(\.asInteger)
    case .string(let text):
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      numbers = parts.compactMap { Int($0.trimmingPrefix(" ")) }
      guard numbers.count == parts.count else { return nil }
    default: return nil
    }
    guard let first = numbers.first, let last = numbers.last, numbers.count <= 2, first >= 0, last >= first else { return nil }
    return .some(last == 0 ? nil : first...last)
  }

  /// What the arguments ask for.
  struct Settings {
    let folder: String
    let histogramFrequency: Int
    let writesGraph: Bool
    let writesImages: Bool
    /// Steps per second.
    let writesRates: Bool
    /// Nil to write scores of epochs only.
    let batchInterval: Int?
    let profiledBatches: ClosedRange<Int>?
    let embeddingsFrequency: Int
    private let metadata: Value

    init(_ arguments: Arguments) {
      folder = arguments[logFolder]
      histogramFrequency = arguments[TensorBoard.histogramFrequency]
      writesGraph = arguments[writeGraph]
      writesImages = arguments[writeImages]
      writesRates = arguments[writeStepsPerSecond]
      batchInterval = arguments[updateFrequency]
      profiledBatches = arguments[profileBatch]
      embeddingsFrequency = arguments[TensorBoard.embeddingsFrequency]
      metadata = arguments[embeddingsMetadata]
    }

    /// Where the two runs are written.
    var folders: ByRun<String> { ByRun(train: "\(folder)/train", validation: "\(folder)/validation") }

    /// The file with the labels of an embedding layer's vectors.
    func metadata(ofLayer name: String) -> String? {
      switch metadata {
      case .string(let file): file
      case .dict(let files): files[.string(name)]?.asString
      default: nil
      }
    }
  }
}

extension ModelPlan {
  /// The names of its embedding layers, but those of models within.
  fileprivate var embeddingNames: [String] {
    listedLayers.filter { $0.configured.shownClassName == "Embedding" && !$0.weights.isEmpty }.map(\.name)
  }
}
