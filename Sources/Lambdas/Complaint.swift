import Diagnostics
import Syntax

/// Everything the compiler of lambdas, hooks and `def`s can say of a script.
enum Complaint {
  case unknownName(String, known: [String])
  case undeclaredState(String)
  case notInFunctions(String, isCatalog: Bool)
  case unknownAttribute(String, of: ValueType)
  case unknownKey(String, of: RecordType)
  case unguardedKey(String, of: RecordType, spelling: String)
  case alwaysFails(String)
  case sometimesFails(String)
  /// `beginning` is a value that a callback's state could begin with instead.
  case possiblyNone(String?, beginning: String? = nil)
  case notCallable(ValueType)
  case missingArgument(String, of: String)
  case unknownArgument(String, of: String, known: [String])
  case repeatedArgument(String, of: String)
  case surplusArguments(found: Int, most: Int, of: String)
  case wrongArgument(String, of: String, found: ValueType, wanted: ValueType)
  case wrongParameterCount(found: Int, passed: Int, name: String)
  case notIterable(ValueType)
  case readOnly(String, what: String, hint: String = "use another name.")
  case changesShared(String, isHeldByState: Bool)
  case unreadLocal(String, state: String?)
  case sometimesBound(String)
  case neverBound(String)
  case recursion([String])
  case notSettable(String, of: ValueType)
  case uselessToSet(reason: String, hint: String)
  case closedRecord(RecordType)
  case changesCopy(RecordType)
  case rebindsShared(name: String)
  case recordNeedsNumber(ValueType)
  case capturedLoopVariable(String)
  case unsupportedTarget
  case unsupportedRaise
  case spreadHere
  case tooLarge(String)

