extension NDArray {
  /// The most elements an array may have: 2³¹, far above what a script's own arrays need, far below what kills a machine.
  package static let countLimit = 1 << 31

  /// The most axes an array may have, as in NumPy.
  package static let rankLimit = 64

  /// The number of elements of `shape`; an error for a negative dimension, too many axes or too many elements.
  static func elementCount(of shape: [Int], type: ElementType = .float64) throws(ArrayError) -> Int {
    let limit = Swift.min(countLimit, byteLimit / Swift.max(type.size, 1))
    if shape.count > rankLimit {
      throw .value("maximum supported dimension for an ndarray is \(rankLimit), found \(shape.count)")
    }
    var count = 1
    for dimension in shape {
      if dimension < 0 { throw .value("negative dimensions are not allowed") }
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      if overflow || product.multipliedReportingOverflow(by: type.size).overflow {
        throw .value("array is too big; no machine could hold one of shape \(pythonTuple(shape))")
      }
      if product > limit { throw .memory("an array of shape \(pythonTuple(shape)) is too large") }
      count = product
    }
    return count
  }

  /// The number of elements of an array that is to be made: as above, and an error where the current allowance does not cover it or
  /// the memory that is left cannot hold it.
  package static func count(of shape: [Int], type: ElementType = .float64) throws(ArrayError) -> Int {
    let count = try elementCount(of: shape, type: type)
    let bytes = count * type.size
    if let allowance = Allowance.current, !allowance.covers(bytes) {
      throw .allowance("an array of shape \(pythonTuple(shape)) is made only when the script runs")
    }
    guard FreeMemory.holds(bytes) else {
      throw .memory("an array of shape \(pythonTuple(shape)) takes \(bytes >> 20) MiB, more than the memory that is left")
    }
    return count
  }

