import Diagnostics
import Lambdas

/// A model while its block is walked: the inputs so far, and the tensor that the next layer takes.
final class ModelBlock {
  let name: String
  var inputs: [SymbolicTensor] = []
  /// The tensor most recently produced; nil before the first.
  var current: Meaning?
  /// Whether a layer was called as a function, so that the model is a graph.
  var hasExplicitCall = false
  /// Layers made in the block that are not part of another object.
  var made: [Configured] = []
  /// `compile { … }` inside the block, carried out when the model is whole.
  var compile: (settings: [GivenArgument], range: SourceRange)?
  private(set) var saysThatInputIsMissing = false

  init(name: String) { self.name = name }

  /// True the first time it is asked: a model without an input is told once.
  func tellsMissingInput() -> Bool {
    defer { saysThatInputIsMissing = true }
    return !saysThatInputIsMissing
  }
}

/// A layer that has been applied: its weights, and the layer itself, kept so that its identity stays its own.
struct LayerBuild {
  let layer: LayerReference
  let weights: [WeightSpec]
  let range: SourceRange
}
