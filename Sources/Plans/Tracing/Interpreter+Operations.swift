import Diagnostics
import Lambdas
import Syntax

/// Operations on the tensors of a model under construction: `a + b`, `x[:, 0]`, `ops.mean(x, axis=1)`, `add([a, b])`.
extension Interpreter {
  /// What an operation on tensors of a model gives: a tensor that a layer without weights computes. Nil where there is no such tensor
  /// among the operands.
  func operation(
    on operands: [Meaning], at range: SourceRange, _ body: ([Meaning]) throws(Interruption) -> Meaning
  ) throws(Interruption) -> Meaning? {
    var inputs: [SymbolicTensor] = []
    for tensor in operands.flatMap(\.symbolicTensors) where !inputs.contains(where: { $0 === tensor }) { inputs.append(tensor) }
    guard !inputs.isEmpty, let entry = catalog.entry("Lambda", .layer) else { return nil }
    let trace = TensorTrace(inputs.map(\.pythonSpec))
    let stands = Dictionary(
      zip(inputs.map { ObjectIdentifier($0) }, trace.inputs), uniquingKeysWith: { first, _ in first })
    let result = try body(operands.map { $0.replacing(stands) })
    if trace.isOpen {
      deferCheck(of: range)
      return .unknown(.object(SymbolicTensor.type))
    }
    state.block?.hasExplicitCall = true
    if result.isPoisoned { return poisonCurrent() }
    if let output = result.traced { return try apply(output, of: trace, with: entry, to: inputs, at: range) }
    return try ofModel(result) { output throws(Interruption) in
      output.index < inputs.count
        ? .object(inputs[output.index]) : try apply(output, of: trace, with: entry, to: inputs, at: range)
    }
  }

  /// A list that an operation gives, with tensors of the model in place of those that were followed.
  private func ofModel(_ result: Meaning, _ tensor: (TracedTensor) throws(Interruption) -> Meaning) throws(Interruption)
    -> Meaning
  {
    if let output = result.traced { return try tensor(output) }
    guard result.holdsTraced, let parts = result.elements else { return result }
    var tensors: [Meaning] = []
    for part in parts { tensors.append(try ofModel(part, tensor)) }
    return .makeList(tensors)
  }

  /// Whether Python's own function takes tensors, alone or in lists, as the objects they are: `enumerate([a, b])`, `print(a)`.
  func takesTensorsWhole(_ function: FunctionValue, _ arguments: [Meaning]) -> Bool {
    guard case .builtin(let builtin) = function.body, builtin.namespace == .core else { return false }
    if Self.functionsOfObjects.contains(function.name) { return true }
    return Self.functionsOfIterables.contains(function.name) && !arguments.contains(where: \.isTensor)
  }

  private static let functionsOfObjects: Set<String> = [
    "print", "isinstance", "type", "repr", "str", "ascii", "format", "hasattr", "callable",
  ]
  /// Python's functions that go through lists without a look at their elements.
  static let functionsOfIterables: Set<String> = ["len", "enumerate", "zip", "reversed", "list", "tuple", "set", "dict"]

  /// `map(f, tensors)`: a list of what a function gives for each; nil where nothing of this is a tensor.
  func map(_ function: FunctionValue, _ given: [Meaning], at range: SourceRange) throws(Interruption) -> Meaning? {
    guard case .builtin(let builtin) = function.body, builtin.namespace == .core, builtin.name == "map", given.count > 1,
      given.contains(where: { $0.elements != nil && ($0.holdsTraced || !$0.symbolicTensors.isEmpty) })
    else { return nil }
    var lists: [[Meaning]] = []
    for iterable in given.dropFirst() {
      guard let parts = try elements(of: iterable, at: range) else { return nil }
      lists.append(parts)
    }
    var results: [Meaning] = []
    for index in 0..<(lists.map(\.count).min() ?? 0) {
      let arguments = lists.map { GivenArgument(nil, $0[index], range) }
      results.append(try call(given[0], arguments, callee: range, at: range, expecting: nil))
    }
    return .makeList(results)
  }

