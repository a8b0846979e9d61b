import Arrays
import Lambdas

/// What each operation makes of shapes. Whatever these rules admit can be computed for data of those shapes, if an activation is one of
/// the catalog.
extension TensorOperation {
  /// The shape of the result. Throws where the operands cannot be taken, or the examples of a batch would not stay apart.
  package func shape(_ operands: [TracedShape], _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    guard operandCount.map({ $0 == operands.count }) ?? !operands.isEmpty else {
      throw ShapeError("calls `\(rawValue)` with \(operands.count) tensors")
    }
    let shape = try rule(operands, settings)
    guard !shape.dimensions.dropFirst().contains(.batch) else {
      throw ShapeError("joins tensors so that the batch is no longer the first axis, by `\(rawValue)`")
    }
    if let sizes = shape.sizes, Shape(sizes.map { $0 }).elementCount ?? .max > 1 << 31 {
      throw ShapeError("would make a tensor of shape \(shape.text), which is too large, by `\(rawValue)`")
    }
    return shape
  }

  private func rule(_ operands: [TracedShape], _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    switch self {
    case .numbers:
      guard case .array(let array)? = settings["value"] else { throw ShapeError("holds a value that is no number") }
      return TracedShape(array.shape.map { .size($0) })
    case .negative, .abs, .sign, .square, .sqrt, .exp, .expm1, .log, .log2, .log10, .log1p, .sin, .cos, .tan, .arcsin, .arccos,
      .arctan, .sinh, .cosh, .tanh, .floor, .ceil, .rint, .trunc, .isnan, .logicalNot:
      return operands[0]
    case .activation:
      if let axis = settings["axis"]?.asInteger { _ = try operands[0].exampleAxis(axis, "applies an activation") }
      return operands[0]
    case .add, .subtract, .multiply, .divide, .floorDivide, .mod, .power, .maximum, .minimum, .equal, .notEqual, .less,
      .lessEqual,
      .greater, .greaterEqual, .logicalAnd, .logicalOr:
      return try operands[0].broadcast(with: operands[1])
    case .where: return try operands[0].broadcast(with: operands[1]).broadcast(with: operands[2])
    case .sum, .mean, .prod, .min, .max, .any, .all, .var, .std, .argmax, .argmin: return try reduced(operands[0], settings)
    case .cumsum:
      guard let axis = settings["axis"]?.asInteger else { throw ShapeError("computes `cumsum` along no axis") }
      _ = try operands[0].exampleAxis(axis, "computes `cumsum`")
      return operands[0]
    case .reshape: return try reshaped(operands[0], settings)
    case .transpose: return try transposed(operands[0], settings)
    case .squeeze: return try squeezed(operands[0], settings)
    case .expand: return try expanded(operands[0], settings)
    case .concatenate: return try concatenated(operands, settings)
    case .stack: return try stacked(operands, settings)
    case .slice: return try sliced(operands[0], settings)
    case .element: return try picked(operands[0], settings)
    case .matmul: return try product(operands[0], operands[1])
    }
  }

  private func reduced(_ shape: TracedShape, _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    switch settings["axis"] {
    case .integer?, .none?, nil: break
    case .list(let axes)?, .tuple(let axes)?:
      guard axes.allSatisfy({ $0.asInteger != nil }) else {
        throw ShapeError("computes `\(rawValue)` along axes that are no numbers")
      }
    case let axis?: throw ShapeError("computes `\(rawValue)` along `\(Operations.representation(axis))`, which is no axis")
    }
    let axes = TensorOperation.axes(settings, rank: shape.rank)
    guard Set(axes).count == axes.count else { throw ShapeError("computes `\(rawValue)` along an axis twice") }
    for axis in axes {
      guard axis >= 0 else {
        throw ShapeError("computes `\(rawValue)` along an axis that a tensor of shape \(shape.text) has not")
      }
      _ = try shape.exampleAxis(axis, "computes `\(rawValue)`")
    }
    if isInteger, axes.count != 1 { throw ShapeError("computes `\(rawValue)` along \(axes.count) axes, not one") }
    let keeps: Bool
    switch settings["keepdims"] {
    case .bool(let value)?: keeps = value
    case nil: keeps = false
    case let value?:
      throw ShapeError(
        "computes `\(rawValue)` with keepdims=\(Operations.representation(value)), which is neither True nor False")
    }
    if let degrees = settings["ddof"], degrees.asDouble == nil {
      throw ShapeError("computes `\(rawValue)` with ddof=\(Operations.representation(degrees)), which is no number")
    }
    return TracedShape(
      shape.dimensions.enumerated().compactMap { axes.contains($0.offset) ? (keeps ? .size(1) : nil) : $0.element })
  }

  /// -1 and None stand for what follows from the others; the batch stays first.
  private func reshaped(_ shape: TracedShape, _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    guard var sizes = TensorOperation.sizes(settings["shape"]) else {
      throw ShapeError("reshapes to `\(Operations.representation(settings["shape"] ?? .none))`, which is no shape")
    }
    guard let given = shape.sizes, let total = Shape(given.map { $0 }).elementCount else {
      throw ShapeError("reshapes a tensor of shape \(shape.text), a size of which is open")
    }
    var result: [TracedShape.Dimension] = []
    if shape.hasBatch {
      guard let first = sizes.first, first == nil else {
        throw ShapeError("reshapes the batch away", hint: "begin the shape with -1, which keeps the batch.")
      }
      sizes.removeFirst()
      result = [.batch]
    }
    let open = sizes.indices.filter { sizes[$0] == nil }
    guard open.count <= 1, let product = Shape(sizes.map { $0 ?? 1 }).elementCount,
      open.isEmpty ? product == total : product > 0 && total % product == 0
    else {
      throw ShapeError(
        "reshapes \(shape.text) to \(Operations.representation(settings["shape"] ?? .none)), which has not its elements")
    }
    if let place = open.first { sizes[place] = total / product }
    return TracedShape(result + sizes.map { .size($0 ?? 1) })
  }

