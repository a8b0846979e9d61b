import Diagnostics
import Lambdas
import Syntax

/// Choices and loops: walked as Python runs them where their values are known, else each body once.
extension Interpreter {
  /// Where a condition is not known, its body and what follows are both walked, and afterwards what holds on every way is known.
  func walkConditional(_ branches: [Statement.Branch], _ otherwise: Block?) throws(Interruption) -> Flow {
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

  /// `for target in iterable { … }`: round by round where what is gone through is known.
  func walkLoop(_ target: Expression, _ iterable: Expression, _ body: Block, at range: SourceRange) throws(Interruption)
    -> Flow
  {
    let (source, firstNumber) = try evaluateIterable(iterable)
    note("for \(target.planText) in \(iterable.planText)", at: range)
    if source.isPoisoned {
      try assign(.poisoned, to: target)
      return try walkOnce(body)
    }
    if let data = source.object(DataObject.self) {
      return try walkElements(of: data, numberedFrom: firstNumber, target, iterable, body, at: range)
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

  /// What a loop goes through. Of `enumerate(data, start)` that is the data, and where their numbers begin: so each element is made when its
  /// round comes, where a list of pairs would hold them all.
  private func evaluateIterable(_ iterable: Expression) throws(Interruption) -> (source: Meaning, firstNumber: Int?) {
    guard case .call(let callee, let arguments) = iterable.kind, case .name("enumerate") = callee.kind,
      case .known(.function(let function)) = try evaluate(callee), case .builtin(let builtin) = function.body,
      builtin.namespace == .core
    else { return (try evaluate(iterable), nil) }
    guard let written = try givenArguments(arguments) else { return (.unknown(.any), nil) }
    var given: [GivenArgument] = []
    var meanings: [Meaning] = []
    for argument in written {
      meanings.append(try meaning(of: argument))
      given.append(GivenArgument(argument.name, meanings[meanings.count - 1], argument.range))
    }
    let names = zip(given, ["iterable", "start"]).map { $0.name?.text ?? $1 }
    if names.first == "iterable", names.count == given.count, meanings[0].object(DataObject.self) != nil {
      let start = names.count == 1 ? 0 : names[1] == "start" ? meanings[1].value?.asInteger : nil
      // A number that may become too large is the function's business.
      if let start, start <= .max - Operations.elementLimit { return (meanings[0], start) }
    }
    return (try call(.known(.function(function)), given, callee: callee.range, at: iterable.range, expecting: nil), nil)
  }

  /// A loop over the elements of a data set, each made when its round comes: the check knows their types.
  private func walkElements(
    of data: DataObject, numberedFrom firstNumber: Int?, _ target: Expression, _ iterable: Expression, _ body: Block,
    at range: SourceRange
  ) throws(Interruption) -> Flow {
    if data.spec.isEndless {
      report(.endlessData("A loop", at: iterable.range))
      try assign(.poisoned, to: target)
      return try walkOnce(body)
    }
    guard isRunning, let elements = data.examples as? any ExampleElements else {
      deferCheck(of: iterable.range)
      let element = data.spec.elementType
      try assign(.unknown(firstNumber == nil ? element : .tuple([.integer, element])), to: target)
      return try walkOnce(body)
    }
    state.rounds.append(0)
    if case .name(let name) = target.kind { state.loopVariables.append(name) } else { state.loopVariables.append("i") }
    defer {
      state.rounds.removeLast()
      state.loopVariables.removeLast()
    }
    let element = elements.inOrder()
    for index in 0..<(elements.elementCount ?? 0) {
      if try exhausted(at: range) { return .next }
      state.rounds[state.rounds.count - 1] = index
      let round = try compute(at: iterable.range) { () throws(MachineError) in
        let element = try element(index)
        return firstNumber.map { .tuple([.integer($0 + index), element]) } ?? element
      }
      try assign(round, to: target)
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
      if steps > walkedStepBudget { try fail(Machine.budgetError(walkedStepBudget), at: range) }
      return false
    }
    if steps == Self.stepLimit { report(.tooManySteps(at: range)) }
    return hasCheckedEnough
  }
}