  /// A shape as Python writes it: `(2, 3)`, `(4,)`, `()`.
  package static func pythonTuple(_ shape: [Int]) -> String {
    shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))"
  }

  /// An array of `type` with every element equal to `value`.
  package static func full(_ type: ElementType, shape: [Int], value: WeakScalar) throws(ArrayError) -> NDArray {
    let one = try NDArray.scalar(value, as: type)
    return try one.broadcast(to: shape)
  }

  /// A 0-dimensional array of `type`; an error where a whole number does not fit.
  package static func scalar(_ value: WeakScalar, as type: ElementType) throws(ArrayError) -> NDArray {
    if case .integer(let number) = value {
      let fits =
        switch type {
        case .int32: Int32(exactly: number) != nil
        case .uint8: UInt8(exactly: number) != nil
        default: true
        }
      if !fits { throw .overflow("Python integer \(number) out of bounds for \(type.rawValue)") }
    }
    return switch value {
    case .bool(let flag): NDArray(bools: [flag], shape: []).converted(to: type)
    case .integer(let number): NDArray(integers: [number], shape: []).converted(to: type)
    case .float(let number): NDArray(doubles: [number], shape: []).converted(to: type)
    }
  }

  /// A `float64` array of the elements in C order; there must be as many as `shape` says.
  package init(doubles: [Double], shape: [Int]) {
    self.init(.float64, shape: shape)
    precondition(count == doubles.count, "an array is made of as many elements as its shape says")
    withMutableElements(as: Double.self) { target in _ = target.update(fromContentsOf: doubles) }
  }

  /// A `float32` array of the elements in C order; there must be as many as `shape` says.
  package init(floats: [Float], shape: [Int]) {
    self = floats.withUnsafeBufferPointer { NDArray(copying: $0, shape: shape) }
  }

  /// An `int64` array of the elements in C order; there must be as many as `shape` says.
  package init(integers: [Int], shape: [Int]) {
    self.init(.int64, shape: shape)
    precondition(count == integers.count, "an array is made of as many elements as its shape says")
    withMutableElements(as: Int.self) { target in _ = target.update(fromContentsOf: integers) }
  }

  /// A `bool` array of the elements in C order; there must be as many as `shape` says.
  package init(bools: [Bool], shape: [Int]) {
    self.init(.bool, shape: shape)
    precondition(count == bools.count, "an array is made of as many elements as its shape says")
    withMutableElements(as: Bool.self) { target in _ = target.update(fromContentsOf: bools) }
  }

  /// `np.arange` of whole numbers: `int64`.
  package static func range(from start: Int, to stop: Int, by step: Int) throws(ArrayError) -> NDArray {
    if step == 0 { throw .value("Maximum allowed size exceeded") }
    let (distance, overflow) = stop.subtractingReportingOverflow(start)
    if overflow { throw .value("Maximum allowed size exceeded") }
    let length = Swift.max(
      0, distance == 0 ? 0 : (distance.magnitude.quotientUp(by: step.magnitude)) * (distance.signum() == step.signum() ? 1 : 0))
    _ = try count(of: [length])
    var result = NDArray(.int64, shape: [length])
    result.withMutableElements(as: Int.self) { target in for index in target.indices { target[index] = start &+ index &* step } }
    return result
  }

  /// `np.arange` of floats: `float64`, `ceil((stop - start) / step)` elements.
  package static func range(from start: Double, to stop: Double, by step: Double) throws(ArrayError) -> NDArray {
    let length = ((stop - start) / step).rounded(.up)
    guard length > -0x1p63, length < Double(countLimit) else { throw .value("Maximum allowed size exceeded") }
    let size = try count(of: [Int(Swift.max(0, length))])
    // NumPy fills with start + i·(second − start), where second = start + step.
    let delta = (start + step) - start
    var result = NDArray(.float64, shape: [size])
    result.withMutableElements(as: Double.self) { target in
      for index in target.indices { target[index] = start + Double(index) * delta }
    }
    return result
  }

  /// `np.linspace`: `number` evenly spaced values, the last one `stop` itself where `includesEnd`; computed in float64.
  package static func linspace(
    from start: Double, to stop: Double, count number: Int, includesEnd: Bool = true
  ) throws(ArrayError) -> NDArray {
    if number < 0 { throw .value("Number of samples, \(number), must be non-negative.") }
    _ = try count(of: [number])
    var result = NDArray(.float64, shape: [number])
    result.withMutableElements(as: Double.self) { Self.space($0, from: start, to: stop, includesEnd: includesEnd) }
    return result
  }

  /// The same between two float32 numbers, both included, and rounded to float32 at every step.
  package static func linspace(from start: Float, to stop: Float, count number: Int) throws(ArrayError) -> NDArray {
    _ = try count(of: [number])
    var result = NDArray(.float32, shape: [number])
    result.withMutableElements(as: Float.self) { Self.space($0, from: start, to: stop, includesEnd: true) }
    return result
  }

  private static func space<T: BinaryFloatingPoint>(
    _ target: UnsafeMutableBufferPointer<T>, from start: T, to stop: T, includesEnd: Bool
  ) {
    let divisions = includesEnd ? target.count - 1 : target.count
    let step = divisions > 0 ? (stop - start) / T(divisions) : .nan
    for index in target.indices {
      target[index] = divisions > 0 ? (step == 0 ? T(index) / T(divisions) * (stop - start) : T(index) * step) + start : start
    }
    if includesEnd, target.count > 1 { target[target.count - 1] = stop }
  }

  /// `np.eye`: ones on the `offset`-th diagonal of a matrix.
  package static func identity(_ rows: Int, _ columns: Int, offset: Int = 0, type: ElementType) throws(ArrayError) -> NDArray {
    _ = try count(of: [rows, columns])
    var result = NDArray(.float64, shape: [rows, columns])
    result.withMutableElements(as: Double.self) { target in
      for row in 0..<rows {
        let (column, overflow) = row.addingReportingOverflow(offset)
        if !overflow, column >= 0, column < columns { target[row * columns + column] = 1 }
      }
    }
    return result.converted(to: type)
  }
}

extension UInt {
  fileprivate func quotientUp(by divisor: UInt) -> Int { Int(clamping: (self + divisor - 1) / divisor) }
}
