import Artifacts
import Lambdas

extension JSON {
  /// A score as Keras sends it: an array of one number is that number.
  init(score: Lambdas.Value) {
    switch score {
    case .none: self = .null
    case .bool(let flag): self = .bool(flag)
    case .integer(let number): self = .integer(number)
    case .float(let number): self = .float(number)
    case .string(let text): self = .string(text)
    case .list(let values), .tuple(let values): self = .array(values.map(JSON.init(score:)))
    case .array(let array):
      let numbers = array.doubles.map(JSON.float)
      self = numbers.count == 1 ? numbers[0] : .array(numbers)
    default: self = .string(score.briefDescription)
    }
  }

  /// With `null` for what JSON has no number for.
  var withoutOddNumbers: JSON {
    switch self {
    case .float(let number): number.isFinite ? self : .null
    case .array(let elements): .array(elements.map(\.withoutOddNumbers))
    case .object(let object): .object(Object(object.entries.map { ($0.key, $0.value.withoutOddNumbers) }))
    default: self
    }
  }
}
