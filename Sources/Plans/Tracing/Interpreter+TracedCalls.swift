import Arrays
import Diagnostics
import Lambdas

/// Functions and methods that are called with tensors that are followed.
extension Interpreter {
  typealias TracedArguments = [(name: String?, meaning: Meaning)]

  /// `np.exp(x)`, `abs(x)`: a built-in called with tensors that are followed.
  func call(_ function: FunctionValue, traced given: TracedArguments, at range: SourceRange) -> Meaning {
    if case .builtin(let builtin) = function.body, builtin.namespace == .core {
      if ["max", "min", "any", "all", "len", "sorted", "float", "int", "bool"].contains(function.name) {
        return notFollowed(
          "Python's `\(function.name)` of a tensor", at: range, hint: "call numpy's, element by element or along an axis.")
      }
      if function.name == "sum", let parts = given.first?.meaning.elements, let first = parts.first {
        return parts.dropFirst().reduce(first) { sum, part in traced(.add, sum, part, at: range) ?? .poisoned }
      }
    }
    return callTensors(function.name, given, at: range)
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
      settings[key] = value
    }
    return apply(call.name, operands, settings, in: trace, at: range)
  }

  private static func isFloat(_ dtype: Value) -> Bool { dtype.isNone || ["float32", "float"].contains(dtype.asString) }

  /// A call whose arguments are in their places.
  private func apply(
    _ name: String, _ operands: [Meaning], _ settings: [String: Value], in trace: TensorTrace, at range: SourceRange
  ) -> Meaning {
    if let operation = Self.operation(named: name) {
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
      guard let type = settings["dtype"]?.asString else { return notFollowed("a cast to no type", at: range) }
      if type.hasPrefix("float") || type == "double" { return x }
      return type == "bool" ? two(.notEqual, x, .known(.float(0))) : one(.trunc, x)
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

  private static func operation(named name: String) -> TensorOperation? {
    let other: [String: TensorOperation] = [
      "logical_and": .logicalAnd, "logical_or": .logicalOr, "logical_not": .logicalNot, "floor_divide": .floorDivide,
      "not_equal": .notEqual, "less_equal": .lessEqual, "greater_equal": .greaterEqual,
    ]
    if let other = other[name] { return other }
    guard let known = TensorOperation(rawValue: name), known != .matmul else { return name == "matmul" ? .matmul : nil }
    return [.numbers, .slice, .element, .activation, .reshape, .transpose, .squeeze, .expand].contains(known) ? nil : known
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
      let number = try axis(settings["axis"])
      return try tensor.trace.add(.expand, [tensor], Self.axes([number < 0 ? number + rank + 1 : number]))
    case "squeeze":
      let ones = tensor.shape.dimensions.indices.filter { tensor.shape.dimensions[$0] == .size(1) }
      let places = settings["axis"]?.isNone ?? true ? ones : [try tensor.shape.axis(try axis(settings["axis"]))]
      return try tensor.trace.add(.squeeze, [tensor], Self.axes(places))
    case "flip":
      let place = try tensor.shape.exampleAxis(try axis(settings["axis"]), "turns a tensor round")
      return try picked(tensor, axis: place, Array((0..<(try size(of: place, of: tensor))).reversed()))
    case "take":
      let place = try tensor.shape.exampleAxis(try axis(settings["axis"]), "takes elements")
      return try picked(tensor, axis: place, try places(settings["indices"] ?? .none))
    case "repeat":
      let place = try tensor.shape.exampleAxis(try axis(settings["axis"]), "repeats elements")
      guard let count = settings["repeats"]?.asInteger, count > 0 else { throw ShapeError("repeats elements no number of times") }
      let size = try size(of: place, of: tensor)
      guard count <= Self.mostPlaces else { throw ShapeError("repeats elements \(count) times, more than \(Self.mostPlaces)") }
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
      var cuts = TensorOperation.integers(settings["indices_or_sections"])
      if let count = settings["indices_or_sections"]?.asInteger {
        guard (1...Self.mostPlaces).contains(count), size % count == 0 else {
          throw ShapeError("splits an axis of \(size) into \(count) equal parts")
        }
        cuts = (1..<count).map { $0 * (size / count) }
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
