import Diagnostics
import Lambdas
import Syntax

/// A name of the catalog that has not been called: `Dense`, `losses.mse`. Several entries where roles share the name.
final class EntryReference: ObjectValue {
  let name: String
  let entries: [Entry]
  init(name: String, entries: [Entry]) {
    self.name = name
    self.entries = entries
  }
  var objectType: ObjectType { EntryReference.type }
  static let type = ObjectType("type")
  var description: String { "<class \(name)>" }
}

/// The function in small letters that makes a merging layer and calls it: `layers.add`.
final class MergeFunction: ObjectValue {
  let entry: Entry
  init(_ entry: Entry) { self.entry = entry }
  var objectType: ObjectType { MergeFunction.type }
  static let type = ObjectType("function")
  var description: String { "<function \(entry.name.lowercased())>" }
}

/// A prefix: `layers`, `tf.keras.callbacks`, `np`.
final class NamespaceReference: ObjectValue {
  let path: [String]
  /// As the script writes it.
  let shown: String
  init(_ path: [String], shown: String? = nil) {
    self.path = path
    self.shown = shown ?? path.joined(separator: ".")
  }
  var objectType: ObjectType { NamespaceReference.type }
  static let type = ObjectType("module")
  var description: String { "<module \(path.joined(separator: "."))>" }
}

/// A call that the checker knows itself, since it makes or reads models.
final class SpecialForm: ObjectValue {
  enum Kind: String, CaseIterable {
    case sequential = "Sequential", model = "Model", input = "Input", loadModel = "load_model", cloneModel = "clone_model"
  }
  let kind: Kind
  init(_ kind: Kind) { self.kind = kind }
  var objectType: ObjectType { SpecialForm.type }
  static let type = ObjectType("type")
  var description: String { "<function \(kind.rawValue)>" }
}

/// A lambda or `def` as it was written, with the names that were known when it was made.
///
/// Called by the script itself it is walked like any statement, so that it may make layers and models; handed to a callback or
/// used in a hook it is compiled for the types it is called with.
package final class ScriptFunction: ObjectValue {
  enum Body {
    case expression(Expression)
    case block(Block)
  }
  /// Nil for a lambda.
  let name: String?
  let parameters: [Syntax.Parameter]
  /// Default values, evaluated when it was made, as in Python.
  let defaults: [String: Meaning]
  let body: Body
  let captured: Scope
  let range: SourceRange

  init(
    name: String?, parameters: [Syntax.Parameter], defaults: [String: Meaning], body: Body, captured: Scope, range: SourceRange
  ) {
    self.name = name
    self.parameters = parameters
    self.defaults = defaults
    self.body = body
    self.captured = captured
    self.range = range
  }
  /// The names that its body binds.
  var ownNames: Set<String> {
    guard case .block(let block) = body else { return [] }
    return Set(block.boundNames).subtracting(parameters.map(\.name.text))
  }
  package var objectType: ObjectType { ScriptFunction.type }
  package static let type = ObjectType("function")
  package var description: String { name.map { "<function \($0)>" } ?? "<function <lambda>>" }
}

/// `model NAME(p, q=…) { … }` or `callback NAME(p, q=…) { … }`: each call makes a new model with weights of its own, or a callback with
/// state of its own.
final class ScriptClass: ObjectValue {
  /// What its calls make.
  enum Kind: String { case model, callback }
  let kind: Kind
  let name: Name
  let parameters: [Syntax.Parameter]
  /// Default values, evaluated when it was declared.
  let defaults: [String: Meaning]
  let body: Block
  let captured: Scope

  init(
    _ kind: Kind, name: Name, parameters: [Syntax.Parameter], defaults: [String: Meaning], body: Block, captured: Scope
  ) {
    self.kind = kind
    self.name = name
    self.parameters = parameters
    self.defaults = defaults
    self.body = body
    self.captured = captured
  }
  var objectType: ObjectType { kind == .model ? Self.modelType : Self.callbackType }
  private static let modelType = ObjectType("model class")
  private static let callbackType = ObjectType("callback class")
  var description: String { "<\(kind.rawValue) class \(name.text)>" }
}
