import Diagnostics
import Lambdas

/// Runs a compiled hook: hands it the arguments that it names, and `model` and `params` where it captures them.
final class HookRunner: @unchecked Sendable {
  // Sendable by discipline: the run calls its hooks one at a time.
  private let code: FunctionCode
  /// What the hook takes from outside, a model if it is the one in training; nil for what the fit brings.
  private let captures: [(name: String, value: Value?)]
  /// What Keras passes, by name.
  private let names: [String]
  /// Whether its result is what it leaves of `logs`.
  private let givesLogs: Bool
  private let range: SourceRange
  private var bound: BoundHook?

  init(
    _ code: FunctionCode, captures: [(name: String, value: Value?)], arguments names: [String], givesLogs: Bool,
    at range: SourceRange
  ) {
    self.code = code
    self.captures = captures
    self.names = names
    self.givesLogs = givesLogs
    self.range = range
  }

  func run(_ call: inout HookCall, _ state: inout [Value]) throws(Failure) {
    let hook = try hook(in: call.host)
    hook.machine.random = call.random
    defer { call.random = hook.machine.random }
    do throws(RuntimeFailure) {
      let result = try hook.call(call, &state)
      if givesLogs, case .dict(let logs) = result { call.logs = logs }
    } catch {
      throw Failure("\(error.error.kind.rawValue): \(error.error.message)", at: error.range)
    }
  }

  private func hook(in host: HookHost) throws(Failure) -> BoundHook {
    if let bound, bound.host === host { return bound }
    var captured: [Value] = []
    for (name, value) in captures {
      switch (name, value) {
      case (_, .object(_ as ModelObject)?): captured.append(.object(host.model))
      case (_, let value?): captured.append(value)
      case ("model", nil): captured.append(.object(host.model))
      case ("params", nil): captured.append(host.params)
      default: throw Failure("`\(name)` has no value yet", at: range)
      }
    }
    let made = BoundHook(FunctionValue(code, captured: captured), arguments: names, in: host, on: bound?.machine)
    bound = made
    return made
  }
}

/// A hook in one fit, with what it takes from outside.
private final class BoundHook {
  let host: HookHost
  /// Made at the first call: a check compiles hooks and calls none, and a machine is large.
  let machine: Machine
  private let function: FunctionValue
  private var arguments: [Value]
  /// Where the epoch or batch and the logs go; nil for what the hook does not look at.
  private let indexPlace: Int?
  private let logsPlace: Int?
  private let endPlace: Int?

  init(_ function: FunctionValue, arguments names: [String], in host: HookHost, on machine: Machine?) {
    self.host = host
    self.function = function
    self.machine = machine ?? Machine()
    self.machine.print = host.write
    self.machine.clock = host.time
    func place(_ isWanted: (String) -> Bool) -> Int? {
      names.firstIndex(where: isWanted).flatMap { function.ignores(argument: $0) ? nil : $0 }
    }
    indexPlace = place { $0 != "logs" && $0 != "end" }
    endPlace = place { $0 == "end" }
    logsPlace = place { $0 == "logs" }
    arguments = names.map { $0 == "logs" || $0 == "end" ? .dict(DictValue()) : .integer(0) }
  }

  func call(_ call: HookCall, _ state: inout [Value]) throws(RuntimeFailure) -> Value {
    if let indexPlace { arguments[indexPlace] = .integer(call.index ?? 0) }
    if let logsPlace { arguments[logsPlace] = .dict(call.logs) }
    if let endPlace { arguments[endPlace] = call.end }
    return try machine.call(function, arguments, state: &state)
  }
}
