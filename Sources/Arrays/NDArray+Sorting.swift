extension NDArray {
  /// The elements sorted along an axis, not-a-number last; all of them in one row where `axis` is nil.
  package func sorted(axis: Int? = -1) throws(ArrayError) -> NDArray {
    try alongLast(axis) { rows in
      var result = rows
      let length = rows.shape.last ?? 1
      func sort<T>(_: T.Type, _ precedes: (T, T) -> Bool) {
        result.withMutableElements(as: T.self) { elements in
          for start in stride(from: 0, to: elements.count, by: Swift.max(length, 1)) {
            elements[start..<(start + length)].sort(by: precedes)
          }
        }
      }
      switch type {
      case .float64: sort(Double.self, numberPrecedes)
      case .float32: sort(Float.self, numberPrecedes)
      case .int64: sort(Int.self, <)
      case .int32: sort(Int32.self, <)
      case .uint8, .bool: sort(UInt8.self, <)
      case .string: textsAreNoNumbers()
      }
      return result
    }
  }

  /// The positions that sort an axis, equal elements in their order; all elements in one row where `axis` is nil.
  package func sortedPositions(axis: Int? = -1) throws(ArrayError) -> NDArray {
    if rank == 0, axis == 0 || axis == -1 { return try withShape([1]).sortedPositions(axis: 0) }
    if let axis { try Self.checkConvertible([axis]) }
    return try alongLast(axis) { rows in
      let length = rows.shape.last ?? 1
      var positions: [Int] = []
      positions.reserveCapacity(rows.count)
      func sort<T>(_: T.Type, _ precedes: (T, T) -> Bool) {
        rows.withElements(as: T.self) { elements in
          for start in stride(from: 0, to: elements.count, by: Swift.max(length, 1)) {
            // The standard sort is stable.
            positions += (0..<length).sorted { precedes(elements[start + $0], elements[start + $1]) }
          }
        }
      }
      switch type {
      case .float64: sort(Double.self, numberPrecedes)
      case .float32: sort(Float.self, numberPrecedes)
      case .int64: sort(Int.self, <)
      case .int32: sort(Int32.self, <)
      case .uint8, .bool: sort(UInt8.self, <)
      case .string: textsAreNoNumbers()
      }
      return NDArray(integers: positions, shape: rows.shape)
    }
  }

  /// Does something to each row of `axis`, which stands last meanwhile; to all elements as one row where it is nil.
  private func alongLast(_ axis: Int?, _ body: (NDArray) -> NDArray) throws(ArrayError) -> NDArray {
    guard let axis else { return body(withShape([count])) }
    if rank == 0 { throw .index("axis \(axis) is out of bounds for array of dimension 0") }
    let position = try self.axis(axis)
    if position == rank - 1 { return body(self) }
    return try body(movingAxis(position, to: rank - 1)).movingAxis(rank - 1, to: position)
  }

  /// The distinct elements in order, and by `int64` arrays: where each is first, which of them every element is, how often each is there.
  package func distinct() throws(ArrayError) -> (values: NDArray, first: NDArray, inverse: NDArray, counts: NDArray) {
    let flat = withShape([count])
    let order = try flat.sortedPositions().integers
    let sorted = try flat.rows(order)
    // Neighbours that differ begin a new group; not-a-number is one value.
    var starts: [Int] = count == 0 ? [] : [0]
    if count > 1 {
      let (left, right) = (
        try sorted[[.slice(lower: nil, upper: -1, step: nil)]], try sorted[[.slice(lower: 1, upper: nil, step: nil)]]
      )
      let differ = try NDArray.compare(.notEqual, left, right).bools
      let (leftIsNumber, rightIsNumber) = (left.tested(.isNaN).bools.map { !$0 }, right.tested(.isNaN).bools.map { !$0 })
      for index in differ.indices where differ[index] && (leftIsNumber[index] || rightIsNumber[index]) {
        starts.append(index + 1)
      }
    }
    var inverse = [Int](repeating: 0, count: count)
    var counts: [Int] = []
    for (group, start) in starts.enumerated() {
      let end = group + 1 < starts.count ? starts[group + 1] : count
      counts.append(end - start)
      for index in start..<end { inverse[order[index]] = group }
    }
    let first = starts.map { order[$0] }
    return (
      try sorted.rows(starts), NDArray(integers: first, shape: [first.count]), NDArray(integers: inverse, shape: [count]),
      NDArray(integers: counts, shape: [counts.count])
    )
  }

  /// Where each value would be put into this sorted array of one dimension: before its equals, or behind them where `isRight`.
  package func positions(of values: NDArray, isRight: Bool) throws(ArrayError) -> NDArray {
    guard rank == 1 else { throw .value("object too deep for desired array") }
    let type = type.promoted(with: values.type)
    let (sorted, wanted) = (converted(to: type), values.converted(to: type))
    var positions: [Int] = []
    positions.reserveCapacity(values.count)
    func search<T>(_: T.Type, _ precedes: (T, T) -> Bool) {
      sorted.withElements(as: T.self) { elements in
        wanted.withElements(as: T.self) { wanted in
          for value in wanted {
            var (low, high) = (0, elements.count)
            while low < high {
              let middle = (low + high) / 2
              let isBefore = isRight ? !precedes(value, elements[middle]) : precedes(elements[middle], value)
              if isBefore { low = middle + 1 } else { high = middle }
            }
            positions.append(low)
          }
        }
      }
    }
    switch type {
    case .float64: search(Double.self, numberPrecedes)
    case .float32: search(Float.self, numberPrecedes)
    case .int64: search(Int.self, <)
    case .int32: search(Int32.self, <)
    case .uint8, .bool: search(UInt8.self, <)
    case .string: textsAreNoNumbers()
    }
    return NDArray(integers: positions, shape: values.shape)
  }
}

/// The order of floats in which not-a-number comes last.
@inline(__always)
private func numberPrecedes<T: FloatMath>(_ a: T, _ b: T) -> Bool { a < b || b.isNaN && !a.isNaN }
