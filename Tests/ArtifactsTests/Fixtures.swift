import Artifacts
import Arrays

/// The files that real Keras and NumPy wrote; `scripts/fixtures` says how.
enum Fixtures {
  static let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Fixtures"
  static func path(_ name: String) -> String { "\(folder)/\(name)" }
  static func json(_ name: String) throws -> JSON { try JSON.parse(try readFile(path(name))) }
}

extension NDArray {
  /// The elements as doubles.
  var doubles: [Double] {
    switch type {
    case .float32: withElements(as: Float.self) { $0.map(Double.init) }
    case .float64: withElements(as: Double.self) { Array($0) }
    case .int32: withElements(as: Int32.self) { $0.map(Double.init) }
    case .int64: withElements(as: Int64.self) { $0.map(Double.init) }
    case .uint8: withElements(as: UInt8.self) { $0.map(Double.init) }
    case .bool: withElements(as: Bool.self) { $0.map { $0 ? 1 : 0 } }
    case .string: preconditionFailure("files of arrays hold numbers")
    }
  }

  /// An array of float32 counting up in quarters from a number.
  static func counting(from start: Double, shape: [Int]) -> NDArray {
    var array = NDArray(.float32, shape: shape)
    array.withMutableElements(as: Float.self) { for index in $0.indices { $0[index] = Float(start + Double(index) / 4) } }
    return array
  }
}
