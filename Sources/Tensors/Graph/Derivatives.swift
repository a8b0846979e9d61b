extension Operation {
  /// Whether the result changes smoothly with the operands; statistics of a batch are taken as given.
  fileprivate var hasDerivative: Bool {
    switch self {
    case .argmax, .top, .oneHot, .cast, .moments: false
    case .unary(let operation): !operation.isStep
    case .binary(let operation): !operation.isStep
    default: true
    }
  }
}

extension UnaryOperation {
  /// Whether it is constant but for jumps.
  fileprivate var isStep: Bool { [.sign, .floor, .ceil, .trunc, .round, .not, .isNaN, .isFinite].contains(self) }
}

extension BinaryOperation {
  /// Whether it is constant but for jumps.
  fileprivate var isStep: Bool {
    [.and, .or, .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual].contains(self)
  }
}

/// Derivatives by reversing the graph: a rule beside each operation emits more operations.
///
/// First derivatives only: an operation that exists as another's derivative has no rule of its own.
extension Graph {
  /// The derivatives of a loss of shape [] in variables, each of its variable's shape. A variable that the loss does not depend
  /// on is missing from the result. Only what lies between the loss and these variables is differentiated.
  package mutating func gradients(of loss: Node, withRespectTo variables: [VariableID]) -> [VariableID: Node] {
    let leaves = Dictionary(uniqueKeysWithValues: variables.map { ($0, variable($0)) })
    let found = gradients(of: loss, withRespectTo: Array(leaves.values))
    return leaves.compactMapValues { found[$0] }
  }

  /// The derivatives of a loss of shape [] in any nodes; none goes through one of them to another.
  package mutating func gradients(of loss: Node, withRespectTo wanted: [Node]) -> [Node: Node] {
    precondition(self[loss].shape.isEmpty, "a derivative is taken of one number, not of \(self[loss].shape)")
    return gradients(seeds: [loss: constant(1)], withRespectTo: wanted)
  }

  /// The derivatives in any nodes of what has the derivatives `seeds` in some others.
  mutating func gradients(seeds: [Node: Node], withRespectTo wanted: [Node]) -> [Node: Node] {
    // Nodes on a way from a wanted node; operands precede users, so one pass forward finds them.
    var depends = [Bool](repeating: false, count: entries.count)
    for node in wanted { depends[node.index] = true }
    for index in entries.indices where !depends[index] && entries[index].operation.hasDerivative {
      depends[index] = entries[index].inputs.contains { depends[$0.index] }
    }
    let given = Set(wanted)
    guard let last = seeds.keys.filter({ depends[$0.index] }).map(\.index).max() else { return [:] }

    let (outerTag, outerPrecision) = (tag, precision)
    defer { (tag, precision) = (outerTag, outerPrecision) }
    var gradients = Dictionary(uniqueKeysWithValues: seeds.map { ($0.key.index, $0.value) })
    var results = ResultGradients()
    for index in stride(from: last, through: 0, by: -1) where depends[index] {
      let node = Node(index: index)
      if given.contains(node) { continue }
      (tag, precision) = (entries[index].tag, entries[index].precision)
      if let gradient = gradients[index], results.take(gradient, of: node, in: self) { continue }
      let parts: [(Node, Node)]
      if let found = results.removeAll(of: node) {
        parts = contributions(of: node, found, needed: { depends[$0.index] })
      } else if let gradient = gradients[index] {
        parts = contributions(of: node, gradient, needed: { depends[$0.index] })
      } else {
        continue
      }
      for (operand, part) in parts {
        gradients[operand.index] = gradients[operand.index].map { add($0, part) } ?? part
      }
    }
    return Dictionary(uniqueKeysWithValues: wanted.compactMap { node in gradients[node.index].map { (node, $0) } })
  }

