import Lambdas
import Plans

/// What a callback of the catalog is made from, beside its arguments.
struct CallbackSurroundings {
  /// The fit as seen from the callback's place in the list.
  let outline: FitOutline
  /// The model, to be looked at.
  let model: any WatchedModel
  /// Seconds since some moment, never going back.
  let now: () -> Double
  /// How long the run has run, leaving out the time in which it was not running.
  let seconds: () -> Double
  /// The function with the model in training in the place of the script's.
  var reaching: (FunctionValue) -> FunctionValue = { $0 }
  /// Calls a function of the script.
  let call: (FunctionValue, [Value]) throws(CallbackFailure) -> Value
}

/// How each callback of the catalog is declared, and made for a fit.
struct CallbackMaker: Sendable {
  let entry: Entry
  /// Nil where every run has one of its own already.
  let make: @Sendable (Arguments, CallbackSurroundings) throws(CallbackFailure) -> (any Callback)?

  static let all: [CallbackMaker] = [
    .init(entry: BackupAndRestore.entry) { arguments, around throws(CallbackFailure) in
      try BackupAndRestore(arguments, in: around)
    },
    .init(entry: BaseLogger.entry) { arguments, around throws(CallbackFailure) in
      try BaseLogger.check(arguments, in: around.outline)
      return nil
    },
    .init(entry: CSVLogger.entry) { arguments, around throws(CallbackFailure) in try CSVLogger(arguments, in: around.outline) },
    .init(entry: EarlyStopping.entry) { arguments, around throws(CallbackFailure) in
      try EarlyStopping(arguments, in: around.outline)
    },
    .init(entry: History.entry) { _, _ in nil },
    .init(entry: LambdaCallback.entry) { arguments, around in
      LambdaCallback(arguments, reaching: around.reaching, calling: around.call)
    },
    .init(entry: LearningRateScheduler.entry) { arguments, around throws(CallbackFailure) in
      try LearningRateScheduler(arguments, in: around)
    },
    .init(entry: ModelCheckpoint.entry) { arguments, around throws(CallbackFailure) in
      try ModelCheckpoint(arguments, in: around)
    },
    .init(entry: ProgressLogger.entry) { _, _ in nil },
    .init(entry: ReduceLROnPlateau.entry) { arguments, around throws(CallbackFailure) in
      try ReduceLROnPlateau(arguments, in: around.outline)
    },
    .init(entry: RemoteMonitor.entry) { arguments, _ throws(CallbackFailure) in try RemoteMonitor(arguments) },
    .init(entry: SwapEMAWeights.entry) { arguments, _ in SwapEMAWeights(arguments) },
    .init(entry: TensorBoard.entry) { arguments, around throws(CallbackFailure) in
      try TensorBoard(arguments, of: around.model, now: around.now)
    },
    .init(entry: TerminateOnNaN.entry) { arguments, around throws(CallbackFailure) in
      try TerminateOnNaN(arguments, in: around)
    },
  ]

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.entry.name, $0) })
}

/// What this module adds to the catalog: Keras's callbacks.
package let trainingEntries: [Entry] = CallbackMaker.all.map(\.entry)
