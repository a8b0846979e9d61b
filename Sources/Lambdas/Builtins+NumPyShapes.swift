import Arrays

extension Builtins {
  /// Arrays of at least so many dimensions, as the stacking functions see them.
  private static func atLeast(_ rank: Int, _ array: NDArray) throws(ArrayError) -> NDArray {
    switch (rank, array.rank) {
    case (1, 0): return try array.reshaped([1])
    case (2, 0), (2, 1): return try array.reshaped([1, array.count])
    case (3, 0): return try array.reshaped([1, 1, 1])
    case (3, 1): return try array.reshaped([1, array.count, 1])
    case (3, 2): return try array.expanded(at: 2)
    default: return array
    }
  }

  private static func stacking(
    _ name: String, _ help: String, _ stack: @escaping @Sendable ([NDArray]) throws(ArrayError) -> NDArray
  ) -> Builtin {
    .numpy("\(name)(tup: any) -> array", help) { given throws(ArrayError) in .array(try stack(given.arrays(0))) }
  }

  private static func each(_ arrays: [NDArray], atLeast rank: Int) throws(ArrayError) -> [NDArray] {
    try arrays.map { (array) throws(ArrayError) in try atLeast(rank, array) }
  }

  /// The parts of `split` and its kin: a number of equal ones, or cut before each of several positions.
  private static func parts(_ array: NDArray, _ given: Given, axis: Int, mustBeEqual: Bool) throws(ArrayError) -> Value {
    if Int32(exactly: axis) == nil { throw .index("there is no axis \(axis) to cut along") }
    let length = array.shape[try array.axis(axis)]
    let parts: [NDArray]
    if let count = given[1]?.asInteger {
      if count > 0, mustBeEqual, length % count != 0 { throw .value("array split does not result in an equal division") }
      parts = try array.split(into: count, axis: axis)
    } else {
      parts = try array.split(before: given.shape(1), axis: axis)
    }
    return .list(parts.map(Value.array))
  }

  private static func splitting(_ name: String, _ help: String, axis: Int? = nil, mustBeEqual: Bool = true) -> Builtin {
    .numpy("\(name)(ary: any, indices_or_sections: any\(axis == nil ? ", axis: int = 0" : "")) -> list[array]", help) {
      given throws(ArrayError) in
      let array = try given.array(0)
      if let axis {
        guard array.rank > 1 - axis else {
          throw .value("\(name) only works on arrays of more dimensions")
        }
        return try parts(array, given, axis: Swift.min(axis, array.rank - 1), mustBeEqual: true)
      }
      return try parts(array, given, axis: given.integer(2, 0), mustBeEqual: mustBeEqual)
    }
  }

  private static func shaping(
    _ head: String, _ help: String, _ body: @escaping @Sendable (NDArray, Given) throws(ArrayError) -> NDArray
  ) -> Builtin {
    .numpy(head, help) { given throws(ArrayError) in .array(try body(given.array(0), given)) }
  }

  /// `pad_width`: one number, a pair for all axes, or a pair for each.
  private static func widths(_ given: Given, rank: Int) throws(ArrayError) -> [(before: Int, after: Int)] {
    let width = try given.array(1)
    guard width.type.isInteger else { throw .type("`pad_width` must be of integral type.") }
    return try width.broadcast(to: [rank, 2]).integers.paired
  }

