import Arrays

extension Builtins {
  private static func reduction(_ names: [String], _ help: String, _ reduction: Reduction, hasType: Bool = false) -> [Builtin] {
    names.map { name in
      .numpy(
        "\(name)(a: any, axis: any = None, \(hasType ? "dtype: any = None, " : "")out: None = None, keepdims: bool = False)", help
      ) {
        given throws(ArrayError) in
        try reduced(
          reduction, given.array(0), axes: reduction.isPosition ? given.axis(1) : given.axes(1),
          type: hasType ? given.type(2) : nil,
          keeps: given.flag(hasType ? 4 : 3))
      }
    }
  }

  private static func spread(_ name: String, _ help: String, _ reduction: Reduction, ignoresNaN: Bool = false) -> Builtin {
    .numpy(
      "\(name)(a: any, axis: any = None, dtype: any = None, out: None = None, ddof: number = 0, keepdims: bool = False)", help
    ) { given throws(ArrayError) in
      try reduced(
        reduction, given.array(0), axes: given.axes(1), type: given.type(2), keeps: given.flag(5),
        degrees: given.number(4, 0),
        ignoresNaN: ignoresNaN)
    }
  }

  private static func ignoringNaN(_ name: String, _ help: String, _ reduction: Reduction) -> Builtin {
    .numpy("\(name)(a: any, axis: any = None, *, keepdims: bool = False)", help) { given throws(ArrayError) in
      try reduced(reduction, given.array(0), axes: given.axes(1), keeps: given.flag(2), ignoresNaN: true)
    }
  }

  /// A reduction with numpy's arguments; without dimensions left, a number.
  static func reduced(
    _ reduction: Reduction, _ array: NDArray, axes: [Int]?, type: ElementType? = nil, keeps: Bool = false, degrees: Double = 0,
    ignoresNaN: Bool = false
  ) throws(ArrayError) -> Value {
    if reduction.isPosition, axes?.count ?? 1 != 1 { throw .type("a position is found along one axis, or in the whole array") }
    let source = type.map(array.converted) ?? array
    let result =
      ignoresNaN
      ? try source.reducedIgnoringNaN(reduction, axes: axes, keepsDimensions: keeps, deltaDegrees: degrees)
      : try source.reduced(reduction, axes: axes, keepsDimensions: keeps, deltaDegrees: degrees)
    return Value(unwrapping: type.map(result.converted) ?? result)
  }

  private static func cumulative(_ names: [String], _ help: String, _ reduction: CumulativeReduction) -> [Builtin] {
    names.map { name in
      .numpy("\(name)(a: any, axis: int | None = None, dtype: any = None) -> array", help) { given throws(ArrayError) in
        .array(try cumulative(reduction, given.array(0), axis: given.integer(1), type: given.type(2)))
      }
    }
  }

  /// Running sums or products, in the given type where there is one.
  static func cumulative(
    _ reduction: CumulativeReduction, _ array: NDArray, axis: Int?, type: ElementType?
  ) throws(ArrayError) -> NDArray {
    guard let type else { return try array.cumulative(reduction, axis: axis) }
    return try array.converted(to: type).cumulative(reduction, axis: axis).converted(to: type)
  }

  /// Quantiles as NumPy's functions give them: for one fraction no axis of fractions.
  private static func quantiles(_ given: Given, scale: Double, ignoresNaN: Bool) throws(ArrayError) -> Value {
    let (array, fractions) = (try given.array(0), try given.array(1))
    if try given.text(3, "linear") != "linear" { throw .value("quantiles are found by the method `linear` alone") }
    let axes = try given.integers(2)
    let places = fractions.doubles.map { $0 / scale }
    let result =
      ignoresNaN
      ? try perSlice(array, axes, keeps: given.flag(4)) { slice throws(ArrayError) in
        try slice.quantiles(places, axes: nil, keepsDimensions: false, isMedian: slice.count == 0)
      }
      : try array.quantiles(places, axes: axes, keepsDimensions: given.flag(4))
    let kept = Array(result.shape.dropFirst())
    return Value(unwrapping: try result.reshaped(fractions.shape + kept))
  }

  /// Does something to the numbers of each slice along `axes`, not-a-number left out; what it gives stands first in the result.
  private static func perSlice(
    _ array: NDArray, _ axes: [Int]?, keeps: Bool, _ body: (NDArray) throws(ArrayError) -> NDArray
  ) throws(ArrayError) -> NDArray {
    var chosen: [Int] = []
    for axis in axes ?? Array(0..<array.rank) { chosen.append(try array.axis(axis)) }
    let kept = (0..<array.rank).filter { !chosen.contains($0) }
    let outer = kept.reduce(1) { $0 * array.shape[$1] }
    let rows = try array.transposed(kept + chosen.sorted()).reshaped([outer, outer == 0 ? 0 : array.count / outer])
    var parts: [NDArray] = []
    for row in 0..<outer {
      let slice = try rows[[.integer(row)]]
      parts.append(try body(slice[[.array(slice.tested(.isNaN).inverted())]]))
    }
    let shape = keeps ? array.shape.indices.map { chosen.contains($0) ? 1 : array.shape[$0] } : kept.map { array.shape[$0] }
    guard let first = parts.first else { return NDArray(.float64, shape: [1] + shape) }
    let stacked = try NDArray.stack(parts, axis: first.rank)
    return try stacked.reshaped(first.shape + shape)
  }