  /// What a node's gradient `g`, of the node's shape, adds to the gradients of those operands that are needed.
  private mutating func contributions(
    of node: Node, _ g: Node, needed: (Node) -> Bool
  ) -> [(Node, Node)] {
    let entry = self[node]
    let inputs = entry.inputs
    switch entry.operation {
    case .input, .variable, .constant, .table, .scalar, .random, .dropoutMask, .stepInput, .argmax, .top, .oneHot, .cast,
      .moments:
      return []

    case .matrixProduct(let transposeA, let transposeB):
      var parts: [(Node, Node)] = []
      if needed(inputs[0]) { parts.append((inputs[0], leftGradient(g, inputs[1], transposeA, transposeB))) }
      if needed(inputs[1]) { parts.append((inputs[1], rightGradient(g, inputs[0], transposeA, transposeB))) }
      return parts

    case .batchedProduct(let transposeA, let transposeB):
      var parts: [(Node, Node)] = []
      if needed(inputs[0]) { parts.append((inputs[0], leftGradient(g, inputs[1], transposeA, transposeB))) }
      if needed(inputs[1]) { parts.append((inputs[1], rightGradient(g, inputs[0], transposeA, transposeB))) }
      return parts

    case .convolution, .convolutionInputGradient, .convolutionKernelGradient:
      return convolutionGradients(of: node, g, needed: needed)

    case .unary(let operation):
      return unaryGradient(operation, x: inputs[0], y: node, g).map { [(inputs[0], $0)] } ?? []

    case .binary(let operation):
      return inputs.indices.filter { needed(inputs[$0]) }.compactMap { position in
        binaryGradient(operation, inputs[0], inputs[1], y: node, g, inLeft: position == 0)
          .map { (inputs[position], sumToShape($0, of: inputs[position])) }
      }

    case .select:  // d/da = g where the condition holds, d/db = g where it does not
      let zero = constant(0)
      var parts: [(Node, Node)] = []
      if needed(inputs[1]) { parts.append((inputs[1], sumToShape(select(inputs[0], g, zero), of: inputs[1]))) }
      if needed(inputs[2]) { parts.append((inputs[2], sumToShape(select(inputs[0], zero, g), of: inputs[2]))) }
      return parts

    case .masked:
      return [(inputs[0], emit(entry.operation, [g, inputs[1]], entry.shape))]

    case .reduce(let kind, let axes):
      return [(inputs[0], reductionGradient(kind, axes, x: inputs[0], y: node, g))]

    case .reshape:
      return [(inputs[0], reshape(g, self[inputs[0]].shape))]

    case .broadcast:
      return [(inputs[0], sumToShape(g, of: inputs[0]))]

    case .transpose(let permutation):
      var inverse = permutation
      for (axis, source) in permutation.enumerated() { inverse[source] = axis }
      return [(inputs[0], transpose(g, inverse))]

    case .softmax:
      return [(inputs[0], emit(.softmaxGradient, [node, g], entry.shape))]

    case .logSoftmax:
      return [(inputs[0], emit(.logSoftmaxGradient, [node, g], entry.shape))]

    case .normalize(let epsilon, let ofBatch):
      return normalizeGradients(of: node, g, epsilon, ofBatch, needed)

    case .normalizeRows(let settings):
      return rowNormalizationGradients(of: node, g, settings, needed)

    case .attention(let settings):
      precondition(!settings.hasMask || !needed(inputs[3]), "attention is not differentiated in its mask")
      return attentionGradients(of: node, g, settings, needed)

    case .crossEntropy(let settings):
      precondition(!needed(inputs[0]), "a cross-entropy is not differentiated in its targets")
      let operands = [inputs[0], inputs[1], g]
      return [(inputs[1], emit(.crossEntropyGradient(settings), operands, self[inputs[1]].shape))]

    case .binaryCrossEntropy(let settings):
      precondition(!needed(inputs[0]), "a cross-entropy is not differentiated in its targets")
      let operands = [inputs[0], inputs[1], g]
      return [(inputs[1], emit(.binaryCrossEntropyGradient(settings), operands, self[inputs[1]].shape))]

    case .gatherRows:  // each row of the table has the sum of the gradients of its copies
      return [(inputs[0], scatterRows(g, inputs[1], rows: self[inputs[0]].shape[0]))]

    case .scatterRows:
      return [(inputs[0], gatherRows(g, inputs[1]))]

    case .takeAlongLast:
      let shape = self[inputs[0]].shape
      return [(inputs[0], multiply(oneHot(inputs[1], depth: shape[shape.count - 1]), reshape(g, entry.shape + [1])))]

    case .slice(let axis, let start):
      let after = self[inputs[0]].shape[axis] - start - entry.shape[axis]
      return [(inputs[0], pad(g, axis: axis, before: start, after: after))]

    case .pad(let axis, let before):
      return [(inputs[0], slice(g, axis: axis, before..<(before + self[inputs[0]].shape[axis])))]

    case .concatenate(let axis):
      var start = 0
      return inputs.compactMap { input in
        let range = start..<(start + self[input].shape[axis])
        start = range.upperBound
        return needed(input) ? (input, slice(g, axis: axis, range)) : nil
      }

    case .pool(let pooling):
      return [(inputs[0], poolGradient(of: node, g, pooling))]

    case .resample(let resampling):
      return [(inputs[0], resample(g, resampling.transposed))]

    case .sample(let sampling):
      precondition(!inputs.dropFirst().contains(where: needed), "images are not differentiated in their maps")
      return [(inputs[0], emit(.sampleGradient(sampling), [g] + inputs.dropFirst(), self[inputs[0]].shape))]

    case .cumulativeSum(let sum):
      return [(inputs[0], cumulativeSum(g, axis: sum.axis, exclusive: sum.isExclusive, reverse: !sum.isReverse))]

    case .result, .scan, .gates: return []  // a gradient reaches these through their results

    case .poolGradient, .softmaxGradient, .attentionGradient, .logSoftmaxGradient, .normalizeGradientSums, .normalizeGradient,
      .sampleGradient,
      .normalizeRowsGradient,
      .normalizeRowsGradientSums, .crossEntropyGradient, .binaryCrossEntropyGradient:
      return []
    }
  }

