import Arrays
import Diagnostics
import Lambdas
import Syntax

/// Functions of the script that compute on tensors: followed once, with tensors in place of their arguments, so that every operation is
/// known and a network can compute it.
extension Interpreter {
  /// What following a function came to.
  enum Following {
    case known
    /// Something in it only the run will know.
    case open
    /// It cannot be, which has been told.
    case failed
  }

  /// Follows the function of a `Lambda` layer for tensors of these shapes and gives the layer what it does.
  func follow(_ layer: Configured, on inputs: [TensorSpec], asList: Bool, at range: SourceRange) throws(Interruption) -> Following
  {
    if let made = layer.written["function"]?.tensorFunction {
      // Read from a file, or made of an operation between layers.
      guard made.inputCount != inputs.count else { return .known }
      return tell(.notFollowed("a function of \(made.inputCount) tensors from \(inputs.count)", at: range))
    }
    let place = layer.argumentRanges["function"] ?? layer.range ?? range
    guard layer.arguments["mask"]?.isNone ?? true else {
      return tell(.notFollowed("the `mask` of a `Lambda`", at: range, hint: "masks end at a `Lambda`; leave `mask` out."))
    }
    let trace = TensorTrace(inputs)
    let tensors = trace.inputs.map { Meaning.object($0) }
    let errors = errorCount
    let result = try call(layer, with: tensors.count == 1 && !asList ? tensors[0] : .makeList(tensors), in: trace, at: place)
    if result.isPoisoned || errorCount > errors { return .failed }
    if trace.isOpen { return .open }
    guard let output = result.traced ?? result.value.flatMap({ try? trace.numbers($0) }) else {
      return tell(.notFollowed("\(result.shownText), which a function gives instead of a tensor", at: place))
    }
    let followed = TensorFunction(
      inputCount: inputs.count, steps: trace.steps, result: output.index, text: layer.written["function"]?.planText ?? "function")
    if let earlier = layer.followed {
      if followed.computesSame(as: earlier) { return .known }
      if let use = state.builds[ObjectIdentifier(layer)] {
        report(.followedTwice(layer.entry.name, at: range, first: use.range))
        return .failed
      }
    }
    let before = layer.arguments["function"] ?? .none
    undoable { layer.settle(["function": before]) }
    layer.settle(["function": .object(followed)])
    return .known
  }

  /// What the function of a layer gives for tensors that are followed.
  private func call(_ layer: Configured, with tensors: Meaning, in trace: TensorTrace, at place: SourceRange) throws(Interruption)
    -> Meaning
  {
    var given = [GivenArgument(nil, tensors, place)]
    if case .dict(let extra)? = layer.written["arguments"] {
      for (key, value) in zip(extra.keys, extra.values) {
        if let name = key.asString { given.append(GivenArgument(Name(name, place), .known(value), place)) }
      }
    }
    switch layer.written["function"] {
    case .object(let function as ScriptFunction): return try callFunction(function, given, at: place)
    case .function(let function): return call(function, traced: [(nil, tensors)], at: place)
    case .object(let function as TensorFunctionReference): return callTensors(function.name, [(nil, tensors)], at: place)
    case .object(let object as Configured) where object.entry.role == .activation:
      return gives(at: place) { () throws(ShapeError) in try trace.add(.activation, trace.inputs, object.activationSettings) }
    case .object(let object as EntryReference):
      guard let entry = object.entries.first(where: { $0.role == .activation }), let tensor = tensors.traced else { break }
      return try activate(entry, tensor, [], at: place)
    default: break
    }
    let function = Meaning.known(layer.written["function"] ?? .none)
    return notFollowed("\(function.shownText), which is no function of a tensor", at: place)
  }

  private func tell(_ finding: Finding) -> Following {
    report(finding)
    return .failed
  }

  private var errorCount: Int { findings.all.count { $0.severity == .error } }

  /// The tensor that an operation gives; poisoned after telling why it cannot be.
  func gives(at range: SourceRange, _ body: () throws(ShapeError) -> TracedTensor) -> Meaning {
    do { return .object(try body()) } catch {
      report(.impossibleOperation(error, at: range))
      return .poisoned
    }
  }

  /// Tells what no network computes.
  func notFollowed(_ what: String, at range: SourceRange, hint: String? = nil) -> Meaning {
    report(.notFollowed(what, at: range, hint: hint))
    return .poisoned
  }

