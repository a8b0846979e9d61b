import Arrays
import Diagnostics
import Lambdas
import Syntax

/// What functions that data sets call find beside what all functions do: layers, and functions of the catalog.
struct FunctionObjects: Sendable {
  /// By the layer or model of the script.
  fileprivate var layers: [ObjectIdentifier: LayerFunction] = [:]
  /// What is made once, before the function is called, where the expressions for it stand: layers that the function makes itself, and what
  /// it asks layers and models.
  fileprivate var made: [(range: SourceRange, meaning: NameMeaning)] = []
  fileprivate var functions: [String: FunctionValue] = [:]

  func function(for object: any ObjectValue) -> LayerFunction? { layers.isEmpty ? nil : layers[ObjectIdentifier(object)] }

  /// A value with what functions call in place of layers and models, also in lists, tuples and dicts.
  func callable(_ value: Value) -> Value {
    if layers.isEmpty { return value }
    switch value {
    case .object(let object): return function(for: object).map(Value.object) ?? value
    case .list(let parts) where parts.contains(where: \.mayHoldLayers): return .list(parts.map(callable))
    case .tuple(let parts) where parts.contains(where: \.mayHoldLayers): return .tuple(parts.map(callable))
    case .dict(let dict) where dict.values.contains(where: \.mayHoldLayers):
      var changed = DictValue()
      for (key, value) in zip(dict.keys, dict.values) { changed.set(callable(value), for: key) }
      return .dict(changed)
    default: return value
    }
  }

  /// A function of the catalog by its path in Keras: `to_categorical`, `utils.to_categorical`.
  func function(at path: [String]) -> Value? {
    guard let name = path.last, path.count == 1 || path.count == 2 && path[0] == "utils" else { return nil }
    return functions[name].map(Value.function)
  }

  @Sendable func made(at range: SourceRange) -> NameMeaning? { made.first { $0.range == range }?.meaning }
}

extension Interpreter {
  /// What a function, and those that it calls, find of the script's layers. Mistakes in it are told.
  func functionObjects(
    of function: ScriptFunction, on elements: FunctionType.Elements
  ) throws(Interruption) -> FunctionObjects {
    var objects = FunctionObjects()
    for name in catalog.names(.function) {
      objects.functions[name] = catalog.entry(name, .function)?.asFunction
    }
    var seen: Set<ObjectIdentifier> = []
    try collect(from: function, elements, &seen, into: &objects)
    return objects
  }

  private func collect(
    from function: ScriptFunction, _ elements: FunctionType.Elements, _ seen: inout Set<ObjectIdentifier>,
    into objects: inout FunctionObjects
  ) throws(Interruption) {
    guard seen.insert(ObjectIdentifier(function)).inserted else { return }
    let expressions = function.scopedExpressions
    for name in Set(expressions.flatMap { $0.expression.freeNames.subtracting($0.bound) }).sorted() {
      guard case .known(let value)? = function.captured[name]?.meaning else { continue }
      if let called = function.captured[name]?.meaning.object(ScriptFunction.self) {
        try collect(from: called, elements, &seen, into: &objects)
      } else {
        try addLayers(in: value, elements, to: &objects)
      }
    }
    for (expression, bound) in expressions {
      try gather(expression, bound, of: function, elements, into: &objects)
    }
  }

  /// Layers and models, also in lists, tuples and dicts.
  private func addLayers(
    in value: Value, _ elements: FunctionType.Elements, to objects: inout FunctionObjects
  ) throws(Interruption) {
    switch value {
    case .object(let object):
      guard objects.layers[ObjectIdentifier(object)] == nil, let row = object.layerRow else { return }
      objects.layers[ObjectIdentifier(object)] = try layerFunction(row, elements)
    case .list(let parts), .tuple(let parts):
      for part in parts where part.mayHoldLayers { try addLayers(in: part, elements, to: &objects) }
    case .dict(let dict): for part in dict.values where part.mayHoldLayers { try addLayers(in: part, elements, to: &objects) }
    default: break
    }
  }

  private func layerFunction(_ row: [Configured], _ elements: FunctionType.Elements) throws(Interruption) -> LayerFunction {
    for layer in row {
      if layer.carriesStates, let range = layer.range { report(.layerWithStatesInFunction(layer.shownClassName, at: range)) }
      if layer.entry.abilities.contains(.isFollowed), layer.followed == nil, let range = layer.range {
        report(.unfollowedInFunction(layer.shownClassName, at: range))
      }
      noteBuilt(layer)
    }
    guard let world else { return LayerFunction(row, on: elements, nil) }
    do throws(Failure) { return LayerFunction(row, on: elements, try world.chain(of: row)) } catch {
      throw .failure(error.placed(at: row.first?.range))
    }
  }

  // MARK: What is made before

  /// What is made of an expression, or of those in it, before the function is called; `bound` are names of the function's own.
  private func gather(
    _ expression: Expression, _ bound: Set<String>, of function: ScriptFunction, _ elements: FunctionType.Elements,
    into objects: inout FunctionObjects
  ) throws(Interruption) {
    if let layer = layerMade(by: expression, bound, function.captured) {
      let own = expression.freeNames.intersection(bound)
      if own.isEmpty { return try evaluateBefore(expression, of: function, elements, into: &objects) }
      return refuse(expression, .layerOfBoundNames(layer, own.sorted(), at: expression.range), in: &objects)
    }
    if asksLayer(expression, bound, function.captured) {
      return try evaluateBefore(expression, of: function, elements, into: &objects)
    }
    if let model = branchedModel(calledBy: expression, bound, function.captured) {
      return refuse(expression, .branchedModelInFunction(model, at: expression.range), in: &objects)
    }
    var children = expression.scopedChildren
    // A method is called, and not asked for.
    if case .call(let callee, _) = expression.kind, case .attribute = callee.kind {
      children = callee.scopedChildren + children.dropFirst()
    }
    for (child, names) in children {
      try gather(child, names.isEmpty ? bound : bound.union(names), of: function, elements, into: &objects)
    }
  }

