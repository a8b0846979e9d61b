import Diagnostics
import Lambdas
import Syntax

/// Attributes of callbacks that a script sets between two fits: they count from the next one on.
extension Interpreter {
  /// `es.patience = 5`, `checkpoint.best = 0.9`.
  func set(_ meaning: Meaning, _ name: Name, of callback: Configured, at range: SourceRange) throws(Interruption) {
    guard case .callback(let traits) = callback.entry.meaning else { return }
    if traits.results[name.text] != nil { return setResult(meaning, name, of: callback, traits, at: range) }
    let parameters = callback.entry.signature.parameters
    guard let parameter = parameters.first(where: { $0.name == name.text }) else {
      let nearest = Spelling.nearest(to: name.text, among: parameters.map(\.name) + traits.results.keys.sorted())
      return report(.unknownAttribute(name.text, of: callback.entry.name, at: name.range, nearest: nearest))
    }
    guard traits.settable.contains(name.text) else {
      return report(
        .callbackAttributeNotSettable(name.text, of: callback.entry.name, settable: traits.settableNames, at: range))
    }
    guard let admitted = admit(meaning, to: parameter, of: callback.entry.name, at: range) else { return }
    noteSetting(admitted, name, of: callback.entry.name, at: range)
    guard let value = admitted.value else { return }
    let (arguments, ranges) = (callback.arguments, callback.argumentRanges)
    undoable { callback.settle(arguments, ranges) }
    callback.settle([name.text: value], at: range)
  }

  private func setResult(
    _ meaning: Meaning, _ name: Name, of callback: Configured, _ traits: CallbackTraits, at range: SourceRange
  ) {
    noteSetting(meaning, name, of: callback.entry.name, at: range)
    guard let value = meaning.value else { return }
    guard let admitted = traits.admittedResult(value, name.text) else {
      return report(
        .wrongArgument(
          name.text, of: callback.entry.name, expects: traits.expectation(of: name.text), found: meaning.shownText, at: range,
          isOutOfRange: false, hint: nil))
    }
    if isRunning { callback.presets[name.text] = admitted }
  }

  /// State of a callback of the script's own, which keeps the type that it has.
  func setState(_ meaning: Meaning, _ name: Name, of callback: ScriptCallback, at range: SourceRange) {
    let declared = callback.objectType.attributes[name.text]?.type ?? .any
    guard meaning.type.mayBe(declared) else {
      return report(
        .wrongArgument(
          name.text, of: callback.name, expects: "\(declared.description), as it was", found: meaning.shownText, at: range,
          isOutOfRange: false, hint: nil))
    }
    noteSetting(meaning, name, of: callback.name, at: range)
    if isRunning, let value = meaning.value { callback.set(name.text, to: value) }
  }

  private func noteSetting(_ meaning: Meaning, _ name: Name, of callback: String, at range: SourceRange) {
    plan.add(.set("\(callback).\(name.text)", meaning.planText ?? "?"), at: range)
  }
}

extension CallbackTraits {
  /// All that may be set, in the order of the alphabet.
  fileprivate var settableNames: [String] { (settable.union(results.keys)).sorted() }
}

extension Finding {
  fileprivate static func callbackAttributeNotSettable(
    _ name: String, of callback: String, settable: [String], at range: SourceRange
  ) -> Finding {
    Finding(
      .attributeNotSettable, "`\(name)` of \(callback) cannot be set.", at: range,
      hint: settable.isEmpty ? "make a new one with `\(callback)(…)`." : "what can be set: \(listed(settable)).")
  }
}