  // MARK: Operators

  private static let operators: [BinaryOperator: TensorOperation] = [
    .add: .add, .subtract: .subtract, .multiply: .multiply, .divide: .divide, .floorDivide: .floorDivide, .modulo: .mod,
    .power: .power, .matrixMultiply: .matmul, .and: .logicalAnd, .or: .logicalOr,
  ]

  static let comparisons: [ComparisonOperator: TensorOperation] = [
    .less: .less, .lessOrEqual: .lessEqual, .greater: .greater, .greaterOrEqual: .greaterEqual, .equal: .equal,
    .notEqual: .notEqual,
  ]

  /// `a op b` where one is a tensor that is followed; nil where none is.
  func traced(_ op: BinaryOperator, _ left: Meaning, _ right: Meaning, at range: SourceRange) -> Meaning? {
    guard let trace = left.traced?.trace ?? right.traced?.trace else { return nil }
    guard let operation = Self.operators[op] else { return notFollowed("`\(op.rawValue)`", at: range) }
    if operation == .logicalAnd || operation == .logicalOr, !left.isLogical || !right.isLogical {
      return notFollowed("`\(op.rawValue)` of the bits of numbers", at: range, hint: Self.logicalHint(op.rawValue))
    }
    if operation == .matmul, right.rank == 1 {
      if let tensor = left.traced, let matrix = tensor.shape.dimensions.last, let vector = right.length, matrix != vector {
        return gives(at: range) { () throws(ShapeError) in
          throw ShapeError("multiplies a tensor of shape \(tensor.shape.text) by a vector of another length than its last axis")
        }
      }
      // A matrix and a vector: each row's sum of products.
      let products = apply(.multiply, [left, right], in: trace, at: range)
      return products.isPoisoned ? products : apply(.sum, [products], ["axis": .integer(-1)], in: trace, at: range)
    }
    return apply(operation, [left, right], in: trace, at: range)
  }

  func traced(_ op: ComparisonOperator, _ left: Meaning, _ right: Meaning, at range: SourceRange) -> Meaning? {
    guard let trace = left.traced?.trace ?? right.traced?.trace else { return nil }
    if op == .isSame || op == .isNotSame { return .known(.bool((left.traced === right.traced) == (op == .isSame))) }
    if left.value?.isNone ?? false || right.value?.isNone ?? false {
      return .known(.bool(op == .notEqual))
    }
    guard let operation = Self.comparisons[op] else { return notFollowed("`\(op.rawValue)`", at: range) }
    return apply(operation, [left, right], in: trace, at: range)
  }

  private static func logicalHint(_ op: String) -> String { "it joins comparisons, as in `(x > 0) \(op) (x < 1)`." }

  func traced(_ op: UnaryOperator, _ operand: Meaning, at range: SourceRange) -> Meaning? {
    guard let tensor = operand.traced else { return nil }
    switch op {
    case .plus: return operand
    case .minus: return apply(.negative, [operand], in: tensor.trace, at: range)
    case .invert:
      guard tensor.type == .bool else {
        return notFollowed("`~` of the bits of numbers", at: range, hint: "it turns truth round, as in `~(x > 0)`.")
      }
      return apply(.logicalNot, [operand], in: tensor.trace, at: range)
    case .not: return notFollowed("`not`", at: range, hint: "write `~x`, which is taken element by element.")
    }
  }

  /// An operation on tensors that are followed and numbers of the script; open where a number is not known yet.
  func apply(
    _ operation: TensorOperation, _ operands: [Meaning], _ settings: [String: Value] = [:], in trace: TensorTrace,
    at range: SourceRange
  ) -> Meaning {
    if operands.contains(where: \.isPoisoned) { return .poisoned }
    if operands.contains(where: { $0.traced == nil && $0.value == nil }) {
      trace.isOpen = true
      return .unknown(.any)
    }
    return gives(at: range) { () throws(ShapeError) in
      if operation.isArithmetic, let whole = operands.first(where: { $0.traced?.isWholeInput ?? false })?.traced {
        self.tellWholeNumbers(whole.type, at: range)
      }
      var tensors: [TracedTensor] = []
      for operand in operands {
        if let tensor = operand.traced {
          tensors.append(tensor)
        } else {
          tensors.append(try trace.numbers(operand.value ?? .none))
        }
      }
      return try trace.add(operation, tensors, settings)
    }
  }

