import Diagnostics
import Lambdas
import Syntax

/// Where the walk goes on after a statement.
enum Flow {
  case next, leaveLoop, nextRound
  case returned(Meaning)
}

extension Interpreter {
  /// Walks statements until one leaves the block.
  func walk(_ statements: [Statement]) throws(Interruption) -> Flow {
    for statement in statements {
      try stopIfInterrupted(at: statement.range)
      // Enough is wrong: what follows would only be shown nowhere.
      if isChecking, findings.isFull { return .next }
      let flow = try walk(statement)
      guard case .next = flow else { return flow }
    }
    return .next
  }

  func walk(_ statement: Statement) throws(Interruption) -> Flow {
    statementRange = statement.range
    if isRunning, state.context == .script, statement.isSimple { steps = 0 }
    if case .settings = statement.kind {} else { state.isPastSettings = true }
    if state.context == .script, state.depth == 0 {
      state.site += 1
      state.topLevel = statement
    }
    if isRunning, state.context == .script, statement.isSimple, state.depth > 0 { try recheck(statement) }
    switch statement.kind {
    case .assign(let targets, let value): try assign(targets, value, in: statement)
    case .augmentedAssign(let target, let op, let value): try augment(target, op, value, in: statement)
    case .expression(let expression): try walkExpression(expression)
    case .model(let name, let parameters, let body): try declareModel(name, parameters, body)
    case .compile(let model, let settings): try walkCompile(model, settings, at: statement.range)
    case .callback(let name, let parameters, let body): try declareCallback(name, parameters, body)
    case .functionExpression(let name, let parameters, let value):
      try declareFunction(name, parameters, .expression(value), at: statement.range)
    case .functionBlock(let name, let parameters, let body):
      try declareFunction(name, parameters, .block(body), at: statement.range)
    case .run(let run):
      let meaning = try walkRun(run)
      // What a training gives has been shown while it went on.
      if run.verb != .fit { show(meaning) }
    case .save(let model, let path): try walkSave(model, path, at: statement.range)
    case .expect(let condition, let message): try walkExpect(condition, message)
    case .conditional(let branches, let otherwise): return try walkConditional(branches, otherwise)
    case .loop(let target, let iterable, let body): return try walkLoop(target, iterable, body, at: statement.range)
    case .break: return .leaveLoop
    case .continue: return .nextRound
    case .pass: break
    case .unreadable:
      state.unreadWords.formUnion(statement.range.words)
    case .return(let value):
      // Elsewhere the reader has told that it is misplaced, as with the four below.
      guard state.context == .function else { break }
      guard let value else { return .returned(.none) }
      return .returned(try evaluate(value))
    case .raise(let error):
      guard state.context == .function else { break }
      try walkRaise(error, at: statement.range)
    case .settings(let block): try walkSettings(block, at: statement.range)
    case .include(let path): try walkInclude(path)
    case .importModules(let names): for name in names { importModule(name, at: statement.range) }
    case .importFrom(let module, let names): importNames(from: module, names, at: statement.range)
    case .hook, .callbacks: break
    }
    return .next
  }

  /// Hands on the value of a statement, if it is carried out.
  private func show(_ meaning: Meaning) {
    if isRunning, state.context == .script, let value = meaning.value { onValue?(value) }
  }

  /// Ends the run where the user wants it to end.
  func stopIfInterrupted(at range: SourceRange) throws(Interruption) {
    if isRunning, isInterrupted() { throw .interrupted(range) }
  }

  /// Which execution of which statement this is: the top-level statement's number, the place within it, the rounds of its loops.
  ///
  /// It follows from the script alone, not from which branches were taken. What is typed has no place in a script.
  var runSite: RunSite {
    if isTyped { return RunSite(statement: 0, loopRounds: state.rounds) }
    let within = statementRange.flatMap { range in state.topLevel?.position(of: range) } ?? 0
    return RunSite(statement: state.site * 1_000 + within, loopRounds: state.rounds)
  }

  /// Walks the body of an `if` or `for`.
  func walkInner(_ block: Block) throws(Interruption) -> Flow {
    state.depth += 1
    defer { state.depth -= 1 }
    return try walk(block.statements)
  }

  /// Stops a run where a value that should be there is not; in the check such a value is only not known yet.
  func needValue(at range: SourceRange) throws(Interruption) {
    if isRunning {
      throw .failure(
        Failure(
          "the value of `\(String(decoding: range.source.bytes[range.start..<range.end], as: UTF8.self))` is not available here",
          at: range))
    }
  }

