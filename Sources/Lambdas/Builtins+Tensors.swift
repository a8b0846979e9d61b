import Arrays

extension Builtins {
  /// Functions of TensorFlow that NumPy has under no name, for functions of the script that work on arrays: `ds.map(…)`.
  static let tensorFunctions: [Builtin] = [
    .numpy(
      "cast(x: any, dtype: any)", "The same numbers in another type.", in: .tensors,
      type: { arguments in
        if case .array(_, let shape)? = arguments[0] { .array(nil, shape: shape) } else { .any }
      }
    ) { given throws(ArrayError) in
      guard let type = try given.type(1) else { throw .type("an element type is named") }
      return Value(unwrapping: try given.array(0).converted(to: type))
    },
    .numpy(
      "one_hot(indices: any, depth: int, on_value: number = 1.0, off_value: number = 0.0, axis: int = -1, dtype: any = None)",
      "Class numbers as rows with a 1 at their place; all zeros for a number that is no class.", in: .tensors,
      type: { arguments in
        switch arguments[0] {
        case .array(_, let shape?)?: .array(nil, shape: shape + [nil])
        case .integer?, .bool?: .array(nil, shape: [nil])
        default: .any
        }
      }
    ) { given throws(ArrayError) in
      let (classes, depth) = (try given.array(0), try given.integer(1, 0))
      guard try given.integer(4, -1) == -1 else { throw .value("classes are put on the last axis") }
      guard depth >= 0 else { throw .value("depth must be 0 or more") }
      let type = try given.type(5) ?? .float32
      var rows = try NDArray.full(.float64, shape: classes.shape + [depth], value: .float(given.number(3, 0)))
      let on = try given.number(2, 1)
      rows.withMutableElements(as: Double.self) { rows in
        for (row, label) in classes.integers.enumerated() where label >= 0 && label < depth { rows[row * depth + label] = on }
      }
      return .array(rows.converted(to: type))
    },
  ]
}
