/// An operation between two arrays, element by element.
package enum ElementOperation: String, Sendable {
  case add = "+", subtract = "-", multiply = "*", divide = "/", floorDivide = "//", modulo = "%", power = "**"
  case and = "&", or = "|", xor = "^", shiftLeft = "<<", shiftRight = ">>", maximum, minimum
  /// The larger and the smaller where not-a-number gives way; C's remainder; the angle of the point (b, a); the length of (a, b).
  case fmax, fmin, fmod, arctan2, hypot
}

/// A comparison between two arrays, element by element; its result is `bool`.
package enum ElementComparison: String, Sendable {
  case less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">=", equal = "==", notEqual = "!="
}

extension NDArray {
  /// `a ∘ b` with NumPy's broadcasting and promotion. Whole numbers wrap; a whole division by zero gives 0.
  package static func elementwise(_ operation: ElementOperation, _ a: NDArray, _ b: NDArray) throws(ArrayError) -> NDArray {
    try elementwise(operation, a, b, as: a.type.promoted(with: b.type))
  }

  /// `a ∘ scalar`, or `scalar ∘ a` where `isScalarFirst`: the Python number takes the array's type where its kind allows.
  package static func elementwise(
    _ operation: ElementOperation, _ a: NDArray, _ scalar: WeakScalar, isScalarFirst: Bool = false
  ) throws(ArrayError) -> NDArray {
    var type = a.type.promoted(with: scalar)
    // These work on floats, which hold any whole number.
    if operation == .divide || operation == .arctan2 || operation == .hypot, !type.isFloat { type = .float64 }
    let b = try NDArray.scalar(scalar, as: type)
    return try isScalarFirst ? elementwise(operation, b, a, as: type) : elementwise(operation, a, b, as: type)
  }

  /// The type of an operation's result, and the one in which it is computed, for operands of a common type.
  package static func type(of operation: ElementOperation, _ promoted: ElementType) -> ElementType {
    switch operation {
    case .divide, .arctan2, .hypot: promoted.isFloat ? promoted : .float64
    case .shiftLeft, .shiftRight, .power, .floorDivide, .modulo, .fmod: promoted == .bool ? .int64 : promoted
    case .add, .subtract, .multiply, .and, .or, .xor, .maximum, .minimum, .fmax, .fmin: promoted
    }
  }

  private static func elementwise(
    _ operation: ElementOperation, _ a: NDArray, _ b: NDArray, as promoted: ElementType
  ) throws(ArrayError) -> NDArray {
    let type = type(of: operation, promoted)
    switch operation {
    case .subtract:
      if type == .bool {
        throw .type("numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, instead.")
      }
    case .and, .or, .xor:
      if type.isFloat { throw .type("ufunc '\(operation.rawValue)' not supported for the input types") }
    case .shiftLeft, .shiftRight:
      if type.isFloat { throw .type("ufunc '\(operation.rawValue)' not supported for the input types") }
    case .power:
      if type.isInteger, b.type != .uint8, a.count > 0, b.integers.contains(where: { $0 < 0 }) {
        throw .value("Integers to negative integer powers are not allowed.")
      }
    case .add, .multiply, .divide, .floorDivide, .modulo, .fmod, .arctan2, .hypot, .maximum, .minimum, .fmax, .fmin: break
    }
    let shape = try broadcastShape(a.shape, b.shape)
    _ = try count(of: shape)
    let left = a.converted(to: type)
    let right = b.converted(to: type)
    switch type {
    case .float64: return zip(left, right, shape, type, Double.self, Double.self, floatKernel(operation))
    case .float32: return zip(left, right, shape, type, Float.self, Float.self, floatKernel(operation))
    case .int64: return zip(left, right, shape, type, Int.self, Int.self, integerKernel(operation))
    case .int32: return zip(left, right, shape, type, Int32.self, Int32.self, integerKernel(operation))
    case .uint8: return zip(left, right, shape, type, UInt8.self, UInt8.self, integerKernel(operation))
    case .bool:
      let isUnion = operation == .add || operation == .or || operation == .maximum || operation == .fmax
      return zip(left, right, shape, type, UInt8.self, UInt8.self) { run, x, xs, y, ys, out in
        for index in 0..<run {
          let (p, q) = (x[index &* xs], y[index &* ys])
          out[index] = operation == .xor ? p ^ q : isUnion ? p | q : p & q
        }
      }
    case .string: textsAreNoNumbers()
    }
  }

