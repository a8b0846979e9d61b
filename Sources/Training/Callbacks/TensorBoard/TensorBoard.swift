import Arrays
import Artifacts
import Lambdas
import Plans

/// Writes what TensorBoard shows of a run: curves of the scores, the model as a graph, distributions and pictures of the weights, and
/// the vectors of embeddings. Tags, steps and values are Keras's.
///
/// Better than Keras's in these places: the scores of an epoch and of an evaluation are written whatever `update_freq` is; folders that
/// are missing are made; the projector's configuration names each embedding, and a file beside it that TensorBoard can read. A score of
/// several numbers is as many curves. A run that goes on from a backup cuts its files back to what that knows, so every step stands
/// in them once; one that was shortened or deleted meanwhile is followed by a new one, which is said.
package struct TensorBoard: Callback {
  package let name = "TensorBoard"
  package let hooks: Set<Hook>
  private let settings: Settings
  private let model: any WatchedModel
  /// Seconds since some moment.
  private let now: () -> Double

  /// The files of `train` and `validation`; nil before anything has begun.
  private var files: ByRun<EventFile>?
  /// Batches that this fit has trained.
  private var batch = 0
  /// The scores that were left out and told of.
  private var leftOut: Set<String> = []
  private var batchBegan = 0.0
  private var epochBegan = 0.0
  private var iterationsBefore = 0

  init(_ settings: Settings, of model: any WatchedModel, now: @escaping () -> Double) {
    self.settings = settings
    self.model = model
    self.now = now
    var hooks: Set<Hook> = [.trainBegin, .epochEnd, .testBegin, .testEnd, .predictBegin]
    if settings.batchInterval != nil { hooks.insert(.trainBatchEnd) }
    if settings.writesRates { hooks.formUnion(settings.batchInterval == nil ? [.epochBegin] : [.epochBegin, .trainBatchBegin]) }
    self.hooks = hooks
  }

  package init(
    _ arguments: Arguments, of model: any WatchedModel, now: @escaping () -> Double
  ) throws(CallbackFailure) {
    let settings = Settings(arguments)
    for folder in [settings.folder, settings.folders.train, settings.folders.validation] {
      if let obstacle = obstacle(toWritingInFolder: folder) { throw CallbackFailure("it \(obstacle)") }
    }
    self.init(settings, of: model, now: now)
  }

  // MARK: Hooks

  package mutating func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request] {
    try begin()
    try reportingFailures { () throws(FileFailure) in try files?.train.opened() }
    guard settings.profiledBatches != nil else { return [] }
    return [.print("TensorBoard writes no profile; `train run --profile` tells what takes the time of a batch.\n")]
  }

  package mutating func onTestBegin() throws(CallbackFailure) -> [Request] {
    try begin()
    return []
  }

  package mutating func onPredictBegin() throws(CallbackFailure) -> [Request] {
    try begin()
    return []
  }

  package mutating func onEpochBegin(_ epoch: EpochReport) -> [Request] {
    beginMeasuring()
    return []
  }

  package mutating func onBatchBegin(_ report: BatchReport) -> [Request] {
    batchBegan = now()
    return []
  }

  package mutating func onBatchEnd(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    guard report.phase == .train, let interval = settings.batchInterval else { return [] }
    batch += 1
    guard batch.isMultiple(of: interval) else { return [] }
    var values: [SummaryValue] = []
    if settings.writesRates { values.append(.scalar("batch_steps_per_second", 1 / elapsed(since: batchBegan))) }
    let (scores, requests) = scalars(of: report.running.logs) { "batch_\($0)" }
    try write(values + scores, to: \.train, step: batch)
    return requests
  }

  package mutating func onTestEnd(_ logs: Logs) throws(CallbackFailure) -> [Request] {
    let (scores, requests) = scalars(of: logs) { "evaluation_\($0)_vs_iterations" }
    try write(scores, to: \.validation, step: model.iterations)
    return requests
  }

  package mutating func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    var (training, validation) = (Logs(), Logs())
    for (name, value) in report.logs.entries {
      if name.hasPrefix("val_") { validation[String(name.dropFirst(4))] = value } else { training[name] = value }
    }
    for rate in report.rates { training[rate.logName] = .float(rate.value) }
    if settings.writesRates {
      let steps = Double(model.iterations - iterationsBefore)
      training["steps_per_second"] = .float(steps / elapsed(since: epochBegan))
    }
    var requests: [Request] = []
    for (logs, run) in [(training, \ByRun<EventFile>.train), (validation, \.validation)] where !logs.isEmpty {
      let (scores, told) = scalars(of: logs) { "epoch_\($0)" }
      try write(scores, to: run, step: report.epoch)
      requests += told
    }
    if isDue(settings.histogramFrequency, at: report.epoch) { try writeWeights(step: report.epoch) }
    if isDue(settings.embeddingsFrequency, at: report.epoch) {
      try writeEmbeddings()
      let path = "\(settings.folders.train)/keras_embedding.ckpt-\(report.epoch).weights.h5"
      let reason = "the projector shows them, by embeddings_freq"
      requests.append(.save(SaveRequest(path: path, weightsOnly: true, announcement: "", confirmation: "", reason: reason)))
    }
    return requests
  }

  // MARK: State

  package func saveState() -> JSON {
    guard let files else { return [:] }
    func state(of file: EventFile) -> JSON { ["name": .string(file.name), "length": file.length.map(JSON.integer) ?? nil] }
    return ["train": state(of: files.train), "validation": state(of: files.validation), "batch": .integer(batch)]
  }

  package var growingFiles: [AppendingFile] { [files?.train.file, files?.validation.file].compactMap(\.self) }

  package var losses: [String] {
    [files?.train.loss, files?.validation.loss].compactMap { loss in
      loss.map { "`\($0.path ?? "")` is not as the backup knows it: \($0.reason); what follows is in a new file beside it" }
    }
  }

  package mutating func resume(from state: JSON, _ run: RunReport) throws(CallbackFailure) {
    if run.isOver { return }
    func file(_ state: JSON?, in folder: String) throws(FileFailure) -> EventFile {
      guard let name = state?["name"]?.stringValue else { return EventFile(inFolder: folder) }
      return try EventFile(resuming: name, inFolder: folder, length: state?["length"]?.integerValue)
    }
    try reportingFailures { () throws(FileFailure) in
      files = ByRun(
        train: try file(state["train"], in: settings.folders.train),
        validation: try file(state["validation"], in: settings.folders.validation))
    }
    if files?.train.loss != nil { try writeGraph() }
    batch = state["batch"]?.integerValue ?? 0
    beginMeasuring()
  }

  // MARK: Writing

  /// Makes files for what begins, and writes the model into them.
  private mutating func begin() throws(CallbackFailure) {
    guard files == nil else { return }
    files = ByRun(
      train: EventFile(inFolder: settings.folders.train), validation: EventFile(inFolder: settings.folders.validation))
    try writeGraph()
    if settings.embeddingsFrequency > 0 {
      try reportingFailures { () throws(FileFailure) in
        try ProjectorConfiguration(embeddings.map(\.description)).write(inFolder: settings.folder)
      }
      try writeEmbeddings()
    }
  }

  private func writeGraph() throws(CallbackFailure) {
    if settings.writesGraph { try write([.kerasModel("keras", model.configuration)], to: \.train, step: 0) }
  }

  private mutating func beginMeasuring() {
    iterationsBefore = model.iterations
    epochBegan = now()
  }

  private func elapsed(since moment: Double) -> Double { max(now() - moment, 1e-9) }

  /// Whether an epoch, counted from 0, is one of every so many; 0 is never.
  private func isDue(_ frequency: Int, at epoch: Int) -> Bool { frequency > 0 && epoch.isMultiple(of: frequency) }

  /// The scores as points of curves, and a line for each that is left out, once.
  private mutating func scalars(of logs: Logs, tag: (String) -> String) -> ([SummaryValue], [Request]) {
    var values: [SummaryValue] = []
    var requests: [Request] = []
    for (name, value) in logs.entries {
      if let numbers = value.numbers {
        values += numbers.enumerated().map { .scalar("\(tag(name))/\($0)", $1) }
      } else if let number = value.asDouble {
        values.append(.scalar(tag(name), number))
      } else if leftOut.insert(name).inserted {
        requests.append(.print("TensorBoard leaves out `\(name)`, which is \(value.briefDescription).\n"))
      }
    }
    return (values, requests)
  }

  private func writeWeights(step: Int) throws(CallbackFailure) {
    for (path, weight) in zip(model.weightPaths, model.weights) {
      let tag = String(path.map { $0 == ":" ? "_" : $0 })
      let pictures = settings.writesImages ? SummaryValue.images("\(tag)/image", Picture.all(of: weight)) : nil
      try write([.histogram("\(tag)/histogram", weight)] + [pictures].compactMap(\.self), to: \.train, step: step)
    }
  }

  private func writeEmbeddings() throws(CallbackFailure) {
    let weights = model.weights
    for embedding in embeddings {
      try reportingFailures { () throws(FileFailure) in
        try ProjectorConfiguration.writeVectors(
          weights[embedding.weight], to: "\(settings.folder)/\(embedding.description.tensorPath)")
      }
    }
  }

  /// The embedding layers of the model: the place of their vectors among the weights, and what the projector is told.
  private var embeddings: [(weight: Int, description: ProjectorConfiguration.Embedding)] {
    var found: [(weight: Int, description: ProjectorConfiguration.Embedding)] = []
    var place = 0
    let paths = model.weightPaths
    for layer in model.layers {
      if layer.kind == "Embedding", layer.weightCount > 0 {
        found.append(
          (
            place,
            .init(
              tensorName: paths[place], tensorPath: "train/keras_embedding-\(layer.name).tsv",
              metadataPath: settings.metadata(ofLayer: layer.name))
          ))
      }
      place += layer.weightCount
    }
    return found
  }

  private func write(_ values: [SummaryValue], to run: KeyPath<ByRun<EventFile>, EventFile>, step: Int) throws(CallbackFailure) {
    guard let files, !values.isEmpty else { return }
    try reportingFailures { () throws(FileFailure) in try files[keyPath: run].append(values, step: step) }
  }
}

/// Something for each of the two runs that TensorBoard shows of a training.
struct ByRun<Element> {
  let train, validation: Element
}

extension Value {
  /// The numbers of a score that has several; nil for any other value.
  fileprivate var numbers: [Double]? {
    switch self {
    case .array(let array) where array.rank > 0: return array.doubles
    case .list(let values), .tuple(let values):
      let numbers = values.compactMap(\.asDouble)
      return numbers.count == values.count ? numbers : nil
    default: return nil
    }
  }
}
