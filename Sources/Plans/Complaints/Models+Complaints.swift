import Diagnostics
import Syntax

extension Finding {
  static func modelWithoutInput(_ name: String, first: String, at range: SourceRange) -> Finding {
    Finding(
      .modelWithoutInput, "The model `\(name)` does not say what shape it takes.", at: range, remark: "needs an input before it",
      hint: "put `\(range.spelled("Input((…))", yaml: "- Input: !tuple […]"))` with the shape of one example before it.")
  }

  static func emptyModel(_ name: String, at range: SourceRange) -> Finding {
    Finding(.emptyModel, "The model `\(name)` has no layers that its input goes through.", at: range)
  }

  static func impossibleShape(_ layer: String, _ error: ShapeError, at range: SourceRange, inputs: [SymbolicTensor]) -> Finding {
    Finding(
      .impossibleShape, "`\(layer)` \(error.problem).", at: range,
      labels: labels(of: inputs),
      hint: error.hint)
  }

  /// What the first two of the inputs give, a tensor that is given twice once.
  private static func labels(of inputs: [SymbolicTensor]) -> [Finding.Label] {
    var seen: Set<ObjectIdentifier> = []
    return inputs.filter { seen.insert(ObjectIdentifier($0)).inserted }.prefix(2).map {
      .init($0.range, "gives \($0.spec.shape.description)")
    }
  }

  static func oddShape(
    _ layer: String, _ oddity: LayerShape.Oddity, at range: SourceRange, inputs: [SymbolicTensor]
  ) -> Finding {
    Finding(
      .oddShape, "`\(layer)` \(oddity.message).", at: range, severity: .warning,
      labels: labels(of: inputs), hint: oddity.hint)
  }

  static func notFollowed(_ what: String, at range: SourceRange, hint: String? = nil) -> Finding {
    Finding(.notFollowed, "A network cannot compute \(what).", at: range, hint: hint)
  }

  static func wholeNumbersRounded(_ type: String, at range: SourceRange) -> Finding {
    Finding(
      .wholeNumbersRounded, "Numbers of type \(type) are computed with as float32 here: beyond 16777216 they are rounded.",
      at: range,
      severity: .note)
  }

  static func impossibleOperation(_ error: ShapeError, at range: SourceRange) -> Finding {
    Finding(.impossibleShape, "This \(error.problem).", at: range, hint: error.hint)
  }

  static func followedTwice(_ layer: String, at range: SourceRange, first: SourceRange) -> Finding {
    Finding(
      .notFollowed, "A network cannot compute what this `\(layer)` would do here: it depends on sizes, which differ.", at: range,
      labels: [.init(first, "first used here")], hint: "make a `\(layer)` for each.")
  }

  static func ownLayerSaved(_ layer: String, at range: SourceRange) -> Finding {
    Finding(
      .ownLayerSaved,
      "Keras will not open this file: it holds a `\(layer)`, whose function Keras could not know. `load_model` here does.",
      at: range, severity: .note)
  }

  static func sharedLayerShapes(_ layer: String, at range: SourceRange, first: SourceRange) -> Finding {
    Finding(
      .sharedLayerShapes, "This `\(layer)` has its weights from an input of another shape.", at: range,
      labels: [.init(first, "applied here first")], hint: "make a second layer for this input.")
  }

  static func implicitWithSeveralInputs(_ layer: String, at range: SourceRange, inputs: [SourceRange]) -> Finding {
    Finding(
      .implicitWithSeveralInputs, "The model has several inputs, and nothing says which one this `\(layer)` takes.", at: range,
      labels: inputs.prefix(3).map { .init($0, "an input") },
      hint:
        "bind the inputs and call the layer: `\(range.spelled("x = ", yaml: "- let: {x: !expr "))\(layer)(…)(a)\(range.spelled("", yaml: "}"))`."
    )
  }

  static func unlistedInput(_ name: String, at range: SourceRange, model: SourceRange) -> Finding {
    Finding(
      .unlistedInput, "The outputs of `\(name)` need this input, but it is not among the model's inputs.", at: range,
      labels: [.init(model, "the model")], hint: "add it to `inputs`.")
  }