  /// `a < b` and its kin, with broadcasting.
  package static func compare(_ comparison: ElementComparison, _ a: NDArray, _ b: NDArray) throws(ArrayError) -> NDArray {
    let type = a.type.promoted(with: b.type)
    let shape = try broadcastShape(a.shape, b.shape)
    _ = try count(of: shape)
    let left = a.converted(to: type)
    let right = b.converted(to: type)
    switch type {
    case .float64: return zip(left, right, shape, .bool, Double.self, Bool.self, comparisonKernel(comparison))
    case .float32: return zip(left, right, shape, .bool, Float.self, Bool.self, comparisonKernel(comparison))
    case .int64: return zip(left, right, shape, .bool, Int.self, Bool.self, comparisonKernel(comparison))
    case .int32: return zip(left, right, shape, .bool, Int32.self, Bool.self, comparisonKernel(comparison))
    case .uint8, .bool: return zip(left, right, shape, .bool, UInt8.self, Bool.self, comparisonKernel(comparison))
    case .string: textsAreNoNumbers()
    }
  }

  /// `a < scalar` and its kin; a whole number out of the array's range compares by value.
  package static func compare(_ comparison: ElementComparison, _ a: NDArray, _ scalar: WeakScalar) throws(ArrayError) -> NDArray {
    let type = a.type.promoted(with: scalar)
    if let fitting = try? NDArray.scalar(scalar, as: type) { return try compare(comparison, a, fitting) }
    return try compare(comparison, a, NDArray.scalar(scalar, as: .int64))
  }

  /// The shape two arrays have together: axes are matched from the last, an axis of 1 stretches.
  package static func broadcastShape(_ a: [Int], _ b: [Int]) throws(ArrayError) -> [Int] {
    if a == b { return a }
    var shape = [Int](repeating: 1, count: Swift.max(a.count, b.count))
    for offset in 1...shape.count {
      let p = offset <= a.count ? a[a.count - offset] : 1
      let q = offset <= b.count ? b[b.count - offset] : 1
      guard p == q || p == 1 || q == 1 else {
        throw .value("operands could not be broadcast together with shapes \(pythonTuple(a)) \(pythonTuple(b))")
      }
      shape[shape.count - offset] = p == 1 ? q : p
    }
    return shape
  }

  /// This array stretched to `shape`, its elements repeated.
  package func broadcast(to target: [Int]) throws(ArrayError) -> NDArray {
    if target == shape { return self }
    guard let joined = try? Self.broadcastShape(shape, target), joined == target else {
      throw .value("could not broadcast input array from shape \(Self.pythonTuple(shape)) into shape \(Self.pythonTuple(target))")
    }
    _ = try Self.count(of: target, type: type)
    return gathered(shape: target, strides: Self.strides(of: shape, stretchedTo: target), offset: 0)
  }

  /// The strides, in elements, with which an array of `shape` is walked as if it had the shape `target`.
  static func strides(of shape: [Int], stretchedTo target: [Int]) -> [Int] {
    var strides = [Int](repeating: 0, count: target.count)
    var step = 1
    for offset in stride(from: 1, through: shape.count, by: 1) {
      let dimension = shape[shape.count - offset]
      strides[target.count - offset] = dimension == 1 ? 0 : step
      step *= dimension
    }
    return strides
  }
}

