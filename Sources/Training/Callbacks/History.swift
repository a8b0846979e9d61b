import Artifacts
import Lambdas
import Plans

/// Keeps the scores of every epoch: what `fit` gives.
///
/// An object `h = History()` in a list of callbacks holds that of the last fit: `h.history`, `h.epoch`, `h.params`.
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

  package init(_ object: HistoryObject = HistoryObject()) { self.object = object }

  package mutating func onEpochEnd(_ report: EpochReport) -> [Request] {
    object.epochs.append(report.epoch)
    for (name, value) in report.logs.entries {
      if object.series[name] == nil { object.keys.append(name) }
      object.series[name, default: []].append(value)
    }
    return []
  }

  package func saveState() throws(CallbackFailure) -> JSON {
    var series = JSON.Object()
    for key in object.keys {
      var values: [JSON] = []
      for value in object.series[key] ?? [] { values.append(try ValueCoding.json(of: value)) }
      series[key] = .array(values)
    }
    return ["epochs": .array(object.epochs.map(JSON.integer)), "series": .object(series)]
  }

  package mutating func resume(from state: JSON, _ run: RunReport) throws(CallbackFailure) {
    object.epochs = (state["epochs"]?.arrayValue ?? []).compactMap(\.integerValue)
    object.keys = []
    object.series = [:]
    for (key, values) in state["series"]?.objectValue?.entries ?? [] {
      object.keys.append(key)
      var series: [Value] = []
      for value in values.arrayValue ?? [] { series.append(try ValueCoding.value(of: value)) }
      object.series[key] = series
    }
  }
}