  static func sameLayerName(_ name: String, at range: SourceRange, earlier: SourceRange?) -> Finding {
    Finding(
      .sameLayerName, "Two layers of the model are called `\(name)`.", at: range, labels: [.init(at: earlier, "the other one")],
      hint: "give one of them another `\(range.spelled("name=", yaml: "name:"))`.")
  }

  static func unusedInput(at range: SourceRange) -> Finding {
    Finding(.unusedInput, "This input reaches no output.", at: range, severity: .warning)
  }

  static func unusedLayer(_ layer: String, wasApplied: Bool, at range: SourceRange) -> Finding {
    Finding(
      .unusedLayer, wasApplied ? "What this `\(layer)` gives reaches no output." : "This `\(layer)` is made but never called.",
      at: range,
      severity: .warning, hint: wasApplied ? nil : "call it on a tensor: `\(layer)(…)(x)`.")
  }

  static func layerNotCalled(_ name: String, at range: SourceRange) -> Finding {
    Finding(.layerNotCalled, "`\(name)` is the class of a layer and not a layer yet.", at: range, hint: "write `\(name)()`.")
  }

  static func notALayer(_ entry: Entry, at range: SourceRange) -> Finding {
    Finding(.notALayer, "`\(entry.name)` is \(entry.role.withArticle), and a line of a model is a layer.", at: range)
  }

  static func notTensors(_ name: String, found: String, at range: SourceRange) -> Finding {
    Finding(.notTensors, "`\(name)` must be a tensor, a list or a dict of tensors, not \(found).", at: range)
  }

  static func notAMask(found: String, at range: SourceRange) -> Finding {
    Finding(
      .notTensors, "`mask` must be a tensor that says which positions count, not \(found).", at: range,
      hint: range.spelled(
        "take one as an input: `Input((10,), dtype=\"bool\")`; a mask that the layer's input carries needs no word.",
        yaml: "take one as an input of `dtype: bool`; a mask that the layer's input carries needs no word."))
  }

  static func attributeNotKnown(_ name: String, of model: String, at range: SourceRange) -> Finding {
    Finding(
      .unknownAttribute, "`.\(name)` of `\(model)` is not known, since the script did not make its tensors.", at: range,
      hint: "call the model on a new `Input((…))` instead.")
  }

  static func notATensor(_ layer: String, found: String, at range: SourceRange) -> Finding {
    Finding(.notATensor, "`\(layer)` is called on tensors of a model, not on \(found).", at: range)
  }

  static func callTakesList(_ layer: String, _ argument: String, of parts: [String], found: String, at range: SourceRange)
    -> Finding
  {
    let list = "[\(parts.joined(separator: ", "))]"
    return Finding(
      .notATensor, "`\(argument)` of `\(layer)` is a list: `\(list)`, not \(found).", at: range,
      hint: argument == "inputs" ? "call it on a list: `([query, value])`." : nil)
  }

  static func layerCalledWithoutTensor(_ layer: String, at range: SourceRange) -> Finding {
    Finding(
      .layerCalledWithoutTensor, "This `\(layer)` is called without a tensor.", at: range,
      hint: "write the tensor that it takes: `(x)`.")
  }

  static func notAListOfLayers(found: String, at range: SourceRange) -> Finding {
    Finding(.notAListOfLayers, "A `Sequential` is made of layers, not of \(found).", at: range)
  }

  static func layersWithoutList(at range: SourceRange) -> Finding {
    Finding(
      .notAListOfLayers, "A `Sequential` takes its layers in one list, not one by one.", at: range,
      hint: "put them in brackets: `Sequential([…])`.")
  }

  static func nestedInputCount(_ name: String, expected: Int, found: Int, at range: SourceRange) -> Finding {
    Finding(.nestedInputs, "The model `\(name)` takes \(counted(expected, "tensor")), but is called on \(found).", at: range)
  }

