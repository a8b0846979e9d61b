extension NDArray {
  private static let whole = ArrayIndex.slice(lower: nil, upper: nil, step: nil)

  /// What an index along one axis chooses, all of the others.
  package func along(_ axis: Int, _ index: ArrayIndex) throws(ArrayError) -> NDArray {
    try self[[ArrayIndex](repeating: Self.whole, count: try self.axis(axis)) + [index]]
  }

  /// Rows of an axis chosen by number, an axis of them in its place; of all elements in one row where `axis` is nil.
  package func taking(_ positions: NDArray, axis: Int?) throws(ArrayError) -> NDArray {
    guard let axis else { return try withShape([count]).taking(positions, axis: 0) }
    if rank == 0, axis == 0 || axis == -1 { return try withShape([1]).taking(positions, axis: 0) }
    let resolved = try self.axis(axis)
    let (before, after) = (shape.prefix(resolved), shape.suffix(rank - resolved - 1))
    // Where there is nothing to go through before the axis, no position is looked at.
    if before.contains(0), shape[resolved] > 0, positions.type.isInteger {
      return NDArray(type, shape: before + positions.shape + after)
    }
    return try along(axis, .array(positions))
  }

  /// The axis `source` moved to the place `destination`.
  package func movingAxis(_ source: Int, to destination: Int) throws(ArrayError) -> NDArray {
    try movingAxes([source], to: [destination])
  }

  /// Axes moved to other places; the rest keep their order.
  package func movingAxes(_ sources: [Int], to destinations: [Int]) throws(ArrayError) -> NDArray {
    guard sources.count == destinations.count else {
      throw .value("`source` and `destination` arguments must have the same number of elements")
    }
    var moves: [(from: Int, to: Int)] = []
    for (source, destination) in Swift.zip(sources, destinations) { moves.append((try axis(source), try axis(destination))) }
    guard Set(moves.map(\.from)).count == moves.count, Set(moves.map(\.to)).count == moves.count else {
      throw .value("repeated axis")
    }
    var order = (0..<rank).filter { axis in !moves.contains { $0.from == axis } }
    for move in moves.sorted(by: { $0.to < $1.to }) { order.insert(move.from, at: move.to) }
    return try transposed(order)
  }

  /// Two axes in each other's place.
  package func swappingAxes(_ a: Int, _ b: Int) throws(ArrayError) -> NDArray {
    try Self.checkAxes([a, b])
    var order = Array(0..<rank)
    order.swapAt(try axis(a), try axis(b))
    return try transposed(order)
  }

  /// The elements of some axes (all where nil) in reverse.
  package func flipped(_ axes: [Int]?) throws(ArrayError) -> NDArray {
    var result = self
    for axis in axes ?? Array(0..<rank) { result = try result.along(axis, .slice(lower: nil, upper: nil, step: -1)) }
    return result
  }

  /// The elements of an axis moved on by `shift`, the last ones to the front; of all in one row where `axis` is nil.
  package func rolled(_ shift: Int, axis: Int?) throws(ArrayError) -> NDArray {
    guard let axis else { return try withShape([count]).rolled(shift, axis: 0).withShape(shape) }
    let length = shape[try self.axis(axis)]
    if length == 0 { return self }
    let offset = (shift % length + length) % length
    return try NDArray.concatenate(
      [
        try along(axis, .slice(lower: length - offset, upper: nil, step: nil)),
        try along(axis, .slice(lower: nil, upper: length - offset, step: nil)),
      ], axis: axis)
  }

  /// The array side by side with itself, `repeats` times along each axis; missing axes come first.
  package func tiled(_ repeats: [Int]) throws(ArrayError) -> NDArray {
    let rank = Swift.max(repeats.count, rank)
    let counts = [Int](repeating: 1, count: rank - repeats.count) + repeats
    let sizes = [Int](repeating: 1, count: rank - self.rank) + shape
    if let negative = counts.first(where: { $0 < 0 }) { throw .value("an array cannot be repeated \(negative) times") }
    // [a, b] of 1·a·1·b stretched to r·a·s·b.
    var target: [Int] = []
    for (count, size) in Swift.zip(counts, sizes) { target += [count, size] }
    guard target.count <= Self.rankLimit else { throw .value("too many axes to tile") }
    let stretched = try withShape(sizes.flatMap { [1, $0] }).broadcast(to: target)
    return try stretched.reshaped(Swift.zip(counts, sizes).map { $0.multipliedReportingOverflow(by: $1).partialValue })
  }

  /// Each row of an axis several times, in place; `counts` has one number for all rows or one for each.
  package func repeated(_ counts: [Int], axis: Int?) throws(ArrayError) -> NDArray {
    guard let axis else { return try withShape([count]).repeated(counts, axis: 0) }
    if rank == 0, axis == 0 || axis == -1 { return try withShape([1]).repeated(counts, axis: 0) }
    try Self.checkConvertible([axis])
    let length = shape[try self.axis(axis)]
    if counts.contains(where: { $0 < 0 }) { throw .value("repeats may not contain negative values.") }
    guard counts.count == 1 || counts.count == length else {
      throw .value(
        "operands could not be broadcast together with shape \(Self.pythonTuple([length])) \(Self.pythonTuple([counts.count]))")
    }
    var total = 0
    for row in 0..<length {
      let (sum, overflow) = total.addingReportingOverflow(counts.count == 1 ? counts[0] : counts[row])
      if overflow { throw .memory("the repeated array is too large") }
      total = sum
    }
    _ = try Self.count(of: [total])
    var rows: [Int] = []
    rows.reserveCapacity(total)
    for row in 0..<length { rows += repeatElement(row, count: counts.count == 1 ? counts[0] : counts[row]) }
    return try taking(NDArray(integers: rows, shape: [rows.count]), axis: axis)
  }

  /// How `padded` finds what it puts around an array.
  package enum Padding: String, Sendable { case constant, edge, reflect, symmetric, wrap }

  /// The array with elements around it: `widths` before and after each axis.
  package func padded(_ widths: [(before: Int, after: Int)], _ padding: Padding, constants: WeakScalar) throws(ArrayError)
    -> NDArray
  {
    precondition(widths.count == rank, "a pair of widths for each axis")
    if widths.contains(where: { $0.before < 0 || $0.after < 0 }) { throw .value("index can't contain negative values") }
    var target: [Int] = []
    for (size, width) in Swift.zip(shape, widths) {
      let (inner, overflow) = size.addingReportingOverflow(width.before)
      let (total, more) = inner.addingReportingOverflow(width.after)
      if overflow || more { throw .memory("the padded array is too large") }
      target.append(total)
    }
    _ = try Self.count(of: target)
    if padding == .constant {
      var result = try NDArray.full(type, shape: target, value: constants)
      let inner = Swift.zip(shape, widths).map { ArrayIndex.slice(lower: $1.before, upper: $1.before + $0, step: nil) }
      try result.assign(self, at: inner)
      return result
    }
    var result = self
    for (axis, width) in widths.enumerated() where width.before + width.after > 0 {
      let size = shape[axis]
      guard size > 0 else { throw .value("can't extend empty axis \(axis) using modes other than 'constant' or 'empty'") }
      let rows = (-width.before..<(size + width.after)).map { position -> Int in
        switch padding {
        case .constant, .edge: return Swift.min(Swift.max(position, 0), size - 1)
        case .wrap: return (position % size + size) % size
        case .reflect:
          if size == 1 { return 0 }
          let period = 2 * (size - 1)
          let offset = (position % period + period) % period
          return offset < size ? offset : period - offset
        case .symmetric:
          let offset = (position % (2 * size) + 2 * size) % (2 * size)
          return offset < size ? offset : 2 * size - 1 - offset
        }
      }
      result = try result.taking(NDArray(integers: rows, shape: [rows.count]), axis: axis)
    }
    return result
  }

  /// The array cut along an axis before each of the positions, as slices are cut.
  package func split(before positions: [Int], axis: Int) throws(ArrayError) -> [NDArray] {
    var parts: [NDArray] = []
    var start = 0
    for position in positions {
      parts.append(try along(axis, .slice(lower: start, upper: position, step: nil)))
      start = position
    }
    parts.append(try along(axis, .slice(lower: start, upper: nil, step: nil)))
    return parts
  }

  /// The array cut along an axis into parts whose sizes differ by one at most, the larger first.
  package func split(into count: Int, axis: Int) throws(ArrayError) -> [NDArray] {
    guard count > 0 else { throw .value("number sections must be larger than 0.") }
    let length = shape[try self.axis(axis)]
    _ = try Self.count(of: [count])
    let (size, larger) = length.quotientAndRemainder(dividingBy: count)
    return try split(before: (1..<count).map { $0 * size + Swift.min($0, larger) }, axis: axis)
  }

  /// The elements above (`isUpper`) or below the `offset`-th diagonal of the last two axes, zeros elsewhere.
  package func triangle(isUpper: Bool, offset: Int) throws(ArrayError) -> NDArray {
    if offset == Int.min { throw .overflow("Python int too large to convert to C long") }
    if rank < 1 { throw .type("a triangle is made of an array with axes") }
    let matrix = rank == 1 ? try broadcast(to: [count, count]) : self
    let (rows, columns) = (matrix.shape[matrix.rank - 2], matrix.shape[matrix.rank - 1])
    var mask = [Bool](repeating: false, count: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let diagonal = (column - row).subtractingReportingOverflow(offset).partialValue
        mask[row * columns + column] = isUpper ? diagonal >= 0 : diagonal <= 0
      }
    }
    return try NDArray.select(NDArray(bools: mask, shape: [rows, columns]), matrix, NDArray(matrix.type, shape: []))
  }

  /// The `offset`-th diagonal of two axes, as the last axis.
  package func diagonal(_ offset: Int, _ first: Int = 0, _ second: Int = 1) throws(ArrayError) -> NDArray {
    try Self.checkAxes([offset])
    guard rank >= 2 else { throw .value("diag requires an array of at least two dimensions") }
    guard try axis(first) != axis(second) else { throw .value("axis1 and axis2 cannot be the same.") }
    let offset = Swift.max(offset, -Int.max)
    let matrix = try movingAxes([first, second], to: [rank - 2, rank - 1])
    let (rows, columns) = (matrix.shape[rank - 2], matrix.shape[rank - 1])
    let size = Swift.max(0, Swift.min(rows - Swift.max(0, 0 &- offset), columns - Swift.max(0, offset)))
    let row = (0..<size).map { $0 + Swift.max(0, -offset) }
    let column = (0..<size).map { $0 + Swift.max(0, offset) }
    return try matrix[[
      .ellipsis, .array(NDArray(integers: row, shape: [size])), .array(NDArray(integers: column, shape: [size])),
    ]]
  }

  /// A matrix with this array of one dimension on its `offset`-th diagonal.
  package func diagonalMatrix(_ offset: Int) throws(ArrayError) -> NDArray {
    guard rank == 1 else { throw .value("Input must be 1- or 2-d.") }
    guard offset.magnitude < Self.countLimit else { throw .memory("the matrix is too large") }
    let size = count + Int(offset.magnitude)
    _ = try Self.count(of: [size, size])
    var result = NDArray(type, shape: [size, size])
    let rows = (0..<count).map { $0 + Swift.max(0, -offset) }
    let columns = (0..<count).map { $0 + Swift.max(0, offset) }
    try result.assign(
      self, at: [.array(NDArray(integers: rows, shape: [count])), .array(NDArray(integers: columns, shape: [count]))])
    return result
  }
}
