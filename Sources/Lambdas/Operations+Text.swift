import Arrays

extension Operations {
  /// What Python's `repr` gives.
  package static func representation(_ value: Value) -> String {
    switch value {
    case .none: return "None"
    case .bool(let flag): return flag ? "True" : "False"
    case .integer(let number): return String(number)
    case .float(let number): return number.pythonDescription
    case .string(let text): return quoted(text)
    case .list(let items): return "[\(items.map(representation).joined(separator: ", "))]"
    case .tuple(let items):
      return items.count == 1 ? "(\(representation(items[0])),)" : "(\(items.map(representation).joined(separator: ", ")))"
    case .dict(let dict):
      return "{\(zip(dict.keys, dict.values).map { "\(representation($0)): \(representation($1))" }.joined(separator: ", "))}"
    case .set(let set): return set.count == 0 ? "set()" : "{\(set.elements.map(representation).joined(separator: ", "))}"
    case .range(let range):
      return range.step == 1 ? "range(\(range.start), \(range.stop))" : "range(\(range.start), \(range.stop), \(range.step))"
    case .slice(let lower, let upper, let step):
      return "slice(\(representation(lower)), \(representation(upper)), \(representation(step)))"
    case .ellipsis: return "Ellipsis"
    case .array(let array): return array.representation
    case .iterator(let iterator):
      return iterator.kind.isView
        ? "\(iterator.kind.rawValue)([\(iterator.elements.map(representation).joined(separator: ", "))])"
        : "<\(iterator.kind.rawValue) object>"
    case .function(let function):
      switch function.body {
      case .builtin(let builtin): return builtin.isType ? "<class '\(builtin.name)'>" : "<built-in function \(builtin.name)>"
      case .method(let receiver, let name): return "<built-in method \(name) of \(receiver.typeName) object>"
      case .code, .host: return "<function \(function.name)>"
      }
    case .object(let object): return object.description
    }
  }

  /// What Python's `str` and `print` give.
  package static func string(_ value: Value) -> String {
    switch value {
    case .string(let text): text
    case .array(let array): array.text
    default: representation(value)
    }
  }

  /// What Python's `ascii` gives: `repr` with everything outside ASCII escaped.
  package static func ascii(_ value: Value) -> String {
    var result: [UInt8] = []
    for scalar in representation(value).unicodeScalars {
      if scalar.isASCII { result.append(UInt8(scalar.value)) } else { result += escape(scalar).utf8 }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A text in quotes as `repr` writes it: single ones, unless it holds single and no double ones.
  package static func quoted(_ text: String) -> String {
    // By bytes: a view of scalars moves all it has whenever several are added.
    let single = UInt8(ascii: "'")
    let quote = text.utf8.contains(single) && !text.utf8.contains(UInt8(ascii: "\"")) ? UInt8(ascii: "\"") : single
    var result: [UInt8] = [quote]
    result.reserveCapacity(text.utf8.count + 2)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\".utf8
      case "\n": result += "\\n".utf8
      case "\r": result += "\\r".utf8
      case "\t": result += "\\t".utf8
      case _ where scalar.value == UInt32(quote): result += [UInt8(ascii: "\\"), quote]
      case _ where isPrintable(scalar): result += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
      default: result += escape(scalar).utf8
      }
    }
    result.append(quote)
    return String(decoding: result, as: UTF8.self)
  }

  /// Python's `str.isprintable` of one character.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 32 && scalar.value != 127 }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let hexadecimal = String(scalar.value, radix: 16)
    func padded(_ width: Int) -> String { String(repeating: "0", count: width - hexadecimal.count) + hexadecimal }
    return scalar.value < 0x100 ? "\\x\(padded(2))" : scalar.value < 0x10000 ? "\\u\(padded(4))" : "\\U\(padded(8))"
  }
}
