/// A path with Python format fields, such as `best-{epoch:02d}-{val_loss:.2f}.keras`.
struct PathTemplate {
  struct Field: Equatable {
    let name: String
    /// What stands after `:`; empty where there is none.
    let format: String
  }
  let fields: [Field]
  /// Whether a brace has no partner.
  let isMalformed: Bool

  init(_ text: String) {
    var fields: [Field] = []
    var isMalformed = false
    var rest = Array(text)[...]
    while let character = rest.popFirst() {
      switch character {
      case "{" where rest.first == "{", "}" where rest.first == "}": rest.removeFirst()
      case "{":
        guard let end = rest.firstIndex(of: "}") else {
          isMalformed = true
          rest = []
          break
        }
        let inside = rest[rest.startIndex..<end]
        rest = rest[(end + 1)...]
        let colon = inside.firstIndex(of: ":") ?? inside.endIndex
        let name = String(inside[..<colon].prefix { $0 != "!" })
        fields.append(.init(name: name, format: colon < inside.endIndex ? String(inside[(colon + 1)...]) : ""))
      case "}": isMalformed = true
      default: break
      }
    }
    self.fields = fields
    self.isMalformed = isMalformed
  }
}
