import Plans
import Tensors

/// Layers that take the largest or the mean of all positions, for each channel by itself.
protocol GlobalPooling: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  static var kind: Pooling.Kind { get }
  var pooling: GlobalPoolingArguments { get }
  init(_ pooling: GlobalPoolingArguments)
}

/// What the layers of the family are told.
struct GlobalPoolingArguments {
  let dataFormat: DataFormat
  let keepsDimensions: Bool

  static let keepdims = Parameter<Bool>("keepdims", "whether the axes of positions stay, with a size of 1", default: false)
}

extension GlobalPooling {
  static func makeSignature(_ name: String) -> Signature {
    let value = kind == .max ? "largest element" : "mean"
    let source = kind == .average && positions == 2 ? "Lin, Chen and Yan, 2013: Network in network" : ""
    return Signature(
      name, "Takes the \(value) of all positions of each channel.",
      [DataFormat.parameter.description, GlobalPoolingArguments.keepdims.description],
      formula: kind == .max ? "max over positions" : "mean over positions, of those that the mask keeps", source: source,
      example: "Input((\(Array(repeating: "8, ", count: positions).joined())3))\n\(name)()")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    var grid = try GridShape(
      try onlyInput(inputs).shape, positions: positions, DataFormat(arguments[DataFormat.parameter]))
    grid.positions = arguments[GlobalPoolingArguments.keepdims] ? Array(repeating: 1, count: positions) : []
    return LayerShape(TensorSpec(grid.shape))
  }

  static func checkMask(_ mask: Shape, _ arguments: Arguments, on input: Shape) throws(ShapeError) {
    guard kind == .average, positions == 1 else {
      throw ShapeError("takes no `mask`", hint: "only `GlobalAveragePooling1D` leaves out what a mask leaves out.")
    }
    let axis = DataFormat(arguments[DataFormat.parameter]).positions(rank: input.rank + 1)[0] - 1
    try NamedMask.check(mask, of: [input.dimensions[axis]], called: "steps")
  }

  init(_ arguments: Arguments) {
    self.init(
      GlobalPoolingArguments(
        dataFormat: DataFormat(arguments[DataFormat.parameter]),
        keepsDimensions: arguments[GlobalPoolingArguments.keepdims]))
  }

  /// Only a mean of sequences takes a mask into account: it leaves out what that leaves out.
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …] → [batch, channels]
    let shape = graph.shape(of: inputs[0])
    let axes = pooling.dataFormat.positions(rank: shape.count)
    let keeps = pooling.keepsDimensions
    if Self.kind == .max { return graph.reduceMax(inputs[0], axes: axes, keepDimensions: keeps) }
    guard Self.positions == 1, let mask = use.stepMask(shape[0], steps: shape[axes[0]], in: graph) else {
      return graph.reduceMean(inputs[0], axes: axes, keepDimensions: keeps)
    }
    let isKept = graph.reshape(mask, shape.indices.map { $0 == 0 || $0 == axes[0] ? shape[$0] : 1 })
    let zero = graph.constant(0)
    let sum = graph.reduceSum(graph.select(isKept, inputs[0], zero), axes: axes, keepDimensions: keeps)
    return graph.divide(sum, graph.reduceSum(isKept, axes: axes, keepDimensions: keeps))
  }
}
