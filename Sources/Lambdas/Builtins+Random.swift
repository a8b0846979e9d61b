import Arrays

/// A function that draws random numbers, declared once for `np.random` and for the generators of `default_rng`.
private struct RandomFunction: Sendable {
  typealias Draw = @Sendable (inout RandomSequence, Given) throws(ArrayError) -> Value
  /// Who has it: `np.random`, generators, or both.
  enum Owner: Sendable { case module, generator, both }
  let owner: Owner
  let head: String
  let help: String
  /// Which argument is the shape, if one is; without it a single number is drawn.
  let size: Int?
  /// What a single number is.
  let number: ValueType
  let draw: Draw

  init(
    _ head: String, _ help: String, size: Int?, of owner: Owner = .both, giving number: ValueType = .float, _ draw: @escaping Draw
  ) {
    (self.head, self.help, self.size, self.owner, self.number, self.draw) = (head, help, size, owner, number, draw)
  }

  /// Numbers of a distribution with up to two parameters, `size` the last argument.
  static func distribution(
    _ head: String, _ help: String, parameters: [Double], giving number: ValueType = .float,
    _ one: @escaping @Sendable (inout RandomSequence, [Double]) throws(ArrayError) -> Double
  ) -> RandomFunction {
    RandomFunction(head, help, size: parameters.count, giving: number) { sequence, given throws(ArrayError) in
      var values: [Double] = []
      for (index, standard) in parameters.enumerated() { values.append(try given.number(index, standard)) }
      let drawn = try sequence.each(given.shape(parameters.count)) { sequence throws(ArrayError) in try one(&sequence, values) }
      return Value(unwrapping: number == .integer ? drawn.converted(to: .int64) : drawn)
    }
  }

  func resultType(_ arguments: [ValueType?]) -> ValueType {
    // What is shuffled stays what it is.
    if head.hasPrefix("shuffle") { return arguments[0] ?? .any }
    guard let size, size < arguments.count else { return .any }
    switch arguments[size] {
    case nil, .none?, .tuple([])?: return number
    case .any?, .union?: return .any
    default: return .array
    }
  }

