import Lambdas
import Plans

/// The means of an epoch's scores, which every run makes of its own: the loss over the examples, and each metric as it says itself.
///
/// In the first versions of Keras this callback made them. It is accepted so that old scripts run, and adds nothing;
/// `stateful_metrics` may name scores of the fit, which are never averaged twice.
enum BaseLogger {
  static let statefulMetrics = Parameter<[String]>(
    "stateful_metrics", "scores that are not to be averaged over batches, which none is twice", .optional(.list(.monitor)),
    default: Value.none
  ) {
    switch $0 {
    case .none: []
    case .list(let names), .tuple(let names): names.compactMap(\.asString)
    default: nil
    }
  }

  static let entry = Entry(
    .callback,
    Signature(
      "BaseLogger", "Averages the scores of an epoch; every run does, so it adds nothing.", [statefulMetrics.description],
      example: "BaseLogger(stateful_metrics=[\"accuracy\"])"),
    .callback(CallbackTraits()))

  /// Holds the names to the scores of the fit.
  static func check(_ arguments: Arguments, in outline: FitOutline) throws(CallbackFailure) {
    guard let unknown = arguments[statefulMetrics].first(where: { !outline.batchNames.contains($0) }) else { return }
    throw CallbackFailure("its `stateful_metrics` name `\(unknown)`, but this fit only gives \(listed(outline.batchNames))")
  }
}