  // MARK: Rules

  /// y = a·b: da = g·bᵀ, in the layout a has.
  private mutating func leftGradient(_ g: Node, _ b: Node, _ transposeA: Bool, _ transposeB: Bool) -> Node {
    transposeA
      ? matrixProduct(b, g, transposeA: transposeB, transposeB: true)
      : matrixProduct(g, b, transposeB: !transposeB)
  }

  /// y = a·b: db = aᵀ·g, in the layout b has.
  private mutating func rightGradient(_ g: Node, _ a: Node, _ transposeA: Bool, _ transposeB: Bool) -> Node {
    transposeB
      ? matrixProduct(g, a, transposeA: true, transposeB: transposeA)
      : matrixProduct(a, g, transposeA: !transposeA)
  }

  /// The derivative of `y = f(x)` times `g`, or nil where it is 0.
  private mutating func unaryGradient(_ operation: UnaryOperation, x: Node, y: Node, _ g: Node) -> Node? {
    switch operation {
    case .negate: return negate(g)
    case .exp: return multiply(g, y)
    case .expm1: return multiply(g, add(y, 1))
    case .log: return divide(g, x)
    case .log1p: return divide(g, add(x, 1))
    case .sqrt: return divide(multiply(g, by: 0.5), y)
    case .reciprocalSqrt: return multiply(multiply(g, by: -0.5), divide(y, x))
    case .square: return multiply(multiply(g, by: 2), x)
    case .abs: return multiply(g, apply(.sign, x))
    case .reciprocal: return negate(multiply(g, square(y)))
    case .sin: return multiply(g, apply(.cos, x))
    case .cos: return negate(multiply(g, apply(.sin, x)))
    case .tan: return multiply(g, add(square(y), 1))
    case .asin: return multiply(g, apply(.reciprocalSqrt, subtract(constant(1), square(x))))
    case .acos: return negate(multiply(g, apply(.reciprocalSqrt, subtract(constant(1), square(x)))))
    case .atan: return divide(g, add(square(x), 1))
    case .sinh: return multiply(g, apply(.cosh, x))
    case .cosh: return multiply(g, apply(.sinh, x))
    case .asinh: return multiply(g, apply(.reciprocalSqrt, add(square(x), 1)))
    case .acosh: return multiply(g, apply(.reciprocalSqrt, add(square(x), -1)))
    case .atanh: return divide(g, subtract(constant(1), square(x)))
    case .relu: return apply(.reluGradient, g, y)
    case .sigmoid: return apply(.sigmoidGradient, g, y)
    case .tanh: return apply(.tanhGradient, g, y)
    case .erf: return multiply(multiply(g, by: 2 / Double.pi.squareRoot()), exp(negate(square(x))))
    case .erfInverse: return multiply(multiply(g, by: Double.pi.squareRoot() / 2), exp(square(y)))
    case .softplus: return apply(.softplusGradient, g, x)
    case .sign, .floor, .ceil, .trunc, .round, .not, .isNaN, .isFinite: return nil
    }
  }

  /// The derivative of `y = f(a, b)` in one operand times `g`, of y's shape, or nil where it is 0.
  private mutating func binaryGradient(
    _ operation: BinaryOperation, _ a: Node, _ b: Node, y: Node, _ g: Node, inLeft: Bool
  ) -> Node? {
    switch operation {
    case .add: return g
    case .subtract: return inLeft ? g : negate(g)
    case .multiply: return multiply(g, inLeft ? b : a)
    case .divide: return inLeft ? divide(g, b) : negate(multiply(g, divide(y, b)))
    // Of equal operands the left one has the derivative.
    case .maximum: return multiply(g, inLeft ? apply(.greaterEqual, a, b) : apply(.less, a, b))
    case .minimum: return multiply(g, inLeft ? apply(.lessEqual, a, b) : apply(.greater, a, b))
    case .power:
      if inLeft { return multiply(g, multiply(b, power(a, subtract(b, constant(1))))) }
      return multiply(g, multiply(y, log(a)))
    case .atan2:
      let square = add(square(a), square(b))
      return inLeft ? multiply(g, divide(b, square)) : negate(multiply(g, divide(a, square)))
    case .remainder: return inLeft ? g : negate(multiply(g, apply(.floor, divide(a, b))))
    case .and, .or, .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual: return nil
    case .softplusGradient, .reluGradient, .sigmoidGradient, .tanhGradient: return nil
    }
  }

