import Diagnostics

/// What can stand left of `=` and behind `for`.
extension Parser {
  /// ```
  /// loop_targets = loop_target { "," loop_target } [ "," "*" NAME ] [ "," ] | "*" NAME "," [ loop_target { "," loop_target } [ "," ] ]
  /// loop_target = NAME | "(" loop_targets ")"
  /// ```
  mutating func parseLoopTargets() -> Expression {
    let start = current.start
    var targets: [Expression] = []
    var hasComma = false
    repeat {
      if !targets.isEmpty, kind == .in || kind == .endOfText { break }
      let targetStart = current.start
      if kind == .star {
        advance()
        let value = parsePrimary(after: "*")
        targets.append(make(.starred(value), from: targetStart))
      } else {
        if kind.isKeyword, kind != .in {
          complain(.reservedWord(currentRange, text(current), wanted: "a loop variable"))
          return make(.missing, from: start)
        }
        targets.append(parsePrimary(after: targets.isEmpty ? "for" : ","))
      }
      hasComma = hasComma || kind == .comma
    } while !isPanicking && take(.comma)
    let target = targets.count == 1 && !hasComma ? targets[0] : make(.tuple(targets), from: start)
    if !isPanicking { checkTarget(target, isLoop: true) }
    height = 2
    return target
  }

  /// ```
  /// targets = target { "," target } [ "," "*" target ] [ "," ] | "*" target "," [ target { "," target } [ "," ] ]
  /// target = place | "(" targets ")"
  /// place = NAME | NAME { trailer } ( "." NAME | "[" subscripts "]" )
  /// ```
  /// Reports, at the first part that is none of these, an expression that cannot be bound.
  mutating func checkTarget(_ target: Expression, isLoop: Bool = false) {
    switch target.kind {
    case .name, .missing: return
    case .attribute(let base, _) where !isLoop, .subscripted(let base, _) where !isLoop:
      if !isNamed(base) { report(.impossibleTarget(target.range, "an expression", hint: nil)) }
    case .tuple(let elements) where !elements.isEmpty:
      var starred = 0
      for element in elements {
        if case .starred(let inner) = element.kind {
          starred += 1
          checkTarget(inner, isLoop: isLoop)
          if starred == 2 { report(.impossibleTarget(element.range, "a second `*`", hint: nil)) }
        } else {
          checkTarget(element, isLoop: isLoop)
        }
      }
    case .starred:
      report(.impossibleTarget(target.range, "a `*` alone", hint: "take the rest into a tuple: `first, *rest = …`."))
    default: report(.impossibleTarget(target.range, describe(target), hint: targetHint(target)))
    }
  }

  /// Whether an expression begins with a name and goes on with attributes, calls and subscripts only.
  private func isNamed(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .name, .missing: true
    case .attribute(let base, _), .subscripted(let base, _), .call(let base, _): isNamed(base)
    default: false
    }
  }

  private func describe(_ target: Expression) -> String {
    switch target.kind {
    case .call: "a call"
    case .comparison: "a comparison"
    case .none, .bool, .ellipsis: "the word `\(text(target.range.start, target.range.end))`"
    case .integer, .float: "a number"
    case .string, .formatted: "a string"
    case .lambda: "a lambda"
    case .list: "a list"
    case .tuple: "an empty tuple"
    case .attribute, .subscripted: "a part of something"
    default: "an expression"
    }
  }

  private func targetHint(_ target: Expression) -> String? {
    switch target.kind {
    case .list: "write the names in parentheses: `(a, b) = …`."
    case .call, .binary, .integer, .float, .string: "`==` compares."
    default: nil
    }
  }
}
