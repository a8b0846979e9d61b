import Arrays

/// What is known of a value before it exists.
package indirect enum ValueType: Sendable, Equatable {
  /// Nothing is known; every use is checked when it runs.
  case any
  case none, bool, integer, float, string
  case list(ValueType)
  /// A tuple whose elements are known one by one, or (`rest`) any number of one type.
  case tuple([ValueType])
  case tupleOf(ValueType)
  case dict(key: ValueType, value: ValueType)
  /// A dict with known keys, as `logs` is: which keys are always there and which may be.
  case record(RecordType)
  case set(ValueType)
  case range, slice, ellipsis
  /// Something to go through once or more, that gives values of one type.
  case iterator(ValueType)
  /// An array; `type` and `shape` are nil where unknown, a dimension too.
  case array(ElementType?, shape: [Int?]?)
  case function(FunctionType)
  case object(ObjectType)
  /// One of several: never nested, never with duplicates, never of one member.
  case union([ValueType])
  /// No value at all: the type of an empty list's elements, of an expression that always fails.
  case never

  package static func == (a: ValueType, b: ValueType) -> Bool {
    switch (a, b) {
    case (.any, .any), (.none, .none), (.bool, .bool), (.integer, .integer), (.float, .float), (.string, .string),
      (.range, .range), (.slice, .slice), (.ellipsis, .ellipsis), (.never, .never):
      true
    case (.list(let x), .list(let y)), (.tupleOf(let x), .tupleOf(let y)), (.set(let x), .set(let y)),
      (.iterator(let x), .iterator(let y)):
      x == y
    case (.tuple(let x), .tuple(let y)): x == y
    case (.dict(let k, let v), .dict(let l, let w)): k == l && v == w
    case (.record(let x), .record(let y)): x == y
    case (.array(let t, let s), .array(let u, let r)): t == u && s == r
    case (.function(let f), .function(let g)): f == g
    case (.object(let x), .object(let y)): x === y
    case (.union(let x), .union(let y)): x.count == y.count && x.allSatisfy(y.contains)
    default: false
    }
  }
}

/// A dict whose possible keys are known when it is checked.
package struct RecordType: Sendable, Equatable {
  package struct Field: Sendable, Equatable {
    package var type: ValueType
    /// False where the key is there only sometimes (`val_loss` under `validation_freq`): its use must be guarded.
    package var isAlwaysPresent: Bool
    package init(_ type: ValueType, isAlwaysPresent: Bool = true) {
      self.type = type
      self.isAlwaysPresent = isAlwaysPresent
    }
  }
  /// In the order in which they are shown.
  package var names: [String]
  package var fields: [String: Field]
  /// What findings call it: `logs`.
  package var title: String
  /// Whether keys may be added by assignment.
  package var isOpen: Bool
  /// Keys that it has in other runs: to ask for one with a default is no mistake.
  package var keysOfOtherRuns: Set<String>
  /// Whether it may have keys that nobody knows before the run: nothing is said of one that is not among `names`.
  package var hasOtherKeys = false
  /// Who sees what is changed in it.
  package var sharing: Sharing

  package enum Sharing: Sendable {
    /// Who holds it: it is a value as any other.
    case own
    /// The callbacks of a list, which have one. It is changed under the name of the parameter.
    case shared
    /// Nobody: it is a copy of one that is shared in Python.
    case copy
    /// Nobody: the run takes no changes here.
    case discarded
  }

  package init(
    title: String, _ fields: [(String, Field)], isOpen: Bool = false, keysOfOtherRuns: Set<String> = [], sharing: Sharing = .own
  ) {
    self.title = title
    self.keysOfOtherRuns = keysOfOtherRuns
    self.sharing = sharing
    names = fields.map(\.0)
    self.fields = Dictionary(fields, uniquingKeysWith: { first, _ in first })
    self.isOpen = isOpen
  }
}

/// A function's parameters and result.
package struct FunctionType: Sendable, Equatable {
  package struct Parameter: Sendable, Equatable {
    /// How an argument reaches it: as in Python, by position or name, by position only, by name only, or all that remain without a name
    /// (`*rest`) or with one (`**rest`).
    package enum Kind: Sendable { case plain, positionalOnly, keywordOnly, rest, keywordRest }
    package var name: String
    package var type: ValueType
    package var isOptional: Bool
    package var kind: Kind
    package init(_ name: String, _ type: ValueType, isOptional: Bool = false, kind: Kind = .plain) {
      self.name = name
      self.type = type
      self.isOptional = isOptional
      self.kind = kind
    }
  }
  package var parameters: [Parameter]
  package var result: ValueType
  /// Whether it is called while a model is trained, which it reaches by the model's name.
  package var reachesModel = false
  /// What a data set calls it with, where one does: then it may call layers.
  package var elements: Elements?

  /// What the elements of a data set are.
  package enum Elements: Sendable { case examples, batches }

  /// Whether each argument stands where its parameter does.
  var isPositional: Bool { parameters.allSatisfy { $0.kind == .plain || $0.kind == .positionalOnly } }
  /// Whether one of its parameters takes all arguments that remain.
  var takesRest: Bool { parameters.contains { $0.kind == .rest || $0.kind == .keywordRest } }
  package init(_ parameters: [Parameter], returns result: ValueType, reachesModel: Bool = false) {
    self.parameters = parameters
    self.result = result
    self.reachesModel = reachesModel
  }
}
