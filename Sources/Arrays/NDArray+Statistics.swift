/// A question about one element.
package enum ElementTest: Sendable { case isNaN, isInfinite, isFinite }

extension NDArray {
  /// Whether each element is not-a-number, infinite, or neither; whole numbers are finite.
  package func tested(_ test: ElementTest) -> NDArray {
    guard type.isFloat else { return NDArray(bools: [Bool](repeating: test == .isFinite, count: count), shape: shape) }
    var result = NDArray(.bool, shape: shape)
    func each<T: FloatMath>(_: T.Type) {
      withElements(as: T.self) { elements in
        result.withMutableElements(as: Bool.self) { out in
          for index in elements.indices {
            out[index] =
              switch test {
              case .isNaN: elements[index].isNaN
              case .isInfinite: elements[index].isInfinite
              case .isFinite: elements[index].isFinite
              }
          }
        }
      }
    }
    if type == .float32 { each(Float.self) } else { each(Double.self) }
    return result
  }

  /// Whether no element is not-a-number or infinite.
  package var isFinite: Bool {
    switch type {
    case .float32: withElements(as: Float.self) { $0.allSatisfy(\.isFinite) }
    case .float64: withElements(as: Double.self) { $0.allSatisfy(\.isFinite) }
    default: true
    }
  }

  /// Quantiles along `axes` (all where nil), between neighbours on a straight line; the axis of `fractions` comes first in the result.
  ///
  /// The middle of an even number of elements is their mean for `isMedian`, as in NumPy, which rounds differently.
  package func quantiles(
    _ fractions: [Double], axes: [Int]?, keepsDimensions: Bool, isMedian: Bool = false
  ) throws(ArrayError) -> NDArray {
    if let wrong = fractions.first(where: { !($0 >= 0 && $0 <= 1) }) {
      throw .value("quantiles lie between 0 and 1, not at \(wrong)")
    }
    var chosen: [Int] = []
    for axis in axes ?? Array(0..<rank) { chosen.append(try self.axis(axis)) }
    let kept = (0..<rank).filter { !chosen.contains($0) }
    let length = chosen.reduce(1) { $0 * shape[$1] }
    if length == 0, !isMedian { throw .index("index -1 is out of bounds for axis 0 with size 0") }
    if type == .bool, !isMedian { throw .type("truth values have no quantiles: count them as numbers, `x.astype(\"int64\")`") }
    let outer = kept.reduce(1) { $0 * shape[$1] }
    let floats = type == .float32 ? self : converted(to: .float64)
    // [outer, length], each row sorted.
    let rows = try floats.transposed(kept + chosen.sorted()).withShape([outer, length]).sorted()
    let remaining = keepsDimensions ? shape.indices.map { chosen.contains($0) ? 1 : shape[$0] } : kept.map { shape[$0] }
    _ = try Self.count(of: [fractions.count] + remaining)
    var result = NDArray(floats.type, shape: [fractions.count] + remaining)
    func fill<T: FloatMath>(_: T.Type) {
      rows.withElements(as: T.self) { elements in
        result.withMutableElements(as: T.self) { out in
          for (number, fraction) in fractions.enumerated() {
            let place = T(fraction) * T(length - 1)
            let low = Int(Swift.max(place, 0))
            let weight = place - T(low)
            for row in 0..<outer {
              let start = row * length
              guard length > 0, !elements[start + length - 1].isNaN else {
                out[number * outer + row] = .nan
                continue
              }
              let (a, b) = (elements[start + low], elements[start + Swift.min(low + 1, length - 1)])
              let step = b - a
              out[number * outer + row] =
                isMedian ? (weight == 0 ? a : (a + b) / 2) : weight >= 0.5 ? b - step * (1 - weight) : a + step * weight
            }
          }
        }
      }
    }
    if floats.type == .float32 { fill(Float.self) } else { fill(Double.self) }
    return result
  }

  /// A reduction over those elements that are numbers; not-a-number where there is none.
  package func reducedIgnoringNaN(
    _ reduction: Reduction, axes: [Int]? = nil, keepsDimensions: Bool = false, deltaDegrees: Double = 0
  ) throws(ArrayError) -> NDArray {
    let isMissing = tested(.isNaN)
    guard type.isFloat, isMissing.bools.contains(true) else {
      return try reduced(reduction, axes: axes, keepsDimensions: keepsDimensions, deltaDegrees: deltaDegrees)
    }
    func filled(_ value: Double) throws(ArrayError) -> NDArray {
      try NDArray.select(isMissing, try NDArray.scalar(.float(value), as: type), self)
    }
    func counts(keepsDimensions: Bool) throws(ArrayError) -> NDArray {
      try isMissing.inverted().reduced(.sum, axes: axes, keepsDimensions: keepsDimensions).converted(to: .float64)
    }
    let result: NDArray
    switch reduction {
    case .sum: return try filled(0).reduced(.sum, axes: axes, keepsDimensions: keepsDimensions)
    case .product: return try filled(1).reduced(.product, axes: axes, keepsDimensions: keepsDimensions)
    case .mean:
      let sums = try filled(0).converted(to: .float64).reduced(.sum, axes: axes, keepsDimensions: keepsDimensions)
      result = try NDArray.elementwise(.divide, sums, counts(keepsDimensions: keepsDimensions))
    case .variance, .deviation:
      let means = try reducedIgnoringNaN(.mean, axes: axes, keepsDimensions: true).converted(to: .float64)
      let centred = try NDArray.elementwise(.subtract, converted(to: .float64), means)
      let squares = try NDArray.select(isMissing, NDArray(.float64, shape: []), centred.mapped(.square))
      let degrees = try NDArray.elementwise(.subtract, counts(keepsDimensions: keepsDimensions), .float(deltaDegrees))
      // Fewer elements than degrees of freedom leave nothing to divide by.
      let divisor = try NDArray.select(
        NDArray.compare(.greater, degrees, .float(0)), degrees, NDArray.scalar(.float(.nan), as: .float64))
      let variance = try NDArray.elementwise(
        .divide, squares.reduced(.sum, axes: axes, keepsDimensions: keepsDimensions), divisor)
      result = reduction == .variance ? variance : try variance.mapped(.sqrt)
    case .minimum, .maximum:
      let extreme = try filled(reduction == .minimum ? .infinity : -.infinity)
        .reduced(reduction, axes: axes, keepsDimensions: keepsDimensions)
      let isEmpty = try NDArray.compare(.equal, counts(keepsDimensions: keepsDimensions), .float(0))
      return try NDArray.select(isEmpty, NDArray.scalar(.float(.nan), as: type), extreme)
    case .argumentOfMinimum, .argumentOfMaximum:
      if try counts(keepsDimensions: false).doubles.contains(0) { throw .value("All-NaN slice encountered") }
      return try filled(reduction == .argumentOfMinimum ? .infinity : -.infinity)
        .reduced(reduction, axes: axes, keepsDimensions: keepsDimensions)
    case .all, .any: return try reduced(reduction, axes: axes, keepsDimensions: keepsDimensions)
    }
    return result.converted(to: type)
  }

