import Arrays

@testable import Tensors

/// Small networks with everything a training step has, to be run by a Program and by the evaluator.
enum TestNetwork: String, CaseIterable, Sendable {
  /// Two dense layers, softmax, Adam.
  case dense
  /// Batch normalisation with moving statistics, dropout.
  case normalised
  /// A penalty on the kernel, weight decay, sample weights.
  case regularised
  /// Sigmoid and binary cross-entropy, AMSGrad.
  case binary
  /// SGD with Nesterov's momentum.
  case momentum
  /// Large enough that everything is cut into pieces.
  case wide
  /// Dropout between products that are ours, cut into shards.
  case sharded
  /// Convolutions and a pool before the dense layers, image by image.
  case convolutional

  var batch: Int { isLarge ? 96 : self == .convolutional ? 44 : 8 }
  var inputs: Int { self == .wide ? 300 : self == .sharded ? 220 : self == .convolutional ? 20 * 20 : 6 }
  var units: Int { self == .wide ? 520 : self == .sharded ? 80 : 10 }
  var classes: Int { isLarge ? 40 : 3 }
  private var isLarge: Bool { self == .wide || self == .sharded }

  /// A network with its data, ready to run.
  final class Run {
    let network: TestNetwork
    let store = VariableStore()
    private(set) var graph = Graph()
    let lossState: StateID
    private let program: Program
    private let features: [UInt8]
    private let targets: [Int64]
    private let weights: [Float]
    /// The rows of each batch.
    private let order: [Int32]

    init(_ network: TestNetwork, threads: Int) throws {
      self.network = network
      let examples = network.batch * 2
      let stream = RandomStream(seed: 4, network.rawValue)
      features = (0..<(examples * network.inputs)).map { UInt8(stream.uniform($0) * 256) }
      let labelCount = network == .binary ? examples * network.classes : examples
      let labels = Double(network == .binary ? 2 : network.classes)
      targets = (0..<labelCount).map { Int64(stream.substream("targets").uniform($0) * labels) }
      weights = (0..<examples).map { Float(stream.substream("weights").uniform($0)) + 0.5 }
      order = stream.permutation(of: examples)
      lossState = store.states.add(count: 2)
      let store = store
      graph = network.makeGraph(store, lossState)
      store.scalars[.learningRate] = 0.01
      program = try Program(graph, store: store, pool: Pool(threads: threads))
    }

    func variables() -> [VariableID: [Double]] {
      Dictionary(uniqueKeysWithValues: store.variables.map { ($0, store.read($0).map(Double.init)) })
    }

    private func rows(_ step: Int) -> ArraySlice<Int32> { order[(step % 2 * network.batch)...].prefix(network.batch) }

    func step(_ step: Int) throws { try bound(step) { program, rows throws in try program.run(rows: rows) } }

    /// Calls `body` with the program bound to the data and the rows of a step.
    func bound(_ step: Int = 0, _ body: (Program, UnsafePointer<Int32>) throws -> Void) throws {
      try features.withUnsafeBytes { features throws in
        try targets.withUnsafeBytes { targets throws in
          try weights.withUnsafeBytes { weights throws in
            try order.withUnsafeBufferPointer { order throws in
              guard let x = features.baseAddress, let y = targets.baseAddress, let w = weights.baseAddress,
                let rows = order.baseAddress
              else { return }
              let examples = order.count
              program.bind("features", ArraySource(x, .uint8, rowElements: network.inputs, rowCount: examples))
              program.bind("targets", ArraySource(y, .int64, rowElements: self.targets.count / examples, rowCount: examples))
              program.bind("weights", ArraySource(w, .float32, rowElements: 1, rowCount: examples))
              try body(program, rows + step % 2 * network.batch)
            }
          }
        }
      }
    }

    /// What the evaluator says the variables are after a step from `variables`.
    func evaluate(step: Int, variables: [VariableID: [Double]]) -> [VariableID: [Double]] {
      func gathered<Element>(_ values: [Element], _ columns: Int, _ convert: (Element) -> Double) -> [Double] {
        rows(step).flatMap { row in (0..<columns).map { convert(values[Int(row) * columns + $0]) } }
      }
      let inputs: [InputSlot: [Double]] = [
        "features": gathered(features, network.inputs, Double.init),
        "targets": gathered(targets, targets.count / order.count, Double.init), "weights": gathered(weights, 1, Double.init),
      ]
      let scalars: [ScalarName: Double] = Dictionary(uniqueKeysWithValues: store.scalars.all.map { ($0, store.scalars[$0]) })
      let evaluator = Evaluator(graph, inputs: inputs, variables: { variables[$0] ?? [] }, scalars: scalars)
      return evaluator.variablesAfterStep(variables: { variables[$0] ?? [] }, scalars: scalars)
    }
  }

  func makeRun(threads: Int) throws -> Run { try Run(self, threads: threads) }

