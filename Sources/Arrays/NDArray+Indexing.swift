/// One part of what stands between an array's brackets.
package enum ArrayIndex: Sendable {
  case integer(Int)
  /// `lower:upper:step`; nil where left out.
  case slice(lower: Int?, upper: Int?, step: Int?)
  case newAxis
  case ellipsis
  /// An array of whole numbers, or of truth values that choose elements.
  case array(NDArray)
}

extension NDArray {
  /// `array[indices]`: NumPy's basic and advanced indexing.
  package subscript(indices: [ArrayIndex]) -> NDArray {
    get throws(ArrayError) {
      let selection = try Selection(indices, of: shape)
      if let error = selection.mismatch ?? selection.outside { throw error }
      if selection.chosen == nil {
        return gathered(shape: selection.before.map(\.count), strides: selection.before.map(\.stride), offset: selection.offset)
      }
      _ = try Self.count(of: selection.shape)
      var result = NDArray(type, shape: selection.shape)
      let size = type.size
      let source = UnsafeRawPointer(storage.bytes.baseAddress!)
      if result.count > 0 {
        result.withMutableElements(as: UInt8.self) { out in
          var target = UnsafeMutableRawPointer(out.baseAddress!)
          selection.forEachRun { offset, length in
            target.copyMemory(from: source + offset * size, byteCount: length * size)
            target += length * size
          }
        }
      }
      return result
    }
  }

  /// The shape that `array[indices]` has for an array of a shape, whose unknown extents are nil; nil where an index array needs one of
  /// them.
  package static func shape(of shape: [Int?], at indices: [ArrayIndex]) throws(ArrayError) -> [Int?]? {
    let known = shape.compactMap { $0 }
    if known.count == shape.count {
      let selection = try Selection(indices, of: known)
      if let error = selection.mismatch { throw error }
      return selection.shape
    }
    var result: [Int?] = []
    var rest = shape[...]
    let taken = indices.count { index in
      switch index {
      case .integer, .slice, .array: true
      case .newAxis, .ellipsis: false
      }
    }
    guard taken <= shape.count else { return nil }
    for index in indices {
      switch index {
      case .array: return nil
      case .newAxis: result.append(1)
      case .ellipsis:
        let count = shape.count - taken
        result += rest.prefix(count)
        rest = rest.dropFirst(count)
      case .integer: rest = rest.dropFirst()
      case .slice:
        let extent = rest.removeFirst()
        result.append(try extent.map { extent throws(ArrayError) in try Selection([index], of: [extent]).shape[0] })
      }
    }
    return result + rest
  }

  /// `array[indices] = value`: the value is converted to this array's type and stretched to the selection's shape.
  package mutating func assign(_ value: NDArray, at indices: [ArrayIndex]) throws(ArrayError) {
    try assign(at: indices) { _, _ in value }
  }

  /// The same of a value that is made once the indices are known to be fit for this array, for the shape that they choose and whether index
  /// arrays are among them; that those have no shape together is told after the value's errors, the numbers in them are looked at last.
  package mutating func assign(
    at indices: [ArrayIndex], _ make: (_ shape: [Int], _ hasArrays: Bool) throws(ArrayError) -> NDArray
  ) throws(ArrayError) {
    let selection = try Selection(indices, of: shape)
    let target = selection.shape
    var trimmed = try make(target, selection.chosen != nil)
    if let error = selection.mismatch { throw error }
    if indices.count == 1, case .array(let mask) = indices[0], mask.type == .bool, mask.rank == rank, trimmed.rank > 1 {
      throw .type(
        "assignment to elements chosen by truth values requires a 0 or 1-dimensional input, not \(trimmed.rank) dimensions")
    }
    while trimmed.rank > target.count, trimmed.shape.first == 1 { trimmed = try trimmed.squeezed([0]) }
    let stretched = try trimmed.converted(to: type).broadcast(to: target)
    if let error = selection.outside { throw error }
    if stretched.count == 0 { return }
    let size = type.size
    var source = stretched.rawBytes.baseAddress!
    withMutableElements(as: UInt8.self) { elements in
      let base = UnsafeMutableRawPointer(elements.baseAddress!)
      selection.forEachRun { offset, length in
        (base + offset * size).copyMemory(from: source, byteCount: length * size)
        source += length * size
      }
    }
  }

