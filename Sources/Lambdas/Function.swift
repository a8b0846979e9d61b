import Diagnostics
import Syntax

/// A callable value: compiled code with what it captured, a built-in, or something of the host.
package final class FunctionValue: Sendable {
  package enum Body: Sendable {
    /// Compiled code with the values of `code.captures`, in that order.
    case code(FunctionCode, captured: [Value])
    case builtin(Builtin)
    /// A function of the host; it is given the arguments in declared order, nil where one was left out.
    case host(@Sendable ([Value?]) throws(MachineError) -> Value)
    /// A method bound to its receiver: `"a".upper`.
    case method(receiver: Value, name: String)
  }
  package let name: String
  package let type: FunctionType
  package let body: Body
  // What `body` says, where a call reads it without counting references.
  let isCompiled: Bool
  /// The code of `body`, and what it captured; empty where it is none.
  let code: FunctionCode
  let captured: [Value]

  package init(name: String, type: FunctionType, body: Body) {
    self.name = name
    self.type = type
    self.body = body
    if case .code(let code, let captured) = body {
      (isCompiled, self.code, self.captured) = (true, code, captured)
    } else {
      (isCompiled, code, captured) = (false, .empty, [])
    }
  }

  /// Compiled code, ready to be called; `captured` holds a value for each of `code.captures`.
  package convenience init(_ code: FunctionCode, captured: [Value] = []) {
    precondition(captured.count == code.captures.count, "a function is made with a value for each name it captures")
    self.init(name: code.name, type: code.type, body: .code(code, captured: captured))
  }
}

extension FunctionValue {
  /// Whether the argument in that place counts for nothing: nothing in the function names it.
  package func ignores(argument index: Int) -> Bool {
    isCompiled && !code.takesRest && index < code.parameterCount && !code.readsParameter[index]
  }

  /// The attributes of host objects that calling it may set: `learning_rate`.
  package var setAttributes: Set<String> { code.effects.setAttributes }

  /// The same function with another object in the place of one that it has captured.
  package func putting(_ other: any ObjectValue, inPlaceOf object: any ObjectValue) -> FunctionValue {
    guard isCompiled, !captured.isEmpty else { return self }
    return FunctionValue(
      code,
      captured: captured.map { value in
        if case .object(let held) = value, held === object { .object(other) } else { value }
      })
  }
}

extension FunctionType {
  /// The arguments of a call in declared order: nil where an optional one is left out, a tuple for `*rest`, a dict for `**rest`.
  ///
  /// Fails with Python's `TypeError` for a missing, unknown, doubled or surplus argument.
  package func bind(
    _ positional: [Value], _ keywords: [(name: String, value: Value)] = [], of function: String
  ) throws(MachineError) -> [Value?] {
    var bound = [Value?](repeating: nil, count: parameters.count)
    var next = 0
    for (index, parameter) in parameters.enumerated() {
      switch parameter.kind {
      case .plain, .positionalOnly:
        if next < positional.count {
          bound[index] = positional[next]
          next += 1
        }
      case .rest:
        bound[index] = .tuple(Array(positional[next...]))
        next = positional.count
      case .keywordOnly, .keywordRest: break
      }
    }
    if next < positional.count {
      let most = parameters.count { $0.kind == .plain || $0.kind == .positionalOnly }
      throw .init(
        .type, "\(function)() takes \(most) positional argument\(most == 1 ? "" : "s") but \(positional.count) were given")
    }
    var others = DictValue()
    let gatherer = parameters.lastIndex { $0.kind == .keywordRest }
    for (name, value) in keywords {
      guard let index = parameters.firstIndex(where: { $0.name == name && ($0.kind == .plain || $0.kind == .keywordOnly) }) else {
        if gatherer != nil, others[name] == nil {
          others.set(value, for: .string(name))
          continue
        }
        throw .init(.type, "\(function)() got an unexpected keyword argument '\(name)'")
      }
      if bound[index] != nil { throw .init(.type, "\(function)() got multiple values for argument '\(name)'") }
      bound[index] = value
    }
    if let gatherer { bound[gatherer] = .dict(others) }
    for (index, parameter) in parameters.enumerated() where bound[index] == nil && !parameter.isOptional {
      throw .init(.type, "\(function)() missing required argument: '\(parameter.name)'")
    }
    return bound
  }
}
