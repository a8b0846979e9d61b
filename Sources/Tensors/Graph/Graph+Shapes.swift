/// Products, reductions and changes of shape.
extension Graph {
  /// The matrix product. `a` is [m, k] (transposed [k, m]) and `b` [k, n] (transposed [n, k]); an `a` of higher rank, not
  /// transposed, is a list of rows: [..., k] → [..., n]. If `b` has a higher rank too, the axes before the last two count products
  /// and are broadcast together: [..., m, k] and [..., k, n] → [..., m, n].
  package mutating func matrixProduct(_ a: Node, _ b: Node, transposeA: Bool = false, transposeB: Bool = false) -> Node {
    let left = self[a]
    let right = self[b]
    precondition(left.type == .float32 && right.type == .float32, "products are of float32")
    if right.shape.count > 2 || (left.shape.count > 2 && transposeA) {
      return productOfItems(a, b, transposeA, transposeB)
    }
    precondition(right.shape.count == 2, "the right factor is a matrix, not \(right.shape)")
    if left.shape.count > 2 {
      let rows = reshape(a, [left.shape.dropLast().reduce(1, *), left.shape.last ?? 1])
      let product = matrixProduct(rows, b, transposeB: transposeB)
      return reshape(product, left.shape.dropLast() + [self[product].shape[1]])
    }
    precondition(left.shape.count == 2, "the left factor is a matrix, not \(left.shape)")
    let (m, k) = transposeA ? (left.shape[1], left.shape[0]) : (left.shape[0], left.shape[1])
    let (inner, n) = transposeB ? (right.shape[1], right.shape[0]) : (right.shape[0], right.shape[1])
    precondition(k == inner, "a product needs equal inner extents, not \(left.shape) and \(right.shape)")
    return emit(.matrixProduct(transposeA: transposeA, transposeB: transposeB), [a, b], [m, n])
  }

  private mutating func productOfItems(_ a: Node, _ b: Node, _ transposeA: Bool, _ transposeB: Bool) -> Node {
    let left = self[a].shape
    let right = self[b].shape
    precondition(left.count >= 2 && right.count >= 2, "factors have two axes at least, not \(left) and \(right)")
    guard let items = Graph.broadcastShape(Array(left.dropLast(2)), Array(right.dropLast(2))) else {
      preconditionFailure("a product cannot broadcast \(left) with \(right)")
    }
    let (m, k) = transposeA ? (left[left.count - 1], left[left.count - 2]) : (left[left.count - 2], left[left.count - 1])
    let (inner, n) =
      transposeB ? (right[right.count - 1], right[right.count - 2]) : (right[right.count - 2], right[right.count - 1])
    precondition(k == inner, "a product needs equal inner extents, not \(left) and \(right)")
    let count = items.reduce(1, *)
    let factors = [(a, left), (b, right)].map { node, shape in
      reshape(broadcast(node, to: items + shape.suffix(2)), [count] + shape.suffix(2))
    }
    let operation = Operation.batchedProduct(transposeA: transposeA, transposeB: transposeB)
    return reshape(emit(operation, factors, [count, m, n]), items + [m, n])
  }

  /// Sums along axes (all, if nil; negative ones count from the last), which stay as 1 if `keepDimensions`.
  package mutating func reduceSum(_ x: Node, axes: [Int]? = nil, keepDimensions: Bool = false) -> Node {
    reduce(.sum, x, axes, keepDimensions)
  }

  /// The mean along axes.
  package mutating func reduceMean(_ x: Node, axes: [Int]? = nil, keepDimensions: Bool = false) -> Node {
    let shape = self[x].shape
    let count = resolved(axes, rank: shape.count).reduce(1) { $0 * shape[$1] }
    let sum = reduce(.sum, x, axes, keepDimensions)
    return multiply(sum, by: 1 / Double(max(count, 1)))
  }

  /// The largest element along axes.
  package mutating func reduceMax(_ x: Node, axes: [Int]? = nil, keepDimensions: Bool = false) -> Node {
    reduce(.max, x, axes, keepDimensions)
  }

  /// The smallest element along axes.
  package mutating func reduceMin(_ x: Node, axes: [Int]? = nil, keepDimensions: Bool = false) -> Node {
    reduce(.min, x, axes, keepDimensions)
  }

  /// The product along axes.
  package mutating func reduceProduct(_ x: Node, axes: [Int]? = nil, keepDimensions: Bool = false) -> Node {
    reduce(.product, x, axes, keepDimensions)
  }

  /// The sum of all elements up to each one along an axis, without its own if `exclusive`, from the end if `reverse`.
  package mutating func cumulativeSum(_ x: Node, axis: Int, exclusive: Bool = false, reverse: Bool = false) -> Node {
    let shape = self[x].shape
    let axis = axis < 0 ? axis + shape.count : axis
    precondition(shape.indices ~= axis && self[x].type == .float32, "float32 is summed along an axis of \(shape)")
    return emit(.cumulativeSum(CumulativeSum(axis: axis, isExclusive: exclusive, isReverse: reverse)), [x], shape)
  }

