import Arrays
import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// A comprehension or generator: computed by the machine where it is about plain values, else walked an element at a time.
  func evaluate(_ comprehension: Comprehension, in expression: Expression) throws(Interruption) -> Meaning {
    if let computed = try compute(expression) { return computed }
    state.frames.append(Scope())
    defer { state.frames.removeLast() }
    var results: [Meaning] = []
    var keys: [Meaning] = []
    let isComplete = try collect(comprehension, clause: 0) { () throws(Interruption) in
      switch comprehension.result {
      case .list(let item), .set(let item), .generator(let item): results.append(try self.evaluate(item))
      case .dict(let key, let value):
        keys.append(try self.evaluate(key))
        results.append(try self.evaluate(value))
      }
    }
    if (results + keys).contains(where: \.isPoisoned) { return .poisoned }
    for result in results { warnOfCapturedVariable(result) }
    let values = results.compactMap(\.value)
    let isKnown = isComplete && values.count == results.count && keys.allSatisfy { $0.value != nil }
    let element = ValueType.oneOf(results.map(\.type))
    switch comprehension.result {
    case .list: return isComplete ? .makeList(results) : .unknown(.list(element))
    case .generator: return isKnown ? .known(.iterator(IteratorValue(.generator, values))) : .unknown(.iterator(element))
    case .set: return isKnown ? .known(.set(SetValue(values))) : .unknown(.set(element))
    case .dict:
      guard isKnown else { return .unknown(.dict(key: .oneOf(keys.map(\.type)), value: element)) }
      var dict = DictValue()
      for (key, value) in zip(keys.compactMap(\.value), values) { dict.set(value, for: key) }
      return .known(.dict(dict))
    }
  }

  /// Goes through the clauses of a comprehension; false where how often is not known, after one round.
  private func collect(
    _ comprehension: Comprehension, clause: Int, _ body: () throws(Interruption) -> Void
  ) throws(Interruption) -> Bool {
    guard clause < comprehension.clauses.count else {
      try body()
      return true
    }
    let (target, iterable) = (comprehension.clauses[clause].target, comprehension.clauses[clause].iterable)
    let source = try evaluate(iterable)
    var isComplete = true
    func walk(_ element: Meaning) throws(Interruption) {
      try assign(element, to: target)
      var holds: Bool? = true
      for condition in comprehension.clauses[clause].conditions where holds != false {
        let known = try truth(of: try evaluate(condition), at: condition.range)
        holds = known == false ? false : (known == nil ? nil : holds)
      }
      if holds == false { return }
      if holds == nil { isComplete = false }
      if try !collect(comprehension, clause: clause + 1, body) { isComplete = false }
    }
    guard let rounds = Rounds(source), isRunning || rounds.count <= Self.roundLimit else {
      isComplete = false
      if source.isPoisoned || source.isIterable {
        if !source.isPoisoned { try needValue(at: iterable.range) }
        try walk(source.isPoisoned ? .poisoned : .unknown(source.type.elementType ?? .any))
      } else {
        report(.notIterable(source.shownText, at: iterable.range))
        try walk(.poisoned)
      }
      return false
    }
    for element in rounds {
      if try exhausted(at: iterable.range, inComprehension: true) { return false }
      try walk(element)
    }
    return isComplete
  }

  // MARK: Plain values

  /// What the machine makes of a comprehension, a hundred times faster than a walk; nil where it is to be walked: where it names
  /// something of the catalog, a model or a function of the script, or a value that is not known, or where it has a mistake.
  private func compute(_ expression: Expression) throws(Interruption) -> Meaning? {
    var targets: Set<String> = []
    collectTargets(of: expression, into: &targets)
    guard isPlain(expression, besides: targets) else { return nil }
    var found: [Finding] = []
    guard let code = compileExpression(expression, scope: CompilationScope(capture()), findings: &found), found.isEmpty,
      code.captures.isEmpty
    else { return nil }
    if isChecking, code.effects.usesTime || code.effects.usesRandomNumbers || code.effects.prints { return nil }
    do throws(RuntimeFailure) {
      let value = try onMachine { machine throws(RuntimeFailure) in try machine.call(FunctionValue(code)) }
      Allowance.current?.spend(value.ownBytes)
      return .known(value)
    } catch {
      return try failed(error.error, at: error.range ?? expression.range, type: code.type.result)
    }
  }

  /// The names that comprehensions inside an expression bind.
  private func collectTargets(of expression: Expression, into names: inout Set<String>) {
    if case .comprehension(let comprehension) = expression.kind {
      for clause in comprehension.clauses { FreeNames.collect(clause.target, into: &names) }
    }
    for part in expression.children { collectTargets(of: part, into: &names) }
  }

  /// Whether an expression is about nothing but plain values that are known, and built-in functions.
  private func isPlain(_ expression: Expression, besides targets: Set<String>) -> Bool {
    switch expression.kind {
    case .lambda, .missing: return false
    case .name(let name):
      if targets.contains(name) { return true }
      guard let binding = binding(of: name) else {
        return Python.builtin(named: name) != nil || Namespaces.isPython(name)
      }
      guard binding.isCertain, case .known(let value) = binding.meaning else { return false }
      return isPlain(value)
    default: return expression.children.allSatisfy { isPlain($0, besides: targets) }
    }
  }

  /// Whether a value is one that the machine knows as the walk does: no object but a prefix of Python's, no function that makes any.
  private func isPlain(_ value: Value) -> Bool {
    guard case .object(let object) = value else { return value.isPlain }
    switch object {
    case let namespace as NamespaceReference: return Namespaces.isPython(namespace.path[0])
    case let function as ScriptFunction: return code(of: function) != nil
    default: return false
    }
  }

  /// A function of the script as the machine runs it; nil where it is to be walked, since it makes layers or models or uses some.
  func code(of function: ScriptFunction) -> FunctionCode? {
    if let known = codes[ObjectIdentifier(function)] { return known.code }
    // Until it is known it is none: functions that name each other are walked.
    codes[ObjectIdentifier(function)] = (function, nil)
    let isPlain = FreeNames.of(function).allSatisfy { name in
      guard let binding = function.captured[name] else { return true }
      guard binding.isCertain, case .known(let value) = binding.meaning else { return false }
      return self.isPlain(value)
    }
    guard isPlain, function.parameters.allSatisfy({ function.defaults[$0.name.text]?.value?.isPlain ?? true }) else { return nil }
    var found: [Finding] = []
    let definition = function.definition(named: function.name ?? "<lambda>")
    guard let code = compileDefinition(definition, findings: &found), !found.contains(where: { $0.severity == .error }),
      code.captures.isEmpty
    else { return nil }
    codes[ObjectIdentifier(function)] = (function, code)
    return code
  }

  /// The steps that every evaluation of the check may take: one that takes too long does not hide the rest.
  private static let leastSteps = 2_000
  /// The most that a single one may take.
  private static let mostSteps = 250_000

  /// Lends out the machine: in the run with a whole budget, in the check with a share of what is left of the check's.
  func onMachine<Result, Failure>(_ body: (Machine) throws(Failure) -> Result) throws(Failure) -> Result {
    let machine = machine
    let budget = isChecking ? max(Self.leastSteps, min(Self.mostSteps, machineSteps)) : stepBudget
    machine.budget = budget
    machine.restoreBudget()
    defer { if isChecking { machineSteps = max(0, machineSteps - (budget - machine.stepsLeft)) } }
    return try body(machine)
  }

  // MARK: Captured variables

  /// Warns of a function that outlives its round of a comprehension and uses the round's variable: Python would use the last round's.
  private func warnOfCapturedVariable(_ result: Meaning) {
    guard let last = state.frames.last else { return }
    for function in functions(in: result) {
      for name in FreeNames.of(function) {
        guard let then = function.captured[name], let now = last[name], then.range == now.range,
          !then.meaning.isSame(as: now.meaning)
        else { continue }
        report(.capturedVariable(name, at: function.range, variable: now.range))
      }
    }
  }

  /// The functions of the script that a value holds: itself, its elements, the arguments of a callback or layer.
  private func functions(in meaning: Meaning) -> [ScriptFunction] {
    switch meaning {
    case .known(.object(let object)):
      if let function = object as? ScriptFunction { return [function] }
      guard let configured = object as? Configured else { return [] }
      return configured.arguments.values.values.compactMap { value in
        guard case .function(let function) = value else { return nil }
        return state.compiled[ObjectIdentifier(function)]?.source
      }
    case .known(.list(let values)), .known(.tuple(let values)): return values.flatMap { functions(in: .known($0)) }
    case .known(.dict(let dict)): return dict.values.flatMap { functions(in: .known($0)) }
    case .list(let parts), .tuple(let parts): return parts.flatMap(functions)
    default: return []
    }
  }
}

extension Value {
  /// Whether there are no objects and functions of the script in it.
  var isPlain: Bool {
    switch self {
    case .object: false
    case .function(let function): if case .builtin = function.body { true } else { false }
    case .list(let items), .tuple(let items): items.allSatisfy(\.isPlain)
    case .dict(let dict): dict.values.allSatisfy(\.isPlain)
    case .iterator(let iterator): iterator.elements.allSatisfy(\.isPlain)
    default: true
    }
  }
}