  static let all: [RandomFunction] = [
    .init(
      "normal(loc: number = 0.0, scale: number = 1.0, size: any = None)", "Normally distributed numbers.", size: 2
    ) { sequence, given throws(ArrayError) in
      let deviation = try given.number(1, 1)
      guard deviation >= 0 else { throw .value("scale < 0") }
      return Value(unwrapping: try sequence.normal(mean: given.number(0, 0), deviation: deviation, shape: given.shape(2)))
    },
    .init("standard_normal(size: any = None)", "Normally distributed numbers of mean 0 and deviation 1.", size: 0) {
      sequence, given throws(ArrayError) in Value(unwrapping: try sequence.normal(mean: 0, deviation: 1, shape: given.shape(0)))
    },
    .init("uniform(low: number = 0.0, high: number = 1.0, size: any = None)", "Evenly distributed numbers.", size: 2) {
      sequence, given throws(ArrayError) in
      Value(unwrapping: try sequence.uniform(given.number(0, 0), given.number(1, 1), shape: given.shape(2)))
    },
    .init("random(size: any = None)", "Evenly distributed numbers from 0 to 1.", size: 0) { sequence, given throws(ArrayError) in
      Value(unwrapping: try sequence.uniform(0, 1, shape: given.shape(0)))
    },
    .init("random_sample(size: any = None)", "Evenly distributed numbers from 0 to 1.", size: 0, of: .module) {
      sequence, given throws(ArrayError) in Value(unwrapping: try sequence.uniform(0, 1, shape: given.shape(0)))
    },
    .init("rand(*shape: int)", "Evenly distributed numbers from 0 to 1, in a shape.", size: 0, of: .module) {
      sequence, given throws(ArrayError) in Value(unwrapping: try sequence.uniform(0, 1, shape: given.shape(0)))
    },
    .init("randn(*shape: int)", "Normally distributed numbers, in a shape.", size: 0, of: .module) {
      sequence, given throws(ArrayError) in
      Value(unwrapping: try sequence.normal(mean: 0, deviation: 1, shape: given.shape(0)))
    },
    .init(
      "randint(low: int, high: int | None = None, size: any = None, dtype: any = None)",
      "Random whole numbers from `low` (0) up to, not including, `high`.", size: 2, of: .module, giving: .integer
    ) { sequence, given throws(ArrayError) in try integers(&sequence, given, includesHigh: false) },
    .init(
      "integers(low: int, high: int | None = None, size: any = None, dtype: any = None, endpoint: bool = False)",
      "Random whole numbers from `low` (0) up to `high`, which is left out unless `endpoint` is true.", size: 2, giving: .integer
    ) { sequence, given throws(ArrayError) in try integers(&sequence, given, includesHigh: given.flag(4)) },
    .distribution("exponential(scale: number = 1.0, size: any = None)", "Exponentially distributed numbers.", parameters: [1]) {
      sequence, values throws(ArrayError) in
      guard values[0] >= 0 else { throw .value("scale < 0") }
      return sequence.exponential() * values[0]
    },
    .distribution(
      "laplace(loc: number = 0.0, scale: number = 1.0, size: any = None)", "Numbers of the Laplace distribution.",
      parameters: [0, 1]
    ) {
      sequence, values throws(ArrayError) in
      guard values[1] >= 0 else { throw .value("scale < 0") }
      return values[0] + values[1] * (sequence.exponential() - sequence.exponential())
    },
    .distribution(
      "lognormal(mean: number = 0.0, sigma: number = 1.0, size: any = None)", "Numbers whose logarithm is normally distributed.",
      parameters: [0, 1]
    ) { sequence, values throws(ArrayError) in
      guard values[1] >= 0 else { throw .value("sigma < 0") }
      return sequence.logNormal(mean: values[0], deviation: values[1])
    },
    .distribution(
      "gamma(shape: number, scale: number = 1.0, size: any = None)", "Numbers of the gamma distribution.", parameters: [1, 1]
    ) {
      sequence, values throws(ArrayError) in
      guard values[0] > 0, values[0].isFinite else { throw .value("the shape must be above zero and finite") }
      guard values[1] >= 0 else { throw .value("scale < 0") }
      return sequence.gamma(values[0]) * values[1]
    },
    .distribution("beta(a: number, b: number, size: any = None)", "Numbers of the beta distribution.", parameters: [1, 1]) {
      sequence, values throws(ArrayError) in
      guard values[0] > 0, values[1] > 0, values[0].isFinite, values[1].isFinite else {
        throw .value("a and b must be above zero and finite")
      }
      return sequence.beta(values[0], values[1])
    },
    .distribution(
      "poisson(lam: number = 1.0, size: any = None)", "Numbers of events at a rate.", parameters: [1], giving: .integer
    ) { sequence, values throws(ArrayError) in
      guard values[0] >= 0, values[0] < 1e15 else { throw .value("lam < 0 or lam is too large") }
      return sequence.poisson(values[0])
    },
    .distribution(
      "binomial(n: int, p: number, size: any = None)", "Numbers of successes among n trials.", parameters: [1, 0.5],
      giving: .integer
    ) { sequence, values throws(ArrayError) in
      guard values[0] >= 0, values[0] < 1e15, values[1] >= 0, values[1] <= 1 else {
        throw .value("n < 0, or p < 0, p > 1 or p is NaN")
      }
      return sequence.binomial(Int(values[0]), values[1])
    },
    .init("permutation(x: any)", "Numbers up to `x`, or the rows of `x`, in random order.", size: nil) {
      sequence, given throws(ArrayError) in
      guard let count = given[0]?.asInteger else { return .array(try given.array(0).rows(order(&sequence, given.array(0)))) }
      _ = try NDArray.count(of: [max(count, 0)])
      let order = sequence.permutation(max(count, 0))
      return .array(NDArray(integers: order, shape: [order.count]))
    },
    .init("shuffle(x: any)", "Puts the rows of an array or the elements of a list into random order.", size: nil) {
      sequence, given throws(ArrayError) in
      guard case .list(let items)? = given[0] else { return .array(try given.array(0).rows(order(&sequence, given.array(0)))) }
      return .list(sequence.permutation(items.count).map { items[$0] })
    },
    .init(
      "choice(a: any, size: any = None, replace: bool = True, p: any = None)",
      "Elements of an array, or numbers up to `a`, drawn with or without replacement, evenly or with probabilities `p`.", size: 1,
      giving: .any
    ) { sequence, given throws(ArrayError) in
      let source: NDArray
      if let count = given[0]?.asInteger {
        guard count > 0 else { throw .value("a must be a positive integer unless no samples are taken") }
        source = try NDArray.range(from: 0, to: count, by: 1)
      } else if case .list(let items)? = given[0], items.contains(where: { $0.asDouble == nil }) {
        // A list of anything: one element, or a list of them.
        let places = try sequence.choice(
          of: items.count, shape: given.shape(1), replacing: given.flag(2, true),
          weights: given[3] == nil ? nil : given.array(3).doubles)
        let chosen = places.integers.map { items[$0] }
        return given[1] == nil ? chosen[0] : .list(chosen)
      } else {
        source = try given.array(0)
      }
      guard source.rank > 0 else { throw .value("a must be a sequence or an integer") }
      let places = try sequence.choice(
        of: source.shape[0], shape: given.shape(1), replacing: given.flag(2, true),
        weights: given[3] == nil ? nil : given.array(3).doubles)
      return Value(unwrapping: try source.taking(places, axis: 0))
    },
  ]

