import Lambdas
import Plans
import Tensors

/// An example of axes of positions and one of channels: a sequence, an image or a volume.
struct GridShape {
  var positions: [Int?]
  var channels: Int?
  let format: DataFormat

  /// Takes a shape apart. Throws where it has not so many axes of positions and one of channels.
  init(_ input: Shape, positions count: Int, _ format: DataFormat) throws(ShapeError) {
    guard input.rank == count + 1 else {
      let needed = count == 1 ? "an axis of positions" : "\(count) axes of positions"
      let isWithoutChannels = input.rank == count && input.elementCount != nil
      throw ShapeError(
        "needs \(needed) and one of channels, but gets \(input.description)",
        hint: isWithoutChannels
          ? "`Reshape(\(Shape(input.dimensions + [1]).tupleText))` before it makes one channel of what there is." : nil)
    }
    self.format = format
    (positions, channels) =
      format == .channelsLast
      ? (Array(input.dimensions.dropLast()), input.dimensions[count])
      : (Array(input.dimensions.dropFirst()), input.dimensions[0])
  }

  /// The shape with the channels where they were.
  var shape: Shape { Shape(format == .channelsLast ? positions + [channels] : [channels] + positions) }
}

extension DataFormat {
  /// The axes of positions of a node [batch, …] of a rank.
  func positions(rank: Int) -> [Int] { self == .channelsLast ? Array(1..<(rank - 1)) : Array(2..<rank) }

  /// Computes something of [batch, positions…, channels] from x and gives it the channels where x has them.
  func onChannelsLast(_ x: Node, in graph: inout Graph, _ compute: (inout Graph, Node) -> Node) -> Node {
    fromChannelsLast(compute(&graph, toChannelsLast(x, in: &graph)), in: &graph)
  }

  /// x [batch, …] with its channels as the last axis.
  func toChannelsLast(_ x: Node, in graph: inout Graph) -> Node {
    self == .channelsLast ? x : graph.transpose(x, [0] + Array(2..<graph.shape(of: x).count) + [1])
  }

  /// x [batch, positions…, channels] with its channels where this format has them.
  func fromChannelsLast(_ x: Node, in graph: inout Graph) -> Node {
    let rank = graph.shape(of: x).count
    return self == .channelsLast ? x : graph.transpose(x, [0, rank - 1] + Array(1..<(rank - 1)))
  }
}

/// Arguments of one whole number for all axes of positions, or one for each.
enum AxisSizes {
  static func kind(_ axes: Int, min: Int, max: Int = limit) -> ArgumentKind {
    .either([.integer(min: min, max: max), .list(.integer(min: min, max: max), min: axes, max: axes)])
  }

  /// No axis is longer, so that sizes can be counted.
  static let limit = Int(Int32.max)

  static func parameter(_ name: String, _ help: String, axes: Int, min: Int = 1, default defaultValue: Int? = nil) -> Parameter<
    [Int]
  > {
    Parameter<[Int]>(name, help, kind(axes, min: min), default: defaultValue.map(Value.integer)) { decode($0, axes: axes) }
  }

  static func decode(_ value: Value, axes: Int) -> [Int]? {
    Axes.decode(value).flatMap { $0.count == axes ? $0 : $0.count == 1 ? Array(repeating: $0[0], count: axes) : nil }
  }

  /// `2×2` of sizes.
  static func text(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "×") }
}
