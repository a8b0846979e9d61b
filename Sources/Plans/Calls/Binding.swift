import Diagnostics
import Lambdas
import Syntax

/// An argument of a call before its parameter is known: written, or already evaluated (`*values`, a `fit` setting, a method's receiver).
struct GivenArgument {
  enum Content {
    case expression(Expression)
    case meaning(Meaning)
  }
  let name: Name?
  let content: Content
  let range: SourceRange
  /// Where the elements of a list display stand; empty for anything else.
  let elementRanges: [SourceRange]

  init(_ name: Name?, _ expression: Expression) {
    self.name = name
    content = .expression(expression)
    range = expression.range
    elementRanges = expression.elementRanges
  }

  /// Whether a call is written, which is made before what it is given to.
  var isCall: Bool { if case .expression(let expression) = content, case .call = expression.kind { true } else { false } }

  init(_ name: Name?, _ meaning: Meaning, _ range: SourceRange, elementRanges: [SourceRange] = []) {
    self.name = name
    content = .meaning(meaning)
    self.range = range
    self.elementRanges = elementRanges
  }
}

/// A call's arguments, each with its parameter.
struct BoundCall {
  /// Every parameter that has an argument or a default; absent where a mistake was told.
  var meanings: [String: Meaning] = [:]
  var given: Set<String> = []
  /// Where a given argument stands.
  var ranges: [String: SourceRange] = [:]
  /// Where the elements of arguments that are list displays stand.
  var elementRanges: [String: [SourceRange]] = [:]
  /// Whether a mistake was told, so that what the call gives is unknown.
  var isPoisoned = false

  /// The values; what is known only by type is absent.
  var arguments: Arguments { Arguments(meanings.compactMapValues(\.value), given: given) }
  var missing: Set<String> { Set(meanings.filter { $0.value.value == nil }.keys) }
  subscript(_ name: String) -> Meaning? { meanings[name] }

  /// Where an element of an argument stands, or the argument, or the call.
  func range(of name: String, element: Int, else call: SourceRange) -> SourceRange {
    if let ranges = elementRanges[name], ranges.indices.contains(element) { return ranges[element] }
    return ranges[name] ?? call
  }
}

extension Interpreter {
  /// The arguments of a call with `*` and `**` spread out; nil where what is spread is not known yet.
  func givenArguments(_ arguments: [Argument]) throws(Interruption) -> [GivenArgument]? {
    var given: [GivenArgument] = []
    for argument in arguments {
      switch argument.kind {
      case .positional: given.append(.init(nil, argument.value))
      case .keyword(let name): given.append(.init(name, argument.value))
      case .spread:
        guard let parts = try spreadElements(of: argument.value) else { return nil }
        given += parts.map { .init(nil, $0, argument.value.range) }
      case .keywordSpread:
        guard let dict = try spreadDict(argument.value) else { return nil }
        for (key, value) in zip(dict.keys, dict.values) {
          guard case .string(let name) = key else {
            report(.keyNotAName(Operations.representation(key), at: argument.value.range))
            return nil
          }
          given.append(.init(Name(name, argument.value.range), .known(value), argument.value.range))
        }
      }
    }
    return given
  }

  /// The elements of what stands behind `*`; nil where they are not known yet, or where there are none and that is told.
  func spreadElements(of expression: Expression) throws(Interruption) -> [Meaning]? {
    let meaning = try evaluate(expression)
    if let parts = try elements(of: meaning, at: expression.range) { return parts }
    if !meaning.isPoisoned, !meaning.isIterable { report(.notIterable(meaning.shownText, at: expression.range)) }
    return nil
  }

  /// The dict behind `**`, in the same way.
  func spreadDict(_ expression: Expression) throws(Interruption) -> DictValue? {
    let meaning = try evaluate(expression)
    if case .known(.dict(let dict)) = meaning { return dict }
    switch meaning.type {
    case _ where meaning.isPoisoned: break
    case .any, .dict, .record, .union: break
    default: report(.spreadOfNoDict(meaning.shownText, at: expression.range))
    }
    return nil
  }

  /// The arguments with all positional ones made one list, where the first parameter takes them all.
  private func gatheringRest(
    _ given: [GivenArgument], _ parameters: [ParameterDescription]
  ) throws(Interruption) -> [GivenArgument] {
    guard let first = parameters.first, case .rest(let kind) = first.kind else { return given }
    let positional = given.filter { $0.name == nil }
    guard let range = positional.first?.range else { return given }
    var parts: [Meaning] = []
    for argument in positional { parts.append(try meaning(of: argument, as: kind)) }
    let whole = positional.reduce(range) { $0.through($1.range) }
    return [GivenArgument(Name(first.name, whole), .makeList(parts), whole)] + given.filter { $0.name != nil }
  }

