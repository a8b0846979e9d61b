import Lambdas

/// The lines that a script adds to the head of a request.
struct RequestHead {
  let lines: [(name: String, value: String)]

  /// Those of a dict; any other value has none.
  init(_ headers: Value) {
    guard case .dict(let dict) = headers else {
      lines = []
      return
    }
    lines = zip(dict.keys, dict.values).map { name, value in
      (name.asString ?? Operations.representation(name), value.asString ?? "")
    }
  }

  /// The name of the first line that cannot be sent; nil if all can.
  var firstWrong: String? { lines.first { !Self.isLine($0.name, $0.value) }?.name }

  /// Whether a name and what it says make a line of a head (RFC 9110, 5.5 and 5.6.2).
  private static func isLine(_ name: String, _ value: String) -> Bool {
    let isName = name.utf8.allSatisfy { byte in
      Character(Unicode.Scalar(byte)).isLetter && byte < 0x80 || 0x30...0x39 ~= byte || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
    return isName && !name.isEmpty && !value.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }
  }
}
