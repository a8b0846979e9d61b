import Arrays
import Diagnostics
import Glibc

/// An error of a running function with the place where it happened.
package struct RuntimeFailure: Error, Sendable {
  package let error: MachineError
  /// The innermost place; nil where the function is not the script's.
  package let range: SourceRange?
  package init(_ error: MachineError, at range: SourceRange?) {
    self.error = error
    self.range = range
  }
}

/// Runs compiled functions: registers, a budget of steps, and what a function may ask of its host.
///
/// One thread at a time. A call from outside gets the whole budget; calls that a function makes share its.
package final class Machine {
  /// Steps a call from outside may take; an instruction, an element gone through, each costs about one.
  @exclusivity(unchecked) package var budget: Int
  /// Where `print` writes.
  package var print: (String) -> Void = { text in
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
  /// What `time()` gives, in seconds.
  package var clock: () -> Double = {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
  /// What `np.random` gives next.
  package var random = RandomSequence(RandomStream(seed: 0))
  /// Whether a function that is written for one example is called with a batch of them.
  package var takesBatches = false
  /// Fifty million steps: about a second.
  package static let defaultBudget = 50_000_000
  /// Calls inside calls; a function that reaches this depth is calling itself through a value.
  static let depthLimit = 200

  @exclusivity(unchecked) var remaining: Int
  @exclusivity(unchecked) var depth = 0
  /// Where the innermost failing instruction stands, set as an error leaves the loop.
  @exclusivity(unchecked) var failureRange: SourceRange?
  /// Bytes of values made since the last look at the machine's memory.
  @exclusivity(unchecked) private var unexamined = 0
  private static let examinationInterval = 1 << 26
  let registers: Registers

  package init(budget: Int = Machine.defaultBudget) {
    self.budget = budget
    remaining = budget
    registers = Registers()
  }

  /// Takes `steps` off the budget; an error when it is used up.
  package func spend(_ steps: Int) throws(MachineError) {
    remaining -= steps
    if remaining < 0 { throw Self.budgetError(budget) }
  }

  /// Takes what making a value of so many bytes costs off the budget; an error where the machine's memory is nearly used up.
  func allot(bytes: Int) throws(MachineError) {
    try spend(bytes >> 8)
    unexamined += bytes
    guard unexamined > Self.examinationInterval else { return }
    unexamined = 0
    if !FreeMemory.holds(2 * Self.examinationInterval) {
      throw .init(.memory, "the values of the script take nearly all of this machine's memory")
    }
  }

  /// Takes what making or going through a value costs off the budget: by its bytes, whatever lies deeper.
  func charge(_ value: Value) throws(MachineError) {
    switch value {
    case .string(let text): try allot(bytes: text.utf8.count)
    case .list(let items), .tuple(let items): try allot(bytes: items.count * MemoryLayout<Value>.stride)
    case .dict(let dict): try allot(bytes: dict.count * 4 * MemoryLayout<Value>.stride)
    case .set(let set): try allot(bytes: set.count * 4 * MemoryLayout<Value>.stride)
    case .array(let array): try chargeElements(of: array)
    default: break
    }
  }

  /// Everything that going through a value gives, taken off the budget.
  func elements(of value: Value) throws(MachineError) -> [Value] {
    if case .string(let text) = value { try allot(bytes: text.utf8.count * MemoryLayout<Value>.stride) }
    let items = try Operations.elements(of: value)
    try allot(bytes: items.count * MemoryLayout<Value>.stride)
    return items
  }

  /// Takes a pass over an array off the budget.
  func chargeElements(of array: NDArray) throws(MachineError) { try spend(array.count >> 3) }

  /// Takes a matrix product off the budget, by its multiplications.
  func chargeProduct(_ a: NDArray, _ b: NDArray) throws(MachineError) {
    let (count, overflow) = a.count.multipliedReportingOverflow(by: b.rank > 1 ? b.shape[b.rank - 1] : 1)
    try spend(overflow ? Int.max >> 1 : count >> 4)
  }

  /// Fails where a value that is put into another one is nested too deeply.
  func checkNesting(_ value: Value) throws(MachineError) {
    guard value.holdsValues else { return }
    let limit = max(remaining, 1) << 3
    do {
      try spend(Operations.checkNesting(value, lookingAt: limit) >> 3)
    } catch {
      throw error.kind == .memory ? Self.budgetError(budget) : error
    }
  }

  /// What is thrown when a budget of so many steps is used up.
  package static func budgetError(_ budget: Int) -> MachineError {
    .init(.budget, "it took more than \(budget) steps; whatever a script computes must end soon")
  }

  /// Gives the whole budget again, for what is evaluated next.
  package func restoreBudget() { remaining = budget }

  /// What is left of the budget.
  package var stepsLeft: Int { max(0, remaining) }
}
