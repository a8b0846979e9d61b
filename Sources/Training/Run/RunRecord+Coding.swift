import Arrays
import Artifacts
import Lambdas
import Plans

/// A run's record as the sections of a backup: `identity` and `run` are JSON, `script` is the script's text, each array is a section of its
/// own. Its journal is the backup's.
extension RunRecord {
  /// All but the identity and the arrays; throws where a score cannot be kept.
  var json: JSON {
    get throws(CallbackFailure) {
      var logs = JSON.Object()
      for (name, value) in self.logs.entries { logs[name] = try ValueCoding.json(of: value) }
      return [
        "position": position.json, "end": end?.json ?? .null, "is_finished": .bool(isFinished),
        "is_of_two_scripts": .bool(isOfTwoScripts),
        "run_seconds": .float(runSeconds), "logs": .object(logs), "trainee": trainee.notes, "callbacks": .array(callbacks),
        "randomness": .array(randomness), "decisions": .array(decisions.map(JSON.string)),
        "turns": turns.json, "tails": .array(tails.map(\.json)),
        "kept_states": .array(sortedStates.map { [.integer($0.key), $0.value.notes, .integer($0.value.arrays.count)] }),
        "kept_weights": .array(sortedWeights.map { [.integer($0.key), .integer($0.value.count)] }),
      ]
    }
  }

  /// What stays as it is while a run lasts.
  var lastingSections: [BackupSection] {
    [BackupSection("identity", text: identity.json.text), BackupSection("script", text: identity.script)]
  }

  /// `run` is `json`, `lasting` are the `lastingSections` where they were made before.
  func sections(of run: JSON, lasting: [BackupSection]? = nil) -> [BackupSection] {
    (lasting ?? lastingSections) + [BackupSection("run", text: run.text)]
      + trainee.arrays.map { BackupSection(Self.section(ofTrainee: $0.name), array: $0.array) }
      + sortedStates.flatMap { place, part in part.arrays.map { BackupSection("state/\(place)/\($0.name)", array: $0.array) } }
      + sortedWeights.flatMap { place, weights in
        weights.enumerated().map { BackupSection("kept/\(place)/\($0)", array: $1) }
      }
      + tails.enumerated().map { BackupSection("tail/\($0)", bytes: $1.bytes) }
  }

  /// What the section of one of the trainee's arrays is called.
  static func section(ofTrainee name: String) -> String { "trainee/" + name }

  /// Bytes of a backup of it; throws where a score cannot be kept.
  var backupSize: Int {
    get throws(CallbackFailure) { BackupFolder.size(of: sections(of: try json)) }
  }

  private var sortedStates: [(key: Int, value: Part)] { keptStates.sorted { $0.key < $1.key } }
  private var sortedWeights: [(key: Int, value: [NDArray])] { keptWeights.sorted { $0.key < $1.key } }

  /// Throws why these are not the sections of a run.
  init(sections: [BackupSection]) throws(CallbackFailure) {
    let outline = try Outline(sections: sections)
    let (run, malformed) = (outline.run, Outline.malformed)
    guard let seconds = run["run_seconds"]?.doubleValue,
      let logs = run["logs"]?.objectValue, let notes = run["trainee"], let callbacks = run["callbacks"]?.arrayValue,
      let kept = run["kept_weights"]?.arrayValue
    else { throw malformed }

    var arrays: [String: NDArray] = [:]
    var part = Part(notes: notes)
    let others = Outline.names + ["journal"]
    for section in sections where !others.contains(section.name) && !section.name.hasPrefix("tail/") {
      guard let array = section.array else { throw malformed }
      arrays[section.name] = array
      if section.name.hasPrefix("trainee/") { part.arrays.append((String(section.name.dropFirst(8)), array)) }
    }
    var keptWeights: [Int: [NDArray]] = [:]
    for entry in kept {
      guard let place = entry[0]?.integerValue, let count = entry[1]?.integerValue, count >= 0 else { throw malformed }
      let weights = (0..<count).compactMap { arrays["kept/\(place)/\($0)"] }
      guard weights.count == count else { throw malformed }
      keptWeights[place] = weights
    }
    var keptStates: [Int: Part] = [:]
    for entry in run["kept_states"]?.arrayValue ?? [] {
      guard let place = entry[0]?.integerValue, let notes = entry[1], let count = entry[2]?.integerValue else { throw malformed }
      let prefix = "state/\(place)/"
      let own = sections.filter { $0.name.hasPrefix(prefix) }.compactMap { section in
        section.array.map { (name: String(section.name.dropFirst(prefix.count)), array: $0) }
      }
      guard own.count == count else { throw malformed }
      keptStates[place] = Part(notes: notes, arrays: own)
    }
    var tails: [FileTail] = []
    for (number, json) in (run["tails"]?.arrayValue ?? []).enumerated() {
      guard let bytes = sections.first(where: { $0.name == "tail/\(number)" })?.bytes, let tail = FileTail(json, bytes) else {
        throw malformed
      }
      tails.append(tail)
    }
    var readLogs = Logs()
    for (name, json) in logs.entries { readLogs[name] = try ValueCoding.value(of: json) }
    self.init(
      identity: outline.identity, position: outline.position, end: run["end"].flatMap(EndReason.init),
      isFinished: outline.isFinished,
      runSeconds: seconds, logs: readLogs, trainee: part, callbacks: callbacks,
      randomness: run["randomness"]?.arrayValue ?? [], journal: sections.first { $0.name == "journal" }?.bytes ?? [],
      decisions: (run["decisions"]?.arrayValue ?? []).compactMap(\.stringValue), turns: BatchTurns(run["turns"]),
      keptWeights: keptWeights, keptStates: keptStates, tails: tails)
    isOfTwoScripts = run["is_of_two_scripts"]?.boolValue ?? false
  }
}

