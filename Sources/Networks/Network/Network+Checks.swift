import Arrays
import Plans
import Tensors

/// What data must be for a network: held against the real shapes before a graph is built, since open dimensions and values made
/// while a script runs are not known to its check.
extension Network {
  /// Throws `counts`, `inputType`, `input`, `layer` and `index`.
  func checkInputs(_ data: BatchData, _ mode: StepMode) throws(NetworkFailure) {
    let targetCount = mode == .predict ? 0 : plan.outputs.count
    guard data.inputs.count == plan.inputs.count, mode == .predict || data.targets.count == targetCount else {
      throw .counts(
        inputs: data.inputs.count, expectedInputs: plan.inputs.count, targets: data.targets.count, expectedTargets: targetCount)
    }
    for (index, input) in data.inputs.enumerated() {
      let tensor = plan.tensors[plan.inputs[index]]
      guard (input.type == .string) == (tensor.type == .string) else {
        throw .inputType(name: plan.inputNames[index], takesTexts: tensor.type == .string)
      }
      let planned = tensor.shape
      let found = Array(input.shape.dropFirst())
      let fits =
        planned.elementCount.map { $0 == found.reduce(1, *) && mayStandFor(found, planned) }
        ?? (planned.rank == found.count && zip(planned.dimensions, found).allSatisfy { $0 == nil || $0 == $1 })
      guard fits else { throw .input(name: plan.inputNames[index], expected: planned.description, found: found) }
    }
    if mode == .predict { _ = try predictionShapes(for: data) }
    for (input, limit) in zip(data.inputs, indexLimits) {
      if let limit { try checkIndices(input, below: limit) }
    }
  }

  /// Looks through an input whose numbers are looked up. Throws `index` with the first that has no entry; parts of numbers are cut off.
  private func checkIndices(_ input: NDArray, below limit: Int) throws(NetworkFailure) {
    let columns = max(input.shape.dropFirst().reduce(1, *), 1)
    for (position, number) in input.doubles.enumerated() where !(number > -1 && number < Double(limit)) {
      throw .index(number, row: position / columns, limit: limit)
    }
  }

  /// How many things each input counts, where an embedding looks its numbers up, as they are or laid out anew by the layers before it:
  /// they run from 0 to this, less one; nil for other inputs.
  private var indexLimits: [Int?] {
    var origins: [Int: Set<Int>] = [:]
    for input in plan.inputs { origins[input] = [input] }
    var limits: [Int: Int] = [:]
    func follow(_ works: [FlatPlan.Work]) {
      for work in works {
        switch work {
        case .application(let application): follow(application)
        case .steps(let steps):
          origins[steps.entrance] = origins[steps.input]
          follow(steps.body)
          origins[steps.output] = origins[steps.exit]
        }
      }
    }
    func follow(_ application: ModelPlan.Application) {
      let found = application.inputs.reduce(into: Set<Int>()) { $0.formUnion(origins[$1] ?? []) }
      switch layers[application.layer].layer {
      case let embedding as Embedding:
        for input in found { limits[input] = min(limits[input] ?? .max, embedding.inputDim) }
      case is Reshape, is Flatten, is Permute, is RepeatVector, is Identity, is Concatenate:
        for output in application.outputs { origins[output] = found }
      default: break
      }
    }
    follow(flat.works)
    return plan.inputs.map { limits[$0] }
  }

  /// Throws `notCompiled` and `comparison`.
  func checkTargets(_ data: BatchData) throws(NetworkFailure) {
    guard let compilation else { throw .notCompiled }
    let predictions = try predictionShapes(for: data)
    guard data.sampleWeights.count <= 1 || data.sampleWeights.count == plan.outputs.count else {
      throw .weightArrays(count: data.sampleWeights.count, outputs: plan.outputs.count)
    }
    for term in compilation.losses {
      guard let weights = data.sampleWeights.count > 1 ? data.sampleWeights[term.output] : data.sampleWeights.first else { break }
      let found = Array(weights.shape.dropFirst())
      let positions = predictions[term.output].shape.dimensions.dropLast()
      guard found.allSatisfy({ $0 == 1 }) || (found.count <= positions.count && zip(found, positions).allSatisfy { $0 == $1 })
      else {
        throw .input(name: "sample_weight", expected: "one number, or one a position of the output", found: found)
      }
    }
    for (index, term) in compilation.losses.enumerated() {
      let configured = compilation.plan.losses[index].configured
      let error = type(of: term.loss).check(configured.arguments, target(data, term.output), predictions[term.output])
      if let error { throw .comparison(name: configured.entry.name, problem: error.problem) }
    }
    for (index, term) in compilation.metrics.enumerated() {
      let arguments = compilation.plan.metrics[index].configured.arguments
      let error = type(of: term.metric).check(arguments, target(data, term.output), predictions[term.output])
      if let error { throw .comparison(name: term.logName, problem: error.problem) }
    }
  }

