/// Where a statement stands, which says what it may be.
struct Place {
  enum Kind: String {
    case script = "the script itself"
    case model = "a model"
    case callback = "a callback"
    case callbacks = "a `callbacks` block"
    case hook = "a hook"
    case function = "a function"
  }

  var kind: Kind
  /// Whether `break` and `continue` have a loop to act on.
  var isInLoop = false
  /// Whether an `if` or `for` stands around.
  var isConditional = false

  init(_ kind: Kind) { self.kind = kind }

  /// The inside of an `if` or `for` here.
  func inside(loop: Bool) -> Place {
    var place = self
    place.isInLoop = isInLoop || loop
    place.isConditional = true
    return place
  }
}
