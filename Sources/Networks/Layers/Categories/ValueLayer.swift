import Lambdas
import Plans
import Tensors

/// A layer that works on words and whole numbers as they are, which no network holds: called on values, or on an input of a model,
/// whose data then go through it before they reach the network.
protocol ValueLayer: Layer {
  /// What it makes of the tokens of its inputs: an array, or words.
  func output(of inputs: [TokenArray]) throws(LearningFailure) -> Value
}

extension ValueLayer {
  /// The one input of a layer that takes one.
  func only(_ inputs: [TokenArray]) throws(LearningFailure) -> TokenArray {
    guard inputs.count == 1 else { throw LearningFailure("takes one input, but gets \(inputs.count)") }
    return inputs[0]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    preconditionFailure("a layer of words and numbers works on data before they reach a network")
  }
}
