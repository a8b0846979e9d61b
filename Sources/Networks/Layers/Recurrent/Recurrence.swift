import Plans
import Tensors

/// What all recurrent layers say of sequences, beside their cells.
struct SequenceOptions: Sendable {
  static let returnSequences = Parameter<Bool>(
    "return_sequences", "whether to give the output of every step, not of the last alone", default: false)
  static let returnState = Parameter<Bool>("return_state", "whether to give the last states too", default: false)
  static let goBackwards = Parameter<Bool>("go_backwards", "whether to begin with the last step", default: false)
  static let stateful = Parameter<Bool>(
    "stateful", "whether a batch goes on from the states that the batch before it left", default: false)
  static let unroll = Parameter<Bool>("unroll", "accepted: steps are always laid out one by one", default: false)
  static let zeroOutputForMask = Parameter<Bool>(
    "zero_output_for_mask", "whether the output of a masked step is 0, not that of the step before", default: false
  ).keywordOnly

  var returnsSequences: Bool
  let returnsState: Bool
  let goesBackwards: Bool
  let isStateful: Bool
  var zeroesMaskedOutput: Bool

  init(_ arguments: Arguments) {
    returnsSequences = arguments[SequenceOptions.returnSequences]
    returnsState = arguments[SequenceOptions.returnState]
    goesBackwards = arguments[SequenceOptions.goBackwards]
    isStateful = arguments[SequenceOptions.stateful]
    zeroesMaskedOutput = arguments[SequenceOptions.zeroOutputForMask]
  }

  static let descriptions = [
    returnSequences.description, returnState.description, goBackwards.description, stateful.description, unroll.description,
  ]
}

/// A layer that takes the steps of a sequence [batch, steps, …] one after the other through a cell.
protocol RecurrentLayer: Layer {
  /// The cell, the path of what it owns in files, and its name.
  static func cell(_ arguments: Arguments) -> InnerCell
  /// The shape of one step of a sequence: of a vector, unless the layer says otherwise.
  static func step(of sequence: Shape, _ arguments: Arguments) throws(ShapeError) -> [Int]
  var cell: InnerCell { get }
  var options: SequenceOptions { get }
}

/// A cell with the name of its weights and their folder in files, below the layer.
struct InnerCell: Sendable {
  let cell: any RecurrentCell
  let name: String
  var group = "cell"

  /// Its weights as those of the layer.
  func weights(of input: [Int]) -> [WeightSpec] {
    cell.weights(of: input).map { $0.inside(name, group: group) }
  }

  var weightRules: [String: WeightRules] {
    Dictionary(uniqueKeysWithValues: cell.weightRules.map { ("\(name)/\($0)", $1) })
  }
}

extension RecurrentLayer {
  static var abilities: Set<Ability> { [.takesStates] }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    guard let sequence = inputs.first?.shape else { throw ShapeError("takes a sequence, but gets nothing") }
    let step = try step(of: sequence, arguments)
    let steps = sequence.dimensions[0]
    if arguments[SequenceOptions.unroll], steps == nil {
      throw ShapeError(
        "cannot be unrolled over an open number of steps", hint: "leave out `unroll=True`, or give `Input` the number of steps.")
    }
    let inner = cell(arguments)
    let states = inner.cell.states(of: step).map { Shape($0.map { $0 }) }
    try RecurrentShapes.check(inputs.dropFirst(), states: states)
    let last: [Int?] = inner.cell.output(of: step)
    let output = Shape(arguments[SequenceOptions.returnSequences] ? [steps] + last : last)
    let kept = arguments[SequenceOptions.returnState] ? states.map { TensorSpec($0) } : []
    return LayerShape(outputs: [TensorSpec(output)] + kept, weights: inner.weights(of: step))
  }

  static func step(of sequence: Shape, _ arguments: Arguments) throws(ShapeError) -> [Int] {
    [try RecurrentShapes.features(of: sequence)]
  }

  var weightRules: [String: WeightRules] { cell.weightRules }

  func stateShapes(of input: Shape, batch: Int) -> [(name: String, shape: [Int])] {
    guard options.isStateful else { return [] }
    return cell.cell.states(of: input.dimensions.dropFirst().compactMap { $0 }).enumerated().map { ("state \($0)", [batch] + $1) }
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    emitAll(inputs, into: &graph, &use)[0]
  }

  func emitAll(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> [Node] {
    let run = emitSteps(inputs, into: &graph, &use)
    return [run.output(options, into: &graph)] + (options.returnsState ? run.states : [])
  }

  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    let mask = options.returnsSequences ? use.masks.first ?? nil : nil
    return [mask] + outputs.dropFirst().map { _ in nil }
  }

  /// The steps themselves; inputs are the sequence [batch, steps, …], then the first states [batch, …] if they are given.
  func emitSteps(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> RecurrenceRun {
    let shape = graph.shape(of: inputs[0])
    let (rows, input) = (shape[0], Array(shape.dropFirst(2)))
    let steps = use.within(cell.name) { use in cell.cell.begin(rows: rows, input: input, into: &graph, &use) }
    var initial = Array(inputs.dropFirst())
    if initial.isEmpty {
      let zero = graph.constant(0)
      initial = cell.cell.states(of: input).enumerated().map { index, state in
        use.state("state \(index)", in: &graph) ?? graph.broadcast(zero, to: [rows] + state)
      }
    }
    let sequence = graph.transpose(inputs[0], [1, 0] + shape.indices.dropFirst(2))  // [steps, batch, …]
    let products = steps.products(sequence, steps.inputWeights, &graph)
    // As in Keras, first states that are given keep the sequence's own mask out; one that the call names counts.
    let isMasked = inputs.count == 1 || use.maskIsGiven
    let mask = (isMasked ? use.stepMask(rows, steps: shape[1], in: graph) : nil).map { mask in  // [steps, batch, 1, …]
      let byStep = graph.transpose(mask, [1, 0])
      return graph.reshape(byStep, [shape[1], rows] + input.map { _ in 1 })
    }
    let scan = graph.scan(
      products + (mask.map { [$0] } ?? []), initial: initial, invariants: steps.shared, isReversed: options.goesBackwards
    ) { step, given in
      var next = steps.step(Array(given.elements.prefix(products.count)), given.carried, given.invariants, &step)
      if mask != nil {
        // A masked step leaves the states as they are, and gives out what the one before it gave.
        let counts = given.elements[products.count]
        let place = next.states.firstIndex(of: next.output)
        next.states = zip(next.states, given.carried).map { step.select(counts, $0, $1) }
        if let place { next.output = next.states[place] }
      }
      return StepResults(carried: next.states, outputs: [next.output])
    }
    let states = initial.indices.map { graph.final(scan, carried: $0) }
    for (index, state) in states.enumerated() { use.carry(state, as: "state \(index)") }
    return RecurrenceRun(all: graph.output(scan, 0), states: states, mask: mask, isBackwards: options.goesBackwards)
  }
}

