import Arrays
import Syntax

extension Builtins {
  private static func element(_ type: ValueType?) -> ValueType { type?.elementType ?? .any }

  /// A rule for `list(x)` and its like: a collection of what going through the argument gives.
  private static func collection(_ make: @escaping @Sendable (ValueType) -> ValueType) -> Builtin.TypeRule {
    { arguments in make(arguments[0].map { element($0) } ?? .never) }
  }

  /// The least or greatest of several arguments, or of one iterable.
  private static let extremeType: Builtin.TypeRule = { arguments in
    guard case .tuple(let items)? = arguments[0] else { return .any }
    let candidates = items.count == 1 ? element(items[0]) : ValueType.oneOf(items)
    return candidates.joined(with: arguments[2] ?? .never)
  }

  /// What goes through values, makes collections, or chooses among them.
  static let collectionFunctions: [Builtin] = [
    Builtin(.core, "all(iterable: iterable[any], /) -> bool", "Whether every element is true.") {
      (machine, arguments) throws(MachineError) in
      var cursor = try Operations.iterate(arguments[0] ?? .none)
      while let next = cursor.next() {
        try machine.spend(1)
        if try !Operations.truth(next) { return .bool(false) }
      }
      return .bool(true)
    },
    Builtin(.core, "any(iterable: iterable[any], /) -> bool", "Whether some element is true.") {
      (machine, arguments) throws(MachineError) in
      var cursor = try Operations.iterate(arguments[0] ?? .none)
      while let next = cursor.next() {
        try machine.spend(1)
        if try Operations.truth(next) { return .bool(true) }
      }
      return .bool(false)
    },
    Builtin(
      .core, "dict(*entries)", "A dict, of another one, of pairs, of keywords.", isType: true,
      type: { arguments in
        guard case .tuple(let items)? = arguments[0], let first = items.first else { return .dict(key: .never, value: .never) }
        switch first {
        case .dict: return first
        case .record(let record): return .record(record.ofItsOwn)
        default:
          if case .tuple(let pair)? = first.elementType, pair.count == 2 { return .dict(key: pair[0], value: pair[1]) }
          return .dict(key: .any, value: .any)
        }
      }
    ) { (machine, arguments) throws(MachineError) in
      guard case .tuple(let items) = arguments[0] ?? .tuple([]) else { return .dict(DictValue()) }
      if items.count > 1 { throw .init(.type, "dict expected at most 1 argument, got \(items.count)") }
      var dict = DictValue()
      for item in items { try Operations.merge(item, into: &dict) }
      try machine.charge(.dict(dict))
      return .dict(dict)
    },
    Builtin(
      .core, "enumerate(iterable: iterable[any], start: int = 0)", "Pairs of a number, from `start`, and an element.",
      isType: true,
      type: { arguments in .iterator(.row([.integer, element(arguments[0])])) }
    ) { (machine, arguments) throws(MachineError) in
      guard let start = (arguments[1] ?? .integer(0)).asInteger else {
        throw .init(.type, "'\((arguments[1] ?? .none).typeName)' object cannot be interpreted as an integer")
      }
      let items = try machine.elements(of: arguments[0] ?? .none)
      try machine.allot(bytes: items.count * pairBytes)
      if !items.isEmpty { _ = try Operations.checked(start.addingReportingOverflow(items.count - 1)) }
      return .iterator(IteratorValue(.enumerate, items.enumerated().map { .tuple([.integer(start + $0.offset), $0.element]) }))
    },
    Builtin(.core, "len(obj: any, /) -> int", "How many elements a value has.") { (_, arguments) throws(MachineError) in
      .integer(try Operations.length(of: arguments[0] ?? .none))
    },
    Builtin(
      .core, "list(iterable: iterable[any] = (), /)", "A list of what an iterable gives.", isType: true,
      type: collection { .list($0) }
    ) { (machine, arguments) throws(MachineError) in
      .list(try arguments[0].map(machine.elements) ?? [])
    },
    Builtin(
      .core, "map(function: function, *iterables)", "What a function makes of each element.",
      isType: true,
      type: { arguments in
        if case .function(let type)? = arguments[0] { return .iterator(type.result) }
        return .iterator(.any)
      }
    ) { (machine, arguments) throws(MachineError) in
      guard case .tuple(let iterables) = arguments[1] ?? .tuple([]), !iterables.isEmpty else {
        throw .init(.type, "map() must have at least two arguments.")
      }
      var results: [Value] = []
      for row in try rows(of: iterables, machine) { results.append(try machine.call(arguments[0] ?? .none, row)) }
      return .iterator(IteratorValue(.map, results))
    },
    Builtin(
      .core, "filter(function: any, iterable: iterable[any], /)", "The elements for which a function is true.",
      isType: true,
      type: { arguments in .iterator(element(arguments[1])) }
    ) { (machine, arguments) throws(MachineError) in
      var kept: [Value] = []
      for item in try machine.elements(of: arguments[1] ?? .none) {
        try machine.spend(1)
        let verdict = if let function = arguments[0], !function.isNone { try machine.call(function, [item]) } else { item }
        if try Operations.truth(verdict) { kept.append(item) }
      }
      return .iterator(IteratorValue(.filter, kept))
    },
    Builtin(
      .core, "max(*values, key: function | None = None, default: any = None)",
      "The largest of several values, or of an iterable's.", type: extremeType
    ) { (machine, arguments) throws(MachineError) in
      try extreme("max", arguments, machine) { (a, b) throws(MachineError) in try Operations.isLess(b, a) }
    },
    Builtin(
      .core, "min(*values, key: function | None = None, default: any = None)",
      "The smallest of several values, or of an iterable's.", type: extremeType
    ) { (machine, arguments) throws(MachineError) in
      try extreme("min", arguments, machine) { (a, b) throws(MachineError) in try Operations.isLess(a, b) }
    },
    Builtin(
      .core, "range(start: int, stop: int = 0, step: int = 1, /) -> range", "The whole numbers from `start` (0) up to `stop`.",
      isType: true
    ) { (_, arguments) throws(MachineError) in
      var bounds: [Int] = []
      for argument in arguments {
        guard let argument else { continue }
        guard let number = argument.asInteger else {
          throw .init(.type, "'\(argument.typeName)' object cannot be interpreted as an integer")
        }
        bounds.append(number)
      }
      if bounds.count == 3, bounds[2] == 0 { throw .init(.value, "range() arg 3 must not be zero") }
      return .range(
        RangeValue(
          start: bounds.count > 1 ? bounds[0] : 0, stop: bounds.count > 1 ? bounds[1] : bounds[0],
          step: bounds.count > 2 ? bounds[2] : 1))
    },
    Builtin(
      .core, "reversed(sequence: any, /)", "The elements of a sequence from its end.",
      isType: true,
      type: { arguments in .iterator(element(arguments[0])) }
    ) { (machine, arguments) throws(MachineError) in
      switch arguments[0] ?? .none {
      case .set, .iterator: throw .init(.type, "'\((arguments[0] ?? .none).typeName)' object is not reversible")
      default: return .iterator(IteratorValue(.reversed, try machine.elements(of: arguments[0] ?? .none).reversed()))
      }
    },
    Builtin(
      .core, "set(iterable: iterable[any] = (), /)", "A set of what an iterable gives.", isType: true,
      type: collection { .set($0) }
    ) { (machine, arguments) throws(MachineError) in
      let set = try arguments[0].map(Operations.makeSet) ?? SetValue()
      try machine.charge(.set(set))
      return .set(set)
    },
    Builtin(
      .core, "sorted(iterable: iterable[any], /, *, key: function | None = None, reverse: any = False)",
      "A sorted list; equal elements keep their order.",
      type: collection { .list($0) }
    ) { (machine, arguments) throws(MachineError) in
      .list(
        try Operations.sorted(
          machine.elements(of: arguments[0] ?? .none), key: arguments[1],
          isReversed: arguments[2].map(Operations.truth) ?? false, machine))
    },
    Builtin(
      .core, "sum(iterable: iterable[any], /, start: any = 0)", "The sum of an iterable's elements.",
      type: { arguments in
        let item = element(arguments[0])
        let start = arguments[1] ?? .integer
        if case .array = arguments[0] { return .number }
        if item == .never { return start }
        let once = Typing.binary(.add, start, item).type
        let twice = Typing.binary(.add, once, item).type
        return once.joined(with: twice).joined(with: start)
      }
    ) { (machine, arguments) throws(MachineError) in try sum(arguments[0] ?? .none, arguments[1] ?? .integer(0), machine) },
    Builtin(
      .core, "tuple(iterable: iterable[any] = (), /)", "A tuple of what an iterable gives.", isType: true,
      type: collection { .tupleOf($0) }
    ) { (machine, arguments) throws(MachineError) in
      .tuple(try arguments[0].map(machine.elements) ?? [])
    },
    Builtin(
      .core, "zip(*iterables, strict: bool = False)", "Tuples of one element from each iterable, as many as the shortest has.",
      isType: true,
      type: { arguments in
        guard case .tuple(let items)? = arguments[0] else { return .iterator(.any) }
        return .iterator(.row(items.map { element($0) }))
      }
    ) { (machine, arguments) throws(MachineError) in
      guard case .tuple(let iterables) = arguments[0] ?? .tuple([]) else { return .none }
      if try arguments[1].map(Operations.truth) ?? false {
        let counts = try iterables.map { (value) throws(MachineError) in try Operations.elements(of: value).count }
        if let index = counts.firstIndex(where: { $0 != counts[0] }) {
          let others = index == 1 ? "argument 1" : "arguments 1-\(index)"
          throw .init(.value, "zip() argument \(index + 1) is \(counts[index] < counts[0] ? "shorter" : "longer") than \(others)")
        }
      }
      return .iterator(IteratorValue(.zip, try rows(of: iterables, machine).map(Value.tuple)))
    },
    Builtin(
      .core, "slice(start: any, stop: any = None, step: any = None, /)", "A slice, as in `x[start:stop:step]`.", isType: true
    ) { (_, arguments) throws(MachineError) in
      guard let stop = arguments[1] else { return .slice(lower: .none, upper: arguments[0] ?? .none, step: .none) }
      return .slice(lower: arguments[0] ?? .none, upper: stop, step: arguments[2] ?? .none)
    },
  ]

