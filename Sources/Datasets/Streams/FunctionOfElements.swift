import Arrays
import Diagnostics
import Lambdas
import Plans
import Synchronization

/// A function of the script that is called with elements, on any thread: each call has a machine to itself.
final class FunctionOfElements: Sendable {
  let function: FunctionValue
  /// What calls it: `map`.
  let operation: String
  private let stream: RandomStream
  private let machines = Mutex<[IdleMachine]>([])

  /// Random numbers are those of `stream`, by the pass and the number of the element.
  init(_ function: FunctionValue, of operation: String, stream: RandomStream) {
    self.function = function
    self.operation = operation
    self.stream = stream
  }

  /// Why the function cannot be called on many threads with one result; nil if it can.
  var obstacle: Failure? {
    var reason: String?
    if !function.generators.isEmpty {
      reason = "draws from a generator, and what it draws would depend on who comes first: `np.random` follows the element"
    }
    if case .code(let code, _) = function.body {
      if code.effects.prints { reason = "prints, and elements are made in any order" }
      if code.effects.usesTime { reason = "looks at the clock, so that it would give other elements in each run" }
    }
    return reason.map { Failure("the function of `\(operation)` \($0)") }
  }

  /// Whether it draws random numbers, which are others in each pass.
  var isRandom: Bool {
    switch function.body {
    case .code(let code, _): code.effects.usesRandomNumbers || function.objects.contains(where: \.drawsRandomNumbers)
    case .builtin(let builtin): builtin.isImpure
    case .host, .method: false
    }
  }

  /// Whether it calls layers whose weights a script may change.
  var mayChange: Bool { function.objects.contains(where: \.mayChange) }

  var fingerprint: String { "\(operation) \(function.fingerprint)\(isRandom ? " by \(stream.key)" : "")" }

  /// What it gives for an element of a source with that spec. Throws what went wrong in it, with its place.
  func call(on element: Element, as spec: DataSpec, _ index: Int, inPass pass: Int) throws(DataFailure) -> Value {
    do throws(RuntimeFailure) {
      return try call(element.arguments(as: spec), random: RandomSequence(stream.substream(pass).substream(index)))
    } catch {
      throw .function(operation, index: index, reason: error.error.message, at: error.range)
    }
  }

  func call(_ arguments: [Value], random: RandomSequence) throws(RuntimeFailure) -> Value {
    let idle = takeMachine()
    defer { machines.withLock { $0.append(idle) } }
    idle.machine.random = random
    return try idle.machine.call(function, arguments)
  }

  /// The same function for many examples at once; nil where it may do something else with them, or draws numbers for each.
  func rowwise(on spec: DataSpec) -> RowwiseFunction? {
    let groups = [spec.inputs, spec.targets, spec.hasSampleWeights ? [TensorSpec(Shape([]))] : []].filter { !$0.isEmpty }
    let isNamed = spec.inputNames != nil || spec.targetNames != nil
    guard !spec.isBatched, !isRandom, !isNamed, groups.allSatisfy({ $0.count == 1 && $0[0].type != .string }) else { return nil }
    return RowwiseFunction(function, ranks: groups.map { $0[0].shape.rank })
  }

  /// What that gives for a batch.
  func call(_ rowwise: RowwiseFunction, on batch: Element) throws(MachineError) -> Value {
    let idle = takeMachine()
    defer { machines.withLock { $0.append(idle) } }
    return try rowwise.call(batch.arrays, on: idle.machine)
  }

  private func takeMachine() -> IdleMachine { machines.withLock { $0.popLast() } ?? IdleMachine() }
}

/// A machine that nobody uses, so that any thread may take it.
private final class IdleMachine: @unchecked Sendable {
  // Sendable by discipline: who has taken it off the list is the only one to use it.
  let machine = Machine()

  init() { machine.print = { _ in } }
}
