import Plans
import Tensors

/// What an optimizer does to gradients before its rule, and how much weights decay.
struct UpdatePreparation {
  let weightDecay: Double
  let clipNorm: Double
  let clipValue: Double
  let globalClipNorm: Double

  /// Zero stands for what is not asked for, as in Keras.
  init(_ arguments: Arguments) {
    weightDecay = arguments[OptimizerParameters.weightDecay] ?? 0
    clipNorm = arguments[OptimizerParameters.clipNorm] ?? 0
    clipValue = arguments[OptimizerParameters.clipValue] ?? 0
    globalClipNorm = arguments[OptimizerParameters.globalClipNorm] ?? 0
  }

  /// The gradients after clipping: of one variable's norm, else of the norm of all, else of each value.
  func emit(_ gradients: [Node], into graph: inout Graph) -> [Node] {
    if clipNorm > 0 {
      return gradients.map { gradient in  // g · c / max(‖g‖, c)
        let norm = graph.sqrt(graph.reduceSum(graph.square(gradient)))
        return graph.multiply(gradient, graph.divide(graph.constant(clipNorm), graph.maximum(norm, graph.constant(clipNorm))))
      }
    }
    if globalClipNorm > 0, let first = gradients.first {  // g · c · min(1/‖G‖, 1/c); an infinite norm gives NaN
      var squares = graph.reduceSum(graph.square(first))
      for gradient in gradients.dropFirst() { squares = graph.add(squares, graph.reduceSum(graph.square(gradient))) }
      let norm = graph.sqrt(squares)
      let inverse = graph.minimum(graph.divide(graph.constant(1), norm), graph.constant(1 / globalClipNorm))
      let factor = graph.add(graph.multiply(inverse, by: globalClipNorm), graph.subtract(norm, norm))
      return gradients.map { graph.multiply($0, factor) }
    }
    if clipValue > 0 { return gradients.map { graph.clip($0, from: -clipValue, to: clipValue) } }
    return gradients
  }
}
