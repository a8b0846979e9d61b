import Arrays
import Diagnostics
import Lambdas

/// Functions and methods that are called with tensors that are followed.
extension Interpreter {
  typealias TracedArguments = [(name: String?, meaning: Meaning)]

  /// `np.exp(x)`, `abs(x)`: a built-in called with tensors that are followed.
  func call(_ function: FunctionValue, traced given: TracedArguments, at range: SourceRange) -> Meaning {
    if case .builtin(let builtin) = function.body, builtin.namespace == .core {
      if Self.functionsOfIterables.contains(function.name) {
        return notFollowed(
          "Python's `\(function.name)` of a tensor", at: range, hint: "its parts are `x[:, 0]`, `x[:, 1]` …; its sizes `x.shape`."
        )
      }
      if ["max", "min", "any", "all", "sorted", "float", "int", "bool"].contains(function.name) {
        return notFollowed(
          "Python's `\(function.name)` of a tensor", at: range, hint: "call numpy's, element by element or along an axis.")
      }
      if function.name == "sum", let parts = given.first?.meaning.elements { return sum(of: parts, given.dropFirst(), at: range) }
    }
    return callTensors(function.name, given, at: range)
  }

  /// Python's `sum([a, b], start)`.
  private func sum(of parts: [Meaning], _ rest: TracedArguments.SubSequence, at range: SourceRange) -> Meaning {
    guard rest.count <= 1, rest.allSatisfy({ $0.name ?? "start" == "start" }) else {
      return notFollowed("`sum` with so many arguments", at: range)
    }
    guard let trace = (parts + rest.map(\.meaning)).lazy.compactMap({ $0.traced?.trace }).first else {
      return notFollowed("`sum` of lists of tensors", at: range)
    }
    // Adding the 0 that Python begins with changes no number.
    var terms = parts[...]
    guard let first = rest.first?.meaning ?? terms.popFirst() else { return .known(.integer(0)) }
    return terms.reduce(first) { sum, part in apply(.add, [sum, part], in: trace, at: range) }
  }

  /// `x.mean(axis=1)`, `x.reshape(-1, 3)`.
  func call(_ method: String, of tensor: TracedTensor, _ given: TracedArguments, at range: SourceRange) -> Meaning {
    var rest = given
    if ["reshape", "transpose"].contains(method), given.count > 1, given.allSatisfy({ $0.name == nil }) {
      rest = [(nil, .makeTuple(given.map(\.meaning)))]
    }
    return callTensors(method, [(nil, .object(tensor))] + rest, at: range)
  }

  /// A function of tensors by the name under which some module has it.
  func callTensors(_ name: String, _ given: TracedArguments, at range: SourceRange) -> Meaning {
    guard let call = TensorCall.named(name) else {
      return notFollowed(
        "`\(name)` of a tensor", at: range,
        hint: "tensors know numpy's functions of each element, reductions, `where`, `matmul`, `reshape` and their like.")
    }
    var named: [String: Meaning] = [:]
    var open = (call.tensors + call.settings)[...]
    for (key, meaning) in given {
      guard let key else {
        guard let next = open.popFirst() else { return notFollowed("`\(name)` with so many arguments", at: range) }
        named[next] = meaning
        continue
      }
      let meant = call.settings.contains(key) || call.tensors.contains(key) ? key : TensorCall.otherNames[key] ?? key
      guard call.settings.contains(meant) || call.tensors.contains(meant) else {
        if key == "name" || (key == "dtype" && meaning.value.map(Self.isFloat) ?? false) { continue }
        return notFollowed("`\(name)` with `\(key)=`", at: range)
      }
      named[meant] = meaning
      open.removeAll { $0 == meant }
    }
    let operands = call.tensors.compactMap { named[$0] }
    guard operands.count == call.tensors.count else { return notFollowed("`\(name)` with so few arguments", at: range) }
    let all = operands.flatMap { $0.traced == nil ? $0.elements ?? [] : [$0] } + operands
    guard let trace = all.lazy.compactMap({ $0.traced?.trace }).first else {
      return notFollowed("`\(name)` of these values", at: range)
    }
    var settings: [String: Value] = [:]
    for key in call.settings {
      guard let meaning = named[key] else { continue }
      guard let value = meaning.value else {
        trace.isOpen = true
        return .unknown(.any)
      }
      if key == "keepdims", case .integer(let number) = value, (0...1).contains(number) {
        settings[key] = .bool(number == 1)
      } else {
        settings[key] = value
      }
    }
    return apply(call, operands, settings, in: trace, at: range)
  }