  /// The element at whole-number indices, one for each axis; nil where one is out of bounds.
  package func element(at indices: [Int]) -> WeakScalar? {
    guard indices.count == rank else { return nil }
    var position = 0
    for (axis, index) in indices.enumerated() {
      let resolved = index < 0 ? index + shape[axis] : index
      guard resolved >= 0, resolved < shape[axis] else { return nil }
      position = position * shape[axis] + resolved
    }
    return element(at: position)
  }

  /// Rows chosen along the first axis; every index must lie inside.
  package func rows(_ indices: [Int]) throws(ArrayError) -> NDArray {
    try self[[.array(NDArray(integers: indices, shape: [indices.count]))]]
  }

  /// The bounds of a Python slice over `count` elements, with its length.
  package static func sliceBounds(
    lower: Int?, upper: Int?, step: Int?, count: Int
  ) throws(ArrayError) -> (start: Int, stop: Int, step: Int, length: Int) {
    let step = step ?? 1
    if step == 0 { throw .value("slice step cannot be zero") }
    func clamp(_ index: Int, _ low: Int, _ high: Int) -> Int {
      Swift.min(Swift.max(index < 0 ? index + count : index, low), high)
    }
    if step > 0 {
      let start = lower.map { clamp($0, 0, count) } ?? 0
      let stop = upper.map { clamp($0, 0, count) } ?? count
      return (start, stop, step, stop > start ? (stop - start - 1) / step + 1 : 0)
    }
    let start = lower.map { clamp($0, -1, count - 1) } ?? count - 1
    let stop = upper.map { clamp($0, -1, count - 1) } ?? -1
    let stride = step == Int.min ? Int.max : -step
    return (start, stop, step, start > stop ? (start - stop - 1) / stride + 1 : 0)
  }
}

/// What indices choose: plain axes, and where arrays index, a table of offsets between them.
private struct Selection {
  struct Axis {
    var count: Int
    var stride: Int
  }
  var offset = 0
  /// Axes before the chosen ones, all axes where no array indexes.
  var before: [Axis] = []
  var after: [Axis] = []
  /// The offsets that index arrays choose, in C order of `chosenShape`.
  var chosen: [Int]?
  var chosenShape: [Int] = []
  /// That index arrays have no shape together.
  var mismatch: ArrayError?
  /// That an index array holds a number beyond its axis.
  var outside: ArrayError?

  var shape: [Int] { before.map(\.count) + chosenShape + after.map(\.count) }