  private static func integers(_ sequence: inout RandomSequence, _ given: Given, includesHigh: Bool) throws(ArrayError) -> Value {
    let first = try given.integer(0, 0)
    var (low, high) = try given.integer(1).map { (first, $0) } ?? (0, first)
    if includesHigh {
      guard high < Int.max else { throw .value("high is out of bounds for int64") }
      high += 1
    }
    if high < low { (low, high) = (0, 0) }
    let drawn = try sequence.integers(low, high, shape: given.shape(2))
    return Value(unwrapping: try given.type(3).map(drawn.converted) ?? drawn)
  }

  private static func order(_ sequence: inout RandomSequence, _ array: NDArray) throws(ArrayError) -> [Int] {
    guard array.rank > 0 else { throw .type("x must be an integer or at least 1-dimensional") }
    _ = try NDArray.count(of: [array.shape[0]])
    return sequence.permutation(array.shape[0])
  }
}

extension Builtins {
  /// `np.random`: numbers of the machine's stream, which follows from the script's seed.
  static let randomFunctions: [Builtin] =
    RandomFunction.all.filter { $0.owner != .generator }.map { function in
      Builtin(.random, function.head, function.help, isImpure: true, type: { function.resultType($0) }) {
        (machine, arguments) throws(MachineError) in
        let given = Given(arguments)
        return try Operations.numeric { () throws(ArrayError) in
          try function.spend(given, on: machine)
          return try function.draw(&machine.random, given)
        }
      }
    } + [
      Builtin(.random, "seed(seed: int | None = None) -> None", "Starts the random numbers anew from a seed.", isImpure: true) {
        (machine, arguments) throws(MachineError) in
        guard let seed = arguments[0]?.asInteger else { throw .init(.type, "a seed is a whole number") }
        machine.random = RandomSequence(RandomStream(seed: seed, "np.random"))
        return .none
      },
      Builtin(
        .random, "default_rng(seed: int | None = None)",
        "A generator of its own: `.normal`, `.uniform`, `.integers`, `.random`, `.permutation`, `.choice` and others.",
        isImpure: true, type: { _ in .object(GeneratorObject.type) }
      ) { (machine, arguments) throws(MachineError) in
        // Without a seed it follows from the machine's stream, and so from the script's seed.
        let seed = arguments[0]?.asInteger ?? Int(truncatingIfNeeded: machine.random.nextPair().0)
        return .object(GeneratorObject(RandomSequence(RandomStream(seed: seed, "default_rng"))))
      },
    ]
}

extension RandomFunction {
  /// Takes as many numbers off the budget as will be drawn.
  fileprivate func spend(_ given: Given, on machine: Machine) throws(ArrayError) {
    guard let size else { return }
    let count = try NDArray.count(of: given.shape(size))
    do { try machine.spend(count >> 2) } catch { throw ArrayError(error) }
  }
}

/// What `np.random.default_rng(seed)` gives: a stream of its own. A backup keeps where it stands.
package final class GeneratorObject: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: a script's values are used by one thread at a time.
  private static let functions = Dictionary(
    uniqueKeysWithValues: RandomFunction.all.filter { $0.owner != .module }.map { function in
      let signature = FunctionSignature(function.head)
      return (signature.name, (function: function, signature: signature))
    })
  package static let type = ObjectType(
    "Generator",
    methods: functions.mapValues { function, signature in
      FunctionType(
        signature.type.parameters,
        returns: function.size == nil || function.number == .any ? .any : .oneOf([function.number, .array]))
    })
  package var sequence: RandomSequence

  package init(_ sequence: RandomSequence) { self.sequence = sequence }

  package var objectType: ObjectType { Self.type }

  package func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value {
    guard let (function, signature) = Self.functions[method] else {
      throw .init(.attribute, "'Generator' object has no attribute '\(method)'")
    }
    let missing = max(0, signature.type.parameters.count - arguments.count)
    let given = Given(arguments.map { $0.isNone ? nil : $0 } + [Value?](repeating: nil, count: missing))
    return try Operations.numeric { () throws(ArrayError) in try function.draw(&sequence, given) }
  }
}
