import Arrays

extension Operations {
  /// `container[index]`.
  package static func index(_ container: Value, _ index: Value) throws(MachineError) -> Value {
    switch container {
    case .list(let items):
      if case .slice = index { return .list(try slice(items, index)) }
      return items[try position(index, items.count, "list")]
    case .tuple(let items):
      if case .slice = index { return .tuple(try slice(items, index)) }
      return items[try position(index, items.count, "tuple")]
    case .string(let text):
      let scalars = Array(text.unicodeScalars)
      if case .slice = index { return .string(String(scalars: try slice(scalars, index))) }
      return .string(String(scalars[try position(index, scalars.count, "string")]))
    case .dict(let dict):
      try checkHashable(index)
      guard let value = dict[index] else { throw .init(.key, representation(index)) }
      return value
    case .range(let range):
      if case .slice(let lower, let upper, let step) = index {
        let bounds = try sliceBounds(lower, upper, step, range.count)
        let stride = try checked(range.step.multipliedReportingOverflow(by: bounds.step))
        func number(_ index: Int) throws(MachineError) -> Int {
          let distance = try checked(index.multipliedReportingOverflow(by: range.step))
          return try checked(range.start.addingReportingOverflow(distance))
        }
        return .range(RangeValue(start: try number(bounds.start), stop: try number(bounds.stop), step: stride))
      }
      return .integer(range[try position(index, range.count, "range object")])
    case .array(let array):
      let indices = try arrayIndices(index)
      let chosen = try numeric { () throws(ArrayError) in try array[indices] }
      // With dots an element is an array without axes, as in NumPy.
      let hasDots = indices.contains { if case .ellipsis = $0 { true } else { false } }
      return hasDots ? .array(chosen) : Value(unwrapping: chosen)
    case .object(let object): return try object.subscripted(index)
    default: throw .init(.type, "'\(container.typeName)' object is not subscriptable")
    }
  }

  /// `container[index] = value`, in place where the container's memory is not shared.
  package static func setIndex(_ container: inout Value, _ index: Value, _ value: Value) throws(MachineError) {
    switch Methods.Receiver(container) {
    case .list?:
      if case .slice(let lower, let upper, let step) = index {
        let replacement = try elements(of: value)
        var items = container.takeItems()
        defer { container = .list(items) }
        try replace(&items, try sliceBounds(lower, upper, step, items.count), with: replacement)
      } else {
        var items = container.takeItems()
        defer { container = .list(items) }
        items[try position(index, items.count, "list", "assignment index")] = value
      }
    case .dict?:
      try checkHashable(index)
      var dict = container.takeDict()
      defer { container = .dict(dict) }
      try checkEntries(dict.count + 1)
      dict.set(value, for: index)
    case .array?:
      let indices = try arrayIndices(index)
      var array = container.takeArray()
      defer { container = .array(array) }
      let type = array.type
      try numeric { () throws(ArrayError) in
        try array.assign(at: indices) { (shape, hasArrays) throws(ArrayError) in
          do throws(MachineError) {
            if hasArrays { return try assigned(value, as: type) }
            let hasDots = indices.contains { if case .ellipsis = $0 { true } else { false } }
            if shape.isEmpty, !hasDots { return try element(value, as: type) }
            if value.depth > shape.count { throw sequenceInElement }
            return try assigned(value, as: type)
          } catch { throw ArrayError(error) }
        }
      }
    default: throw .init(.type, "'\(container.typeName)' object does not support item assignment")
    }
  }

  private static func replace(
    _ items: inout [Value], _ bounds: (start: Int, stop: Int, step: Int, length: Int), with replacement: [Value]
  )
    throws(MachineError)
  {
    if bounds.step == 1 {
      try checkLength(items.count - bounds.length + replacement.count)
      items.replaceSubrange(bounds.start..<(bounds.start + bounds.length), with: replacement)
      return
    }
    guard replacement.count == bounds.length else {
      throw .init(.value, "attempt to assign sequence of size \(replacement.count) to extended slice of size \(bounds.length)")
    }
    for (offset, element) in replacement.enumerated() { items[bounds.start + offset * bounds.step] = element }
  }

  private static let sequenceInElement = MachineError(.value, "setting an array element with a sequence.")

  /// What is assigned to one element: a number, or what NumPy makes one of.
  private static func element(_ value: Value, as type: ElementType) throws(MachineError) -> NDArray {
    switch value {
    case .array(let array):
      guard array.rank == 0 || type == .bool && array.count == 1 else { throw sequenceInElement }
      return array
    case .list, .tuple, .range:
      if type == .bool { return NDArray(bools: [try truth(value)], shape: []) }
      throw type.isFloat ? sequenceInElement : .init(.type, "int() argument must be a number, not '\(value.typeName)'")
    default: return try assigned(value, as: type)
    }
  }

