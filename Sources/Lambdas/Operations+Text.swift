import Arrays

extension Operations {
  /// What Python's `repr` gives, cut off where it would be larger than a text may be.
  package static func representation(_ value: Value) -> String { ValueWriter.text(of: value, asRepresentation: true).text }

  /// What Python's `str` and `print` give, cut off in the same way.
  package static func string(_ value: Value) -> String { ValueWriter.text(of: value, asRepresentation: false).text }

  /// What `repr` or `str` gives; an error where it would be too large.
  static func written(_ value: Value, asRepresentation: Bool) throws(MachineError) -> String {
    let (text, isWhole) = ValueWriter.text(of: value, asRepresentation: asRepresentation)
    if !isWhole { try checkBytes(textLimit + 1) }
    return text
  }

  /// What Python's `ascii` gives: `repr` with everything outside ASCII escaped.
  package static func ascii(_ value: Value) throws(MachineError) -> String {
    var result: [UInt8] = []
    for scalar in try written(value, asRepresentation: true).unicodeScalars {
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

/// Writes values as Python does, until the text is as large as one may be.
private struct ValueWriter {
  private var text = ""
  private var isFull = false

  static func text(of value: Value, asRepresentation: Bool) -> (text: String, isWhole: Bool) {
    if case .string(let text) = value, !asRepresentation { return (text, true) }
    var writer = ValueWriter()
    if case .array(let array) = value, !asRepresentation {
      writer.text = array.text
    } else if case .object(let object) = value, !asRepresentation {
      writer.text = object.text
    } else {
      writer.write(value)
    }
    return (writer.text, !writer.isFull)
  }

  private mutating func write(_ part: String) {
    if text.utf8.count + part.utf8.count > Operations.textLimit { isFull = true }
    if !isFull { text += part }
  }

  private mutating func write(_ items: [Value], _ open: String, _ close: String) {
    write(open)
    for (index, item) in items.enumerated() {
      if isFull { return }
      if index > 0 { write(", ") }
      write(item)
    }
    write(close)
  }

  private mutating func write(_ value: Value) {
    switch value {
    case .none: write("None")
    case .bool(let flag): write(flag ? "True" : "False")
    case .integer(let number): write(String(number))
    case .float(let number): write(number.pythonDescription)
    case .string(let text): write(Operations.quoted(text))
    case .list(let items): write(items, "[", "]")
    case .tuple(let items): write(items, "(", items.count == 1 ? ",)" : ")")
    case .dict(let dict):
      write("{")
      for (index, entry) in zip(dict.keys, dict.values).enumerated() {
        if isFull { return }
        if index > 0 { write(", ") }
        write(entry.0)
        write(": ")
        write(entry.1)
      }
      write("}")
    case .set(let set): if set.count == 0 { write("set()") } else { write(set.elements, "{", "}") }
    case .range(let range):
      write(range.step == 1 ? "range(\(range.start), \(range.stop))" : "range(\(range.start), \(range.stop), \(range.step))")
    case .slice(let lower, let upper, let step): write([lower, upper, step], "slice(", ")")
    case .ellipsis: write("Ellipsis")
    case .array(let array): write(array.representation)
    case .iterator(let iterator):
      let name = iterator.kind.rawValue
      if iterator.kind.isView { write(iterator.elements, "\(name)([", "])") } else { write("<\(name) object>") }
    case .function(let function):
      switch function.body {
      case .builtin(let builtin) where builtin.isType:
        // The class of an object of the host has that object's name.
        write("<class '\(function.name == builtin.name ? builtin.className : function.name)'>")
      case .builtin(let builtin): write("<built-in function \(builtin.name)>")
      case .method(let receiver, let name): write("<built-in method \(name) of \(receiver.typeName) object>")
      case .code, .host: write("<function \(function.name)>")
      }
    case .object(let object): write(object.description)
    }
  }
}
