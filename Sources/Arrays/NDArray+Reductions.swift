/// What a reduction makes of the elements along an axis.
package enum Reduction: String, Sendable {
  case sum, product = "prod", mean, variance = "var", deviation = "std", minimum = "min", maximum = "max"
  case argumentOfMinimum = "argmin", argumentOfMaximum = "argmax", all, any

  /// Whether it gives positions, which are found along one axis or in the whole array.
  package var isPosition: Bool { self == .argumentOfMinimum || self == .argumentOfMaximum }
}

extension NDArray {
  /// Reduces along `axes` (all of them where nil). Sums are made in double (floats) or 64 bits (whole numbers) and given in the
  /// array's float type, `int64`, or `bool`; `deltaDegrees` is `ddof` of variance and deviation.
  package func reduced(
    _ reduction: Reduction, axes: [Int]? = nil, keepsDimensions: Bool = false, deltaDegrees: Double = 0
  ) throws(ArrayError) -> NDArray {
    var chosen: [Int] = []
    // A number without axes is asked for its only element by any of the names of a first axis.
    let isSpread = reduction == .mean || reduction == .variance || reduction == .deviation
    let axes = rank == 0 && !isSpread && axes?.count == 1 && (axes?.first == 0 || axes?.first == -1) ? nil : axes
    if let axes, !isSpread { try Self.checkConvertible(axes) }
    for axis in axes ?? Array(0..<rank) { chosen.append(try self.axis(axis)) }
    if Set(chosen).count != chosen.count { throw .value("duplicate value in 'axis'") }
    let kept = (0..<rank).filter { !chosen.contains($0) }
    let length = chosen.reduce(1) { $0 * shape[$1] }
    // The reduced axes are brought together: [outer, length, inner], inner > 1 only where one axis inside is reduced.
    var (outer, inner) = (kept.reduce(1) { $0 * shape[$1] }, 1)
    var source = self
    if chosen.count == 1, let axis = chosen.first {
      inner = shape[(axis + 1)...].reduce(1, *)
      outer = shape[..<axis].reduce(1, *)
    } else if !kept.isEmpty, chosen != Array((rank - chosen.count)..<rank) {
      source = try transposed(kept + chosen.sorted())
    }
    let result = try source.reduced(reduction, outer, length, inner, deltaDegrees)
    let remaining = keepsDimensions ? shape.indices.map { chosen.contains($0) ? 1 : shape[$0] } : kept.map { shape[$0] }
    return result.withShape(remaining)
  }

  private func reduced(
    _ reduction: Reduction, _ outer: Int, _ length: Int, _ inner: Int, _ deltaDegrees: Double
  ) throws(ArrayError) -> NDArray {
    let floatResult: ElementType = type == .float32 ? .float32 : .float64
    switch reduction {
    case .sum where type.isFloat: return sums(outer, length, inner).converted(to: floatResult)
    case .sum:
      return converted(to: .int64).folded(outer, length, inner, .int64, Int.self, Int.self, 0) { $0 &+ $1 }
    case .product where type.isFloat:
      return converted(to: .float64).folded(outer, length, inner, .float64, Double.self, Double.self, 1) { $0 * $1 }.converted(
        to: floatResult)
    case .product:
      return converted(to: .int64).folded(outer, length, inner, .int64, Int.self, Int.self, 1) { $0 &* $1 }
    case .mean:
      let sums = sums(outer, length, inner).converted(to: floatResult).converted(to: .float64)
      return try NDArray.elementwise(.divide, sums, .float(Double(length))).converted(to: floatResult)
    case .variance, .deviation:
      // What float32 cannot hold on the way is infinite, as in NumPy.
      let sums = sums(outer, length, inner).converted(to: floatResult).converted(to: .float64)
      let means = try NDArray.elementwise(.divide, sums, .float(Double(length)))
      let centred = try NDArray.elementwise(
        .subtract, converted(to: .float64).withShape([outer, length, inner]), means.withShape([outer, 1, inner]))
      let squares = try NDArray.elementwise(.multiply, centred, centred).converted(to: floatResult).sums(outer, length, inner)
      let variance = try NDArray.elementwise(.divide, squares, .float(Swift.max(Double(length) - deltaDegrees, 0)))
      return (reduction == .variance ? variance : try variance.mapped(.sqrt)).converted(to: floatResult)
    case .all:
      return converted(to: .bool).folded(outer, length, inner, .bool, Bool.self, Bool.self, true) { $0 && $1 }
    case .any:
      return converted(to: .bool).folded(outer, length, inner, .bool, Bool.self, Bool.self, false) { $0 || $1 }
    case .minimum, .maximum:
      guard length > 0 else {
        throw .value("zero-size array to reduction operation \(reduction.rawValue)imum which has no identity")
      }
      let positions = extremes(outer, length, inner, isMaximum: reduction == .maximum)
      return try withShape([count])[[.array(positions.flat)]]
    case .argumentOfMinimum, .argumentOfMaximum:
      guard length > 0 else { throw .value("attempt to get \(reduction.rawValue) of an empty sequence") }
      return extremes(outer, length, inner, isMaximum: reduction == .argumentOfMaximum).along
    }
  }

