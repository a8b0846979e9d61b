import Plans
import Tensors

/// Stretches the values of each channel of an image so that they fill the range. A channel of one value stays as it is.
struct AutoContrast: Layer {
  static let signature = Signature(
    "AutoContrast", "Stretches the values of each channel so that they fill the range.",
    [ImageParameters.valueRange.description, DataFormat.parameter.keywordOnly.description],
    formula: "(input − smallest) / (largest − smallest), of value_range", example: "Input((8, 8, 3))\nAutoContrast()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    _ = try GridShape(input, positions: 2, .channelsLast)
    return LayerShape(TensorSpec(input))
  }

  let values: ClosedRange<Double>
  init(_ arguments: Arguments) { values = arguments[ImageParameters.valueRange] }

  /// As in Keras the first two axes are those of positions, whatever `data_format` says.
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, rows, columns, channels]
    let x = graph.rescale(inputs[0], from: values, to: 0...255)
    let low = graph.reduceMin(x, axes: [1, 2], keepDimensions: true)
    let high = graph.reduceMax(x, axes: [1, 2], keepDimensions: true)
    let scale = graph.divide(graph.constant(255), graph.subtract(high, low))
    let stretched = graph.subtract(graph.multiply(x, scale), graph.multiply(low, scale))
    let result = graph.rescale(graph.clip(stretched, from: 0, to: 255), from: 0...255, to: values)
    return graph.select(graph.apply(.isNaN, result), inputs[0], result)
  }
}
