import Arrays
import Lambdas
import Plans
import Tensors

/// The operations of scripts on tensors, as operations of the graph.
extension TensorOperation {
  /// What it gives for float32 operands; their shapes have been held against its rule.
  func emit(_ operands: [Node], _ settings: [String: Value], into graph: inout Graph) -> Node {
    switch self {
    case .numbers:
      guard case .array(let array)? = settings["value"] else { preconditionFailure("numbers of a script are an array") }
      return graph.numbers(array)
    case .negative, .abs, .sign, .square, .sqrt, .exp, .expm1, .log, .log1p, .sin, .cos, .tan, .arcsin, .arccos, .arctan, .sinh,
      .cosh,
      .tanh, .floor, .ceil, .rint, .trunc, .isnan, .logicalNot:
      guard let unary else { preconditionFailure("a function of one number is an operation of the graph") }
      return graph.apply(unary, operands[0])
    case .log2: return graph.multiply(graph.log(operands[0]), by: 1 / 0.69314718055994530942)
    case .log10: return graph.multiply(graph.log(operands[0]), by: 1 / 2.30258509299404568402)
    case .floorDivide: return graph.apply(.floor, graph.divide(operands[0], operands[1]))
    case .add, .subtract, .multiply, .divide, .mod, .power, .maximum, .minimum, .equal, .notEqual, .less, .lessEqual, .greater,
      .greaterEqual, .logicalAnd, .logicalOr:
      guard let binary else { preconditionFailure("a function of two numbers is an operation of the graph") }
      return graph.apply(binary, operands[0], operands[1])
    case .where: return graph.select(operands[0], operands[1], operands[2])
    case .sum, .mean, .prod, .min, .max, .any, .all, .var, .std, .argmax, .argmin: return reduced(operands[0], settings, &graph)
    case .cumsum: return graph.cumulativeSum(operands[0], axis: settings["axis"]?.asInteger ?? -1)
    case .reshape: return reshaped(operands[0], settings, &graph)
    case .transpose: return graph.transpose(operands[0], TensorOperation.integers(settings["axes"]))
    case .concatenate: return graph.concatenate(operands, axis: settings["axis"]?.asInteger ?? 0)
    case .stack: return graph.stack(operands, axis: settings["axis"]?.asInteger ?? 0)
    case .squeeze:
      let removed = TensorOperation.integers(settings["axes"])
      let shape = graph.shape(of: operands[0])
      return graph.reshape(operands[0], shape.indices.filter { !removed.contains($0) }.map { shape[$0] })
    case .expand:
      var shape = graph.shape(of: operands[0])
      for axis in TensorOperation.integers(settings["axes"]).sorted() { shape.insert(1, at: axis) }
      return graph.reshape(operands[0], shape)
    case .slice:
      let (start, stop) = (settings["start"]?.asInteger ?? 0, settings["stop"]?.asInteger ?? 0)
      return graph.slice(operands[0], axis: settings["axis"]?.asInteger ?? 0, start..<Swift.max(start, stop))
    case .element: return element(of: operands[0], settings, &graph)
    case .matmul: return graph.matrixProduct(operands[0], operands[1])
    case .activation:
      guard case .string(let name)? = settings["name"] else { preconditionFailure("an activation has its name") }
      return Activation(name, settings.filter { $0.key != "name" }).emit(operands[0], into: &graph)
    }
  }

  private var unary: UnaryOperation? {
    switch self {
    case .negative: .negate
    case .abs: .abs
    case .sign: .sign
    case .square: .square
    case .sqrt: .sqrt
    case .exp: .exp
    case .expm1: .expm1
    case .log: .log
    case .log1p: .log1p
    case .sin: .sin
    case .cos: .cos
    case .tan: .tan
    case .arcsin: .asin
    case .arccos: .acos
    case .arctan: .atan
    case .sinh: .sinh
    case .cosh: .cosh
    case .tanh: .tanh
    case .floor: .floor
    case .ceil: .ceil
    case .rint: .round
    case .trunc: .trunc
    case .isnan: .isNaN
    case .logicalNot: .not
    default: nil
    }
  }

