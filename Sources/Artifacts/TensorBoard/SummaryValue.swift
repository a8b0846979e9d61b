import Arrays
import FoundationEssentials

/// A value as one of TensorBoard's pages shows it, under a tag.
package struct SummaryValue: Sendable {
  let message: Tensorboard_Summary.Value

  private init(_ tag: String, _ plugin: String, content: String = "", _ tensor: Tensorboard_TensorProto) {
    var value = Tensorboard_Summary.Value()
    value.tag = tag
    value.tensor = tensor
    value.metadata.pluginData.pluginName = plugin
    if !content.isEmpty { value.metadata.pluginData.content = Data(content.utf8) }
    message = value
  }

  /// A point of a curve, in single precision.
  package static func scalar(_ tag: String, _ value: Double) -> SummaryValue {
    SummaryValue(tag, "scalars", Tensorboard_TensorProto(.dtFloat, shape: [], [Float(value)]))
  }

  /// How the elements of an array are distributed.
  package static func histogram(_ tag: String, _ array: NDArray) -> SummaryValue {
    let rows = Histogram(of: array).buckets
    let numbers = rows.flatMap { [$0.left, $0.right, $0.count] }
    return SummaryValue(tag, "histograms", Tensorboard_TensorProto(.dtDouble, shape: [rows.count, 3], numbers))
  }

  /// Pictures of one size; TensorBoard is given three at most.
  package static func images(_ tag: String, _ pictures: [Picture]) -> SummaryValue? {
    guard let first = pictures.first else { return nil }
    let parts = [Array(String(first.width).utf8), Array(String(first.height).utf8)] + pictures.prefix(3).map(\.png)
    return SummaryValue(tag, "images", Tensorboard_TensorProto(strings: parts, shape: [parts.count]))
  }

  /// A model as Keras's `to_json` gives it, drawn as a graph of its layers.
  package static func kerasModel(_ tag: String, _ configuration: JSON) -> SummaryValue {
    let tensor = Tensorboard_TensorProto(strings: [Array(configuration.text.utf8)], shape: [])
    return SummaryValue(tag, "graph_keras_model", content: "1", tensor)
  }
}

extension Tensorboard_TensorProto {
  fileprivate init<Number>(_ type: Tensorboard_DataType, shape: [Int], _ numbers: [Number]) {
    self.init(type, shape: shape)
    tensorContent = numbers.withUnsafeBytes { Data($0) }
  }

  fileprivate init(strings: [[UInt8]], shape: [Int]) {
    self.init(.dtString, shape: shape)
    stringVal = strings.map { Data($0) }
  }

  private init(_ type: Tensorboard_DataType, shape: [Int]) {
    self.init()
    dtype = type
    tensorShape = Tensorboard_TensorShapeProto()
    tensorShape.dim = shape.map { size in
      var dimension = Tensorboard_TensorShapeProto.Dim()
      dimension.size = Int64(size)
      return dimension
    }
  }
}
