import Arrays
import Glibc
import Syntax

extension Builtins {
  private static func scalarType(_ arguments: [ValueType?]) -> ValueType {
    switch arguments[0] {
    case .bool?, .integer?: .integer
    case .float?: .float
    case .array(let type, let shape)?: .array(type, shape: shape)
    default: .any
    }
  }

  /// Numbers, texts, classes, printing.
  static let coreFunctions: [Builtin] = [
    Builtin(.core, "abs(x: number | array, /)", "The magnitude of a number.", type: scalarType) {
      (_, arguments) throws(MachineError) in
      let x = arguments[0] ?? .none
      switch x {
      case .float(let number): return .float(number.magnitude)
      case .array(let array):
        return try Operations.numeric { () throws(ArrayError) in Value(unwrapping: try array.mapped(.absolute)) }
      default:
        guard let number = x.asInteger else { throw .init(.type, "bad operand type for abs(): '\(x.typeName)'") }
        if number == Int.min { throw Operations.overflow }
        return .integer(abs(number))
      }
    },
    Builtin(.core, "bool(x: any = False, /) -> bool", "Whether a value counts as true.", isType: true) {
      (_, arguments) throws(MachineError) in
      .bool(try arguments[0].map(Operations.truth) ?? false)
    },
    Builtin(
      .core, "divmod(a: number | array, b: number | array, /)", "Floor quotient and remainder.",
      type: { arguments in
        let isWhole = arguments.allSatisfy { $0 == .integer || $0 == .bool }
        let isFloat = arguments.allSatisfy { $0?.isScalar ?? false } && arguments.contains { $0 == .float }
        let part: ValueType = isWhole ? .integer : isFloat ? .float : .any
        return .tuple([part, part])
      }
    ) { (_, arguments) throws(MachineError) in
      let (a, b) = (arguments[0] ?? .none, arguments[1] ?? .none)
      return .tuple([try Operations.binary(.floorDivide, a, b), try Operations.binary(.modulo, a, b)])
    },
    Builtin(.core, "float(x: any = 0.0, /) -> float", "A float, of a number or a text.", isType: true) {
      (_, arguments) throws(MachineError) in
      guard let x = arguments[0] else { return .float(0) }
      return .float(try Operations.float(x))
    },
    Builtin(.core, "hasattr(object: any, name: str, /) -> bool", "Whether a value has an attribute of that name.") {
      (_, arguments) throws(MachineError) in
      guard case .string(let name)? = arguments[1] else {
        throw .init(.type, "attribute name must be string, not '\((arguments[1] ?? .none).typeName)'")
      }
      return .bool((try? Operations.attribute(arguments[0] ?? .none, name)) != nil)
    },
    Builtin(
      .core, "int(x: any = 0, base: int = 10) -> int", "A whole number, of a number (cut toward zero) or a text.", isType: true
    ) { (_, arguments) throws(MachineError) in
      guard let x = arguments[0] else { return .integer(0) }
      return .integer(try Operations.integer(x, base: arguments[1]))
    },
    Builtin(
      .core, "isinstance(object: any, classes: any, /) -> bool", "Whether a value is of a class, or of one of a tuple of classes."
    ) { (_, arguments) throws(MachineError) in
      .bool(try Operations.isInstance(arguments[0] ?? .none, arguments[1] ?? .none))
    },
    Builtin(
      .core, "pow(base: number | array, exp: number | array, mod: int | None = None)", "`base ** exp`, modulo `mod` where given.",
      type: { arguments in
        guard arguments.count > 2, arguments[2] == nil, let base = arguments[0], let exponent = arguments[1] else { return .any }
        return Typing.binary(.power, base, exponent).type
      }
    ) { (_, arguments) throws(MachineError) in
      let (base, exponent) = (arguments[0] ?? .none, arguments[1] ?? .none)
      guard let modulus = arguments[2], !modulus.isNone else { return try Operations.binary(.power, base, exponent) }
      guard let b = base.asInteger, let e = exponent.asInteger, let m = modulus.asInteger else {
        throw .init(.type, "pow() 3rd argument not allowed unless all arguments are integers")
      }
      return .integer(try Operations.power(b, e, modulo: m))
    },
    Builtin(
      .core, "print(*values, sep: str | None = ' ', end: str | None = '\\n', flush: bool = False) -> None",
      "Writes values, separated by spaces, and a line end.", isImpure: true
    ) { (machine, arguments) throws(MachineError) in
      guard case .tuple(let values) = arguments[0] ?? .tuple([]) else { return .none }
      let separator = arguments[1]?.asString ?? " "
      var text = ""
      for (index, value) in values.enumerated() {
        text += (index > 0 ? separator : "") + (try Operations.written(value, asRepresentation: false))
        try Operations.checkBytes(text.utf8.count)
      }
      try machine.allot(bytes: text.utf8.count)
      machine.print(text + (arguments[2]?.asString ?? "\n"))
      return .none
    },
    Builtin(.core, "repr(object: any, /) -> str", "A value as Python writes it.") { (_, arguments) throws(MachineError) in
      .string(try Operations.written(arguments[0] ?? .none, asRepresentation: true))
    },
    Builtin(
      .core, "format(value: any, format_spec: str = '', /) -> str", "A value in a format, as after the colon in an f-string."
    ) { (_, arguments) throws(MachineError) in
      .string(try Operations.format(arguments[0] ?? .none, arguments[1]?.asString ?? ""))
    },
    Builtin(
      .core, "round(number: number | array, ndigits: int | None = None)",
      "A number rounded, halves to the even neighbour; without `ndigits` an int.",
      type: { arguments in
        guard arguments[0]?.isScalar ?? false else { return .any }
        if arguments[0] != .float { return .integer }
        guard let digits = arguments[1], digits != .none else { return .integer }
        return digits == .integer ? .float : .oneOf([.integer, .float])
      }
    ) { (_, arguments) throws(MachineError) in
      try Operations.round(arguments[0] ?? .none, arguments[1] ?? .none)
    },
    Builtin(.core, "str(object: any = '', /) -> str", "A value as text, as `print` writes it.", isType: true) {
      (_, arguments) throws(MachineError) in
      guard let value = arguments[0] else { return .string("") }
      return .string(try Operations.written(value, asRepresentation: false))
    },
    Builtin(.core, "ascii(object: any, /) -> str", "A value as Python writes it, in ASCII.") {
      (_, arguments) throws(MachineError) in .string(try Operations.ascii(arguments[0] ?? .none))
    },
    Builtin(.core, "bin(number: int, /) -> str", "A whole number in binary digits.") { (_, arguments) throws(MachineError) in
      try based(arguments[0], "b")
    },
    Builtin(.core, "oct(number: int, /) -> str", "A whole number in octal digits.") { (_, arguments) throws(MachineError) in
      try based(arguments[0], "o")
    },
    Builtin(.core, "hex(number: int, /) -> str", "A whole number in hexadecimal digits.") { (_, arguments) throws(MachineError) in
      try based(arguments[0], "x")
    },
    Builtin(.core, "chr(i: int, /) -> str", "The character of a code point.") { (_, arguments) throws(MachineError) in
      guard let number = arguments[0]?.asInteger else {
        throw .init(.type, "'\((arguments[0] ?? .none).typeName)' object cannot be interpreted as an integer")
      }
      if Int32(exactly: number) == nil { throw .init(.overflow, "Python int too large to convert to C int") }
      guard let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) else {
        throw .init(.value, "chr() arg not in range(0x110000)")
      }
      return .string(String(scalar))
    },
    Builtin(.core, "ord(c: str, /) -> int", "The code point of a character.") { (_, arguments) throws(MachineError) in
      guard case .string(let text)? = arguments[0] else {
        throw .init(.type, "ord() expected string of length 1, but \((arguments[0] ?? .none).typeName) found")
      }
      let scalars = Array(text.unicodeScalars)
      guard scalars.count == 1 else {
        throw .init(.type, "ord() expected a character, but string of length \(scalars.count) found")
      }
      return .integer(Int(scalars[0].value))
    },
    Builtin(.core, "callable(object: any, /) -> bool", "Whether a value can be called.") { (_, arguments) throws(MachineError) in
      if case .function? = arguments[0] { return .bool(true) }
      return .bool(false)
    },
    Builtin(.core, "type(object: any, /)", "The class of a value.", isType: true) { (_, arguments) throws(MachineError) in
      let value = arguments[0] ?? .none
      if case .object(let object) = value {
        return .function(FunctionValue(name: object.objectType.name, type: .init([], returns: .any), body: .builtin(noneClass)))
      }
      if value.isNone { return noneClass.value }
      return function(value.typeName)?.value ?? noneClass.value
    },
    Builtin(.time, "time() -> float", "Seconds of run time: the time a run was not running is left out.", isImpure: true) {
      machine, _ in
      .float(machine.clock())
    },
    Builtin(.time, "process_time() -> float", "Seconds that the processors have worked for this program.", isImpure: true) {
      _, _ in
      var time = timespec()
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
      return .float(Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    },
  ]

