import Diagnostics
import Lambdas
import Syntax

/// `net.fit(…)`, `net.save(…)` and their siblings: the statements of the same names, written as methods.
extension Interpreter {
  /// A method of a model that is known only by its type, as far as it can be told before the run; nil for one that gives a value.
  func callMethodOfLaterModel(
    _ name: Name, _ model: Meaning, _ given: [GivenArgument], at range: SourceRange
  ) throws(Interruption) -> Meaning? {
    switch name.text {
    case "fit", "evaluate", "predict":
      guard let verb = Run.Verb(rawValue: name.text) else { return nil }
      return try runByMethod(verb, of: model, given, at: range, name: name.range)
    case "save", "save_weights": return try saveByMethod(name, model, given, at: range)
    default: return nil
    }
  }

  /// `net.save(path)` and `net.save_weights(path)`.
  func saveByMethod(_ name: Name, _ model: Meaning, _ given: [GivenArgument], at range: SourceRange) throws(Interruption)
    -> Meaning
  {
    let call = try bind(
      given,
      to: [
        .init("filepath", "where to", .outputPath, default: nil),
        .init("overwrite", "accepted: files are replaced whole", .bool, default: .bool(true)),
      ], of: name.text, at: name.range)
    if let path = call["filepath"] {
      try save(
        model, to: path, weightsOnly: name.text == "save_weights", at: call.ranges["filepath"] ?? range, statement: range)
    }
    return .none
  }

  /// `net.fit(x, y, …)`: Keras's order of arguments, made the settings and the data of a statement.
  func runByMethod(
    _ verb: Run.Verb, of model: Meaning, _ given: [GivenArgument], at range: SourceRange, name: SourceRange
  ) throws(Interruption) -> Meaning {
    var settings: [GivenArgument] = []
    var data: [String: (Meaning, SourceRange)] = [:]
    var positional = verb == .predict ? ["x"] : ["x", "y"]
    let order = RunParameters.of(verb.rawValue, asMethod: true).map(\.name).filter { $0 != "x" && $0 != "y" }
    var others = order[...]
    for argument in given {
      if let name = argument.name?.text {
        if name == "x" || (name == "y" && verb != .predict) {
          data[name] = (try meaning(of: argument), argument.range)
        } else {
          settings.append(argument)
        }
      } else if !positional.isEmpty {
        data[positional.removeFirst()] = (try meaning(of: argument), argument.range)
      } else if let next = others.popFirst() {
        settings.append(.init(Name(next, argument.range), try meaning(of: argument), argument.range))
      } else {
        report(.tooManyArguments(of: verb.rawValue, most: order.count + 2, at: argument.range))
        return .poisoned
      }
    }
    guard let (x, place) = data["x"] else {
      report(.missingArgument("x", of: verb.rawValue, expects: ArgumentKind.data.expectation, at: name))
      return .poisoned
    }
    var whole = x
    var wholeRange = place
    if let (y, yRange) = data["y"], y.value?.isNone != true {
      if x.object(DataObject.self) != nil { report(.targetsTwice(at: yRange, data: place)) } else { whole = .makeTuple([x, y]) }
      wholeRange = place.through(yRange)
    } else if x.elements != nil, x.object(DataObject.self) == nil, case .known(.tuple) = x {
      // Keras takes a tuple of arrays as several inputs, not as a pair.
      whole = .makeTuple([x])
    }
    return try perform(
      verb, model, data: whole, dataRange: wholeRange, settings, callbacksBlock: nil, at: name, model: name)
  }

  /// `net.load_weights(path)`.
  func loadWeights(of model: ModelObject, _ given: [GivenArgument], at range: SourceRange, name: SourceRange)
    throws(Interruption) -> Meaning
  {
    let call = try bind(
      given,
      to: [
        .init("filepath", "the file to read", .inputPath, default: nil),
        .init("skip_mismatch", "accepted as False", .bool, default: .bool(false)),
      ], of: "load_weights", at: name)
    guard let path = call["filepath"]?.value?.asString else { return .none }
    let place = call.ranges["filepath"] ?? range
    guard FileEndings.holdsModel(path) || FileEndings.has(path, FileEndings.weights) else {
      report(.fileEnding(path, problem: "ends in none of `.weights.h5`, `.keras` and `.h5`", at: place))
      return .none
    }
    plan.add(.loadWeights(model.plan.name, path), at: range)
    guard let world else {
      if !surroundings.fileExists(path), !state.files.willExist(path) { report(.noSuchFile(path, at: place)) }
      return .none
    }
    do { try world.loadWeights(model, from: path) } catch { throw .failure(error.placed(at: range)) }
    return .none
  }
}