  /// How often each whole number from 0 on is there, or the sum of its weights; at least `minimumLength` numbers.
  package func occurrences(weights: NDArray?, minimumLength: Int) throws(ArrayError) -> NDArray {
    guard rank == 1 else { throw .value("object too deep for desired array") }
    if type.isFloat {
      throw .type("Cannot cast array data from dtype('\(type.rawValue)') to dtype('int64') according to the rule 'safe'")
    }
    if minimumLength < 0 { throw .value("'minlength' must not be negative") }
    let numbers = integers
    if numbers.contains(where: { $0 < 0 }) { throw .value("'list' argument must have no negative elements") }
    let largest = numbers.max() ?? -1
    guard largest < Self.countLimit else { throw .memory("an array of \(largest) numbers is too large") }
    let size = Swift.max(minimumLength, largest + 1)
    _ = try Self.count(of: [size])
    guard let weights else {
      var counts = [Int](repeating: 0, count: size)
      for number in numbers { counts[number] += 1 }
      return NDArray(integers: counts, shape: [size])
    }
    guard weights.shape == shape else { throw .value("The weights and list don't have the same length.") }
    var sums = [Double](repeating: 0, count: size)
    for (number, weight) in Swift.zip(numbers, weights.doubles) { sums[number] += weight }
    return NDArray(doubles: sums, shape: [size])
  }

  /// How many elements lie between neighbours of `edges`, or the sum of their weights; the last interval holds its end.
  ///
  /// `isEven` says that the edges stand at equal distances, so that an element's interval is computed and not searched for.
  package func histogram(edges: [Double], isEven: Bool, weights: NDArray?) throws(ArrayError) -> NDArray {
    if let weights, weights.shape != shape { throw .value("weights should have the same shape as a.") }
    guard Swift.zip(edges, edges.dropFirst()).allSatisfy(<=) else {
      throw .value("`bins` must increase monotonically, when an array")
    }
    let intervals = edges.count - 1
    var counts = [Int](repeating: 0, count: Swift.max(intervals, 0))
    var sums = [Double](repeating: 0, count: Swift.max(intervals, 0))
    guard intervals > 0, let first = edges.first, let last = edges.last else { return NDArray(integers: counts, shape: [0]) }
    let weightNumbers = weights?.doubles
    for (index, value) in doubles.enumerated() where value >= first && value <= last {
      var interval: Int
      if isEven {
        interval = Swift.min(Int((value - first) / (last - first) * Double(intervals)), intervals - 1)
        // The quotient's rounding is set right by the edges themselves.
        if value < edges[interval] { interval -= 1 }
        if interval != intervals - 1, value >= edges[interval + 1] { interval += 1 }
      } else {
        var (low, high) = (0, edges.count)
        while low < high {
          let middle = (low + high) / 2
          if edges[middle] <= value { low = middle + 1 } else { high = middle }
        }
        interval = Swift.min(low - 1, intervals - 1)
      }
      counts[interval] += 1
      if let weightNumbers { sums[interval] += weightNumbers[index] }
    }
    return weights == nil ? NDArray(integers: counts, shape: [intervals]) : NDArray(doubles: sums, shape: [intervals])
  }

  /// Values on the lines between the points (`xs`, `ys`), whose `xs` grow; the first and last value outside them.
  package func interpolated(xs: [Double], ys: [Double], left: Double?, right: Double?) throws(ArrayError) -> NDArray {
    guard xs.count == ys.count else { throw .value("fp and xp are not of the same length.") }
    guard let firstX = xs.first, let lastX = xs.last, let firstY = ys.first, let lastY = ys.last else {
      throw .value("array of sample points is empty")
    }
    let values = doubles.map { x -> Double in
      if x.isNaN { return x }
      if x > lastX { return right ?? lastY }
      if x < firstX { return left ?? firstY }
      var (low, high) = (0, xs.count)
      while low < high {
        let middle = (low + high) / 2
        if xs[middle] <= x { low = middle + 1 } else { high = middle }
      }
      let index = low - 1
      if index == xs.count - 1 { return lastY }
      if xs[index] == x { return ys[index] }
      let slope = (ys[index + 1] - ys[index]) / (xs[index + 1] - xs[index])
      return slope * (x - xs[index]) + ys[index]
    }
    return NDArray(doubles: values, shape: shape)
  }
}
