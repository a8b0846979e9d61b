import Lambdas
import Plans

@testable import Training

/// An epoch's report of these scores, sorted.
func report(_ epoch: Int, _ scores: [String: Double], learningRate: Double = 0) -> EpochReport {
  EpochReport(epoch: epoch, logs: Logs(scores), rates: [OptimizerRate(learningRate)])
}

extension Logs {
  init(_ scores: [String: Double]) { self.init(sorting: scores.map { (name: $0.key, value: .float($0.value)) }) }
}

extension Request {
  var isStop: Bool { if case .stop = self { true } else { false } }
  var isKeepWeights: Bool { if case .keepWeights = self { true } else { false } }
  var isRestore: Bool { if case .restoreKeptWeights = self { true } else { false } }
  var save: SaveRequest? { if case .save(let save) = self { save } else { nil } }
  var learningRate: Double? { if case .setLearningRate(let rate, _, _) = self { rate } else { nil } }
  var log: (name: String, value: Double)? {
    if case .log(let name, let value) = self { (name, value.asDouble ?? .nan) } else { nil }
  }
}

extension [Request] {
  /// What they print, saves with their two lines.
  var printed: String {
    map { request in
      switch request {
      case .print(let text): text
      case .save(let save): save.announcement + save.confirmation
      default: ""
      }
    }.joined()
  }
}
