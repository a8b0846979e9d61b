import Plans
import Tensors

/// Lays out every example as one row; the batch stays.
struct Flatten: Layer {
  static let dataFormat = DataFormat.parameter
  static let signature = Signature(
    "Flatten", "Lays out every example as one row.", [dataFormat.description], example: "Flatten()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs)
    return LayerShape(TensorSpec(Shape([input.shape.elementCount]), input.type))
  }

  static let takesIntegers = true
  let dataFormat: DataFormat
  init(_ arguments: Arguments) { dataFormat = DataFormat(arguments[Flatten.dataFormat]) }

  /// With the channels first they are moved behind before the elements are laid out.
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …] → [batch, elements]
    let rank = graph.shape(of: inputs[0]).count
    guard dataFormat == .channelsFirst, rank > 2 else { return graph.flatten(inputs[0]) }
    return graph.flatten(graph.transpose(inputs[0], [0] + Array(2..<rank) + [1]))
  }
}

/// Where an image's channels are.
enum DataFormat: String, CaseIterable {
  case channelsLast = "channels_last"
  case channelsFirst = "channels_first"

  static let parameter = Parameter<String?>.optional(
    Parameter<String>(
      "data_format", "where an image's channels are: last, unless said", .choice(DataFormat.allCases.map(\.rawValue))))

  init(_ name: String?) { self = name.flatMap(DataFormat.init) ?? .channelsLast }
}
