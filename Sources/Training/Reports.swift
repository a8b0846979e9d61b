import Lambdas

/// Which of Keras's three loops a batch belongs to.
package enum Phase: Sendable { case train, test, predict }

/// Something for each of the three loops.
struct ByPhase<Element> {
  let train, test, predict: Element

  subscript(phase: Phase) -> Element {
    switch phase {
    case .train: train
    case .test: test
    case .predict: predict
    }
  }
}

/// What callbacks are told when a run begins: Keras's `params`.
package struct RunReport: Sendable {
  package let epochs: Int
  /// Batches an epoch; nil where the data does not tell before it has been read.
  package let steps: Int?
  /// The first epoch that is trained, counted from 0.
  package let initialEpoch: Int
  /// Whether a backup says that all is done: files are left as they are, since a later training may have gone on with them.
  package var isOver = false
  package init(epochs: Int, steps: Int?, initialEpoch: Int = 0) {
    self.epochs = epochs
    self.initialEpoch = initialEpoch
    self.steps = steps
  }
}

/// What callbacks are told at the two ends of an epoch.
package struct EpochReport: Sendable {
  /// Counted from 0.
  package let epoch: Int
  /// Empty when the epoch begins. At its end the means of the epoch, those of the validation under `val_…`, and what
  /// callbacks earlier in the list have added.
  package let logs: Logs
  /// The optimizers' rates at this moment; one, unless several share the weights.
  package let rates: [OptimizerRate]
  /// Whether a callback has gone back within the epoch: the model is the one that it was before, and the scores are of no model.
  package let isRolledBack: Bool
  package init(epoch: Int, logs: Logs = Logs(), rates: [OptimizerRate], isRolledBack: Bool = false) {
    self.isRolledBack = isRolledBack
    self.epoch = epoch
    self.logs = logs
    self.rates = rates
  }
}

/// The learning rate of an optimizer.
package struct OptimizerRate: Sendable {
  /// Which of several that share the weights; nil for one that has them all.
  package let optimizer: String?
  package let value: Double
  /// Whether it may be set; one that follows a schedule may not.
  package let isSettable: Bool
  package init(_ value: Double, of optimizer: String? = nil, isSettable: Bool = true) {
    self.optimizer = optimizer
    self.value = value
    self.isSettable = isSettable
  }

  /// Its key in `logs`.
  package var logName: String { optimizer.map { "learning_rate_\($0)" } ?? "learning_rate" }
  /// How lines name it: "learning rate", "adam learning rate".
  package var title: String { optimizer.map { "\($0) learning rate" } ?? "learning rate" }
  /// What a callback asks for to have it in `logs`.
  package var logged: Request { .log(logName, .float(value)) }
}

/// What callbacks are told at the two ends of a batch.
package struct BatchReport {
  package let phase: Phase
  /// The epoch around it, counted from 0.
  package let epoch: Int
  /// Counted from 0 in this epoch, or in this evaluation.
  package let batch: Int
  /// The means since the epoch or evaluation began.
  package let running: RunningLogs
  package init(phase: Phase = .train, epoch: Int, batch: Int, running: RunningLogs) {
    self.phase = phase
    self.epoch = epoch
    self.batch = batch
    self.running = running
  }
}

/// Why a run ended. End hooks are told, so that a failed run does not look like a good one.
package enum EndReason: Sendable, Equatable {
  case completed
  /// A callback asked for it.
  case stopped(by: String, because: String)
  /// The loss is no number any more.
  case diverged(by: String, because: String)
  /// The user (or the machine) asked for it; what is done is kept.
  case interrupted
  /// Something went wrong, in a callback or elsewhere; only hooks that ask for the reason are told of it.
  case failed(by: String?, because: String)

  /// As a clause: "all epochs are done".
  package var sentence: String {
    switch self {
    case .completed: "all epochs are done"
    case .stopped(let callback, let reason): "\(callback) stopped it: \(reason)"
    case .diverged(let callback, let reason): "\(callback) stopped it, since it diverged: \(reason)"
    case .interrupted: "it was interrupted"
    case .failed(_, let reason): reason
    }
  }

  /// What hooks of scripts see as `end`: `reason`, `by`, `why`.
  var value: Value {
    let (reason, by, why): (String, String?, String) =
      switch self {
      case .completed: ("completed", nil, "")
      case .stopped(let by, let why): ("stopped", by, why)
      case .diverged(let by, let why): ("diverged", by, why)
      case .interrupted: ("interrupted", nil, "")
      case .failed(let by, let why): ("failed", by, why)
      }
    return .dict(
      DictValue([("reason", .string(reason)), ("by", by.map(Value.string) ?? .none), ("why", .string(why))]))
  }

  /// Whether what came out is what was wanted; only then may a backup be thrown away.
  package var isGood: Bool {
    switch self {
    case .completed, .stopped: true
    case .diverged, .interrupted, .failed: false
    }
  }
}

/// What callbacks are told when a run ends.
package struct EndReport: Sendable {
  package let reason: EndReason
  /// The last epoch's scores, without what callbacks had added; empty if there was no epoch.
  package let logs: Logs
  package init(reason: EndReason, logs: Logs = Logs()) {
    self.reason = reason
    self.logs = logs
  }
}
