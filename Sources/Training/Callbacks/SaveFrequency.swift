import Artifacts
import Lambdas
import Plans

/// How often something is saved: Keras's `"epoch"` and whole numbers of batches, and beyond them `"2 epochs"`, `"500 steps"` and
/// `"10 minutes"`.
package enum SaveFrequency: Sendable, Equatable {
  /// After every n-th epoch, counted from the first of all.
  case epochs(Int)
  /// Counted across epochs.
  case batches(Int)
  /// Of run time.
  case minutes(Double)

  @Sendable package init?(_ value: Value) {
    switch value {
    case .integer(let count) where count >= 1: self = .batches(count)
    case .string(let text): self.init(text)
    default: return nil
    }
  }

  private init?(_ text: String) {
    if text == "epoch" {
      self = .epochs(1)
      return
    }
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 2 else { return nil }
    switch (words[1], Int(words[0]), Double(words[0])) {
    case ("epoch", let count?, _) where count >= 1, ("epochs", let count?, _) where count >= 1: self = .epochs(count)
    case ("step", let count?, _) where count >= 1, ("steps", let count?, _) where count >= 1: self = .batches(count)
    case ("minute", _, let count?) where count > 0 && count.isFinite,
      ("minutes", _, let count?) where count > 0 && count.isFinite:
      self = .minutes(count)
    default: return nil
    }
  }

  /// The parameter of that name, which callbacks have alike.
  static func parameter(_ name: String) -> Parameter<SaveFrequency> {
    Parameter(
      name, "\"epoch\", or a number of batches; beyond Keras also \"2 epochs\", \"500 steps\", \"10 minutes\"",
      .either([.integer(min: 1), .string]), default: .string("epoch"), decode: SaveFrequency.init)
  }

  /// Why the argument of a parameter is none; nil if it is one.
  static func conflict(_ name: String, _ arguments: Arguments) -> ArgumentConflict? {
    guard let value = arguments[name], SaveFrequency(value) == nil else { return nil }
    return ArgumentConflict(
      of: name, "saves every so many epochs, batches or minutes", hint: "write `\(name)=\"epoch\"`, `500` or `\"10 minutes\"`.")
  }

  /// "every 2 epochs".
  var text: String {
    switch self {
    case .epochs(1): "every epoch"
    case .epochs(let count): "every \(count) epochs"
    case .batches(1): "every batch"
    case .batches(let count): "every \(count) batches"
    case .minutes(let count): "every \(told([count])[0]) minute\(count == 1 ? "" : "s")"
    }
  }
}

/// What has passed since the last save.
struct SaveClock {
  private let frequency: SaveFrequency
  private let seconds: () -> Double
  private var batches = 0
  private var lastBatch: Int?
  private var lastSave = 0.0

  /// `seconds` is the time that the run has run.
  init(_ frequency: SaveFrequency, seconds: @escaping () -> Double) {
    self.frequency = frequency
    self.seconds = seconds
  }

  mutating func begin() { lastSave = seconds() }

  /// Whether it is time at the end of an epoch, counted from 0.
  mutating func isTime(atEpoch epoch: Int) -> Bool {
    switch frequency {
    case .epochs(let count): (epoch + 1) % count == 0
    case .batches: false
    case .minutes(let count): haveMinutesPassed(count)
    }
  }

  /// Whether it is time at the end of a batch, counted from 0 in its epoch.
  mutating func isTime(atBatch batch: Int) -> Bool {
    switch frequency {
    case .epochs: return false
    case .minutes(let count): return haveMinutesPassed(count)
    case .batches(let count):
      if let lastBatch, batch > lastBatch { batches += batch - lastBatch } else { batches += batch + 1 }
      lastBatch = batch
      guard batches >= count else { return false }
      batches = 0
      return true
    }
  }

  private mutating func haveMinutesPassed(_ count: Double) -> Bool {
    let now = seconds()
    guard now - lastSave >= 60 * count else { return false }
    lastSave = now
    return true
  }

  var json: JSON {
    ["batches": .integer(batches), "last_batch": lastBatch.map(JSON.integer) ?? .null, "last_save": .float(lastSave)]
  }

  mutating func resume(from state: JSON?) {
    batches = state?["batches"]?.integerValue ?? 0
    lastBatch = state?["last_batch"]?.integerValue
    lastSave = state?["last_save"]?.doubleValue ?? 0
  }
}