  /// Sums along the middle of [outer, length, inner], in double: runs in eight lanes, columns one after another.
  private func sums(_ outer: Int, _ length: Int, _ inner: Int) -> NDArray {
    var result = NDArray(.float64, shape: [outer * inner])
    let source = UnsafeRawPointer(storage.bytes.baseAddress!)
    result.withMutableElements(as: Double.self) { out in
      switch type {
      case .float32: addUp(source.assumingMemoryBound(to: Float.self), outer, length, inner, out) { Double($0) }
      case .float64: addUp(source.assumingMemoryBound(to: Double.self), outer, length, inner, out) { $0 }
      case .int64: addUp(source.assumingMemoryBound(to: Int.self), outer, length, inner, out) { Double($0) }
      case .int32: addUp(source.assumingMemoryBound(to: Int32.self), outer, length, inner, out) { Double($0) }
      case .uint8, .bool: addUp(source.assumingMemoryBound(to: UInt8.self), outer, length, inner, out) { Double($0) }
      case .string: textsAreNoNumbers()
      }
    }
    return result
  }

  private func folded<T, R>(
    _ outer: Int, _ length: Int, _ inner: Int, _ result: ElementType, _: T.Type, _: R.Type, _ start: R, _ step: (R, T) -> R
  ) -> NDArray {
    var output = NDArray(result, shape: [outer * inner])
    withElements(as: T.self) { source in
      output.withMutableElements(as: R.self) { out in
        for block in 0..<outer {
          for column in 0..<inner {
            var total = start
            for row in 0..<length { total = step(total, source[(block * length + row) * inner + column]) }
            out[block * inner + column] = total
          }
        }
      }
    }
    return output
  }

  /// Where the smallest or largest elements are, along the reduced axis and in the flat array; not-a-number wins, as in NumPy.
  private func extremes(_ outer: Int, _ length: Int, _ inner: Int, isMaximum: Bool) -> (along: NDArray, flat: NDArray) {
    var along = [Int](repeating: 0, count: outer * inner)
    var flat = along
    func search<T>(_: T.Type, _ precedes: (T, T) -> Bool) {
      withElements(as: T.self) { source in
        for block in 0..<outer {
          for column in 0..<inner {
            let base = block * length * inner + column
            var best = 0
            for row in 1..<Swift.max(length, 1) where precedes(source[base + row * inner], source[base + best * inner]) {
              best = row
            }
            along[block * inner + column] = best
            flat[block * inner + column] = base + best * inner
          }
        }
      }
    }
    switch type {
    case .float64: search(Double.self) { !$1.isNaN && ($0.isNaN || (isMaximum ? $0 > $1 : $0 < $1)) }
    case .float32: search(Float.self) { !$1.isNaN && ($0.isNaN || (isMaximum ? $0 > $1 : $0 < $1)) }
    case .int64: search(Int.self) { isMaximum ? $0 > $1 : $0 < $1 }
    case .int32: search(Int32.self) { isMaximum ? $0 > $1 : $0 < $1 }
    case .uint8, .bool: search(UInt8.self) { isMaximum ? $0 > $1 : $0 < $1 }
    case .string: textsAreNoNumbers()
    }
    return (NDArray(integers: along, shape: [along.count]), NDArray(integers: flat, shape: [flat.count]))
  }

  /// Running sums, or products, along `axis`; over all elements in one row where it is nil.
  package func cumulative(_ reduction: CumulativeReduction, axis: Int?) throws(ArrayError) -> NDArray {
    guard let axis else { return try withShape([count]).cumulative(reduction, axis: 0) }
    if rank == 0, axis == 0 || axis == -1 { return try withShape([1]).cumulative(reduction, axis: 0) }
    try Self.checkConvertible([axis])
    let position = try self.axis(axis)
    let (length, inner) = (shape[position], shape[(position + 1)...].reduce(1, *))
    var result = converted(to: type.isFloat ? .float64 : .int64)
    func run<T>(_: T.Type, _ step: (T, T) -> T) {
      let count = result.count
      result.withMutableElements(as: T.self) { out in
        for index in 0..<count where (index / inner) % length > 0 { out[index] = step(out[index - inner], out[index]) }
      }
    }
    switch (type.isFloat, reduction) {
    case (true, .sum): run(Double.self, +)
    case (true, .product): run(Double.self, *)
    case (false, .sum): run(Int.self, &+)
    case (false, .product): run(Int.self, &*)
    }
    return type == .float32 ? result.converted(to: .float32) : result
  }
}

/// What is kept up along an axis.
package enum CumulativeReduction: Sendable { case sum, product }

@inline(__always)
private func addUp<T>(
  _ source: UnsafePointer<T>, _ outer: Int, _ length: Int, _ inner: Int, _ out: UnsafeMutableBufferPointer<Double>,
  _ double: (T) -> Double
) {
  for block in 0..<outer {
    let base = source + block * length * inner
    if inner == 1 {
      var lanes = SIMD8<Double>.zero
      var row = 0
      while row + 8 <= length {
        for lane in 0..<8 { lanes[lane] += double(base[row + lane]) }
        row += 8
      }
      var total = lanes.sum()
      while row < length {
        total += double(base[row])
        row += 1
      }
      out[block] = total
    } else {
      for row in 0..<length {
        for column in 0..<inner { out[block * inner + column] += double(base[row * inner + column]) }
      }
    }
  }
}
