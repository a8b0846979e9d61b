import Arrays

extension Builtins {
  /// A third of a cube's multiplications, by which steps are counted.
  private static func cubeCost(_ given: Given) throws(ArrayError) -> Int {
    let size = try given.array(0).shape.last ?? 0
    let (square, overflow) = size.multipliedReportingOverflow(by: size)
    let (cube, more) = square.multipliedReportingOverflow(by: size)
    return overflow || more ? .max >> 1 : cube >> 4
  }

  private static func product(
    _ head: String, _ help: String, _ body: @escaping @Sendable (NDArray, NDArray) throws(ArrayError) -> NDArray
  ) -> Builtin {
    .numpy(
      head, help,
      cost: { given throws(ArrayError) in
        let (a, b) = (try given.array(0), try given.array(1))
        let (count, overflow) = a.count.multipliedReportingOverflow(by: b.rank > 1 ? b.shape[b.rank - 1] : 1)
        return overflow ? .max >> 1 : count >> 4
      }
    ) { given throws(ArrayError) in Value(unwrapping: try body(given.array(0), given.array(1))) }
  }

  private static func norm(_ given: Given) throws(ArrayError) -> Value {
    let x = try given.array(0)
    let floats = x.type == .float32 ? x : x.converted(to: .float64)
    let (axes, keeps) = (try given.integers(2), try given.flag(3))
    if let axes, axes.contains(where: { Int32(exactly: $0) == nil }) { throw .value("there are no axes \(axes)") }
    func reduce(_ array: NDArray, _ reduction: Reduction) throws(ArrayError) -> NDArray {
      try array.reduced(reduction, axes: axes, keepsDimensions: keeps)
    }
    let magnitudes = try floats.mapped(.absolute)
    func euclidean() throws(ArrayError) -> Value { Value(unwrapping: try reduce(floats.mapped(.square), .sum).mapped(.sqrt)) }
    guard let order = given[1] else { return try euclidean() }
    if case .string(let name) = order {
      guard name == "fro", axes?.count ?? x.rank == 2 else { throw .value("Invalid norm order '\(name)'") }
      return try euclidean()
    }
    let power = try given.number(1, 2)
    guard axes?.count ?? x.rank == 1 else {
      guard axes == nil, x.rank == 2, !keeps, power.magnitude == 1 || power.isInfinite else {
        throw .value("norms of matrices are found for `ord` None, 'fro', 1, -1, np.inf and -np.inf")
      }
      // The largest or smallest sum of magnitudes, of the columns or of the rows.
      let sums = try magnitudes.reduced(.sum, axes: [power.isInfinite ? 1 : 0])
      if sums.count == 0, power > 0 { return .float(0) }
      return Value(unwrapping: try sums.reduced(power > 0 ? .maximum : .minimum, axes: nil))
    }
    switch power {
    case .infinity where x.count == 0: return Value(unwrapping: try reduce(magnitudes, .sum))
    case .infinity: return Value(unwrapping: try reduce(magnitudes, .maximum))
    case -.infinity: return Value(unwrapping: try reduce(magnitudes, .minimum))
    case 0: return Value(unwrapping: try reduce(NDArray.compare(.notEqual, floats, .float(0)).converted(to: floats.type), .sum))
    case 1: return Value(unwrapping: try reduce(magnitudes, .sum))
    case 2: return try euclidean()
    default:
      let sums = try reduce(NDArray.elementwise(.power, magnitudes, .float(power)), .sum)
      return Value(unwrapping: try NDArray.elementwise(.power, sums, .float(1 / power)))
    }
  }

  /// Products of arrays, and `np.linalg`.
  static let linearAlgebraFunctions: [Builtin] = [
    product("dot(a: any, b: any)", "The product of two vectors or matrices.") { (a, b) throws(ArrayError) in
      try NDArray.dotProduct(a, b)
    },
    product("matmul(x1: any, x2: any, /)", "The product of two matrices, or of stacks of them.") { (a, b) throws(ArrayError) in
      try NDArray.matrixProduct(a, b)
    },
    product("inner(a: any, b: any)", "The sums of products over the last axes of both.") { (a, b) throws(ArrayError) in
      if a.rank == 0 || b.rank == 0 { return try NDArray.elementwise(.multiply, a, b) }
      return try NDArray.dotProduct(a, b.rank == 1 ? b : b.movingAxis(b.rank - 1, to: b.rank - 2))
    },
    product("vdot(a: any, b: any)", "The sum of products of all elements.") { (a, b) throws(ArrayError) in
      try NDArray.matrixProduct(a.reshaped([-1]), b.reshaped([-1]))
    },
    .numpy("outer(a: any, b: any) -> array", "Every element of one times every element of the other.") {
      given throws(ArrayError) in
      .array(try NDArray.outerProduct(given.array(0), given.array(1)))
    },
    .numpy(
      "einsum(subscripts: str, *operands: any)", "Sums of products with a letter for each axis: `ij,jk->ik`.",
      cost: { given throws(ArrayError) in
        try IndexedProduct(given.text(0, ""), shapes: given.arrays(1).map(\.shape)).cost >> 2
      }
    ) { given throws(ArrayError) in
      let operands = try given.arrays(1)
      guard !operands.isEmpty else { throw .value("must provide at least an operand and a subscripts list to einsum") }
      return Value(unwrapping: try IndexedProduct(given.text(0, ""), shapes: operands.map(\.shape)).evaluate(operands))
    },
    .numpy("trace(a: any, offset: int = 0)", "The sum of a diagonal.") { given throws(ArrayError) in
      let diagonal = try given.array(0).diagonal(given.integer(1, 0))
      return Value(unwrapping: try diagonal.reduced(.sum, axes: [diagonal.rank - 1]))
    },
    .numpy(
      "norm(x: any, ord: any = None, axis: any = None, keepdims: bool = False)", "The length of a vector or matrix.",
      in: .linearAlgebra
    ) { given throws(ArrayError) in try norm(given) },
    .numpy("det(a: any) -> float", "The determinant of a matrix.", in: .linearAlgebra, cost: cubeCost) {
      given throws(ArrayError) in
      .float(try TriangularFactors(given.array(0)).determinant)
    },
    .numpy("inv(a: any) -> array", "The inverse of a matrix.", in: .linearAlgebra, cost: cubeCost) { given throws(ArrayError) in
      let matrix = try given.array(0)
      let factors = try TriangularFactors(matrix)
      let size = matrix.shape[0]
      return .array(
        try factors.solution(NDArray.identity(size, size, type: .float64)).converted(
          to: matrix.type == .float32 ? .float32 : .float64))
    },
    .numpy("solve(a: any, b: any) -> array", "The x of a @ x = b.", in: .linearAlgebra, cost: cubeCost) {
      given throws(ArrayError) in
      let (matrix, right) = (try given.array(0), try given.array(1))
      let isSingle = matrix.type == .float32 && right.type == .float32
      return .array(try TriangularFactors(matrix).solution(right).converted(to: isSingle ? .float32 : .float64))
    },
  ]
}