  fileprivate func makeGraph(_ store: VariableStore, _ lossState: StateID) -> Graph {
    var graph = Graph()
    var trainable: [VariableID] = []
    func weight(_ name: String, _ shape: [Int], _ value: Double? = nil) -> VariableID {
      let variable = store.add(name, shape: shape)
      let stream = RandomStream(seed: 5, name)
      let scale = 1 / Double(shape[0]).squareRoot()
      store.write((0..<variable.count).map { Float(value ?? (stream.uniform($0) * 2 - 1) * scale) }, to: variable)
      trainable.append(variable)
      return variable
    }
    // Pixels become numbers around 0 while they are gathered.
    var x = graph.input("features", shape: [batch, inputs])
    x = graph.subtract(graph.multiply(x, by: 1 / 128.0), graph.constant(1))
    if self == .convolutional { x = convolve(x, &graph, weight) }
    let kernel = weight("kernel", [graph.shape(of: x)[1], units])
    let bias = weight("bias", [units])
    var hidden = graph.add(graph.matrixProduct(x, graph.variable(kernel)), graph.variable(bias))
    if self == .normalised { hidden = normalise(hidden, &graph, store, weight) }
    hidden = self == .momentum ? graph.tanh(hidden) : graph.relu(hidden)
    if self == .normalised || isLarge {
      hidden = graph.dropout(hidden, rate: 0.3, stream: RandomStream(seed: 6, "dropout"))
    }
    let last = weight("last kernel", [units, classes])
    let lastBias = weight("last bias", [classes])
    let logits = graph.add(graph.matrixProduct(hidden, graph.variable(last)), graph.variable(lastBias))

    var losses: Node
    if self == .binary {
      let targets = graph.input("targets", shape: [batch, classes])
      losses = graph.binaryCrossEntropy(targets: targets, predictions: graph.sigmoid(logits), fromLogits: false)
    } else {
      let targets = graph.input("targets", shape: [batch], type: .int32)
      losses = graph.sparseCategoricalCrossEntropy(targets: targets, predictions: graph.softmax(logits), fromLogits: false)
    }
    graph.accumulateMean(of: losses, into: lossState)
    if self == .regularised { losses = graph.multiply(losses, graph.input("weights", shape: [batch])) }
    var loss = graph.reduceMean(losses)
    if self == .regularised {
      loss = graph.add(loss, graph.multiply(graph.reduceSum(graph.square(graph.variable(kernel))), by: 0.01))
    }
    let gradients = graph.gradients(of: loss, withRespectTo: trainable)
    for variable in trainable {
      guard let gradient = gradients[variable] else { continue }
      let slots = rule.slotNames.map { store.add("\(store.name(of: variable)) \($0)", shape: variable.shape) }
      graph.update(variable, gradient: gradient, rule: rule, slots: slots, weightDecay: self == .regularised ? 0.1 : 0)
    }
    return graph
  }

  private var rule: UpdateRule {
    switch self {
    case .momentum: .sgd(momentum: 0.9, nesterov: true)
    case .regularised: .sgd(momentum: 0, nesterov: false)
    case .dense, .normalised, .wide, .sharded, .convolutional: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false)
    case .binary: .adam(beta1: 0.8, beta2: 0.99, epsilon: 1e-5, amsgrad: true)
    }
  }

  /// Two convolutions and a pool over images of one channel: [batch, pixels] → [batch, positions · filters].
  private func convolve(_ x: Node, _ graph: inout Graph, _ weight: (String, [Int], Double?) -> VariableID) -> Node {
    var image = graph.reshape(x, [batch, 20, 20, 1])
    for (number, shape) in [[3, 3, 1, 4], [3, 3, 4, 6]].enumerated() {
      let kernel = weight("filters \(number)", shape, nil)
      let bias = weight("filters' bias \(number)", [shape[3]], nil)
      image = graph.relu(graph.add(graph.convolution(image, graph.variable(kernel), .plain(axes: 2)), graph.variable(bias)))
      if number == 0 { image = graph.pool(image, Pooling(.max, Array(repeating: .sliding(size: 2, stride: 2), count: 2))) }
    }
    return graph.flatten(image)
  }

  private func normalise(
    _ x: Node, _ graph: inout Graph, _ store: VariableStore, _ weight: (String, [Int], Double?) -> VariableID
  ) -> Node {
    let gamma = weight("gamma", [units], 1)
    let beta = weight("beta", [units], 0)
    let (output, mean, variance) = graph.batchNormalization(
      x, gamma: graph.variable(gamma), beta: graph.variable(beta), epsilon: 1e-3)
    for (name, statistic) in [("moving mean", mean), ("moving variance", variance)] {
      let moving = store.add(name, shape: [units])
      let moved = graph.add(graph.multiply(graph.variable(moving), by: 0.9), graph.multiply(statistic, by: 0.1))
      graph.assign(moved, to: moving)
    }
    return output
  }
}
