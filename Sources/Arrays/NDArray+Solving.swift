/// A square matrix taken apart into triangles, rows exchanged so that the largest element of a column divides (LU with partial pivoting).
package struct TriangularFactors {
  private var factors: [Double]
  private var order: [Int]
  private let size: Int
  /// 1, or -1 after an odd number of exchanges.
  private var sign = 1.0
  private var isSingular = false

  package init(_ matrix: NDArray) throws(ArrayError) {
    guard matrix.rank == 2 else { throw .value("\(matrix.rank)-dimensional array given. Array must be two-dimensional") }
    guard matrix.shape[0] == matrix.shape[1] else { throw .value("the matrix must be square") }
    size = matrix.shape[0]
    factors = matrix.doubles
    order = Array(0..<size)
    for column in 0..<size {
      var pivot = column
      for row in column..<size where factors[row * size + column].magnitude > factors[pivot * size + column].magnitude {
        pivot = row
      }
      if pivot != column {
        for index in 0..<size { factors.swapAt(pivot * size + index, column * size + index) }
        order.swapAt(pivot, column)
        sign = -sign
      }
      let divisor = factors[column * size + column]
      if divisor == 0 {
        isSingular = true
        continue
      }
      for row in (column + 1)..<max(size, column + 1) {
        let factor = factors[row * size + column] / divisor
        factors[row * size + column] = factor
        if factor != 0 {
          for index in (column + 1)..<size { factors[row * size + index] -= factor * factors[column * size + index] }
        }
      }
    }
  }

  package var determinant: Double { (0..<size).reduce(sign) { $0 * factors[$1 * size + $1] } }

  /// `x` of `matrix · x = right`, for one column or for several: [size] or [size, columns].
  package func solution(_ right: NDArray) throws(ArrayError) -> NDArray {
    if isSingular { throw .value("Singular matrix") }
    guard right.rank == 1 || right.rank == 2, right.shape[0] == size else {
      throw .value("solve: the right side has \(right.shape.first ?? 0) rows, the matrix \(size)")
    }
    let columns = right.rank == 1 ? 1 : right.shape[1]
    let given = right.doubles
    var x = order.flatMap { given[($0 * columns)..<(($0 + 1) * columns)] }
    for row in 0..<size {
      for step in 0..<row {
        let factor = factors[row * size + step]
        for column in 0..<columns { x[row * columns + column] -= factor * x[step * columns + column] }
      }
    }
    for row in stride(from: size - 1, through: 0, by: -1) {
      for step in (row + 1)..<max(size, row + 1) {
        let factor = factors[row * size + step]
        for column in 0..<columns { x[row * columns + column] -= factor * x[step * columns + column] }
      }
      for column in 0..<columns { x[row * columns + column] /= factors[row * size + row] }
    }
    return NDArray(doubles: x, shape: right.shape)
  }
}