  /// Tells a mistake; what follows from it stays silent.
  private func refuse(_ expression: Expression, _ finding: Finding, in objects: inout FunctionObjects) {
    report(finding)
    objects.made.append((expression.range, .captured(.any)))
  }

  private func evaluateBefore(
    _ expression: Expression, of function: ScriptFunction, _ elements: FunctionType.Elements, into objects: inout FunctionObjects
  ) throws(Interruption) {
    let frames = state.frames
    state.frames = [function.captured]
    defer { state.frames = frames }
    guard let value = try evaluate(expression).value else {
      // Only the run knows it, or a mistake in it was told.
      return objects.made.append((expression.range, .captured(.any)))
    }
    try addLayers(in: value, elements, to: &objects)
    objects.made.append((expression.range, .constant(objects.callable(value))))
  }

  /// The class of the layer, or of the row of layers, that an expression makes; nil for one that makes none.
  private func layerMade(by expression: Expression, _ bound: Set<String>, _ scope: Scope) -> String? {
    guard case .call(let callee, _) = expression.kind else { return nil }
    switch callee.kind {
    case .name(let name):
      if bound.contains(name) { return nil }
      guard let binding = scope[name] else { return catalog.entry(name, .layer) != nil || name == "Sequential" ? name : nil }
      let reference = binding.meaning.object(EntryReference.self)
      return reference?.entries.contains { $0.role == .layer } ?? false ? name : nil
    case .attribute(let base, let name): return base.isDotted && catalog.entry(name.text, .layer) != nil ? name.text : nil
    default: return nil
    }
  }

  /// Whether an expression asks a layer or model of the script for something that does not depend on the function: `layer.units`,
  /// `layer.get_weights()`.
  private func asksLayer(_ expression: Expression, _ bound: Set<String>, _ scope: Scope) -> Bool {
    var asked = expression
    if case .call(let callee, _) = expression.kind {
      guard case .attribute(_, let method) = callee.kind,
        method.text.hasPrefix("get_") || ["count_params", "vocabulary_size"].contains(method.text)
      else { return false }
      asked = callee
    }
    guard case .attribute(let base, _) = asked.kind, case .name(let name) = base.kind,
      case .known(.object(let object))? = scope[name]?.meaning, object.isLayerOrModel
    else { return false }
    return expression.freeNames.isDisjoint(with: bound)
  }

  /// The name by which an expression calls a model that is no row of layers; nil for any other expression.
  private func branchedModel(calledBy expression: Expression, _ bound: Set<String>, _ scope: Scope) -> String? {
    guard case .call(let callee, _) = expression.kind, case .name(let name) = callee.kind, !bound.contains(name),
      let model = scope[name]?.meaning.object(ModelObject.self), model.row == nil
    else { return nil }
    return name
  }
}

extension ObjectValue {
  fileprivate var isLayerOrModel: Bool { self is ModelObject || (self as? Configured)?.entry.role == .layer }

  /// The layers that functions call in its place; nil for what is no layer, and for a model with branches.
  fileprivate var layerRow: [Configured]? {
    switch self {
    case let layer as Configured where layer.entry.role == .layer: [layer]
    case let model as ModelObject: model.row
    default: nil
    }
  }
}

extension Value {
  fileprivate var mayHoldLayers: Bool {
    switch self {
    case .object, .list, .tuple, .dict: true
    default: false
    }
  }
}

extension Configured {
  /// Whether it, or a layer in it, goes on from what the batch before left.
  fileprivate var carriesStates: Bool {
    holdsInside { layer in if case .bool(true)? = layer.arguments["stateful"] { true } else { false } }
  }
}

extension Entry {
  /// The function as functions of the script call it; nil where it does more than compute.
  fileprivate var asFunction: FunctionValue? {
    guard case .function(let traits) = meaning, traits.isForFunctions else { return nil }
    let parameters = signature.parameters
    let type = FunctionType(
      parameters.map { FunctionType.Parameter($0.name, .any, isOptional: $0.defaultValue != nil) },
      returns: .array(nil, shape: nil))
    return FunctionValue(
      name: name, type: type,
      body: .host { given throws(MachineError) in
        var values: [String: Value] = [:]
        for (parameter, value) in zip(parameters, given) {
          if let value, !Admitter.couldBe(ValueType(of: value), parameter.kind) {
            throw .init(.type, "`\(parameter.name)` of `\(name)` takes \(parameter.kind.expectation), not a `\(value.typeName)`")
          }
          values[parameter.name] = value ?? parameter.defaultValue
        }
        do throws(Failure) {
          return try traits.call(Arguments(values, given: Set(values.keys)), FunctionSurroundings(stream: RandomStream(seed: 0)))
        } catch {
          throw .init(.value, error.message)
        }
      })
  }
}

extension Expression {
  /// Whether it is a chain of names: `keras.layers`.
  fileprivate var isDotted: Bool {
    switch kind {
    case .name: true
    case .attribute(let base, _): base.isDotted
    default: false
    }
  }
}
