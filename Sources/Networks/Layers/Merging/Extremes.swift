import Plans
import Tensors

/// The largest of its inputs.
struct Maximum: Merge {
  static let signature = Signature(
    "Maximum", "The largest of tensors, element by element.", [], formula: "max(a, b, …)", example: twoInputs("Maximum()"))
  func combine(_ inputs: [Term], masks: [Term?]) -> Term { extreme(inputs, masks) { max($0, $1) } }
}

/// The smallest of its inputs.
struct Minimum: Merge {
  static let signature = Signature(
    "Minimum", "The smallest of tensors, element by element.", [], formula: "min(a, b, …)", example: twoInputs("Minimum()"))
  func combine(_ inputs: [Term], masks: [Term?]) -> Term { extreme(inputs, masks) { min($0, $1) } }
}

/// Since extremes have no neutral element, what is masked in one input gives way to the others.
private func extreme(_ inputs: [Term], _ masks: [Term?], _ choose: (Term, Term) -> Term) -> Term {
  var (result, known) = (inputs[0], masks[0])
  for (input, mask) in zip(inputs, masks).dropFirst() {
    let next = mask.map { select($0, input, result) } ?? input
    if let shown = known { result = select(shown, result, next) }
    if let shown = known, let mask { known = max(shown, mask) } else { known = nil }
    result = choose(result, next)
  }
  return result
}