  /// In the run: checks a statement in a block with what is known now, before any of its effects.
  private func recheck(_ statement: Statement) throws(Interruption) {
    let found: [Finding] = forecast {
      _ = self.walkAll([statement])
      return self.findings.all
    }
    if found.contains(where: { $0.severity == .error }) { throw .mistakes(found) }
  }

  // MARK: Binding

  private func assign(_ targets: [Expression], _ value: AssignedValue, in statement: Statement) throws(Interruption) {
    let stepsBefore = plan.steps.count
    let meaning: Meaning
    switch value {
    case .expression(let expression):
      // What is replaced whole is not even looked at: the file it would read need not be there.
      meaning = try overridesWhole(targets) ? .none : evaluate(expression)
      for target in targets { noteAlias(target, of: expression, meaning) }
    case .run(let run): meaning = try walkRun(run)
    }
    if !overridesWhole(targets) { for target in targets { try assign(meaning, to: target) } }
    guard state.context == .script, state.frames.count == 1 else { return }
    // Attributes are told by what sets them.
    let named = targets.filter { if case .attribute = $0.kind { false } else { true } }
    if !plan.isFull, !named.isEmpty, !overridesWhole(targets), var text = meaning.planText {
      // What only the run will know is told by how it is computed, unless a step has told that.
      if meaning.value == nil, plan.steps.count == stepsBefore, case .expression(let expression) = value {
        text = "\(expression.planText) -> \(text)"
      }
      plan.add(.bind(targets: named.map(\.planText).joined(separator: " = "), value: text), at: statement.range)
    }
    for target in targets { applyOverrides(to: target, in: statement) }
  }

  /// Whether `--set` replaces all that a statement binds: its only target is a name that it gives.
  private func overridesWhole(_ targets: [Expression]) -> Bool {
    guard state.context == .script, state.frames.count == 1, targets.count == 1, case .name(let name) = targets[0].kind else {
      return false
    }
    return state.overrides[name] != nil
  }

  /// Gives the names of a target that stand in `--set` their values, the first time each is bound.
  private func applyOverrides(to target: Expression, in statement: Statement) {
    switch target.kind {
    case .name(let name):
      guard let value = state.overrides.removeValue(forKey: name) else { return }
      bind(Name(name, target.range), to: .known(value))
      plan.add(.bind(targets: name, value: value.planText ?? "?"), at: statement.range)
    case .tuple(let targets), .list(let targets): for inner in targets { applyOverrides(to: inner, in: statement) }
    case .starred(let inner): applyOverrides(to: inner, in: statement)
    default: return
    }
  }

  /// Binds a target: a name, a nested tuple of targets, an index of a name, a settable attribute.
  func assign(_ meaning: Meaning, to target: Expression) throws(Interruption) {
    switch target.kind {
    case .name(let name):
      bind(Name(name, target.range), to: meaning)
    case .tuple(let targets), .list(let targets): try unpack(meaning, into: targets, at: target.range)
    case .starred(let inner): try assign(meaning, to: inner)
    case .subscripted(let container, let index): try assign(meaning, toIndex: index, of: container, at: target.range)
    case .attribute(let object, let name): try assign(meaning, toAttribute: name, of: object, at: target.range)
    // Anything else the reader has told.
    default: break
    }
  }

  private func unpack(_ meaning: Meaning, into targets: [Expression], at range: SourceRange) throws(Interruption) {
    let rest = targets.firstIndex { if case .starred = $0.kind { true } else { false } }
    guard let parts = try elements(of: meaning, at: range) else {
      let element = meaning.isPoisoned ? Meaning.poisoned : .unknown(meaning.type.elementType ?? .any)
      if meaning.isPoisoned || meaning.isIterable {
        for target in targets { try assign(element, to: target) }
      } else {
        report(.cannotUnpack(meaning.shownText, at: range))
        for target in targets { try assign(.poisoned, to: target) }
      }
      return
    }
    let plain = rest == nil ? targets.count : targets.count - 1
    guard rest == nil ? parts.count == plain : parts.count >= plain else {
      report(.unpackCount(expected: plain, found: parts.count, hasRest: rest != nil, at: range))
      for target in targets { try assign(.poisoned, to: target) }
      return
    }
    guard let rest else {
      for (target, part) in zip(targets, parts) { try assign(part, to: target) }
      return
    }
    let after = targets.count - rest - 1
    for (target, part) in zip(targets[..<rest], parts) { try assign(part, to: target) }
    try assign(.makeList(Array(parts[rest..<(parts.count - after)])), to: targets[rest])
    for (target, part) in zip(targets[(rest + 1)...], parts.suffix(after)) { try assign(part, to: target) }
  }

