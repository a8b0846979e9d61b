import Arrays

extension Dataset {
  /// Looks through all examples before they are used. Throws `notANumber` with the first row that holds a NaN.
  package func checkNumbers() throws(DataFailure) {
    for (name, array) in namedArrays where array.type != .string {
      if let row = array.firstRowWithNaN { throw .notANumber(array: "`\(name)`", row: row) }
    }
  }

  /// Looks through the targets of one output, which are class numbers, but for the ignored one. Throws `label` and
  /// `fractionalLabel` with the first wrong row.
  package func checkLabels(output: Int, classCount: Int, ignoring ignored: Int? = nil) throws(DataFailure) {
    guard targets.indices.contains(output) else { return }
    let target = targets[output]
    let columns = max(target.shape.dropFirst().reduce(1, *), 1)
    for (position, label) in target.doubles.enumerated() {
      if label.isNaN { throw .notANumber(array: "`y`", row: position / columns) }
      if let ignored, label == Double(ignored) { continue }
      if label < 0 || label >= Double(classCount) { throw .label(label, row: position / columns, classCount: classCount) }
      if label != label.rounded() { throw .fractionalLabel(label, row: position / columns) }
    }
  }
}

extension NDArray {
  /// The first row that holds a NaN; whole numbers are none.
  fileprivate var firstRowWithNaN: Int? {
    let columns = max(shape.dropFirst().reduce(1, *), 1)
    let position: Int? =
      switch type {
      case .float32: withElements(as: UInt32.self) { $0.firstIndex(above: Float.infinity.bitPattern) }
      case .float64: withElements(as: UInt64.self) { $0.firstIndex(above: Double.infinity.bitPattern) }
      case .int64, .int32, .uint8, .bool, .string: nil
      }
    return position.map { $0 / columns }
  }
}

extension UnsafeBufferPointer where Element: FixedWidthInteger & UnsignedInteger {
  /// The first number that is above a limit when its highest bit is left out: NaN is what lies above infinity, whatever its sign.
  ///
  /// A stretch is looked through without a branch, which the compiler makes vector code of.
  fileprivate func firstIndex(above limit: Element) -> Int? {
    let withoutSign = Element.max >> 1
    for start in stride(from: 0, to: count, by: 4096) {
      let end = Swift.min(start + 4096, count)
      var largest: Element = 0
      for index in start..<end { largest = Swift.max(largest, self[index] & withoutSign) }
      if largest > limit { return (start..<end).first { self[$0] & withoutSign > limit } }
    }
    return nil
  }
}
