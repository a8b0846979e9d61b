/// What can go wrong with arrays, in NumPy's classes of errors; the text says what was found and what was expected.
package enum ArrayError: Error, Equatable, Sendable {
  case value(String)
  case type(String)
  case index(String)
  case overflow(String)
  /// More elements than `NDArray.countLimit`, or more bytes than the machine has left.
  case memory(String)
  /// More than the current `Allowance` covers.
  case allowance(String)
}
