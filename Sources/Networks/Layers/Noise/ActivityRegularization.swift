import Plans
import Tensors

/// Passes its input on and adds its magnitudes and squares to the loss, divided by the batch.
struct ActivityRegularization: Layer {
  static let l1 = Parameter<Double>("l1", "the factor of the magnitudes", min: 0, default: 0)
  static let l2 = Parameter<Double>("l2", "the factor of the squares", min: 0, default: 0)
  static let signature = Signature(
    "ActivityRegularization", "Adds the size of its input to the loss.", [l1.description, l2.description],
    formula: "loss += (l1 · Σ|input| + l2 · Σ input²) / batch", example: "ActivityRegularization(l2=0.01)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    LayerShape(TensorSpec(try onlyInput(inputs).shape))
  }

  static let passesMask = true
  let l1: Double
  let l2: Double
  static let mixesRows = true
  init(_ arguments: Arguments) {
    l1 = arguments[ActivityRegularization.l1]
    l2 = arguments[ActivityRegularization.l2]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let batch = Double(max(graph.shape(of: inputs[0]).first ?? 1, 1))
    use.addLoss(graph.formula(inputs[0]) { x in sum(abs(x)) * (l1 / batch) + sum(square(x)) * (l2 / batch) })
    return inputs[0]
  }
}
