import Arrays
import Lambdas
import Plans

/// Sets the learning rate at the beginning of every epoch to what a function of the epoch, and of the rate so far, gives.
///
/// A rate that is negative or no number ends the run, which Keras trains on with. How many arguments the function takes is known
/// before it is called, so an error inside it is never taken for a sign that it wants fewer, as in Keras.
package struct LearningRateScheduler: Callback {
  /// Epoch (counted from 0) and present rate to whatever the script's function gives.
  package typealias Schedule = (_ epoch: Int, _ rate: Double) throws(CallbackFailure) -> Value

  static let scheduleType = FunctionType([.init("epoch", .integer), .init("lr", .float, isOptional: true)], returns: .float)
  static let schedule = Parameter<FunctionValue>(
    "schedule", "the learning rate for an epoch (from 0) and the rate so far", .function(scheduleType)
  ) {
    if case .function(let function) = $0 { function } else { nil }
  }
  static let verbose = Parameter<Int>("verbose", "1 to say what it sets", min: 0, default: 0)

  static let entry = Entry(
    .callback,
    Signature(
      "LearningRateScheduler", "Sets the learning rate epoch by epoch.", [schedule.description, verbose.description],
      example: "LearningRateScheduler(lambda epoch, lr: lr if epoch < 10 else lr * exp(-0.1))"),
    .callback(CallbackTraits(setsLearningRate: true)))

  package let name = "LearningRateScheduler"
  package let hooks: Set<Hook> = [.epochBegin, .epochEnd]
  private let schedule: Schedule
  private let isVerbose: Bool

  package init(isVerbose: Bool = false, schedule: @escaping Schedule) {
    self.schedule = schedule
    self.isVerbose = isVerbose
  }

  init(_ arguments: Arguments, in surroundings: CallbackSurroundings) throws(CallbackFailure) {
    try surroundings.outline.requireSettableLearningRate()
    let schedule = arguments[Self.schedule]
    let takesRate = schedule.type.parameters.count > 1
    self.init(isVerbose: arguments[Self.verbose] > 0) { epoch, rate throws(CallbackFailure) in
      try surroundings.call(schedule, takesRate ? [.integer(epoch), .float(rate)] : [.integer(epoch)])
    }
  }

  package mutating func onEpochBegin(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
    var requests: [Request] = []
    for (optimizer, rate) in report.rates.enumerated() {
      let value = try schedule(report.epoch, rate.value)
      guard case .float(let new) = value else {
        throw CallbackFailure("its schedule should give a float, but gave \(value.briefDescription)")
      }
      guard new.isLearningRate else {
        throw CallbackFailure("its schedule should give a rate of 0 or more, but gave \(new.pythonDescription)")
      }
      requests.append(.setLearningRate(new, of: optimizer, because: "the schedule gives it for epoch \(report.epoch + 1)"))
      let line = "\nEpoch \(report.epoch + 1): LearningRateScheduler setting \(rate.title) to \(new.pythonDescription).\n"
      if isVerbose { requests.append(.print(line)) }
    }
    return requests
  }

  package mutating func onEpochEnd(_ report: EpochReport) -> [Request] { report.rates.map(\.logged) }
}