  /// The class of None, which has no name of its own.
  private static let noneClass = Builtin(.core, "NoneType()", "The class of None.", isType: true) { _, _ in .none }

  private static func based(_ value: Value?, _ type: String) throws(MachineError) -> Value {
    guard let value, value.asInteger != nil else {
      throw .init(.type, "'\((value ?? .none).typeName)' object cannot be interpreted as an integer")
    }
    return .string(try Operations.format(.integer(value.asInteger ?? 0), "#" + type))
  }
}

extension Operations {
  /// `float(value)`.
  static func float(_ value: Value) throws(MachineError) -> Double {
    if let number = value.asDouble { return number }
    if case .array(let array) = value { return try Operations.number(of: array).asDouble ?? 0 }
    guard case .string(let text) = value else {
      throw .init(.type, "float() argument must be a string or a real number, not '\(value.typeName)'")
    }
    let failure = MachineError(.value, "could not convert string to float: \(quoted(text))")
    let scalars = trimmed(text)
    let digits = try ungrouped(scalars, failure)
    switch digits.lowercased().drop(while: { $0 == "+" || $0 == "-" }) {
    case "inf", "infinity": return digits.hasPrefix("-") ? -.infinity : .infinity
    case "nan": return .nan
    default: break
    }
    guard digits.allSatisfy({ "0123456789.eE+-".contains($0) }), let number = FloatText.parse(digits) else { throw failure }
    return number
  }

