import Arrays
import Lambdas
import Plans
import Synchronization
import Tensors

/// Layers in a row that functions of data sets call, on any thread: each call has a network to itself.
package final class AppliedLayers: LayerChain {
  /// Layers that work on words and numbers as they are, each alone, and those between them, as one network.
  private enum Part { case values(Configured), network([Configured]) }

  private let layers: [Configured]
  private let parts: [Part]
  private let seed: Int
  private let state: Mutex<State>

  private struct State {
    var idle: IdleLines
    /// While a network is trained whose layers these are.
    var kept: KeptWeights?
    /// Counts changes of `kept`: networks that were made before have other weights.
    var generation = 0

    mutating func use(_ weights: KeptWeights?) {
      kept = weights
      generation += 1
      idle.forget()
    }
  }

  /// What weights layers do not have yet, and what they draw, follow from `seed`.
  package init(_ layers: [Configured], seed: Int) {
    self.layers = layers
    self.seed = seed
    var parts: [Part] = []
    for layer in layers {
      if makeLayer(layer) is any ValueLayer {
        parts.append(.values(layer))
      } else if case .network(let row)? = parts.last {
        parts[parts.count - 1] = .network(row + [layer])
      } else {
        parts.append(.network([layer]))
      }
    }
    self.parts = parts
    state = Mutex(State(idle: IdleLines(forms: IdleLines.formsOfPart * parts.count)))
  }

  /// From now on it computes with the weights that its layers have now, whatever a training makes of them; until `useLivingWeights`.
  package func keepWeights() {
    let kept = KeptWeights(of: allLayers)
    state.withLock { $0.use(kept) }
  }

  /// Computes with the weights that its layers have when it is called.
  package func useLivingWeights() { state.withLock { $0.use(nil) } }

  /// Its layers, those of models that one of them applies to steps among them.
  package var allLayers: [Configured] { layers.flatMap { [$0] + ($0.steppedModel?.plan.allLayers ?? []) } }

  package var fingerprint: String {
    layers.map { layer in
      let weights = ((layer.held as? LayerWeights)?.values ?? []).map { held in
        let numbers = held.numbers
        return String(NDArray(floats: numbers, shape: [numbers.count]).fingerprint)
      }
      let arguments = DictValue(layer.arguments.values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
      let beginning = layer.drawsByName ? ["\(seed) \(layer.nameAlone ?? "")"] : []
      return ([layer.entry.name, Operations.representation(.dict(arguments))] + beginning + weights).joined(separator: " ")
    }.joined(separator: ", ")
  }

  package func outputs(of inputs: [NDArray], isTraining: Bool?, draw: Int) throws(Failure) -> [NDArray] {
    var arrays = inputs
    for (place, part) in parts.enumerated() {
      switch part {
      case .values(let layer): arrays = try Self.output(of: layer, arrays)
      case .network(let row): arrays = try outputs(of: row, place, arrays, isTraining: isTraining, draw: draw)
      }
    }
    return arrays
  }

  private static func output(of layer: Configured, _ arrays: [NDArray]) throws(Failure) -> [NDArray] {
    let values = arrays.map(Value.init(unwrapping:))
    do throws(MachineError) {
      let output = try outputOfValues(layer, values.count == 1 ? values[0] : .list(values))
      if let texts = Operations.makeTexts(output) { return [texts] }
      return [try Operations.makeArray(output)]
    } catch {
      throw Failure(error.message, at: layer.range)
    }
  }

  // MARK: Networks

  private struct Form: Hashable {
    let place: Int
    let shapes: [[Int]]
    let areIntegers: [Bool]
    let isTraining: Bool?
  }

  /// A network that one thread uses at a time.
  private final class Line: @unchecked Sendable {
    // Sendable by discipline: who has taken it off the list is the only one to use it.
    let network: Network
    init(_ network: Network) { self.network = network }
  }

  /// Networks that no thread uses, of the forms of data that were asked for last: data of ever new shapes would fill the memory with them.
  private struct IdleLines {
    /// Of so many forms for each part of the row.
    static let formsOfPart = 8
    private let limit: Int
    /// The last used last.
    private var forms: [(form: Form, lines: [Line])] = []

    init(forms limit: Int) { self.limit = limit }

    mutating func take(_ form: Form) -> Line? {
      guard let place = forms.lastIndex(where: { $0.form == form }) else { return nil }
      return forms[place].lines.popLast()
    }

    /// Gives the networks that are not kept any more.
    mutating func put(_ line: Line, _ form: Form) -> [Line] {
      var lines = [line]
      if let place = forms.lastIndex(where: { $0.form == form }) { lines += forms.remove(at: place).lines }
      forms.append((form, lines))
      return forms.count > limit ? forms.removeFirst().lines : []
    }

    mutating func forget() { forms = [] }
  }

  private func outputs(
    of row: [Configured], _ place: Int, _ inputs: [NDArray], isTraining: Bool?, draw: Int
  ) throws(Failure) -> [NDArray] {
    let form = Form(
      place: place, shapes: inputs.map { Array($0.shape.dropFirst()) }, areIntegers: inputs.map(\.type.isInteger),
      isTraining: isTraining)
    let (found, kept, generation) = state.withLock { ($0.idle.take(form), $0.kept, $0.generation) }
    let line: Line
    if let found { line = found } else { line = Line(try network(of: row, form, kept)) }
    defer {
      // What is no longer kept is given up behind the lock.
      _ = state.withLock { $0.generation == generation ? $0.idle.put(line, form) : [] }
    }
    return try Self.run(line.network, inputs, draw: draw, named: row[0])
  }

  private static func run(
    _ network: Network, _ inputs: [NDArray], draw: Int, named layer: Configured
  ) throws(Failure) -> [NDArray] {
    let count = inputs[0].shape[0]
    do throws(NetworkFailure) {
      network.randomStep = draw
      let runner = try network.runner(.predict, BatchData(inputs: inputs))
      let rows = (0..<Int32(count)).map { $0 }
      do throws(TensorsError) {
        try rows.withUnsafeBufferPointer { rows throws(TensorsError) in try runner.run(rows: rows) }
      } catch {
        throw NetworkFailure.layer(name: layer.entry.name, problem: error.description)
      }
      return network.plan.outputs.indices.map { index in
        let array = NDArray(floats: Array(runner.predictions(output: index)), shape: runner.predictionShape(output: index))
        return network.plan.tensors[network.plan.outputs[index]].type.isInteger ? array.converted(to: .int64) : array
      }
    } catch {
      throw Failure("`\(layer.entry.name)`: \(error.message)", at: layer.range)
    }
  }

  /// A network of layers in a row, for data of a form, computed by the thread that calls it.
  private func network(of row: [Configured], _ form: Form, _ kept: KeptWeights?) throws(Failure) -> Network {
    var tensors = zip(form.shapes, form.areIntegers).map { TensorSpec(Shape($0.map { $0 }), $1 ? .int64 : .float32) }
    var layers = tensors.indices.map { index in
      ModelPlan.Layer(
        configured: Configured(InputLayer.entry, Arguments(["shape": .tuple([]), "dtype": .none], given: []), range: nil),
        name: "input_\(index)", weights: [])
    }
    var applications: [ModelPlan.Application] = []
    let inputs = Array(tensors.indices)
    var current = inputs
    for layer in row {
      guard case .layer(let rule) = layer.entry.meaning else { preconditionFailure("an entry of a layer has its shape rule") }
      let shape: LayerShape
      do throws(ShapeError) { shape = try rule(layer.arguments, current.map { tensors[$0] }) } catch {
        throw Failure("`\(layer.entry.name)` \(error.problem)", at: layer.range)
      }
      let outputs = shape.outputs.indices.map { tensors.count + $0 }
      tensors += shape.outputs
      // As Keras calls a layer outside of a training: what draws when it is called does so unless it is told not to.
      let isTraining = form.isTraining ?? layer.entry.abilities.contains(.isCalledInTraining)
      applications.append(.init(layer: layers.count, inputs: current, outputs: outputs, isTraining: isTraining))
      layers.append(
        .init(
          configured: layer, nested: layer.steppedModel,
          name: "\(applications.count)_\(layer.nameAlone ?? LayerNames.snakeCase(layer.entry.name))", weights: shape.weights))
      current = outputs
    }
    let plan = ModelPlan(
      name: "chain", layers: layers, applications: applications, tensors: tensors, inputs: inputs, outputs: current,
      inputNames: inputs.map { "input_\($0)" }, outputNames: current.map { "output_\($0)" }, isSequential: false)
    let pool: Pool
    do throws(TensorsError) { pool = try Pool(threads: 1) } catch { throw Failure(error.description) }
    return Network(plan, seed: seed, pool: pool, kept: kept)
  }
}

extension Configured {
  /// Whether what it gives follows from its name, too: it draws each time, or its weights are still to be drawn.
  fileprivate var drawsByName: Bool {
    entry.abilities.contains(.disturbs) || held == nil && arguments.values.keys.contains { $0.hasSuffix("initializer") }
  }
}