  private var parts: (Finding.Severity, name: String, message: String, hint: String?) {
    switch self {
    case .unknownName(let name, let known):
      (
        .error, "unknown-name", "Nothing is called `\(name)` here.",
        Spelling.translation(of: name) ?? Spelling.suggestion(for: name, among: known)
      )
    case .undeclaredState(let name):
      (
        .error, "unknown-name", "The callback has no state `\(name)`.",
        "begin its body with `\(name) = …`: state is what its hooks keep."
      )
    case .notInFunctions(let name, let isCatalog):
      (
        .error, "unknown-name", "There is no `\(name)` in functions and hooks.",
        isCatalog
          ? "layers, optimizers and callbacks are made outside of them." : "they compute with numpy's functions: `np.exp(x)`."
      )
    case .unknownAttribute(let name, .object(let object)) where object.absence(name) != nil:
      (.error, "unknown-attribute", object.absence(name)?.reason ?? "", object.absence(name)?.hint)
    case .unknownAttribute("assign", .float):
      (.error, "unknown-attribute", "A number has no `assign`.", "write `model.optimizer.learning_rate = …`.")
    case .unknownAttribute(let name, let type):
      (
        .error, "unknown-attribute", "`\(type.description)` has no attribute `\(name)`.",
        Spelling.suggestion(for: name, among: Typing.attributeNames(of: type))
      )
    case .unknownKey(let key, let record):
      (.error, "unknown-key", "`\(record.title)` never has a key `\(key)` here.", record.proposal(for: key))
    case .unguardedKey(let key, let record, let spelling):
      (
        .error, "unguarded-key", "`\(record.title)` has the key `\(key)` only sometimes.",
        "ask first, `if \"\(key)\" in \(spelling)`, or take `\(spelling).get(\"\(key)\")`."
      )
    case .alwaysFails(let text): (.error, "always-fails", "This fails whenever it runs: \(text).", nil)
    case .sometimesFails(let text):
      (
        .warning, "sometimes-fails", "This fails on some paths: \(text).",
        "an int never becomes a float by itself, nor the other way: begin with `0.0`, or write `int(…)` or `float(…)`."
      )
    case .possiblyNone(let name, let beginning):
      (
        .error, "possibly-none", "\(name.map { "`\($0)`" } ?? "This value") may be None here.",
        name.map { "ask first: `if \($0) is not None`\(beginning.map { ", or let it begin with `\($0)`" } ?? "")." }
          ?? "bind it to a name, and ask whether that `is not None`."
      )
    case .notCallable(.record(let record)):
      (
        .error, "not-callable", "`\(record.title)` cannot be called.",
        "its elements stand in brackets: `\(record.title)[\"loss\"]`."
      )
    case .notCallable(let type): (.error, "not-callable", "A value of type \(type.description) cannot be called.", nil)
    case .missingArgument(let name, let function): (.error, "missing-argument", "`\(function)` needs an argument `\(name)`.", nil)
    case .unknownArgument(let name, let function, let known):
      (.error, "unknown-argument", "`\(function)` has no parameter `\(name)`.", Spelling.suggestion(for: name, among: known))
    case .repeatedArgument(let name, let function): (.error, "repeated-argument", "`\(function)` is given `\(name)` twice.", nil)
    case .surplusArguments(let found, let most, let function):
      (
        .error, "surplus-arguments",
        "`\(function)` takes \(most == 0 ? "no arguments" : most == 1 ? "one argument" : "at most \(most) arguments"), not \(found).",
        nil
      )
    case .wrongArgument(let name, let function, let found, let wanted):
      (.error, "wrong-argument", "`\(name)` of `\(function)` takes \(wanted.description), not \(found.description).", nil)
    case .wrongParameterCount(let found, let passed, let name):
      (
        .error, "wrong-parameters",
        "\(name == "<lambda>" ? "This lambda" : "`\(name)`") is called with \(passed) argument\(passed == 1 ? "" : "s"), but \(found) parameter\(found == 1 ? " is" : "s are") written.",
        nil
      )
    case .notIterable(let type):
      (.error, "not-iterable", "A value of type \(type.description) has no elements to go through.", nil)
    case .readOnly(let name, let what, let hint):
      (.error, "read-only", "`\(name)` is \(what) and cannot be assigned here.", hint)
    case .changesShared(let name, let isHeldByState):
      (
        .error, "read-only", "`\(name)` is an outer value and cannot be changed here.",
        isHeldByState
          ? "let a callback keep it: `callback NAME {`, its state `\(name) = …`, and a hook that changes it."
          : "make a copy: `list(\(name))` or `dict(\(name))`."
      )
    case .unreadLocal(let name, let state):
      (.warning, "unread-local", "`\(name)` is assigned and never read.", state.map { "did you mean the state `\($0)`?" })
    case .sometimesBound(let name):
      (.warning, "sometimes-unbound", "`\(name)` has a value on some paths only.", "give it one before.")
    case .neverBound(let name): (.error, "unbound", "`\(name)` is read before it is assigned.", nil)
    case .recursion(let names):
      (
        .error, "recursion",
        "`\(names.first ?? "")` calls itself\(names.count > 2 ? " (\(names.joined(separator: " → ")))" : ""); functions of a script must end.",
        "use a loop."
      )
    case .notSettable(let name, let type): (.error, "not-settable", "`\(name)` of \(type.description) cannot be set.", nil)
    case .uselessToSet(let reason, let hint): (.error, "not-settable", reason, hint)
    case .closedRecord(let record) where record.sharing == .discarded:
      (
        .error, "not-settable", "`\(record.title)` cannot be changed here: nobody would see it.",
        "`epoch_end` shares what it changes with the callbacks after it."
      )
    case .closedRecord(let record): (.error, "not-settable", "`\(record.title)` takes no new keys here.", nil)
    case .changesCopy(let record):
      (
        .error, "not-settable", "This changes a copy of `\(record.title)`, which other callbacks do not see.",
        "change `\(record.title)` itself, in the hook; or make a dict of your own: `dict(…)`."
      )
    case .rebindsShared(let name):
      (
        .error, "read-only", "`\(name)` is what all callbacks share; another dict would be none of theirs.",
        "change it where it is, `\(name).update(…)`, or use another name."
      )
    case .recordNeedsNumber(let type): (.error, "wrong-argument", "A value of `logs` is a number, not \(type.description).", nil)
    case .capturedLoopVariable(let name):
      (
        .warning, "captured-loop-variable", "The function keeps the value that `\(name)` has now; Python would use its last one.",
        "write `\(name)=\(name)` among the parameters: both agree on that."
      )
    case .unsupportedTarget: (.error, "bad-target", "This cannot be assigned to.", nil)
    case .unsupportedRaise: (.error, "bad-raise", "`raise` takes `ValueError(\"…\")` or `RuntimeError(\"…\")`.", nil)
    case .spreadHere: (.error, "bad-spread", "`*` cannot stand here.", nil)
    case .tooLarge(let what): (.error, "too-large", "This function is too large: \(what).", "cut it into several.")
    }
  }

  /// The finding, with its place and perhaps a second one.
  func finding(at range: SourceRange, labels: [Finding.Label] = []) -> Finding {
    let (severity, name, message, hint) = parts
    return Finding(severity, name, message, at: range, labels: labels, hint: hint)
  }
}

extension RecordType {
  fileprivate func proposal(for key: String) -> String? {
    if let near = Spelling.suggestion(for: key, among: names) { return near }
    return names.isEmpty ? "it is empty in this hook." : "there are " + names.map { "`\($0)`" }.joined(separator: ", ") + "."
  }
}
