import Plans
import Tensors

/// Spreads the values of each channel so that all are about equally frequent.
struct Equalization: RandomImageLayer {
  static let bins = Parameter<Int>("bins", "how many values are told apart", min: 1, max: 65_536, default: 256)
  static let signature = Signature(
    "Equalization", "Spreads the values of each channel so that all are about equally frequent, while training.",
    [ImageParameters.valueRange.description, bins.description, DataFormat.parameter.description],
    formula: "(how many values are at most as large − the least such number) / (all − that number), of value_range",
    example: "Input((8, 8, 3))\nEqualization()")

  let drawCount = 0
  let bins: Int
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    bins = arguments[Equalization.bins]
    settings = ImageSettings(arguments)
  }

  /// As in Keras the values of a whole batch are counted together. A channel of one value stays as it is.
  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let channels = graph.shape(of: images)[3]
    let x = graph.rescale(images, from: values, to: 0...255)
    let last = graph.constant(Double(bins - 1))
    let full = graph.constant(255)
    // Values are counted and looked up by numbers that may differ by rounding, as in Keras.
    let counted = numbers(graph.divide(graph.multiply(x, last), full), channels, in: &graph)
    let sought = numbers(graph.multiply(graph.divide(x, full), last), channels, in: &graph)
    let counts = counts(counted, channels, in: &graph)
    let spread = graph.gatherRows(graph.reshape(table(of: counts, in: &graph), [channels * bins]), sought)
    let used = graph.reduceSum(graph.apply(.greater, counts, graph.constant(0)), axes: [1])
    let isFlat = graph.apply(.lessEqual, used, graph.constant(1))
    return graph.select(isFlat, images, graph.rescale(spread, from: 0...255, to: values))
  }

  /// How many values each bin has, [channels, bins], from their numbers. In single precision one after the other is counted up to 2²⁴
  /// and no further, so that rows of positions are counted in parts that stay below, whose sums are then as exact as any number here.
  private func counts(_ numbers: Node, _ channels: Int, in graph: inout Graph) -> Node {
    let shape = graph.shape(of: numbers)  // [batch, rows, columns, channels]
    let lines = shape[0] * shape[1]
    let linesInPart = max(1, Equalization.largestPart / max(shape[2], 1))
    let parts = (lines + linesInPart - 1) / linesInPart
    var places = numbers
    if parts > 1 {
      let firsts = (0..<lines).map { Float($0 / linesInPart * channels * bins) }
      let offsets = graph.constant(floats: firsts, shape: [shape[0], shape[1], 1, 1])
      places = graph.cast(graph.add(graph.cast(numbers, to: .float32), offsets), to: .int32)
    }
    let ones = graph.broadcast(graph.constant(1), to: shape)
    let counts = graph.scatterRows(ones, places, rows: parts * channels * bins)
    return graph.reduceSum(graph.reshape(counts, [parts, channels, bins]), axes: [0])
  }

  /// So many values are counted one after the other.
  private static let largestPart = 1 << 22

  /// The numbers of bins, those of the second channel behind those of the first: int32 of the shape of images.
  private func numbers(_ places: Node, _ channels: Int, in graph: inout Graph) -> Node {
    let firsts = graph.constant(floats: (0..<channels).map { Float($0 * bins) }, shape: [channels])
    let own = graph.apply(.floor, graph.clip(places, from: 0, to: Double(bins - 1)))
    return graph.cast(graph.add(own, firsts), to: .int32)
  }

  /// What becomes of the values of each bin, 0 to 255, from how many there are: [channels, bins].
  private func table(of counts: Node, in graph: inout Graph) -> Node {
    let upTo = graph.cumulativeSum(counts, axis: 1)
    let all = graph.reduceSum(counts, axes: [1], keepDimensions: true)
    let isReached = graph.apply(.greater, upTo, graph.constant(0))
    let least = graph.reduceMin(graph.select(isReached, upTo, all), axes: [1], keepDimensions: true)
    let others = graph.maximum(graph.subtract(all, least), graph.constant(1))
    let shares = graph.divide(graph.multiply(graph.subtract(upTo, least), by: 255), others)
    return graph.clip(graph.apply(.round, shares), from: 0, to: 255)
  }
}
