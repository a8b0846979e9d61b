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

  /// Normalises `x` [..., channels] with given statistics, as at inference.
  package mutating func batchNormalization(
    _ x: Node, mean: Node, variance: Node, gamma: Node, beta: Node, epsilon: Double
  ) -> Node {
    let shape = self[x].shape
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