  /// Binds arguments to a signature: every mistake of the call is told, and each argument judged by its kind.
  ///
  /// `callee` is where the name stands; `extra` are parameters that every call of this sort takes beside the signature's own.
  func bind(
    _ given: [GivenArgument], to parameters: [ParameterDescription], of callee: String, at range: SourceRange,
    extra: [ParameterDescription] = []
  ) throws(Interruption) -> BoundCall {
    var call = BoundCall()
    var position = 0
    let known = ParameterTable(parameters, extra)
    var names: [String: SourceRange] = [:]

    for argument in try gatheringRest(given, parameters) {
      if isChecking, findings.isFull {
        call.isPoisoned = true
        break
      }
      let parameter: ParameterDescription
      if let name = argument.name {
        guard let found = known[name.text] else {
          let hook = name.text.hasPrefix("on_") ? Hook.nearest(to: name.text).map { "on_\($0.rawValue)" } : nil
          let nearest =
            hook.flatMap { known[$0] }?.name
            ?? Spelling.nearest(to: name.text, among: parameters.map(\.name) + extra.map(\.name))
          report(.unknownArgument(name.text, of: callee, at: name.range, nearest: nearest, parameters: parameters.map(\.name)))
          _ = try meaning(of: argument, as: .any)
          // The call means something without it, so what follows is still checked, unless it was meant for what must be given.
          if let nearest, known[nearest]?.defaultValue == nil { call.isPoisoned = true }
          continue
        }
        parameter = found
      } else {
        while position < parameters.count, parameters[position].isKeywordOnly { position += 1 }
        guard position < parameters.count else {
          report(.tooManyArguments(of: callee, most: parameters.count { !$0.isKeywordOnly }, at: argument.range))
          call.isPoisoned = true
          break
        }
        parameter = parameters[position]
        position += 1
      }
      if let earlier = names[parameter.name] {
        report(.argumentTwice(parameter.name, of: callee, at: argument.range, earlier: earlier))
        call.isPoisoned = true
        continue
      }
      names[parameter.name] = argument.range
      let meaning = try meaning(of: argument, as: parameter.kind)
      call.given.insert(parameter.name)
      call.ranges[parameter.name] = argument.range
      call.elementRanges[parameter.name] = argument.elementRanges
      if callee == "Input", parameter.name == "shape", let sizes = Self.sizes(given) {
        report(.sizesWithoutTuple(sizes, of: callee, at: argument.range))
        call.isPoisoned = true
        break
      }
      if case .function(let type) = parameter.kind.unwrapped, argument.isCall, meaning.type == .none {
        report(.callForFunction(parameter.name, of: callee, parameters: type.parameters.map(\.name), at: argument.range))
        call.isPoisoned = true
        continue
      }
      if let admitted = admit(meaning, to: parameter, of: callee, at: argument.range) {
        call.meanings[parameter.name] = admitted
      } else {
        call.isPoisoned = true
      }
    }

    for parameter in parameters where names[parameter.name] == nil {
      if let value = parameter.defaultValue {
        if case .accepted(let meaning) = admitter.admit(.known(value), as: parameter.kind) {
          call.meanings[parameter.name] = meaning
        } else {
          call.meanings[parameter.name] = .known(value)
        }
      } else if !call.isPoisoned {
        report(.missingArgument(parameter.name, of: callee, expects: parameter.kind.expectation, at: range))
        call.isPoisoned = true
      }
    }
    return call
  }

  /// What an argument means to a parameter of that kind.
  func meaning(of argument: GivenArgument, as kind: ArgumentKind) throws(Interruption) -> Meaning {
    switch argument.content {
    case .expression(let expression): try evaluate(expression, expecting: kind.role)
    case .meaning(let meaning): meaning
    }
  }

  /// The argument as its parameter takes it; nil after telling why it does not.
  func admit(_ meaning: Meaning, to parameter: ParameterDescription, of callee: String, at range: SourceRange) -> Meaning? {
    switch admitter.admit(meaning, as: parameter.kind) {
    case .accepted(let meaning): return meaning
    case .rejected(let rejection):
      report(rejection, of: meaning, parameter: parameter, callee: callee, at: range)
      return nil
    }
  }