  /// A sum hands its gradient to every element; an extreme to the elements that reach it, in equal shares; a product the product of the
  /// others.
  private mutating func reductionGradient(_ kind: Reduction, _ axes: Range<Int>, x: Node, y: Node, _ g: Node) -> Node {
    let shape = self[x].shape
    let kept = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
    let g = reshape(g, kept)
    switch kind {
    case .sum: return broadcast(g, to: shape)
    case .max, .min:
      let isExtreme = apply(.equal, x, reshape(y, kept))
      let ties = reduceSum(isExtreme, axes: Array(axes), keepDimensions: true)
      return multiply(isExtreme, divide(g, ties))
    case .product:
      // The product without one element is that of the others that are not 0, if no other is 0.
      let isZero = apply(.equal, x, constant(0))
      let others = select(isZero, constant(1), x)
      let product = reduceProduct(others, axes: Array(axes), keepDimensions: true)
      let zeros = reduceSum(isZero, axes: Array(axes), keepDimensions: true)
      let whereNot = divide(apply(.equal, zeros, constant(0)), others)
      let without = multiply(product, select(isZero, apply(.equal, zeros, constant(1)), whereNot))
      return multiply(g, without)
    }
  }

  private mutating func normalizeGradients(
    of node: Node, _ g: Node, _ epsilon: Double, _ ofBatch: Bool, _ needed: (Node) -> Bool
  ) -> [(Node, Node)] {
    let inputs = self[node].inputs
    let (x, mean, variance, gamma, beta) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
    let sums = emit(.normalizeGradientSums(epsilon: epsilon), [g, x, mean, variance], [2, self[x].shape[1]])
    var parts = [(beta, row(sums, 0)), (gamma, row(sums, 1))].filter { needed($0.0) }
    if ofBatch {
      guard needed(x) else { return parts }
      parts.append((x, emit(.normalizeGradient(epsilon: epsilon), [g, x, mean, variance, gamma, sums], self[x].shape)))
      return parts
    }
    let scale = multiply(gamma, apply(.reciprocalSqrt, add(variance, epsilon)))
    if needed(x) { parts.append((x, multiply(g, scale))) }
    if needed(mean) { parts.append((mean, negate(multiply(row(sums, 0), scale)))) }
    if needed(variance) {
      let share = divide(multiply(row(sums, 1), gamma), add(variance, epsilon))
      parts.append((variance, multiply(share, by: -0.5)))
    }
    return parts
  }

  private mutating func rowNormalizationGradients(
    of node: Node, _ g: Node, _ settings: RowNormalization, _ needed: (Node) -> Bool
  ) -> [(Node, Node)] {
    let inputs = self[node].inputs
    let shape = self[node].shape
    var parts: [(Node, Node)] = []
    if needed(inputs[0]) {
      let operands = [g, inputs[0]] + (settings.hasScale ? [inputs[1]] : [])
      parts.append((inputs[0], emit(.normalizeRowsGradient(settings), operands, shape)))
    }
    guard inputs.dropFirst().contains(where: needed) else { return parts }
    let sums = emit(.normalizeRowsGradientSums(settings), [g, inputs[0]], [2, shape[1]])
    if settings.hasScale, needed(inputs[1]) { parts.append((inputs[1], row(sums, 0))) }
    if settings.hasOffset, let beta = inputs.last, needed(beta) { parts.append((beta, row(sums, 1))) }
    return parts
  }

  // MARK: Shapes of gradients

  /// Undoes broadcasting: sums a gradient over the axes along which `operand` was repeated.
  private mutating func sumToShape(_ g: Node, of operand: Node) -> Node {
    let target = self[operand].shape
    let shape = self[g].shape
    guard shape != target else { return g }
    let extra = shape.count - target.count
    let repeated = shape.indices.filter { $0 < extra || (target[$0 - extra] == 1 && shape[$0] != 1) }
    return reshape(reduceSum(g, axes: repeated), target)
  }
}
