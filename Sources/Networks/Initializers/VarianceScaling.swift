import Arrays
import Plans

/// Values whose variance follows the number of inputs and outputs of a weight, so that signals neither grow nor fade.
///
/// variance = scale / max(1, fan); uniform within ±√(3 · variance), or normal cut at two deviations and widened to keep the variance.
struct VarianceScaling {
  enum Fan: String, CaseIterable { case inputs = "fan_in", outputs = "fan_out", average = "fan_avg" }
  enum Distribution: String, CaseIterable {
    case truncatedNormal = "truncated_normal", untruncatedNormal = "untruncated_normal", uniform
  }
  /// The deviation of a standard normal distribution cut at ±2.
  static let truncatedDeviation = 0.87962566103423978

  let scale: Double
  let fan: Fan
  let distribution: Distribution

  /// The values of a weight of that shape, drawn from a stream.
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    let (inputs, outputs) = VarianceScaling.fans(of: shape)
    let variance =
      switch fan {
      case .inputs: scale / max(1, inputs)
      case .outputs: scale / max(1, outputs)
      case .average: scale / max(1, (inputs + outputs) / 2)
      }
    switch distribution {
    case .uniform:
      let limit = (3 * variance).squareRoot()
      return InitializerFunction.drawn(shape) { limit * (2 * stream.uniform($0) - 1) }
    case .truncatedNormal:
      let deviation = variance.squareRoot() / VarianceScaling.truncatedDeviation
      return InitializerFunction.drawn(shape) { deviation * stream.truncatedNormal($0) }
    case .untruncatedNormal:
      let deviation = variance.squareRoot()
      return InitializerFunction.drawn(shape) { deviation * stream.normal($0) }
    }
  }

  /// How many inputs and outputs meet in a weight: the last two dimensions, times the positions of a convolution's kernel.
  static func fans(of shape: [Int]) -> (inputs: Double, outputs: Double) {
    switch shape.count {
    case 0: return (1, 1)
    case 1: return (Double(shape[0]), Double(shape[0]))
    default:
      let positions = Double(shape.dropLast(2).reduce(1, *))
      return (Double(shape[shape.count - 2]) * positions, Double(shape[shape.count - 1]) * positions)
    }
  }
}