  /// The tensor of a model that a layer made for this gives.
  private func apply(
    _ output: TracedTensor, of trace: TensorTrace, with entry: Entry, to inputs: [SymbolicTensor], at range: SourceRange
  ) throws(Interruption) -> Meaning {
    let function = TensorFunction(
      inputCount: inputs.count, steps: trace.steps, result: output.index,
      text: trace.steps.last?.operation.rawValue ?? "identity",
      isOperation: true
    )
    var values: [String: Value] = ["function": .object(function)]
    for parameter in entry.signature.parameters where values[parameter.name] == nil {
      values[parameter.name] = parameter.defaultValue
    }
    let layer = Configured(entry, Arguments(values, given: ["function"]), range: range, serial: nextSerial())
    return try apply(.layer(layer), to: inputs, asList: inputs.count > 1, at: range)
  }

  /// `a > b` where one is a tensor of a model; nil where none is, or where it is asked what a name means.
  func compareTensors(_ op: ComparisonOperator, _ left: Meaning, _ right: Meaning, at range: SourceRange) throws(Interruption)
    -> Meaning?
  {
    guard Self.comparisons[op] != nil, left.object(SymbolicTensor.self) ?? right.object(SymbolicTensor.self) != nil else {
      return nil
    }
    return try operation(on: [left, right], at: range) { operands in
      traced(op, operands[0], operands[1], at: range) ?? .poisoned
    }
  }

  /// `ops.rsqrt(x)`, `tf.squared_difference(a, b)`: functions of tensors alone.
  func callTensorFunction(_ function: TensorFunctionReference, _ given: [GivenArgument], at range: SourceRange)
    throws(Interruption) -> Meaning
  {
    var arguments: TracedArguments = []
    for argument in given { arguments.append((argument.name?.text, try meaning(of: argument))) }
    if arguments.contains(where: \.meaning.isPoisoned) { return .poisoned }
    if function.name == TensorCall.epsilon, arguments.isEmpty { return .known(.float(1e-7)) }
    if arguments.contains(where: \.meaning.holdsTraced) { return callTensors(function.name, arguments, at: range) }
    let ofModel = try operation(on: arguments.map(\.meaning), at: range) { operands in
      callTensors(function.name, zip(arguments, operands).map { ($0.name, $1) }, at: range)
    }
    if let ofModel { return ofModel }
    if arguments.contains(where: { $0.meaning.value == nil }) { return .unknown(.any) }
    return notFollowed(
      "`\(function.name)` of these values", at: range, hint: "it is a function of tensors, in a `Lambda` or between layers.")
  }

  /// `add([a, b])`, `concatenate([a, b], axis=1)`: a merging layer that is made and called at once.
  func merge(_ entry: Entry, _ given: [GivenArgument], at range: SourceRange, name: SourceRange) throws(Interruption) -> Meaning {
    guard let inputs = given.first, inputs.name == nil || inputs.name?.text == "inputs" else {
      report(.layerCalledWithoutTensor(entry.name, at: range))
      return poisonCurrent()
    }
    let tensors = GivenArgument(nil, try meaning(of: inputs), inputs.range)
    guard let layer = try construct(entry, Array(given.dropFirst()), at: range, name: name).object(Configured.self) else {
      return poisonCurrent()
    }
    return try callLayer(.layer(layer), on: [tensors], at: range)
  }
}

extension Catalog {
  /// The merging layer that a function in small letters stands for: `concatenate` for `Concatenate`.
  func merging(_ name: String) -> Entry? {
    guard let first = name.first, first.isLowercase, let entry = entry(first.uppercased() + name.dropFirst(), .layer),
      entry.abilities == [.merges]
    else { return nil }
    // Keras's function has a default that its class has not.
    return name == "dot" ? entry.withDefault("axes", .integer(-1)) : entry
  }

  /// The functions in small letters of all merging layers.
  var mergingNames: [String] { names(.layer).map { $0.lowercased() }.filter { merging($0) != nil } }
}

extension Meaning {
  /// Whether it is itself a tensor, of a model or followed.
  var isTensor: Bool { traced != nil || object(SymbolicTensor.self) != nil }

  /// The tensors of a model that it is or holds.
  var symbolicTensors: [SymbolicTensor] {
    if let tensor = object(SymbolicTensor.self) { return [tensor] }
    return elements?.flatMap(\.symbolicTensors) ?? []
  }

  /// Itself with the tensors of a model replaced.
  fileprivate func replacing(_ stands: [ObjectIdentifier: TracedTensor]) -> Meaning {
    if let tensor = object(SymbolicTensor.self) { return stands[ObjectIdentifier(tensor)].map { .object($0) } ?? self }
    guard !symbolicTensors.isEmpty, let parts = elements else { return self }
    return .makeList(parts.map { $0.replacing(stands) })
  }
}
