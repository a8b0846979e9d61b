import Arrays
import Lambdas

extension DataSpec {
  /// What a function of its elements is called with, and a loop over them gives: inputs, targets and weights, each an array or several in
  /// a tuple, or a dict where they have names.
  package var elementTypes: [(name: String, type: ValueType)] {
    let weights = hasSampleWeights ? [ValueType.oneOf([type(of: TensorSpec(Shape([]))), .any])] : []
    let parts = [("x", inputs.map(type), inputNames), ("y", targets.map(type), targetNames), ("sample_weight", weights, nil)]
    return parts.compactMap { name, types, names in
      if types.isEmpty { return nil }
      if let names { return (name, Self.dict(names, types, called: name)) }
      return (name, types.count == 1 ? types[0] : .tuple(types))
    }
  }

  /// The type of a dict with these keys.
  static func dict(_ names: [String], _ types: [ValueType], called title: String) -> ValueType {
    .record(RecordType(title: title, Array(zip(names, types.map { RecordType.Field($0) }))))
  }

  /// What a loop over its elements gives: `x`, or a tuple.
  var elementType: ValueType {
    let types = elementTypes.map(\.type)
    return types.count == 1 ? types[0] : .tuple(types)
  }

  /// An array; a number where an example has no axes.
  private func type(of tensor: TensorSpec) -> ValueType {
    let shape = (isBatched ? [nil] : []) + tensor.shape.dimensions
    if !shape.isEmpty || tensor.type == .string { return .elements(tensor.type, shape) }
    return tensor.type.isFloat ? .float : tensor.type.isInteger ? .integer : .bool
  }
}

extension ValueType {
  /// An array; of texts a list of strings, or a string where it has no axes.
  static func elements(_ type: ElementType, _ shape: [Int?]) -> ValueType {
    type == .string ? shape.reduce(.string) { inner, _ in .list(inner) } : .array(type, shape: shape)
  }

  /// How many axes lists of strings have; nil for other types.
  var textRank: Int? {
    switch self {
    case .string: 0
    case .list(let element): element.textRank.map { $0 + 1 }
    default: nil
    }
  }
}

/// How the passes over data differ.
package enum PassVariation: Int, Sendable, Comparable {
  /// The element of a number is the same in each.
  case none
  /// The same elements come in another order.
  case order
  /// There are other elements.
  case content

  package static func < (a: PassVariation, b: PassVariation) -> Bool { a.rawValue < b.rawValue }
}