  /// About what a tuple of two takes, with its place in a list.
  private static let pairBytes = 32 + 3 * MemoryLayout<Value>.stride

  /// One element from each iterable at a time, until the shortest ends.
  private static func rows(of iterables: [Value], _ machine: Machine) throws(MachineError) -> [[Value]] {
    var cursors: [ValueCursor] = []
    for iterable in iterables { cursors.append(try Operations.iterate(iterable)) }
    var rows: [[Value]] = []
    guard !cursors.isEmpty else { return rows }
    while true {
      var row: [Value] = []
      for index in cursors.indices {
        guard let next = cursors[index].next() else { return rows }
        row.append(next)
      }
      rows.append(row)
      try Operations.checkLength(rows.count)
      try machine.spend(1)
      try machine.allot(bytes: pairBytes)
    }
  }

  private static func extreme(
    _ name: String, _ arguments: [Value?], _ machine: Machine, _ precedes: (Value, Value) throws(MachineError) -> Bool
  ) throws(MachineError) -> Value {
    guard case .tuple(let values) = arguments[0] ?? .tuple([]), let first = values.first else {
      throw .init(.type, "\(name) expected at least 1 argument, got 0")
    }
    if values.count > 1, arguments[2] != nil {
      throw .init(.type, "Cannot specify a default for \(name)() with multiple positional arguments")
    }
    var cursor = try Operations.iterate(values.count == 1 ? first : .list(values))
    let key = arguments[1].flatMap { $0.isNone ? nil : $0 }
    guard var best = cursor.next() else {
      if let standard = arguments[2] { return standard }
      throw .init(.value, "\(name)() iterable argument is empty")
    }
    var bestKey = try key.map { (key) throws(MachineError) in try machine.call(key, [best]) } ?? best
    while let next = cursor.next() {
      try machine.spend(1)
      let nextKey = try key.map { (key) throws(MachineError) in try machine.call(key, [next]) } ?? next
      if try precedes(nextKey, bestKey) { (best, bestKey) = (next, nextKey) }
    }
    return best
  }

