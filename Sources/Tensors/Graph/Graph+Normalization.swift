/// Normalisation: of channels over a batch, or of each example by itself.
extension Graph {
  // MARK: Of each row

  /// Normalises each row, the last `trailing` axes of `x`, by its own mean and biased variance:
  /// `(x − mean)/√(variance + ε) · gamma + beta`. Gamma and beta have the shape of a row. Source: Ba et al. 2016, "Layer Normalization".
  package mutating func layerNormalize(
    _ x: Node, trailing: Int = 1, gamma: Node? = nil, beta: Node? = nil, epsilon: Double
  ) -> Node {
    normalizeRows(x, trailing, gamma, beta, epsilon, isCentred: true)
  }

  /// Divides each row, the last `trailing` axes of `x`, by the root of its mean of squares: `x/√(mean x² + ε) · gamma`. Source: Zhang and
  /// Sennrich 2019, "Root Mean Square Layer Normalization".
  package mutating func rmsNormalize(_ x: Node, trailing: Int = 1, gamma: Node? = nil, epsilon: Double) -> Node {
    normalizeRows(x, trailing, gamma, nil, epsilon, isCentred: false)
  }

  private mutating func normalizeRows(
    _ x: Node, _ trailing: Int, _ gamma: Node?, _ beta: Node?, _ epsilon: Double, isCentred: Bool
  ) -> Node {
    let shape = self[x].shape
    precondition(trailing >= 1 && trailing <= shape.count, "a row is between 1 and \(shape.count) axes, not \(trailing)")
    let row = Array(shape.suffix(trailing))
    let columns = row.reduce(1, *)
    let parameters = [gamma, beta].compactMap { $0 }
    precondition(parameters.allSatisfy { self[$0].shape == row }, "gamma and beta have the shape \(row) of a row")
    let settings = RowNormalization(
      epsilon: epsilon, isCentred: isCentred, hasScale: gamma != nil, hasOffset: beta != nil)
    let rows = reshape(x, [shape.dropLast(trailing).reduce(1, *), columns])
    let operands = [rows] + parameters.map { reshape($0, [columns]) }
    return reshape(emit(.normalizeRows(settings), operands, self[rows].shape), shape)
  }

  // MARK: Of a batch

  /// Normalises `x` [..., channels] with the batch's own statistics (the variance is the biased one) and gives these too, for
  /// moving averages; no derivative passes through the statistics given. Source: Ioffe and Szegedy 2015, "Batch Normalization", algorithm 1.
  package mutating func batchNormalization(
    _ x: Node, gamma: Node, beta: Node, epsilon: Double
  ) -> (output: Node, mean: Node, variance: Node) {
    let shape = self[x].shape
    let rows = channelRows(x)  // [rows, channels]
    let moments = emit(.moments, [rows], [2, shape[shape.count - 1]])
    let mean = row(moments, 0)
    let variance = row(moments, 1)
    let output = normalize(rows, mean, variance, gamma, beta, epsilon, ofBatch: true)
    return (reshape(output, shape), mean, variance)
  }

  /// Normalises `x` [..., channels] with given statistics, as at inference; if `x` is a product or convolution that nothing else
  /// has read, by scaling its kernel.
  package mutating func batchNormalization(
    _ x: Node, mean: Node, variance: Node, gamma: Node, beta: Node, epsilon: Double
  ) -> Node {
    let shape = self[x].shape
    if let linear = LinearResult(x, in: self) {
      let scale = divide(gamma, sqrt(add(variance, epsilon)))
      let centre = linear.bias.map { subtract($0, mean) } ?? negate(mean)
      return add(scaled(linear, by: scale), add(multiply(centre, scale), beta))
    }
    return reshape(normalize(channelRows(x), mean, variance, gamma, beta, epsilon, ofBatch: false), shape)
  }

  /// Row `index` of the first axis.
  package mutating func row(_ x: Node, _ index: Int) -> Node {
    reshape(slice(x, axis: 0, index..<(index + 1)), Array(self[x].shape.dropFirst()))
  }

  private mutating func channelRows(_ x: Node) -> Node {
    let shape = self[x].shape
    precondition(shape.count >= 2, "batch normalisation needs a batch and channels, not \(shape)")
    return reshape(x, [shape.dropLast().reduce(1, *), shape[shape.count - 1]])
  }

  private mutating func normalize(
    _ x: Node, _ mean: Node, _ variance: Node, _ gamma: Node, _ beta: Node, _ epsilon: Double, ofBatch: Bool
  ) -> Node {
    let channels = [self[x].shape[1]]
    for statistic in [mean, variance, gamma, beta] {
      precondition(self[statistic].shape == channels, "a statistic has one number a channel, not \(self[statistic].shape)")
    }
    return emit(.normalize(epsilon: epsilon, ofBatch: ofBatch), [x, mean, variance, gamma, beta], self[x].shape)
  }
}

// MARK: Folded into a kernel

/// A product or convolution whose kernel has a column for each channel, perhaps with a bias added, which nothing else has read.
private struct LinearResult {
  let node: Node
  let bias: Node?

  init?(_ x: Node, in graph: Graph) {
    func isRead(_ node: Node, butBy reader: Node? = nil) -> Bool {
      graph.outputs.contains(node)
        || graph.entries.indices.dropFirst(node.index + 1).contains {
          $0 != reader?.index && graph.entries[$0].inputs.contains(node)
        }
    }
    guard !isRead(x) else { return nil }
    var (node, bias) = (x, Node?.none)
    if case .binary(.add) = graph[x].operation {
      let operands = graph[x].inputs
      guard graph[operands[1]].shape == Array(graph[x].shape.suffix(1)), graph[operands[0]].shape == graph[x].shape,
        !isRead(operands[0], butBy: x)
      else { return nil }
      (node, bias) = (operands[0], operands[1])
    }
    switch graph[node].operation {
    case .convolution: break
    case .matrixProduct(transposeA: false, transposeB: false): break
    default: return nil
    }
    (self.node, self.bias) = (node, bias)
  }
}

extension Graph {
  /// The same with every column of its kernel multiplied by a number of `scale`, [channels].
  private mutating func scaled(_ linear: LinearResult, by scale: Node) -> Node {
    let entry = self[linear.node]
    let kernel = multiply(entry.inputs[1], scale)
    let (outerPrecision, outerTag) = (precision, tag)
    defer { (precision, tag) = (outerPrecision, outerTag) }
    (precision, tag) = (entry.precision, entry.tag)
    return emit(entry.operation, [entry.inputs[0], kernel], entry.shape)
  }
}