  /// The elements of a value that is gone through; nil where only its type is known, or where it has none.
  func elements(of meaning: Meaning, at range: SourceRange) throws(Interruption) -> [Meaning]? {
    if let elements = meaning.elements { return elements }
    guard case .known(let value) = meaning else { return nil }
    do { return try Operations.elements(of: value).map(Meaning.known) } catch {
      // What cannot be gone through at all is told by who asks.
      if error.kind == .memory || error.kind == .budget { _ = try failed(error, at: range, type: .any) }
      return nil
    }
  }

  private func augment(_ target: Expression, _ op: BinaryOperator, _ value: Expression, in statement: Statement)
    throws(Interruption)
  {
    switch target.kind {
    case .name, .attribute, .subscripted: break
    default: return
    }
    let old = try evaluate(target)
    let operand = try evaluate(value)
    if case .name(let name) = target.kind, case .known(let value) = old, value.isMutable { warnIfShared(name, at: target.range) }
    let result = try binary(op, old, operand, at: statement.range)
    try assign(result, to: target)
  }

  private func walkExpression(_ expression: Expression) throws(Interruption) {
    // `fit 3 on x`: the reader has told that a statement's word stands alone.
    if case .name(let word) = expression.kind, Self.statementWords.contains(word), binding(of: word) == nil { return }
    let stepsBefore = plan.steps.count
    let meaning = try evaluate(expression)
    // `m.fit(…)` is a spelling of the statement.
    if !expression.isCall || meaning.object(HistoryObject.self) == nil { show(meaning) }
    if state.context == .model, let block = state.block { return try take(meaning, into: block, at: expression.range) }
    // A call that is another spelling of a statement has been told as that.
    if state.context == .script, expression.isCall, state.frames.count == 1, !plan.isFull, plan.steps.count == stepsBefore {
      plan.add(.call(expression.planText), at: expression.range)
    }
  }

  private static let statementWords: Set<String> = [
    "model", "callback", "fit", "evaluate", "predict", "save", "compile", "include", "settings", "callbacks", "on",
  ]

  // MARK: Control

  /// Where a condition is not known, its body and what follows are both walked, and afterwards what holds on every way is known.
  private func walkConditional(_ branches: [Statement.Branch], _ otherwise: Block?) throws(Interruption) -> Flow {
    let before = state.frames
    var ways: [Way] = []
    for (index, branch) in branches.enumerated() {
      let condition = try evaluate(branch.condition)
      switch try truth(of: condition, at: branch.condition.range) {
      case true?:
        for other in branches[(index + 1)...] { state.untaken.add(other.body) }
        if let otherwise { state.untaken.add(otherwise) }
        return join(ways, try walkInner(branch.body), since: before)
      case false?: state.untaken.add(branch.body)
      case nil:
        try needValue(at: branch.condition.range)
        if state.context == .model { report(.runValueInModel(at: branch.condition.range)) }
        deferCheck(of: branch.condition.range)
        note("if \(branch.condition.planText)", at: branch.condition.range)
        let frames = state.frames
        let flow = try walkInner(branch.body)
        ways.append(Way(frames: state.frames, flow: flow))
        state.frames = frames
      }
    }
    let last = try otherwise.map { block throws(Interruption) in try walkInner(block) } ?? .next
    return join(ways, last, since: before)
  }

  /// What a body that may be walked leaves.
  private struct Way {
    let frames: [Scope]
    let flow: Flow
  }

  /// What is known after one of several ways, of which the last has just been walked, was taken.
  private func join(_ earlier: [Way], _ flow: Flow, since before: [Scope]) -> Flow {
    if earlier.isEmpty { return flow }
    let ways = earlier + [Way(frames: state.frames, flow: flow)]
    let goingOn = ways.filter { if case .next = $0.flow { true } else { false } }
    if !goingOn.isEmpty {
      state.frames = before.indices.map { index in Scope.joined(goingOn.map { $0.frames[index] }, since: before[index]) }
      return .next
    }
    return earlier.reversed().reduce(flow) { other, way in
      if case (.returned(let a), .returned(let b)) = (way.flow, other) { .returned(a.joined(with: b)) } else { other }
    }
  }

