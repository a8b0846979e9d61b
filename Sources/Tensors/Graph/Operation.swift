import Arrays

/// What a node computes from its operands. How it is computed is the affair of a backend.
package enum Operation: Hashable, Sendable {
  // Leaves.
  case input(InputSlot)
  case variable(VariableID)
  case constant(Double)
  /// A list of numbers, [count].
  case table(Table)
  case scalar(ScalarName)
  /// Numbers from the stream at (random step, row, column).
  case random(RandomDistribution, stream: RandomStream)
  /// Bits that are 1 with probability `1 − rate`, from the stream at (random step, row, column).
  case dropoutMask(rate: Double, stream: RandomStream)
  /// What the step of a recurrence is given, by number; only within a `Region`.
  case stepInput(Int)

  // Products. `a` is [m, k], or [k, m] transposed; `b` is [k, n], or [n, k] transposed.
  case matrixProduct(transposeA: Bool, transposeB: Bool)
  /// A product for each item: `a` is [items, m, k], or [items, k, m] transposed; `b` is [items, k, n], or [items, n, k] transposed.
  case batchedProduct(transposeA: Bool, transposeB: Bool)

  // Convolutions. x is [batch, extents…, channels], a kernel [extents…, channels / groups, filters].
  /// (x, kernel) → [batch, extents…, filters].
  case convolution(Convolution)
  /// (gradient of a convolution, kernel) → the gradient in x; or a transposed convolution.
  case convolutionInputGradient(Convolution)
  /// (x, gradient of a convolution) → the gradient in the kernel.
  case convolutionKernelGradient(Convolution)

  // Element by element; operands are broadcast as in NumPy.
  case unary(UnaryOperation)
  case binary(BinaryOperation)
  /// (condition, a, b): a where the condition is not 0, else b.
  case select
  /// (x, mask): `x · scale` where the bit is 1, else 0.
  case masked(scale: Double)
  /// int32 → float32, or float32 → int32 towards zero.
  case cast

  // Shapes.
  case reduce(Reduction, axes: Range<Int>)
  case cumulativeSum(CumulativeSum)
  case reshape
  case broadcast
  case transpose([Int])

  // Along the last axis.
  case softmax
  case logSoftmax
  /// (softmax, gradient of it): `y · (g − Σ g·y)`.
  case softmaxGradient
  /// (log-softmax, gradient of it): `g − exp(y) · Σ g`.
  case logSoftmaxGradient
  /// The first position of the largest element, int32.
  case argmax
  /// 1 for the `count` largest elements, the first of equals, else 0.
  case top(count: Int)
  /// int32 [...] → float32 [..., depth]; a row of zeros for a number outside 0..<depth.
  case oneHot(depth: Int)

  // Places. A number outside of a table's rows, or of a row, gives zeros and adds to nothing.
  /// (table [rows, …], int32 [indices…]) → [indices…, …].
  case gatherRows
  /// (values [indices…, …], int32 [indices…]) → [rows, …]: the sum of the values with each row's number.
  case scatterRows
  /// (x [..., n], int32 [...]) → [...]: one element of each row.
  case takeAlongLast
  /// A part of an axis, from `start` on. A view where nothing but extents of 1 stands before the axis.
  case slice(axis: Int, start: Int)
  case concatenate(axis: Int)
  /// Zeros along an axis, `before` of them before the operand.
  case pad(axis: Int, before: Int)

  // Images [batch, positions…, channels].
  /// x → [batch, windows…, channels].
  case pool(Pooling)
  /// (g, then of a maximum x and the pool's result): the derivative in x.
  case poolGradient(Pooling)
  /// More or fewer positions along an axis.
  case resample(Resampling)
  /// (images [batch, rows, columns, channels], the six numbers of an affine map, each [batch] or []).
  case sample(Sampling)
  /// (g, the six numbers): the derivative in the images.
  case sampleGradient(Sampling)

  // Normalisation of [rows, channels] over the rows.
  /// x → [2, channels]: mean and biased variance of each channel.
  case moments
  /// (x, mean, variance, gamma, beta): `gamma · (x − mean) / √(variance + epsilon) + beta`. If `ofBatch`, mean and variance
  /// are x's own and its derivative is the whole one, through them too.
  case normalize(epsilon: Double, ofBatch: Bool)
  /// (g, x, mean, variance) → [2, channels]: `Σ g` and `Σ g · x̂`, the derivatives in beta and gamma.
  case normalizeGradientSums(epsilon: Double)
  /// (g, x, mean, variance, gamma, sums): the derivative in x with mean and variance of the batch.
  case normalizeGradient(epsilon: Double)

  // Normalisation of each row of [rows, columns] by itself.
  /// (x, then gamma [columns] if `hasScale`, then beta [columns] if `hasOffset`).
  case normalizeRows(RowNormalization)
  /// (g, x, then gamma): the derivative in x.
  case normalizeRowsGradient(RowNormalization)
  /// (g, x) → [2, columns]: `Σ g · x̂` and `Σ g`, the derivatives in gamma and beta.
  case normalizeRowsGradientSums(RowNormalization)

  // Attention, head by head.
  /// (query, key, value, then mask): see `Graph.attention`.
  case attention(Attention)
  /// (g, query, key, value, then mask): the derivatives in query, key and value, one after another.
  case attentionGradient(Attention)

  // Losses a row [..., classes] → [...].
  /// (targets, predictions): `−Σ target · ln p`, targets as class numbers (int32 [...]) or as probabilities [..., classes].
  case crossEntropy(CrossEntropy)
  /// (targets, predictions, gradient of the loss [...]): the derivative in the predictions.
  case crossEntropyGradient(CrossEntropy)
  /// (targets, predictions): the mean over the last axis of `−y ln p − (1 − y) ln(1 − p)`.
  case binaryCrossEntropy(CrossEntropy)
  /// (targets, predictions, gradient of the loss [...]): the derivative in the predictions.
  case binaryCrossEntropyGradient(CrossEntropy)

  // Recurrence. These have several results, which are nodes of their own.
  /// One of the results of the operand, by number.
  case result(Int)
  /// (sequences, first values of what is carried, invariants): a step for each element. Results: of each carried value its first value
  /// and those after each step [steps + 1, …]; then, by number of the step's node, what that is in each step [steps, …].
  case scan(Region)
  /// The gates of a cell.
  case gates(Gates)
}