  /// Told once: arithmetic with whole numbers is float32's.
  private func tellWholeNumbers(_ type: ElementType, at range: SourceRange) {
    if state.hasWholeNumbers { return }
    state.hasWholeNumbers = true
    report(.wholeNumbersRounded(type.rawValue, at: range))
  }

  /// Told where a condition is a tensor: which way to go would differ from example to example.
  func tellTracedCondition(at range: SourceRange) {
    report(
      .notFollowed(
        "a branch on a tensor", at: range, hint: "write `np.where(condition, a, b)`, which chooses element by element."))
  }

  // MARK: Indices

  /// `x[:, 0]`, `x[..., 1:3]`, `x[:, None]`: a part of a tensor. The batch stays whole.
  func traced(_ tensor: TracedTensor, index: Meaning, at range: SourceRange) -> Meaning {
    let items: [Meaning] = if case .known(.tuple(let values)) = index { values.map(Meaning.known) } else { [index] }
    if items.contains(where: { $0.value == nil }) {
      if items.contains(where: \.holdsTraced) {
        return notFollowed(
          "an index that is a tensor", at: range, hint: "`np.where(condition, a, b)` chooses element by element.")
      }
      tensor.trace.isOpen = true
      return .unknown(.any)
    }
    return gives(at: range) { () throws(ShapeError) in
      var result = tensor
      var axis = 0
      let taken = items.count { !$0.isNewAxis && !$0.isEllipsis }
      for item in items.compactMap(\.value) {
        switch item {
        case .ellipsis: axis += max(tensor.shape.rank - taken, 0)
        case .none:
          result = try tensor.trace.add(.expand, [result], Self.axes([axis]))
          axis += 1
        case .integer(let place):
          result = try tensor.trace.add(.element, [result], ["axis": .integer(axis), "place": .integer(place)])
        case .slice(let lower, let upper, let step):
          result = try part(of: result, axis: axis, lower, upper, step)
          axis += 1
        case let list:
          guard axis > 0 else { throw ShapeError("takes examples of the batch", hint: "begin with `:`, as in `x[:, [0, 2]]`.") }
          result = try picked(result, axis: axis, try places(list))
          axis += 1
        }
      }
      guard axis <= result.shape.rank else {
        throw ShapeError("indexes a tensor of shape \(tensor.shape.text) along more axes than it has")
      }
      return result
    }
  }

  private func part(of tensor: TracedTensor, axis: Int, _ lower: Value, _ upper: Value, _ step: Value) throws(ShapeError)
    -> TracedTensor
  {
    let stride = step.asInteger ?? 1
    if lower.isNone, upper.isNone, stride == 1 { return tensor }
    let size = try size(of: axis, of: tensor)
    guard stride != 0 else { throw ShapeError("takes elements in steps of 0") }
    func bound(_ value: Value, _ otherwise: Int) -> Int {
      guard let place = value.asInteger else { return otherwise }
      let fromStart = place < 0 ? place + size : place
      return stride > 0 ? min(max(fromStart, 0), size) : min(max(fromStart, -1), size - 1)
    }
    let (start, stop) = (bound(lower, stride > 0 ? 0 : size - 1), bound(upper, stride > 0 ? size : -1))
    if stride == 1 { return try part(of: tensor, axis: axis, from: start, to: stop) }
    let distance = stop - start
    let isEmpty = distance == 0 || (distance < 0) != (stride < 0)
    try Self.checkPlaces(isEmpty ? 0 : Int(clamping: (distance.magnitude - 1) / stride.magnitude + 1))
    return try picked(tensor, axis: axis, Array(Swift.stride(from: start, to: stop, by: stride)))
  }

  /// The elements of an axis from one to before another.
  func part(of tensor: TracedTensor, axis: Int, from start: Int, to stop: Int) throws(ShapeError) -> TracedTensor {
    try tensor.trace.add(.slice, [tensor], ["axis": .integer(axis), "start": .integer(start), "stop": .integer(stop)])
  }

  /// How many single elements of an axis are put together at most; each is an operation.
  static let mostPlaces = 1_024

