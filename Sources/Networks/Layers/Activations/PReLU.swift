import Lambdas
import Plans
import Tensors

/// The input, or a trained share of it where it is negative.
struct PReLU: Layer {
  static let alpha = WeightParameters("alpha", initializer: "zeros")
  static let sharedAxes = Parameter<[Int]?>.optional(
    Parameter<[Int]>(
      "shared_axes", "the axes, counted from 1, along which one share holds",
      .either([.integer(min: 1), .list(.integer(min: 1))]),
      decode: Axes.decode))
  static let signature = Signature(
    "PReLU", "The input, or a trained share of it where it is negative.",
    WeightParameters.descriptions([alpha]) + [sharedAxes.description], formula: "max(input, 0) − alpha · max(−input, 0)",
    source: "He, Zhang, Ren and Sun, 2015", example: "PReLU()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    let shared = try Axes.places(arguments[sharedAxes] ?? [], in: input)
    var sizes: [Int] = []
    for place in 1..<(input.rank + 1) { sizes.append(shared.contains(place) ? 1 : try Axes.size(place, of: input)) }
    return LayerShape(TensorSpec(input), weights: [WeightSpec("alpha", sizes)])
  }

  static let passesMask = true
  let weightRules: [String: WeightRules]
  init(_ arguments: Arguments) { weightRules = ["alpha": PReLU.alpha.rules(arguments)] }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard let alpha = use.weight("alpha", in: &graph) else { preconditionFailure("a parametric rectifier has its shares") }
    return graph.formula([inputs[0], alpha]) { (relu($0[0]) - $0[1] * relu(-$0[0])).node }
  }
}
