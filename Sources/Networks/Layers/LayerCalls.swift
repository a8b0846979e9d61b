import Arrays
import Lambdas
import Plans
import Tensors

/// Layers that are called on values, or learn from them, outside of any model.
package struct LayerCalls {
  private let seed: Int
  private let pool: Pool

  /// What weights a layer does not have yet follow from `seed`.
  package init(seed: Int, pool: Pool) {
    self.seed = seed
    self.pool = pool
  }

  /// What a layer makes of values, as when a model predicts.
  package func apply(_ layer: Configured, to values: Value) throws(Failure) -> Value {
    if let call = layer.entry.callOnValues {
      do throws(MachineError) { return try call(layer, values) } catch { throw Failure(error.message, at: layer.range) }
    }
    let inputs = try arrays(of: values, for: layer)
    let network = try network(of: layer, inputs)
    do throws(NetworkFailure) {
      let runner = try network.runner(.predict, BatchData(inputs: inputs))
      let count = inputs[0].shape[0]
      let rows = (0..<Int32(count)).map { $0 }
      do throws(TensorsError) {
        try runner.prepare(batchSize: count)
        var failure: TensorsError?
        rows.withUnsafeBufferPointer { rows in
          do throws(TensorsError) { try runner.run(rows: rows) } catch { failure = error }
        }
        if let failure { throw failure }
      } catch {
        throw NetworkFailure.layer(name: layer.entry.name, problem: error.description)
      }
      let outputs = network.plan.outputs.indices.map { index -> Value in
        let array = NDArray(floats: Array(runner.predictions(output: index)), shape: runner.predictionShape(output: index))
        let isInteger = network.plan.tensors[network.plan.outputs[index]].type.isInteger
        return .array(isInteger ? array.converted(to: .int64) : array)
      }
      return outputs.count == 1 ? outputs[0] : .list(outputs)
    } catch {
      throw Failure("`\(layer.entry.name)`: \(error.message)", at: layer.range)
    }
  }

  /// Lets a layer learn from data: an array, a data set, or lists of numbers or words.
  package func adapt(_ layer: Configured, to data: Value) throws(Failure) {
    guard let learner = makeLayer(layer.entry, layer.written) as? any LearningLayer else {
      throw Failure("`\(layer.entry.name)` has nothing to learn by `adapt`", at: layer.range)
    }
    let learned: Learned
    do throws(LearningFailure) { learned = try learner.learned(from: LearningData(data)) } catch {
      throw Failure("`\(layer.entry.name)` \(error.problem)", at: layer.range)
    }
    switch learned {
    case .arguments(let arguments): layer.settle(arguments)
    case .weights(let weights):
      let network = try network(of: layer, try arrays(of: try values(of: data, failingAt: layer), for: layer))
      let specs = network.weightsByLayer.joined()
      for weight in specs {
        guard let array = weights[weight.name] else { continue }
        do throws(NetworkFailure) { try network.set(weight.variable, named: weight.name, to: array) } catch {
          throw Failure("`\(layer.entry.name)`: \(error.message)", at: layer.range)
        }
      }
    }
  }

  /// The values themselves; of a data set its only input.
  private func values(of data: Value, failingAt layer: Configured) throws(Failure) -> Value {
    do throws(LearningFailure) { return try LearningData(data).values() } catch {
      throw Failure("`\(layer.entry.name)` \(error.problem)", at: layer.range)
    }
  }

  /// The arrays of the inputs that a layer is called on.
  private func arrays(of values: Value, for layer: Configured) throws(Failure) -> [NDArray] {
    var arrays: [NDArray] = []
    for part in layer.parts(of: values) {
      let array: NDArray
      do throws(MachineError) { array = try Operations.makeArray(part) } catch { throw Failure(error.message, at: layer.range) }
      guard let count = array.shape.first, count > 0 else {
        throw Failure("`\(layer.entry.name)` is called on examples, and this holds none", at: layer.range)
      }
      arrays.append(array)
    }
    guard Set(arrays.map { $0.shape[0] }).count == 1 else {
      throw Failure("`\(layer.entry.name)` is called on arrays with different numbers of examples", at: layer.range)
    }
    return arrays
  }

  /// A network of the layer alone, with the weights that it has or new ones.
  private func network(of layer: Configured, _ inputs: [NDArray]) throws(Failure) -> Network {
    guard case .layer(let rule) = layer.entry.meaning else { preconditionFailure("an entry of a layer has its shape rule") }
    let specs = inputs.map { TensorSpec(Shape($0.shape.dropFirst().map { $0 }), $0.type.isInteger ? .int64 : .float32) }
    let shape: LayerShape
    do throws(ShapeError) { shape = try rule(layer.arguments, specs) } catch {
      throw Failure("`\(layer.entry.name)` \(error.problem)", at: layer.range)
    }
    guard NDArray.fitsMemory(.float32, shape: [shape.weights.totalCount]) else {
      throw Failure("`\(layer.entry.name)` has more weights than memory can hold", at: layer.range)
    }
    let entry = InputLayer.entry
    let inputLayers = specs.indices.map { index in
      ModelPlan.Layer(
        configured: Configured(entry, Arguments(["shape": .tuple([]), "dtype": .none], given: []), range: nil),
        name: "input_\(index)",
        weights: [])
    }
    let name = layer.nameAlone ?? LayerNames.snakeCase(layer.entry.name)
    let outputs = shape.outputs.indices.map { specs.count + $0 }
    let plan = ModelPlan(
      name: name,
      layers: inputLayers + [.init(configured: layer, nested: layer.steppedModel, name: name, weights: shape.weights)],
      applications: [.init(layer: specs.count, inputs: Array(specs.indices), outputs: outputs)], tensors: specs + shape.outputs,
      inputs: Array(specs.indices), outputs: outputs, inputNames: inputLayers.map(\.name),
      outputNames: shape.outputs.indices.map { "\(name)_\($0)" }, isSequential: false)
    return Network(plan, seed: seed, pool: pool)
  }
}

extension Configured {
  /// The inputs that a layer is called on: one, or for a layer that merges those of a list.
  fileprivate func parts(of values: Value) -> [Value] {
    switch values {
    case .list(let parts), .tuple(let parts): entry.abilities.isDisjoint(with: [.merges, .isFollowed]) ? [values] : parts
    default: [values]
    }
  }
}

/// What a layer of words and whole numbers makes of values, on any thread.
@Sendable func outputOfValues(_ layer: Configured, _ values: Value) throws(MachineError) -> Value {
  guard let valueLayer = makeLayer(layer) as? any ValueLayer else {
    preconditionFailure("layers that are called on values work on them")
  }
  do throws(LearningFailure) {
    var inputs: [TokenArray] = []
    for part in layer.parts(of: values) { inputs.append(try TokenArray(part)) }
    return try valueLayer.output(of: inputs)
  } catch {
    throw MachineError(.value, "`\(layer.entry.name)` \(error.problem)")
  }
}

/// The tokens that a layer tells apart, in order; nil for a layer without a vocabulary.
package func vocabulary(of layer: Configured, includesSpecial: Bool) -> [Value]? {
  (makeLayer(layer) as? any LookupLayer)?.lookup.vocabulary(withSpecial: includesSpecial).map { $0?.value ?? .none }
}

/// How rare the tokens of a layer's places are, float32 [places]; nil where it does not weigh them.
package func rarities(of layer: Configured) -> NDArray? {
  (makeLayer(layer) as? any LookupLayer)?.lookup.weights.map { NDArray(floats: $0.map { Float($0) }, shape: [$0.count]) }
}
