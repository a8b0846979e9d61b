import Arrays

/// One thing a step does: some nodes of the graph computed together. A backend turns it into records of kernels.
struct Work {
  /// What is done. Operands and results are named where `reads` and `writes` alone would not say which is which.
  enum Kind {
    case gather(InputSlot, scale: Double, offset: Double)
    case product(Product)
    case batchedProduct(transposeA: Bool, transposeB: Bool)
    case convolution(ConvolutionWork)
    case unary(UnaryOperation)
    case binary(BinaryOperation)
    case select
    case elements(ElementPass)
    case random(RandomDistribution, stream: RandomStream)
    /// reads [x], writes [y, mask].
    case dropout(rate: Double, stream: RandomStream)
    /// reads [x, mask].
    case dropoutAgain(rate: Double)
    case cast
    case reduce(Reduction, axes: Range<Int>)
    case cumulativeSum(CumulativeSum)
    case broadcast
    case transpose([Int])
    case softmax(log: Bool)
    case softmaxGradient(log: Bool)
    case argmax
    case top(count: Int)
    case oneHot(depth: Int)
    case slice(axis: Int, start: Int)
    case concatenate(axis: Int)
    case pad(axis: Int, before: Int)
    /// reads [table, indices].
    case gatherRows
    /// reads [values, indices].
    case scatterRows
    /// reads [x, indices].
    case takeAlongLast
    case pool(Pooling, isRectified: Bool)
    /// reads [gradient], or [gradient, x, y] of a maximum.
    case poolGradient(Pooling, isRectified: Bool)
    case resample(Resampling)
    /// reads [images or gradient, six numbers of their maps].
    case sample(Sampling), sampleGradient(Sampling)
    case moments
    case normalize(epsilon: Double)
    case normalizeGradientSums(epsilon: Double)
    case normalizeGradient(epsilon: Double)
    case normalizeRows(RowNormalization)
    case normalizeRowsGradient(RowNormalization)
    case normalizeRowsGradientSums(RowNormalization)
    case attention(Attention)
    case attentionGradient(Attention)
    case crossEntropy(CrossEntropyPass)
    /// reads what the operation has, writes all its results.
    case gates(Gates)
    /// reads sequences, first values and invariants, writes the results that someone needs.
    case scan(ScanWork)
    case accumulate(StateID)
    /// reads [values] or [values, weights].
    case accumulateMean(StateID)
    case assign(VariableID)
    case update(Update)
    /// A weight gradient that is never written: each of its tiles updates the weights at once.
    case productUpdate(Product, Update)
    /// A table's gradient that is never written: reads [values, indices] of the rows that were looked up.
    case rowsUpdate(Update)
  }

  var kind: Kind
  var reads: [Node]
  var writes: [Node]
  let tag: SourceTag
  /// Memory for partial results, alive only now.
  var scratchBytes = 0
  /// A read whose memory the first write may take over if it is used no more.
  var mayOverwrite: [Node] = []
}

/// A matrix product with what comes right after it: `activation(a·b + bias)`, or `a·b` where `gate` > 0 and 0 elsewhere.
struct Product {
  var a: Node
  var b: Node
  var transposeA: Bool
  var transposeB: Bool
  /// How the factors enter it.
  var precision = OperandPrecision.float32
  var bias: Node?
  var activation: UnaryOperation?
  var gate: Node?
  /// If the work is cut along the inner axis: how much of it a piece takes.
  var innerCut: Int?
  /// Whether b is laid out in panels, in scratch memory, before any tile meets it.
  var isPacked = false
  /// How many bfloat16 a factor's value is on the processor's matrix tiles; 0 if it is done elsewhere.
  var parts = 0

  var reads: [Node] { [a, b] + [bias, gate].compactMap { $0 } }
}

/// One pass over the rows of a cross-entropy; what is nil is not written.
struct CrossEntropyPass {
  let settings: CrossEntropy
  let isBinary: Bool
  let targets: Node
  let input: Node
  /// A factor of the gradient for each row.
  var weights: Node?
  /// A factor of the gradient for all rows.
  var scale = 1.0
  var loss: Node?
  var probabilities: Node?
  var gradient: Node?
  /// 1 for each row whose likeliest class is the target.
  var hits: Node?

  /// The pass without the results that nobody needs.
  func keeping(_ isNeeded: (Node) -> Bool) -> CrossEntropyPass {
    var pass = self
    pass.loss = loss.flatMap { isNeeded($0) ? $0 : nil }
    pass.probabilities = probabilities.flatMap { isNeeded($0) ? $0 : nil }
    pass.gradient = gradient.flatMap { isNeeded($0) ? $0 : nil }
    pass.hits = hits.flatMap { isNeeded($0) ? $0 : nil }
    return pass
  }

  var reads: [Node] { [targets, input] + (weights.map { [$0] } ?? []) }
  var writes: [Node] { [loss, probabilities, gradient, hits].compactMap { $0 } }
}
