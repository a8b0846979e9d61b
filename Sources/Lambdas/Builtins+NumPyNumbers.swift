import Arrays

extension Builtins {
  /// The axis that sorting functions work along: -1 where left out, nil for None.
  private static func sortAxis(_ given: Given, _ index: Int) throws(ArrayError) -> Int? {
    given.has(index) ? try given.integer(index) : -1
  }

  /// The edges of a histogram's intervals, and whether they stand at equal distances.
  private static func edges(_ given: Given) throws(ArrayError) -> (edges: NDArray, isEven: Bool) {
    let array = try given.array(0)
    if let bins = given[1], bins.asInteger == nil {
      guard bins.asString == nil else { throw .value("`bins` is a number of intervals or their edges") }
      let edges = try given.array(1)
      guard edges.rank == 1 else { throw .value("`bins` must be 1d, when an array") }
      return (edges, false)
    }
    let count = try given.integer(1, 10)
    guard count > 0 else { throw .value("`bins` must be positive, when an integer") }
    _ = try NDArray.count(of: [count])
    var (low, high) = (0.0, 1.0)
    // The elements' own bounds are of their type.
    let isSingle = array.type == .float32 && given[2] == nil && array.count > 0
    if let range = given[2] {
      let bounds = try Given.array(range).doubles
      guard bounds.count == 2, bounds[0] <= bounds[1] else { throw .value("max must be larger than min in range parameter.") }
      (low, high) = (bounds[0], bounds[1])
    } else if array.count > 0 {
      (low, high) = (
        try array.reduced(.minimum).converted(to: .float64).doubles[0],
        try array.reduced(.maximum).converted(to: .float64).doubles[0]
      )
    }
    guard low.isFinite, high.isFinite else { throw .value("autodetected range of [\(low), \(high)] is not finite") }
    if low == high { (low, high) = (low - 0.5, high + 0.5) }
    if isSingle { return (try NDArray.linspace(from: Float(low), to: Float(high), count: count + 1), true) }
    return (
      try NDArray.linspace(from: low, to: high, count: count + 1).converted(to: array.type.isFloat ? array.type : .float64), true
    )
  }

  /// The positions of elements that are not zero, an array an axis.
  static func positions(of array: NDArray) throws(ArrayError) -> [Value] {
    guard array.rank > 0 else {
      throw .value("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.")
    }
    return array.nonzero().map(Value.array)
  }

