import Arrays
import Artifacts
import Glibc
import Lambdas
import Plans

/// Keras's own data sets, each `NAME.load_data()`, from the folder in which Keras keeps what it has fetched
/// (`~/.keras/datasets`, or `$KERAS_HOME/datasets`) and in the files it keeps them in.
///
/// Both give `((x_train, y_train), (x_test, y_test))`, uint8: x [count, 28, 28], y [count].
enum KerasSets {
  static let mnist = Entry(
    .dataset,
    Signature(
      "mnist.load_data", "70,000 scans of handwritten digits, 28×28 pixels from 0 to 255, from Keras's folder of data sets.",
      [path.description], example: "(x_train, y_train), (x_test, y_test) = mnist.load_data()"),
    .function(
      FunctionTraits(
        forecast: { arguments throws(Failure) in
          let path = try file(arguments[path], "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz")
          let headers = try reading { () throws(FileFailure) in try NPZ.headers(path) }
          return try pairs(path, shape: \.shape) { name in headers.first { $0.name == name }?.header }.forecast
        },
        call: { arguments throws(Failure) in
          let path = try file(arguments[path], "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz")
          let arrays = try reading { () throws(FileFailure) in try NPZ.read(path) }
          return try pairs(path, shape: \.shape) { name in arrays.first { $0.name == name }?.array }.value
        })))

  static let fashionMNIST = Entry(
    .dataset,
    Signature(
      "fashion_mnist.load_data",
      "70,000 pictures of clothes of ten kinds, 28×28 pixels from 0 to 255, from Keras's folder of data sets or Debian's.", [],
      example: "(x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()"),
    .function(
      FunctionTraits(
        forecast: { _ throws(Failure) in
          let folder = try fashionFolder()
          var headers: [String: NumPyHeader] = [:]
          for (name, file) in fashionFiles {
            headers[name] = try reading { () throws(FileFailure) in try IDX.header("\(folder)/\(file)") }
          }
          return try pairs(folder, shape: \.shape) { headers[$0] }.forecast
        },
        call: { _ throws(Failure) in
          let folder = try fashionFolder()
          var arrays: [String: NDArray] = [:]
          for (name, file) in fashionFiles {
            arrays[name] = try reading { () throws(FileFailure) in try IDX.read("\(folder)/\(file)") }
          }
          return try pairs(folder, shape: \.shape) { arrays[$0] }.value
        })))

  private static let path = Parameter<String>(
    "path", "the file, within Keras's folder unless it begins with `/`", default: "mnist.npz")
  private static let fashionFiles = [
    "x_train": "train-images-idx3-ubyte.gz", "y_train": "train-labels-idx1-ubyte.gz", "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
  ]
  /// Where Debian's package `dataset-fashion-mnist` puts the files.
  private static let debianFolder = "/usr/share/datasets/fashion-mnist"

  /// Where Keras keeps data sets.
  static var folder: String {
    let variable = { (name: String) in getenv(name).map { String(cString: $0) } }
    return (variable("KERAS_HOME") ?? (variable("HOME") ?? "") + "/.keras") + "/datasets"
  }

  private static func file(_ name: String, _ address: String) throws(Failure) -> String {
    let path = name.hasPrefix("/") ? name : "\(folder)/\(name)"
    guard access(path, F_OK) == 0 else {
      throw Failure("there is no `\(path)`: put the file there that Keras fetches from \(address)")
    }
    return path
  }

  private static func fashionFolder() throws(Failure) -> String {
    let folders = ["\(folder)/fashion-mnist", debianFolder]
    if let whole = folders.first(where: { folder in fashionFiles.values.allSatisfy { access("\(folder)/\($0)", F_OK) == 0 } }) {
      return whole
    }
    throw Failure(
      "the four files of fashion_mnist are not in `\(folders[0])`: put them there as Keras fetches them from "
        + "https://storage.googleapis.com/tensorflow/tf-keras-datasets/, or install Debian's package `dataset-fashion-mnist`")
  }

  /// The four arrays, or their headers, that a set consists of, as pairs.
  struct Pairs<Part> {
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

  private static func reading<Result>(_ read: () throws(FileFailure) -> Result) throws(Failure) -> Result {
    do { return try read() } catch { throw Failure("\(error)") }
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