  /// The number that an array without axes is.
  private static func number(of array: NDArray) throws(MachineError) -> Value {
    guard array.rank == 0 else {
      throw .init(.type, "only 0-dimensional arrays can be converted to Python scalars: take an element, `x[0]` or `x.item()`")
    }
    return Value(array.element(at: 0))
  }

  /// `int(value, base)`.
  static func integer(_ value: Value, base: Value?) throws(MachineError) -> Int {
    if let base = base?.asInteger, base != 0, !(2...36).contains(base) {
      throw .init(.value, "int() base must be >= 2 and <= 36, or 0")
    }
    if case .string(let text) = value {
      let base = base?.asInteger ?? 10
      let failure = MachineError(.value, "invalid literal for int() with base \(base): \(quoted(text))")
      var body = Substring(try ungrouped(trimmed(text), failure, allowsPrefix: true))
      var isNegative = false
      if body.first == "-" || body.first == "+" { isNegative = body.removeFirst() == "-" }
      var radix = base
      let prefixes: [(String, Int)] = [("0x", 16), ("0o", 8), ("0b", 2)]
      if let (_, meant) = prefixes.first(where: { body.lowercased().hasPrefix($0.0) }), base == 0 || base == meant {
        radix = meant
        body = body.dropFirst(2)
      } else if base == 0 {
        radix = 10
        if body.count > 1, body.first == "0", !body.allSatisfy({ $0 == "0" }) { throw failure }
      }
      guard !body.isEmpty,
        body.allSatisfy({
          $0.isASCII && ($0.hexDigitValue != nil || $0.isLetter || $0.isNumber) && (Int(String($0), radix: 36) ?? 99) < radix
        })
      else { throw failure }
      guard let number = Int((isNegative ? "-" : "") + body, radix: radix) else { throw overflow }
      return number
    }
    if base != nil { throw .init(.type, "int() can't convert non-string with explicit base") }
    if let number = value.asInteger { return number }
    if case .float(let number) = value { return try integer(truncating: number) }
    if case .array(let array) = value { return try integer(number(of: array), base: nil) }
    throw .init(.type, "int() argument must be a string, a bytes-like object or a real number, not '\(value.typeName)'")
  }

  private static func trimmed(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.firstIndex(where: { !isSpace($0) }), let last = scalars.lastIndex(where: { !isSpace($0) }) else {
      return ""
    }
    // Digits of other scripts count as those of ASCII.
    return String(
      scalars: scalars[first...last].map { scalar in
        guard !scalar.isASCII, scalar.properties.generalCategory == .decimalNumber, let digit = scalar.properties.numericValue,
          let meant = UInt32(exactly: digit).flatMap({ Unicode.Scalar($0 + 48) })
        else { return scalar }
        return meant
      })
  }