  private static func sumOfElements(_ array: NDArray) throws(MachineError) -> Value {
    guard array.type == .int64 else {
      return try Operations.numeric { () throws(ArrayError) in try reduced(.sum, array, axes: nil) }
    }
    var total = 0
    for number in array.integers { total = try Operations.checked(total.addingReportingOverflow(number)) }
    return .integer(total)
  }

  /// `sum`: whole numbers exactly, floats with the compensated summation of Neumaier, as CPython 3.12 adds them.
  private static func sum(_ iterable: Value, _ start: Value, _ machine: Machine) throws(MachineError) -> Value {
    if case .string = start { throw .init(.type, "sum() can't sum strings [use ''.join(seq) instead]") }
    if case .array(let array) = iterable, array.rank == 1 {
      if array.count == 0 { return start }
      return try Operations.binary(.add, start, sumOfElements(array))
    }
    var cursor = try Operations.iterate(iterable)
    var total = start
    var compensation = 0.0
    while let next = cursor.next() {
      try machine.spend(1)
      if case .float(let sum) = total, let number = next.asDouble {
        let x = number
        let added = sum + x
        // A whole number is added plainly, as in CPython; a float's rounding error is kept.
        if case .float = next { compensation += sum.magnitude >= x.magnitude ? (sum - added) + x : (x - added) + sum }
        total = .float(added)
      } else {
        if case .integer = total, case .float(let number) = next, let sum = total.asDouble {
          let added = sum + number
          compensation = sum.magnitude >= number.magnitude ? (sum - added) + number : (number - added) + sum
          total = .float(added)
          continue
        }
        total = try Operations.binary(.add, total, next)
        try machine.charge(total)
      }
    }
    if case .float(let sum) = total, compensation != 0, compensation.isFinite { return .float(sum + compensation) }
    return total
  }
}
