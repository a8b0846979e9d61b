import Arrays

extension Builtins {
  private static func shaped(_ shape: ValueType?) -> ValueType {
    switch shape {
    case .integer?: .array(nil, shape: [nil])
    case .tuple(let items)?: .array(nil, shape: [Int?](repeating: nil, count: items.count))
    default: .array
    }
  }

  private static func making(_ names: [String], of argument: String, _ help: String) -> [Builtin] {
    names.map { name in
      .numpy("\(name)(\(argument): any, dtype: any = None, *, copy: bool = True, ndmin: int = 0) -> array", help) {
        given throws(ArrayError) in
        var made = try given.array(0)
        if let type = try given.type(1) { made = made.converted(to: type) }
        while try made.rank < given.integer(3, 0) { made = try made.expanded(at: 0) }
        return .array(made)
      }
    }
  }

  private static func filled(_ name: String, _ help: String, _ value: WeakScalar) -> Builtin {
    .numpy("\(name)(shape: any, dtype: any = None) -> array", help, type: { arguments in shaped(arguments[0]) }) {
      given throws(ArrayError) in
      .array(try NDArray.full(given.type(1) ?? .float64, shape: given.shape(0), value: value))
    }
  }

  private static func alike(_ name: String, _ help: String, _ value: WeakScalar) -> Builtin {
    .numpy("\(name)(a: any, dtype: any = None, *, shape: any = None) -> array", help) { given throws(ArrayError) in
      let model = try given.array(0)
      return .array(try NDArray.full(given.type(1) ?? model.type, shape: given.integers(2) ?? model.shape, value: value))
    }
  }

  /// The type an array of one number has.
  private static func naturalType(_ scalar: WeakScalar) -> ElementType {
    switch scalar {
    case .bool: .bool
    case .integer: .int64
    case .float: .float64
    }
  }

  private static func required(_ scalar: WeakScalar?) throws(ArrayError) -> WeakScalar {
    guard let scalar else { throw .type("an array is filled with a number") }
    return scalar
  }

