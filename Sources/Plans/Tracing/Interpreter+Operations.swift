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
    let trace = TensorTrace(inputs.map(\.spec))
    let stands = Dictionary(
      zip(inputs.map { ObjectIdentifier($0) }, trace.inputs), uniquingKeysWith: { first, _ in first })
    let result = try body(operands.map { $0.replacing(stands) })
    if trace.isOpen {
      deferCheck(of: range)
      return .unknown(.object(SymbolicTensor.type))
    }
    state.block?.hasExplicitCall = true
    if let output = result.traced { return try apply(output, of: trace, with: entry, to: inputs, at: range) }
    guard let parts = result.elements, !parts.isEmpty, parts.allSatisfy({ $0.traced != nil }) else {
      return result.isPoisoned ? poisonCurrent() : result
    }
    var tensors: [Meaning] = []
    for output in parts.compactMap(\.traced) { tensors.append(try apply(output, of: trace, with: entry, to: inputs, at: range)) }
    return .makeList(tensors)
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
      entry.abilities.contains(.merges)
    else { return nil }
    return entry
  }
}

extension Meaning {
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
