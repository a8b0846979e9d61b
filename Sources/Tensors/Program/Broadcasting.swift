/// How operands are walked when they are broadcast together: neighbouring axes merged wherever every operand goes on evenly.
struct Broadcasting {
  /// The extents of the merged axes, outermost first.
  private(set) var extents: [Int] = []
  /// For each operand, how far apart its elements lie along each merged axis; 0 repeats.
  private(set) var strides: [[Int]]

  init(_ shape: [Int], operands: [[Int]]) {
    var repeats: [[Bool]] = []  // for each merged axis, which operands repeat
    for (axis, extent) in shape.enumerated() where extent != 1 {
      let flags = operands.map { operand in
        let own = axis - (shape.count - operand.count)
        return own < 0 || operand[own] == 1
      }
      if flags == repeats.last {
        extents[extents.count - 1] *= extent
      } else {
        extents.append(extent)
        repeats.append(flags)
      }
    }
    strides = operands.map { _ in Array(repeating: 0, count: repeats.count) }
    for operand in operands.indices {
      var stride = 1
      for axis in extents.indices.reversed() where !repeats[axis][operand] {
        strides[operand][axis] = stride
        stride *= extents[axis]
      }
    }
  }

  /// The walk as tables of rows and columns, with axes around them.
  struct Tables {
    let rows: Int
    let columns: Int
    /// For each operand, the stride from row to row and from column to column (0 or 1).
    let operandStrides: [(row: Int, column: Int)]
    /// The axes around a table, outermost first, and each operand's strides along them.
    let outerExtents: [Int]
    let outerStrides: [[Int]]

    /// How many tables there are.
    var count: Int { outerExtents.reduce(1, *) }
  }

  var tables: Tables {
    let inner = Array(extents.suffix(2))
    return Tables(
      rows: inner.count == 2 ? inner[0] : 1, columns: inner.last ?? 1,
      operandStrides: strides.map { strides in
        (row: inner.count == 2 ? strides[strides.count - 2] : 0, column: strides.last ?? 0)
      },
      outerExtents: extents.dropLast(2), outerStrides: strides.map { $0.dropLast(2) })
  }
}
