import Arrays
import Artifacts
import Glibc
import Lambdas
import Plans

extension KerasSets {
  /// x [count, 8], y [count], in the type of the file.
  static let californiaHousing = Entry(
    .dataset,
    Signature(
      "california_housing.load_data",
      "20,640 districts of California in 1990: eight measures each, and the median value of their houses in dollars.",
      [version.description, housingPath.description, testSplit.description, housingSeed.description],
      source: "R. Pace and R. Barry, 1997: Sparse spatial autoregressions",
      example: "(x_train, y_train), (x_test, y_test) = california_housing.load_data(version=\"small\")"),
    .function(
      FunctionTraits(
        forecast: { arguments throws(Failure) in
          let path = housingFile(arguments).path
          var types: (x: ElementType?, y: ElementType?)
          var count = 20_640
          if access(path, F_OK) == 0 {
            let headers = try reading { () throws(FileFailure) in try NPZ.headers(path) }
            guard let x = headers.first(where: { $0.name == "x" })?.header,
              let y = headers.first(where: { $0.name == "y" })?.header,
              x.shape.count == 2, y.shape == [x.shape[0]]
            else { throw Failure(otherFile(path)) }
            (types, count) = ((x.type, y.type), x.shape[0])
          }
          let (training, test) = parts(of: rowCount(count, arguments), arguments)
          func pair(_ count: Int) -> (x: ValueType, y: ValueType) {
            (.array(types.x, shape: [count, 8]), .array(types.y, shape: [count]))
          }
          return pairs(pair(training), pair(test))
        },
        placedCall: { arguments, surroundings throws(Failure) in
          let path = try housingFile(arguments).fetched(surroundings)
          let arrays = try reading { () throws(FileFailure) in try NPZ.read(path, names: ["x", "y"]) }
          guard let x = arrays.first(where: { $0.name == "x" })?.array, let y = arrays.first(where: { $0.name == "y" })?.array,
            x.rank == 2, y.shape == [x.shape[0]]
          else { throw Failure(otherFile(path)) }
          let order = legacyShuffle(
            of: rowCount(x.shape[0], arguments), seed: UInt32(truncatingIfNeeded: arguments[housingSeed]))
          let training = parts(of: order.count, arguments).training
          func pair(_ rows: ArraySlice<Int>) -> (x: Value, y: Value) {
            (.array(x.gathered(Array(rows))), .array(y.gathered(Array(rows))))
          }
          return pairs(pair(order[..<training]), pair(order[training...]))
        })))

  private static let version = Parameter<String>(
    "version", "`\"large\"` for all districts, `\"small\"` for the first 600", .choice(["small", "large"]), default: "large")
  private static let housingPath = path("california_housing.npz")
  private static let housingSeed = Parameter<Int>(
    "seed", "what the order follows from", min: 0, max: Int(UInt32.max), default: 113)

  private static func housingFile(_ arguments: Arguments) -> KnownFile {
    KnownFile(
      name: arguments[housingPath], address: KnownFile.kerasAddress + "california_housing.npz",
      digest: "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f")
  }

  private static func otherFile(_ path: String) -> String { "`\(path)` is not what its name says: `x` and `y` of as many rows" }

  private static func rowCount(_ count: Int, _ arguments: Arguments) -> Int {
    arguments[version] == "small" ? min(count, 600) : count
  }

  private static func parts(of count: Int, _ arguments: Arguments) -> (training: Int, test: Int) {
    let training = Int(Double(count) * (1 - arguments[testSplit]))
    return (training, count - training)
  }
}
