/// What a look at the rows of an array tells, the rows being its first axis.
///
/// Of many rows only some are looked at, at equal distances: enough to tell how large the numbers are, not to find the one that is wrong.
package struct ArraySurvey: Sendable, Equatable {
  /// How many rows were looked at.
  package private(set) var rowCount = 0
  /// The least and the largest number; NaN is left out, and both are NaN where nothing else is there.
  package private(set) var minimum = Double.nan
  package private(set) var maximum = Double.nan
  package private(set) var mean = Double.nan
  /// The standard deviation; like the mean, of what is finite.
  package private(set) var deviation = Double.nan
  package private(set) var nanCount = 0
  package private(set) var infiniteCount = 0

  /// Looks at `rowLimit` rows at most.
  package init(of array: NDArray, rowLimit: Int = 512) {
    guard let count = array.shape.first, count > 0, rowLimit > 0 else { return }
    let rowSize = array.count / count
    let step = (count - 1) / rowLimit + 1
    rowCount = (count - 1) / step + 1
    var finiteCount = 0
    var squares = 0.0
    mean = 0
    for row in stride(from: 0, to: count, by: step) {
      array.withRow(row, size: rowSize) { value in
        if value.isNaN {
          nanCount += 1
          return
        }
        // `min` and `max` would keep a NaN that comes first.
        if !(minimum <= value) { minimum = value }
        if !(maximum >= value) { maximum = value }
        guard value.isFinite else {
          infiniteCount += 1
          return
        }
        // Welford's way: squares of large numbers would swallow their differences.
        finiteCount += 1
        let distance = value - mean
        mean += distance / Double(finiteCount)
        squares += distance * (value - mean)
      }
    }
    if finiteCount == 0 { mean = .nan } else { deviation = (squares / Double(finiteCount)).squareRoot() }
  }
}

extension NDArray {
  /// Calls a body for each element of a row of so many.
  fileprivate func withRow(_ row: Int, size: Int, _ body: (Double) -> Void) {
    let places = row * size..<(row + 1) * size
    switch type {
    case .float32: withElements(as: Float.self) { for place in places { body(Double($0[place])) } }
    case .float64: withElements(as: Double.self) { for place in places { body($0[place]) } }
    case .int64: withElements(as: Int.self) { for place in places { body(Double($0[place])) } }
    case .int32: withElements(as: Int32.self) { for place in places { body(Double($0[place])) } }
    case .uint8, .bool: withElements(as: UInt8.self) { for place in places { body(Double($0[place])) } }
    case .string: textsAreNoNumbers()
    }
  }

  /// The columns of a matrix that have one value alone, in all of its rows; none of an array of another rank, or of a single row.
  package var constantColumns: [Int] {
    guard rank == 2, shape[0] > 1 else { return [] }
    return (0..<shape[1]).filter { column in
      let first = element(at: column)
      for row in 1..<shape[0] where element(at: row * shape[1] + column) != first { return false }
      return true
    }
  }

  /// How often each class stands in some of the rows: whole numbers from 0, one a row, or rows with a single one among zeros. Nil where
  /// the rows are no classes, or of more than `limit`.
  package func classCounts(inRows rows: Range<Int>, limit: Int = 1000) -> [Int]? {
    let columns = shape.dropFirst().reduce(1, *)
    guard type != .string, rank >= 1, rows.upperBound <= shape[0], columns >= 1, columns <= limit else { return nil }
    var counts = columns == 1 ? [] : Array(repeating: 0, count: columns)
    for row in rows {
      var label = -1
      for column in 0..<columns {
        let value = double(at: row * columns + column)
        guard value >= 0, value == value.rounded(), value < Double(limit) else { return nil }
        if columns == 1 {
          label = Int(value)
        } else if value == 1, label < 0 {
          label = column
        } else if value != 0 {
          return nil
        }
      }
      guard label >= 0 else { return nil }
      while counts.count <= label { counts.append(0) }
      counts[label] += 1
    }
    return counts
  }

  private func double(at position: Int) -> Double {
    switch element(at: position) {
    case .float(let value): value
    case .integer(let value): Double(value)
    case .bool(let value): value ? 1 : 0
    }
  }
}
