import Diagnostics

/// What the parser has to say about expressions.
extension Finding {
  static func missingExpression(_ place: SourceRange, after what: String, found: String?, isKeyword: Bool) -> Finding {
    let whole = what.first?.isLetter == true && what.contains(" ") ? what : "`\(what)`"
    if let found {
      let word = isKeyword ? "the reserved word `\(found)`" : "`\(found)`"
      return Finding(
        .missingExpression, "An expression is expected after \(whole), but \(word) stands here.", at: place,
        hint: found == "//" ? "a comment begins with `#`." : nil)
    }
    return Finding(.missingExpression, "An expression is expected after \(whole).", at: place, remark: "here")
  }

  static func missingComma(_ place: SourceRange, before next: SourceRange, text: String) -> Finding {
    Finding(.missingComma, "A comma is missing before `\(text)`.", at: place, remark: "`,` expected here")
  }

  static func missingColon(_ place: SourceRange, after what: String) -> Finding {
    Finding(.missingColon, "`:` is missing after \(what).", at: place, remark: "`:` expected here")
  }

  static func lambdaInField(_ range: SourceRange) -> Finding {
    Finding(
      .missingColon, "The `:` of this lambda begins the field's format.", at: range, hint: "put the lambda in parentheses.")
  }

  static func missingElse(_ range: SourceRange) -> Finding {
    Finding(.missingElse, "This choice says nothing for the other case.", at: range, hint: "write `a if condition else b`.")
  }

  static func missingIn(_ place: SourceRange, found: String?) -> Finding {
    let message = found.map { "`in` is expected after the names of this `for`, but `\($0)` stands here." }
    return Finding(.missingIn, message ?? "`in` is expected after the names of this `for`.", at: place)
  }

  static func unexpectedText(_ range: SourceRange, _ found: String, after last: String, isValue: Bool = false) -> Finding {
    Finding(
      .unexpectedText, "`\(found)` cannot follow `\(last)`.", at: range,
      hint: isValue ? "an operator, a comma or a line end is missing between them." : nil)
  }

  static func foreignOperator(_ range: SourceRange, _ found: String, meant: String) -> Finding {
    Finding(.foreignOperator, "`\(found)` is no operator of a script.", at: range, hint: "write `\(meant)`.")
  }

  static func equalsInCondition(_ range: SourceRange) -> Finding {
    Finding(.equalsInCondition, "`=` binds a name, which cannot be done inside an expression.", at: range, hint: "`==` compares.")
  }

  static func walrus(_ range: SourceRange, name: String, value: String) -> Finding {
    Finding(
      .walrus, "`:=` is Python, but not part of a script's expressions.", at: range,
      hint: range.spelled(
        "bind it on a line of its own before: `\(clipped(name)) = \(value.isEmpty ? "…" : clipped(value))`.",
        yaml: "bind it in a step before: `- let: {\(clipped(name)): \(value.isEmpty ? "…" : clipped(value))}`."))
  }

  static func generatorOutsideCall(_ range: SourceRange) -> Finding {
    Finding(
      .generatorOutsideCall, "A generator stands only as the one argument of a call.", at: range,
      hint: "write a list: `[… for … in …]`.")
  }

  static func spreadInComprehension(_ range: SourceRange) -> Finding {
    Finding(.spreadInComprehension, "A comprehension makes one element a round, so nothing can be spread in it.", at: range)
  }

  static func strayStar(_ range: SourceRange) -> Finding {
    Finding(
      .strayStar, "`*` spreads a value only in a call, a list, a set or a tuple.", at: range, hint: "a tuple has a comma: `*a,`.")
  }

  static func mixedDisplay(_ range: SourceRange) -> Finding {
    Finding(.mixedDisplay, "These braces hold both `key: value` pairs and single values.", at: range)
  }

  static func positionalAfterKeyword(_ range: SourceRange, keyword: SourceRange) -> Finding {
    Finding(
      .positionalAfterKeyword, "An argument without a name follows one with a name.", at: range,
      labels: [Label(keyword, "from here on every argument needs its name")])
  }

  static func keywordNotAName(_ range: SourceRange) -> Finding {
    Finding(.keywordNotAName, "Only a parameter's name can stand left of `=` in a call.", at: range, hint: "`==` compares.")
  }

  static func reservedWord(_ range: SourceRange, _ word: String, wanted: String) -> Finding {
    Finding(
      .reservedWord, "`\(word)` is a reserved word and cannot name \(wanted).", at: range,
      hint: "write `\(word)_` or another name.")
  }

  static func unknownConversion(_ range: SourceRange, _ found: String?) -> Finding {
    Finding(
      .unknownConversion, found.map { "`!\($0)` is no conversion." } ?? "The conversion is missing after `!`.", at: range,
      hint: "write `!r`, `!s` or `!a`.")
  }

  static func pythonExpression(_ range: SourceRange, _ word: String) -> Finding {
    Finding(.pythonStatement, "`\(word)` is Python, but not part of a script's expressions.", at: range)
  }

  // MARK: parameters

  static func parameterOrder(_ range: SourceRange, _ reason: String, label: SourceRange? = nil) -> Finding {
    Finding(.parameterOrder, "\(sentence(reason)).", at: range, labels: label.map { [Label($0, "has a default")] } ?? [])
  }

  static func repeatedParameter(_ range: SourceRange, _ name: String, first: SourceRange) -> Finding {
    Finding(.repeatedParameter, "Two parameters are named `\(name)`.", at: range, labels: [Label(first, "the first")])
  }

  static func restParameter(_ range: SourceRange, _ name: String) -> Finding {
    Finding(.restParameter, "A model or callback names each of its parameters.", at: range, hint: "name every parameter.")
  }

  static func annotation(_ range: SourceRange, hint: String = "leave out the annotation.") -> Finding {
    Finding(.annotation, "Types are inferred, so annotations are not read.", at: range, hint: hint)
  }
}
