import Diagnostics
import Lambdas

/// The hooks of Keras, by the names scripts use.
package enum Hook: String, Sendable, CaseIterable {
  case trainBegin = "train_begin", trainEnd = "train_end", epochBegin = "epoch_begin", epochEnd = "epoch_end"
  case trainBatchBegin = "train_batch_begin", trainBatchEnd = "train_batch_end", batchBegin = "batch_begin", batchEnd = "batch_end"
  case testBegin = "test_begin", testEnd = "test_end", testBatchBegin = "test_batch_begin", testBatchEnd = "test_batch_end"
  case predictBegin = "predict_begin", predictEnd = "predict_end"
  case predictBatchBegin = "predict_batch_begin", predictBatchEnd = "predict_batch_end"

  /// The parameters that Keras passes, in order.
  package var parameterNames: [String] {
    switch self {
    case .epochBegin, .epochEnd: ["epoch", "logs"]
    case .trainBegin, .trainEnd, .testBegin, .testEnd, .predictBegin, .predictEnd: ["logs"]
    default: ["batch", "logs"]
    }
  }
}

/// An instance of a script's own callback: compiled hooks and its state, which lives on through fits and is part of every backup.
package final class ScriptCallback: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: only the run that owns it, on its one thread, changes its state.
  package let name: String
  /// In slot order.
  package let stateNames: [String]
  package var state: [Value]
  /// One compiled function a hook: parameters as `Hook.parameterNames`, then nothing; state by slot.
  package let hooks: [Hook: FunctionValue]
  /// Whether any batch hook reads `logs`.
  package let readsBatchLogs: Bool
  package let range: SourceRange

  package init(name: String, stateNames: [String], state: [Value], hooks: [Hook: FunctionValue], readsBatchLogs: Bool, range: SourceRange) {
    self.name = name
    self.stateNames = stateNames
    self.state = state
    self.hooks = hooks
    self.readsBatchLogs = readsBatchLogs
    self.range = range
  }
  package var objectType: ObjectType { ScriptCallback.type }
  package static let type = ObjectType("Callback")
}
