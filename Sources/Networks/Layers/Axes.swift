import Lambdas
import Plans

/// Axes as Keras counts them: 0 is the batch, 1 the first of an example, and negative ones count from the last.
enum Axes {
  /// The argument `axis` of one axis.
  static func one(_ help: String, default defaultAxis: Int = -1) -> Parameter<Int> {
    Parameter<Int>("axis", help, default: defaultAxis)
  }

  /// The argument `axis` of one axis or several.
  static func several(_ help: String, default defaultAxis: Int = -1) -> Parameter<[Int]> {
    Parameter<[Int]>(
      "axis", help, .either([.integer(), .list(.integer(), min: 1)]), default: .integer(defaultAxis), decode: decode)
  }

  /// A whole number, or a list of them, as a list.
  static func decode(_ value: Value) -> [Int]? {
    switch value {
    case .integer(let axis): return [axis]
    case .list(let axes), .tuple(let axes):
      let numbers = axes.compactMap(\.asInteger)
      return numbers.count == axes.count ? numbers : nil
    default: return nil
    }
  }

  /// An axis counted from the batch, at least 1. Throws where an example has no such axis.
  static func place(_ axis: Int, in shape: Shape) throws(ShapeError) -> Int {
    let count = shape.rank + 1
    let place = axis < 0 ? axis + count : axis
    guard place != 0 else { throw ShapeError("cannot work along axis \(axis), which is the batch") }
    guard (1..<count).contains(place) else {
      throw ShapeError(
        "works along axis \(axis), but gets \(shape.description)",
        hint: shape.rank == 0 ? nil : "the axes of its input are 1 to \(shape.rank); 0 is the batch.")
    }
    return place
  }

  /// Several axes, ascending and each once.
  static func places(_ axes: [Int], in shape: Shape) throws(ShapeError) -> [Int] {
    var places: Set<Int> = []
    for axis in axes {
      guard places.insert(try place(axis, in: shape)).inserted else { throw ShapeError("names axis \(axis) twice") }
    }
    return places.sorted()
  }

  /// The same for the shape of a node, batch first, where the shape rule has spoken.
  static func places(_ axes: [Int], rank: Int) -> [Int] { Set(axes.map { $0 < 0 ? $0 + rank : $0 }).sorted() }

  /// The size of a tensor along an axis, which must be known.
  static func size(_ place: Int, of shape: Shape) throws(ShapeError) -> Int {
    guard let size = shape.dimensions[place - 1] else {
      throw ShapeError("needs to know the size of axis \(place), but it is open in \(shape.description)")
    }
    return size
  }
}