  private static func isFloat(_ dtype: Value) -> Bool { dtype.isNone || (try? Operations.elementType(dtype).isFloat) ?? false }

  /// A call whose arguments are in their places.
  private func apply(
    _ call: TensorCall, _ operands: [Meaning], _ settings: [String: Value], in trace: TensorTrace, at range: SourceRange
  ) -> Meaning {
    let name = call.name
    if let operation = call.operation {
      var settings = settings
      if settings["axis"] == nil, [.argmax, .argmin, .cumsum].contains(operation) {
        return notFollowed("`\(name)` of all elements of a batch", at: range, hint: "say the axis: `axis=-1`.")
      }
      if operation == .concatenate || operation == .stack {
        settings["axis"] = settings["axis"] ?? .integer(0)
        return apply(operation, operands[0].elements ?? [operands[0]], settings, in: trace, at: range)
      }
      return apply(operation, operands, settings, in: trace, at: range)
    }
    func one(_ operation: TensorOperation, _ x: Meaning) -> Meaning { apply(operation, [x], in: trace, at: range) }
    func two(_ operation: TensorOperation, _ a: Meaning, _ b: Meaning) -> Meaning {
      apply(operation, [a, b], in: trace, at: range)
    }
    func along(_ operation: TensorOperation, _ x: Meaning, keeps: Bool? = nil) -> Meaning {
      let keepdims = keeps.map(Value.bool) ?? settings["keepdims"] ?? .bool(false)
      return apply(operation, [x], ["axis": settings["axis"] ?? .none, "keepdims": keepdims], in: trace, at: range)
    }
    let x = operands[0]
    switch name {
    case "rsqrt": return two(.divide, .known(.float(1)), one(.sqrt, x))
    case "reciprocal": return two(.divide, .known(.float(1)), x)
    case "zeros_like": return two(.multiply, x, .known(.float(0)))
    case "ones_like": return two(.add, two(.multiply, x, .known(.float(0))), .known(.float(1)))
    case "squared_difference": return one(.square, two(.subtract, x, operands[1]))
    case "asarray": return x
    case "sigmoid": return two(.divide, .known(.float(1)), two(.add, .known(.float(1)), one(.exp, one(.negative, x))))
    case "shape": return x.traced.map { .known($0.shape.value) } ?? .poisoned
    case "cast":
      let dtype = settings["dtype"] ?? .none
      if let type = try? Operations.elementType(dtype) {
        if type.isFloat { return x.traced.map { .object(TracedTensor(trace, $0.index, as: .float32)) } ?? x }
        return type == .bool ? two(.notEqual, x, .known(.float(0))) : one(.trunc, x)
      }
      // Types that arrays here do not have are known by their kind.
      guard let name = dtype.asString, let kind = ["float", "bfloat", "int", "uint"].first(where: name.hasPrefix) else {
        return notFollowed("a cast to `\(Operations.representation(dtype))`", at: range)
      }
      return kind.hasSuffix("float") ? x : one(.trunc, x)
    case "round":
      let decimals = settings["decimals"] ?? .integer(0)
      guard case .integer(let places) = decimals, (-38...38).contains(places) else {
        return notFollowed("rounding to `\(Operations.representation(decimals))` places", at: range)
      }
      if places == 0 { return one(.rint, x) }
      var scale = 1.0
      for _ in 0..<abs(places) { scale *= 10 }
      let (there, back): (TensorOperation, TensorOperation) = places > 0 ? (.multiply, .divide) : (.divide, .multiply)
      return two(back, one(.rint, two(there, x, .known(.float(scale)))), .known(.float(scale)))
    case "clip":
      var result = x
      if let bound = settings["x_min"], !bound.isNone { result = two(.maximum, result, .known(bound)) }
      if let bound = settings["x_max"], !bound.isNone { result = two(.minimum, result, .known(bound)) }
      return result
    case "logsumexp":
      let top = along(.max, x, keeps: true)
      let rest = one(.log, along(.sum, one(.exp, two(.subtract, x, top))))
      return two(.add, rest, along(.max, x))
    case "norm":
      guard settings["ord"]?.isNone ?? true || ["euclidean"].contains(settings["ord"]?.asString) || settings["ord"]?.asDouble == 2
      else { return notFollowed("a norm of order `\(Operations.representation(settings["ord"] ?? .none))`", at: range) }
      return one(.sqrt, along(.sum, one(.square, x)))
    case "normalize":
      let axis = settings["axis"] ?? .integer(-1)
      let sum = apply(.sum, [one(.square, x)], ["axis": axis, "keepdims": .bool(true)], in: trace, at: range)
      return two(.divide, x, one(.sqrt, two(.maximum, sum, .known(.float(1e-12)))))
    case "dot":
      guard let b = operands[1].traced?.shape.rank ?? operands[1].value.flatMap({ (try? Operations.makeArray($0))?.rank }), b <= 2
      else { return notFollowed("`dot` with a second factor of more than two axes", at: range, hint: "call `matmul`.") }
      return traced(.matrixMultiply, x, operands[1], at: range) ?? .poisoned
    default: break
    }
    guard let tensor = x.traced else { return notFollowed("`\(name)` of these values", at: range) }
    if name == "split" { return split(tensor, settings, at: range) }
    return gives(at: range) { () throws(ShapeError) in try self.rearranged(tensor, by: name, settings) }
  }

