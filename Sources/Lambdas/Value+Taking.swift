import Arrays

/// Collections taken out of a value to be changed and put back: None stays behind, so that the taker is the only holder of the memory
/// and the change copies nothing. The value must be of the kind that is taken.
extension Value {
  mutating func takeItems() -> [Value] {
    guard case .list(let items) = self else { preconditionFailure("only a list holds a list's elements") }
    self = .none
    return items
  }

  mutating func takeDict() -> DictValue {
    guard case .dict(let dict) = self else { preconditionFailure("only a dict holds a dict's entries") }
    self = .none
    return dict
  }

  mutating func takeSet() -> SetValue {
    guard case .set(let set) = self else { preconditionFailure("only a set holds a set's elements") }
    self = .none
    return set
  }

  mutating func takeArray() -> NDArray {
    guard case .array(let array) = self else { preconditionFailure("only an array holds an array's elements") }
    self = .none
    return array
  }
}
