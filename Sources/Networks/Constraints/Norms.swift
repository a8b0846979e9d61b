import Lambdas
import Plans

extension ConstraintFunction {
  /// Every constraint of the catalog.
  static let all = [
    ConstraintFunction(
      "MaxNorm", "Shortens the weights of each unit to a largest norm.", [maxNorm.description, axis.description],
      rule: "w · min(‖w‖, max_value) / (ε + ‖w‖)", source: "Srivastava and others, 2014",
      example: "Dense(10, kernel_constraint=MaxNorm(3))", aliases: ["max_norm"]
    ) { w, arguments in
      let norms = norms(of: w, arguments)
      return w * (min(max(norms, 0), arguments[maxNorm]) / (norms + epsilon))
    },
    ConstraintFunction(
      "MinMaxNorm", "Holds the norm of each unit's weights between two bounds.",
      [minValue.description, maxValue.description, rate.description, axis.description],
      rule: "w · (rate · clip(‖w‖, min_value, max_value) + (1 − rate) · ‖w‖) / (ε + ‖w‖)",
      example: "Dense(10, kernel_constraint=MinMaxNorm(0.5, 2.0))", aliases: ["min_max_norm"]
    ) { w, arguments in
      let norms = norms(of: w, arguments)
      let rate = arguments[rate]
      let clipped = min(max(norms, arguments[minValue]), arguments[maxValue])
      return w * ((clipped * rate + norms * (1 - rate)) / (norms + epsilon))
    },
    ConstraintFunction(
      "NonNeg", "Sets negative weights to zero.", rule: "max(w, 0)", example: "Dense(10, kernel_constraint=\"non_neg\")",
      aliases: ["non_neg"]
    ) { w, _ in max(w, 0) },
    ConstraintFunction(
      "UnitNorm", "Scales the weights of each unit to norm 1.", [axis.description], rule: "w / (ε + ‖w‖)",
      example: "Dense(10, kernel_constraint=UnitNorm())", aliases: ["unit_norm"]
    ) { w, arguments in w / (norms(of: w, arguments) + epsilon) },
  ]

  private static let maxNorm = Parameter<Double>("max_value", "the largest norm", min: 0, default: 2)
  private static let minValue = Parameter<Double>("min_value", "the smallest norm", min: 0, default: 0)
  private static let maxValue = Parameter<Double>("max_value", "the largest norm", min: 0, default: 1)
  private static let rate = Parameter<Double>(
    "rate", "how much of the way to the bounds a step goes", min: 0, max: 1, default: 1)
  private static let axis = Parameter<Value>(
    "axis", "along which axis, or list of axes, norms are taken", .either([.integer(), .list(.integer())]), default: .integer(0)
  ) { $0 }
  /// Keeps the division finite.
  private static let epsilon = 1e-7

  /// The axes along which a constraint takes norms; nil for one that takes none.
  static func axes(_ arguments: Arguments) -> [Int]? {
    switch arguments[axis.description.name] {
    case .integer(let axis): [axis]
    case .list(let axes), .tuple(let axes): axes.compactMap { if case .integer(let axis) = $0 { axis } else { nil } }
    default: nil
    }
  }

  /// The lengths of the vectors along the axes, which stay as 1.
  private static func norms(of w: Term, _ arguments: Arguments) -> Term {
    sqrt(sum(square(w), axes: axes(arguments), keepDimensions: true))
  }
}
