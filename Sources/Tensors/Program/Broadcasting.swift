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

  /// The walk as tables of rows and columns: the offsets of each table (result first, then operands), and strides within.
  struct Tables {
    let rows: Int
    let columns: Int
    /// For each operand, the stride from row to row and from column to column (0 or 1).
    let operandStrides: [(row: Int, column: Int)]
    /// For each table, where it begins in the result and in each operand.
    let offsets: [(result: Int, operands: [Int])]
  }

  var tables: Tables {
    let inner = Array(extents.suffix(2))
    let rows = inner.count == 2 ? inner[0] : 1
    let columns = inner.last ?? 1
    let operandStrides = strides.map { strides in
      (row: inner.count == 2 ? strides[strides.count - 2] : 0, column: strides.last ?? 0)
    }
    var offsets = [(result: 0, operands: strides.map { _ in 0 })]
    var resultStride = rows * columns
    for axis in extents.indices.dropLast(2).reversed() {
      offsets = (0..<extents[axis]).flatMap { index in
        offsets.map { offset in
          (
            result: offset.result + index * resultStride,
            operands: offset.operands.indices.map { offset.operands[$0] + index * strides[$0][axis] }
          )
        }
      }
      resultStride *= extents[axis]
    }
    return Tables(rows: rows, columns: columns, operandStrides: operandStrides, offsets: offsets)
  }
}