  /// What is assigned into an array: a whole number must fit the element type, a float is cut, a text is read, None is not-a-number.
  private static func assigned(_ value: Value, as type: ElementType) throws(MachineError) -> NDArray {
    switch value {
    case .array, .list, .tuple, .range: return try makeArray(value)
    case _ where type == .bool: return NDArray(bools: [try truth(value)], shape: [])
    case .none where type.isFloat: return try assigned(.float(.nan), as: type)
    case .string: return try assigned(type.isFloat ? .float(float(value)) : .integer(integer(value, base: nil)), as: type)
    default: break
    }
    guard let scalar = value.asWeakScalar else {
      throw .init(.type, "an element of an array is a number, not '\(value.typeName)'")
    }
    let cut: WeakScalar =
      if case .float(let number) = scalar, type.isInteger { .integer(try integer(truncating: number)) } else { scalar }
    return try numeric { () throws(ArrayError) in try NDArray.scalar(cut, as: type) }
  }

  /// `del container[index]` has no statement; `pop` and `remove` of lists come here.
  static func position(_ index: Value, _ count: Int, _ container: String, _ what: String = "index") throws(MachineError) -> Int {
    guard let number = index.asInteger else {
      let plural = container == "range object" ? "range" : container
      throw .init(.type, "\(plural) indices must be integers or slices, not \(index.typeName)")
    }
    let resolved = number < 0 ? number &+ count : number
    guard resolved >= 0, resolved < count else { throw .init(.index, "\(container) \(what) out of range") }
    return resolved
  }

  private static func slice<Element>(_ items: [Element], _ index: Value) throws(MachineError) -> [Element] {
    guard case .slice(let lower, let upper, let step) = index else { return items }
    let bounds = try sliceBounds(lower, upper, step, items.count)
    if bounds.step == 1 { return Array(items[bounds.start..<(bounds.start + bounds.length)]) }
    return (0..<bounds.length).map { items[bounds.start + $0 * bounds.step] }
  }

  static func sliceBounds(
    _ lower: Value, _ upper: Value, _ step: Value, _ count: Int
  ) throws(MachineError) -> (start: Int, stop: Int, step: Int, length: Int) {
    let (lower, upper, step) = (try sliceBound(lower), try sliceBound(upper), try sliceBound(step))
    return try numeric { () throws(ArrayError) in try NDArray.sliceBounds(lower: lower, upper: upper, step: step, count: count) }
  }

  private static func sliceBound(_ value: Value) throws(MachineError) -> Int? {
    if value.isNone { return nil }
    guard let number = value.asInteger else {
      throw .init(.type, "slice indices must be integers or None or have an __index__ method")
    }
    return number
  }

  package static func arrayIndices(_ index: Value) throws(MachineError) -> [ArrayIndex] {
    let parts: [Value] = if case .tuple(let items) = index { items } else { [index] }
    var indices: [ArrayIndex] = []
    for part in parts {
      switch part {
      case .integer(let number): indices.append(.integer(number))
      case .bool(let flag): indices.append(.array(NDArray(bools: [flag], shape: [])))
      case .slice(let lower, let upper, let step):
        indices.append(.slice(lower: try sliceBound(lower), upper: try sliceBound(upper), step: try sliceBound(step)))
      case .none: indices.append(.newAxis)
      case .ellipsis: indices.append(.ellipsis)
      case .array(let array): indices.append(.array(array))
      case .list, .tuple, .range:
        let array = try makeArray(part)
        indices.append(.array(array.count == 0 ? array.converted(to: .int64) : array))
      default:
        throw .init(
          .index,
          "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices")
      }
    }
    return indices
  }

  /// The values that unpacking into `before` targets, perhaps a starred one, and `after` targets gives, the starred one as a list.
  package static func unpack(_ value: Value, before: Int, hasRest: Bool, after: Int) throws(MachineError) -> [Value] {
    if case .integer = value { throw .init(.type, "cannot unpack non-iterable int object") }
    if case .float = value { throw .init(.type, "cannot unpack non-iterable float object") }
    if case .none = value { throw .init(.type, "cannot unpack non-iterable NoneType object") }
    let items = try elements(of: value)
    let wanted = before + after
    if hasRest {
      guard items.count >= wanted else {
        throw .init(.value, "not enough values to unpack (expected at least \(wanted), got \(items.count))")
      }
      return Array(items[..<before]) + [.list(Array(items[before..<(items.count - after)]))] + items[(items.count - after)...]
    }
    if items.count < wanted { throw .init(.value, "not enough values to unpack (expected \(wanted), got \(items.count))") }
    if items.count > wanted { throw .init(.value, "too many values to unpack (expected \(wanted))") }
    return items
  }
}

extension String {
  init(scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}