  /// What orders, counts and compares the elements of arrays.
  static let numberFunctions: [Builtin] = [
    .numpy("sort(a: any, axis: int | None = -1) -> array", "The elements sorted along an axis.") { given throws(ArrayError) in
      .array(try given.array(0).sorted(axis: sortAxis(given, 1)))
    },
    .numpy("argsort(a: any, axis: int | None = -1) -> array", "The positions that sort an axis; equal elements keep their order.")
    {
      given throws(ArrayError) in .array(try given.array(0).sortedPositions(axis: sortAxis(given, 1)))
    },
    .numpy(
      "unique(ar: any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False)",
      "The distinct elements in order; where asked, the place of the first, which of them each element is, and how often each is there.",
      type: { arguments in arguments.dropFirst().allSatisfy { $0 == nil } ? .array : .any }
    ) { given throws(ArrayError) in
      let array = try given.array(0)
      let distinct = try array.distinct()
      var parts: [Value] = [.array(distinct.values)]
      if try given.flag(1) { parts.append(.array(distinct.first)) }
      if try given.flag(2) { parts.append(.array(try distinct.inverse.reshaped(array.shape))) }
      if try given.flag(3) { parts.append(.array(distinct.counts)) }
      return parts.count == 1 ? parts[0] : .tuple(parts)
    },
    .numpy("searchsorted(a: any, v: any, side: str = 'left')", "Where values would be put into a sorted array.") {
      given throws(ArrayError) in
      let side = try given.text(2, "left")
      guard side == "left" || side == "right" else { throw .value("side must be one of 'left' or 'right' (got '\(side)')") }
      return Value(unwrapping: try given.array(0).positions(of: given.array(1), isRight: side == "right"))
    },
    .numpy("digitize(x: any, bins: any, right: bool = False)", "Which interval between `bins` each element lies in.") {
      given throws(ArrayError) in
      let (x, bins, right) = (try given.array(0), try given.array(1), try given.flag(2))
      let edges = bins.doubles
      if zip(edges, edges.dropFirst()).allSatisfy(<=) { return Value(unwrapping: try bins.positions(of: x, isRight: !right)) }
      guard zip(edges, edges.dropFirst()).allSatisfy(>=) else {
        throw .value("bins must be monotonically increasing or decreasing")
      }
      let places = try bins.flipped(nil).positions(of: x, isRight: !right)
      return Value(unwrapping: try NDArray.elementwise(.subtract, places, .integer(edges.count), isScalarFirst: true))
    },
    .numpy("bincount(x: any, weights: any = None, minlength: int = 0) -> array", "How often each whole number is there.") {
      given throws(ArrayError) in
      let array = try given.array(0)
      // An empty list is one of whole numbers, an empty array of floats is none.
      let numbers = if case .list(let items)? = given[0], items.isEmpty { array.converted(to: .int64) } else { array }
      return .array(try numbers.occurrences(weights: given[1] == nil ? nil : given.array(1), minimumLength: given.integer(2, 0)))
    },
    .numpy(
      "histogram(a: any, bins: any = 10, range: any = None, density: bool = False, weights: any = None) -> tuple[array, array]",
      "How many elements lie in each interval, and the intervals' edges."
    ) { given throws(ArrayError) in
      let (bins, isEven) = try edges(given)
      let edges = bins.doubles
      var counts = try given.array(0).histogram(edges: edges, isEven: isEven, weights: given[4] == nil ? nil : given.array(4))
      if try given.flag(3) {
        let widths = NDArray(doubles: zip(edges, edges.dropFirst()).map { $1 - $0 }, shape: [max(edges.count - 1, 0)])
        counts = try NDArray.elementwise(.divide, NDArray.elementwise(.divide, counts, widths), counts.reduced(.sum))
      }
      return .tuple([.array(counts), .array(bins)])
    },
    .numpy("diff(a: any, n: int = 1, axis: int = -1) -> array", "The differences of neighbours.") { given throws(ArrayError) in
      var result = try given.array(0)
      let times = try given.integer(1, 1)
      guard times >= 0 else { throw .value("order must be non-negative but got \(times)") }
      guard result.rank > 0 else { throw .value("diff requires input that is at least one dimensional") }
      let axis = try result.axis(given.integer(2, -1))
      for _ in 0..<min(times, result.shape[axis]) {
        let after = try result.along(axis, .slice(lower: 1, upper: nil, step: nil))
        let before = try result.along(axis, .slice(lower: nil, upper: -1, step: nil))
        result = try NDArray.elementwise(result.type == .bool ? .xor : .subtract, after, before)
      }
      return .array(result)
    },
    .numpy("nonzero(a: any)", "The positions of elements that are not zero, an array an axis.", type: { _ in .tupleOf(.array) }) {
      given throws(ArrayError) in
      .tuple(try positions(of: given.array(0)))
    },
    .numpy("flatnonzero(a: any) -> array", "The positions, in one row, of elements that are not zero.") {
      given throws(ArrayError) in
      .array(try given.array(0).reshaped([-1]).nonzero()[0])
    },
    .numpy("argwhere(a: any) -> array", "The positions of elements that are not zero, a row each.") { given throws(ArrayError) in
      let array = try given.array(0)
      let positions = array.nonzero()
      guard positions.count > 0 else { return .array(NDArray(.int64, shape: [array.bools[0] ? 1 : 0, 0])) }
      return .array(try NDArray.stack(positions, axis: 1))
    },
    .numpy("isin(element: any, test_elements: any, *, invert: bool = False)", "Whether each element is among others.") {
      given throws(ArrayError) in
      let (elements, others) = (try given.array(0), try given.array(1).reshaped([-1]))
      guard others.count > 0 else { return .array(try NDArray.full(.bool, shape: elements.shape, value: .bool(given.flag(2)))) }
      let sorted = try others.sorted()
      let places = try NDArray.elementwise(.minimum, sorted.positions(of: elements, isRight: false), .integer(sorted.count - 1))
      let isThere = try NDArray.compare(.equal, sorted.taking(places, axis: 0), elements)
      return .array(try given.flag(2) ? isThere.inverted() : isThere)
    },
    .numpy("intersect1d(ar1: any, ar2: any) -> array", "The distinct elements that both have, in order.") {
      given throws(ArrayError) in
      let (a, b) = (try given.array(0).distinct().values, try given.array(1).distinct().values)
      let both = try NDArray.concatenate([a, b], axis: 0).distinct()
      return .array(try both.values[[.array(NDArray.compare(.equal, both.counts, .integer(2)))]])
    },
    .numpy("union1d(ar1: any, ar2: any) -> array", "The distinct elements of both, in order.") { given throws(ArrayError) in
      .array(try NDArray.concatenate(Given.joined([given[0] ?? .none, given[1] ?? .none]), axis: nil).distinct().values)
    },
    .numpy("setdiff1d(ar1: any, ar2: any) -> array", "The distinct elements of the first that the second lacks, in order.") {
      given throws(ArrayError) in
      let a = try given.array(0).distinct().values
      let others = try given.array(1).distinct().values
      guard others.count > 0 else { return .array(a) }
      let places = try NDArray.elementwise(.minimum, others.positions(of: a, isRight: false), .integer(others.count - 1))
      return .array(try a[[.array(NDArray.compare(.notEqual, others.taking(places, axis: 0), a))]])
    },
    .numpy(
      "interp(x: any, xp: any, fp: any, left: number | None = None, right: number | None = None)",
      "Values on the lines between points."
    ) { given throws(ArrayError) in
      Value(
        unwrapping: try given.array(0).interpolated(
          xs: given.array(1).doubles, ys: given.array(2).doubles, left: given.number(3), right: given.number(4)))
    },
    .numpy(
      "convolve(a: any, v: any, mode: str = 'full') -> array",
      "The sums of products of one row with another that is moved over it.",
      cost: { given throws(ArrayError) in
        let (product, overflow) = try given.array(0).count.multipliedReportingOverflow(by: given.array(1).count)
        return overflow ? .max >> 1 : product >> 4
      }
    ) { given throws(ArrayError) in
      var (a, b) = (try given.array(0), try given.array(1))
      guard a.rank <= 1, b.rank <= 1 else { throw .value("object too deep for desired array") }
      guard a.count > 0, b.count > 0 else { throw .value("\(a.count == 0 ? "a" : "v") cannot be empty") }
      let type = a.type.promoted(with: b.type)
      if b.count > a.count { swap(&a, &b) }
      let (x, y) = (a.doubles, b.doubles)
      var full = [Double](repeating: 0, count: x.count + y.count - 1)
      for (i, p) in x.enumerated() { for (j, q) in y.enumerated() { full[i + j] += p * q } }
      let kept: Range<Int>
      switch try given.text(2, "full") {
      case "full": kept = 0..<full.count
      case "same": kept = ((y.count - 1) / 2)..<((y.count - 1) / 2 + x.count)
      case "valid": kept = (y.count - 1)..<x.count
      default: throw .value("mode must be one of 'full', 'same' or 'valid'")
      }
      return .array(NDArray(doubles: Array(full[kept]), shape: [kept.count]).converted(to: type))
    },
    .numpy("trapezoid(y: any, x: any = None, dx: number = 1.0)", "The area under points joined by lines.") {
      given throws(ArrayError) in
      let y = try given.array(0).doubles
      let x = try given[1] == nil ? nil : given.array(1).doubles
      if let x, x.count != y.count { throw .value("y and x have different lengths") }
      let dx = try given.number(2, 1)
      var area = 0.0
      for index in y.indices.dropFirst() { area += (x.map { $0[index] - $0[index - 1] } ?? dx) * (y[index] + y[index - 1]) / 2 }
      return .float(area)
    },
  ]
}
