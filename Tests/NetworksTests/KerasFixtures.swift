import Artifacts
import Foundation
import Lambdas
import Testing

/// What real Keras computed, made by `scripts/fixtures/losses_and_metrics.py`.
struct KerasFixture: CustomTestStringConvertible, Sendable {
  let name: String
  let arguments: [String: Value]
  let json: JSON
  let testDescription: String

  static func read(_ file: String) -> [KerasFixture] {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(file)")
    guard let data = try? Data(contentsOf: path), let json = try? JSON.parse([UInt8](data)),
      let cases = json["cases"]?.arrayValue
    else { preconditionFailure("\(file) is a fixture") }
    return cases.map { json in
      let arguments = json["arguments"]?.objectValue?.entries ?? []
      return KerasFixture(
        name: json["name"]?.stringValue ?? "",
        arguments: Dictionary(uniqueKeysWithValues: arguments.map { ($0.key, value($0.value)) }),
        json: json, testDescription: "\(json["name"]?.stringValue ?? "") \(json["arguments"]?.text ?? "")")
    }
  }

  func shape(_ key: String) -> [Int] { (json[key]?["shape"]?.arrayValue ?? []).compactMap(\.integerValue) }
  func values(_ key: String) -> [Double] { KerasFixture.doubles(json[key]?["values"]) }

  static func doubles(_ json: JSON?) -> [Double] { (json?.arrayValue ?? []).compactMap(\.doubleValue) }

  private static func value(_ json: JSON) -> Value {
    switch json {
    case .bool(let flag): .bool(flag)
    case .integer(let number): .integer(number)
    case .float(let number): .float(number)
    case .string(let text): .string(text)
    case .array(let elements): .list(elements.map(value))
    default: .none
    }
  }
}
