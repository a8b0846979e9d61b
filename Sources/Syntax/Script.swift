import Diagnostics

/// What was written: the tree that both forms, `.train` and YAML, are read into. Nothing after `Syntax` knows which one it was.
///
/// Equality of trees ignores places and comments (`isSame(as:)`), so that `parse(print(script))` can be compared with `script`.
package struct Script: Sendable {
  package var source: Source
  package var statements: [Statement]
  /// Comments that follow the last statement.
  package var trailingComments: [Comment]

  package init(source: Source, statements: [Statement], trailingComments: [Comment] = []) {
    self.source = source
    self.statements = statements
    self.trailingComments = trailingComments
  }
}

/// A comment with its place; `text` starts with `#`. Cell markers (`# %%`) are comments whose `cell` says so.
package struct Comment: Sendable {
  package enum Cell: Sendable, Equatable {
    case code(title: String)
    case markdown(title: String)
  }
  package var text: String
  package var range: SourceRange
  package var cell: Cell?

  package init(text: String, range: SourceRange, cell: Cell? = nil) {
    self.text = text
    self.range = range
    self.cell = cell
  }
}

/// A name with its place.
package struct Name: Sendable {
  package var text: String
  package var range: SourceRange
  package init(_ text: String, _ range: SourceRange) {
    self.text = text
    self.range = range
  }
}

/// The statements between a block's braces.
package struct Block: Sendable {
  package var statements: [Statement]
  /// From `{` through `}`.
  package var range: SourceRange
  /// Comments after the last statement, before `}`.
  package var trailingComments: [Comment]
  package init(statements: [Statement], range: SourceRange, trailingComments: [Comment] = []) {
    self.statements = statements
    self.range = range
    self.trailingComments = trailingComments
  }
}

package struct Statement: Sendable {
  package var kind: Kind
  package var range: SourceRange
  /// Nothing or one thing: most statements have no comments, and a long script has millions of statements.
  private var comments: [Comments] = []

  private struct Comments {
    var leading: [Comment] = []
    var trailing: Comment?
    var inner: [Comment] = []
  }

  /// Comments on lines of their own before this statement, cell markers among them.
  package var leadingComments: [Comment] {
    get { comments.first?.leading ?? [] }
    set { if !newValue.isEmpty || !comments.isEmpty { changeComments { $0.leading = newValue } } }
  }

  /// A comment at the end of this statement's (first) line.
  package var trailingComment: Comment? {
    get { comments.first?.trailing }
    set { if newValue != nil || !comments.isEmpty { changeComments { $0.trailing = newValue } } }
  }

  /// Comments inside the statement's brackets, in order.
  package var innerComments: [Comment] {
    get { comments.first?.inner ?? [] }
    set { if !newValue.isEmpty || !comments.isEmpty { changeComments { $0.inner = newValue } } }
  }

  private mutating func changeComments(_ change: (inout Comments) -> Void) {
    if comments.isEmpty { comments = [Comments()] }
    change(&comments[0])
  }

  package init(_ kind: Kind, _ range: SourceRange) {
    self.kind = kind
    self.range = range
  }

  package indirect enum Kind: Sendable {
    /// `a = b = value`: every target in order; the value is an expression or a `fit`, `evaluate`, `predict`.
    case assign(targets: [Expression], value: AssignedValue)
    /// `target += value` and its kin.
    case augmentedAssign(target: Expression, operator: BinaryOperator, value: Expression)
    case expression(Expression)
    /// `model NAME { … }`, or with parameters (`nil` where there is no parameter list) a class of models.
    case model(name: Name, parameters: [Parameter]?, body: Block)
    /// `compile { … }` inside a model (`model` is nil) or `compile MODEL { … }`.
    case compile(model: Expression?, settings: Block)
    case callback(name: Name, parameters: [Parameter]?, body: Block)
    /// `on epoch_end(epoch, logs) { … }` in a callback or a `callbacks { … }` block.
    case hook(name: Name, parameters: [Parameter], body: Block)
    case functionExpression(name: Name, parameters: [Parameter], value: Expression)
    case functionBlock(name: Name, parameters: [Parameter], body: Block)
    /// `fit`, `evaluate` or `predict` as a statement of its own.
    case run(Run)
    case save(model: Expression, path: Expression)
    case expect(condition: Expression, message: Expression?)
    /// `if`, `elif` … in order; `otherwise` is the `else` block.
    case conditional(branches: [Branch], otherwise: Block?)
    case loop(target: Expression, iterable: Expression, body: Block)
    case `break`, `continue`, pass
    case `return`(Expression?)
    case raise(Expression)
    case settings(Block)
    /// `callbacks { … }` in place of `callbacks = [ … ]`.
    case callbacks(Block)
    case include(path: Expression)
    /// `import keras`, `from keras.layers import Dense as D`: accepted in pasted code.
    case importModules([ImportedName])
    case importFrom(module: Name, names: [ImportedName])
    /// Text that the parser could not read and has reported.
    case unreadable
  }

  package struct Branch: Sendable {
    package var condition: Expression
    package var body: Block
    package init(condition: Expression, body: Block) {
      self.condition = condition
      self.body = body
    }
  }
}

/// `fit MODEL on DATA { … }` and its two siblings.
package struct Run: Sendable {
  package enum Verb: String, Sendable { case fit, evaluate, predict }
  package var verb: Verb
  package var model: Expression
  package var data: Expression
  /// The settings block; nil where there is none.
  package var settings: Block?
  package var range: SourceRange
  package init(verb: Verb, model: Expression, data: Expression, settings: Block?, range: SourceRange) {
    self.verb = verb
    self.model = model
    self.data = data
    self.settings = settings
    self.range = range
  }
}

package enum AssignedValue: Sendable {
  case expression(Expression)
  indirect case run(Run)
}

package struct ImportedName: Sendable {
  /// The dotted name as written, or `*`.
  package var name: Name
  package var alias: Name?
  package init(name: Name, alias: Name?) {
    self.name = name
    self.alias = alias
  }
}

/// A parameter of a function, lambda, hook, model or callback class.
package struct Parameter: Sendable {
  package enum Kind: Sendable { case plain, positionalRest, keywordRest, keywordOnlyMarker, positionalOnlyMarker }
  package var name: Name
  package var defaultValue: Expression?
  package var kind: Kind
  /// Whether it only marks how the parameters around it are passed.
  package var isMarker: Bool { kind == .keywordOnlyMarker || kind == .positionalOnlyMarker }
  /// Whether it takes every argument that no other parameter takes.
  package var isRest: Bool { kind == .positionalRest || kind == .keywordRest }
  package init(name: Name, defaultValue: Expression?, kind: Kind = .plain) {
    self.name = name
    self.defaultValue = defaultValue
    self.kind = kind
  }
}