  /// Keeps in the plan what decides about the statements that follow; of no use in models and functions, whose results say it.
  private func note(_ text: @autoclosure () -> String, at range: SourceRange) {
    if state.context == .script, state.frames.count == 1, !plan.isFull { plan.add(.call(text()), at: range) }
  }

  /// The most rounds that the check evaluates one by one.
  static let roundLimit = 10_000

  private func walkLoop(_ target: Expression, _ iterable: Expression, _ body: Block, at range: SourceRange) throws(Interruption)
    -> Flow
  {
    let source = try evaluate(iterable)
    note("for \(target.planText) in \(iterable.planText)", at: range)
    if source.isPoisoned {
      try assign(.poisoned, to: target)
      return try walkOnce(body)
    }
    guard let rounds = Rounds(source), isRunning || rounds.count <= Self.roundLimit else {
      return try walkUncounted(target, iterable, body, source)
    }
    try checkCount(of: rounds, at: iterable.range)
    if rounds.count == 0 { state.untaken.add(body) }
    state.rounds.append(0)
    if case .name(let name) = target.kind { state.loopVariables.append(name) } else { state.loopVariables.append("i") }
    defer {
      state.rounds.removeLast()
      state.loopVariables.removeLast()
    }
    for (index, element) in rounds.enumerated() {
      if try exhausted(at: range) { return .next }
      state.rounds[state.rounds.count - 1] = index
      try assign(element, to: target)
      switch try walkInner(body) {
      case .leaveLoop: return .next
      case .returned(let meaning): return .returned(meaning)
      case .next, .nextRound: continue
      }
    }
    return .next
  }

  /// A loop whose rounds are not known, or too many for the check: its body once, for all of them.
  private func walkUncounted(_ target: Expression, _ iterable: Expression, _ body: Block, _ source: Meaning)
    throws(Interruption) -> Flow
  {
    guard source.isIterable else {
      report(.notIterable(source.shownText, at: iterable.range))
      try assign(.poisoned, to: target)
      return try walkOnce(body)
    }
    try needValue(at: iterable.range)
    if state.context == .model { report(.runValueInModel(at: iterable.range)) }
    if let rounds = Rounds(source) {
      try checkCount(of: rounds, at: iterable.range)
      if rounds.count <= Operations.elementLimit { report(.longLoop(rounds.count, walked: Self.roundLimit, at: iterable.range)) }
    }
    deferCheck(of: iterable.range)
    try assign(.unknown(source.type.elementType ?? .any), to: target)
    return try walkOnce(body)
  }

  /// Tells a loop of more rounds than anything in a script may have elements: every run ends.
  private func checkCount(of rounds: Rounds, at range: SourceRange) throws(Interruption) {
    guard rounds.count > Operations.elementLimit else { return }
    let finding = Finding.tooManyRounds(rounds.count, most: Operations.elementLimit, at: range)
    if isRunning { throw .mistakes([finding]) }
    report(finding)
  }

  /// The body of a loop over something unknown: once, and afterwards its binds hold only perhaps.
  private func walkOnce(_ body: Block) throws(Interruption) -> Flow {
    let before = state.frames
    let flow = try once(body)
    state.frames = before.indices.map { index in Scope.joined([before[index], state.frames[index]], since: before[index]) }
    if case .returned(let meaning) = flow { return .returned(.unknown(meaning.type)) }
    return .next
  }

  private func once(_ body: Block) throws(Interruption) -> Flow {
    state.rounds.append(0)
    state.openLoops += 1
    defer {
      state.openLoops -= 1
      state.rounds.removeLast()
    }
    return try walkInner(body)
  }

  /// Rounds and calls that the check goes through in all: well under a second.
  private static let stepLimit = 100_000
  /// Rounds and calls that a statement of the run may take in comprehensions and functions that the machine cannot run: a second.
  private static let runStepLimit = 200_000

  /// Whether no more rounds and calls are gone through.
  var hasCheckedEnough: Bool { isChecking && steps >= Self.stepLimit }

