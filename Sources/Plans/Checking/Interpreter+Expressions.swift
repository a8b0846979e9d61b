import Arrays
import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// What an expression means: its value where everything in it is known, else its type. Mistakes are told on the way.
  ///
  /// `role` is what the place expects, which decides between entries of one name.
  func evaluate(_ expression: Expression, expecting role: Role? = nil) throws(Interruption) -> Meaning {
    switch expression.kind {
    case .none: return .none
    case .bool(let value): return .known(.bool(value))
    case .integer(let value, _): return .known(.integer(value))
    case .float(let value, _): return .known(.float(value))
    case .string(let value, _): return .known(.string(value))
    case .ellipsis: return .known(.ellipsis)
    case .formatted(let parts, _): return try format(parts)
    case .name(let name): return evaluateName(name, at: expression.range, expecting: role)
    case .tuple(let items): return try nested(.makeTuple(evaluateAll(items, expecting: role)), at: expression.range)
    case .list(let items): return try nested(.makeList(evaluateAll(items, expecting: role)), at: expression.range)
    case .set(let items):
      let parts = try evaluateAll(items)
      let values = parts.compactMap(\.value)
      guard values.count == parts.count else {
        return parts.contains(where: \.isPoisoned) ? .poisoned : .unknown(.set(.oneOf(parts.map(\.type))))
      }
      return .known(.set(SetValue(values)))
    case .dict(let entries): return try evaluateDict(entries, expecting: role)
    case .starred(let inner): return try evaluate(inner)
    case .unary(let op, let operand): return try unary(op, try evaluate(operand), at: expression.range)
    case .binary: return try evaluateChain(expression)
    case .logical(let op, let left, let right): return try logical(op, left, right)
    case .comparison(let first, let links): return try compare(first, links)
    case .conditional(let condition, let then, let otherwise):
      let known = try evaluate(condition)
      switch try truth(of: known, at: condition.range) {
      case true?: return try evaluate(then, expecting: role)
      case false?: return try evaluate(otherwise, expecting: role)
      case nil: return try evaluate(then, expecting: role).joined(with: try evaluate(otherwise, expecting: role))
      }
    case .attribute(let base, let name): return try attribute(name, of: try evaluatePrefix(base), at: expression.range)
    case .subscripted(let container, let index):
      return try subscripted(try evaluate(container), try evaluateIndex(index), at: expression.range)
    case .slice(let lower, let upper, let step):
      let parts = try [lower, upper, step].map { part throws(Interruption) in
        try part.map { part throws(Interruption) in try evaluate(part) } ?? .none
      }
      let values = parts.compactMap(\.value)
      return values.count == 3 ? .known(.slice(lower: values[0], upper: values[1], step: values[2])) : .unknown(.slice)
    case .call(let callee, let arguments): return try evaluateCall(callee, arguments, at: expression.range, expecting: role)
    case .lambda(let parameters, let body):
      return .object(try makeFunction(nil, parameters, .expression(body), at: expression.range))
    case .comprehension(let comprehension): return try evaluate(comprehension, in: expression)
    case .missing:
      state.unreadWords.formUnion(expression.range.words)
      return .poisoned
    }
  }

  /// What stands before a dot: a name that is both a function and a prefix is the prefix there, as `time` is in `time.time()`.
  func evaluatePrefix(_ base: Expression) throws(Interruption) -> Meaning {
    if case .name(let name) = base.kind, binding(of: name) == nil, Namespaces.isPrefix([name], in: catalog) {
      return .object(NamespaceReference([name]))
    }
    return try evaluate(base)
  }

  /// A display, or a failure where its values are nested too deeply; what is not known stays unknown below a depth.
  private func nested(_ display: Meaning, at range: SourceRange) throws(Interruption) -> Meaning {
    if display.isDeeper(than: Operations.nestingLimit) { return .unknown(.any) }
    guard let value = display.value else { return display }
    return try compute(at: range) { () throws(MachineError) in
      try Operations.checkNesting(value)
      return value
    }
  }

  /// The elements of a display, starred ones spread.
  private func evaluateAll(_ items: [Expression], expecting role: Role? = nil) throws(Interruption) -> [Meaning] {
    var parts: [Meaning] = []
    for item in items {
      guard case .starred(let inner) = item.kind else {
        parts.append(try evaluate(item, expecting: role))
        continue
      }
      parts += try spreadElements(of: inner) ?? [.unknown(.any)]
    }
    return parts
  }

  private func evaluateDict(_ entries: [DictEntry], expecting role: Role?) throws(Interruption) -> Meaning {
    var dict = DictValue()
    var types: [ValueType] = []
    var fields: [(String, RecordType.Field)] = []
    var isPoisoned = false
    for entry in entries {
      switch entry {
      case .pair(let key, let value):
        let (keyMeaning, valueMeaning) = (try evaluate(key), try evaluate(value, expecting: role))
        isPoisoned = isPoisoned || keyMeaning.isPoisoned || valueMeaning.isPoisoned
        if case .known(.string(let name)) = keyMeaning { fields.append((name, .init(valueMeaning.type))) }
        guard let known = keyMeaning.value, let item = valueMeaning.value else {
          types.append(valueMeaning.type)
          continue
        }
        do { try Operations.checkHashable(known) } catch {
          try fail(error, at: key.range)
          isPoisoned = true
          continue
        }
        dict.set(item, for: known)
      case .spread(let expression):
        if let other = try spreadDict(expression) {
          for (key, value) in zip(other.keys, other.values) { dict.set(value, for: key) }
        } else {
          types.append(.any)
        }
      }
    }
    if isPoisoned { return .poisoned }
    if types.isEmpty { return .known(.dict(dict)) }
    if fields.count == entries.count { return .unknown(.record(RecordType(title: "the dict", fields, isOpen: true))) }
    return .unknown(.dict(key: .any, value: .oneOf(types + dict.values.map { ValueType(of: $0) })))
  }

  /// An index, in which slices may stand.
  func evaluateIndex(_ index: Expression) throws(Interruption) -> Meaning { try evaluate(index) }

  // MARK: Operators

  /// `a + b + c …`: a chain leans left and may be long, so it is gone through and not descended into.
  private func evaluateChain(_ expression: Expression) throws(Interruption) -> Meaning {
    var links: [(BinaryOperator, Expression, SourceRange)] = []
    var first = expression
    while case .binary(let op, let left, let right) = first.kind {
      links.append((op, right, first.range))
      first = left
    }
    var result = try evaluate(first)
    for (op, right, range) in links.reversed() { result = try binary(op, result, try evaluate(right), at: range) }
    return result
  }

  func binary(
    _ op: BinaryOperator, _ left: Meaning, _ right: Meaning, at range: SourceRange, isAugmented: Bool = false
  ) throws(Interruption) -> Meaning {
    if left.isPoisoned || right.isPoisoned { return .poisoned }
    if let tensor = traced(op, left, right, at: range) { return tensor }
    // Two lists are joined and a list is repeated, whatever they hold.
    if left.isTensor || right.isTensor,
      let ofModel = try operation(
        on: [left, right], at: range, { operands throws(Interruption) in try binary(op, operands[0], operands[1], at: range) })
    {
      return ofModel
    }
    let type = Python.binaryType(op, left.type, right.type)
    if let a = left.value, let b = right.value, affords([a, b], multiplying: op == .matrixMultiply) {
      return try compute(at: range, else: type ?? .any) { () throws(MachineError) in
        try isAugmented ? Operations.augment(op, a, b) : Operations.binary(op, a, b)
      }
    }
    if op == .add {
      switch (left, right) {
      case (.list(let a), _): if let b = right.elements { return .makeList(a + b) }
      case (_, .list(let b)): if let a = left.elements { return .makeList(a + b) }
      default: break
      }
    }
    guard let type else {
      report(.operandTypes(op.rawValue, left.type.description, right.type.description, at: range))
      return .poisoned
    }
    if isAugmented, op != .matrixMultiply, case .array = left.type { return .unknown(left.type) }
    return .unknown(type)
  }

  func unary(_ op: UnaryOperator, _ operand: Meaning, at range: SourceRange) throws(Interruption) -> Meaning {
    if operand.isPoisoned { return .poisoned }
    if let tensor = traced(op, operand, at: range) { return tensor }
    if operand.object(SymbolicTensor.self) != nil,
      let ofModel = try operation(
        on: [operand], at: range, { operands throws(Interruption) in try unary(op, operands[0], at: range) })
    {
      return ofModel
    }
    if let value = operand.value, affords([value]) {
      return try compute(at: range, else: operand.type) { () throws(MachineError) in try Operations.unary(op, value) }
    }
    return .unknown(op == .not ? .bool : operand.type)
  }

  private func logical(_ op: LogicalOperator, _ left: Expression, _ right: Expression) throws(Interruption) -> Meaning {
    let first = try evaluate(left)
    switch try truth(of: first, at: left.range) {
    case true?: return op == .and ? try evaluate(right) : first
    case false?: return op == .and ? first : try evaluate(right)
    case nil:
      let second = try evaluate(right)
      return first.isPoisoned || second.isPoisoned ? .poisoned : .unknown(.oneOf([first.type, second.type]))
    }
  }

  private func compare(_ first: Expression, _ links: [ComparisonLink]) throws(Interruption) -> Meaning {
    var left = try evaluate(first)
    var result = Meaning.known(.bool(true))
    for (index, link) in links.enumerated() {
      let right = try evaluate(link.operand)
      if left.isPoisoned || right.isPoisoned { return .poisoned }
      if let tensor = traced(link.operator, left, right, at: first.range.through(link.operand.range)) {
        if links.count > 1 { tellTracedCondition(at: first.range.through(link.operand.range)) }
        return links.count > 1 ? .poisoned : tensor
      }
      if links.count == 1,
        let tensor = try compareTensors(link.operator, left, right, at: first.range.through(link.operand.range))
      {
        return tensor
      }
      if let a = left.value, let b = right.value, affords([a, b]) {
        result = try compute(at: first.range.through(link.operand.range)) { () throws(MachineError) in
          try Operations.compare(link.operator, a, b)
        }
        if index < links.count - 1, try truth(of: result, at: link.operand.range) == false { return result }
      } else if let type = Python.compareType(link.operator, left.type, right.type) {
        result = .unknown(type)
      } else {
        report(
          .operandTypes(
            link.operator.rawValue, left.type.description, right.type.description, at: first.range.through(link.operand.range)))
        return .poisoned
      }
      left = right
    }
    return result
  }

  /// Carries out an operation on known values; in the check it gives the `type` alone where the value would cost too much.
  func compute(
    at range: SourceRange, else type: @autoclosure () -> ValueType = .any, _ body: () throws(MachineError) -> Value
  ) throws(Interruption) -> Meaning {
    do {
      let value = try body()
      Allowance.current?.spend(value.ownBytes)
      return .known(value)
    } catch {
      return try failed(error, at: range, type: type())
    }
  }

  /// Whether the check can pay for an operation on these values: a run's arrays may be too large to be gone through twice.
  func affords(_ values: [Value], multiplying: Bool = false) -> Bool {
    guard let allowance = Allowance.current else { return true }
    let arrays = values.compactMap { if case .array(let array) = $0 { array } else { nil } }
    if multiplying, arrays.count == 2 {
      // Each element of the one meets a row or column of the other.
      let steps = Double(arrays[0].count) * Double(arrays[1].count) / Double(max(arrays[1].shape.first ?? 1, 1))
      if steps > 1e7 { return false }
    }
    return allowance.covers(arrays.reduce(0) { $0 + $1.count * $1.type.size })
  }

  // MARK: Parts of values

  func subscripted(_ container: Meaning, _ index: Meaning, at range: SourceRange) throws(Interruption) -> Meaning {
    if container.isPoisoned || index.isPoisoned { return .poisoned }
    if let tensor = container.traced { return traced(tensor, index: index, at: range) }
    if container.object(SymbolicTensor.self) != nil,
      let ofModel = try operation(
        on: [container], at: range, { operands throws(Interruption) in try subscripted(operands[0], index, at: range) })
    {
      return ofModel
    }
    if let value = container.value, let known = index.value {
      if case .object(let object) = value {
        return try compute(at: range) { () throws(MachineError) in try object.subscripted(known) }
      }
      return try compute(at: range, else: Python.indexType(container.type, index) ?? .any) { () throws(MachineError) in
        try Operations.index(value, known)
      }
    }
    if case .known(.integer(let position)) = index, let parts = container.elements {
      let actual = position < 0 ? parts.count + position : position
      guard parts.indices.contains(actual) else {
        try fail(MachineError(.index, "index out of range"), at: range)
        return .poisoned
      }
      return parts[actual]
    }
    if case .unknown(.object(let type)) = container, type.name == "Scores", case .known(.string(let key)) = index {
      guard let attribute = type.attributes[key] else {
        report(.unknownKey(key, of: "the scores", at: range, keys: type.attributes.keys.sorted()))
        return .poisoned
      }
      return .unknown(attribute.type)
    }
    if case .known(.string(let key)) = index, case .record(let record) = container.type, record.fields[key] == nil {
      report(.unknownKey(key, of: record.title, at: range, keys: record.names))
      return .poisoned
    }
    if case .unknown(.object(let type)) = container, type.name == "History", case .known(.string(let key)) = index,
      case .record(let record)? = type.attributes["history"]?.type
    {
      if let field = record.fields[key] { return .unknown(field.type) }
      report(.unknownKey(key, of: record.title, at: range, keys: record.names))
      return .poisoned
    }
    guard let type = Python.indexType(container.type, index) else {
      report(.cannotIndex(container.type.description, at: range))
      return .poisoned
    }
    return .unknown(type)
  }

  func attribute(_ name: Name, of base: Meaning, at range: SourceRange) throws(Interruption) -> Meaning {
    switch base {
    case .poisoned: return .poisoned
    case .known(.object(let object)): return try attribute(name, of: object, at: range)
    case .known(let value):
      if let meaning = Python.attribute(name.text, of: value) { return .known(meaning) }
      report(.unknownAttribute(name.text, of: value.typeName, at: name.range, nearest: nil))
      return .poisoned
    case .list, .tuple, .unknown:
      if case .unknown(.object(let type)) = base {
        if let attribute = type.attributes[name.text] { return .unknown(attribute.type) }
        if type.methods[name.text] != nil { return .unknown(.any) }
        if type.isOpenEnded { return .unknown(.any) }
        report(
          .unknownAttribute(
            name.text, of: type.name, at: name.range,
            nearest: Spelling.nearest(to: name.text, among: type.attributes.keys.sorted() + type.methods.keys.sorted())))
        return .poisoned
      }
      if let known = Python.attribute(name.text, ofType: base.type) { return known }
      return .unknown(.any)
    }
  }

  private func attribute(_ name: Name, of object: any ObjectValue, at range: SourceRange) throws(Interruption) -> Meaning {
    switch object {
    case let namespace as NamespaceReference: return member(name, of: namespace, at: range)
    case let tensor as TracedTensor where name.text == "T": return call("transpose", of: tensor, [], at: range)
    case let model as ModelObject: return try modelAttribute(name, of: model)
    case let data as DataObject:
      if let part = data.parts[name.text] { return .object(part) }
      if let fact = data.facts[name.text] { return .known(fact) }
      if let type = data.laterFacts[name.text] { return .unknown(type) }
      if let arrays = data.forecast(of: name.text) {
        guard data.examples != nil else { return arrays }
        return try compute(at: range, else: arrays.type) { () throws(MachineError) in try data.attribute(name.text) }
      }
      report(
        .unknownAttribute(
          name.text, of: "this data set", at: name.range,
          nearest: Spelling.nearest(to: name.text, among: data.attributeNames + catalog.dataMethods)))
      return .poisoned
    case let layer as Configured where layer.entry.role == .layer: return try layerAttribute(name, of: layer)
    case let callback as Configured where callback.holdsHistory:
      guard let attribute = HistoryObject.type.attributes[name.text] else { break }
      guard !isChecking, let history = callback.held as? HistoryObject else { return .unknown(attribute.type) }
      return try compute(at: range) { () throws(MachineError) in try history.attribute(name.text) }
    case let configured as Configured:
      if let meaning = configured.argumentMeaning(name.text) { return meaning }
      if case .callback(let traits) = configured.entry.meaning, let before = traits.results[name.text] {
        return isChecking ? .unknown(.any) : .known(configured.result(name.text) ?? before)
      }
    case let reference as EntryReference:
      let path = "\(reference.name).\(name.text)"
      let entries = catalog.roles(of: path).compactMap { catalog.entry(path, $0) }
      if !entries.isEmpty { return .object(EntryReference(name: path, entries: entries)) }
    case let history as HistoryObject where isChecking && history.epochs.isEmpty:
      if let attribute = HistoryObject.type.attributes[name.text] { return .unknown(attribute.type) }
    case let optimizer as ModelOptimizer where optimizer.place == nil && ModelOptimizer.isRate(name.text):
      report(.noSharedRate(of: optimizer.path, at: range))
      return .poisoned
    case let optimizer as ModelOptimizer where isChecking && optimizer.dependsOnRun(name.text):
      if let attribute = optimizer.objectType.attributes[name.text] { return .unknown(attribute.type) }
    case let callback as ScriptCallback where isChecking:
      if let attribute = callback.objectType.attributes[name.text] { return .unknown(attribute.type) }
    default: break
    }
    let type = object.objectType
    let parameters = (object as? ScriptCallback)?.parameters.map(\.name) ?? []
    let arguments = (object as? Configured)?.entry.settings.map(\.name) ?? []
    if type.attributes[name.text] != nil || parameters.contains(name.text) {
      return try compute(at: range) { () throws(MachineError) in try object.attribute(name.text) }
    }
    report(
      .unknownAttribute(
        name.text, of: type.name, at: name.range,
        nearest: Spelling.nearest(
          to: name.text, among: type.attributes.keys.sorted() + type.methods.keys.sorted() + parameters + arguments)))
    return .poisoned
  }

  // MARK: f-strings

  private func format(_ parts: [FormattedPart]) throws(Interruption) -> Meaning {
    var text = ""
    var isKnown = true
    var isPoisoned = false
    for part in parts {
      switch part {
      case .text(let plain): text += plain
      case .field(let field):
        let value = try evaluate(field.value)
        let specification = try format(field.format)
        if value.isPoisoned || specification.isPoisoned { isPoisoned = true }
        guard case .known(let known) = value, case .known(.string(let format)) = specification else {
          isKnown = false
          continue
        }
        let shown = try compute(at: field.value.range) { () throws(MachineError) in
          switch field.conversion {
          case .string: .string(try Operations.format(.string(Operations.string(known)), format))
          case .representation: .string(try Operations.format(.string(Operations.representation(known)), format))
          case .ascii: .string(try Operations.format(.string(Operations.ascii(known)), format))
          // `{x=}` shows the representation, unless a format says otherwise.
          case nil where field.selfDocumenting != nil && format.isEmpty: .string(Operations.representation(known))
          case nil: .string(try Operations.format(known, format))
          }
        }
        guard case .known(.string(let piece)) = shown else {
          isPoisoned = true
          continue
        }
        text += (field.selfDocumenting ?? "") + piece
      }
    }
    if isPoisoned { return .poisoned }
    return isKnown ? .string(text) : .unknown(.string)
  }
}

