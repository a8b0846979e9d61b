import Diagnostics
import Syntax

/// What a name means where a function stands.
package enum NameMeaning: Sendable {
  /// A value known when the function is compiled; it becomes part of the code.
  case constant(Value)
  /// A value that is handed over when the function is made: the function captures it (`FunctionCode.captures`).
  ///
  /// `known` is set where the value is known already, and only what it stands for is not, as of a model in training: what calls such a
  /// function captures it, too.
  case captured(ValueType, known: Value? = nil)
  /// A `def`.
  case definition(Definition)
}

/// The outer names of a function: what the script has bound where it stands. Built-in names need not be in it.
package struct CompilationScope: Sendable {
  /// The meaning of a name, or of a dotted one such as `keras.optimizers.Adam`; nil where the script has not bound it.
  package let lookup: @Sendable (String) -> NameMeaning?
  /// The path of a dotted name below Keras and TensorFlow, `["backend", "set_value"]` of `K.set_value`; nil for any other name.
  let kerasPath: @Sendable (String) -> [String]?
  /// What an expression there was evaluated to before the function is compiled, once for all of its calls; nil for any other. What only the
  /// run knows is captured.
  let madeBefore: @Sendable (SourceRange) -> NameMeaning?
  private let listNames: @Sendable () -> [String]

  /// The names that `lookup` knows, for proposals about misspelt ones; listed only when asked for, since there may be many.
  package var names: [String] { listNames() }

  package init(
    names: @escaping @Sendable () -> [String] = { [] }, kerasPath: @escaping @Sendable (String) -> [String]? = { _ in nil },
    madeBefore: @escaping @Sendable (SourceRange) -> NameMeaning? = { _ in nil },
    lookup: @escaping @Sendable (String) -> NameMeaning?
  ) {
    listNames = names
    self.madeBefore = madeBefore
    self.kerasPath = kerasPath
    self.lookup = lookup
  }

  /// A scope of names with known meanings.
  package init(_ meanings: [String: NameMeaning]) {
    self.init(names: { meanings.keys.sorted() }) { meanings[$0] }
  }

  /// No outer names but the built-in ones.
  package static let empty = CompilationScope([:])
}

/// A `def`: a pure function, compiled for the types of each call's arguments.
package final class Definition: Sendable {
  package enum Body: Sendable {
    case expression(Expression)
    case block(Block)
  }
  package let name: Name
  package let parameters: [Parameter]
  package let body: Body
  /// The names around it, taken when it is made.
  package let scope: CompilationScope

  package init(name: Name, parameters: [Parameter], body: Body, scope: CompilationScope) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.scope = scope
  }
}

/// A variable of a callback that lives on between hooks.
package struct StateVariable: Sendable {
  package let name: String
  /// The type of its initial value; the compiler joins to it what the hooks assign.
  package var type: ValueType
  /// Where it is bound first.
  package let range: SourceRange?
  package init(_ name: String, _ type: ValueType, range: SourceRange? = nil) {
    self.name = name
    self.type = type
    self.range = range
  }
}

/// A hook as written, with the types Keras calls it with.
package struct HookSource: Sendable {
  /// What the hook is called in findings: `epoch_end`.
  package let name: Name
  package let parameters: [Parameter]
  package let body: Block
  /// The types of its parameters in Keras's order; trailing ones may be left out in `parameters`.
  package let types: [ValueType]
  package init(name: Name, parameters: [Parameter], body: Block, types: [ValueType]) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.types = types
  }
}

/// The hooks of a callback, compiled together.
package struct CallbackCode: Sendable {
  /// The state in the order in which `Machine.call(_:_:state:)` wants its values; types cover what hooks assign.
  package let state: [StateVariable]
  /// The hooks in the order in which they were given; nil where one has errors.
  package let hooks: [FunctionCode?]
}