/// What the steps of a recurrent layer gave.
struct RecurrenceRun {
  /// The output of each step, [steps, batch, …], by its place in the sequence.
  let all: Node
  /// The states after the last step.
  let states: [Node]
  /// Which steps count, [steps, batch, 1, …]; nil where all do.
  let mask: Node?
  let isBackwards: Bool

  /// The layer's output: of all steps in the order in which they were done, or turned round the opposite one, [batch, steps, …]; or of
  /// the last, [batch, …].
  func output(_ options: SequenceOptions, isTurned: Bool = false, into graph: inout Graph) -> Node {
    let shape = graph.shape(of: all)
    guard options.returnsSequences else {
      let last = isBackwards ? 0 : shape[0] - 1
      let output = graph.element(last, of: all)
      guard options.zeroesMaskedOutput, let mask else { return output }
      let zero = graph.constant(0)
      return graph.select(graph.element(last, of: mask), output, zero)
    }
    var outputs = all
    if options.zeroesMaskedOutput, let mask {
      let zero = graph.constant(0)
      outputs = graph.select(mask, outputs, zero)
    }
    if isBackwards != isTurned { outputs = graph.reversed(outputs) }
    return graph.transpose(outputs, [1, 0] + shape.indices.dropFirst(2))
  }
}

extension Graph {
  /// One element of the first axis.
  mutating func element(_ index: Int, of x: Node) -> Node {
    reshape(slice(x, axis: 0, index..<(index + 1)), Array(shape(of: x).dropFirst()))
  }
}

/// What recurrent layers ask of shapes.
enum RecurrentShapes {
  /// How many features a step of a sequence of vectors has.
  static func features(of input: Shape) throws(ShapeError) -> Int {
    guard input.rank == 2 else { throw problem(with: input) }
    guard let features = input.dimensions[1] else {
      throw ShapeError("needs to know how many features a step has, but the last dimension of \(input.description) is open")
    }
    return features
  }

  private static func problem(with input: Shape) -> ShapeError {
    let found = "needs a sequence of vectors, steps×features, but gets \(input.description)"
    switch input.rank {
    case 0: return ShapeError(found, hint: "give the input a shape: `Input((10, 3))` is 10 steps of 3 features.")
    case 1:
      let size = input.dimensions[0].map(String.init) ?? "-1"
      return ShapeError(
        found,
        hint:
          "put `Reshape((\(size), 1))` before it for \(size) steps of one feature, or `Embedding` if these are numbers of words.")
    default: return ShapeError(found, hint: "put `TimeDistributed(Flatten())` before it to make a vector of each step.")
    }
  }

  /// Throws where first states do not fit.
  static func check(_ given: ArraySlice<TensorSpec>, states: [Shape]) throws(ShapeError) {
    guard !given.isEmpty else { return }
    guard given.count == states.count else {
      throw ShapeError(
        "has \(states.count) state\(states.count == 1 ? "" : "s"), but gets \(given.count) of `initial_state`",
        hint: "give a list of all of them, as `return_state=True` gives them.")
    }
    for (state, shape) in zip(given, states) where state.shape != shape {
      throw ShapeError("has a state of \(shape.description), but gets \(state.shape.description) as its `initial_state`")
    }
  }
}

extension ShapeError {
  /// A cell is no layer to be called on a tensor.
  static func ofCell(_ name: String) -> ShapeError {
    ShapeError("is one step of a recurrent layer, and no layer by itself", hint: "put it into `RNN(\(name)(…))`.")
  }
}
