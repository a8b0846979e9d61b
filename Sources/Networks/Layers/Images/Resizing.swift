import Plans
import Tensors

/// Brings images to a size.
struct Resizing: Layer {
  static let interpolation = Parameter<String>(
    "interpolation", "how new positions are made of old ones", .choice(Resampling.Method.allCases.map(\.rawValue)),
    default: Resampling.Method.bilinear.rawValue)
  static let crops = Parameter<Bool>(
    "crop_to_aspect_ratio", "whether edges are cut off first, so that the ratio of sides stays", default: false)
  static let pads = Parameter<Bool>(
    "pad_to_aspect_ratio", "whether edges are added first, so that the ratio of sides stays", default: false)
  static let fillMode = Parameter<String>(
    "fill_mode", "what added edges hold", .choice([Sampling.Fill.constant.rawValue]), default: Sampling.Fill.constant.rawValue)
  static let fillValue = Parameter<Double>("fill_value", "the value that added edges hold", default: 0)
  static let antialias = Parameter<Bool>(
    "antialias", "whether smaller images are made of all old positions, not of the nearest ones only", default: false)
  static let signature = Signature(
    "Resizing", "Brings images to a size.",
    [
      ImageSize.height.description, ImageSize.width.description, interpolation.description, crops.description, pads.description,
      fillMode.description, fillValue.description, antialias.description, DataFormat.parameter.description,
    ], example: "Input((None, None, 3))\nResizing(8, 8)")

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    guard arguments[crops], arguments[pads] else { return nil }
    return ArgumentConflict(
      of: "pad_to_aspect_ratio", "keeps the ratio of sides in one way only",
      hint: "leave `crop_to_aspect_ratio` or `pad_to_aspect_ratio` out.")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let format = DataFormat(arguments[DataFormat.parameter])
    return LayerShape(TensorSpec(try ImageSize(arguments).shape(of: try onlyInput(inputs).shape, format)))
  }

  let size: ImageSize
  let method: Resampling.Method
  let crops: Bool
  let pads: Bool
  let fillValue: Double
  let antialias: Bool
  let dataFormat: DataFormat
  init(_ arguments: Arguments) {
    size = ImageSize(arguments)
    method = Resampling.Method(rawValue: arguments[Resizing.interpolation]) ?? .bilinear
    crops = arguments[Resizing.crops]
    pads = arguments[Resizing.pads]
    fillValue = arguments[Resizing.fillValue]
    antialias = arguments[Resizing.antialias]
    dataFormat = DataFormat(arguments[DataFormat.parameter])
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    dataFormat.onChannelsLast(inputs[0], in: &graph) { graph, x in  // [batch, rows, columns, channels]
      let shape = graph.shape(of: x)
      var part = x
      if crops {
        part = graph.crop(x, size.middle(of: ImageSize(rows: shape[1], columns: shape[2])))
      } else if pads {
        part = padded(x, into: &graph)
      }
      return graph.resize(part, to: size, by: method, antialias: antialias)
    }
  }

  /// Edges of equal width, above and below or left and right; where the added rows would be odd in number there is one fewer.
  private func padded(_ x: Node, into graph: inout Graph) -> Node {
    let shape = graph.shape(of: x)
    let rows = max(size.scaled(shape[2], size.rows, size.columns) - shape[1], 0) / 2
    let columns = max(size.scaled(shape[1], size.columns, size.rows) - shape[2], 0) / 2
    guard rows > 0 || columns > 0 else { return x }
    var edgeShape = shape
    edgeShape[rows > 0 ? 1 : 2] = rows > 0 ? rows : columns
    let value = graph.constant(fillValue)
    let edge = graph.broadcast(value, to: edgeShape)
    return graph.concatenate([edge, x, edge], axis: rows > 0 ? 1 : 2)
  }
}
