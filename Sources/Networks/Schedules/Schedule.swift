import Plans

/// A learning-rate schedule of the catalog: its declaration, and the rate of a step.
///
/// A new schedule is one element of a list like those in the files beside. Rates are computed in single precision and in the order
/// of Keras's formulas, so that their digits are Keras's.
struct ScheduleFunction: Sendable {
  let signature: Signature
  /// Why arguments cannot go together; nil if they can.
  let conflict: @Sendable (Arguments) -> ArgumentConflict?
  /// The rate of the step that so many batches came before.
  let rate: @Sendable (_ step: Float, _ arguments: Arguments) -> Float

  /// `name` is what Keras calls an object of it.
  init(
    _ className: String, _ summary: String, _ parameters: [ParameterDescription], name: String, rule: String, source: String = "",
    example: String, conflict: @escaping @Sendable (Arguments) -> ArgumentConflict? = { _ in nil },
    rate: @escaping @Sendable (Float, Arguments) -> Float
  ) {
    let name = Parameter<String?>.optional(Parameter<String>("name", "what it is called", default: name))
    signature = Signature(
      className, summary, parameters + [name.description], formula: rule, source: source, example: example)
    self.conflict = conflict
    self.rate = rate
  }

  /// What the catalog says of the schedule.
  var entry: Entry {
    Entry(.schedule, signature, conflict: conflict, .schedule { step, arguments in Double(rate(Float(step), arguments)) })
  }

  /// Every schedule of the catalog.
  static let all = decays + cosines
}

/// A schedule with its arguments, as an optimizer follows it.
struct Schedule: Sendable {
  let function: ScheduleFunction
  let arguments: Arguments

  /// The schedule that an object of a script stands for.
  init(_ configured: Configured) {
    guard let function = ScheduleFunction.all.first(where: { $0.signature.name == configured.entry.name }) else {
      preconditionFailure("every schedule entry of the catalog is made from `ScheduleFunction.all`")
    }
    self.function = function
    arguments = configured.arguments
  }

  /// The learning rate of the step that so many batches came before.
  func rate(at step: Int) -> Double { Double(function.rate(Float(step), arguments)) }
}
