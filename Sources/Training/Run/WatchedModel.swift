import Arrays
import Artifacts

/// The model of a run as its callbacks may look at it: nothing changes by that, and what nobody looks at costs nothing.
package protocol WatchedModel: AnyObject {
  /// The model's and the optimizer's names as Keras gives them.
  var modelName: String { get }
  var optimizerName: String { get }
  /// Updates that the optimizer has made.
  var iterations: Int { get }
  /// The layers in model order; `weights` has theirs one after the other.
  var layers: [TraineeLayer] { get }
  /// The model's weights, trainable or not.
  var weights: [NDArray] { get }
  /// What Keras calls each of the weights: `sequential/dense/kernel`.
  var weightPaths: [String] { get }
  /// The model as Keras's `to_json` gives it.
  var configuration: JSON { get }
}

/// A layer as hooks of scripts and callbacks see it.
package struct TraineeLayer: Sendable {
  package let name: String
  /// Its class, as in Keras; empty where there is none.
  package let kind: String
  package let isTrainable: Bool
  package let weightCount: Int
  /// Whether it keeps states from batch to batch, or may.
  package let hasStates: Bool
  package init(name: String, kind: String = "", isTrainable: Bool, weightCount: Int, hasStates: Bool = false) {
    self.hasStates = hasStates
    self.name = name
    self.kind = kind
    self.isTrainable = isTrainable
    self.weightCount = weightCount
  }
}
