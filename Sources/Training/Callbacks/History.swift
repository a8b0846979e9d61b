import Artifacts
import Lambdas
import Plans

/// Keeps the scores of every epoch: what `fit` gives.
///
/// An object `h = History()` in a list of callbacks holds it: `h.history`, `h.epoch`, `h.params`. In a second fit with the same object
/// the lists of scores go on, and the epochs begin anew, as in Keras.
/// It is part of every fit and comes last, so it sees what every other callback has added, wherever a script's
/// `History()` stands. A score that only some epochs give has fewer values than there are epochs.
package struct History: Callback {
  static let entry = Entry(
    .callback,
    Signature("History", "Keeps the scores of every epoch; every fit has one, and gives it.", [], example: "History()"),
    .callback(CallbackTraits(holdsHistory: true)))

  package let name = "History"
  package let hooks: Set<Hook> = [.epochEnd]
  package let object: HistoryObject
  /// So many epochs, and values of each score, are in rows that were taken.
  private var taken: (epochs: Int, values: [String: Int]) = (0, [:])

  /// What an earlier fit with the script's object has left, which is no part of this fit's rows.
  private let earlier: (keys: [String], series: [String: [Value]])

  package init(_ object: HistoryObject = HistoryObject(), after earlier: HistoryObject? = nil) {
    self.object = object
    self.earlier = (earlier?.keys ?? [], earlier?.series ?? [:])
    if earlier != nil { begin() }
  }

  /// No epoch of this fit.
  private mutating func begin() {
    (object.epochs, object.keys, object.series) = ([], earlier.keys, earlier.series)
    taken = length
  }

  package mutating func onEpochEnd(_ report: EpochReport) -> [Request] {
    object.epochs.append(report.epoch)
    for (name, value) in report.logs.entries {
      if object.series[name] == nil { object.keys.append(name) }
      object.series[name, default: []].append(value)
    }
    return []
  }

  /// `{"epochs": [3], "series": {"loss": [0.25]}}`: what is new.
  package mutating func takeRow() throws(CallbackFailure) -> JSON? {
    if taken.epochs == object.epochs.count { return nil }
    var series = JSON.Object()
    for key in object.keys {
      var values: [JSON] = []
      for value in object.series[key, default: []][taken.values[key, default: 0]...] {
        values.append(try ValueCoding.json(of: value))
      }
      if !values.isEmpty { series[key] = .array(values) }
    }
    defer { taken = length }
    return ["epochs": .array(object.epochs[taken.epochs...].map(JSON.integer)), "series": .object(series)]
  }

  package mutating func restore(rows: [JSON]) throws(CallbackFailure) {
    begin()
    for row in rows { try add(row) }
    taken = length
  }

  /// Backups of version 1 held the whole of it as a state.
  package mutating func resume(from state: JSON, _ run: RunReport) throws(CallbackFailure) {
    if state["epochs"] == nil { return }
    try restore(rows: [state])
    taken = (0, earlier.series.mapValues(\.count))
  }

  private func add(_ row: JSON) throws(CallbackFailure) {
    object.epochs += (row["epochs"]?.arrayValue ?? []).compactMap(\.integerValue)
    for (key, values) in row["series"]?.objectValue?.entries ?? [] {
      if object.series[key] == nil { object.keys.append(key) }
      for value in values.arrayValue ?? [] { object.series[key, default: []].append(try ValueCoding.value(of: value)) }
    }
  }

  private var length: (epochs: Int, values: [String: Int]) { (object.epochs.count, object.series.mapValues(\.count)) }
}