  /// Throws where so many single elements cannot be put together; asked before they are listed.
  static func checkPlaces(_ count: Int) throws(ShapeError) {
    guard (1...mostPlaces).contains(count) else {
      throw ShapeError("puts \(count) parts of an axis together; 1 to \(mostPlaces) can be")
    }
  }

  /// Elements of an axis in any order: runs of neighbours, joined.
  func picked(_ tensor: TracedTensor, axis: Int, _ places: [Int]) throws(ShapeError) -> TracedTensor {
    let size = try size(of: axis, of: tensor)
    var runs: [Range<Int>] = []
    for number in places {
      let place = number < 0 ? number + size : number
      guard (0..<size).contains(place) else { throw ShapeError("takes element \(number) of an axis of \(size)") }
      if let last = runs.last, last.upperBound == place {
        runs[runs.count - 1] = last.lowerBound..<place + 1
      } else {
        runs.append(place..<place + 1)
      }
    }
    try Self.checkPlaces(runs.count)
    var parts: [TracedTensor] = []
    for run in runs { parts.append(try part(of: tensor, axis: axis, from: run.lowerBound, to: run.upperBound)) }
    return parts.count == 1 ? parts[0] : try tensor.trace.add(.concatenate, parts, ["axis": .integer(axis)])
  }

  /// The places that a list or an array of whole numbers names.
  func places(_ value: Value) throws(ShapeError) -> [Int] {
    let numbers: [Int?] =
      switch value {
      case .list(let values), .tuple(let values): values.map { if case .integer(let number) = $0 { number } else { nil } }
      case .array(let array) where array.rank == 1 && ![.float32, .float64, .bool].contains(array.type):
        array.doubles.map { Int(exactly: $0) }
      default: [nil]
      }
    guard !numbers.isEmpty, !numbers.contains(nil) else {
      throw ShapeError(
        "is indexed by `\(Operations.representation(value))`; whole numbers, slices and lists of whole numbers index tensors")
    }
    return numbers.compactMap { $0 }
  }

  func size(of axis: Int, of tensor: TracedTensor) throws(ShapeError) -> Int {
    guard tensor.shape.dimensions.indices.contains(axis) else {
      throw ShapeError("indexes a tensor of shape \(tensor.shape.text) along more axes than it has")
    }
    switch tensor.shape.dimensions[axis] {
    case .size(let size): return size
    case .batch: throw ShapeError("takes a part of the batch", hint: "begin with `:`, as in `x[:, 0]`.")
    case .open: throw ShapeError("takes a part of an axis whose size is open")
    }
  }
}

extension Configured {
  /// The class that a layer goes by: for an operation between layers Keras's name of it, `Add` for `a + b`.
  var className: String { followed?.kerasOperation?.className ?? entry.name }

  /// What its function does, once that has been followed.
  package var followed: TensorFunction? {
    arguments["function"]?.tensorFunction
  }

  /// What an activation's step in a function holds.
  package var activationSettings: [String: Value] {
    var settings: [String: Value] = ["name": .string(entry.name)]
    for parameter in entry.settings { settings[parameter.name] = arguments[parameter.name] ?? parameter.defaultValue }
    return settings
  }
}

extension Value {
  /// The followed function that it is, if it is one.
  fileprivate var tensorFunction: TensorFunction? {
    if case .object(let object) = self { object as? TensorFunction } else { nil }
  }
}

extension Meaning {
  /// How many axes it has, as far as it is a tensor that is followed, an array or a list of numbers.
  fileprivate var rank: Int? {
    if let traced { return traced.shape.rank }
    return numbers?.rank
  }
  /// The first of its axes.
  fileprivate var length: TracedShape.Dimension? {
    if let traced { return traced.shape.dimensions.first }
    return numbers?.shape.first.map { .size($0) }
  }
  private var numbers: NDArray? {
    switch self {
    case .known(.array(let array)): array
    case .known(let value) where elements != nil: try? Operations.makeArray(value)
    default: nil
    }
  }
  /// Whether it holds truth values, which `&`, `|` and `~` are for.
  fileprivate var isLogical: Bool {
    if let traced { return traced.type == .bool }
    switch self {
    case .known(.bool), .unknown: return true
    default: return numbers?.type == .bool
    }
  }
  fileprivate var isNewAxis: Bool { if case .known(.none) = self { true } else { false } }
  fileprivate var isEllipsis: Bool { if case .known(.ellipsis) = self { true } else { false } }
}
