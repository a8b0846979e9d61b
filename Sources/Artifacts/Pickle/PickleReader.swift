/// Reads Python's pickles as far as arrays, lists and dicts of numbers and texts are made of them, and runs nothing.
///
/// A pickle is a program for a machine with a stack (Python's `pickletools` describes it). Of its instructions those are known that build plain
/// values, in protocols 2 to 5, and of what it may call the three functions of NumPy that make arrays, which are carried out here. Anything else is
/// refused by name.
struct PickleReader {
  private let path: String
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  /// The value that the bytes are a pickle of. Throws `damaged` for what is none, or does more than make values.
  static func value(of bytes: ArraySlice<UInt8>, path: String) throws(FileFailure) -> PickleValue {
    var reader = PickleReader(bytes, path)
    return try reader.run()
  }

  private init(_ bytes: ArraySlice<UInt8>, _ path: String) {
    (self.bytes, self.path, position) = (bytes, path, bytes.startIndex)
  }

  private mutating func run() throws(FileFailure) -> PickleValue {
    while true {
      let code = try takeByte()
      if code == UInt8(ascii: ".") {
        guard stack.count == 1, marks.isEmpty else { throw damaged }
        return stack[0]
      }
      try carryOut(code)
    }
  }

  private mutating func carryOut(_ code: UInt8) throws(FileFailure) {
    switch code {
    // Numbers and their like.
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "K"): stack.append(.integer(try takeNumber(1)))
    case UInt8(ascii: "M"): stack.append(.integer(try takeNumber(2)))
    case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: try takeNumber(4)))))
    case 0x8A: stack.append(.integer(try takeLong()))
    case UInt8(ascii: "G"):
      stack.append(.float(Double(bitPattern: try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })))
    // Texts and bytes.
    case UInt8(ascii: "U"), UInt8(ascii: "C"): stack.append(.bytes(try takeCounted(1)))
    case UInt8(ascii: "T"), UInt8(ascii: "B"): stack.append(.bytes(try takeCounted(4)))
    case 0x8E: stack.append(.bytes(try takeCounted(8)))
    case 0x8C: stack.append(.text(try takeText(1)))
    case UInt8(ascii: "X"): stack.append(.text(try takeText(4)))
    case 0x8D: stack.append(.text(try takeText(8)))
    default: try build(code)
    }
  }

  /// Instructions that make values of others.
  private mutating func build(_ code: UInt8) throws(FileFailure) {
    switch code {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: ")"): stack.append(.tuple(PickleTuple([])))
    case UInt8(ascii: "t"): try makeTuple(from: takeMark())
    case 0x85, 0x86, 0x87:
      let count = Int(code) - 0x84
      guard stack.count - (marks.last ?? 0) >= count else { throw damaged }
      try makeTuple(from: stack.count - count)
    case UInt8(ascii: "]"): stack.append(.list(PickleList()))
    case UInt8(ascii: "a"): try append(from: stack.count - 1)
    case UInt8(ascii: "e"): try append(from: takeMark())
    case UInt8(ascii: "}"): stack.append(.dict(PickleDict()))
    case UInt8(ascii: "s"): try setItems(from: stack.count - 2)
    case UInt8(ascii: "u"): try setItems(from: takeMark())
    default: try carryOutRest(code)
    }
  }

  /// What is remembered, what is called, and what frames the rest.
  private mutating func carryOutRest(_ code: UInt8) throws(FileFailure) {
    switch code {
    case UInt8(ascii: "q"): memo[try takeNumber(1)] = try top()
    case UInt8(ascii: "r"): memo[try takeNumber(4)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(try takeNumber(1))
    case UInt8(ascii: "j"): try recall(try takeNumber(4))
    case UInt8(ascii: "c"):
      let module = try takeLine()
      stack.append(.maker(try maker(module, try takeLine())))
    case 0x93:
      let name = try pop(), module = try pop()
      stack.append(.maker(try maker(module.string ?? "", name.string ?? "")))
    case UInt8(ascii: "R"): try call()
    case UInt8(ascii: "b"): try setState()
    case 0x80: guard try takeNumber(1) <= 5 else { throw damaged }
    case 0x95: _ = try takeNumber(8)
    default:
      throw .damaged(
        path: path,
        reason:
          "it is pickled with the instruction 0x\(String(code, radix: 16)), which data sets do not need and which is refused")
    }
  }

  // MARK: - What makes arrays

  private func maker(_ module: String, _ name: String) throws(FileFailure) -> PickleMaker {
    switch (module, name) {
    case ("numpy", "ndarray"): return .array
    case ("numpy", "dtype"): return .type
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"): return .reconstruct
    default:
      throw .damaged(path: path, reason: "it asks for `\(shown("\(module).\(name)"))`, which makes no array and is refused")
    }
  }

  private mutating func call() throws(FileFailure) {
    guard case .tuple(let arguments) = try pop(), case .maker(let maker) = try pop() else { throw damaged }
    switch maker {
    case .reconstruct: stack.append(.array(PickleArray()))
    case .type:
      guard let name = arguments.items.first?.string, (1...4).contains(name.utf8.count) else { throw damaged }
      stack.append(.type(PickleType(name)))
    case .array: throw damaged
    }
  }

  private mutating func setState() throws(FileFailure) {
    let state = try pop()
    switch try top() {
    case .array(let array): if !array.setState(state) { throw damaged }
    case .type(let type): if !type.setState(state) { throw damaged }
    default: throw damaged
    }
  }

  // MARK: - The stack

  private func top() throws(FileFailure) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw damaged }
    return value
  }

  private mutating func pop() throws(FileFailure) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func takeMark() throws(FileFailure) -> Int {
    guard let mark = marks.popLast() else { throw damaged }
    return mark
  }

  private mutating func recall(_ place: Int) throws(FileFailure) {
    guard let value = memo[place] else { throw damaged }
    stack.append(value)
  }

  private mutating func makeTuple(from start: Int) throws(FileFailure) {
    let tuple = PickleTuple(Array(stack[start...]))
    guard tuple.items.allSatisfy(tuple.hold) else { throw damaged }
    stack.removeSubrange(start...)
    stack.append(.tuple(tuple))
  }

  private mutating func append(from start: Int) throws(FileFailure) {
    guard start > marks.last ?? 0, case .list(let list) = stack[start - 1], list.append(stack[start...]) else { throw damaged }
    stack.removeSubrange(start...)
  }

  private mutating func setItems(from start: Int) throws(FileFailure) {
    guard start > marks.last ?? 0, case .dict(let dict) = stack[start - 1], (stack.count - start) % 2 == 0 else { throw damaged }
    for place in stride(from: start, to: stack.count, by: 2) {
      guard dict.set(stack[place], stack[place + 1]) else { throw damaged }
    }
    stack.removeSubrange(start...)
  }

  // MARK: - The bytes

  private var damaged: FileFailure {
    .damaged(
      path: path, reason: "it is no pickle of arrays, lists and texts, or a damaged one (byte \(position - bytes.startIndex))")
  }

  private mutating func takeByte() throws(FileFailure) -> UInt8 {
    guard position < bytes.endIndex else { throw damaged }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func take(_ count: Int) throws(FileFailure) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.endIndex - position else { throw damaged }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A little-endian number of so many bytes, without a sign.
  private mutating func takeNumber(_ size: Int) throws(FileFailure) -> Int {
    let number = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: number) else { throw damaged }
    return number
  }

  /// A little-endian number of up to 64 bits in two's complement, behind its length.
  private mutating func takeLong() throws(FileFailure) -> Int {
    let digits = try takeCounted(1)
    guard digits.count <= 8 else { throw damaged }
    let sign: UInt64 = (digits.last ?? 0) & 0x80 == 0 ? 0 : .max
    return Int(Int64(bitPattern: digits.reversed().reduce(sign) { $0 << 8 | UInt64($1) }))
  }

  private mutating func takeCounted(_ size: Int) throws(FileFailure) -> ArraySlice<UInt8> { try take(try takeNumber(size)) }

  private mutating func takeText(_ size: Int) throws(FileFailure) -> String {
    guard let text = String(validating: try takeCounted(size), as: UTF8.self) else { throw damaged }
    return text
  }

  private mutating func takeLine() throws(FileFailure) -> String {
    guard let end = bytes[position...].firstIndex(of: 0x0A), let text = String(validating: bytes[position..<end], as: UTF8.self)
    else {
      throw damaged
    }
    position = end + 1
    return text
  }
}