  private static func median(_ name: String, _ help: String, ignoresNaN: Bool) -> Builtin {
    .numpy("\(name)(a: any, axis: any = None, *, keepdims: bool = False)", help) { given throws(ArrayError) in
      let (array, axes, keeps) = (try given.array(0), try given.integers(1), try given.flag(2))
      let result =
        ignoresNaN
        ? try perSlice(array, axes, keeps: keeps) { slice throws(ArrayError) in
          try slice.quantiles([0.5], axes: nil, keepsDimensions: false, isMedian: true)
        }
        : try array.quantiles([0.5], axes: axes, keepsDimensions: keeps, isMedian: true)
      return Value(unwrapping: try result[[.integer(0)]])
    }
  }

  /// What NumPy makes of many elements.
  static let reductionFunctions: [Builtin] =
    reduction(["sum"], "The sum of an array, or along an axis.", .sum, hasType: true)
    + reduction(["prod"], "The product of an array, or along an axis.", .product, hasType: true)
    + reduction(["mean"], "The mean of an array, or along an axis.", .mean, hasType: true)
    + reduction(["min", "amin"], "The smallest element, or along an axis.", .minimum)
    + reduction(["max", "amax"], "The largest element, or along an axis.", .maximum)
    + reduction(["all"], "Whether every element is true, or along an axis.", .all)
    + reduction(["any"], "Whether some element is true, or along an axis.", .any)
    + reduction(["argmin"], "The position of the smallest element, or along an axis.", .argumentOfMinimum)
    + reduction(["argmax"], "The position of the largest element, or along an axis.", .argumentOfMaximum)
    + cumulative(["cumsum"], "Running sums.", .sum) + cumulative(["cumprod"], "Running products.", .product)
    + [
      spread("std", "The standard deviation, or along an axis.", .deviation),
      spread("var", "The variance, or along an axis.", .variance),
      spread("nanstd", "The standard deviation of what is a number.", .deviation, ignoresNaN: true),
      spread("nanvar", "The variance of what is a number.", .variance, ignoresNaN: true),
      ignoringNaN("nansum", "The sum of what is a number.", .sum),
      ignoringNaN("nanprod", "The product of what is a number.", .product),
      ignoringNaN("nanmean", "The mean of what is a number.", .mean),
      ignoringNaN("nanmin", "The smallest of what is a number.", .minimum),
      ignoringNaN("nanmax", "The largest of what is a number.", .maximum),
      ignoringNaN("nanargmin", "The position of the smallest of what is a number.", .argumentOfMinimum),
      ignoringNaN("nanargmax", "The position of the largest of what is a number.", .argumentOfMaximum),
      median("median", "The middle element in order, or the mean of the middle two.", ignoresNaN: false),
      median("nanmedian", "The middle one of what is a number.", ignoresNaN: true),
      .numpy(
        "percentile(a: any, q: any, axis: any = None, method: str = 'linear', keepdims: bool = False)",
        "What q percent of the elements lie below, between neighbours on a straight line."
      ) { given throws(ArrayError) in try quantiles(given, scale: 100, ignoresNaN: false) },
      .numpy(
        "quantile(a: any, q: any, axis: any = None, method: str = 'linear', keepdims: bool = False)",
        "What the fraction q of the elements lies below, between neighbours on a straight line."
      ) { given throws(ArrayError) in try quantiles(given, scale: 1, ignoresNaN: false) },
      .numpy(
        "nanpercentile(a: any, q: any, axis: any = None, method: str = 'linear', keepdims: bool = False)",
        "`percentile` of what is a number."
      ) { given throws(ArrayError) in try quantiles(given, scale: 100, ignoresNaN: true) },
      .numpy(
        "nanquantile(a: any, q: any, axis: any = None, method: str = 'linear', keepdims: bool = False)",
        "`quantile` of what is a number."
      ) { given throws(ArrayError) in try quantiles(given, scale: 1, ignoresNaN: true) },
      .numpy("ptp(a: any, axis: any = None, *, keepdims: bool = False)", "The largest element less the smallest.") {
        given throws(ArrayError) in
        let (array, axes, keeps) = (try given.array(0), try given.integers(1), try given.flag(2))
        return Value(
          unwrapping: try NDArray.elementwise(
            .subtract, array.reduced(.maximum, axes: axes, keepsDimensions: keeps),
            array.reduced(.minimum, axes: axes, keepsDimensions: keeps)))
      },
      .numpy("average(a: any, axis: any = None, weights: any = None, *, keepdims: bool = False)", "The mean with weights.") {
        given throws(ArrayError) in
        let (array, axes, keeps) = (try given.array(0), try given.integers(1), try given.flag(3))
        guard given[2] != nil else { return try reduced(.mean, array, axes: axes, keeps: keeps) }
        var weights = try given.array(2)
        if weights.shape != array.shape {
          guard let axes, axes.count == 1, weights.rank == 1, weights.count == array.shape[try array.axis(axes[0])] else {
            throw given[1] == nil
              ? .type("Axis must be specified when shapes of a and weights differ.")
              : .value("Shape of weights must be consistent with shape of a along specified axis.")
          }
          var shape = [Int](repeating: 1, count: array.rank)
          shape[try array.axis(axes[0])] = weights.count
          weights = try weights.reshaped(shape)
        }
        let stretched = try weights.broadcast(to: array.shape)
        let total = try stretched.converted(to: .float64).reduced(.sum, axes: axes, keepsDimensions: keeps)
        if total.doubles.contains(0) { throw .value("Weights sum to zero, can't be normalized") }
        let sum = try NDArray.elementwise(.multiply, array, stretched).converted(to: .float64)
          .reduced(.sum, axes: axes, keepsDimensions: keeps)
        return Value(unwrapping: try NDArray.elementwise(.divide, sum, total))
      },
      .numpy("count_nonzero(a: any, axis: any = None, *, keepdims: bool = False)", "How many elements are not zero.") {
        given throws(ArrayError) in
        try reduced(.sum, given.array(0).converted(to: .bool), axes: given.integers(1), keeps: given.flag(2))
      },
    ]
}
