import Lambdas

/// The keys that `logs` may hold in a run, hook by hook and place by place, as in Keras.
struct LogKeys {
  /// `loss`, the metrics, and with several losses each output's.
  let training: [String]
  /// Nil without validation; else whether every epoch validates.
  let validatesAlways: Bool?
  /// Keys that callbacks earlier in the list have added in `epoch_end`.
  var added: [String] = []
  /// Those of `training` whose values are lists of numbers.
  let vectors: Set<String>

  /// `compiled` is nil where only predictions are made, which have no such keys.
  init(_ compiled: CompilePlan?, outputNames: [String], validatesAlways: Bool?) {
    training = compiled.map { Self.scores(of: $0, outputNames: outputNames).sorted() } ?? []
    self.validatesAlways = validatesAlways
    vectors = Set((compiled?.metrics ?? []).filter(\.isVector).map(\.logName))
  }

  /// Whether the value of a key, of training or validation, is a list of numbers.
  func isVector(_ key: String) -> Bool { vectors.contains(key.hasPrefix("val_") ? String(key.dropFirst(4)) : key) }

  /// The type of a key's value in a batch or an epoch.
  func type(of key: String) -> ValueType { isVector(key) ? .array(.float32, shape: nil) : .float }

  /// The values that are computed, in the order in which `evaluate` gives them: the loss, then of one output its metrics as
  /// compiled, of several each output's loss and the metrics by name, as in Keras.
  static func scores(of compiled: CompilePlan, outputNames: [String]) -> [String] {
    let metrics = compiled.metrics.map(\.logName)
    if outputNames.count == 1 { return ["loss"] + metrics }
    return ["loss"] + compiled.lossNames(outputNames) + metrics.sorted()
  }

  var validation: [String] { validatesAlways == nil ? [] : training.map { "val_\($0)" } }

  /// Every key of `epoch_end` at this place.
  var epochEnd: [String] { (training + validation).sorted() + added.filter { !training.contains($0) } }

  /// What `logs` is in a hook.
  func record(in hook: Hook) -> RecordType {
    func fields(_ keys: [String]) -> [(String, RecordType.Field)] {
      keys.map {
        ($0, .init(type(of: $0), isAlwaysPresent: !$0.hasPrefix("val_") || validatesAlways == true))
      }
    }
    let withValidation = Set(training.map { "val_\($0)" })
    switch hook {
    case .epochEnd: return RecordType(title: "logs", fields(epochEnd), isOpen: true, keysOfOtherRuns: withValidation)
    case .trainEnd: return RecordType(title: "logs", fields((training + validation).sorted()), keysOfOtherRuns: withValidation)
    case .trainBatchEnd, .batchEnd, .testBatchEnd, .testEnd: return RecordType(title: "logs", fields(training))
    case .predictBatchEnd: return RecordType(title: "logs", [("outputs", .init(.array(.float32, shape: nil)))])
    case .trainBegin, .epochBegin, .trainBatchBegin, .batchBegin, .testBegin, .testBatchBegin, .predictBegin, .predictBatchBegin,
      .predictEnd:
      return RecordType(title: "logs", [])
    }
  }
}

extension Hook {
  /// Whether it can fire in this kind of run.
  func fires(in verb: String, withValidation: Bool) -> Bool {
    switch self {
    case .testBegin, .testEnd, .testBatchBegin, .testBatchEnd: verb == "evaluate" || (verb == "fit" && withValidation)
    case .predictBegin, .predictEnd, .predictBatchBegin, .predictBatchEnd: verb == "predict"
    default: verb == "fit"
    }
  }
}
