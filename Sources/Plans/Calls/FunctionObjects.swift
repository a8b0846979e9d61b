import Arrays
import Diagnostics
import Lambdas
import Syntax

/// What functions that data sets call find beside what all functions do: layers, and functions of the catalog.
struct FunctionObjects: Sendable {
  /// By the layer or model of the script.
  fileprivate var layers: [ObjectIdentifier: LayerFunction] = [:]
  /// Layers that the function makes itself, where the expressions for it stand: they are made once, before it is called.
  fileprivate var made: [(range: SourceRange, layer: LayerFunction)] = []
  fileprivate var functions: [String: FunctionValue] = [:]

  func function(for object: any ObjectValue) -> LayerFunction? { layers.isEmpty ? nil : layers[ObjectIdentifier(object)] }

  /// A function of the catalog by its path in Keras: `to_categorical`, `utils.to_categorical`.
  func function(at path: [String]) -> Value? {
    guard let name = path.last, path.count == 1 || path.count == 2 && path[0] == "utils" else { return nil }
    return functions[name].map(Value.function)
  }

  @Sendable func made(at range: SourceRange) -> Value? { made.first { $0.range == range }.map { .object($0.layer) } }
}

extension Interpreter {
  /// What a function, and those that it calls, find of the script's layers; nil after telling a mistake.
  func functionObjects(of function: ScriptFunction, on elements: FunctionType.Elements) -> FunctionObjects? {
    var objects = FunctionObjects()
    for name in catalog.names(.function) {
      objects.functions[name] = catalog.entry(name, .function)?.asFunction
    }
    var seen: Set<ObjectIdentifier> = []
    do throws(Interruption) { try collect(from: function, elements, &seen, into: &objects) } catch { return nil }
    return objects
  }

  private func collect(
    from function: ScriptFunction, _ elements: FunctionType.Elements, _ seen: inout Set<ObjectIdentifier>,
    into objects: inout FunctionObjects
  ) throws(Interruption) {
    guard seen.insert(ObjectIdentifier(function)).inserted else { return }
    for name in FreeNames.of(function) {
      guard case .known(.object(let object))? = function.captured[name]?.meaning else { continue }
      switch object {
      case let layer as Configured where layer.entry.role == .layer:
        objects.layers[ObjectIdentifier(object)] = try layerFunction([layer], elements)
      case let model as ModelObject:
        if let row = model.row { objects.layers[ObjectIdentifier(object)] = try layerFunction(row, elements) }
      case let called as ScriptFunction: try collect(from: called, elements, &seen, into: &objects)
      default: break
      }
    }
    let own = function.ownNames.union(function.parameters.map(\.name.text))
    for call in function.calls {
      guard case .call(let callee, _) = call.kind, case .call(let maker, _) = callee.kind, isLayer(maker, in: function.captured)
      else {
        continue
      }
      var names: Set<String> = []
      FreeNames.collect(callee, into: &names)
      guard names.isDisjoint(with: own) else { continue }
      let frames = state.frames
      state.frames = [function.captured]
      defer { state.frames = frames }
      guard let layer = try evaluate(callee).object(Configured.self) else { continue }
      objects.made.append((callee.range, try layerFunction([layer], elements)))
    }
  }

  private func layerFunction(_ row: [Configured], _ elements: FunctionType.Elements) throws(Interruption) -> LayerFunction {
    for layer in row { noteBuilt(layer) }
    guard let world else { return LayerFunction(row, on: elements, nil) }
    do throws(Failure) { return LayerFunction(row, on: elements, try world.chain(of: row)) } catch {
      throw .failure(error.placed(at: row.first?.range))
    }
  }

  /// Whether an expression names a class of layers.
  private func isLayer(_ expression: Expression, in scope: Scope) -> Bool {
    switch expression.kind {
    case .name(let name):
      guard let binding = scope[name] else { return catalog.entry(name, .layer) != nil }
      return binding.meaning.object(EntryReference.self)?.entries.contains { $0.role == .layer } ?? false
    case .attribute(let base, let name): return base.isDotted && catalog.entry(name.text, .layer) != nil
    default: return false
    }
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

extension ScriptFunction {
  /// Every call in it.
  fileprivate var calls: [Expression] {
    var calls: [Expression] = []
    func collect(_ expression: Expression) {
      if case .call = expression.kind { calls.append(expression) }
      expression.children.forEach(collect)
    }
    switch body {
    case .expression(let expression): collect(expression)
    case .block(let block): block.forEachStatement { $0.expressions.forEach(collect) }
    }
    return calls
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

extension Block {
  fileprivate func forEachStatement(_ body: (Statement) -> Void) {
    for statement in statements {
      body(statement)
      switch statement.kind {
      case .conditional(let branches, let otherwise):
        for branch in branches { branch.body.forEachStatement(body) }
        otherwise?.forEachStatement(body)
      case .loop(_, _, let block): block.forEachStatement(body)
      default: break
      }
    }
  }
}

extension Statement {
  /// Those directly in it.
  fileprivate var expressions: [Expression] {
    switch kind {
    case .assign(_, .expression(let value)), .augmentedAssign(_, _, let value), .expression(let value), .return(let value?),
      .raise(let value), .loop(_, let value, _):
      [value]
    case .conditional(let branches, _): branches.map(\.condition)
    default: []
    }
  }
}