  /// Axes are reduced in runs of neighbours, the last run first: each is one operation over [outer, reduced, inner]. Equal extremes
  /// share a derivative, so theirs are made neighbours first.
  private mutating func reduce(_ kind: Reduction, _ x: Node, _ axes: [Int]?, _ keepDimensions: Bool) -> Node {
    let shape = self[x].shape
    precondition(self[x].type == .float32, "float32 is reduced")
    let reduced = resolved(axes, rank: shape.count)
    if let first = reduced.first, let last = reduced.last, last - first >= reduced.count, kind == .max || kind == .min {
      let kept = shape.indices.filter { !reduced.contains($0) }
      let together = transpose(x, kept + reduced)
      let result = reduce(kind, together, Array(kept.count..<shape.count), false)
      return keepDimensions ? reshape(result, shape.indices.map { reduced.contains($0) ? 1 : shape[$0] }) : result
    }
    var result = x
    var end = reduced.count
    while end > 0 {
      var start = end - 1
      while start > 0 && reduced[start - 1] == reduced[start] - 1 { start -= 1 }
      let run = reduced[start]..<(reduced[end - 1] + 1)
      var remaining = self[result].shape
      remaining.removeSubrange(run)
      result = emit(.reduce(kind, axes: run), [result], remaining)
      end = start
    }
    guard keepDimensions else { return result }
    return reshape(result, shape.indices.map { reduced.contains($0) ? 1 : shape[$0] })
  }

  /// Axes from 0, ascending, each once.
  private func resolved(_ axes: [Int]?, rank: Int) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    let resolved = Set(axes.map { $0 < 0 ? $0 + rank : $0 }).sorted()
    precondition(resolved.allSatisfy { 0..<rank ~= $0 }, "axes \(axes) lie within rank \(rank)")
    return resolved
  }

  /// The same elements in the same order under another shape.
  package mutating func reshape(_ x: Node, _ shape: [Int]) -> Node {
    let entry = self[x]
    precondition(shape.reduce(1, *) == entry.count, "\(entry.shape) has not the elements of \(shape)")
    if shape == entry.shape { return x }
    switch entry.operation {
    case .reshape: return reshape(entry.inputs[0], shape)
    case .broadcast where self[entry.inputs[0]].shape.isEmpty: return broadcast(entry.inputs[0], to: shape)
    default: return emit(.reshape, [x], shape, entry.type)
    }
  }

  /// [batch, …] → [batch, product of the rest].
  package mutating func flatten(_ x: Node) -> Node {
    let shape = self[x].shape
    return reshape(x, [shape[0], shape.dropFirst().reduce(1, *)])
  }

  /// Repeats a tensor to a larger shape, as NumPy's broadcasting does.
  package mutating func broadcast(_ x: Node, to shape: [Int]) -> Node {
    let entry = self[x]
    precondition(Graph.broadcastShape(entry.shape, shape) == shape, "\(entry.shape) cannot become \(shape)")
    precondition(entry.type != .mask, "a mask is not broadcast")
    return shape == entry.shape ? x : emit(.broadcast, [x], shape, entry.type)
  }

  /// Axis `i` of the result is axis `permutation[i]` of `x`.
  package mutating func transpose(_ x: Node, _ permutation: [Int]) -> Node {
    let shape = self[x].shape
    precondition(permutation.sorted() == Array(shape.indices), "\(permutation) is a permutation of \(shape.count) axes")
    precondition(self[x].type != .mask, "a mask is not transposed")
    guard permutation != Array(shape.indices) else { return x }
    switch self[x].operation {
    case .transpose(let first): return transpose(self[x].inputs[0], permutation.map { first[$0] })
    case .gatherRows:
      // Rows that are looked up in another order need not be moved.
      let (table, indices) = (self[x].inputs[0], self[x].inputs[1])
      let rank = self[indices].shape.count
      guard permutation.dropFirst(rank).elementsEqual(rank..<shape.count) else { break }
      return gatherRows(table, transpose(indices, Array(permutation.prefix(rank))))
    default: break
    }
    return emit(.transpose(permutation), [x], permutation.map { shape[$0] }, self[x].type)
  }

  /// `exp(x) / Σ exp(x)` along the last axis.
  package mutating func softmax(_ x: Node) -> Node {
    precondition(!self[x].shape.isEmpty, "softmax needs an axis")
    return emit(.softmax, [x], self[x].shape)
  }

  /// The logarithm of `softmax`, stably.
  package mutating func logSoftmax(_ x: Node) -> Node {
    precondition(!self[x].shape.isEmpty, "log-softmax needs an axis")
    return emit(.logSoftmax, [x], self[x].shape)
  }

  /// Where the largest element of the last axis stands, the first of equals: int32.
  package mutating func argmax(_ x: Node) -> Node {
    precondition(!self[x].shape.isEmpty, "argmax needs an axis")
    return emit(.argmax, [x], self[x].shape.dropLast(), .int32)
  }

  /// Where the largest element of any axis stands, the first of equals: int32.
  package mutating func argmax(_ x: Node, axis: Int) -> Node {
    let rank = self[x].shape.count
    let axis = axis < 0 ? axis + rank : axis
    precondition(0..<rank ~= axis, "axis \(axis) lies within rank \(rank)")
    return argmax(transpose(x, (0..<rank).filter { $0 != axis } + [axis]))
  }

  /// Where the smallest element of an axis stands, the first of equals: int32.
  package mutating func argmin(_ x: Node, axis: Int = -1) -> Node { argmax(negate(x), axis: axis) }

  /// 1 where an element is one of the `count` largest of the last axis, the first of equals, else 0.
  package mutating func top(_ count: Int, of x: Node) -> Node {
    precondition(!self[x].shape.isEmpty && count >= 0, "the largest of a last axis are counted")
    return emit(.top(count: count), [x], self[x].shape)
  }

  /// int32 [...] → float32 [..., depth]: 1 at each number's place, else 0.
  package mutating func oneHot(_ indices: Node, depth: Int) -> Node {
    precondition(self[indices].type == .int32, "one-hot takes class numbers as int32")
    return emit(.oneHot(depth: depth), [indices], self[indices].shape + [depth])
  }
}
