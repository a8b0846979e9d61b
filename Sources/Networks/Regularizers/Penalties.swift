import Plans

extension RegularizerFunction {
  /// Every regularizer of the catalog.
  static let all = [
    RegularizerFunction(
      "L1", "Adds the magnitudes of a weight to the loss.", [l1.description], rule: "l1 · Σ|w|",
      example: "Dense(10, kernel_regularizer=L1(0.01))", aliases: ["l1"]
    ) { w, arguments in magnitudes(w, arguments[l1]) },
    RegularizerFunction(
      "L2", "Adds the squares of a weight to the loss.", [l2.description], rule: "l2 · Σw²",
      example: "Dense(10, kernel_regularizer=\"l2\")", aliases: ["l2"]
    ) { w, arguments in squares(w, arguments[l2]) },
    RegularizerFunction(
      "L1L2", "Adds the magnitudes and squares of a weight to the loss.", [l1Part.description, l2Part.description],
      rule: "l1 · Σ|w| + l2 · Σw²", example: "Dense(10, kernel_regularizer=L1L2(l1=0.001, l2=0.01))", aliases: ["l1_l2", "l1l2"]
    ) { w, arguments in magnitudes(w, arguments[l1Part]) + squares(w, arguments[l2Part]) },
    RegularizerFunction(
      "OrthogonalRegularizer", "Adds how far the rows or columns of a matrix are from being orthogonal to each other.",
      [factor.description, mode.description], rule: "factor · mean of |cos| over pairs of rows",
      source: "Brock, Lim, Ritchie and Weston, 2017",
      example: "Dense(10, kernel_regularizer=OrthogonalRegularizer(0.01, mode=\"columns\"))", aliases: ["orthogonal_regularizer"],
      problem: { shape, arguments in
        guard shape.count == 2 else { return "needs two dimensions" }
        let mode = arguments[mode]
        return shape[mode == "rows" ? 0 : 1] > 1 ? nil : "needs two \(mode) or more"
      }
    ) { w, arguments in overlaps(arguments[mode] == "rows" ? w : w.transposed([1, 0])) * arguments[factor] },
  ]

  private static let l1 = Parameter<Double>("l1", "the factor", min: 0, default: 0.01)
  private static let l2 = Parameter<Double>("l2", "the factor", min: 0, default: 0.01)
  private static let l1Part = Parameter<Double>("l1", "the factor of the magnitudes", min: 0, default: 0)
  private static let l2Part = Parameter<Double>("l2", "the factor of the squares", min: 0, default: 0)
  private static let factor = Parameter<Double>("factor", "the factor", min: 0, default: 0.01)
  private static let mode = Parameter<String>(
    "mode", "what is to be orthogonal", .choice(["rows", "columns"]), default: "rows")

  private static func magnitudes(_ w: Term, _ factor: Double) -> Term { factor == 0 ? w.constant(0) : sum(abs(w)) * factor }
  private static func squares(_ w: Term, _ factor: Double) -> Term { factor == 0 ? w.constant(0) : sum(square(w)) * factor }

  /// The mean magnitude of the cosine between two rows of a matrix [rows, columns].
  private static func overlaps(_ w: Term) -> Term {
    let rows = w.shape[0]
    let unit = w / sqrt(max(sum(square(w), axes: [1], keepDimensions: true), 1e-14))
    let cosines = product(unit, unit, transposeB: true)
    // The diagonal is taken off as the sum of what stands on it: the squares of the unit rows.
    let pairs = Double(rows * (rows - 1)) / 2
    return (sum(abs(cosines)) - sum(square(unit))) * (0.5 / pairs)
  }
}
