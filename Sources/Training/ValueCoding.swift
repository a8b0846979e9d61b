import Arrays
import Artifacts
import Lambdas

/// Values of the language as JSON and back, bit for bit: how a script's state stands in a backup.
///
/// Numbers, texts, bools, None and lists are themselves; every other kind is an object of one key that names it. Functions
/// and objects but generators of random numbers have no such form.
enum ValueCoding {
  /// How deep lists may lie in lists: a level takes up to three of JSON's, of which the reader takes 512.
  static let depthLimit = 100

  /// How many values a state may be made of: a list that stands in another one many times is written as often.
  private static let partLimit = 1 << 22

  /// `generators` knows which generators of a state are one.
  static func json(
    of value: Value, _ generators: StateGenerators = StateGenerators()
  ) throws(CallbackFailure) -> JSON {
    do { try Operations.checkNesting(value, lookingAt: partLimit) } catch {
      throw CallbackFailure("its state is too large for a backup: \(error.message)")
    }
    return try json(of: value, depth: 0, generators)
  }

  private static func json(of value: Value, depth: Int, _ generators: StateGenerators) throws(CallbackFailure) -> JSON {
    func all(_ values: [Value], _ depth: Int) throws(CallbackFailure) -> [JSON] {
      var result: [JSON] = []
      for value in values { result.append(try json(of: value, depth: depth + 1, generators)) }
      return result
    }
    guard depth <= depthLimit else {
      throw CallbackFailure("its state is nested more than \(depthLimit) deep, which a backup cannot keep")
    }
    switch value {
    case .none: return .null
    case .bool(let flag): return .bool(flag)
    case .integer(let number): return .integer(number)
    case .float(let number): return .float(number)
    case .string(let text): return .string(text)
    case .list(let elements): return .array(try all(elements, depth))
    case .tuple(let elements): return ["tuple": .array(try all(elements, depth))]
    case .set(let set): return ["set": .array(try all(set.elements, depth))]
    case .dict(let dict): return ["dict": [.array(try all(dict.keys, depth)), .array(try all(dict.values, depth))]]
    case .range(let range): return ["range": [.integer(range.start), .integer(range.stop), .integer(range.step)]]
    case .array(let array):
      return [
        "array": [.string(array.type.rawValue), .array(array.shape.map(JSON.integer)), .string(hexadecimal(array.rawBytes))]
      ]
    case .object(let object as GeneratorObject):
      return ["generator": .array([object.sequence.json] + generators.json(of: object))]
    default: throw CallbackFailure("its state holds \(value.briefDescription), which a backup cannot keep")
    }
  }

  static func value(of json: JSON, _ generators: StateGenerators = StateGenerators()) throws(CallbackFailure) -> Value {
    func all(_ values: [JSON]) throws(CallbackFailure) -> [Value] {
      var result: [Value] = []
      for json in values { result.append(try value(of: json, generators)) }
      return result
    }
    switch json {
    case .null: return .none
    case .bool(let flag): return .bool(flag)
    case .integer(let number): return .integer(number)
    case .float(let number): return .float(number)
    case .string(let text): return .string(text)
    case .array(let elements): return .list(try all(elements))
    case .object(let object):
      guard let (kind, content) = object.entries.first, let parts = content.arrayValue else { throw unknown }
      switch kind {
      case "tuple": return .tuple(try all(parts))
      case "set": return .set(SetValue(try all(parts)))
      case "dict":
        guard parts.count == 2, let keys = parts[0].arrayValue, let values = parts[1].arrayValue, keys.count == values.count
        else { throw unknown }
        var dict = DictValue()
        for (key, value) in zip(try all(keys), try all(values)) { dict.set(value, for: key) }
        return .dict(dict)
      case "range":
        let numbers = parts.compactMap(\.integerValue)
        guard numbers.count == 3, numbers[2] != 0 else { throw unknown }
        return .range(RangeValue(start: numbers[0], stop: numbers[1], step: numbers[2]))
      case "array": return .array(try array(parts))
      case "generator":
        guard let sequence = parts.first.flatMap(RandomSequence.init) else { throw unknown }
        return .object(generators.object(of: parts.dropFirst(), at: sequence))
      default: throw unknown
      }
    }
  }

  private static func array(_ parts: [JSON]) throws(CallbackFailure) -> NDArray {
    guard parts.count == 3, let type = parts[0].stringValue.flatMap(ElementType.init(rawValue:)), type != .string,
      let shape = parts[1].arrayValue?.compactMap(\.integerValue), let digits = parts[2].stringValue,
      let bytes = bytes(hexadecimal: digits), NDArray.byteCount(of: type, shape: shape) == bytes.count
    else { throw unknown }
    var array = NDArray(type, shape: shape)
    array.withMutableBytes { $0.copyBytes(from: bytes) }
    return array
  }

  private static var unknown: CallbackFailure { CallbackFailure("its state in the backup is not understood") }

  private static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
      for (index, byte) in bytes.enumerated() {
        text[2 * index] = digits[Int(byte >> 4)]
        text[2 * index + 1] = digits[Int(byte & 15)]
      }
      return 2 * bytes.count
    }
  }

  private static func bytes(hexadecimal text: String) -> [UInt8]? {
    func digit(_ character: UInt8) -> UInt8? {
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: digits.count / 2)
    for index in bytes.indices {
      guard let high = digit(digits[2 * index]), let low = digit(digits[2 * index + 1]) else { return nil }
      bytes[index] = high << 4 | low
    }
    return bytes
  }
}

extension Value {
  /// What it is, in a few words: `1`, `None`, a function.
  var briefDescription: String {
    switch self {
    case .none: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .integer(let number): "\(number)"
    case .float(let number): number.pythonDescription
    case .string(let text): "the text `\(text)`"
    case .function: "a function"
    case .object(let object): "a `\(object.objectType.name)`"
    default: "no plain number"
    }
  }
}
