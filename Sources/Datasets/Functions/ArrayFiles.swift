import Arrays
import Artifacts
import Lambdas
import Plans

/// `load_npy(path)`, `load_npz(path)`, `load_safetensors(path)` and `read_idx(path)`: arrays from files.
enum ArrayFiles {
  private static let path = Parameter<String>("path", "the file", .inputPath)

  static let npy = Entry(
    .dataset,
    Signature("load_npy", "The array of a `.npy` file.", [path.description], example: "x = load_npy(\"x.npy\")"),
    .function(
      FunctionTraits(
        giving: .array(nil, shape: nil),
        forecast: { arguments throws(Failure) in
          let path = arguments[path]
          let header = try reading(path) { () throws(FileFailure) in try NPY.header(path) }
          return .type(.array(header.type, shape: header.shape.map { $0 }))
        },
        call: { arguments throws(Failure) in
          let path = arguments[path]
          return .array(try reading(path) { () throws(FileFailure) in try NPY.read(path) })
        })))

  static let npz = Entry(
    .dataset,
    Signature(
      "load_npz", "The arrays of a `.npz` file by name.", [path.description],
      example: "data = load_npz(\"mnist.npz\"); x = data[\"x_train\"]"),
    .function(
      FunctionTraits(
        forecast: { arguments throws(Failure) in
          let path = arguments[path]
          let headers = try reading(path) { () throws(FileFailure) in try NPZ.headers(path) }
          let fields = headers.map { name, header in
            (name, RecordType.Field(.array(header.type, shape: header.shape.map { $0 })))
          }
          return .type(.record(RecordType(title: "`\(path)`", fields)))
        },
        call: { arguments throws(Failure) in
          let path = arguments[path]
          let arrays = try reading(path) { () throws(FileFailure) in try NPZ.read(path) }
          return .dict(DictValue(arrays.map { ($0.name, .array($0.array)) }))
        })))

  static let safetensors = Entry(
    .dataset,
    Signature(
      "load_safetensors", "The arrays of a `.safetensors` file by name.", [path.description],
      example: "weights = load_safetensors(\"model.safetensors\")"),
    .function(
      FunctionTraits(
        forecast: { arguments throws(Failure) in
          let path = arguments[path]
          let tensors = try reading(path) { () throws(FileFailure) in try Safetensors.tensors(path) }
          let fields = tensors.map { ($0.name, RecordType.Field(.array($0.type, shape: $0.shape.map { $0 }))) }
          return .type(.record(RecordType(title: "`\(path)`", fields)))
        },
        call: { arguments throws(Failure) in
          let path = arguments[path]
          let arrays = try reading(path) { () throws(FileFailure) in try Safetensors.read(path) }
          return .dict(DictValue(arrays.map { ($0.name, .array($0.array)) }))
        })))

  static let idx = Entry(
    .dataset,
    Signature(
      "read_idx", "The array of an IDX file, plain or gzipped, as MNIST comes in.", [path.description],
      example: "x = read_idx(\"train-images-idx3-ubyte.gz\")"),
    .function(
      FunctionTraits(
        giving: .array(nil, shape: nil),
        forecast: { arguments throws(Failure) in
          let path = arguments[path]
          let header = try reading(path) { () throws(FileFailure) in try IDX.header(path) }
          return .type(.array(header.type, shape: header.shape.map { $0 }))
        },
        call: { arguments throws(Failure) in
          let path = arguments[path]
          return .array(try reading(path) { () throws(FileFailure) in try IDX.read(path) })
        })))

  /// What a file gives, its failure told with the file's name.
  private static func reading<Result>(_ path: String, _ read: () throws(FileFailure) -> Result) throws(Failure) -> Result {
    do { return try read() } catch { throw Failure("\(error)") }
  }
}