  /// Counts a round or a call; true, told once, when the check has walked enough.
  ///
  /// In the run a function or comprehension that goes on too long fails, as one that the machine runs does; a loop of the script
  /// itself may train for days.
  func exhausted(at range: SourceRange, inComprehension: Bool = false) throws(Interruption) -> Bool {
    try stopIfInterrupted(at: range)
    guard isChecking || inComprehension || state.context == .function else { return false }
    steps += 1
    if isRunning {
      if steps > Self.runStepLimit { try fail(Machine.budgetError(Self.runStepLimit), at: range) }
      return false
    }
    if steps == Self.stepLimit { report(.tooManySteps(at: range)) }
    return hasCheckedEnough
  }

  // MARK: Others

  private func walkExpect(_ condition: Expression, _ message: Expression?) throws(Interruption) {
    let meaning = try evaluate(condition)
    let text = try message.map { message throws(Interruption) in try evaluate(message) }
    if state.context == .script, !plan.isFull { plan.add(.expect(condition.planText), at: condition.range) }
    guard isRunning || state.context == .function else {
      if meaning.value == nil, !meaning.isPoisoned { deferCheck(of: condition.range) }
      return
    }
    guard isRunning else { return }
    switch try truth(of: meaning, at: condition.range) {
    case true?: return
    case nil: return try needValue(at: condition.range)
    case false?: break
    }
    throw .expectation(
      text?.value.map { "What is expected does not hold: \(Operations.string($0))" } ?? "`\(condition.planText)` does not hold",
      condition.range)
  }

  private func walkRaise(_ error: Expression, at range: SourceRange) throws(Interruption) {
    guard case .call(let callee, let arguments) = error.kind, case .name(let kind) = callee.kind,
      kind == "ValueError" || kind == "RuntimeError"
    else { return report(.unknownException(at: error.range)) }
    let message = try arguments.first.map { argument throws(Interruption) in try evaluate(argument.value) }
    try fail(
      MachineError(kind == "ValueError" ? .value : .runtime, message?.value.map { Operations.string($0) } ?? kind), at: range)
  }

  /// A failing step: a mistake where it is known before the run, a failure while running.
  func fail(_ error: MachineError, at range: SourceRange) throws(Interruption) {
    if isRunning { throw .failure(Failure("\(error.kind.rawValue): \(error.message)", at: range)) }
    report(.expressionFails(error, at: range))
  }

  /// What is known of a value whose computation failed: nothing after a mistake, its type where the check alone has not the means.
  func failed(_ error: MachineError, at range: SourceRange, type: ValueType) throws(Interruption) -> Meaning {
    if isChecking, error.kind == .budget {
      deferCheck(of: range)
      return .unknown(type)
    }
    try fail(error, at: range)
    return .poisoned
  }

  /// Python's truth; nil where it is not known.
  func truth(of meaning: Meaning, at range: SourceRange) throws(Interruption) -> Bool? {
    if meaning.traced != nil {
      tellTracedCondition(at: range)
      return nil
    }
    switch meaning {
    case .known(let value):
      do { return try Operations.truth(value) } catch {
        try fail(error, at: range)
        return nil
      }
    case .list(let parts), .tuple(let parts): return !parts.isEmpty
    case .unknown, .poisoned: return nil
    }
  }
}

extension Statement {
  /// The number of the statement at a place among this one and those inside it, from 0 in the order of the text.
  func position(of range: SourceRange) -> Int? {
    var number = -1
    return position(of: range, &number)
  }

  private func position(of range: SourceRange, _ number: inout Int) -> Int? {
    number += 1
    if self.range == range { return number }
    let blocks: [Block] =
      switch kind {
      case .conditional(let branches, let otherwise): branches.map(\.body) + [otherwise].compactMap { $0 }
      case .loop(_, _, let body): [body]
      default: []
      }
    for statement in blocks.flatMap(\.statements) {
      if let found = statement.position(of: range, &number) { return found }
    }
    return nil
  }

  /// Whether it holds no other statements that are walked when it is.
  var isSimple: Bool {
    switch kind {
    case .conditional, .loop, .include: false
    default: true
    }
  }
}

extension SourceRange {
  /// The words in the text, each once: runs of letters, digits and underscores.
  var words: Set<String> {
    var words: Set<String> = []
    for word in source.bytes[start..<end].split(whereSeparator: { !Self.isOfWord($0) }) {
      words.insert(String(decoding: word, as: UTF8.self))
    }
    return words
  }

  private static func isOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}

extension Expression {
  var isCall: Bool { if case .call = kind { true } else { false } }
}

extension Value {
  /// Whether it can be changed in place in Python.
  var isMutable: Bool {
    switch self {
    case .list, .dict, .set, .array: true
    default: false
    }
  }
}