  /// The digits of a number's text without the underscores that may stand between two of them.
  private static func ungrouped(_ text: String, _ failure: MachineError, allowsPrefix: Bool = false) throws(MachineError)
    -> String
  {
    guard text.contains("_") else { return text }
    let bytes = Array(text.utf8)
    let isDigit = { (byte: UInt8) in byte >= 48 && byte <= 57 || allowsPrefix && (byte | 32 >= 97 && byte | 32 <= 122) }
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
      guard index > 0, index + 1 < bytes.count, isDigit(bytes[index - 1]), isDigit(bytes[index + 1]) else { throw failure }
    }
    return text.filter { $0 != "_" }
  }

  /// `round(value, digits)`: halves to even; a float is rounded through its correctly rounded decimal spelling.
  static func round(_ value: Value, _ digits: Value) throws(MachineError) -> Value {
    if case .array(let array) = value {
      return try numeric { () throws(ArrayError) in .array(try array.rounded(decimals: digits.asInteger ?? 0)) }
    }
    let places = digits.asInteger
    if places == nil, !digits.isNone { throw .init(.type, "'\(digits.typeName)' object cannot be interpreted as an integer") }
    if case .float(let number) = value {
      guard let places else { return .integer(try integer(truncating: number.rounded(.toNearestOrEven))) }
      guard number.isFinite, places <= 323 else { return value }
      if places < -308 { return .float(copysign(0, number)) }
      if places >= 0 { return .float(FloatText.parse(FloatText.fixed(number, precision: places)) ?? number) }
      let digits = FloatText.digits(number.magnitude, count: 17).point + places
      if number != 0, digits >= 1 {
        let rounded = FloatText.parse(FloatText.scientific(number, precision: digits - 1)) ?? number
        if rounded.isInfinite { throw .init(.overflow, "rounded value too large to represent") }
        return .float(rounded)
      }
      // Left of the point: the nearest multiple of a power of ten, ties to the even multiple.
      let unit = pow(10.0, Double(-places))
      let scaled = (number / unit).rounded(.toNearestOrEven)
      return .float(scaled == 0 ? copysign(0, number) : scaled * unit)
    }
    guard let number = value.asInteger else { throw .init(.type, "type \(value.typeName) doesn't define __round__ method") }
    guard let places, places < 0 else { return .integer(number) }
    if places < -19 { return .integer(0) }
    let unit = Int128((0..<(-places)).reduce(UInt64(1)) { power, _ in power * 10 })
    let rest = ((Int128(number) % unit) + unit) % unit
    let down = Int128(number) - rest
    let isUp = rest * 2 > unit || rest * 2 == unit && (down / unit) & 1 != 0
    guard let rounded = Int(exactly: isUp ? down + unit : down) else { throw overflow }
    return .integer(rounded)
  }

  /// `pow(base, exponent, modulus)` of whole numbers.
  static func power(_ base: Int, _ exponent: Int, modulo modulus: Int) throws(MachineError) -> Int {
    if modulus == 0 { throw .init(.value, "pow() 3rd argument cannot be 0") }
    if exponent < 0 {
      guard exponent != Int.min, let inverse = inverse(of: base, modulo: modulus) else {
        throw .init(.value, "base is not invertible for the given modulus")
      }
      return try power(inverse, -exponent, modulo: modulus)
    }
    let size = modulus.magnitude
    var (result, square, rest) = (1 % size, UInt(bitPattern: try self.modulo(base, modulus)), exponent)
    if modulus < 0 { square = UInt(bitPattern: try self.modulo(base, modulus) - (modulus == Int.min ? 0 : modulus)) % size }
    while rest > 0 {
      if rest & 1 == 1 { result = size.dividingFullWidth(result.multipliedFullWidth(by: square)).remainder }
      square = size.dividingFullWidth(square.multipliedFullWidth(by: square)).remainder
      rest >>= 1
    }
    let positive = Int(bitPattern: result)
    return modulus < 0 && positive != 0 ? positive + modulus : positive
  }

  /// The number whose product with `base` leaves 1 modulo `modulus`; nil where there is none.
  private static func inverse(of base: Int, modulo modulus: Int) -> Int? {
    let size = Int128(modulus.magnitude)
    var (a, b) = (((Int128(base) % size) + size) % size, size)
    var (x, y) = (Int128(1), Int128(0))
    while b != 0 {
      let quotient = a / b
      (a, b) = (b, a - quotient * b)
      (x, y) = (y, x - quotient * y)
    }
    return a == 1 ? Int(exactly: ((x % size) + size) % size) : nil
  }

  /// `isinstance(value, classes)`.
  static func isInstance(_ value: Value, _ classes: Value) throws(MachineError) -> Bool {
    if case .tuple(let items) = classes {
      for item in items where try isInstance(value, item) { return true }
      return false
    }
    guard case .function(let function) = classes, case .builtin(let builtin) = function.body, builtin.isType else {
      throw .init(.type, "isinstance() arg 2 must be a type, a tuple of types, or a union")
    }
    if builtin.name == "int", case .bool = value { return true }
    return value.typeName == builtin.className
  }
}
