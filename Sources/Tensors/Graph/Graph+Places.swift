/// Operations that move elements: rows by number, parts of an axis, and their opposites.
extension Graph {
  // MARK: Rows by number

  /// Rows of a table [rows, …] by int32 numbers [indices…]: [indices…, …], as an embedding looks up its vectors. A number outside
  /// of the rows gives zeros. The table may be int32 itself.
  package mutating func gatherRows(_ table: Node, _ indices: Node) -> Node {
    let entry = self[table]
    precondition(!entry.shape.isEmpty && entry.type != .mask, "rows are gathered from a table, not from \(entry.shape)")
    precondition(self[indices].type == .int32, "rows are gathered by int32 numbers")
    return emit(.gatherRows, [table, indices], self[indices].shape + entry.shape.dropFirst(), entry.type)
  }

  /// The sums of rows [indices…, …] by their int32 numbers [indices…]: [rows, …]. Rows are added in their order; a number outside of
  /// 0..<rows adds to none.
  package mutating func scatterRows(_ values: Node, _ indices: Node, rows: Int) -> Node {
    let shape = self[values].shape
    let numbers = self[indices]
    precondition(rows >= 0 && self[values].type == .float32 && numbers.type == .int32, "float32 rows are added by int32 numbers")
    precondition(shape.starts(with: numbers.shape), "each row has a number: \(numbers.shape) for \(shape)")
    return emit(.scatterRows, [values, indices], [rows] + shape.dropFirst(numbers.shape.count))
  }

  /// `Σ weights` for each bucket: int32 numbers and weights of one shape → [buckets], as a histogram.
  package mutating func bucketSums(_ indices: Node, weights: Node, buckets: Int) -> Node {
    precondition(self[indices].shape == self[weights].shape, "each number of a bucket has a weight")
    return scatterRows(weights, indices, rows: buckets)
  }

  /// One element of each row [..., n] by int32 numbers [...]: [...]. A number outside of the row gives 0.
  package mutating func takeAlongLast(_ x: Node, _ indices: Node) -> Node {
    let shape = self[x].shape
    precondition(self[indices].shape == Array(shape.dropLast()) && !shape.isEmpty, "\(self[indices].shape) numbers for \(shape)")
    precondition(self[x].type == .float32 && self[indices].type == .int32, "float32 elements are taken by int32 numbers")
    return emit(.takeAlongLast, [x, indices], self[indices].shape)
  }

  /// How many elements of a row [..., n] are greater than the one with the row's number (int32 [...]): [...] as float32. A target
  /// is among the k largest if fewer than k are greater.
  package mutating func countGreater(_ scores: Node, thanAt indices: Node) -> Node {
    let own = takeAlongLast(scores, indices)
    return reduceSum(greater(scores, reshape(own, self[own].shape + [1])), axes: [-1])
  }

  // MARK: Parts of an axis

  /// `x` from `range.lowerBound` up to `range.upperBound` along an axis (a negative one counts from the last).
  package mutating func slice(_ x: Node, axis: Int, _ range: Range<Int>) -> Node {
    let entry = self[x]
    let axis = axis < 0 ? axis + entry.shape.count : axis
    precondition(entry.shape.indices ~= axis && entry.type != .mask, "axis \(axis) lies within \(entry.shape)")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= entry.shape[axis], "\(range) lies within axis \(axis) of \(entry.shape)")
    if range == 0..<entry.shape[axis] { return x }
    if case .slice(axis, let start) = entry.operation {  // a part of a part
      return slice(entry.inputs[0], axis: axis, (start + range.lowerBound)..<(start + range.upperBound))
    }
    var shape = entry.shape
    shape[axis] = range.count
    return emit(.slice(axis: axis, start: range.lowerBound), [x], shape, entry.type)
  }

  /// Tensors one behind the other along an axis; all other extents agree.
  package mutating func concatenate(_ nodes: [Node], axis: Int) -> Node {
    guard let first = nodes.first else { preconditionFailure("a concatenation has at least one operand") }
    let shape = self[first].shape
    let type = self[first].type
    let axis = axis < 0 ? axis + shape.count : axis
    precondition(shape.indices ~= axis && type != .mask, "axis \(axis) lies within \(shape)")
    var extent = 0
    for node in nodes {
      var other = self[node].shape
      precondition(other.count == shape.count && self[node].type == type, "\(other) does not continue \(shape)")
      extent += other[axis]
      other[axis] = shape[axis]
      precondition(other == shape, "\(self[node].shape) does not continue \(shape) along axis \(axis)")
    }
    if nodes.count == 1 { return first }
    var result = shape
    result[axis] = extent
    return emit(.concatenate(axis: axis), nodes, result, type)
  }

  /// Tensors of one shape, side by side along a new axis.
  package mutating func stack(_ nodes: [Node], axis: Int) -> Node {
    let rows = nodes.map { node in
      var shape = self[node].shape
      shape.insert(1, at: axis < 0 ? axis + shape.count + 1 : axis)
      return reshape(node, shape)
    }
    return concatenate(rows, axis: axis)
  }

  /// `x` with zeros before and after it along an axis.
  package mutating func pad(_ x: Node, axis: Int, before: Int, after: Int) -> Node {
    let entry = self[x]
    let axis = axis < 0 ? axis + entry.shape.count : axis
    precondition(entry.shape.indices ~= axis && entry.type != .mask, "axis \(axis) lies within \(entry.shape)")
    precondition(before >= 0 && after >= 0, "padding is not negative")
    if before == 0 && after == 0 { return x }
    var shape = entry.shape
    shape[axis] += before + after
    return emit(.pad(axis: axis, before: before), [x], shape, entry.type)
  }

  // MARK: Views

  /// Whether a node is only another look at its operand's memory, and how many elements into it.
  func viewOffset(_ node: Node) -> Int? {
    let entry = self[node]
    switch entry.operation {
    case .reshape: return 0
    case .slice(let axis, let start):
      let shape = self[entry.inputs[0]].shape
      return shape[..<axis].reduce(1, *) == 1 ? start * shape[(axis + 1)...].reduce(1, *) : nil
    default: return nil
    }
  }

  /// The node whose memory a node shares.
  func root(of node: Node) -> Node { viewOffset(node) == nil ? node : root(of: self[node].inputs[0]) }

  /// How far into its root's memory a node begins, in elements.
  func offsetInRoot(_ node: Node) -> Int {
    guard let offset = viewOffset(node) else { return 0 }
    return offset + offsetInRoot(self[node].inputs[0])
  }

  /// The root of a node that is all of it; a part of another's memory is itself.
  func whole(of node: Node) -> Node {
    let root = root(of: node)
    return self[root].count == self[node].count ? root : node
  }

  /// Whether two nodes are the same elements in the same memory.
  func isSameMemory(_ a: Node, _ b: Node) -> Bool {
    root(of: a) == root(of: b) && offsetInRoot(a) == offsetInRoot(b) && self[a].count == self[b].count
  }
}