  init(_ indices: [ArrayIndex], of shape: [Int]) throws(ArrayError) {
    let consumed = indices.reduce(0) { total, index in
      switch index {
      case .newAxis, .ellipsis: total
      case .array(let array) where array.type == .bool: total + array.rank
      default: total + 1
      }
    }
    let rank = shape.count
    guard consumed <= rank else {
      throw .index("too many indices for array: array is \(rank)-dimensional, but \(consumed) were indexed")
    }
    var items = indices
    let ellipses = items.indices.filter { if case .ellipsis = items[$0] { true } else { false } }
    if ellipses.count > 1 { throw .index("an index can only have a single ellipsis ('...')") }
    let rest = [ArrayIndex](repeating: .slice(lower: nil, upper: nil, step: nil), count: rank - consumed)
    if let position = ellipses.first { items.replaceSubrange(position...position, with: rest) } else { items += rest }

    let strides = NDArray.contiguousStrides(shape)
    let hasArrays = items.contains { if case .array = $0 { true } else { false } }
    var tables: [(array: NDArray, axis: Int?, isNumber: Bool)] = []
    var isSplit = false
    var lastWasTable = false
    var axis = 0
    for item in items {
      var isTable = false
      switch item {
      case .integer(let index):
        if hasArrays {
          tables.append((NDArray(integers: [index], shape: []), axis, true))
          isTable = true
        } else {
          offset += try Self.resolve(index, axis, shape) * strides[axis]
        }
        axis += 1
      case .slice(let lower, let upper, let step):
        let bounds = try NDArray.sliceBounds(lower: lower, upper: upper, step: step, count: shape[axis])
        if bounds.length > 0 { offset += bounds.start * strides[axis] }
        let plain = Axis(count: bounds.length, stride: bounds.length > 1 ? bounds.step * strides[axis] : strides[axis])
        if tables.isEmpty { before.append(plain) } else { after.append(plain) }
        axis += 1
      case .newAxis:
        let plain = Axis(count: 1, stride: 0)
        if tables.isEmpty { before.append(plain) } else { after.append(plain) }
      case .ellipsis: break
      case .array(let array):
        isTable = true
        if array.type == .bool {
          // One truth value chooses all of a new axis of length one, or nothing.
          if array.rank == 0 {
            tables.append((NDArray(integers: array.bools[0] ? [0] : [], shape: [array.bools[0] ? 1 : 0]), nil, false))
          }
          for (dimension, size) in array.shape.enumerated()
          where size != shape[axis + dimension] && size > 0 {
            throw .index(
              "boolean index did not match indexed array along axis \(axis + dimension); size of axis is "
                + "\(shape[axis + dimension]) but size of corresponding boolean axis is \(size)")
          }
          if array.rank > 0 {
            for (dimension, positions) in array.nonzero().enumerated() { tables.append((positions, axis + dimension, false)) }
          }
          axis += array.rank
        } else {
          guard array.type.isInteger || array.count == 0 else {
            throw .index("arrays used as indices must be of integer (or boolean) type")
          }
          tables.append((array, axis, false))
          axis += 1
        }
      }
      if isTable, !lastWasTable, tables.count > 1, !after.isEmpty { isSplit = true }
      lastWasTable = isTable
    }
    guard !tables.isEmpty else { return }
    var joined: [Int] = []
    for table in tables {
      guard let wider = try? NDArray.broadcastShape(joined, table.array.shape) else {
        mismatch = .index(
          "shape mismatch: indexing arrays could not be broadcast together with shapes "
            + tables.map { NDArray.pythonTuple($0.array.shape) }.joined(separator: " "))
        chosen = []
        return
      }
      joined = wider
    }
    var offsets = [Int](repeating: 0, count: try NDArray.count(of: joined))
    for table in tables {
      let stretched = try table.array.converted(to: .int64).broadcast(to: joined).integers
      guard let axis = table.axis else { continue }
      // Plain numbers are looked at first, also where nothing is chosen.
      if table.isNumber { _ = try Self.resolve(table.array.integers[0], axis, shape) }
      do {
        for position in offsets.indices {
          offsets[position] += try Self.resolve(stretched[position], axis, shape) * strides[axis]
        }
      } catch {
        outside = outside ?? error
      }
    }
    chosen = offsets
    chosenShape = joined
    if isSplit {
      // Index arrays with a slice between them: NumPy puts their axes first.
      after = before + after
      before = []
    }
  }

  private static func resolve(_ index: Int, _ axis: Int, _ shape: [Int]) throws(ArrayError) -> Int {
    let resolved = index < 0 ? index + shape[axis] : index
    guard resolved >= 0, resolved < shape[axis] else {
      throw .index("index \(index) is out of bounds for axis \(axis) with size \(shape[axis])")
    }
    return resolved
  }

  /// Calls `body` with the offset and length of each run of neighbouring elements, in the selection's C order.
  func forEachRun(_ body: (_ offset: Int, _ length: Int) -> Void) {
    // Trailing axes that lie side by side in memory make one run.
    var run = 1
    var outer = after
    if chosen != nil || after.isEmpty == false {
      while let last = outer.last, last.stride == run || last.count == 1 {
        run *= last.count
        outer.removeLast()
      }
    }
    var first = before
    if chosen == nil {
      while let last = first.last, last.stride == run || last.count == 1 {
        run *= last.count
        first.removeLast()
      }
    }
    if run == 0 { return }
    Self.walk(first[...], offset) { start in
      for choice in chosen ?? [0] {
        Self.walk(outer[...], start + choice) { body($0, run) }
      }
    }
  }

  private static func walk(_ axes: ArraySlice<Axis>, _ offset: Int, _ body: (Int) -> Void) {
    guard let axis = axes.first else { return body(offset) }
    for index in 0..<axis.count { walk(axes.dropFirst(), offset + index * axis.stride, body) }
  }
}

extension NDArray {
  /// The positions of the elements that are not zero, an `int64` array an axis.
  package func nonzero() -> [NDArray] {
    var positions = [[Int]](repeating: [], count: rank)
    let strides = Self.contiguousStrides(shape)
    for (flat, flag) in bools.enumerated() where flag {
      for axis in 0..<rank { positions[axis].append(flat / strides[axis] % shape[axis]) }
    }
    return positions.map { NDArray(integers: $0, shape: [$0.count]) }
  }
}
