extension NDArray {
  /// The elements at `offset + Σ index·stride` (in elements of this array's memory), laid out anew in C order.
  func gathered(shape: [Int], strides: [Int], offset: Int) -> NDArray {
    var result = NDArray(type, shape: shape)
    if result.count == 0 { return result }
    let source = storage.bytes.baseAddress!
    switch type.size {
    case 8: result.fill(from: source.assumingMemoryBound(to: UInt64.self), strides, offset)
    case 4: result.fill(from: source.assumingMemoryBound(to: UInt32.self), strides, offset)
    default: result.fill(from: source.assumingMemoryBound(to: UInt8.self), strides, offset)
    }
    return result
  }

  private mutating func fill<Unit>(from source: UnsafePointer<Unit>, _ strides: [Int], _ offset: Int) {
    let shape = shape
    withMutableElements(as: Unit.self) { out in
      guard let last = shape.last else {
        out[0] = source[offset]
        return
      }
      let step = strides[shape.count - 1]
      var index = [Int](repeating: 0, count: shape.count)
      var position = offset
      for start in stride(from: 0, to: out.count, by: last) {
        let run = source + position
        if step == 1 {
          (out.baseAddress! + start).update(from: run, count: last)
        } else {
          for item in 0..<last { out[start + item] = run[item * step] }
        }
        var axis = shape.count - 2
        while axis >= 0 {
          index[axis] += 1
          position += strides[axis]
          if index[axis] < shape[axis] { break }
          position -= strides[axis] * shape[axis]
          index[axis] = 0
          axis -= 1
        }
      }
    }
  }

