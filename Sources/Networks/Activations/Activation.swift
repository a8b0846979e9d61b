import Plans
import Tensors

/// A function applied to every value of a tensor, or to every row of it.
protocol Activation: Sendable {
  static var signature: Signature { get }
  init()
  /// Adds the operations that apply it: [batch, …], the same.
  func emit(_ input: Node, into graph: inout Graph) -> Node
}

/// Every activation of the catalog.
let activationTypes: [any Activation.Type] = [Linear.self, ReLU.self, Tanh.self, Sigmoid.self, Softmax.self]

/// The activation that a name or object of a script stands for.
func makeActivation(_ configured: Configured) -> any Activation {
  guard let type = activationTypes.first(where: { $0.signature.name == configured.entry.name }) else {
    preconditionFailure("every activation entry of the catalog is made from `activationTypes`")
  }
  return type.init()
}

/// The input itself.
struct Linear: Activation {
  static let signature = Signature("linear", "The input itself.", [], formula: "x", example: "Dense(1, activation=\"linear\")")

  func emit(_ input: Node, into graph: inout Graph) -> Node { input }
}

/// Zero for negative inputs.
struct ReLU: Activation {
  static let signature = Signature(
    "relu", "The input, or zero where it is negative.", [], formula: "max(x, 0)", example: "Dense(64, activation=\"relu\")")

  func emit(_ input: Node, into graph: inout Graph) -> Node { graph.relu(input) }
}

/// The hyperbolic tangent.
struct Tanh: Activation {
  static let signature = Signature(
    "tanh", "The hyperbolic tangent, from -1 to 1.", [], formula: "tanh x", example: "Dense(64, activation=\"tanh\")")

  func emit(_ input: Node, into graph: inout Graph) -> Node { graph.tanh(input) }
}

/// The logistic function.
struct Sigmoid: Activation {
  static let signature = Signature(
    "sigmoid", "The logistic function, from 0 to 1.", [], formula: "1 / (1 + e⁻ˣ)", example: "Dense(1, activation=\"sigmoid\")")

  func emit(_ input: Node, into graph: inout Graph) -> Node { graph.sigmoid(input) }
}

/// Probabilities over the last axis.
struct Softmax: Activation {
  static let signature = Signature(
    "softmax", "Probabilities over the last axis, which sum to 1.", [], formula: "eˣ / Σ eˣ",
    example: "Dense(10, activation=\"softmax\")")

  func emit(_ input: Node, into graph: inout Graph) -> Node { graph.softmax(input) }
}
