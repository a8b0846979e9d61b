import Arrays
import Plans

/// Weights whose variance follows the number of inputs and outputs, so that signals neither grow nor fade from layer to layer.
extension InitializerFunction {
  static let scaledDistributions =
    [
      InitializerFunction(
        "VarianceScaling", "Random values whose variance follows the weight's inputs or outputs.",
        [scale.description, mode.description, distribution.description, seed.description],
        rule: "variance = scale / max(1, fan)", source: "He, Zhang, Ren and Sun, 2015",
        example: "Dense(10, kernel_initializer=VarianceScaling(2.0, mode=\"fan_out\"))", aliases: ["variance_scaling"]
      ) { shape, arguments, stream in
        let fan = VarianceScaling.Fan(rawValue: arguments[mode]) ?? .inputs
        let name = arguments[distribution]
        let kind = VarianceScaling.Distribution(rawValue: name) ?? .truncatedNormal  // `"normal"` is the one other choice
        return VarianceScaling(scale: arguments[scale], fan: fan, distribution: kind).values(shape: shape, from: stream)
      }
    ]
    + family("Glorot", scale: 1, .average, "layers with a symmetric activation", "Glorot and Bengio, 2010")
    + family("He", scale: 2, .inputs, "layers with a rectifier", "He, Zhang, Ren and Sun, 2015")
    + family("Lecun", scale: 1, .inputs, "layers with `selu`", "LeCun, Bottou, Orr and Müller, 1998")

  private static let scale = Parameter<Double>("scale", "the factor of the variance", min: 0, excludesMin: true, default: 1)
  private static let mode = Parameter<String>(
    "mode", "what is counted: inputs, outputs, or their mean", .choice(VarianceScaling.Fan.allCases.map(\.rawValue)),
    default: VarianceScaling.Fan.inputs.rawValue)
  private static let distribution = Parameter<String>(
    "distribution", "what values are drawn from",
    .choice(VarianceScaling.Distribution.allCases.map(\.rawValue) + ["normal"]),
    default: VarianceScaling.Distribution.truncatedNormal.rawValue)

  /// The uniform and the normal one of a rule: `HeUniform`, `HeNormal`.
  private static func family(
    _ name: String, scale: Double, _ fan: VarianceScaling.Fan, _ use: String, _ source: String
  ) -> [InitializerFunction] {
    let count = fan == .average ? "((inputs + outputs) / 2)" : "inputs"
    return [("Uniform", VarianceScaling.Distribution.uniform), ("Normal", .truncatedNormal)].map { kind, distribution in
      let alias = "\(name.lowercased())_\(kind.lowercased())"
      return InitializerFunction(
        "\(name)\(kind)", "\(kind) values for \(use).", [seed.description],
        rule: "\(kind.lowercased()), variance \(Int(scale)) / \(count)", source: source,
        example: "Dense(10, kernel_initializer=\"\(alias)\")", aliases: [alias]
      ) { shape, _, stream in
        VarianceScaling(scale: scale, fan: fan, distribution: distribution).values(shape: shape, from: stream)
      }
    }
  }
}