  /// What gives arrays another shape or order, joins them and cuts them.
  static let shapeFunctions: [Builtin] = [
    shaping("reshape(a: any, shape: any) -> array", "The elements in another shape.") { (a, given) throws(ArrayError) in
      try a.reshaped(given.shape(1))
    },
    shaping("ravel(a: any) -> array", "The elements in one row.") { (a, _) throws(ArrayError) in try a.reshaped([-1]) },
    shaping("transpose(a: any, axes: any = None) -> array", "The axes in another order, reversed by default.") {
      (a, given) throws(ArrayError) in try a.transposed(given.integers(1))
    },
    shaping("swapaxes(a: any, axis1: int, axis2: int) -> array", "Two axes in each other's place.") {
      (a, given) throws(ArrayError) in
      try a.swappingAxes(given.integer(1, 0), given.integer(2, 0))
    },
    shaping("moveaxis(a: any, source: any, destination: any) -> array", "Axes moved to other places.") {
      (a, given) throws(ArrayError) in try a.movingAxes(given.shape(1), to: given.shape(2))
    },
    shaping("expand_dims(a: any, axis: any) -> array", "A new axis of length one.") { (a, given) throws(ArrayError) in
      let places = try given.shape(1)
      var result = a
      let rank = a.rank + places.count
      var resolved: [Int] = []
      for place in places {
        try NDArray.checkAxes([place])
        resolved.append(place < 0 ? place + rank : place)
        guard (0..<rank).contains(resolved[resolved.count - 1]) else {
          throw .index("axis \(place) is out of bounds for array of dimension \(rank)")
        }
      }
      if Set(resolved).count < resolved.count { throw .value("repeated axis") }
      for place in resolved.sorted() { result = try result.expanded(at: place) }
      return result
    },
    shaping("squeeze(a: any, axis: any = None)", "Without the axes of length one.") { (a, given) throws(ArrayError) in
      try a.squeezed(given.integers(1))
    },
    shaping("broadcast_to(array: any, shape: any) -> array", "The elements repeated to a shape.") {
      (a, given) throws(ArrayError) in
      try a.broadcast(to: given.shape(1))
    },
    shaping("atleast_1d(a: any) -> array", "An array of one dimension at least.") { (a, _) throws(ArrayError) in try atLeast(1, a)
    },
    shaping("atleast_2d(a: any) -> array", "An array of two dimensions at least.") { (a, _) throws(ArrayError) in
      try atLeast(2, a)
    },
    .numpy("flip(m: any, axis: any = None)", "The elements in reverse.") { given throws(ArrayError) in
      Value(unwrapping: try given.array(0).flipped(given.integers(1)))
    },
    shaping("fliplr(m: any) -> array", "The columns in reverse.") { (a, _) throws(ArrayError) in
      if a.rank < 2 { throw .value("Input must be >= 2-d.") }
      return try a.flipped([1])
    },
    shaping("flipud(m: any) -> array", "The rows in reverse.") { (a, _) throws(ArrayError) in
      if a.rank < 1 { throw .value("Input must be >= 1-d.") }
      return try a.flipped([0])
    },
    shaping("rot90(m: any, k: int = 1) -> array", "A matrix turned by quarters.") { (a, given) throws(ArrayError) in
      if a.rank < 2 { throw .value("Axes are out of range for array of ndim=\(a.rank).") }
      let turns = try ((given.integer(1, 1) % 4) + 4) % 4
      switch turns {
      case 1: return try a.flipped([1]).swappingAxes(0, 1)
      case 2: return try a.flipped([0, 1])
      case 3: return try a.swappingAxes(0, 1).flipped([1])
      default: return a
      }
    },
    shaping("roll(a: any, shift: any, axis: any = None) -> array", "The elements moved on, the last ones to the front.") {
      (a, given) throws(ArrayError) in
      let (shifts, axes) = (try given.shape(1), try given.integers(2))
      guard let axes else { return try a.rolled(shifts.reduce(0, &+), axis: nil) }
      guard shifts.count == axes.count || shifts.count == 1 || axes.count == 1 else {
        throw .value("'shift' and 'axis' should be scalars or 1D sequences")
      }
      var result = a
      for index in 0..<Swift.max(shifts.count, axes.count) {
        result = try result.rolled(shifts[Swift.min(index, shifts.count - 1)], axis: axes[Swift.min(index, axes.count - 1)])
      }
      return result
    },
    shaping("tile(A: any, reps: any) -> array", "The array side by side with itself.") { (a, given) throws(ArrayError) in
      try a.tiled(given.shape(1))
    },
    shaping("repeat(a: any, repeats: any, axis: int | None = None) -> array", "Each element several times.") {
      (a, given) throws(ArrayError) in try a.repeated(given.shape(1), axis: given.integer(2))
    },
    shaping(
      "pad(array: any, pad_width: any, mode: str = 'constant', constant_values: number = 0) -> array",
      "Elements around an array: constant, edge, reflect, symmetric or wrap."
    ) { (a, given) throws(ArrayError) in
      let mode = try given.text(2, "constant")
      guard let padding = NDArray.Padding(rawValue: mode) else { throw .value("mode '\(mode)' is not supported") }
      return try a.padded(widths(given, rank: a.rank), padding, constants: given.scalar(3) ?? .integer(0))
    },
    .numpy("take(a: any, indices: any, axis: int | None = None)", "Elements, or rows of an axis, chosen by number.") {
      given throws(ArrayError) in
      let indices = try given.array(1)
      if let axis = try given.integer(2), Int32(exactly: axis) == nil { throw .value("there is no axis \(axis) to take from") }
      let whole = indices.count == 0 || indices.type == .bool ? indices.converted(to: .int64) : indices
      return Value(unwrapping: try given.array(0).taking(whole, axis: given.integer(2)))
    },
    shaping("delete(arr: any, obj: any, axis: int | None = None) -> array", "An array without some rows of an axis.") {
      (a, given) throws(ArrayError) in
      let source = try given.integer(2) == nil ? a.reshaped([-1]) : a
      let axis = try source.axis(given.integer(2, 0))
      var kept = Array(0..<source.shape[axis])
      var dropped: Set<Int> = []
      for index in try given.shape(1) {
        let position = index < 0 ? index + source.shape[axis] : index
        guard kept.indices.contains(position) else {
          throw .index("index \(index) is out of bounds for axis \(axis) with size \(source.shape[axis])")
        }
        dropped.insert(position)
      }
      kept.removeAll(where: dropped.contains)
      return try source.taking(NDArray(integers: kept, shape: [kept.count]), axis: axis)
    },
    .numpy("append(arr: any, values: any, axis: int | None = None) -> array", "Values joined to the end of an array.") {
      given throws(ArrayError) in
      .array(try NDArray.concatenate([given.array(0), given.array(1)], axis: given.integer(2)))
    },
    .numpy("concatenate(arrays: any, axis: int | None = 0) -> array", "Arrays joined along an axis.") {
      given throws(ArrayError) in
      .array(try NDArray.concatenate(Given.joined(given.elements(0)), axis: given.has(1) ? given.integer(1) : 0))
    },
    .numpy("stack(arrays: any, axis: int = 0) -> array", "Arrays joined along a new axis.") { given throws(ArrayError) in
      .array(try NDArray.stack(given.arrays(0), axis: given.integer(1, 0)))
    },
    stacking("vstack", "Arrays joined as rows.") { arrays throws(ArrayError) in
      try NDArray.concatenate(each(arrays, atLeast: 2), axis: 0)
    },
    stacking("hstack", "Arrays joined side by side.") { arrays throws(ArrayError) in
      let parts = try each(arrays, atLeast: 1)
      return try NDArray.concatenate(parts, axis: parts.first.map { $0.rank > 1 } ?? false ? 1 : 0)
    },
    stacking("dstack", "Arrays joined along a third axis.") { arrays throws(ArrayError) in
      try NDArray.concatenate(each(arrays, atLeast: 3), axis: 2)
    },
    stacking("column_stack", "Arrays of one dimension joined as columns.") { arrays throws(ArrayError) in
      try NDArray.concatenate(
        arrays.map { (array) throws(ArrayError) in try array.rank < 2 ? array.reshaped([array.count, 1]) : array }, axis: 1)
    },
    splitting("split", "An array cut along an axis into equal parts, or before positions."),
    splitting(
      "array_split", "An array cut along an axis into parts of nearly equal size, or before positions.", mustBeEqual: false),
    splitting("vsplit", "An array cut between rows.", axis: 0), splitting("hsplit", "An array cut between columns.", axis: 1),
    .numpy("shape(a: any)", "The lengths of an array's axes.", type: { _ in .tupleOf(.integer) }) { given throws(ArrayError) in
      .tuple(try given.array(0).shape.map(Value.integer))
    },
    .numpy("ndim(a: any) -> int", "How many axes an array has.") { given throws(ArrayError) in .integer(try given.array(0).rank)
    },
    .numpy("size(a: any, axis: int | None = None) -> int", "How many elements an array has, or an axis.") {
      given throws(ArrayError) in
      let array = try given.array(0)
      guard let axis = try given.integer(1) else { return .integer(array.count) }
      return .integer(array.shape[try array.axis(axis)])
    },
    .numpy("isscalar(element: any) -> bool", "Whether a value is one number or text.") { given in
      switch given[0] ?? .none {
      case .bool, .integer, .float, .string: .bool(true)
      default: .bool(false)
      }
    },
  ]
}

extension [Int] {
  /// Neighbours as pairs.
  fileprivate var paired: [(before: Int, after: Int)] {
    stride(from: 0, to: count - 1, by: 2).map { (self[$0], self[$0 + 1]) }
  }
}
