import Lambdas
import Plans

/// What is known of a fit before its first batch, as seen from one place in its list of callbacks.
///
/// The checker knows the same and has said so in the script's words; here it guards the run itself, so that a monitor
/// that can never exist fails before hours of training and not after.
package struct FitOutline: Sendable {
  /// Names in the logs of a batch, sorted.
  package var batchNames: [String]
  /// Names that the logs of an epoch may hold at this place, sorted: validation's only where there is validation.
  package var epochNames: [String]
  /// Whether they may hold names that only hooks of the script know.
  package var hasOtherNames = false
  /// Which way each score gets better, by its name without `val_`; absent where nothing says.
  package var directions: [String: Direction]
  package var hasSettableLearningRate: Bool
  /// The names under which learning rates are logged.
  package var rateNames: [String]

  package init(
    batchNames: [String], hasValidation: Bool, directions: [String: Direction] = [:], hasSettableLearningRate: Bool = true,
    rateNames: [String] = ["learning_rate"]
  ) {
    self.batchNames = batchNames.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    self.directions = directions
    self.hasSettableLearningRate = hasSettableLearningRate
    self.rateNames = rateNames
    let all = batchNames + (hasValidation ? batchNames.map { "val_" + $0 } : [])
    epochNames = all.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The same as seen from behind a callback that adds these names to the logs.
  package func adding(_ names: [String]) -> FitOutline {
    var outline = self
    outline.epochNames = Set(epochNames + names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return outline
  }
  /// The same as seen from behind a hook that leaves this of the logs.
  func leaving(_ logs: RecordType) -> FitOutline {
    var outline = self
    outline.epochNames = []
    outline.hasOtherNames = logs.hasOtherKeys
    return outline.adding(logs.names)
  }
}