/// A loop over one run of elements: its length, the operands with their strides (0 or 1), and where results go.
private typealias Kernel<T, R> = (Int, UnsafePointer<T>, Int, UnsafePointer<T>, Int, UnsafeMutablePointer<R>) -> Void

/// Walks both operands over `shape`, giving `kernel` runs as long as their layouts allow.
private func zip<T, R>(
  _ a: NDArray, _ b: NDArray, _ shape: [Int], _ type: ElementType, _: T.Type, _: R.Type, _ kernel: Kernel<T, R>
) -> NDArray {
  var result = NDArray(type, shape: shape)
  let count = result.count
  if count == 0 { return result }
  let x = UnsafeRawPointer(a.storage.bytes.baseAddress!).assumingMemoryBound(to: T.self)
  let y = UnsafeRawPointer(b.storage.bytes.baseAddress!).assumingMemoryBound(to: T.self)
  result.withMutableElements(as: R.self) { buffer in
    let out = buffer.baseAddress!
    if a.count == count, b.count == count, b.rank > 0 { return kernel(count, x, 1, y, 1, out) }
    if b.count == 1 { return kernel(count, x, 1, y, 0, out) }
    if a.count == 1 { return kernel(count, x, 0, y, 1, out) }
    let xs = NDArray.strides(of: a.shape, stretchedTo: shape)
    let ys = NDArray.strides(of: b.shape, stretchedTo: shape)
    let run = shape[shape.count - 1]
    var index = [Int](repeating: 0, count: shape.count - 1)
    var (xOffset, yOffset) = (0, 0)
    for start in stride(from: 0, to: count, by: run) {
      kernel(run, x + xOffset, xs[shape.count - 1], y + yOffset, ys[shape.count - 1], out + start)
      var axis = shape.count - 2
      while axis >= 0 {
        index[axis] += 1
        xOffset += xs[axis]
        yOffset += ys[axis]
        if index[axis] < shape[axis] { break }
        xOffset -= xs[axis] * shape[axis]
        yOffset -= ys[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }
  return result
}

/// Makes a kernel of a function of two elements; the three layouts of a run have a loop each, so that each is vectorised.
@inline(__always)
private func loop<T, R>(_ f: @escaping (T, T) -> R) -> Kernel<T, R> {
  { count, x, xStride, y, yStride, out in
    if xStride == 1, yStride == 1 {
      for index in 0..<count { out[index] = f(x[index], y[index]) }
    } else if xStride == 1 {
      let q = y[0]
      for index in 0..<count { out[index] = f(x[index], q) }
    } else if yStride == 1 {
      let p = x[0]
      for index in 0..<count { out[index] = f(p, y[index]) }
    } else {
      let r = f(x[0], y[0])
      for index in 0..<count { out[index] = r }
    }
  }
}

/// Python's `%` for floats, as NumPy has it: not-a-number for a divisor of zero.
@inline(__always)
private func floatModulo<T: FloatMath>(_ a: T, _ b: T) -> T {
  let rest = T.remainder(a, b)
  if b == 0 { return rest }
  if rest == 0 { return T(signOf: b, magnitudeOf: 0) }
  return (b < 0) != (rest < 0) ? rest + b : rest
}

@inline(__always)
private func floatFloorDivide<T: FloatMath>(_ a: T, _ b: T) -> T {
  if b == 0 { return a / b }
  let rest = T.remainder(a, b)
  var quotient = (a - rest) / b
  if rest != 0, (b < 0) != (rest < 0) { quotient -= 1 }
  if quotient == 0 { return T(signOf: a / b, magnitudeOf: 0) }
  let floored = quotient.rounded(.down)
  return quotient - floored > 0.5 ? floored + 1 : floored
}

@inline(__always)
private func floatKernel<T: FloatMath>(_ operation: ElementOperation) -> Kernel<T, T> {
  switch operation {
  case .add: loop { $0 + $1 }
  case .subtract: loop { $0 - $1 }
  case .multiply: loop { $0 * $1 }
  case .divide: loop { $0 / $1 }
  case .floorDivide: loop { floatFloorDivide($0, $1) }
  case .modulo: loop { floatModulo($0, $1) }
  case .power: powerKernel()
  case .maximum: loop { $0.isNaN || $1.isNaN ? T.nan : $0 >= $1 ? $0 : $1 }
  case .minimum: loop { $0.isNaN || $1.isNaN ? T.nan : $0 <= $1 ? $0 : $1 }
  case .fmax: loop { $0.isNaN ? $1 : $1.isNaN || $0 >= $1 ? $0 : $1 }
  case .fmin: loop { $0.isNaN ? $1 : $1.isNaN || $0 <= $1 ? $0 : $1 }
  case .fmod: loop { T.remainder($0, $1) }
  case .arctan2: loop { T.angle($0, $1) }
  case .hypot: loop { T.length($0, $1) }
  case .and, .or, .xor, .shiftLeft, .shiftRight: preconditionFailure("bitwise operations have whole operands")
  }
}

/// Powers; where one exponent of a half is for all of a run, they are roots, so that the power of -∞ is not-a-number, as in NumPy.
@inline(__always)
private func powerKernel<T: FloatMath>() -> Kernel<T, T> {
  let (powers, roots): (Kernel<T, T>, Kernel<T, T>) = (loop { T.raise($0, $1) }, loop { base, _ in base.squareRoot() })
  return { count, x, xStride, y, yStride, out in
    let kernel = yStride == 0 && y[0] == 0.5 ? roots : powers
    kernel(count, x, xStride, y, yStride, out)
  }
}

@inline(__always)
private func integerKernel<T: FixedWidthInteger>(_ operation: ElementOperation) -> Kernel<T, T> {
  switch operation {
  case .add: loop { $0 &+ $1 }
  case .subtract: loop { $0 &- $1 }
  case .multiply: loop { $0 &* $1 }
  case .floorDivide: loop { floorDivide($0, $1) }
  case .modulo: loop { $1 == 0 ? 0 : $0 &- floorDivide($0, $1) &* $1 }
  case .power: loop { wrappingPower($0, $1) }
  case .and: loop { $0 & $1 }
  case .or: loop { $0 | $1 }
  case .xor: loop { $0 ^ $1 }
  case .shiftLeft: loop { $1 < 0 || $1 >= T.bitWidth ? 0 : $0 << $1 }
  case .shiftRight: loop { $1 < 0 || $1 >= T.bitWidth ? ($0 < 0 ? ~0 : 0) : $0 >> $1 }
  case .maximum, .fmax: loop { Swift.max($0, $1) }
  case .minimum, .fmin: loop { Swift.min($0, $1) }
  case .fmod: loop { $1 == 0 ? 0 : $0.remainderReportingOverflow(dividingBy: $1).partialValue }
  case .divide, .arctan2, .hypot: preconditionFailure("a true division has float operands")
  }
}

@inline(__always)
private func floorDivide<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
  if b == 0 { return 0 }
  let (quotient, overflow) = a.dividedReportingOverflow(by: b)
  if overflow { return a }
  return (a ^ b) < 0 && quotient &* b != a ? quotient &- 1 : quotient
}

private func wrappingPower<T: FixedWidthInteger>(_ base: T, _ exponent: T) -> T {
  var (result, square, rest) = (T(1), base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result = result &* square }
    square = square &* square
    rest >>= 1
  }
  return result
}

@inline(__always)
private func comparisonKernel<T: Comparable>(_ comparison: ElementComparison) -> Kernel<T, Bool> {
  switch comparison {
  case .less: loop { $0 < $1 }
  case .lessOrEqual: loop { $0 <= $1 }
  case .greater: loop { $0 > $1 }
  case .greaterOrEqual: loop { $0 >= $1 }
  case .equal: loop { $0 == $1 }
  case .notEqual: loop { $0 != $1 }
  }
}