  private var binary: BinaryOperation? {
    switch self {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .mod: .remainder
    case .power: .power
    case .maximum: .maximum
    case .minimum: .minimum
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .less
    case .lessEqual: .lessEqual
    case .greater: .greater
    case .greaterEqual: .greaterEqual
    case .logicalAnd: .and
    case .logicalOr: .or
    default: nil
    }
  }

  /// A place beyond the end of an axis that was open is the last one, as it is for Keras's backends.
  private func element(of x: Node, _ settings: [String: Value], _ graph: inout Graph) -> Node {
    var shape = graph.shape(of: x)
    let number = settings["axis"]?.asInteger ?? 0
    let axis = number < 0 ? number + shape.count : number
    let (place, size) = (settings["place"]?.asInteger ?? 0, shape[axis])
    shape.remove(at: axis)
    guard size > 0 else { return graph.broadcast(graph.constant(0), to: shape) }
    let start = Swift.min(Swift.max(place < 0 ? place + size : place, 0), size - 1)
    return graph.reshape(graph.slice(x, axis: axis, start..<start + 1), shape)
  }

  private func reduced(_ x: Node, _ settings: [String: Value], _ graph: inout Graph) -> Node {
    let shape = graph.shape(of: x)
    let axes = TensorOperation.axes(settings, rank: shape.count)
    let keeps: Bool = if case .bool(true)? = settings["keepdims"] { true } else { false }
    switch self {
    case .sum: return graph.reduceSum(x, axes: axes, keepDimensions: keeps)
    case .mean: return graph.reduceMean(x, axes: axes, keepDimensions: keeps)
    case .prod: return graph.reduceProduct(x, axes: axes, keepDimensions: keeps)
    case .min: return graph.reduceMin(x, axes: axes, keepDimensions: keeps)
    case .max: return graph.reduceMax(x, axes: axes, keepDimensions: keeps)
    case .any, .all:
      let zero = graph.constant(0)
      let holds = graph.apply(.notEqual, x, zero)
      return self == .any
        ? graph.reduceMax(holds, axes: axes, keepDimensions: keeps) : graph.reduceMin(holds, axes: axes, keepDimensions: keeps)
    case .var, .std:
      let count = axes.reduce(1) { $0 * shape[$1] }
      let degrees = Swift.max(Double(count) - (settings["ddof"]?.asDouble ?? 0), 1)
      let variance = graph.formula(x) { x in
        let centered = x - Networks.mean(x, axes: axes, keepDimensions: true)
        return Networks.sum(Networks.square(centered), axes: axes, keepDimensions: keeps) / degrees
      }
      return self == .var ? variance : graph.sqrt(variance)
    case .argmax, .argmin:
      var order = Array(shape.indices)
      order.append(order.remove(at: axes[0]))
      let last = graph.transpose(self == .argmax ? x : graph.negate(x), order)
      let place = graph.argmax(last)
      return keeps ? graph.reshape(place, shape.indices.map { $0 == axes[0] ? 1 : shape[$0] }) : place
    default: preconditionFailure("`\(rawValue)` is no reduction")
    }
  }

  /// The sizes that are not said follow from the others; the batch is the first.
  private func reshaped(_ x: Node, _ settings: [String: Value], _ graph: inout Graph) -> Node {
    let shape = graph.shape(of: x)
    var sizes = TensorOperation.sizes(settings["shape"]) ?? []
    let open = sizes.indices.filter { sizes[$0] == nil }
    // Nothing follows from the number of elements where there are none.
    if open.count > 1 || shape.contains(0), let first = open.first { sizes[first] = shape[0] }
    if let place = sizes.firstIndex(where: { $0 == nil }) {
      sizes[place] = shape.reduce(1, *) / Swift.max(sizes.compactMap { $0 }.reduce(1, *), 1)
    }
    return graph.reshape(x, sizes.compactMap { $0 })
  }
}
