import Arrays

extension FunctionValue {
  /// A number in hexadecimal digits that a function which does something else, or has captured other values, almost surely does not have.
  /// It is the same in every run of a script.
  package var fingerprint: String {
    var hash = SHA256()
    add(to: &hash)
    return String(hash.hexadecimal.prefix(16))
  }

  fileprivate func add(to hash: inout SHA256) {
    switch body {
    case .code(let code, let captured):
      code.add(to: &hash)
      for value in captured { value.add(to: &hash) }
    case .method(let receiver, let name):
      receiver.add(to: &hash)
      hash.add(name)
    case .builtin, .host: hash.add(name)
    }
  }
}

extension FunctionCode {
  fileprivate func add(to hash: inout SHA256) {
    hash.add(listing)
    for value in body.constants { value.add(to: &hash) }
    for function in body.functions { function.add(to: &hash) }
    for call in body.codeCalls { call.callee.add(to: &hash) }
  }
}

extension Value {
  /// A number in hexadecimal digits that another value almost surely does not have; the same in every run.
  package var fingerprint: String {
    var hash = SHA256()
    add(to: &hash)
    return String(hash.hexadecimal.prefix(16))
  }

  /// All of it: `representation` leaves out most of a large array.
  fileprivate func add(to hash: inout SHA256) {
    switch self {
    case .array(let array): hash.add(array.fingerprint)
    case .list(let items), .tuple(let items):
      hash.add("\(items.count) items")
      for item in items { item.add(to: &hash) }
    case .dict(let dict):
      hash.add("\(dict.count) entries")
      for item in dict.keys + dict.values { item.add(to: &hash) }
    case .function(let function): function.add(to: &hash)
    case .object(let object): hash.add(object.fingerprint)
    default: hash.add(Operations.representation(self))
    }
  }
}
