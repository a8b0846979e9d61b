import Arrays

extension Builtins {
  private static func size(_ value: Value?) throws(MachineError) -> [Int]? {
    guard let value, !value.isNone else { return nil }
    return try Operations.shape(value)
  }

  /// A number where no size is asked for, an array where one is.
  private static func drawn(
    _ shape: [Int]?, _ machine: Machine, _ draw: (inout RandomSequence, [Int]) throws(ArrayError) -> NDArray
  ) throws(MachineError) -> Value {
    if let shape { try machine.spend(Operations.numeric { () throws(ArrayError) in try NDArray.count(of: shape) } / 8) }
    let array = try Operations.numeric { () throws(ArrayError) in try draw(&machine.random, shape ?? []) }
    return Value(unwrapping: array)
  }

  private static func uniform(_ head: String, _ arguments: [Value?], _ machine: Machine) throws(MachineError) -> Value {
    let (low, high) = (try arguments[0].map(real) ?? 0, try arguments[1].map(real) ?? 1)
    return try drawn(size(arguments[2]), machine) { (stream, shape) throws(ArrayError) in
      try stream.uniform(low, high, shape: shape)
    }
  }

  private static func integers(_ head: String) -> Builtin {
    Builtin(.random, head, "Random whole numbers from `low` (0) up to, not including, `high`.", isImpure: true) {
      (machine, arguments) throws(MachineError) in
      let first = arguments[0]?.asInteger ?? 0
      let (low, high) = arguments[1].flatMap(\.asInteger).map { (first, $0) } ?? (0, first)
      return try drawn(size(arguments[2]), machine) { (stream, shape) throws(ArrayError) in
        try stream.integers(low, high, shape: shape)
      }
    }
  }

  private static func plain(
    _ name: String, _ help: String, _ draw: @escaping @Sendable (inout RandomSequence, [Int]) throws(ArrayError) -> NDArray
  ) -> Builtin {
    Builtin(.random, "\(name)(*shape: int)", help, isImpure: true) { (machine, arguments) throws(MachineError) in
      let shape = try Operations.shape(arguments[0] ?? .tuple([]))
      return try drawn(shape.isEmpty ? nil : shape, machine, draw)
    }
  }

  /// `np.random`: numbers of the machine's stream, which follows from the script's seed.
  static let randomFunctions: [Builtin] = [
    Builtin(.random, "seed(seed: int) -> None", "Starts the random numbers anew from a seed.", isImpure: true) {
      (machine, arguments) throws(MachineError) in
      guard let seed = arguments[0]?.asInteger else { throw .init(.type, "a seed is a whole number") }
      machine.random = RandomSequence(RandomStream(seed: seed, "np.random"))
      return .none
    },
    Builtin(
      .random, "normal(loc: number = 0.0, scale: number = 1.0, size: any = None)", "Normally distributed numbers.", isImpure: true
    ) { (machine, arguments) throws(MachineError) in
      let (mean, deviation) = (try arguments[0].map(real) ?? 0, try arguments[1].map(real) ?? 1)
      if deviation < 0 { throw .init(.value, "scale < 0") }
      return try drawn(size(arguments[2]), machine) { (stream, shape) throws(ArrayError) in
        try stream.normal(mean: mean, deviation: deviation, shape: shape)
      }
    },
    Builtin(
      .random, "uniform(low: number = 0.0, high: number = 1.0, size: any = None)", "Evenly distributed numbers.", isImpure: true
    ) { (machine, arguments) throws(MachineError) in
      try uniform("uniform", arguments, machine)
    },
    Builtin(.random, "random(size: any = None)", "Evenly distributed numbers from 0 to 1.", isImpure: true) {
      (machine, arguments) throws(MachineError) in
      try uniform("random", [nil, nil, arguments[0]], machine)
    },
    integers("integers(low: int, high: int | None = None, size: any = None)"),
    integers("randint(low: int, high: int | None = None, size: any = None)"),
    plain("rand", "Evenly distributed numbers from 0 to 1, in a shape.") { (stream, shape) throws(ArrayError) in
      try stream.uniform(0, 1, shape: shape)
    },
    plain("randn", "Normally distributed numbers, in a shape.") { (stream, shape) throws(ArrayError) in
      try stream.normal(mean: 0, deviation: 1, shape: shape)
    },
    Builtin(.random, "permutation(x: any)", "Numbers up to `x`, or the rows of `x`, in random order.", isImpure: true) {
      (machine, arguments) throws(MachineError) in
      if let count = arguments[0]?.asInteger {
        try Operations.checkLength(count)
        let order = machine.random.permutation(max(count, 0))
        return .array(NDArray(integers: order, shape: [order.count]))
      }
      let rows = try array(arguments[0])
      guard rows.rank > 0 else { throw .init(.type, "x must be an integer or at least 1-dimensional") }
      let order = machine.random.permutation(rows.shape[0])
      return try Operations.numeric { () throws(ArrayError) in .array(try rows.rows(order)) }
    },
    Builtin(
      .random, "default_rng(seed: int | None = None)",
      "A generator of its own: `.normal`, `.uniform`, `.integers`, `.random`, `.permutation`.",
      isImpure: true, type: { _ in .object(GeneratorObject.type) }
    ) { (machine, arguments) throws(MachineError) in
      if let seed = arguments[0]?.asInteger {
        return .object(GeneratorObject(RandomSequence(RandomStream(seed: seed, "default_rng")), machine))
      }
      let word = Int(truncatingIfNeeded: machine.random.nextPair().0)
      return .object(GeneratorObject(RandomSequence(RandomStream(seed: word, "default_rng")), machine))
    },
  ]
}

/// What `np.random.default_rng(seed)` gives: a stream of its own.
private final class GeneratorObject: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: a script's values are used by one thread at a time.
  static let type = ObjectType(
    "Generator",
    methods: Dictionary(
      uniqueKeysWithValues: ["normal", "uniform", "integers", "random", "permutation"].compactMap { name in
        Builtins.function("np.random.\(name)").map { (name, $0.signature.type) }
      }))
  private let machine: Machine

  init(_ stream: RandomSequence, _ parent: Machine) {
    machine = Machine(budget: parent.budget)
    machine.random = stream
  }

  var objectType: ObjectType { Self.type }

  func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value {
    guard let builtin = Builtins.function("np.random.\(method)") else {
      throw .init(.attribute, "'Generator' object has no attribute '\(method)'")
    }
    machine.restoreBudget()
    // An argument in the middle that was left out arrives as None, which the built-ins take as left out.
    let given = arguments.map { $0.isNone ? nil : Optional($0) }
    let missing = builtin.signature.type.parameters.count - given.count
    return try builtin.implementation(machine, given + [Value?](repeating: nil, count: max(0, missing)))
  }
}
