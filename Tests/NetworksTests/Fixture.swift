import Artifacts
import Lambdas
import Plans

/// What real Keras computed: files that `scripts/fixtures` wrote, or a part of one.
struct Fixture {
  private let json: JSON

  /// A file beside the tests.
  init(file name: String) {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    guard let bytes = try? readFile("\(folder)/Fixtures/\(name)"),
      let json = try? JSON.parse(String(decoding: bytes, as: UTF8.self))
    else { preconditionFailure("the fixture `\(name)` is there") }
    self.json = json
  }

  private init(_ json: JSON) { self.json = json }

  /// A value of an object.
  subscript(key: String) -> Fixture {
    guard let value = json[key] else { preconditionFailure("the fixture has `\(key)`") }
    return Fixture(value)
  }

  /// A value of an object of numbered things; nil if it has none of that number.
  subscript(number: Int) -> Fixture? { json["\(number)"].map(Fixture.init) }

  var elements: [Fixture] { (json.arrayValue ?? []).map(Fixture.init) }
  var numbers: [Double] { elements.map(\.number) }
  var number: Double { json.doubleValue ?? .nan }
  var integers: [Int] { elements.map { $0.json.integerValue ?? 0 } }
  var text: String { json.stringValue ?? "" }
  var isNull: Bool { json.isNull }

  /// Arguments by name; a list of a class and its arguments is a schedule.
  var arguments: [String: Value] {
    Dictionary(uniqueKeysWithValues: (json.objectValue?.entries ?? []).map { ($0.key, Fixture($0.value).argument) })
  }

  private var argument: Value {
    switch json {
    case .null: .none
    case .bool(let flag): .bool(flag)
    case .integer(let number): .integer(number)
    case .float(let number): .float(number)
    case .string(let text): .string(text)
    case .array(let elements):
      elements.last?.objectValue == nil
        ? .list(elements.map { Fixture($0).argument })
        : .object(make(elements[0].stringValue ?? "", .schedule, Fixture(elements[1]).arguments))
    case .object: .none
    }
  }
}

/// How far numbers are from what they should be, as a share of the largest of those.
func distance(_ found: [Double], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let largest = expected.map(abs).max() ?? 0
  let differences = zip(found, expected).map { $0 == $1 ? 0 : abs($0 - $1) }
  return differences.contains { $0.isNaN } ? .infinity : (differences.max() ?? 0) / max(largest, 1e-30)
}