  private func transposed(_ shape: TracedShape, _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    let axes = TensorOperation.integers(settings["axes"])
    guard axes.sorted() == Array(0..<shape.rank) else {
      throw ShapeError("exchanges the axes \(axes) of a tensor of shape \(shape.text), which are not its own")
    }
    guard !shape.hasBatch || axes[0] == 0 else {
      throw ShapeError("moves the batch from its place, the first axis", hint: "say the order of all axes: `axes=(0, 2, 1)`.")
    }
    return TracedShape(axes.map { shape.dimensions[$0] })
  }

  private func squeezed(_ shape: TracedShape, _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    let axes = TensorOperation.integers(settings["axes"])
    for axis in axes where !shape.dimensions.indices.contains(axis) || shape.dimensions[axis] != .size(1) {
      throw ShapeError("squeezes axis \(axis) of a tensor of shape \(shape.text), which has not one element there")
    }
    return TracedShape(shape.dimensions.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
  }

  private func expanded(_ shape: TracedShape, _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    var result = shape
    for axis in TensorOperation.integers(settings["axes"]).sorted() {
      guard (0...result.rank).contains(axis) else {
        throw ShapeError("puts an axis at \(axis) of a tensor of shape \(shape.text)")
      }
      guard !shape.hasBatch || axis > 0 else { throw ShapeError("puts an axis before the batch") }
      result.dimensions.insert(.size(1), at: axis)
    }
    return result
  }

  private func concatenated(_ shapes: [TracedShape], _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    guard let axis = settings["axis"]?.asInteger else { throw ShapeError("joins tensors along no axis") }
    let place = try shapes[0].exampleAxis(axis, "joins tensors")
    var result = shapes[0]
    var total = 0
    for shape in shapes {
      guard shape.rank == result.rank else { throw ShapeError("joins tensors of shapes \(result.text) and \(shape.text)") }
      for index in shape.dimensions.indices where index != place && shape.dimensions[index] != result.dimensions[index] {
        throw ShapeError("joins tensors of shapes \(shapes[0].text) and \(shape.text), which differ not only along axis \(place)")
      }
      guard case .size(let size) = shape.dimensions[place] else {
        throw ShapeError("joins tensors along an axis whose size is open")
      }
      let (sum, isTooLarge) = total.addingReportingOverflow(size)
      guard !isTooLarge else { throw ShapeError("would give an axis of more places than can be counted") }
      total = sum
    }
    result.dimensions[place] = .size(total)
    return result
  }

  private func stacked(_ shapes: [TracedShape], _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    let first = shapes[0]
    let axis = settings["axis"]?.asInteger ?? 0
    let place = axis < 0 ? axis + first.rank + 1 : axis
    guard (0...first.rank).contains(place) else { throw ShapeError("stacks tensors of shape \(first.text) along axis \(axis)") }
    guard !first.hasBatch || place > 0 else {
      throw ShapeError(
        "stacks tensors along axis 0, which is the batch", hint: "axes of examples begin at 1: `axis=1`, `axis=-1`.")
    }
    if let other = shapes.first(where: { $0 != first }) {
      throw ShapeError("stacks tensors of shapes \(first.text) and \(other.text)")
    }
    var result = first
    result.dimensions.insert(.size(shapes.count), at: place)
    return result
  }

  private func sliced(_ shape: TracedShape, _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    guard let axis = settings["axis"]?.asInteger, let start = settings["start"]?.asInteger, let stop = settings["stop"]?.asInteger
    else { throw ShapeError("takes a part of a tensor that is not said") }
    let place = try shape.exampleAxis(axis, "takes a part")
    guard case .size(let size) = shape.dimensions[place] else { throw ShapeError("takes a part of an axis whose size is open") }
    guard start >= 0, stop <= size, start < stop else {
      throw ShapeError("takes elements \(start) to \(stop) of axis \(place) of a tensor of shape \(shape.text), which are none")
    }
    var result = shape
    result.dimensions[place] = .size(stop - start)
    return result
  }

  private func picked(_ shape: TracedShape, _ settings: [String: Value]) throws(ShapeError) -> TracedShape {
    guard let axis = settings["axis"]?.asInteger, let number = settings["place"]?.asInteger else {
      throw ShapeError("takes an element that is not said")
    }
    let place = try shape.axis(axis)
    guard shape.dimensions[place] != .batch else {
      throw ShapeError("takes one example of the batch", hint: "begin with `:`, as in `x[:, 0]`.")
    }
    if case .size(let size) = shape.dimensions[place], !(-size..<size).contains(number) {
      throw ShapeError("takes element \(number) of axis \(place) of a tensor of shape \(shape.text)")
    }
    var result = shape
    result.dimensions.remove(at: place)
    return result
  }

  private func product(_ a: TracedShape, _ b: TracedShape) throws(ShapeError) -> TracedShape {
    guard a.rank >= 2, b.rank >= 2, b.rank > 2 || !b.hasBatch, a.dimensions[a.rank - 1] == b.dimensions[b.rank - 2] else {
      throw ShapeError("multiplies matrices of shapes \(a.text) and \(b.text), which do not fit")
    }
    let items = try TracedShape(Array(a.dimensions.dropLast(2))).broadcast(with: TracedShape(Array(b.dimensions.dropLast(2))))
    return TracedShape(items.dimensions + [a.dimensions[a.rank - 2], b.dimensions[b.rank - 1]])
  }
}