  static func nestedShape(_ name: String, expected: Shape, input: SymbolicTensor, at range: SourceRange) -> Finding {
    Finding(
      .nestedInputs, "The model `\(name)` takes \(expected.description), but gets \(input.spec.shape.description).", at: range,
      labels: [.init(input.range, "gives \(input.spec.shape.description)")])
  }

  /// `name` is `input` or `output`.
  static func layerEnds(_ name: String, of layer: String, calls: Int, at range: SourceRange) -> Finding {
    calls == 0
      ? Finding(.layerEnds, "This `\(layer)` has no `\(name)` yet: it has not been called on a tensor.", at: range)
      : Finding(
        .layerEnds, "This `\(layer)` has been called \(calls) times, so that it has no single `\(name)`.", at: range,
        hint: "bind the tensor where the layer is called, and use that.")
  }

  static func layerNotBuilt(_ layer: String, at range: SourceRange) -> Finding {
    Finding(
      .layerNotBuilt, "This `\(layer)` has no weights yet.", at: range, hint: "they are made when it is part of a model.")
  }

  static func noVocabulary(_ layer: String, at range: SourceRange, made: SourceRange?) -> Finding {
    Finding(
      .noVocabulary, "This `\(layer)` has no vocabulary yet.", at: range, labels: [.init(at: made, "made without one")],
      hint: "\(Configured.vocabularyHint).")
  }

  static func modelClassUsed(_ name: String, at range: SourceRange) -> Finding {
    Finding(
      .modelClassUsed, "`\(name)` is a class of models and not a model yet.", at: range,
      hint: "make one first, `\(range.spelled("net = \(name)(…)", yaml: "- let: {net: !expr \(name)(…)}"))`, and use `net`.")
  }

  static func notAModel(_ found: String, at range: SourceRange) -> Finding {
    Finding(.notAModel, "A model is needed here, not \(found).", at: range)
  }

  static func runValueInModel(at range: SourceRange) -> Finding {
    Finding(
      .runValueInModel, "The layers of a model cannot depend on a value that only the run will know.", at: range,
      hint: "make it a parameter of the model, and give it when the model is made.")
  }

  static func unknownLayer(_ name: String, in model: String, at range: SourceRange, nearest: String?, layers: [String]) -> Finding
  {
    Finding(
      .unknownLayer, "The model `\(model)` has no layer `\(name)`, only \(listed(layers)).", at: range,
      hint: nearest.map { "did you mean `\"\($0)\"`?" })
  }

  static func layerIndex(_ index: Int, count: Int, at range: SourceRange) -> Finding {
    Finding(
      .unknownLayer, "There is no layer number \(index): the model has \(counted(count, "layer")), counted from 0.", at: range)
  }

  static func addToGraph(at range: SourceRange) -> Finding {
    Finding(.addToGraph, "Layers are added and taken away only in a `Sequential`.", at: range)
  }

  static func nothingToPop(_ name: String, at range: SourceRange) -> Finding {
    Finding(.addToGraph, "`\(name)` has no layer to take away.", at: range)
  }

  static func weightCount(_ owner: String, expected: Int, found: Int, at range: SourceRange) -> Finding {
    Finding(
      .weightCount, "`\(owner)` has \(counted(expected, "array")) of weights, but \(found == 1 ? "1 is" : "\(found) are") given.",
      at: range)
  }

  static func weightShape(_ weight: String, expected: [Int], found: [Int?], at range: SourceRange) -> Finding {
    Finding(
      .weightCount, "`\(weight)` is \(Shape(expected).description), but what is given is \(Shape(found).description).",
      at: range)
  }

  static func hookOnly(_ name: String, at range: SourceRange) -> Finding {
    Finding(
      .hookOnly, "`.\(name)` belongs to a running `fit`, so only hooks read and set it.", at: range,
      hint: range.spelled(
        "write `on epoch_end(epoch, logs) { … model.\(name) … }` in a callback.",
        yaml: "use `model.\(name)` in a step below `on: {\"epoch_end(epoch, logs)\": …}` of a callback."))
  }

