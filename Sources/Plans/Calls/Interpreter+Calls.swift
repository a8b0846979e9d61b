import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// A call: of an entry of the catalog, a layer, a model, a class of the script, a function, or a method of a value.
  func evaluateCall(
    _ callee: Expression, _ arguments: [Argument], at range: SourceRange, expecting role: Role?
  ) throws(Interruption) -> Meaning {
    if case .attribute(let base, let name) = callee.kind {
      let receiver = try evaluatePrefix(base)
      if let result = try callMethod(name, of: receiver, base: base, arguments, at: range) { return result }
      return try call(try attribute(name, of: receiver, at: callee.range), callee: callee, arguments, at: range, expecting: role)
    }
    return try call(try evaluate(callee, expecting: role), callee: callee, arguments, at: range, expecting: role)
  }

  private func call(
    _ target: Meaning, callee: Expression, _ arguments: [Argument], at range: SourceRange, expecting role: Role?
  ) throws(Interruption) -> Meaning {
    guard let given = try givenArguments(arguments) else { return .unknown(.any) }
    return try call(target, given, callee: callee.range, at: range, expecting: role)
  }

  /// A call of anything, named at `callee`.
  func call(
    _ target: Meaning, _ given: [GivenArgument], callee: SourceRange, at range: SourceRange, expecting role: Role?
  ) throws(Interruption) -> Meaning {
    switch target {
    case .known(.function(let function)):
      let result = try callBuiltin(function, given, at: range)
      return function.isShuffle ? try putBack(shuffled: result, given) : result
    case .known(.object(let object)):
      switch object {
      case let reference as EntryReference:
        guard let entry = choose(reference, expecting: role, at: callee) else { return try abandon(given) }
        return try construct(entry, given, at: range, name: callee)
      case let function as TensorFunctionReference: return try callTensorFunction(function, given, at: range)
      case let function as MergeFunction: return try merge(function.entry, given, at: range, name: callee)
      case let form as SpecialForm: return try callForm(form.kind, given, at: range)
      case let layer as Configured where layer.entry.role == .layer: return try callLayer(.layer(layer), on: given, at: range)
      case let schedule as Configured where schedule.entry.role == .schedule: return try callSchedule(schedule, given, at: range)
      case let model as ModelObject: return try callLayer(reference(to: model), on: given, at: range)
      case let declared as ScriptClass: return try instantiate(declared, given, at: range)
      case let function as ScriptFunction: return try callFunction(function, given, at: range)
      default: break
      }
    case .unknown(let type):
      var meanings: [Meaning] = []
      for argument in given { meanings.append(try meaning(of: argument)) }
      switch type {
      case .any: return .unknown(.any)
      case .object(let object) where object === Configured.type(of: .layer) || object === ModelObject.type:
        if meanings.contains(where: \.isPoisoned) { return try abandon([]) }
        guard state.context == .model || meanings.contains(where: { $0.type.holdsTensors }) else { return .unknown(.any) }
        return tensorForLater()
      case .function(let function): return .unknown(function.result)
      case .object(let object) where object.call != nil: return .unknown(object.call?.result ?? .any)
      case .object: return .unknown(.any)
      default: break
      }
    case .poisoned: return try abandon(given)
    default: break
    }
    report(.notCallable(target.shownText, at: callee))
    return try abandon(given)
  }

  /// Looks through the arguments of a call that cannot be made, for mistakes of their own.
  func abandon(_ given: [GivenArgument]) throws(Interruption) -> Meaning {
    for argument in given { _ = try meaning(of: argument) }
    if state.context == .model { state.block?.current = .poisoned }
    return .poisoned
  }

  func meaning(of argument: GivenArgument) throws(Interruption) -> Meaning {
    switch argument.content {
    case .expression(let expression): try evaluate(expression)
    case .meaning(let meaning): meaning
    }
  }

  /// The entry that is meant where several roles share a name.
  private func choose(_ reference: EntryReference, expecting role: Role?, at range: SourceRange) -> Entry? {
    if let role, let entry = reference.entries.first(where: { $0.role == role }) { return entry }
    if reference.entries.count > 1 {
      // A line of a model is a layer; everywhere else the prefix has to say.
      if state.context == .model, let layer = reference.entries.first(where: { $0.role == .layer }) { return layer }
      report(.ambiguousName(reference.name, roles: reference.entries.map(\.role), at: range))
      return nil
    }
    return reference.entries.first
  }

  /// `Dense(64)`, `EarlyStopping(patience=5)`, `load_digits()`: an object of the catalog, or what a function of it gives.
  func construct(_ entry: Entry, _ given: [GivenArgument], at range: SourceRange, name: SourceRange) throws(Interruption)
    -> Meaning
  {
    if entry.role == .layer, entry.name == catalog.inputEntry?.name { return try callForm(.input, given, at: range) }
    if entry.role == .activation, let first = given.first, first.name == nil {
      let input = try meaning(of: first)
      if input.isPoisoned { return .poisoned }
      if let tensor = input.traced { return try activate(entry, tensor, Array(given.dropFirst()), at: range) }
      let ofModel = try operation(on: [input], at: range) { operands throws(Interruption) in
        guard let tensor = operands[0].traced else {
          return notFollowed("`\(entry.name)` of a list", at: range, hint: "call it with each tensor.")
        }
        return try activate(entry, tensor, Array(given.dropFirst()), at: range)
      }
      if let ofModel { return ofModel }
      return try construct(entry, [GivenArgument(nil, input, first.range)] + given.dropFirst(), at: range, named: name)
    }
    return try construct(entry, given, at: range, named: name)
  }

  private func construct(_ entry: Entry, _ given: [GivenArgument], at range: SourceRange, named name: SourceRange)
    throws(Interruption) -> Meaning
  {
    let outerMade = state.block?.made.count
    var call = try bind(
      given, to: parameters(of: entry, given), of: entry.name, at: name,
      extra: CommonParameters.of(entry.role, beside: entry.signature))
    if !call.isPoisoned {
      if let whole = readingVocabulary(call, of: entry, at: range) { call = whole } else { call.isPoisoned = true }
    }
    if case .function(let traits) = entry.meaning {
      if traits.functionType != nil, !takesElements(call, parameters(of: entry, given)) { return .poisoned }
      return try callFunction(traits, call, of: entry, at: range)
    }
    if call.isPoisoned {
      if entry.role == .layer { state.block?.current = state.context == .model ? .poisoned : state.block?.current }
      return .poisoned
    }
    let missing = call.missing
    if !missing.isEmpty {
      deferCheck(of: range)
      // A layer's shape rule reads its arguments; the others are only looked at.
      if entry.role == .layer { return .unknown(.object(Configured.type(of: .layer))) }
    } else if let conflict = entry.conflict(call.arguments) {
      report(.argumentConflict(conflict, of: entry.name, at: call.ranges[conflict.parameter] ?? range))
      return .poisoned
    }
    if entry.role == .layer, case .string(let name)? = call["name"]?.value, name.contains("/") || [".", ".."].contains(name) {
      report(
        .wrongArgument(
          "name", of: entry.name, expects: name.contains("/") ? "a name without `/`" : "a name, not a place",
          found: "`\(Operations.representation(.string(name)))`",
          at: call.ranges["name"] ?? range, isOutOfRange: true, hint: "files keep a weight under `layer/weight`."))
      return .poisoned
    }
    let object = Configured(
      entry, call.arguments, range: range, serial: nextSerial(), missing: missing, argumentRanges: call.ranges,
      functionTexts: functionTexts(of: call))
    if entry.role == .layer, let block = state.block {
      // Layers given to this one as arguments are part of it.
      if let outerMade, block.made.count > outerMade { block.made.removeSubrange(outerMade...) }
      block.made.append(object)
    }
    return .object(object)
  }

  /// An entry's parameters. Functions that a method of a data set is given are compiled for the elements of that data set, and later where
  /// nothing is known of it yet.
  private func parameters(of entry: Entry, _ given: [GivenArgument]) -> [ParameterDescription] {
    guard case .function(let traits) = entry.meaning, let type = traits.functionType else { return entry.signature.parameters }
    var data: DataObject?
    if case .meaning(let receiver)? = given.first?.content { data = receiver.object(DataObject.self) }
    return entry.signature.parameters.map { parameter in
      guard case .function = parameter.kind else { return parameter }
      return ParameterDescription(
        parameter.name, parameter.help, data.map { .function(type($0.spec)) } ?? .any, default: parameter.defaultValue)
    }
  }

  /// Whether functions take all of an element; told where one does not.
  private func takesElements(_ call: BoundCall, _ parameters: [ParameterDescription]) -> Bool {
    for parameter in parameters {
      guard case .function(let type) = parameter.kind, case .known(.function(let function))? = call[parameter.name],
        let source = state.compiled[ObjectIdentifier(function)]?.source
      else { continue }
      let taken = source.parameters.count { $0.kind == .plain }
      guard taken < type.parameters.count, !source.parameters.contains(where: { $0.kind == .positionalRest }) else { continue }
      report(
        .functionParameters(source.name ?? "lambda", takes: taken, given: type.parameters.map(\.name), at: source.range))
      return false
    }
    return true
  }

  /// A function of the catalog: forecast in the check, called in the run.
  private func callFunction(_ traits: FunctionTraits, _ call: BoundCall, of entry: Entry, at range: SourceRange)
    throws(Interruption)
    -> Meaning
  {
    if call.isPoisoned { return .poisoned }
    let arguments = placingFiles(of: call, entry, at: range)
    for parameter in entry.signature.parameters {
      guard let path = arguments[parameter.name]?.asString else { continue }
      let place = call.ranges[parameter.name] ?? range
      switch parameter.kind.unwrapped {
      case .outputPath: noteWrite(.init(path: path, writer: entry.name, kind: .other), at: place)
      case .inputPath: state.files.noteRead(path, at: place)
      default: continue
      }
    }
    if isRunning {
      let mustWrite = entry.signature.parameters.contains { $0.kind.unwrapped == .outputPath && $0.defaultValue == nil }
      if mustWrite, world?.writesFiles == false { return .known(.none) }
      do {
        let surroundings = FunctionSurroundings(
          stream: nextStream(of: entry), remarks: world?.remarks ?? Remarks(), write: { [world] in world?.write($0) },
          isInterrupted: isInterrupted)
        return originated(.known(try traits.call(arguments, surroundings)), entry, call)
      } catch {
        throw .failure(error.placed(at: range))
      }
    }
    if let type = traits.gives, !call.missing.isEmpty {
      return originated(traits.forecastOfTypes(call.meanings.mapValues(\.type)).map(Meaning.init) ?? .unknown(type), entry, call)
    }
    do { return originated(Meaning(try traits.forecast(arguments)), entry, call) } catch {
      if let path = call.ranges.first(where: { name, _ in
        entry.signature.parameters.contains { $0.name == name && $0.kind.unwrapped == .inputPath }
      }), let text = call[path.key]?.value?.asString, state.files.willExist(text) {
        return .unknown(.any)
      }
      report(.forecastFails(error.message, at: error.range ?? range))
      return .poisoned
    }
  }

  /// The arguments, with files to read where they are: in the working folder, or else beside the script.
  private func placingFiles(of call: BoundCall, _ entry: Entry, at range: SourceRange) -> Arguments {
    let arguments = call.arguments
    var values = arguments.values
    for parameter in entry.signature.parameters where parameter.kind.unwrapped == .inputPath {
      if let path = arguments[parameter.name]?.asString { values[parameter.name] = .string(placed(path, of: range)) }
    }
    return Arguments(values, given: arguments.given)
  }

  /// Where a file to read is.
  func placed(_ path: String, of range: SourceRange) -> String {
    guard let slash = range.source.name.lastIndex(of: "/"), !path.isEmpty, !path.hasPrefix("/"), !state.files.willExist(path),
      !surroundings.fileExists(path)
    else { return path }
    let beside = String(range.source.name[...slash]) + path
    return surroundings.fileExists(beside) ? beside : path
  }

  /// A data set that knows which call it comes from; anything else as it is.
  private func originated(_ result: Meaning, _ entry: Entry, _ call: BoundCall) -> Meaning {
    let origin = origin(of: entry, call)
    let isKnown = call.given.allSatisfy { call[$0]?.value?.isOriginKnown ?? false }
    if let data = result.object(DataObject.self) { data.come(from: origin, isKnown: isKnown) }
    for (place, part) in (result.elements ?? []).enumerated() {
      part.object(DataObject.self)?.come(from: "\(origin)[\(place)]", isKnown: isKnown)
    }
    return result
  }

  /// A call as plans show it; a method of a data set behind what that comes from.
  private func origin(of entry: Entry, _ call: BoundCall) -> String {
    let made = Configured(entry, call.arguments, range: statementRange, functionTexts: functionTexts(of: call))
    guard entry.name.hasPrefix(DataObject.methodPrefix), let receiver = entry.signature.parameters.first?.name,
      let data = call[receiver]?.object(DataObject.self)
    else { return made.planText }
    return "\(data.origin).\(made.planText(without: [receiver]).dropFirst(DataObject.methodPrefix.count))"
  }

  /// The functions of the script among the arguments, in canonical form.
  private func functionTexts(of call: BoundCall) -> [String: String] {
    call.meanings.compactMapValues { meaning -> String? in
      guard case .known(.function(let function)) = meaning else { return nil }
      return state.compiled[ObjectIdentifier(function)]?.source.planText
    }
  }

  /// `schedule(100)`: the learning rate of a step.
  private func callSchedule(_ schedule: Configured, _ given: [GivenArgument], at range: SourceRange) throws(Interruption)
    -> Meaning
  {
    let step = ParameterDescription("step", "", .number(min: 0), default: nil)
    let call = try bind(given, to: [step], of: schedule.entry.name, at: range)
    if call.isPoisoned { return .poisoned }
    guard schedule.missing.isEmpty, case .schedule(let rate) = schedule.entry.meaning, let step = call["step"]?.value?.asDouble
    else {
      return .unknown(.float)
    }
    return .known(.float(rate(step, schedule.arguments)))
  }
}

extension Meaning {
  /// What a forecast says of a value.
  init(_ forecast: Forecast) {
    switch forecast {
    case .value(let value): self = .known(value)
    case .type(let type): self = .unknown(type)
    case .data(let spec, let parts, let facts, let later):
      let parts = parts.mapValues { DataObject(spec: $0) }
      self = .object(DataObject(spec: spec, parts: parts, facts: facts, laterFacts: later))
    case .tuple(let parts): self = .makeTuple(parts.map(Meaning.init))
    }
  }
}

extension Value {
  /// Whether the data sets in it are made of what is known.
  fileprivate var isOriginKnown: Bool {
    switch self {
    case .object(let object): (object as? DataObject)?.isOriginKnown ?? true
    case .list(let elements), .tuple(let elements): elements.allSatisfy(\.isOriginKnown)
    default: true
    }
  }
}
