import Arrays
import Artifacts
import Lambdas
import Plans

/// Saves the model after every epoch or every so many batches: always, or only when a score has improved.
///
/// The file is the old one or the new one, never a half.
/// Differences from Keras: batches and `save_best_only` go together; a score that can never be there is refused before
/// the first batch, and one that is missing now and then (`validation_freq`) saves nothing; NaN is never the best.
package struct ModelCheckpoint: Callback {
  /// When to look.
  package enum Frequency: Sendable, Equatable {
    case epoch
    /// Counted across epochs.
    case batches(Int)

    /// `"epoch"` or a positive int.
    @Sendable init?(_ value: Value) {
      switch value {
      case .string("epoch"): self = .epoch
      case .integer(let count) where count >= 1: self = .batches(count)
      default: return nil
      }
    }
  }

  static let filepath = Parameter<String>(
    "filepath", "where to save; `{epoch:02d}` and `{val_loss:.2f}` are filled in", .pathTemplate)
  static let monitor = Parameter<String>("monitor", "the score to watch with `save_best_only`", .monitor, default: "val_loss")
  static let verbose = Parameter<Int>("verbose", "1 to say what it does", min: 0, default: 0)
  static let saveBestOnly = Parameter<Bool>("save_best_only", "whether to save only improvements", default: false)
  static let saveWeightsOnly = Parameter<Bool>("save_weights_only", "whether to save the weights alone", default: false)
  static let mode = Parameter<String>(
    "mode", "whether the score should go down, up, or where it says itself", .choice(["auto", "min", "max"]),
    default: "auto")
  static let saveFrequency = Parameter<Frequency>(
    "save_freq", "\"epoch\", or a number of batches", .either([.choice(["epoch"]), .integer(min: 1)]), default: .string("epoch"),
    decode: Frequency.init)
  static let initialThreshold: Parameter<Double?> = .optional(
    Parameter<Double>("initial_value_threshold", "the value that the first save must improve on", min: -.infinity, max: .infinity)
  )

  static let entry = Entry(
    .callback,
    Signature(
      "ModelCheckpoint", "Saves the model or its weights, always or when a score has improved.",
      [
        filepath.description, monitor.description, verbose.description, saveBestOnly.description,
        saveWeightsOnly.description, mode.description, saveFrequency.description, initialThreshold.description,
      ],
      example: "ModelCheckpoint(\"best.keras\", monitor=\"val_accuracy\", save_best_only=True)"),
    .callback(CallbackTraits()))

  package let name = "ModelCheckpoint"
  package let livesOn = true
  package var hooks: Set<Hook> { frequency == .epoch ? [.epochEnd] : [.trainBatchEnd] }
  private let path: PathTemplate
  /// Nil to save always.
  private let monitor: Monitor?
  private let isVerbose: Bool
  private let weightsOnly: Bool
  private let frequency: Frequency

  /// Kept from fit to fit, as in Keras.
  private(set) var best: Double?
  private var batchesSinceSave = 0
  private var lastBatch: Int?

  package init(
    _ path: PathTemplate, monitor: Monitor? = nil, isVerbose: Bool = false, weightsOnly: Bool = false,
    frequency: Frequency = .epoch, best: Double? = nil
  ) {
    self.path = path
    self.monitor = monitor
    self.isVerbose = isVerbose
    self.weightsOnly = weightsOnly
    self.frequency = frequency
    self.best = best
  }

  package init(_ arguments: Arguments, in outline: FitOutline) throws(CallbackFailure) {
    let frequency = arguments[Self.saveFrequency]
    let names = frequency == .epoch ? outline.epochNames : outline.batchNames
    let weightsOnly = arguments[Self.saveWeightsOnly]
    let filepath = arguments[Self.filepath]
    let endings = weightsOnly ? [".weights.h5"] : [".keras", ".h5"]
    guard endings.contains(where: filepath.hasSuffix), weightsOnly || !filepath.hasSuffix(".weights.h5") else {
      throw CallbackFailure(
        "its path must end in \(listed(endings))\(weightsOnly ? " with `save_weights_only`" : ""), but is `\(filepath)`")
    }
    let path = try PathTemplate(checking: filepath)
    if let unknown = path.fields.map(\.name).first(where: {
      !(names + ["epoch"] + (frequency == .epoch ? [] : ["batch"])).contains($0)
    }) {
      throw CallbackFailure("its path needs `\(unknown)`, but this fit only gives `epoch`, \(listed(names))")
    }
    var monitor: Monitor?
    if arguments[Self.saveBestOnly] {
      let metric = arguments[Self.monitor]
      if frequency != .epoch, !names.contains(metric), outline.epochNames.contains(metric) {
        throw CallbackFailure(
          "with a number of batches as `save_freq`, `\(metric)` is not known yet when it looks; "
            + "monitor one of \(listed(names)), or leave `save_freq` at \"epoch\"")
      }
      monitor = try Monitor(metric, mode: arguments[Self.mode], among: names, of: outline)
    }
    self.init(
      path, monitor: monitor, isVerbose: arguments[Self.verbose] > 0, weightsOnly: weightsOnly, frequency: frequency,
      best: arguments[Self.initialThreshold])
  }

  package mutating func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    try look(epoch: report.epoch, batch: nil, report.logs)
  }

  package mutating func onBatchEnd(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    guard report.phase == .train, case .batches(let interval) = frequency else { return [] }
    if let lastBatch, report.batch > lastBatch {
      batchesSinceSave += report.batch - lastBatch
    } else {
      batchesSinceSave += report.batch + 1
    }
    lastBatch = report.batch
    guard batchesSinceSave >= interval else { return [] }
    batchesSinceSave = 0
    return try look(epoch: report.epoch, batch: report.batch, report.running.logs)
  }

  private mutating func look(epoch: Int, batch: Int?, _ logs: Logs) throws(CallbackFailure) -> [Request] {
    guard let monitor else { return [try save(epoch, batch, logs, announcement: "saving model", because: scheduleText)] }
    guard let value = logs.number(monitor.metric) else { return [] }
    let before = best.map { FloatText.fixed($0, precision: 5) } ?? "None"
    guard monitor.isImprovement(value, over: best) else {
      let decision = Request.decide(Decision(.notSaved, "not saved", because: monitor.comparison(value, best: best)))
      return isVerbose
        ? [.print("\nEpoch \(epoch + 1): \(monitor.metric) did not improve from \(before)\n"), decision] : [decision]
    }
    let reason = monitor.improvement(value, over: best)
    best = value
    let improvement = "\(monitor.metric) improved from \(before) to \(FloatText.fixed(value, precision: 5)), saving model"
    return [try save(epoch, batch, logs, announcement: improvement, because: reason)]
  }

  /// Why it looks when it does.
  private var scheduleText: String {
    switch frequency {
    case .epoch: "every epoch is saved"
    case .batches(1): "every batch is saved"
    case .batches(let count): "every \(count) batches are saved"
    }
  }

  private func save(
    _ epoch: Int, _ batch: Int?, _ logs: Logs, announcement: String, because reason: String
  ) throws(CallbackFailure) -> Request {
    var fields = logs
    fields["epoch"] = .integer(epoch + 1)
    if let batch, fields["batch"] == nil { fields["batch"] = .integer(batch + 1) }
    let path = try path.filled(with: fields)
    return .save(
      SaveRequest(
        path: path, weightsOnly: weightsOnly,
        announcement: isVerbose ? "\nEpoch \(epoch + 1): \(announcement) to \(path)\n" : "",
        confirmation: isVerbose ? "\nEpoch \(epoch + 1): finished saving model to \(path)\n" : "",
        reason: reason))
  }

  package func saveState() -> JSON {
    [
      "best": best.map(JSON.float) ?? .null, "batches_since_save": .integer(batchesSinceSave),
      "last_batch": lastBatch.map(JSON.integer) ?? .null,
    ]
  }

  package mutating func resume(from state: JSON, _ run: RunReport) {
    best = state["best"]?.doubleValue
    batchesSinceSave = state["batches_since_save"]?.integerValue ?? 0
    lastBatch = state["last_batch"]?.integerValue
  }
}
