import Lambdas
import Plans
import Tensors

/// A layer that works on words and whole numbers as they are, which no network holds: called on values, or on an input of a model,
/// whose data then go through it before they reach the network.
protocol ValueLayer: Layer {
  /// What it makes of tokens: an array, or words.
  func output(of tokens: TokenArray) throws(LearningFailure) -> Value
}

extension ValueLayer {
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    preconditionFailure("a layer of words and numbers works on data before they reach a network")
  }
}
