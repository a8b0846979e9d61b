import Arrays
import Artifacts
import Glibc
import Lambdas
import Plans

extension KerasSets {
  /// uint8: x [count, 28, 28], y [count].
  static let mnist = Entry(
    .dataset,
    Signature(
      "mnist.load_data", "70,000 scans of handwritten digits, 28×28 pixels from 0 to 255.", [mnistPath.description],
      example: "(x_train, y_train), (x_test, y_test) = mnist.load_data()"),
    .function(
      FunctionTraits(
        forecast: { arguments throws(Failure) in
          let path = mnistFile(arguments).path
          guard access(path, F_OK) == 0 else { return forecast(training: 60_000) }
          let headers = try reading { () throws(FileFailure) in try NPZ.headers(path) }
          return try pairs(path, shape: \.shape) { name in headers.first { $0.name == name }?.header }.forecast
        },
        placedCall: { arguments, surroundings throws(Failure) in
          let path = try mnistFile(arguments).fetched(surroundings)
          let arrays = try reading { () throws(FileFailure) in try NPZ.read(path) }
          return try pairs(path, shape: \.shape) { name in arrays.first { $0.name == name }?.array }.value
        })))

  /// uint8: x [count, 28, 28], y [count].
  static let fashionMNIST = Entry(
    .dataset,
    Signature(
      "fashion_mnist.load_data", "70,000 pictures of clothes of ten kinds, 28×28 pixels from 0 to 255.", [],
      example: "(x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()"),
    .function(
      FunctionTraits(
        forecast: { _ throws(Failure) in
          guard let folder = fashionFolder else { return forecast(training: 60_000) }
          var headers: [String: NumPyHeader] = [:]
          for (name, file) in fashionFiles {
            headers[name] = try reading { () throws(FileFailure) in try IDX.header("\(folder)/\(file.name)") }
          }
          return try pairs(folder, shape: \.shape) { headers[$0] }.forecast
        },
        placedCall: { _, surroundings throws(Failure) in
          let folder = fashionFolder
          var arrays: [String: NDArray] = [:]
          for (name, file) in fashionFiles.sorted(by: { $0.value.name < $1.value.name }) {
            let path = if let folder { "\(folder)/\(file.name)" } else { try file.fetched(surroundings) }
            arrays[name] = try reading { () throws(FileFailure) in try IDX.read(path) }
          }
          return try pairs(folder ?? KnownFile.folder, shape: \.shape) { arrays[$0] }.value
        })))

  private static let mnistPath = path("mnist.npz")

  private static func mnistFile(_ arguments: Arguments) -> KnownFile {
    KnownFile(
      name: arguments[mnistPath], address: KnownFile.kerasAddress + "mnist.npz",
      digest: "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")
  }

  private static let fashionFiles = [
    "x_train": "train-images-idx3-ubyte.gz", "y_train": "train-labels-idx1-ubyte.gz", "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
  ].mapValues { KnownFile(name: $0, subfolder: "fashion-mnist", address: KnownFile.kerasAddress + $0) }

  /// The folder that has all of its files: Keras's, or that of Debian's package `dataset-fashion-mnist`.
  private static var fashionFolder: String? {
    ["\(KnownFile.folder)/fashion-mnist", "/usr/share/datasets/fashion-mnist"].first { folder in
      fashionFiles.values.allSatisfy { access("\(folder)/\($0.name)", F_OK) == 0 }
    }
  }

  private static func forecast(training: Int) -> Forecast {
    func pair(_ count: Int) -> (x: ValueType, y: ValueType) {
      (.array(.uint8, shape: [count, 28, 28]), .array(.uint8, shape: [count]))
    }
    return pairs(pair(training), pair(10_000))
  }

  /// The four arrays, or their headers, that a set consists of, as pairs.
  fileprivate struct Pairs<Part> {
    let train: (x: Part, y: Part)
    let test: (x: Part, y: Part)
  }

  /// Throws where a part is missing, or where there are not as many labels as pictures.
  private static func pairs<Part>(
    _ path: String, shape: (Part) -> [Int], _ part: (String) -> Part?
  ) throws(Failure) -> Pairs<Part> {
    func pair(_ suffix: String) throws(Failure) -> (x: Part, y: Part) {
      guard let x = part("x_" + suffix) else { throw Failure("`\(path)` holds no `x_\(suffix)`") }
      guard let y = part("y_" + suffix) else { throw Failure("`\(path)` holds no `y_\(suffix)`") }
      let (pictures, labels) = (shape(x), shape(y))
      guard pictures.count == 3, labels.count == 1 else {
        throw Failure("`\(path)` is not what its name says: `x_\(suffix)` has the shape \(pictures), `y_\(suffix)` \(labels)")
      }
      guard pictures[0] == labels[0] else {
        throw Failure("`\(path)` holds \(pictures[0]) pictures in `x_\(suffix)`, but \(labels[0]) labels in `y_\(suffix)`")
      }
      return (x, y)
    }
    return Pairs(train: try pair("train"), test: try pair("test"))
  }
}

extension KerasSets.Pairs<NumPyHeader> {
  fileprivate var forecast: Forecast {
    .tuple([train, test].map { pair in .tuple([pair.x, pair.y].map { .type(.array($0.type, shape: $0.shape.map { $0 })) }) })
  }
}

extension KerasSets.Pairs<NDArray> {
  fileprivate var value: Value { .tuple([train, test].map { .tuple([.array($0.x), .array($0.y)]) }) }
}