extension Configured {
  /// An argument that it was made with, read as an attribute; nil where it takes none of that name.
  func argumentMeaning(_ name: String) -> Meaning? {
    if let value = arguments[name] { return .known(value) }
    return entry.signature.parameters.contains { $0.name == name } ? .unknown(.any) : nil
  }
}

extension DataObject {
  /// The attributes that it has.
  fileprivate var attributeNames: [String] {
    parts.keys.sorted() + (Array(facts.keys) + laterFacts.keys).sorted()
      + (spec.isBatched ? [] : DataObject.type.attributes.keys.sorted())
  }

  /// What `.x` or `.y` will be, as far as a header tells; nil for another name, or where there is none.
  func forecast(of name: String) -> Meaning? {
    let tensors = name == "x" ? spec.inputs : name == "y" ? spec.targets : []
    if tensors.isEmpty || spec.isBatched { return nil }
    let types = tensors.map { ValueType.elements($0.type, [spec.count] + $0.shape.dimensions) }
    if let names = name == "x" ? spec.inputNames : spec.targetNames { return .unknown(DataSpec.dict(names, types, called: name)) }
    return types.count == 1 ? .unknown(types[0]) : .makeList(types.map(Meaning.unknown))
  }
}

extension Value {
  /// Bytes that it takes itself, without what its elements hold; arrays are counted where they are made.
  var ownBytes: Int {
    switch self {
    case .string(let text): text.utf8.count
    case .list(let items), .tuple(let items): items.count * Operations.elementBytes
    case .dict(let dict): dict.count * 4 * Operations.elementBytes
    case .set(let set): set.count * 4 * Operations.elementBytes
    default: 0
    }
  }
}

extension ObjectType {
  /// Objects whose attributes depend on how they were made, so that an unknown one is not a mistake yet.
  var isOpenEnded: Bool {
    self === DataObject.type || self === ModelObject.type || Role.allCases.contains { Configured.type(of: $0) === self }
  }
}
