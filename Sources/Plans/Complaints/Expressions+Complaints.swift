import Diagnostics
import Lambdas
import Syntax

extension Finding {
  static func expressionFails(_ error: MachineError, at range: SourceRange) -> Finding {
    Finding(.expressionFails, "This fails with \(error.kind.rawValue): \(error.message).", at: range)
  }

  static func operandTypes(_ op: String, _ left: String, _ right: String, at range: SourceRange) -> Finding {
    Finding(.operandTypes, "`\(op)` does not work between \(left) and \(right).", at: range)
  }

  static func cannotIndex(_ type: String, at range: SourceRange) -> Finding {
    Finding(.cannotIndex, "This is \(type), which has no elements to take with `[…]`.", at: range)
  }

  static func unknownKey(_ key: String, of what: String, at range: SourceRange, keys: [String]) -> Finding {
    Finding(
      .unknownKey, "There is no `\"\(key)\"` in \(what), only \(listed(keys)).", at: range,
      hint: Spelling.nearest(to: key, among: keys).map { "did you mean `\"\($0)\"`?" })
  }

  static func unknownAttribute(_ name: String, of what: String, at range: SourceRange, nearest: String?) -> Finding {
    Finding(.unknownAttribute, "`.\(name)` does not exist on \(what).", at: range, hint: nearest.map { "did you mean `.\($0)`?" })
  }

  static func methodNotCalled(_ name: String, of what: String, at range: SourceRange) -> Finding {
    Finding(
      .unknownAttribute, "`.\(name)` of \(what) is a method, which does nothing until it is called.", at: range,
      hint: "write `.\(name)()`.")
  }

  static func attributeNotSettable(_ name: String, of what: String, isDict: Bool = false, at range: SourceRange) -> Finding {
    Finding(
      .attributeNotSettable, "`\(name)` of \(what) cannot be set.", at: range,
      hint: isDict
        ? "write `[\"\(name)\"] = …`."
        : "what can be set: `M.trainable`, `LAYER.trainable`, `M.optimizer.learning_rate`.")
  }

  static func noSharedRate(of optimizer: String, at range: SourceRange) -> Finding {
    Finding(
      .noSharedRate, "`\(optimizer)` shares the weights among several optimizers, and has no learning rate of its own.",
      at: range,
      hint: "each of them has one: `\(optimizer).optimizers[0].learning_rate`.")
  }

  static func notIterable(_ type: String, at range: SourceRange) -> Finding {
    Finding(.notIterable, "This is \(type), which cannot be gone through.", at: range)
  }

  static func spreadOfNoDict(_ found: String, at range: SourceRange) -> Finding {
    Finding(.cannotSpread, "`**` spreads a dict, and this is \(found).", at: range)
  }

  static func keyNotAName(_ key: String, at range: SourceRange) -> Finding {
    Finding(.cannotSpread, "`**` makes each key the name of an argument, and `\(key)` is no text.", at: range)
  }

  static func cannotUnpack(_ type: String, at range: SourceRange) -> Finding {
    Finding(.cannotUnpack, "The value is \(type), which cannot be unpacked into several names.", at: range)
  }

  static func unpackCount(expected: Int, found: Int, hasRest: Bool, at range: SourceRange) -> Finding {
    Finding(
      .unpackCount,
      "There \(expected == 1 ? "is" : "are") \(counted(expected, "name"))\(hasRest ? " beside the starred one" : "") here but \(counted(found, "value")) to unpack.",
      at: range)
  }

  static func unknownException(at range: SourceRange) -> Finding {
    Finding(
      .unknownException, "Only a `ValueError` or a `RuntimeError` can be raised.", at: range,
      hint: "write `raise ValueError(\"…\")`.")
  }

  static func staleCapture(_ name: String, function: ScriptFunction, at range: SourceRange, rebound: SourceRange) -> Finding {
    Finding(
      .staleCapture, "The function uses `\(name)` as it was when the function was made; Python would use its new value.",
      at: range,
      severity: .warning, labels: [.init(function.range, "made here"), .init(rebound, "`\(name)` is bound again here")],
      hint: "make it a parameter, `\(name)=\(name)`, on which both agree.")
  }

  static func capturedVariable(_ name: String, at range: SourceRange, variable: SourceRange) -> Finding {
    Finding(
      .staleCapture, "The function uses `\(name)` of the round that makes it; in Python all of them would use the last round's.",
      at: range, severity: .warning, labels: [.init(variable, "bound in every round")],
      hint: "make it a parameter, `\(name)=\(name)`, on which both agree.")
  }

  static func sharedValue(_ name: String, with other: String, at range: SourceRange) -> Finding {
    Finding(
      .sharedValue, "This changes `\(name)` alone; in Python it would change `\(other)` too.", at: range, severity: .warning,
      hint: "bind a copy, `\(range.spelled("\(name) = ", yaml: "\(name): !expr "))\(other).copy()`, on which both agree.")
  }

  static func forecastFails(_ message: String, at range: SourceRange) -> Finding {
    Finding(.forecastFails, "This cannot be done: \(message).", at: range)
  }
}
