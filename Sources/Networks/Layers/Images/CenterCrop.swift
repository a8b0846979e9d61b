import Plans
import Tensors

/// Takes the middle of images; of images that are too small the largest part with the wanted ratio of sides, enlarged.
struct CenterCrop: Layer {
  static let signature = Signature(
    "CenterCrop", "Takes the middle of images, enlarged where they are too small.",
    [ImageSize.height.description, ImageSize.width.description, DataFormat.parameter.description],
    example: "Input((8, 8, 3))\nCenterCrop(4, 4)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let format = DataFormat(arguments[DataFormat.parameter])
    return LayerShape(TensorSpec(try ImageSize(arguments).shape(of: try onlyInput(inputs).shape, format)))
  }

  let size: ImageSize
  let dataFormat: DataFormat
  init(_ arguments: Arguments) {
    size = ImageSize(arguments)
    dataFormat = DataFormat(arguments[DataFormat.parameter])
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    dataFormat.onChannelsLast(inputs[0], in: &graph) { graph, x in  // [batch, rows, columns, channels]
      let shape = graph.shape(of: x)
      guard shape[1] >= size.rows, shape[2] >= size.columns else { return graph.cropAndResize(x, to: size) }
      let (top, left) = ((shape[1] - size.rows) / 2, (shape[2] - size.columns) / 2)
      return graph.crop(x, (top..<(top + size.rows), left..<(left + size.columns)))
    }
  }
}
