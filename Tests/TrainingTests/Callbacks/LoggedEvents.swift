import Artifacts
import Glibc

/// What an event file holds, read by hand: the fields of the messages by their numbers, and no checksums.
struct LoggedEvent: Equatable {
  var step = 0
  var tag = ""
  var plugin = ""
  /// Of a scalar.
  var number: Float?

  /// The events of all files in a folder, without those that only begin a file; a torn record ends the test.
  static func all(inFolder folder: String) throws -> [LoggedEvent] {
    try names(inFolder: folder).sorted().filter { $0.hasPrefix("events.out.tfevents.") }.flatMap { name in
      var rest = try readFile("\(folder)/\(name)")[...]
      var events: [LoggedEvent] = []
      while !rest.isEmpty {
        let length = Int(rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
        precondition(rest.count >= length + 16, "every record is whole")
        if let event = LoggedEvent(rest.dropFirst(12).prefix(length)) { events.append(event) }
        rest = rest.dropFirst(length + 16)
      }
      return events
    }
  }

  private init?(_ message: ArraySlice<UInt8>) {
    let event = fields(message)
    guard let summary = event[5]?.first, let value = fields(summary)[1]?.first.map(fields) else { return nil }
    step = event[2]?.first.map { Int($0.reversed().reduce(0) { $0 << 8 | UInt64($1) }) } ?? 0
    tag = String(decoding: value[1]?.first ?? [], as: UTF8.self)
    let data = value[9]?.first.flatMap { fields($0)[1]?.first }
    plugin = String(decoding: data.flatMap { fields($0)[1]?.first } ?? [], as: UTF8.self)
    if plugin == "scalars", let content = value[8]?.first.flatMap({ fields($0)[4]?.first }) {
      number = Float(bitPattern: content.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }
}

/// The fields of a protocol message by number, each with the bytes of its values; a varint's are its little-endian bytes.
private func fields(_ message: ArraySlice<UInt8>) -> [Int: [ArraySlice<UInt8>]] {
  var rest = message
  var found: [Int: [ArraySlice<UInt8>]] = [:]
  func varint() -> Int {
    var (value, shift) = (0, 0)
    while let byte = rest.popFirst() {
      value |= Int(byte & 127) << shift
      shift += 7
      if byte < 128 { break }
    }
    return value
  }
  while !rest.isEmpty {
    let key = varint()
    switch key & 7 {
    case 0: found[key >> 3, default: []].append(withUnsafeBytes(of: varint().littleEndian) { Array($0)[...] })
    case 1:
      found[key >> 3, default: []].append(rest.prefix(8))
      rest = rest.dropFirst(8)
    case 2:
      let count = varint()
      found[key >> 3, default: []].append(rest.prefix(count))
      rest = rest.dropFirst(count)
    default: preconditionFailure("messages of events have fields of three kinds")
    }
  }
  return found
}

/// The names of the files in a folder; none where there is no folder.
func names(inFolder path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}
