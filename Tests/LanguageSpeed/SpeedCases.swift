import Diagnostics
import Lambdas
import Syntax

/// What scripts call most, ready to be called: a schedule of the learning rate, and a hook that looks at every batch.
package enum SpeedCases {
  private static let scheduleText = "lambda epoch, lr: lr * 0.5 ** floor(epoch / 10)"
  private static let hookText = """
    on train_batch_end(batch, logs) {
      seen += 1
      total += logs.loss
      mean = total / seen
      if logs.loss < best { best = logs.loss }
      if logs.accuracy < 0.5 and mean > 0.1 { above += 1 }
    }
    """

  /// Calls the schedule as a callback does, as often as `calls` says each time.
  package static func schedule() -> (_ calls: Int) throws -> Void {
    guard case .expression(let expression)? = statement(scheduleText)?.kind,
      case .lambda(let parameters, let body) = expression.kind
    else { preconditionFailure("the schedule is a lambda") }
    var findings: [Finding] = []
    let type = FunctionType([.init("epoch", .integer), .init("lr", .float)], returns: .float)
    guard let code = compileLambda(parameters, body: body, expecting: type, scope: .empty, findings: &findings) else {
      preconditionFailure("the schedule compiles")
    }
    let machine = Machine()
    let function = FunctionValue(code)
    let prepared: [Value] = [.integer(0), .float(0.1)]
    return { calls in
      var arguments = prepared
      for index in 0..<calls {
        arguments[0] = .integer(index & 63)
        _ = try machine.call(function, arguments)
      }
    }
  }

  /// Calls the hook for as many batches as `calls` says each time.
  package static func hook() -> (_ calls: Int) throws -> Void {
    guard case .callback(_, _, let callback)? = statement("callback C() {\n\(hookText)\n}")?.kind,
      case .hook(let name, let parameters, let body)? = callback.statements.first?.kind
    else { preconditionFailure("the hook is one of a callback") }
    let record = RecordType(title: "logs", [("accuracy", .init(.float)), ("loss", .init(.float))])
    let source = HookSource(name: name, parameters: parameters, body: body, types: [.integer, .record(record)])
    let initial: [(name: String, value: Value)] = [
      ("seen", .integer(0)), ("total", .float(0)), ("best", .float(1e9)), ("above", .integer(0)),
    ]
    let state = initial.map { StateVariable($0.name, ValueType(of: $0.value)) }
    var findings: [Finding] = []
    guard let code = compileHooks([source], state: state, scope: .empty, findings: &findings).hooks[0] else {
      preconditionFailure("the hook compiles")
    }
    let prepared: [Value] = [.integer(0), .dict(DictValue([("accuracy", .float(0.5)), ("loss", .float(0.25))]))]
    let machine = Machine()
    let function = FunctionValue(code)
    return { calls in
      var (arguments, held) = (prepared, initial.map(\.value))
      for index in 0..<calls {
        arguments[0] = .integer(index)
        _ = try machine.call(function, arguments, state: &held)
      }
    }
  }

  private static func statement(_ text: String) -> Statement? {
    parse(Source(name: "<measured>", text: text)).script.statements.first
  }
}