/// The fine print of a cross-entropy.
package struct CrossEntropy: Hashable, Sendable {
  /// What the second operand is.
  package enum Form: Sendable {
    /// Logits; nothing is clamped.
    case logits
    /// Logits whose softmax or sigmoid is the prediction: one stable pass, with the clamp of the probabilities.
    case activated
    /// Probabilities; divided by their sum (not the binary ones) and clamped.
    case probabilities
  }
  package let form: Form
  /// Label smoothing s: targets become `t(1 − s) + s/classes`, binary ones `y(1 − s) + s/2`.
  package let smoothing: Double

  /// Probabilities are held in [ε, 1 − ε]; where that changes them the derivative is 0.
  package static let epsilon = 1e-7
}

/// The fine print of a normalisation of rows: `(x − mean)/√(variance + ε) · gamma + beta`.
package struct RowNormalization: Hashable, Sendable {
  package let epsilon: Double
  /// Whether the mean is taken away; if not, the mean of squares stands for the variance.
  package let isCentred: Bool
  package let hasScale: Bool
  package let hasOffset: Bool
}

/// A function of one number.
package enum UnaryOperation: String, Sendable, CaseIterable {
  case negate, exp, expm1, log, log1p, sqrt, reciprocalSqrt, square, abs, reciprocal
  case sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh
  case relu, sigmoid, tanh, erf, erfInverse, softplus
  case sign, floor, ceil, trunc
  /// To the nearest whole number, halves to the even one.
  case round
  // 1 where it is so, else 0.
  case not, isNaN, isFinite
}

/// How random numbers are spread.
package enum RandomDistribution: Sendable {
  /// Evenly in 0..<1.
  case uniform
  /// Normally with mean 0 and deviation 1.
  case normal
}

/// A function of two numbers. Comparisons give 0 or 1. The `…Gradient`s take the gradient of an activation and what it is computed from.
package enum BinaryOperation: String, Sendable, CaseIterable {
  case add, subtract, multiply, divide, maximum, minimum, power
  /// The angle of the point (b, a).
  case atan2
  /// Of a division rounded down: `a − b·⌊a/b⌋`.
  case remainder
  case and, or
  case equal, notEqual, less, lessEqual, greater, greaterEqual
  /// (g, input): `g · sigmoid(input)`.
  case softplusGradient
  /// (g, output of the activation).
  case reluGradient, sigmoidGradient, tanhGradient
}

/// How many numbers become one.
package enum Reduction: String, Sendable, CaseIterable {
  case sum, max, min, product
}

/// Sums of all elements up to each one, along an axis.
package struct CumulativeSum: Hashable, Sendable {
  package let axis: Int
  /// Whether an element's own value is left out.
  package let isExclusive: Bool
  /// Whether the sum runs from the end.
  package let isReverse: Bool
}
