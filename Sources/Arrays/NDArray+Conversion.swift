extension NDArray {
  /// The same elements as another type, as `astype` converts: floats are cut toward zero, whole numbers wrap, non-zero is true.
  package func converted(to target: ElementType) -> NDArray {
    if target == type { return self }
    var result = NDArray(target, shape: shape)
    let count = count
    let source = UnsafeRawPointer(storage.bytes.baseAddress!)
    result.withMutableElements(as: UInt8.self) { bytes in
      let destination = UnsafeMutableRawPointer(bytes.baseAddress!)
      switch type {
      case .float32:
        let floats = source.assumingMemoryBound(to: Float.self)
        if target == .int64 {
          convert(floats, count, destination, target, { Double($0) }, { wrapped(Double($0)) })
        } else {
          convert(floats, count, destination, target, { Double($0) }, { wrappedShort(Double($0)) })
        }
      case .float64:
        let doubles = source.assumingMemoryBound(to: Double.self)
        if target == .int64 {
          convert(doubles, count, destination, target, { $0 }, { wrapped($0) })
        } else {
          convert(doubles, count, destination, target, { $0 }, { wrappedShort($0) })
        }
      case .int64: convert(source.assumingMemoryBound(to: Int.self), count, destination, target, { Double($0) }, { $0 })
      case .int32: convert(source.assumingMemoryBound(to: Int32.self), count, destination, target, { Double($0) }, { Int($0) })
      case .uint8, .bool:
        convert(source.assumingMemoryBound(to: UInt8.self), count, destination, target, { Double($0) }, { Int($0) })
      case .string: textsAreNoNumbers()
      }
    }
    return result
  }

  /// Every element as a double.
  package var doubles: [Double] { converted(to: .float64).withElements(as: Double.self) { Array($0) } }
  /// Every element as a whole number, floats cut toward zero.
  package var integers: [Int] { converted(to: .int64).withElements(as: Int.self) { Array($0) } }
  /// Whether each element is other than zero.
  package var bools: [Bool] { converted(to: .bool).withElements(as: Bool.self) { Array($0) } }

  /// The element at a flat position, in C order, as Python's number of its kind.
  package func element(at position: Int) -> WeakScalar {
    precondition(position >= 0 && position < count, "a position lies inside the array")
    let base = UnsafeRawPointer(storage.bytes.baseAddress!)
    switch type {
    case .float32: return .float(Double(base.assumingMemoryBound(to: Float.self)[position]))
    case .float64: return .float(base.assumingMemoryBound(to: Double.self)[position])
    case .int64: return .integer(base.assumingMemoryBound(to: Int.self)[position])
    case .int32: return .integer(Int(base.assumingMemoryBound(to: Int32.self)[position]))
    case .uint8: return .integer(Int(base.assumingMemoryBound(to: UInt8.self)[position]))
    case .bool: return .bool(base.assumingMemoryBound(to: UInt8.self)[position] != 0)
    case .string: textsAreNoNumbers()
    }
  }
}

/// A float cut to a whole number, never trapping: not-a-number and what is out of range become the smallest, as on x86.
private func wrapped(_ value: Double) -> Int {
  value > -9.223372036854775e18 && value < 9.223372036854775e18 ? Int(value) : Int.min
}

/// The same for the shorter whole numbers, by way of 32 bits.
private func wrappedShort(_ value: Double) -> Int {
  value > -2_147_483_649 && value < 2_147_483_648 ? Int(value) : Int(Int32.min)
}

@inline(__always)
private func convert<Source>(
  _ source: UnsafePointer<Source>, _ count: Int, _ destination: UnsafeMutableRawPointer, _ target: ElementType,
  _ double: (Source) -> Double, _ integer: (Source) -> Int
) {
  switch target {
  case .float32:
    let out = destination.assumingMemoryBound(to: Float.self)
    for index in 0..<count { out[index] = Float(double(source[index])) }
  case .float64:
    let out = destination.assumingMemoryBound(to: Double.self)
    for index in 0..<count { out[index] = double(source[index]) }
  case .int64:
    let out = destination.assumingMemoryBound(to: Int.self)
    for index in 0..<count { out[index] = integer(source[index]) }
  case .int32:
    let out = destination.assumingMemoryBound(to: Int32.self)
    for index in 0..<count { out[index] = Int32(truncatingIfNeeded: integer(source[index])) }
  case .uint8:
    let out = destination.assumingMemoryBound(to: UInt8.self)
    for index in 0..<count { out[index] = UInt8(truncatingIfNeeded: integer(source[index])) }
  case .bool:
    let out = destination.assumingMemoryBound(to: UInt8.self)
    for index in 0..<count { out[index] = double(source[index]) != 0 ? 1 : 0 }
  case .string: textsAreNoNumbers()
  }
}
