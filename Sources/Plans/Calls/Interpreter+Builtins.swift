import Diagnostics
import Lambdas
import Syntax

/// Calls of built-in functions, on what is known and on what is only forecast.
extension Interpreter {
  /// A built-in on values, on what is only forecast of them, or on tensors of a model or of a function, which it is part of then.
  func callBuiltin(_ function: FunctionValue, _ given: [GivenArgument], at range: SourceRange) throws(Interruption)
    -> Meaning
  {
    var meanings: [(name: Name?, meaning: Meaning)] = []
    for argument in given { meanings.append((argument.name, try meaning(of: argument))) }
    if meanings.contains(where: \.meaning.isPoisoned) { return .poisoned }
    if let special = knownLength(function, meanings.map(\.meaning), at: range) { return special }
    let arguments = meanings.map { (name: $0.name?.text, meaning: $0.meaning) }
    if let mapped = try map(function, arguments.map(\.meaning), at: range) { return mapped }
    if takesTensorsWhole(function, arguments.map(\.meaning)) {
      return try callKnown(function, meanings, at: range)
    }
    if arguments.contains(where: \.meaning.holdsTraced) { return call(function, traced: arguments, at: range) }
    if let first = arguments.first?.meaning, !first.symbolicTensors.isEmpty, first.elements != nil,
      let entry = catalog.merging(function.name)
    {
      let given = zip(given, arguments).map { GivenArgument($0.name, $1.meaning, $0.range) }
      return try merge(entry, given, at: range, name: range)
    }
    let ofModel = try operation(on: arguments.map(\.meaning), at: range) { operands in
      call(function, traced: zip(arguments, operands).map { ($0.name, $1) }, at: range)
    }
    if let ofModel { return ofModel }
    return try callKnown(function, meanings, at: range)
  }

  /// A built-in on values that it takes as they are; what is not known of them is forecast.
  private func callKnown(_ function: FunctionValue, _ meanings: [(name: Name?, meaning: Meaning)], at range: SourceRange)
    throws(Interruption) -> Meaning
  {
    let known = meanings.compactMap { argument in
      argument.meaning.value.flatMap(functionValue).map { (argument.name?.text, $0) }
    }
    let arguments = meanings.map { (name: $0.name?.text, meaning: $0.meaning) }
    let values = known.map(\.1)
    let isOfData = meanings.contains { $0.meaning.object(DataObject.self)?.isForecast ?? false }
    if known.count == meanings.count, isRunning || !function.isImpure && !isOfData,
      affords(values, multiplying: function.isProduct)
    {
      let positional = known.filter { $0.0 == nil }.map(\.1)
      let keywords = known.compactMap { argument in argument.0.map { (name: $0, value: argument.1) } }
      return try compute(at: range, else: ArrayForecast.call(function, arguments)) { () throws(MachineError) in
        try self.onMachine { machine throws(MachineError) in try machine.call(function, positional, keywords) }
      }
    }
    try needValue(at: range)
    return .unknown(ArrayForecast.call(function, arguments))
  }

  /// `len(x)` of what is known by its type alone: the first dimension of an array, the examples of a data set.
  private func knownLength(_ function: FunctionValue, _ arguments: [Meaning], at range: SourceRange) -> Meaning? {
    guard function.name == "len", arguments.count == 1, let argument = arguments.first else { return nil }
    if let data = argument.object(DataObject.self) {
      if data.spec.isEndless {
        report(.endlessData("`len`", at: range))
        return .poisoned
      }
      // Counting may take a pass, which is for the run.
      let counted = isRunning ? (data.examples as? any ExampleElements)?.elementCount : nil
      return (data.spec.count ?? counted).map { .known(.integer($0)) } ?? .unknown(.integer)
    }
    switch argument {
    case .list(let parts), .tuple(let parts): return .known(.integer(parts.count))
    case .unknown(.tuple(let types)): return .known(.integer(types.count))
    case .unknown(.array(_, let shape)):
      if let first = shape?.first, let count = first { return .known(.integer(count)) }
      return .unknown(.integer)
    default: return nil
    }
  }

  /// A function of the script where a built-in wants one: compiled, nothing known of its arguments; nil where it captures what is not
  /// known yet. Any other value is itself.
  func functionValue(_ value: Value) -> Value? {
    guard case .object(let object) = value, let function = object as? ScriptFunction else { return value }
    return compile(function, for: FunctionType(of: function.parameters))?.value
  }

  /// The arguments' values, by position and by name; nil where one is not known.
  func values(of given: [GivenArgument]) throws(Interruption) -> ([Value], [(name: String, value: Value)])? {
    var positional: [Value] = []
    var keywords: [(name: String, value: Value)] = []
    for argument in given {
      guard let value = try meaning(of: argument).value else { return nil }
      if let name = argument.name { keywords.append((name.text, value)) } else { positional.append(value) }
    }
    return (positional, keywords)
  }
}

extension FunctionValue {
  /// Whether it multiplies matrices.
  fileprivate var isProduct: Bool { ["dot", "matmul", "inner", "vdot"].contains(name) }

  /// Whether it shuffles its argument where that is.
  var isShuffle: Bool {
    if case .builtin(let builtin) = body { builtin.namespace == .random && builtin.name == "shuffle" } else { false }
  }

  /// Whether it writes, reads a clock or draws random numbers, so that the check only says what type it gives.
  var isImpure: Bool {
    if case .builtin(let builtin) = body { builtin.isImpure || builtin.name == "print" } else { false }
  }
}
