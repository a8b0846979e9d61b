import Diagnostics

extension Statement {
  /// Where a name of the surrounding scope stands in this statement, whether it is read, bound or declared; in the order of the text.
  ///
  /// Left out are the keywords of settings and arguments, and functions and classes with a parameter of that name.
  package func places(of name: String) -> [SourceRange] {
    var search = NameSearch(name)
    search.walk(self)
    return search.places.sorted { $0.start < $1.start }
  }

  /// The name that a `model`, `callback` or `def` declares; nil for other statements.
  package var declaredName: Name? {
    switch kind {
    case .model(let name, _, _), .callback(let name, _, _), .functionExpression(let name, _, _), .functionBlock(let name, _, _):
      name
    default: nil
    }
  }
}

/// Goes through a statement for one name.
private struct NameSearch {
  private let name: String
  private(set) var places: [SourceRange] = []

  init(_ name: String) { self.name = name }

  private mutating func add(_ found: Name) {
    if found.text == name { places.append(found.range) }
  }

  mutating func walk(_ statement: Statement) {
    if let declared = statement.declaredName { add(declared) }
    switch statement.kind {
    case .assign(let targets, let value):
      for target in targets { walk(target) }
      switch value {
      case .expression(let expression): walk(expression)
      case .run(let run): walk(run)
      }
    case .augmentedAssign(let target, _, let value):
      walk(target)
      walk(value)
    case .expression(let expression), .raise(let expression), .include(let expression): walk(expression)
    case .model(_, let parameters, let body), .callback(_, let parameters, let body): walk(parameters ?? [], body)
    case .hook(_, let parameters, let body), .functionBlock(_, let parameters, let body): walk(parameters, body)
    case .functionExpression(_, let parameters, let value):
      if walkDefaults(parameters) { walk(value) }
    case .compile(let model, let settings):
      if let model { walk(model) }
      walkSettings(settings)
    case .run(let run): walk(run)
    case .save(let model, let path):
      walk(model)
      walk(path)
    case .expect(let condition, let message):
      walk(condition)
      if let message { walk(message) }
    case .conditional(let branches, let otherwise):
      for branch in branches {
        walk(branch.condition)
        walk(branch.body)
      }
      if let otherwise { walk(otherwise) }
    case .loop(let target, let iterable, let body):
      walk(target)
      walk(iterable)
      walk(body)
    case .return(let value): if let value { walk(value) }
    case .settings(let block): walkSettings(block)
    case .callbacks(let block): walk(block)
    case .importModules(let names), .importFrom(_, let names): for imported in names { add(imported.alias ?? imported.name) }
    case .break, .continue, .pass, .unreadable: break
    }
  }

  private mutating func walk(_ block: Block) { for statement in block.statements { walk(statement) } }

  private mutating func walk(_ parameters: [Parameter], _ body: Block) {
    if walkDefaults(parameters) { walk(body) }
  }

  /// Goes through the default values; whether the name means the same inside.
  private mutating func walkDefaults(_ parameters: [Parameter]) -> Bool {
    for parameter in parameters { if let value = parameter.defaultValue { walk(value) } }
    return !parameters.contains { $0.name.text == name }
  }

  private mutating func walk(_ run: Run) {
    walk(run.model)
    walk(run.data)
    if let settings = run.settings { walkSettings(settings) }
  }

  /// The targets in a block of settings are keywords.
  private mutating func walkSettings(_ block: Block) {
    for statement in block.statements {
      if case .assign(_, .expression(let value)) = statement.kind { walk(value) } else { walk(statement) }
    }
  }

  private mutating func walk(_ expression: Expression) {
    switch expression.kind {
    case .name(let found): add(Name(found, expression.range))
    case .lambda(let parameters, let body): if walkDefaults(parameters) { walk(body) }
    default: for child in expression.children { walk(child) }
    }
  }
}
