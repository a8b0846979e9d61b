import Arrays

/// Random numbers of a step. The number of an element is a function of the stream, the random step, its row in the batch (the first axis) and
/// its column (all that follows): the same however many threads draw it, and whatever else is drawn.
extension Graph {
  /// Numbers even in 0..<1.
  package mutating func randomUniform(shape: [Int], stream: RandomStream) -> Node {
    emit(.random(.uniform, stream: stream), [], shape)
  }

  /// Numbers of the normal distribution with mean 0 and deviation 1.
  package mutating func randomNormal(shape: [Int], stream: RandomStream) -> Node {
    emit(.random(.normal, stream: stream), [], shape)
  }

  /// In training: elements become 0 with probability `rate`, the others are divided by `1 − rate`. `x` is [batch, …]. With a
  /// `noiseShape`, of x's rank, an axis of extent 1 shares one choice.
  package mutating func dropout(_ x: Node, rate: Double, stream: RandomStream, noiseShape: [Int]? = nil) -> Node {
    precondition(rate >= 0 && rate < 1, "a rate of dropout lies in 0..<1")
    guard rate > 0 else { return x }
    let shape = self[x].shape
    if let noiseShape, noiseShape != shape {
      precondition(Graph.broadcastShape(noiseShape, shape) == shape, "noise of \(noiseShape) for \(shape)")
      let draws = randomUniform(shape: noiseShape, stream: stream)
      let isKept = apply(.greaterEqual, draws, constant(Double(Float(rate))))
      return multiply(x, multiply(isKept, by: 1 / (1 - rate)))
    }
    let mask = emit(.dropoutMask(rate: rate, stream: stream), [], shape, .mask)
    return emit(.masked(scale: 1 / (1 - rate)), [x, mask], shape)
  }
}
