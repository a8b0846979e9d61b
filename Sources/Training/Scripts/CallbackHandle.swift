import Artifacts
import Lambdas
import Plans

/// A callback of the catalog in one run, as hooks reach it by the name that the script has given it.
///
/// Where a hook sets an argument, the callback is made anew, as its class makes and checks it, and goes on with what the old one knew.
final class CallbackHandle: RunningCallback {
  typealias Make = (Arguments) throws(CallbackFailure) -> any Callback
  private typealias Change = (before: Value, now: Value)

  private let object: Configured
  private let make: Make
  private weak var list: CallbackList?
  private var place = 0
  /// The arguments that hooks have set, with what they were before.
  private var changes: [String: Change] = [:]

  init(_ object: Configured, make: @escaping Make) {
    self.object = object
    self.make = make
  }

  /// The run begins: it stands there in its list.
  func enter(_ list: CallbackList, at place: Int) {
    (self.list, self.place) = (list, place)
    object.running = self
  }

  func result(_ name: String) -> Value? { list?.seats[place].callback.results[name] }

  func set(_ name: String, to value: Value) throws(MachineError) {
    guard let list else { return }
    guard let before = object.arguments[name] else {
      let before = result(name) ?? .none
      list.seats[place].callback.setResult(name, to: value)
      return list.noteSetting(name, of: place, from: before, to: value)
    }
    do throws(CallbackFailure) { try remake(with: [name: value]) } catch {
      throw .init(.value, "`\(name)` of `\(object.entry.name)` cannot be \(Operations.representation(value)): \(error.reason)")
    }
    changes[name] = (changes[name]?.before ?? before, value)
    list.noteSetting(name, of: place, from: before, to: value)
  }

  private func remake(with values: [String: Value]) throws(CallbackFailure) {
    guard let list else { return }
    var new = try make(object.arguments.with(values))
    try new.resume(from: list.seats[place].callback.saveState(), RunReport(epochs: 0, steps: nil))
    list.seats[place].callback = new
  }

  // MARK: Backups

  /// What hooks have set, for a backup; nil where that is nothing.
  func saveChanges() throws(CallbackFailure) -> JSON? {
    if changes.isEmpty { return nil }
    var json = JSON.Object()
    for (name, change) in changes.sorted(by: { $0.key < $1.key }) {
      json[name] = [try ValueCoding.json(of: change.before), try ValueCoding.json(of: change.now)]
    }
    return .object(json)
  }

  /// Sets it again when a run goes on. An argument that the script gives another value since counts as the script gives it.
  func restoreChanges(_ json: JSON?) throws(CallbackFailure) {
    for (name, change) in json?.objectValue?.entries ?? [] {
      guard let before = change[0], let now = change[1], let given = object.arguments[name] else { continue }
      guard try ValueCoding.json(of: given) == before else { continue }
      let value = try ValueCoding.value(of: now)
      try remake(with: [name: value])
      object.settle([name: value])
      changes[name] = (given, value)
    }
  }
}
