import CKernels

/// Examples in memory in their stored type, of which a Program gathers the rows of a batch.
///
/// The memory belongs to the caller, who keeps it while any Program is bound to it.
package struct ArraySource {
  /// How the elements are stored; a boolean is a byte.
  package enum Element: Sendable {
    case float32, float64, uint8, int32, int64, bool

    var code: Int32 {
      switch self {
      case .float32: Int32(TRAIN_FLOAT32.rawValue)
      case .float64: Int32(TRAIN_FLOAT64.rawValue)
      case .uint8: Int32(TRAIN_UINT8.rawValue)
      case .int32: Int32(TRAIN_INT32.rawValue)
      case .int64: Int32(TRAIN_INT64.rawValue)
      case .bool: Int32(TRAIN_BOOL.rawValue)
      }
    }
  }

  package let pointer: UnsafeRawPointer
  package let element: Element
  /// Elements of one example.
  package let rowElements: Int
  package let rowCount: Int

  package init(_ pointer: UnsafeRawPointer, _ element: Element, rowElements: Int, rowCount: Int) {
    self.pointer = pointer
    self.element = element
    self.rowElements = rowElements
    self.rowCount = rowCount
  }
}