  // MARK: compile

  static func compiledTwice(at range: SourceRange, earlier: SourceRange) -> Finding {
    Finding(.compiledTwice, "The model is compiled twice in its block.", at: range, labels: [.init(earlier, "first here")])
  }

  /// `isMadeByCall`: it has no block of its own that could hold the `compile`.
  static func notCompiled(_ name: String, verb: String, isMadeByCall: Bool, at range: SourceRange, origin: SourceRange?)
    -> Finding
  {
    if isMadeByCall {
      return Finding(
        .notCompiled, "`\(verb)` needs to know how `\(name)` is trained, but it is not compiled.", at: range,
        labels: [.init(at: origin, "the model")],
        hint: range.spelled(
          "write `compile \(name) { optimizer = Adam(1e-3); loss = \"…\" }` before this line.",
          yaml: "add a step `- compile: \(name)` before this one."))
    }
    return Finding(
      .notCompiled, "`\(verb)` needs to know how `\(name)` is trained, but it is not compiled.", at: range,
      labels: [.init(at: origin, "the model")],
      hint: range.spelled(
        "add `compile { optimizer = Adam(1e-3); loss = \"…\" }` to the model, or `compile \(name) { … }` before this line.",
        yaml: "add `compile: {optimizer: {Adam: 1.0e-3}, loss: …}` to the model, or a step `- compile: \(name)` before this one.")
    )
  }

  static func trainableSinceCompile(_ name: String, at range: SourceRange, settled: SourceRange) -> Finding {
    Finding(
      .trainableSinceCompile, "`trainable` was changed since `\(name)` was compiled, which this training does not heed.",
      at: range,
      severity: .warning, labels: [.init(settled, "settled here")], hint: "`compile` again to train by it.")
  }

  static func compileWithoutLoss(at range: SourceRange) -> Finding {
    Finding(
      .compileWithoutLoss, "Without a loss there is nothing to train.", at: range, severity: .warning,
      hint: "add `\(range.spelled("loss = \"…\"", yaml: "loss: …"))`."
    )
  }

  static func twoOptimizers(_ keys: [String], of weight: String, at range: SourceRange) -> Finding {
    let names = keys.map { "`\($0)`" }.joined(separator: " and ")
    return Finding(
      .twoOptimizers, "\(names) give the weight `\(weight)` to different optimizers.", at: range,
      hint: "let only one of them match `\(weight)`.")
  }

  static func optimizerOfNothing(_ key: String, of model: String, weight: String?, at range: SourceRange) -> Finding {
    Finding(
      .optimizerOfNothing, "`\(key)` matches no weight of `\(model)`, so that its optimizer has nothing to do.", at: range,
      severity: .warning, hint: weight.map { "a whole path must match; one of this model is `\($0)`." })
  }

  static func metricsNotAList(_ text: String, _ name: String, at range: SourceRange) -> Finding {
    Finding(.metricsNotAList, "`\(name)` must be a list of metrics.", at: range, hint: "write `[\"\(text)\"]`.")
  }

  static func unknownOutput(_ key: String, in name: String, at range: SourceRange, outputs: [String], nearest: String?) -> Finding
  {
    Finding(
      .unknownOutput, "`\(name)` names an output `\(key)`, but the model's outputs are \(listed(outputs)).", at: range,
      hint: nearest.map { "did you mean `\"\($0)\"`?" })
  }

  static func outputWithoutLoss(_ output: String, at range: SourceRange) -> Finding {
    Finding(
      .outputWithoutLoss, "The loss says nothing of the output `\(output)`.", at: range,
      hint: "name every output; `\(range.spelled("\"\(output)\": None", yaml: "\(output): null"))` leaves one out of the loss.")
  }

  static func outputCount(_ name: String, found: Int, outputs: Int, at range: SourceRange) -> Finding {
    Finding(
      .outputCount, "`\(name)` has \(counted(found, "element")), but the model has \(counted(outputs, "output")).", at: range)
  }
}