extension RunRecord {
  /// What a record says of its run without its arrays.
  struct Outline {
    let identity: Identity
    let position: Position
    let isFinished: Bool
    fileprivate let run: JSON

    /// As of the whole record.
    var isUntrained: Bool { !isFinished && position.isAtStart }

    /// The sections that it is made of.
    static let names = ["identity", "run", "script"]
    fileprivate static let malformed = CallbackFailure("it is not the backup of a training")

    init(sections: [BackupSection]) throws(CallbackFailure) {
      func text(_ name: String) -> String? { sections.first { $0.name == name }?.text }
      func json(_ name: String) -> JSON? { text(name).flatMap { try? JSON.parse($0) } }
      guard let run = json("run"), var identity = json("identity").flatMap(Identity.init),
        let position = run["position"].flatMap(Position.init), let isFinished = run["is_finished"]?.boolValue
      else { throw Self.malformed }
      identity.script = text("script") ?? ""
      (self.identity, self.position, self.isFinished, self.run) = (identity, position, isFinished, run)
    }
  }
}

extension RunRecord.Identity {
  fileprivate var json: JSON {
    [
      "model": .string(model), "fit": .integer(fit), "loop_rounds": .array(loopRounds.map(JSON.integer)),
      "seed": .integer(seed), "callbacks": .array(callbacks.map(JSON.string)), "meaning": .array(meaning.parts.map(\.json)),
      "number": .integer(number), "start": start?.json ?? .null,
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let model = json["model"]?.stringValue, let fit = json["fit"]?.integerValue,
      let rounds = json["loop_rounds"]?.arrayValue, let seed = json["seed"]?.integerValue,
      let callbacks = json["callbacks"]?.arrayValue, let parts = json["meaning"]?.arrayValue
    else { return nil }
    self.init(
      model: model, fit: fit, loopRounds: rounds.compactMap(\.integerValue), seed: seed,
      callbacks: callbacks.compactMap(\.stringValue), meaning: FitMeaning(parts.compactMap(FitMeaning.Part.init)))
    number = json["number"]?.integerValue ?? fit
    start = json["start"].flatMap(RunRecord.Start.init)
  }
}

extension RunRecord.Start {
  fileprivate var json: JSON {
    [
      "kernels": .string(kernels), "rates": .array(rates.map(JSON.float)), "weights": .array(weights.map(JSON.string)),
      "data": .array(data.map(JSON.string)),
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let kernels = json["kernels"]?.stringValue, let rates = json["rates"]?.arrayValue,
      let weights = json["weights"]?.arrayValue, let data = json["data"]?.arrayValue
    else { return nil }
    self.init(
      kernels: kernels, rates: rates.compactMap(\.doubleValue), weights: weights.compactMap(\.stringValue),
      data: data.compactMap(\.stringValue))
  }
}

extension FileTail {
  /// All but its bytes.
  fileprivate var json: JSON { [.string(path), .integer(start), .integer(Int(checksum))] }

  fileprivate init?(_ json: JSON, _ bytes: [UInt8]) {
    guard let path = json[0]?.stringValue, let start = json[1]?.integerValue, start >= 0,
      let checksum = json[2]?.integerValue.flatMap(UInt32.init(exactly:))
    else { return nil }
    self.init(path: path, start: start, checksum: checksum, bytes: bytes)
  }
}

extension FitMeaning.Part {
  fileprivate var json: JSON { [.string(kind.rawValue), .string(name), .string(text), .string(core)] }

  fileprivate init?(_ json: JSON) {
    guard let kind = json[0]?.stringValue.flatMap(Kind.init), let name = json[1]?.stringValue, let text = json[2]?.stringValue,
      let core = json[3]?.stringValue
    else { return nil }
    self.init(kind, name, text, core: core)
  }
}

extension Position {
  fileprivate var json: JSON {
    [
      "epoch": .integer(epoch), "is_in_epoch": .bool(isInEpoch), "batch": .integer(batch), "pass": .integer(pass),
      "offset": .integer(offset),
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let epoch = json["epoch"]?.integerValue, let isInEpoch = json["is_in_epoch"]?.boolValue,
      let batch = json["batch"]?.integerValue, let pass = json["pass"]?.integerValue, let offset = json["offset"]?.integerValue,
      epoch >= 0, batch >= 0, pass >= 0, offset >= 0
    else { return nil }
    self.init(epoch: epoch)
    (self.isInEpoch, self.batch, self.pass, self.offset) = (isInEpoch, batch, pass, offset)
  }
}

extension EndReason {
  fileprivate var json: JSON {
    switch self {
    case .completed: ["kind": "completed"]
    case .stopped(let callback, let reason): ["kind": "stopped", "by": .string(callback), "because": .string(reason)]
    case .diverged(let callback, let reason): ["kind": "diverged", "by": .string(callback), "because": .string(reason)]
    case .interrupted: ["kind": "interrupted"]
    case .failed(let callback, let reason):
      ["kind": "failed", "by": callback.map(JSON.string) ?? .null, "because": .string(reason)]
    }
  }

  fileprivate init?(_ json: JSON) {
    let by = json["by"]?.stringValue ?? ""
    let because = json["because"]?.stringValue ?? ""
    switch json["kind"]?.stringValue {
    case "completed": self = .completed
    case "stopped": self = .stopped(by: by, because: because)
    case "diverged": self = .diverged(by: by, because: because)
    case "interrupted": self = .interrupted
    case "failed": self = .failed(by: json["by"]?.stringValue, because: because)
    default: return nil
    }
  }
}