  /// Which class numbers an output's targets may be: those below `count`, and one that marks what does not count.
  package struct ClassRange: Sendable {
    package let count: Int
    package let ignored: Int?
  }

  /// The class numbers of each output whose targets are such; nil for the others.
  package var classRanges: [ClassRange?] {
    plan.outputs.enumerated().map { index, tensor in
      guard let compilation, compilation.takesClasses(output: index) else { return nil }
      let predictions = plan.tensors[tensor].shape
      guard let term = compilation.losses.first(where: { $0.output == index }) else {
        return predictions.dimensions.last.flatMap { $0 }.map { ClassRange(count: $0, ignored: nil) }
      }
      return type(of: term.loss).classCount(predictions).map { ClassRange(count: $0, ignored: term.loss.ignoredClass) }
    }
  }

  /// The shape of an example of each input: the model's own, its open dimensions taken from the data.
  func inputShapes(for data: BatchData) -> [[Int]] {
    zip(plan.inputs, BatchData.exampleShapes(data.inputs)).map { tensor, found in
      let planned = plan.tensors[tensor].shape.dimensions
      let known = planned.compactMap { $0 }
      return known.count == planned.count ? known : found
    }
  }

  /// Whether data of one shape is taken for another: the same, or with a trailing 1 more or less, as in Keras.
  private func mayStandFor(_ found: [Int], _ planned: Shape) -> Bool {
    let known = planned.dimensions.compactMap { $0 }
    return found == known || found + [1] == known || found == known + [1]
  }

  private func target(_ data: BatchData, _ output: Int) -> TensorSpec {
    TensorSpec(Shape(data.targets[output].shape.dropFirst().map { $0 }), data.targets[output].type)
  }

  /// The shapes that predictions will have for this data. Throws `layer` where a layer cannot take what reaches it, which only data
  /// can show where the plan's shapes are open, or where what it gives is too large.
  private func predictionShapes(for data: BatchData) throws(NetworkFailure) -> [TensorSpec] {
    var tensors = [TensorSpec?](repeating: nil, count: flat.tensorCount)
    for (index, shape) in inputShapes(for: data).enumerated() {
      tensors[plan.inputs[index]] = TensorSpec(Shape(shape.map { $0 }), plan.tensors[plan.inputs[index]].type)
    }
    // How long what a layer makes of texts is shows when it has made it.
    for (entrance, array) in zip(entrances.all, try entered(by: data)) {
      tensors[entrance.output] = TensorSpec(Shape(array.shape.dropFirst().map { $0 }), array.type)
    }
    try infer(flat.works, &tensors)
    return flat.outputs.map { tensors[$0] ?? TensorSpec(Shape([])) }
  }

  private func infer(_ works: [FlatPlan.Work], _ tensors: inout [TensorSpec?]) throws(NetworkFailure) {
    for work in works {
      switch work {
      case .application(let application): try infer(application, &tensors)
      case .steps(let steps):
        guard let input = tensors[steps.input] else { continue }
        tensors[steps.entrance] = TensorSpec(Shape(Array(input.shape.dimensions.dropFirst())), input.type)
        try infer(steps.body, &tensors)
        tensors[steps.output] = tensors[steps.exit].map { output in
          TensorSpec(Shape(input.shape.dimensions.prefix(1) + output.shape.dimensions), output.type)
        }
      }
    }
  }

  private func infer(_ application: ModelPlan.Application, _ tensors: inout [TensorSpec?]) throws(NetworkFailure) {
    let layer = flat.layers[application.layer]
    if application.outputs.allSatisfy({ tensors[$0] != nil }) { return }
    guard case .layer(let rule) = layer.planned.configured.entry.meaning else { return }
    do throws(ShapeError) {
      let shape = try rule(layer.planned.configured.arguments, application.inputs.compactMap { tensors[$0] })
      for (tensor, spec) in zip(application.outputs, shape.outputs) {
        guard NDArray.fitsMemory(.float32, shape: spec.shape.dimensions.compactMap { $0 }) else {
          throw ShapeError("would give \(spec.shape.description) for an example, more than memory can hold")
        }
        tensors[tensor] = spec
      }
    } catch {
      throw .layer(name: layer.path, problem: error.problem)
    }
  }
}
