import Arrays

extension Dataset {
  /// Looks through all examples before they are used. Throws `notANumber` with the first row that holds a NaN.
  package func checkNumbers() throws(DataFailure) {
    for (name, array) in namedArrays {
      if let row = array.firstRow(where: { $0.isNaN }, { $0.isNaN }) { throw .notANumber(array: "`\(name)`", row: row) }
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
  /// The first row with an element that a test finds; whole numbers pass.
  fileprivate func firstRow(where test: (Float) -> Bool, _ testDouble: (Double) -> Bool) -> Int? {
    let columns = max(shape.dropFirst().reduce(1, *), 1)
    let position: Int? =
      switch type {
      case .float32: withElements(as: Float.self) { $0.firstIndex(where: test) }
      case .float64: withElements(as: Double.self) { $0.firstIndex(where: testDouble) }
      case .int64, .int32, .uint8, .bool: nil
      }
    return position.map { $0 / columns }
  }
}
