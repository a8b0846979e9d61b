import Arrays
import Lambdas

/// What methods of arrays give where only the shape is known, from a file's header: so that a shape survives the usual preparation,
/// `x.astype("float32").reshape(-1, 784)`.
enum ArrayForecast {
  /// The type of the result; nil where nothing more is known than the method's own signature says.
  static func method(_ name: String, of receiver: ValueType, _ arguments: [Meaning]) -> ValueType? {
    guard case .array(let type, let shape) = receiver else { return nil }
    switch name {
    case "copy": return receiver
    case "astype":
      let wanted = arguments.first?.value?.asString.flatMap { ElementType.named($0) }
      return .array(wanted, shape: shape)
    case "flatten", "ravel":
      guard let count = shape.flatMap({ Shape($0).elementCount }) else { return .array(type, shape: [nil]) }
      return .array(type, shape: [count])
    case "reshape":
      let sizes = arguments.count == 1 ? arguments[0].elements ?? arguments : arguments
      return reshaped(type, shape, to: sizes.map { $0.value?.asInteger })
    default: return nil
    }
  }

  private static func reshaped(_ type: ElementType?, _ shape: [Int?]?, to sizes: [Int?]) -> ValueType {
    let count = shape.flatMap { Shape($0).elementCount }
    let known = sizes.compactMap { $0 }.filter { $0 != -1 }.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    let result = sizes.map { size -> Int? in
      guard size == -1 else { return size }
      guard let count, known > 0, sizes.allSatisfy({ $0 != nil }), count % known == 0 else { return nil }
      return count / known
    }
    return .array(type, shape: result)
  }
}
