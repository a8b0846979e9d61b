/// Batch normalisation over all axes but the last.
extension Graph {
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
  mutating func row(_ x: Node, _ index: Int) -> Node {
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