  // MARK: Shapes

  /// Functions that put the elements of a tensor into other places.
  private func rearranged(_ tensor: TracedTensor, by name: String, _ settings: [String: Value]) throws(ShapeError) -> TracedTensor
  {
    let rank = tensor.shape.rank
    func axis(_ value: Value?, _ otherwise: Int? = nil) throws(ShapeError) -> Int {
      guard let number = value?.asInteger ?? otherwise else { throw ShapeError("calls `\(name)` along no axis") }
      return number
    }
    func axes(_ value: Value?) throws(ShapeError) -> [Int] {
      guard let value, !value.isNone else { throw ShapeError("calls `\(name)` along no axis") }
      if case .integer(let number) = value { return [number] }
      return try places(value)
    }
    switch name {
    case "reshape": return try tensor.trace.add(.reshape, [tensor], ["shape": settings["shape"] ?? .none])
    case "transpose":
      let given = TensorOperation.integers(settings["axes"])
      let order = given.isEmpty ? Array((0..<rank).reversed()) : given.map { $0 < 0 ? $0 + rank : $0 }
      return try transposed(tensor, order)
    case "swapaxes", "moveaxis":
      let from = try tensor.shape.axis(try axis(settings["source"]))
      let to = try tensor.shape.axis(try axis(settings["destination"]))
      var order = Array(0..<rank)
      if name == "swapaxes" { order.swapAt(from, to) } else { order.insert(order.remove(at: from), at: to) }
      return try transposed(tensor, order)
    case "expand_dims":
      let numbers = try axes(settings["axis"])
      let places = numbers.map { $0 < 0 ? $0 + rank + numbers.count : $0 }
      guard Set(places).count == places.count else { throw ShapeError("puts two axes in one place") }
      return try tensor.trace.add(.expand, [tensor], Self.axes(places.sorted()))
    case "squeeze":
      let ones = tensor.shape.dimensions.indices.filter { tensor.shape.dimensions[$0] == .size(1) }
      var places: Set<Int> = []
      for number in settings["axis"]?.isNone ?? true ? ones : try axes(settings["axis"]) {
        places.insert(try tensor.shape.axis(number))
      }
      return try tensor.trace.add(.squeeze, [tensor], Self.axes(places.sorted()))
    case "flip":
      let place = try tensor.shape.exampleAxis(try axis(settings["axis"]), "turns a tensor round")
      let size = try size(of: place, of: tensor)
      try Self.checkPlaces(size)
      return try picked(tensor, axis: place, Array((0..<size).reversed()))
    case "take":
      let place = try tensor.shape.exampleAxis(try axis(settings["axis"]), "takes elements")
      return try picked(tensor, axis: place, try places(settings["indices"] ?? .none))
    case "repeat":
      let place = try tensor.shape.exampleAxis(try axis(settings["axis"]), "repeats elements")
      guard let count = settings["repeats"]?.asInteger, count > 0 else { throw ShapeError("repeats elements no number of times") }
      let size = try size(of: place, of: tensor)
      if count == 1 { return tensor }
      // Each element begins a part and its last copy is one with the next element.
      let (parts, isTooMany) = size.multipliedReportingOverflow(by: count - 1)
      try Self.checkPlaces(isTooMany || parts == .max ? .max : parts + 1)
      return try picked(tensor, axis: place, (0..<size).flatMap { [Int](repeating: $0, count: count) })
    default: throw ShapeError("calls `\(name)`, which tensors do not know")
    }
  }

