import Artifacts

/// What of a run grows with its epochs, as rows for the journal of its backups: each is encoded once, and handed to one backup.
///
/// A row is a line of JSON: whose it is, and what it says. `["History", {"epochs": [0], "series": {"loss": [0.5]}}]`
struct RunJournal {
  /// The rows of decisions; those of callbacks stand under their names.
  static let decisions = "decision"

  /// Rows that no backup has yet.
  private var bytes: [UInt8] = []
  /// Bytes before those.
  private var handedOver = 0

  /// Bytes of all rows so far: a place in the journal.
  var end: Int { handedOver + bytes.count }

  /// `text` is the JSON of what it says.
  mutating func add(_ name: String, _ text: String) { bytes += "[\(JSON.string(name).text), \(text)]\n".utf8 }

  /// The rows before a place that were not taken before.
  mutating func take(upTo end: Int) -> [UInt8] {
    let count = max(0, end - handedOver)
    defer {
      bytes.removeFirst(count)
      handedOver += count
    }
    return Array(bytes.prefix(count))
  }

  /// What rows say, by whose they are. Throws where these bytes are none.
  static func read(_ bytes: [UInt8]) throws(CallbackFailure) -> [String: [JSON]] {
    var rows: [String: [JSON]] = [:]
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let row = try? JSON.parse(Array(line)), let name = row[0]?.stringValue, let content = row[1] else {
        throw CallbackFailure("its journal holds what is no row of a training")
      }
      rows[name, default: []].append(content)
    }
    return rows
  }
}
