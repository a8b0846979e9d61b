import Diagnostics
import Lambdas
import Syntax

extension Finding {
  static func unknownArgument(_ name: String, of callee: String, at range: SourceRange, nearest: String?, parameters: [String])
    -> Finding
  {
    let formerly =
      switch name {
      case "period" where parameters.contains("save_freq"): "write `save_freq=\"5 epochs\"`."
      case "epsilon" where parameters.contains("min_delta"): "it is called `min_delta=` now."
      default: String?.none
      }
    let hint =
      formerly ?? nearest.map { "did you mean `\(range.asParameter($0))`?" }
      ?? (parameters.isEmpty ? "it takes no arguments." : "it takes \(listed(parameters)).")
    return Finding(.unknownArgument, "`\(callee)` has no argument `\(name)`.", at: range, hint: hint)
  }

  static func missingArgument(_ name: String, of callee: String, expects: String, at range: SourceRange) -> Finding {
    // Of what may be anything there is no more to say.
    let what = expects == ArgumentKind.any.expectation ? "" : ", \(expects)"
    return Finding(.missingArgument, "`\(callee)` needs `\(name)`\(what).", at: range)
  }

  static func argumentTwice(_ name: String, of callee: String, at range: SourceRange, earlier: SourceRange) -> Finding {
    Finding(
      .argumentTwice, "`\(callee)` is given `\(name)` twice.", at: range, remark: "again here",
      labels: [.init(earlier, "first here")])
  }

  static func tooManyArguments(of callee: String, most: Int, at range: SourceRange) -> Finding {
    Finding(
      .tooManyArguments,
      "`\(callee)` takes \(most == 0 ? "no arguments" : "at most \(counted(most, "argument"))") without a name.", at: range,
      remark: "one too many")
  }

  static func wrongArgument(
    _ name: String, of callee: String, expects: String, found: String, at range: SourceRange, isOutOfRange: Bool, hint: String?
  ) -> Finding {
    Finding(
      isOutOfRange ? .outOfRange : .wrongArgument, "`\(name)` of `\(callee)` must be \(expects), not \(found).", at: range,
      hint: hint)
  }

  static func sizesWithoutTuple(_ sizes: [Int], of callee: String, at range: SourceRange) -> Finding {
    let list = sizes.map(String.init).joined(separator: ", ")
    return Finding(
      .wrongArgument, "`shape` of `\(callee)` is one tuple, not \(counted(sizes.count, "number")).", at: range,
      hint: range.spelled("write `\(callee)((\(list)))`.", yaml: "write `\(callee): !tuple [\(list)]`."))
  }

  static func wrongElement(
    of name: String, of callee: String, expects: String, found: String, at range: SourceRange, hint: String?
  ) -> Finding {
    Finding(.wrongElement, "Each element of `\(name)` of `\(callee)` must be \(expects), not \(found).", at: range, hint: hint)
  }

  static func argumentConflict(_ conflict: ArgumentConflict, of callee: String, at range: SourceRange) -> Finding {
    Finding(.argumentConflict, "`\(callee)` \(conflict.problem).", at: range, hint: conflict.hint)
  }

  static func unknownChoice(
    _ text: String, for name: String, of callee: String, expects: String, at range: SourceRange, nearest: String?,
    standard: Value?
  ) -> Finding {
    let hint =
      nearest.map { "did you mean `\"\($0)\"`?" }
      ?? standard.map { "leave it out for `\(Operations.representation($0))`." } ?? "write one of these."
    return Finding(.unknownChoice, "`\(name)` of `\(callee)` must be \(expects), not `\"\(text)\"`.", at: range, hint: hint)
  }

  static func unknownEntry(_ name: String, _ role: Role, at range: SourceRange, nearest: String?) -> Finding {
    Finding(
      .unknownEntry, "No \(role.noun) is called `\"\(name)\"`.", at: range,
      hint: nearest.map { "did you mean `\"\($0)\"`?" } ?? "`train describe` lists them.")
  }

  static func wrongRole(found: Entry, _ name: String, of callee: String, _ role: Role, at range: SourceRange) -> Finding {
    Finding(
      .wrongRole, "`\(name)` of `\(callee)` must be \(role.withArticle), and `\(found.name)` is \(found.role.withArticle).",
      at: range)
  }

  static func layerOfBoundNames(_ layer: String, _ names: [String], at range: SourceRange) -> Finding {
    Finding(
      .layerOfBoundNames,
      "This `\(layer)` depends on \(listed(names)), which the function binds itself, but layers are made once, before a function of a "
        + "data set is called.",
      at: range, hint: "make a layer above the function for each value, or compute without one, as in `x * factor`.")
  }

  static func layerWithStatesInFunction(_ layer: String, at range: SourceRange) -> Finding {
    Finding(
      .layerWithStatesInFunction,
      "A function of a data set calls this `\(layer)`, which carries states from one call to the next, and elements are made in any "
        + "order.",
      at: range, hint: "leave out `\(range.asParameter("stateful"))`.")
  }

  static func unfollowedInFunction(_ layer: String, at range: SourceRange) -> Finding {
    Finding(
      .notFollowed, "A function of a data set cannot call this `\(layer)`, which is looked into as part of a model.", at: range,
      hint: "call its function instead.")
  }

  static func branchedModelInFunction(_ model: String, at range: SourceRange) -> Finding {
    Finding(
      .branchedModelInFunction,
      "Functions of data sets call layers and models that are a row of layers, and `\(model)` has branches.", at: range,
      hint: "let it predict before, and make the data set of what `\(model).predict(…)` gives.")
  }

  static func notCallable(_ found: String, at range: SourceRange) -> Finding {
    Finding(.notCallable, "This is no function or class but \(found), so it cannot be called.", at: range)
  }

  static func functionParameters(_ name: String, takes: Int, given: [String], at range: SourceRange) -> Finding {
    Finding(
      .functionParameters,
      "`\(name)` takes \(counted(takes, "argument")), but it is called with \(given.isEmpty ? "none" : listed(given)).",
      at: range, hint: "let it take \(given.isEmpty ? "none" : "`\(given.joined(separator: ", "))`").")
  }

  static func functionResult(_ found: String, onSomePaths: Bool = false, at range: SourceRange) -> Finding {
    Finding(
      .functionResult, "The function must give a float, but gives \(found)\(onSomePaths ? " on some paths" : "").", at: range,
      severity: onSomePaths ? .warning : .error, hint: "write a number with a point, such as `0.1`, or `float(…)`.")
  }

  static func recursion(_ name: String, at range: SourceRange) -> Finding {
    Finding(.recursion, "`\(name)` calls itself, and every function must end.", at: range, hint: "write it with `for`.")
  }

  static func tooManyRounds(_ count: Int, most: Int, at range: SourceRange) -> Finding {
    Finding(
      .tooManyRounds, "Every loop of a script must end soon enough, and this one would go through \(grouped(count)) rounds.",
      at: range, remark: "at most \(grouped(most))")
  }

  static func longLoop(_ count: Int, walked: Int, at range: SourceRange) -> Finding {
    Finding(
      .longLoop,
      "The loop has \(grouped(count)) rounds, so its body is checked once for all of them and then again as it runs.", at: range,
      severity: .note, remark: "more than \(grouped(walked))")
  }

  static func tooManySteps(at range: SourceRange) -> Finding {
    Finding(
      .tooManySteps, "What stands here is too long to be gone through before the run, so the rest of it is checked as it runs.",
      at: range,
      severity: .note)
  }
}
