import Lambdas

/// A function of tensors as scripts call it, whichever module it is named from: what its arguments are called.
struct TensorCall {
  /// numpy's name of it, which names the operation or the few that it is made of.
  let name: String
  /// The operation, where it is a single one.
  let operation: TensorOperation?
  /// What it computes on first, then its settings, in order.
  let tensors: [String]
  let settings: [String]

  /// Other names of parameters, in TensorFlow's, Keras's and numpy's functions.
  static let otherNames: [String: String] = [
    "a": "x", "input": "x", "inputs": "x", "input_tensor": "x", "tensor": "x", "value": "x", "values": "x", "arrays": "x",
    "xs": "x",
    "tensors": "x", "features": "x", "logits": "x", "tup": "x", "y": "x2", "b": "x2", "perm": "axes", "newshape": "shape",
    "a_min": "x_min", "min": "x_min", "clip_value_min": "x_min", "min_value": "x_min", "a_max": "x_max", "max": "x_max",
    "clip_value_max": "x_max", "max_value": "x_max", "num_or_size_splits": "indices_or_sections", "pattern": "axes",
    "axis1": "source", "axis2": "destination",
  ]

  /// Functions of tensors that Keras and TensorFlow have and tensors here do not.
  static let unknownYet: Set<String> = [
    "arange", "argpartition", "argsort", "associative_scan", "average", "bincount", "broadcast_to", "cond", "conv", "correlate",
    "cross", "ctc_loss", "cumprod", "diag", "diagonal", "diff", "digitize", "einsum", "empty", "eye", "fft", "fori_loop", "full",
    "full_like", "gather", "gather_nd", "histogram", "in_top_k", "inner", "isclose", "isfinite", "isinf", "linspace", "lstsq",
    "map", "median", "meshgrid", "moments", "multi_hot", "nan_to_num", "nonzero", "one_hot", "outer", "pad",
    "quantile", "reverse", "roll", "rot90", "scan", "scatter", "scatter_update", "searchsorted", "segment_sum", "segment_max",
    "slice", "slice_update", "sort", "stop_gradient", "tensordot", "tile", "top_k", "trace", "tri", "tril", "triu",
    "unique", "unstack", "vdot", "vectorize", "vstack", "hstack", "while_loop", "batch_dot", "batch_flatten", "erf", "erfinv",
    "arctan2", "atan2", "count_nonzero", "dropout", "extract_sequences", "flatten", "random_normal", "random_uniform",
    "take_along_axis", "boolean_mask", "arcsinh", "arccosh", "arctanh", "logaddexp", "logical_xor", "nanmean", "nansum", "svd",
    "qr", "inv", "det", "cholesky", "eig", "eigh", "solve", "depth_to_space", "space_to_depth",
  ]

  /// Keras's function of nothing that gives its smallest divisor.
  static let epsilon = "epsilon"

  /// The call of a name that stands in `ops`, `tf`, `tf.math`, `np` …; nil where tensors know none.
  static func named(_ name: String) -> TensorCall? { table[synonyms[name] ?? name] }

  private static let synonyms: [String: String] = [
    "absolute": "abs", "around": "round", "amin": "min", "amax": "max", "fix": "trunc", "true_divide": "divide",
    "pow": "power", "remainder": "mod", "floormod": "mod", "floordiv": "floor_divide", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "reduce_sum": "sum", "reduce_mean": "mean", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod",
    "reduce_std": "std", "reduce_variance": "var", "reduce_any": "any", "reduce_all": "all", "reduce_logsumexp": "logsumexp",
    "concat": "concatenate", "clip_by_value": "clip", "is_nan": "isnan", "astype": "cast", "convert_to_tensor": "asarray",
    "array": "asarray", "permute_dimensions": "transpose", "int_shape": "shape", "switch": "where", "l2_normalize": "normalize",
  ]

  private static let table: [String: TensorCall] = {
    var calls: [String: TensorCall] = [:]
    func add(_ name: String, _ tensors: [String], _ settings: [String] = [], as operation: TensorOperation? = nil) {
      calls[name] = TensorCall(name: name, operation: operation, tensors: tensors, settings: settings)
    }
    func add(_ operations: [TensorOperation], _ tensors: [String], _ settings: [String] = []) {
      for operation in operations { add(operation.functionName, tensors, settings, as: operation) }
    }
    add(
      [
        .negative, .abs, .sign, .square, .sqrt, .exp, .expm1, .log, .log2, .log10, .log1p, .sin, .cos, .tan, .arcsin, .arccos,
        .arctan, .sinh, .cosh, .tanh, .floor, .ceil, .rint, .trunc, .isnan, .logicalNot,
      ], ["x"])
    add(
      [
        .add, .subtract, .multiply, .divide, .floorDivide, .mod, .power, .maximum, .minimum, .equal, .notEqual, .less,
        .lessEqual, .greater, .greaterEqual, .logicalAnd, .logicalOr, .matmul,
      ], ["x", "x2"])
    add([.where], ["condition", "x", "x2"])
    add([.sum, .mean, .prod, .min, .max, .any, .all, .argmax, .argmin], ["x"], ["axis", "keepdims"])
    add([.var, .std], ["x"], ["axis", "keepdims", "ddof"])
    add([.cumsum, .concatenate, .stack], ["x"], ["axis"])
    for name in ["rsqrt", "reciprocal", "zeros_like", "ones_like", "asarray", "shape", "sigmoid"] { add(name, ["x"]) }
    for name in ["dot", "squared_difference"] { add(name, ["x", "x2"]) }
    add("logsumexp", ["x"], ["axis", "keepdims"])
    add("norm", ["x"], ["ord", "axis", "keepdims"])
    add("normalize", ["x"], ["axis"])
    add("round", ["x"], ["decimals"])
    add("clip", ["x"], ["x_min", "x_max"])
    add("cast", ["x"], ["dtype"])
    add("reshape", ["x"], ["shape"])
    add("transpose", ["x"], ["axes"])
    for name in ["squeeze", "expand_dims", "flip"] { add(name, ["x"], ["axis"]) }
    for name in ["swapaxes", "moveaxis"] { add(name, ["x"], ["source", "destination"]) }
    add("split", ["x"], ["indices_or_sections", "axis"])
    add("repeat", ["x"], ["repeats", "axis"])
    add("take", ["x"], ["indices", "axis"])
    return calls
  }()
}

extension TensorOperation {
  /// The name in small letters by which numpy has it: `floor_divide` for `floorDivide`.
  fileprivate var functionName: String { rawValue.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) } }
}

/// A function of tensors that Python's own modules do not have: `ops.rsqrt`, `tf.squared_difference`.
final class TensorFunctionReference: ObjectValue {
  let name: String
  init(_ name: String) { self.name = name }
  var objectType: ObjectType { TensorFunctionReference.type }
  static let type = ObjectType("function")
  var description: String { "<function \(name)>" }
}
