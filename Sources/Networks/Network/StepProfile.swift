import Tensors

/// Where the time of a run goes: what `train run --profile` prints. Kept by whoever asked for it and handed to networks and runs.
///
/// Each record of a Program is timed by itself, which costs about a tenth of a microsecond a record, and a barrier between records
/// that otherwise run on without one; so the sum is a little more than an unprofiled step takes.
package final class StepProfile {
  /// One line: what a layer's operation took, over all batches.
  package struct Line {
    /// The layer, or `loss`, `optimizer` …; empty for what belongs to none.
    package let layer: String
    package let operation: String
    package fileprivate(set) var nanoseconds: Double = 0
    package fileprivate(set) var cost = Cost()
  }

  /// What a callback's hook took, over all its calls.
  package struct HookLine {
    package let callback: String
    package let hook: String
    package fileprivate(set) var nanoseconds: Double = 0
    package fileprivate(set) var calls = 0
  }

  private struct Key: Hashable {
    let owner: String
    let action: String
  }
  private var places: [Key: Int] = [:]
  private var hookPlaces: [Key: Int] = [:]
  private var allLines: [Line] = []
  private var allHooks: [HookLine] = []
  /// How many batches were run.
  package private(set) var batches = 0
  /// What the machine can do, as measured on the threads of the first network; nil before there is one.
  package private(set) var limits: MachineLimits?

  package init() {}

  /// Measures what the threads can do, once.
  func measureLimits(of pool: Pool) {
    if limits == nil { limits = MachineLimits(of: pool) }
  }

  /// Adds what the records of one batch took.
  func add(_ steps: [Program.StepTime]) {
    batches += 1
    for step in steps {
      let key = Key(owner: step.tag.name, action: step.name)
      if places[key] == nil {
        places[key] = allLines.count
        allLines.append(Line(layer: key.owner, operation: key.action))
      }
      guard let place = places[key] else { continue }
      allLines[place].nanoseconds += step.nanoseconds
      allLines[place].cost += step.cost
    }
  }

  /// Adds a call of a hook.
  package func add(callback: String, hook: String, nanoseconds: Double) {
    let key = Key(owner: callback, action: hook)
    if hookPlaces[key] == nil {
      hookPlaces[key] = allHooks.count
      allHooks.append(HookLine(callback: callback, hook: hook))
    }
    guard let place = hookPlaces[key] else { return }
    allHooks[place].nanoseconds += nanoseconds
    allHooks[place].calls += 1
  }

  /// What layers' operations took, the longest time first.
  package var lines: [Line] { allLines.sorted { $0.nanoseconds > $1.nanoseconds } }

  /// What hooks took, the longest time first.
  package var hooks: [HookLine] { allHooks.sorted { $0.nanoseconds > $1.nanoseconds } }
}
