extension Script {
  /// Whether two scripts say the same: equal trees, whatever their places, comments and spelling (`0xff` and `255`).
  package func isSame(as other: Script) -> Bool {
    onDeepStack { areSame(statements, other.statements) { $0.isSame(as: $1) } }
  }
}

private func areSame<Element>(_ a: [Element], _ b: [Element], _ isSame: (Element, Element) -> Bool) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy(isSame)
}

private func areSame<Value>(_ a: Value?, _ b: Value?, _ isSame: (Value, Value) -> Bool) -> Bool {
  switch (a, b) {
  case (nil, nil): true
  case (let a?, let b?): isSame(a, b)
  default: false
  }
}

private func areSame(_ a: [Expression], _ b: [Expression]) -> Bool { areSame(a, b) { $0.isSame(as: $1) } }
private func areSame(_ a: Expression?, _ b: Expression?) -> Bool { areSame(a, b) { $0.isSame(as: $1) } }
private func areSame(_ a: [Parameter], _ b: [Parameter]) -> Bool { areSame(a, b) { $0.isSame(as: $1) } }
private func areSame(_ a: Block?, _ b: Block?) -> Bool { areSame(a, b) { $0.isSame(as: $1) } }

extension Block {
  /// Whether two blocks hold the same statements.
  package func isSame(as other: Block) -> Bool { areSame(statements, other.statements) { $0.isSame(as: $1) } }
}

extension Statement {
  /// Whether two statements say the same.
  package func isSame(as other: Statement) -> Bool {
    switch (kind, other.kind) {
    case (.assign(let targets, let value), .assign(let otherTargets, let otherValue)):
      areSame(targets, otherTargets) && value.isSame(as: otherValue)
    case (.augmentedAssign(let target, let op, let value), .augmentedAssign(let otherTarget, let otherOp, let otherValue)):
      op == otherOp && target.isSame(as: otherTarget) && value.isSame(as: otherValue)
    case (.expression(let a), .expression(let b)), (.raise(let a), .raise(let b)), (.include(let a), .include(let b)):
      a.isSame(as: b)
    case (.model(let name, let parameters, let body), .model(let otherName, let otherParameters, let otherBody)),
      (.callback(let name, let parameters, let body), .callback(let otherName, let otherParameters, let otherBody)):
      name.text == otherName.text && areSame(parameters, otherParameters) { areSame($0, $1) } && body.isSame(as: otherBody)
    case (.compile(let model, let settings), .compile(let otherModel, let otherSettings)):
      areSame(model, otherModel) && settings.isSame(as: otherSettings)
    case (.hook(let name, let parameters, let body), .hook(let otherName, let otherParameters, let otherBody)),
      (.functionBlock(let name, let parameters, let body), .functionBlock(let otherName, let otherParameters, let otherBody)):
      name.text == otherName.text && areSame(parameters, otherParameters) && body.isSame(as: otherBody)
    case (
      .functionExpression(let name, let parameters, let value),
      .functionExpression(let otherName, let otherParameters, let otherValue)
    ):
      name.text == otherName.text && areSame(parameters, otherParameters) && value.isSame(as: otherValue)
    case (.run(let a), .run(let b)): a.isSame(as: b)
    case (.save(let model, let path), .save(let otherModel, let otherPath)):
      model.isSame(as: otherModel) && path.isSame(as: otherPath)
    case (.expect(let condition, let message), .expect(let otherCondition, let otherMessage)):
      condition.isSame(as: otherCondition) && areSame(message, otherMessage)
    case (.conditional(let branches, let otherwise), .conditional(let otherBranches, let otherOtherwise)):
      areSame(branches, otherBranches) { $0.condition.isSame(as: $1.condition) && $0.body.isSame(as: $1.body) }
        && areSame(otherwise, otherOtherwise)
    case (.loop(let target, let iterable, let body), .loop(let otherTarget, let otherIterable, let otherBody)):
      target.isSame(as: otherTarget) && iterable.isSame(as: otherIterable) && body.isSame(as: otherBody)
    case (.break, .break), (.continue, .continue), (.pass, .pass), (.unreadable, .unreadable): true
    case (.return(let a), .return(let b)): areSame(a, b)
    case (.settings(let a), .settings(let b)), (.callbacks(let a), .callbacks(let b)): a.isSame(as: b)
    case (.importModules(let a), .importModules(let b)): areSame(a, b) { $0.isSame(as: $1) }
    case (.importFrom(let module, let names), .importFrom(let otherModule, let otherNames)):
      module.text == otherModule.text && areSame(names, otherNames) { $0.isSame(as: $1) }
    default: false
    }
  }
}

extension AssignedValue {
  fileprivate func isSame(as other: AssignedValue) -> Bool {
    switch (self, other) {
    case (.expression(let a), .expression(let b)): a.isSame(as: b)
    case (.run(let a), .run(let b)): a.isSame(as: b)
    default: false
    }
  }
}

extension Run {
  fileprivate func isSame(as other: Run) -> Bool {
    verb == other.verb && model.isSame(as: other.model) && data.isSame(as: other.data) && areSame(settings, other.settings)
  }
}

extension ImportedName {
  fileprivate func isSame(as other: ImportedName) -> Bool {
    name.text == other.name.text && alias?.text == other.alias?.text
  }
}

