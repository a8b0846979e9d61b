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
      if state.context == .model { state.block?.current = .poisoned }
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
    if !admits(found) { throw .mistakes([]) }
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
    if meaning.traced != nil || meaning.object(SymbolicTensor.self) != nil {
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
