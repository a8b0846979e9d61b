import Plans
import Tensors

/// The sum of its inputs.
struct Add: Merge {
  static let signature = Signature(
    "Add", "Adds tensors element by element.", [], formula: "a + b + …", example: twoInputs("Add()"))
  func combine(_ inputs: [Term], masks: [Term?]) -> Term { inputs.dropFirst().reduce(inputs[0], +) }
}

/// The first of two inputs less the second.
struct Subtract: Merge {
  static let signature = Signature(
    "Subtract", "Subtracts the second tensor from the first.", [], formula: "a − b", example: twoInputs("Subtract()"))
  static let inputCount: Int? = 2
  func combine(_ inputs: [Term], masks: [Term?]) -> Term { inputs[0] - inputs[1] }
}

/// The mean of its inputs.
struct Average: Merge {
  static let signature = Signature(
    "Average", "The mean of tensors, element by element.", [], formula: "(a + b + …) / n", example: twoInputs("Average()"))
  func combine(_ inputs: [Term], masks: [Term?]) -> Term { inputs.dropFirst().reduce(inputs[0], +) / Double(inputs.count) }
}

/// The product of its inputs. What is masked counts as 1; where every input has a mask, what is masked in all becomes 0.
struct Multiply: Merge {
  static let signature = Signature(
    "Multiply", "Multiplies tensors element by element.", [], formula: "a · b · …", example: twoInputs("Multiply()"))

  func combine(_ inputs: [Term], masks: [Term?]) -> Term {
    let factors = zip(inputs, masks).map { input, mask in mask.map { select($0, input, input.constant(1)) } ?? input }
    let product = factors.dropFirst().reduce(factors[0], *)
    let all = masks.compactMap { $0 }
    guard all.count == inputs.count else { return product }
    return select(all.dropFirst().reduce(all[0]) { max($0, $1) }, product, product.constant(0))
  }
}