  /// What makes arrays of numbers.
  static let makingFunctions: [Builtin] =
    making(["array"], of: "object", "An array of nested lists of numbers.")
    + making(["asarray", "ascontiguousarray", "copy"], of: "a", "An array of nested lists of numbers.")
    + [
      filled("zeros", "An array of zeros.", .integer(0)), filled("ones", "An array of ones.", .integer(1)),
      filled("empty", "An array of zeros.", .integer(0)),
      .numpy(
        "full(shape: any, fill_value: number, dtype: any = None) -> array", "An array of one value.",
        type: { arguments in shaped(arguments[0]) }
      ) { given throws(ArrayError) in
        let value = try required(given.scalar(1))
        return .array(try NDArray.full(given.type(2) ?? naturalType(value), shape: given.shape(0), value: value))
      },
      alike("zeros_like", "Zeros in the shape and type of an array.", .integer(0)),
      alike("ones_like", "Ones in the shape and type of an array.", .integer(1)),
      alike("empty_like", "Zeros in the shape and type of an array.", .integer(0)),
      .numpy(
        "full_like(a: any, fill_value: number, dtype: any = None) -> array", "One value in the shape and type of an array."
      ) { given throws(ArrayError) in
        let model = try given.array(0)
        let value = try required(given.scalar(1))
        // A float is cut to the type of the array, as an assignment cuts it.
        let type = try given.type(2) ?? model.type
        if case .float = value, !type.isFloat {
          return .array(try NDArray.full(.float64, shape: model.shape, value: value).converted(to: type))
        }
        return .array(try NDArray.full(type, shape: model.shape, value: value))
      },
      .numpy("eye(N: int, M: int | None = None, k: int = 0, dtype: any = None) -> array", "Ones on a diagonal.") {
        given throws(ArrayError) in
        let rows = try given.integer(0, 0)
        return .array(
          try NDArray.identity(rows, given.integer(1, rows), offset: given.integer(2, 0), type: given.type(3) ?? .float64))
      },
      .numpy("identity(n: int, dtype: any = None) -> array", "Ones on the diagonal of a square.") { given throws(ArrayError) in
        let size = try given.integer(0, 0)
        return .array(try NDArray.identity(size, size, type: given.type(1) ?? .float64))
      },
      .numpy(
        "arange(start: number, stop: number | None = None, step: number = 1, dtype: any = None) -> array",
        "Numbers from `start` up to `stop` in steps."
      ) { given throws(ArrayError) in
        let (start, stop) = given[1] == nil ? (.integer(0), given[0] ?? .none) : (given[0] ?? .none, given[1] ?? .none)
        let step = given[2] ?? .integer(1)
        var made: NDArray
        if let a = start.asInteger, let b = stop.asInteger, let c = step.asInteger {
          made = try NDArray.range(from: a, to: b, by: c)
          // The first two must fit the type; the rest follow from them.
          if let type = try given.type(3) {
            if type == .bool, made.count > 2 { throw .type("arange() makes at most two truth values") }
            for number in [a, a &+ c].prefix(made.count) { _ = try NDArray.scalar(.integer(number), as: type) }
          }
        } else {
          let numbers = Given([start, stop, step])
          made = try NDArray.range(from: numbers.number(0, 0), to: numbers.number(1, 0), by: numbers.number(2, 1))
        }
        if let type = try given.type(3) { made = made.converted(to: type) }
        return .array(made)
      },
      .numpy(
        "linspace(start: number, stop: number, num: int = 50, endpoint: bool = True, dtype: any = None) -> array",
        "Evenly spaced numbers."
      ) { given throws(ArrayError) in
        let made = try NDArray.linspace(
          from: given.number(0, 0), to: given.number(1, 0), count: given.integer(2, 50), includesEnd: given.flag(3, true))
        guard let type = try given.type(4) else { return .array(made) }
        return .array((type.isInteger ? try made.mapped(.floor) : made).converted(to: type))
      },
      .numpy(
        "logspace(start: number, stop: number, num: int = 50, endpoint: bool = True, base: number = 10.0, dtype: any = None) -> array",
        "Powers of `base` whose exponents are evenly spaced."
      ) { given throws(ArrayError) in
        let exponents = try NDArray.linspace(
          from: given.number(0, 0), to: given.number(1, 0), count: given.integer(2, 50), includesEnd: given.flag(3, true))
        let made = try NDArray.elementwise(.power, exponents, .float(given.number(4, 10)), isScalarFirst: true)
        return .array(try given.type(5).map(made.converted) ?? made)
      },
      .numpy(
        "meshgrid(*xi: any, indexing: str = 'xy') -> tuple[array, ...]", "Coordinates of all points of a grid, an array an axis."
      ) {
        given throws(ArrayError) in
        let axes = try given.arrays(0).map { (axis) throws(ArrayError) in try axis.reshaped([-1]) }
        let indexing = try given.text(1, "xy")
        guard indexing == "xy" || indexing == "ij" else { throw .value("Valid values for `indexing` are 'xy' and 'ij'.") }
        var order = Array(axes.indices)
        if indexing == "xy", order.count > 1 { order.swapAt(0, 1) }
        let shape = order.map { axes[$0].count }
        var grids: [Value] = []
        for (number, axis) in axes.enumerated() {
          var own = [Int](repeating: 1, count: axes.count)
          own[order.firstIndex(of: number) ?? 0] = axis.count
          grids.append(.array(try axis.reshaped(own).broadcast(to: shape)))
        }
        return .tuple(grids)
      },
      .numpy("diag(v: any, k: int = 0) -> array", "A diagonal of a matrix, or a matrix with a diagonal.") {
        given throws(ArrayError) in
        let (array, offset) = (try given.array(0), try given.integer(1, 0))
        return .array(try array.rank == 2 ? array.diagonal(offset) : array.diagonalMatrix(offset))
      },
      .numpy("diagonal(a: any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> array", "A diagonal of two axes.") {
        given throws(ArrayError) in
        .array(try given.array(0).diagonal(given.integer(1, 0), given.integer(2, 0), given.integer(3, 1)))
      },
      .numpy("triu(m: any, k: int = 0) -> array", "The elements on and above a diagonal, zeros below.") {
        given throws(ArrayError) in
        .array(try given.array(0).triangle(isUpper: true, offset: given.integer(1, 0)))
      },
      .numpy("tril(m: any, k: int = 0) -> array", "The elements on and below a diagonal, zeros above.") {
        given throws(ArrayError) in
        .array(try given.array(0).triangle(isUpper: false, offset: given.integer(1, 0)))
      },
    ]
}