  /// Strides of a contiguous array, in elements.
  static func contiguousStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
  }

  /// An axis counted from the end where negative; an error where there is none.
  package func axis(_ axis: Int) throws(ArrayError) -> Int {
    try Self.checkAxes([axis])
    let resolved = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(resolved) else { throw .index("axis \(axis) is out of bounds for array of dimension \(rank)") }
    return resolved
  }

  /// Fails where a number of an axis has more than 32 bits, which NumPy says before it looks at the array.
  package static func checkAxes(_ axes: [Int]) throws(ArrayError) {
    if axes.contains(where: { Int32(exactly: $0) == nil }) { throw .overflow("Python int too large to convert to C int") }
  }

  /// The same where NumPy's own converter of axes looks first, which calls it a value.
  static func checkConvertible(_ axes: [Int]) throws(ArrayError) {
    if let axis = axes.first(where: { Int32(exactly: $0) == nil }) { throw .value("\(axis) is no number of an axis") }
  }

  /// The same elements in another shape; one dimension may be -1 and follows from the others.
  package func reshaped(_ dimensions: [Int]) throws(ArrayError) -> NDArray {
    var shape = dimensions
    let failure = ArrayError.value("cannot reshape array of size \(count) into shape \(Self.pythonTuple(dimensions))")
    let open = shape.indices.filter { shape[$0] == -1 }
    if open.count > 1 { throw .value("can only specify one unknown dimension") }
    if let position = open.first {
      shape[position] = 1
      let known = try Self.elementCount(of: shape, type: type)
      guard known > 0, count % known == 0 else { throw failure }
      shape[position] = count / known
    }
    guard try Self.elementCount(of: shape, type: type) == count else { throw failure }
    return withShape(shape)
  }

  /// The axes in the order `axes`; reversed where nil.
  package func transposed(_ axes: [Int]? = nil) throws(ArrayError) -> NDArray {
    var order = Array((0..<rank).reversed())
    if let axes {
      guard axes.count == rank else { throw .value("axes don't match array") }
      order = []
      for one in axes { order.append(try axis(one)) }
      if Set(order).count != rank { throw .value("repeated axis in transpose") }
    }
    let strides = Self.contiguousStrides(shape)
    return gathered(shape: order.map { shape[$0] }, strides: order.map { strides[$0] }, offset: 0)
  }

  /// A new axis of length 1 at `position`.
  package func expanded(at position: Int) throws(ArrayError) -> NDArray {
    let resolved = position < 0 ? position + rank + 1 : position
    guard (0...rank).contains(resolved) else {
      throw .index("axis \(position) is out of bounds for array of dimension \(rank + 1)")
    }
    var shape = shape
    shape.insert(1, at: resolved)
    return withShape(shape)
  }

  /// Without the axes of length 1, or without `axes` alone.
  package func squeezed(_ axes: [Int]? = nil) throws(ArrayError) -> NDArray {
    guard let axes else { return withShape(shape.filter { $0 != 1 }) }
    var dropped: Set<Int> = []
    // A number without axes has a first one to NumPy.
    if rank == 0, axes == [0] || axes == [-1] { return self }
    try Self.checkConvertible(axes)
    for axis in axes {
      let position = try self.axis(axis)
      guard shape[position] == 1 else { throw .value("cannot select an axis to squeeze out which has size not equal to one") }
      dropped.insert(position)
    }
    return withShape(shape.indices.filter { !dropped.contains($0) }.map { shape[$0] })
  }

  /// Arrays joined along an existing axis, all their elements in one row where it is nil; their other dimensions must agree.
  package static func concatenate(_ arrays: [NDArray], axis: Int? = 0) throws(ArrayError) -> NDArray {
    guard let axis else { return try concatenate(arrays.map { $0.withShape([$0.count]) }, axis: 0) }
    try checkConvertible([axis])
    guard let first = arrays.first else { throw .value("need at least one array to concatenate") }
    if first.rank == 0 { throw .value("zero-dimensional arrays cannot be concatenated") }
    let position = try first.axis(axis)
    var type = first.type
    var shape = first.shape
    for (index, array) in arrays.enumerated().dropFirst() {
      guard array.rank == first.rank else {
        throw .value(
          "all the input array dimensions must match, but the array at index 0 has \(first.rank) dimension(s) "
            + "and the array at index \(index) has \(array.rank) dimension(s)")
      }
      for dimension in shape.indices where dimension != position && array.shape[dimension] != shape[dimension] {
        throw .value(
          "all the input array dimensions except for the concatenation axis must match exactly, but along dimension "
            + "\(dimension), the array at index 0 has size \(shape[dimension]) and the array at index \(index) has size \(array.shape[dimension])"
        )
      }
      shape[position] += array.shape[position]
      type = type.promoted(with: array.type)
    }
    _ = try count(of: shape, type: type)
    if type == .string {
      guard position == 0 else { throw .value("texts are joined along their first axis") }
      return NDArray(texts: arrays.flatMap(\.texts), shape: shape)
    }
    var result = NDArray(type, shape: shape)
    let outer = shape[..<position].reduce(1, *)
    let inner = shape[(position + 1)...].reduce(1, *) * type.size
    let converted = arrays.map { $0.converted(to: type) }
    result.withMutableElements(as: UInt8.self) { buffer in
      var target = UnsafeMutableRawPointer(buffer.baseAddress!)
      for block in 0..<outer {
        for array in converted {
          let bytes = array.shape[position] * inner
          if bytes > 0 { target.copyMemory(from: array.rawBytes.baseAddress! + block * bytes, byteCount: bytes) }
          target += bytes
        }
      }
    }
    return result
  }

  /// Arrays of one shape joined along a new axis.
  package static func stack(_ arrays: [NDArray], axis: Int = 0) throws(ArrayError) -> NDArray {
    guard let first = arrays.first else { throw .value("need at least one array to stack") }
    var expanded: [NDArray] = []
    if arrays.contains(where: { $0.shape != first.shape }) { throw .value("all input arrays must have the same shape") }
    for array in arrays {
      expanded.append(try array.expanded(at: axis))
    }
    return try concatenate(expanded, axis: axis < 0 ? axis + first.rank + 1 : axis)
  }
}