  private func transposed(_ tensor: TracedTensor, _ order: [Int]) throws(ShapeError) -> TracedTensor {
    try tensor.trace.add(.transpose, [tensor], Self.axes(order))
  }

  static func axes(_ places: [Int]) -> [String: Value] { ["axes": .list(places.map(Value.integer))] }

  /// `np.split(x, 2, axis=1)`: parts of equal size, or between the places of a list.
  private func split(_ tensor: TracedTensor, _ settings: [String: Value], at range: SourceRange) -> Meaning {
    var parts: [Meaning] = []
    let whole = gives(at: range) { () throws(ShapeError) in
      let place = try tensor.shape.exampleAxis(settings["axis"]?.asInteger ?? 0, "splits a tensor")
      let size = try self.size(of: place, of: tensor)
      var cuts: [Int] = []
      let wanted = settings["indices_or_sections"] ?? .none
      if case .integer(let count) = wanted {
        guard (1...Self.mostPlaces).contains(count), size % count == 0 else {
          throw ShapeError("splits an axis of \(size) into \(count) equal parts")
        }
        cuts = (1..<count).map { $0 * (size / count) }
      } else {
        cuts = try self.places(wanted)
        try Self.checkPlaces(cuts.count)
      }
      for (start, stop) in zip([0] + cuts, cuts + [size]) {
        parts.append(.object(try self.part(of: tensor, axis: place, from: start, to: stop)))
      }
      return tensor
    }
    return whole.isPoisoned ? .poisoned : .makeList(parts)
  }

  // MARK: Activations

  /// `activations.gelu(x)`: an activation of the catalog on a tensor.
  func activate(_ entry: Entry, _ tensor: TracedTensor, _ rest: [GivenArgument], at range: SourceRange) throws(Interruption)
    -> Meaning
  {
    if entry.name == "glu" {
      return notFollowed("`glu` of a tensor", at: range, hint: "`a, b = np.split(x, 2, axis=-1)` has its halves.")
    }
    let call = try bind(rest, to: Array(entry.settings), of: entry.name, at: range)
    if call.isPoisoned { return .poisoned }
    if !call.missing.isEmpty {
      tensor.trace.isOpen = true
      return .unknown(.any)
    }
    let configured = Configured(entry, call.arguments, range: range)
    return gives(at: range) { () throws(ShapeError) in
      try tensor.trace.add(.activation, [tensor], configured.activationSettings)
    }
  }
}