extension Parameter {
  fileprivate func isSame(as other: Parameter) -> Bool {
    name.text == other.name.text && kind == other.kind && areSame(defaultValue, other.defaultValue)
  }
}

extension Expression {
  /// Whether two expressions say the same. A negative literal equals the negation of a positive one.
  package func isSame(as other: Expression) -> Bool {
    if let number, let otherNumber = other.number { return number == otherNumber }
    switch (kind, other.kind) {
    case (.none, .none), (.ellipsis, .ellipsis), (.missing, .missing): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.string(let a, _), .string(let b, _)): return a == b
    case (.formatted(let a, _), .formatted(let b, _)): return areSame(a, b) { $0.isSame(as: $1) }
    case (.name(let a), .name(let b)): return a == b
    case (.tuple(let a), .tuple(let b)), (.list(let a), .list(let b)), (.set(let a), .set(let b)): return areSame(a, b)
    case (.dict(let a), .dict(let b)): return areSame(a, b) { $0.isSame(as: $1) }
    case (.starred(let a), .starred(let b)): return a.isSame(as: b)
    case (.unary(let op, let a), .unary(let otherOp, let b)): return op == otherOp && a.isSame(as: b)
    case (.binary(let op, let left, let right), .binary(let otherOp, let otherLeft, let otherRight)):
      return op == otherOp && left.isSame(as: otherLeft) && right.isSame(as: otherRight)
    case (.logical(let op, let left, let right), .logical(let otherOp, let otherLeft, let otherRight)):
      return op == otherOp && left.isSame(as: otherLeft) && right.isSame(as: otherRight)
    case (.comparison(let first, let links), .comparison(let otherFirst, let otherLinks)):
      return first.isSame(as: otherFirst)
        && areSame(links, otherLinks) { $0.operator == $1.operator && $0.operand.isSame(as: $1.operand) }
    case (
      .conditional(let condition, let then, let otherwise), .conditional(let otherCondition, let otherThen, let otherOtherwise)
    ):
      return condition.isSame(as: otherCondition) && then.isSame(as: otherThen) && otherwise.isSame(as: otherOtherwise)
    case (.attribute(let value, let name), .attribute(let otherValue, let otherName)):
      return name.text == otherName.text && value.isSame(as: otherValue)
    case (.subscripted(let value, let index), .subscripted(let otherValue, let otherIndex)):
      return value.isSame(as: otherValue) && index.isSame(as: otherIndex)
    case (.slice(let lower, let upper, let step), .slice(let otherLower, let otherUpper, let otherStep)):
      return areSame(lower, otherLower) && areSame(upper, otherUpper) && areSame(step, otherStep)
    case (.call(let callee, let arguments), .call(let otherCallee, let otherArguments)):
      return callee.isSame(as: otherCallee) && areSame(arguments, otherArguments) { $0.isSame(as: $1) }
    case (.lambda(let parameters, let body), .lambda(let otherParameters, let otherBody)):
      return areSame(parameters, otherParameters) && body.isSame(as: otherBody)
    case (.comprehension(let a), .comprehension(let b)): return a.isSame(as: b)
    default: return false
    }
  }

  private enum Number: Equatable { case integer(Int), float(Double) }

  private var number: Number? {
    switch kind {
    case .integer(let value, _): return .integer(value)
    case .float(let value, _): return .float(value)
    case .unary(.minus, let operand):
      switch operand.kind {
      case .integer(let value, _) where value > 0: return .integer(-value)
      case .float(let value, _) where value > 0: return .float(-value)
      default: return nil
      }
    default: return nil
    }
  }
}

extension DictEntry {
  fileprivate func isSame(as other: DictEntry) -> Bool {
    switch (self, other) {
    case (.pair(let key, let value), .pair(let otherKey, let otherValue)):
      key.isSame(as: otherKey) && value.isSame(as: otherValue)
    case (.spread(let a), .spread(let b)): a.isSame(as: b)
    default: false
    }
  }
}

extension Argument {
  fileprivate func isSame(as other: Argument) -> Bool {
    switch (kind, other.kind) {
    case (.positional, .positional), (.spread, .spread), (.keywordSpread, .keywordSpread): value.isSame(as: other.value)
    case (.keyword(let a), .keyword(let b)): a.text == b.text && value.isSame(as: other.value)
    default: false
    }
  }
}

extension FormattedPart {
  fileprivate func isSame(as other: FormattedPart) -> Bool {
    switch (self, other) {
    case (.text(let a), .text(let b)): a == b
    case (.field(let a), .field(let b)):
      a.selfDocumenting == b.selfDocumenting && a.conversion == b.conversion && a.value.isSame(as: b.value)
        && areSame(a.format, b.format) { $0.isSame(as: $1) }
    default: false
    }
  }
}

extension Comprehension {
  fileprivate func isSame(as other: Comprehension) -> Bool {
    let resultsAreSame =
      switch (result, other.result) {
      case (.list(let a), .list(let b)), (.set(let a), .set(let b)), (.generator(let a), .generator(let b)): a.isSame(as: b)
      case (.dict(let key, let value), .dict(let otherKey, let otherValue)):
        key.isSame(as: otherKey) && value.isSame(as: otherValue)
      default: false
      }
    return resultsAreSame
      && areSame(clauses, other.clauses) {
        $0.target.isSame(as: $1.target) && $0.iterable.isSame(as: $1.iterable) && areSame($0.conditions, $1.conditions)
      }
  }
}
