import Arrays
import Lambdas
import Networks

/// What a hook is told of the scores: names with their values, in the order in which they are shown.
package struct Logs: Sendable {
  package private(set) var names: [String] = []
  package private(set) var values: [Value] = []

  package init() {}

  /// Names that are all different, with their values.
  fileprivate init(names: [String], values: [Value]) { (self.names, self.values) = (names, values) }

  /// Keras's order: names sorted by their characters' codes, so upper case comes before lower case.
  package init(sorting scores: [(name: String, value: Value)]) {
    for score in scores.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) { self[score.name] = score.value }
  }

  package var isEmpty: Bool { names.isEmpty }

  /// Setting a name that is there keeps its place; a new one goes to the end.
  package subscript(name: String) -> Value? {
    get { names.firstIndex(of: name).map { values[$0] } }
    set {
      switch (names.firstIndex(of: name), newValue) {
      case (let index?, let value?): values[index] = value
      case (let index?, nil):
        names.remove(at: index)
        values.remove(at: index)
      case (nil, let value?):
        names.append(name)
        values.append(value)
      case (nil, nil): break
      }
    }
  }

  /// The value under a name if it is a number.
  package func number(_ name: String) -> Double? { self[name].flatMap(\.asDouble) }

  /// What hooks are given.
  var dict: DictValue { DictValue(names: names, values: values) }

  /// What a hook has left of it: numbers under names, which is not known of all that a script puts there.
  init(left dict: DictValue) throws(CallbackFailure) {
    for (key, value) in zip(dict.keys, dict.values) {
      guard case .string(let name) = key else {
        throw CallbackFailure("it sets `logs[\(Operations.representation(key))]`, but a key of `logs` is a text")
      }
      switch value {
      case .integer, .float, .bool, .array: break
      default:
        throw CallbackFailure("it sets `logs[\"\(name)\"]` to \(value.briefDescription), but a value of `logs` is a number")
      }
      names.append(name)
      values.append(value)
    }
  }

  /// The entries in order.
  package var entries: [(name: String, value: Value)] { Array(zip(names, values).map { (name: $0, value: $1) }) }
}

extension Value {
  /// The same score where there is none: NaN, or as many of them.
  var asNaN: Value {
    guard case .array(let array) = self else { return .float(.nan) }
    return .array(NDArray(doubles: [Double](repeating: .nan, count: array.count), shape: array.shape).converted(to: array.type))
  }
}

/// Where the scores of a run stand in its logs: found once, since every batch may ask.
struct ScoreOrder {
  /// As `Logs(sorting:)` orders them; of two scores of one name the later counts.
  private let names: [String]
  private let places: [Int]

  init(_ scoreNames: [String]) {
    let placed = Dictionary(zip(scoreNames, scoreNames.indices), uniquingKeysWith: { $1 })
      .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    (names, places) = (placed.map(\.key), placed.map(\.value))
  }

  /// Which score stands under a name; nil if none does.
  func place(of name: String) -> Int? { names.firstIndex(of: name).map { places[$0] } }

  func logs(_ scores: [Score]) -> Logs { Logs(names: names, values: places.map { scores[$0].value }) }
}

/// The running scores of a pass over data: brought back from the core only when a callback asks, and then once a batch.
package final class RunningLogs {
  private let read: () -> Logs
  private let readNumber: ((String) -> Double?)?
  private var current: Logs?

  /// `number` reads one of the scores alone, if it is a number.
  package init(reading read: @escaping () -> Logs, number: ((String) -> Double?)? = nil) {
    self.read = read
    readNumber = number
  }

  /// Scores that are known already.
  package convenience init(_ logs: Logs) { self.init(reading: { logs }) }

  package var logs: Logs {
    if let current { return current }
    let logs = read()
    current = logs
    return logs
  }

  /// The score under a name if it is a number: that alone is brought back.
  package func number(_ name: String) -> Double? {
    guard current == nil, let readNumber else { return logs.number(name) }
    return readNumber(name)
  }

  /// Another batch is done: what was read is out of date.
  func batchIsDone() { current = nil }
}
