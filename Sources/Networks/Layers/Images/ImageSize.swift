import Plans
import Tensors

/// The size that images shall have.
struct ImageSize {
  let rows: Int
  let columns: Int

  static let height = Parameter<Int>("height", "how many rows an image shall have", min: 1, max: AxisSizes.limit)
  static let width = Parameter<Int>("width", "how many columns an image shall have", min: 1, max: AxisSizes.limit)

  init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }

  init(_ arguments: Arguments) { self.init(rows: arguments[ImageSize.height], columns: arguments[ImageSize.width]) }

  /// The images' shape with this size.
  func shape(of input: Shape, _ format: DataFormat) throws(ShapeError) -> Shape {
    var grid = try GridShape(input, positions: 2, format)
    grid.positions = [rows, columns]
    return grid.shape
  }

  /// Of a size that something has along both axes, the largest part in the middle with this size's ratio of sides.
  func middle(of whole: ImageSize) -> (rows: Range<Int>, columns: Range<Int>) {
    func part(_ extent: Int, _ wanted: Int) -> Range<Int> {
      let length = max(min(extent, wanted), 1)
      let start = (extent - length) / 2
      return start..<(start + length)
    }
    return (part(whole.rows, scaled(whole.columns, rows, columns)), part(whole.columns, scaled(whole.rows, columns, rows)))
  }

  /// How long a side is if the other is `side` and their ratio `numerator / denominator`.
  func scaled(_ side: Int, _ numerator: Int, _ denominator: Int) -> Int {
    Int(min(Double(side) * Double(numerator) / Double(denominator), 1e15))
  }
}

extension Graph {
  /// Images [batch, rows, columns, channels] with another number of rows and columns.
  mutating func resize(_ images: Node, to size: ImageSize, by method: Resampling.Method = .bilinear, antialias: Bool = false)
    -> Node
  {
    let shape = shape(of: images)
    // First the axis that leaves less to do for the other.
    let isRowsFirst = size.rows * shape[2] <= size.columns * shape[1]
    return (isRowsFirst ? [(1, size.rows), (2, size.columns)] : [(2, size.columns), (1, size.rows)]).reduce(images) { x, axis in
      resample(x, axis: axis.0, to: axis.1, by: method, antialias: antialias)
    }
  }

  /// A part of images [batch, rows, columns, channels].
  mutating func crop(_ images: Node, _ part: (rows: Range<Int>, columns: Range<Int>)) -> Node {
    slice(slice(images, axis: 1, part.rows), axis: 2, part.columns)
  }

  /// The middle of images with a size's ratio of sides, brought to that size.
  mutating func cropAndResize(_ images: Node, to size: ImageSize) -> Node {
    let shape = shape(of: images)
    return resize(crop(images, size.middle(of: ImageSize(rows: shape[1], columns: shape[2]))), to: size)
  }
}
