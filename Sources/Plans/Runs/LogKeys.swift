import Lambdas

/// The keys that `logs` may hold in a run, hook by hook and place by place, as in Keras.
struct LogKeys {
  /// `loss`, the metrics, and with several losses each output's.
  let training: [String]
  /// Nil without validation; else whether every epoch validates.
  let validatesAlways: Bool?
  /// What `logs` is in `epoch_end` at this place: the scores, and what callbacks earlier in the list have made of them.
  var atEpochEnd: RecordType
  /// Those of `training` whose values are lists of numbers.
  let vectors: Set<String>

  /// `compiled` is nil where only predictions are made, which have no such keys.
  init(_ compiled: CompilePlan?, outputNames: [String], validatesAlways: Bool?) {
    training = compiled.map { Self.scores(of: $0, outputNames: outputNames).sorted() } ?? []
    self.validatesAlways = validatesAlways
    vectors = Set((compiled?.metrics ?? []).filter(\.isVector).map(\.logName))
    atEpochEnd = RecordType(title: "logs", [])
    let all = (training + validation).sorted()
    atEpochEnd = RecordType(
      title: "logs", fields(all), isOpen: true, keysOfOtherRuns: Set(training.map { "val_\($0)" }), sharing: .shared)
  }

  /// A callback adds keys in `epoch_end`.
  mutating func add(_ keys: [String]) {
    for key in keys where !atEpochEnd.names.contains(key) {
      atEpochEnd.names.append(key)
      atEpochEnd.fields[key] = .init(type(of: key))
    }
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

  /// The keys of `epoch_end` at this place.
  var epochEnd: [String] { atEpochEnd.names }

  /// Whether `epoch_end` may have a key here, as far as anybody can know.
  func mayHave(_ key: String) -> Bool { atEpochEnd.hasOtherKeys || epochEnd.contains(key) }

  private func fields(_ keys: [String]) -> [(String, RecordType.Field)] {
    keys.map { ($0, .init(type(of: $0), isAlwaysPresent: !$0.hasPrefix("val_") || validatesAlways == true)) }
  }

  /// What `logs` is in a hook.
  func record(in hook: Hook) -> RecordType {
    func record(_ fields: [(String, RecordType.Field)], keysOfOtherRuns: Set<String> = []) -> RecordType {
      RecordType(title: "logs", fields, keysOfOtherRuns: keysOfOtherRuns, sharing: .discarded)
    }
    switch hook {
    case .epochEnd: return atEpochEnd
    case .trainEnd: return record(fields((training + validation).sorted()), keysOfOtherRuns: atEpochEnd.keysOfOtherRuns)
    case .trainBatchEnd, .batchEnd, .testBatchEnd, .testEnd: return record(fields(training))
    case .predictBatchEnd: return record([("outputs", .init(.array(.float32, shape: nil)))])
    case .trainBegin, .epochBegin, .trainBatchBegin, .batchBegin, .testBegin, .testBatchBegin, .predictBegin, .predictBatchBegin,
      .predictEnd:
      return record([])
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