  private func report(
    _ rejection: Admission.Rejection, of meaning: Meaning, parameter: ParameterDescription, callee: String, at range: SourceRange
  ) {
    switch rejection {
    case .told: break
    case .wrongType, .outOfRange:
      report(
        .wrongArgument(
          parameter.name, of: callee, expects: parameter.kind.expectation, found: meaning.shownText, at: range,
          isOutOfRange: rejection.isOutOfRange, hint: hint(for: meaning, as: parameter.kind, at: range)))
    case .unknownChoice(let text, let nearest):
      report(
        .unknownChoice(
          text, for: parameter.name, of: callee, expects: parameter.kind.expectation, at: range, nearest: nearest,
          standard: parameter.defaultValue))
    case .unknownEntry(let name, let role, let nearest): report(.unknownEntry(name, role, at: range, nearest: nearest))
    case .wrongRole(let found, let role): report(.wrongRole(found: found, parameter.name, of: callee, role, at: range))
    case .element(let element, let kind, let inner):
      switch inner {
      case .wrongType, .outOfRange:
        report(
          .wrongElement(
            of: parameter.name, of: callee, expects: kind.expectation, found: element.shownText, at: range,
            hint: hint(for: element, as: kind, at: range)))
      default:
        report(
          inner, of: element, parameter: .init(parameter.name, parameter.help, kind, default: nil), callee: callee, at: range)
      }
    }
  }

  /// The whole numbers that a call is given one after the other, where a tuple of them is meant; nil where there is one, or another value.
  private static func sizes(_ given: [GivenArgument]) -> [Int]? {
    let sizes = given.prefix { $0.name == nil }.map { argument -> Int? in
      if case .expression(let expression) = argument.content, case .integer(let size, _) = expression.kind { size } else { nil }
    }
    return sizes.count > 1 && sizes.allSatisfy { $0 != nil } ? sizes.compactMap { $0 } : nil
  }

  /// What could be typed instead, where that is plain.
  private func hint(for meaning: Meaning, as kind: ArgumentKind, at range: SourceRange) -> String? {
    switch (kind.unwrapped, meaning) {
    case (.integer, .known(.float(let number))) where number == number.rounded() && abs(number) < 1e15: "write `\(Int(number))`."
    case (.shape, .known(.integer(let size))):
      range.spelled("write `(\(size),)`: with a comma it is a tuple.", yaml: "write `!tuple [\(size)]`.")
    case (.bool, .known(.string(let text))) where ["true", "True", "yes"].contains(text): "write `True`, without quotes."
    case (.bool, .known(.string(let text))) where ["false", "False", "no"].contains(text): "write `False`, without quotes."
    case (.number, .known(.string(let text))) where Double(text) != nil: "write `\(text)`, without quotes."
    case (.integer, .known(.string(let text))) where Int(text) != nil: "write `\(text)`, without quotes."
    case (_, .known(.object(let object))) where object is EntryReference: "write `\((object as? EntryReference)?.name ?? "")()`."
    case (.number(_, _, _, _, rejectsIntegers: true), .known(.integer(let number))): "write `\(number).0`."
    case (.entry(.layer), .known(.object(let object))) where object is ModelObject:
      "only `TimeDistributed` takes a model, as in Keras: give each layer of the model one of its own."
    case (.either(let kinds), _): kinds.lazy.compactMap { self.hint(for: meaning, as: $0, at: range) }.first
    case (_, .known(let value)): kind.unwrapped.nearestAllowed(to: value)
    default: nil
    }
  }

  var admitter: Admitter {
    Admitter(
      catalog: catalog,
      make: { [self] entry in makeWithDefaults(entry) },
      compile: { [self] function, type in compile(function, for: type) })
  }

  /// The object that a name such as `"relu"` means; nil if the entry wants arguments.
  func makeWithDefaults(_ entry: Entry) -> Configured? {
    var values: [String: Value] = [:]
    for parameter in entry.settings {
      guard let value = parameter.defaultValue else { return nil }
      if case .accepted(.known(let admitted)) = admitter.admit(.known(value), as: parameter.kind) {
        values[parameter.name] = admitted
      } else {
        values[parameter.name] = value
      }
    }
    return Configured(entry, Arguments(values, given: []), range: nil, serial: nextSerial())
  }
}

/// Parameters by name: a few are gone through, which takes less time than making a dictionary for every call.
private struct ParameterTable {
  private let own: [ParameterDescription]
  private let extra: [ParameterDescription]
  private let byName: [String: ParameterDescription]?

  init(_ own: [ParameterDescription], _ extra: [ParameterDescription]) {
    self.own = own
    self.extra = extra
    byName = own.count <= 32 ? nil : Dictionary((own + extra).map { ($0.name, $0) }, uniquingKeysWith: { own, _ in own })
  }

  subscript(name: String) -> ParameterDescription? {
    if let byName { return byName[name] }
    return own.first { $0.name == name } ?? extra.first { $0.name == name }
  }
}

extension Expression {
  /// Where the elements of a list or tuple display stand; empty where their number is not plain.
  fileprivate var elementRanges: [SourceRange] {
    switch kind {
    case .list(let items), .tuple(let items):
      items.contains { if case .starred = $0.kind { true } else { false } } ? [] : items.map(\.range)
    default: []
    }
  }
}

extension Admission.Rejection {
  var isOutOfRange: Bool { if case .outOfRange = self { true } else { false } }
}
