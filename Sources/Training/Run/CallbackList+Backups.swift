import Arrays
import Artifacts
import Plans

/// What a backup keeps of the callbacks, and how they go on from it.
extension CallbackList {
  func saveStates() throws(TrainingError) -> [JSON] {
    var states: [JSON] = []
    for index in seats.indices {
      let handle = handle(at: index)
      states.append(
        try attributingFailures(index) { callback throws(CallbackFailure) in
          let state = try callback.saveState()
          guard let changes = try handle?.saveChanges(), case .object(var object) = state else { return state }
          object[Self.changesKey] = changes
          return .object(object)
        })
    }
    return states
  }

  /// Where the state of a callback tells of arguments that hooks have set.
  private static let changesKey = "set"

  private func handle(at index: Int) -> CallbackHandle? { handles.indices.contains(index) ? handles[index] : nil }

  /// What callbacks have for the journal of the backups, with their names.
  func takeRows() throws(TrainingError) -> [(name: String, row: JSON)] {
    var rows: [(String, JSON)] = []
    for index in seats.indices {
      let row = try attributingFailures(index) { callback throws(CallbackFailure) in try callback.takeRow() }
      if let row { rows.append((seats[index].callback.name, row)) }
    }
    return rows
  }

  /// Bytes of the model that callbacks will keep and have not yet.
  var bytesToKeep: Int {
    func bytes(_ arrays: [NDArray]) -> Int { arrays.reduce(0) { $0 + $1.rawBytes.count } }
    return seats.indices.reduce(0) { sum, index in
      switch seats[index].callback.keeps {
      case .weights where keptWeights[index] == nil: sum + bytes(trainee.weights)
      case .state where keptStates[index] == nil: sum + bytes((try? trainee.saveState())?.arrays.map(\.array) ?? [])
      default: sum
      }
    }
  }

  /// Where the random numbers of the hooks stand.
  var randomStates: [JSON] { randomness.map(\.state) }

  /// Goes on from a backup and the rows of its journal, by whose they are, instead of `trainBegins`, which is told to callbacks that are
  /// new. The random numbers of a callback that has other generators now begin anew.
  func resume(
    from record: RunRecord, _ rows: [String: [JSON]], _ adaptation: Adaptation, _ run: RunReport
  ) throws(TrainingError) {
    let states = adaptation.placed(record.callbacks.byPlace)
    let draws = adaptation.placed(record.randomness.byPlace)
    for (place, own) in randomness.enumerated() {
      if let state = draws[place] { _ = own.resume(from: state) }
    }
    keptWeights = adaptation.placed(record.keptWeights)
    keptStates = adaptation.placed(record.keptStates)
    let epoch = record.position.isInEpoch ? record.position.epoch : nil
    notes.restore(record.turns.placed(adaptation.places), epoch: epoch)
    for index in seats.indices {
      unended.insert(index)
      if let state = states[index] {
        do throws(CallbackFailure) { try handle(at: index)?.restoreChanges(state[Self.changesKey]) } catch {
          throw .callback(name: seats[index].callback.name, epoch: epoch, error)
        }
        try attributingFailures(index) { callback throws(CallbackFailure) in
          if let rows = rows[callback.name] { try callback.restore(rows: rows) }
          try callback.resume(from: state, run)
        }
        for loss in seats[index].callback.losses { console.print("warning: \(seats[index].callback.name): \(loss)\n") }
      } else if seats[index].callback.hooks.contains(.trainBegin), !run.isOver {
        try tell(.trainBegin, [index]) { callback throws(CallbackFailure) in try callback.onTrainBegin(run) }
      }
    }
  }
}

extension Array {
  /// Each element under its place.
  fileprivate var byPlace: [Int: Element] { Dictionary(uniqueKeysWithValues: zip(indices, self)) }
}
