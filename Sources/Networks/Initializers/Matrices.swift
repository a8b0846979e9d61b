import Arrays
import Plans

/// Weights that begin as a matrix of a special kind.
extension InitializerFunction {
  static let matrices = [
    InitializerFunction(
      "Identity", "Ones on the diagonal, zeros elsewhere.", [gain.description],
      example: "Dense(4, kernel_initializer=\"identity\")", aliases: ["identity", "IdentityInitializer"],
      problem: { shape, _ in shape.count == 2 ? nil : "needs two dimensions" }
    ) { shape, arguments, _ in
      drawn(shape) { $0 / shape[1] == $0 % shape[1] ? arguments[gain] : 0 }
    },
    InitializerFunction(
      "Orthogonal", "A random matrix whose rows or columns are orthogonal and of length 1, times `gain`.",
      [gain.description, seed.description], rule: "gain · Q of a random normal matrix's QR",
      source: "Saxe, McClelland and Ganguli, 2014", example: "Dense(4, kernel_initializer=\"orthogonal\")",
      aliases: ["orthogonal", "OrthogonalInitializer"],
      problem: { shape, _ in shape.count >= 2 ? nil : "needs two dimensions or more" }
    ) { shape, arguments, stream in
      let columns = shape[shape.count - 1]
      return orthogonal(rows: shape.dropLast().reduce(1, *), columns: columns, from: stream).map { Float(arguments[gain] * $0) }
    },
  ]

  private static let gain = Parameter<Double>("gain", "the factor of every value", default: 1)

  /// A matrix [rows, columns], row by row, whose rows (columns, if those are fewer) are orthonormal.
  private static func orthogonal(rows: Int, columns: Int, from stream: RandomStream) -> [Double] {
    let (count, length) = (min(rows, columns), max(rows, columns))
    var vectors = (0..<count).map { vector in (0..<length).map { stream.normal(vector * length + $0) } }
    // Gram and Schmidt, each projection taken off twice so that rounding leaves no trace of it (Giraud and others, 2005).
    for index in 0..<count {
      for _ in 0..<2 {
        for earlier in 0..<index {
          let share = zip(vectors[index], vectors[earlier]).reduce(0) { $0 + $1.0 * $1.1 }
          for place in 0..<length { vectors[index][place] -= share * vectors[earlier][place] }
        }
      }
      let norm = vectors[index].reduce(0) { $0 + $1 * $1 }.squareRoot()
      for place in 0..<length { vectors[index][place] /= norm }
    }
    return (0..<rows * columns).map { position in
      let (row, column) = (position / columns, position % columns)
      return rows < columns ? vectors[row][column] : vectors[column][row]
    }
  }
}
