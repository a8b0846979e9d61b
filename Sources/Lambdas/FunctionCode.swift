import Diagnostics
import Syntax

/// A compiled function: what the machine runs, and what the checker wants to know of it.
package final class FunctionCode: Sendable {
  package let name: String
  package let type: FunctionType
  /// What optional parameters are where no argument is given, by parameter; nil where one is required.
  package let defaults: [Default?]
  /// The values that are taken when the function is made, in order.
  package let captures: [Capture]
  package let effects: Effects
  let body: CodeBody
  /// What the machine reads of `body` again and again.
  let program: Program
  /// Where each parameter, then each capture, is put when the function is called.
  let inputs: [Register]
  /// Whether each parameter is named anywhere.
  let readsParameter: [Bool]
  /// The callback's state variables that it reads or changes.
  let stateUses: [StateUse]
  // What every call asks, so that it need not be found in the type and the effects again.
  let parameterCount: Int
  let takesRest: Bool
  let isPositional: Bool

  init(
    name: String, type: FunctionType, defaults: [Default?], captures: [Capture], effects: Effects, body: CodeBody,
    inputs: [Register], readsParameter: [Bool] = [], stateUses: [StateUse] = []
  ) {
    self.name = name
    self.type = type
    self.defaults = defaults
    self.captures = captures
    self.effects = effects
    self.inputs = inputs
    self.body = body
    self.readsParameter = readsParameter
    self.stateUses = stateUses
    program = Program(body, inputs, stateUses)
    parameterCount = type.parameters.count
    takesRest = type.takesRest
    isPositional = type.isPositional
  }

  /// The code of what is no code.
  static let empty = FunctionCode(
    name: "", type: FunctionType([], returns: .none), defaults: [], captures: [], effects: Effects(), body: CodeBody(), inputs: []
  )

  /// What an optional parameter is where no argument is given.
  package enum Default: Sendable {
    case value(Value)
    /// The capture of that number: a default that was computed when the function was made.
    case capture(Int)
  }

  /// A value taken when the function is made: that of an outer name, or of a parameter's default.
  package struct Capture: Sendable {
    package let name: String
    package let type: ValueType
    /// What to evaluate where it is no name but a default.
    package let expression: Expression?
    /// The value that it has in every scope.
    package let known: Value?
  }

  /// What a function reads and does beyond its parameters, for the checker.
  package struct Effects: Sendable {
    /// The keys it reads of each record it is given, by the record's title: `logs` → `loss`.
    package var readKeys: [String: Set<String>] = [:]
    /// Outer names it reads.
    package var names: Set<String> = []
    /// The values of those that were known when it was compiled.
    package var constants: [String: Value] = [:]
    /// The functions of the script among them.
    package var definitions: [String: Definition] = [:]
    /// State variables it assigns or changes.
    package var changedState: Set<String> = []
    /// State variables it reads.
    package var readState: Set<String> = []
    package var usesTime = false
    package var usesRandomNumbers = false
    package var prints = false
    /// Attributes it sets on host objects: `stop_training`.
    package var setAttributes: Set<String> = []
    package init() {}

    mutating func formUnion(_ other: Effects) {
      readKeys.merge(other.readKeys) { $0.union($1) }
      names.formUnion(other.names)
      constants.merge(other.constants) { own, _ in own }
      definitions.merge(other.definitions) { own, _ in own }
      changedState.formUnion(other.changedState)
      readState.formUnion(other.readState)
      usesTime = usesTime || other.usesTime
      usesRandomNumbers = usesRandomNumbers || other.usesRandomNumbers
      prints = prints || other.prints
      setAttributes.formUnion(other.setAttributes)
    }
  }
}

/// A register: `index` in the file of its kind.
struct Register: Sendable, Equatable {
  enum Kind: Sendable { case integer, float, bool, value }
  var kind: Kind
  var index: Int

  static func kind(for type: ValueType) -> Kind {
    switch type {
    case .integer: .integer
    case .float: .float
    case .bool: .bool
    default: .value
    }
  }
}

/// A state variable that a hook reads or changes.
///
/// One that is always a number or truth stands in a cell while the hook runs; any other stays where the caller keeps it.
struct StateUse: Sendable {
  var name: String
  /// Its place in the state.
  var slot: Int
  var cell: Register?
  var isChanged: Bool
}

/// The instructions of a function and the tables they point into.
struct CodeBody: Sendable {
  var instructions: [Instruction] = []
  /// The place of each instruction.
  var ranges: [SourceRange] = []
  /// Numbers of the text. The first `constantCells` of them stand in the first cells of every frame of the function.
  var cellConstants: [Int] = []
  var constants: [Value] = []
  var functions: [FunctionCode] = []
  var names: [String] = []
  var keys: [RecordKey] = []
  var calls: [CallShape] = []
  var codeCalls: [CodeCall] = []
  var formats: [FormatSpecification] = []
  /// Registers of each file that the function needs, parameters and captures among them.
  var cellCount = 0
  var valueCount = 0

  /// How many cells of a frame are kept for constants.
  static let constantCells = 32
}

/// A key of a record, and where it probably stands.
struct RecordKey: Sendable {
  var name: String
  var hint: Int
}

/// A call whose arguments stand in neighbouring value registers.
struct CallShape: Sendable {
  /// How an argument is passed.
  enum Passing: Sendable, Equatable {
    case positional, keyword(String), spread, keywordSpread

    /// How what a parameter holds is passed on.
    init(_ parameter: FunctionType.Parameter) {
      switch parameter.kind {
      case .plain, .positionalOnly: self = .positional
      case .keywordOnly: self = .keyword(parameter.name)
      case .rest: self = .spread
      case .keywordRest: self = .keywordSpread
      }
    }
  }

  var passing: [Passing]
  /// The method's name.
  var name = ""
  var builtin: Builtin?
  /// For a built-in: the argument of each parameter, counted from the first register; nil where it is left out.
  var arguments: [Int?] = []
  /// For a method that changes its receiver: the value register or state variable that holds it.
  var root = 0
  /// Whether what is put into a collection, or what the call gives, may be nested deeply and is looked at.
  var checksNesting = false

  /// Whether no argument is spread or named: the quick way.
  var isPlain: Bool { passing.allSatisfy { $0 == .positional } }
}

/// A call of code that is known, with the caller's register for each of its inputs: a cell is of the input's kind.
struct CodeCall: Sendable {
  let callee: FunctionCode
  let sources: [Register]
}
