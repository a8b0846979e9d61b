import Plans
import Tensors

/// Colour images: red, green and blue.
enum Colours {
  /// Throws where images have other channels than red, green and blue, or one if `allowsOne`.
  static func check(_ input: Shape, _ format: DataFormat, allowsOne: Bool = false) throws(ShapeError) {
    let grid = try GridShape(input, positions: 2, format)
    guard let channels = grid.channels, channels != 3, !(allowsOne && channels == 1) else { return }
    throw ShapeError("needs images of red, green and blue, but gets \(input.description) with \(channels) channels")
  }
}

extension Graph {
  /// The channels of images [batch, rows, columns, channels]: [batch, rows, columns, 1] each.
  mutating func channels(of images: Node) -> [Node] {
    (0..<shape(of: images)[3]).map { slice(images, axis: 3, $0..<($0 + 1)) }
  }

  /// The brightness that colours have to the eye: [batch, rows, columns, 1]; images of one channel are it already.
  mutating func brightness(of images: Node) -> Node {
    let planes = channels(of: images)
    guard planes.count == 3 else { return images }
    let red = multiply(planes[0], by: 0.2989)
    return add(add(red, multiply(planes[1], by: 0.587)), multiply(planes[2], by: 0.114))
  }

  /// Hue, saturation and value of red, green and blue.
  mutating func hueSaturationValue(of images: Node) -> (hue: Node, saturation: Node, value: Node) {
    let (zero, one) = (constant(0), constant(1))
    let planes = channels(of: select(apply(.less, abs(images), constant(0x1p-23)), zero, images))
    let (red, green, blue) = (planes[0], planes[1], planes[2])
    let value = maximum(maximum(red, green), blue)
    let range = subtract(value, minimum(minimum(red, green), blue))
    let (isLit, isColoured) = (apply(.greater, value, zero), apply(.greater, range, zero))
    let saturation = select(isLit, divide(range, select(isLit, value, one)), zero)
    let sixth = divide(one, multiply(select(isColoured, range, one), by: 6))
    let ofGreen = add(multiply(sixth, subtract(blue, red)), 2.0 / 6)
    let ofBlue = add(multiply(sixth, subtract(red, green)), 4.0 / 6)
    let ofOthers = select(apply(.equal, value, green), ofGreen, ofBlue)
    let hue = select(apply(.equal, value, red), multiply(sixth, subtract(green, blue)), ofOthers)
    return (add(select(isColoured, hue, zero), apply(.less, hue, zero)), saturation, value)
  }

  /// Red, green and blue of hue, saturation and value.
  mutating func colours(hue: Node, saturation: Node, value: Node) -> Node {
    let turn = multiply(remainder(hue, constant(1)), by: 6)
    func distance(_ graph: inout Graph, from place: Double) -> Node { graph.abs(graph.add(turn, -place)) }
    let shares = [
      clip(add(distance(&self, from: 3), -1), from: 0, to: 1),
      clip(subtract(constant(2), distance(&self, from: 2)), from: 0, to: 1),
      clip(subtract(constant(2), distance(&self, from: 4)), from: 0, to: 1),
    ]
    let grey = subtract(constant(1), saturation)
    return concatenate(shares.map { multiply(value, add(grey, multiply(saturation, $0))) }, axis: 3)
  }

  /// Values of one range moved and stretched to another.
  mutating func rescale(_ x: Node, from old: ClosedRange<Double>, to new: ClosedRange<Double>) -> Node {
    guard old != new else { return x }
    let share = multiply(add(x, -old.lowerBound), by: 1 / (old.upperBound - old.lowerBound))
    return add(multiply(share, by: new.upperBound - new.lowerBound), new.lowerBound)
  }
}
