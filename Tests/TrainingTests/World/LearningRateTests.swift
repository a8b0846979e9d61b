import Arrays
import Lambdas
import Networks
import Plans
import Testing

@testable import Training

/// Optimizers whose learning rate is no number, and what an optimizer does when training is over.
@Suite struct LearningRateTests {
  private static let fitted = 4 * 6  // batches of a fit: four epochs of 48 examples in eights

  private static func model(_ optimizer: String, _ given: [String: Value]) throws -> ModelObject {
    let model = try classifier()
    model.compiled?.optimizer = make(optimizer, .optimizer, given)
    return model
  }

  private static func weights(_ model: ModelObject) -> [[UInt8]] {
    (model.network as? Network)?.getWeights().map { Array($0.rawBytes) } ?? []
  }

  private static func function(
    parameters: Int = 1, _ rate: @escaping @Sendable (Int) throws(MachineError) -> Value
  ) -> Value {
    let type = FunctionType(parameters == 0 ? [] : [.init("step", .integer)], returns: .float)
    let body: @Sendable ([Value?]) throws(MachineError) -> Value = { arguments throws(MachineError) in
      try rate(arguments.first.flatMap { $0 }?.asInteger ?? -1)
    }
    return .function(FunctionValue(name: "rate", type: type, body: .host(body)))
  }

  @Test func aScheduleIsFollowedStepByStep() throws {
    let decay: [String: Value] = ["initial_learning_rate": .float(0.1), "decay_steps": .integer(10), "decay_rate": .float(0.5)]
    let world = makeWorld()
    let model = try Self.model("SGD", ["learning_rate": .object(make("ExponentialDecay", .schedule, decay))])
    #expect(try world.learningRate(of: model, optimizer: 0) == Double(Float(0.1)))
    _ = try world.fit(.of(model, on: try corners()))
    let expected = 0.1 * 0.19  // 0.5 ^ (24 / 10)
    #expect(abs(try world.learningRate(of: model, optimizer: 0) - expected) < 1e-3)
    #expect(
      failure { try world.setLearningRate(0.5, of: model, optimizer: 0) }
        == "the learning rate of `classifier` follows a schedule, so it cannot be set")
  }

  @Test func aFunctionIsAskedBeforeEveryStep() throws {
    let world = makeWorld()
    let rates = try Self.model(
      "SGD", ["learning_rate": Self.function { step throws(MachineError) in .float(1 / Double(step + 1)) }])
    _ = try world.fit(.of(rates, on: try corners()))
    #expect(try world.learningRate(of: rates, optimizer: 0) == Double(Float(1 / Double(Self.fitted))))
    // A number and a function that gives it train alike.
    let constant = try Self.model(
      "SGD", ["learning_rate": Self.function(parameters: 0) { _ throws(MachineError) in .float(0.05) }])
    let number = try Self.model("SGD", ["learning_rate": .float(0.05)])
    for model in [constant, number] { _ = try makeWorld().fit(.of(model, on: try corners())) }
    #expect(Self.weights(constant) == Self.weights(number))
  }

  @Test func aFunctionThatFailsEndsTheRunAndSaysWhere() throws {
    let failing = Self.function { step throws(MachineError) in
      if step == 3 { throw MachineError(.zeroDivision, "division by zero") }
      return .float(0.1)
    }
    let model = try Self.model("SGD", ["learning_rate": failing])
    let message = failure { _ = try makeWorld().fit(.of(model, on: try corners())) }
    #expect(message?.contains("the learning rate of step 3: division by zero") == true, "\(message ?? "")")
    let words = try Self.model("SGD", ["learning_rate": Self.function { _ throws(MachineError) in .string("fast") }])
    #expect(failure { _ = try makeWorld().fit(.of(words, on: try corners())) }?.contains("should be a number") == true)
  }

  /// Rates are kept in single precision, where 1e39 is infinite.
  @Test(arguments: [-0.1, .nan, .infinity, 1e39]) func aRateThatNothingCanBeTrainedWithIsRefused(_ rate: Double) throws {
    let given = Self.function { _ throws(MachineError) in .float(rate) }
    let model = try Self.model("SGD", ["learning_rate": given])
    #expect(failure { _ = try makeWorld().fit(.of(model, on: try corners())) }?.contains("should be 0 or more, but is") == true)
    let world = makeWorld()
    let plain = try Self.model("SGD", [:])
    #expect(failure { try world.setLearningRate(rate, of: plain, optimizer: 0) }?.contains("should be 0 or more, not") == true)
    #expect(try world.learningRate(of: plain, optimizer: 0) == Double(Float(0.01)))
    let hook = HookOptimizer(FakeTrainee(), 0, HookModel(FakeTrainee()))
    #expect(throws: MachineError.self) { try hook.setAttribute("learning_rate", to: .float(rate)) }
    var scheduler = LearningRateScheduler { _, _ in .float(rate) }
    #expect(throws: CallbackFailure.self) { try scheduler.onEpochBegin(EpochReport(epoch: 0, rates: [OptimizerRate(0.1)])) }
  }

  @Test func weightsEndAsTheirAverages() throws {
    let model = try Self.model("Adam", ["use_ema": .bool(true), "ema_momentum": .float(0.5)])
    _ = try makeWorld().fit(.of(model, on: try corners()))
    let network = try #require(model.network as? Network)
    let averages = network.optimizerSlots.filter { $0.path.hasSuffix("/average") }
    let values = averages.map { network.array(of: $0.variable) }
    #expect(values.map { Array($0.rawBytes) } == Self.weights(model))
  }

  @Test func whatStandsInAFileIsTheRateOrTheSchedule() throws {
    let folder = TemporaryFolder()
    let decay: [String: Value] = ["initial_learning_rate": .float(0.1), "decay_steps": .integer(10)]
    for given: Value in [
      .object(make("CosineDecay", .schedule, decay)), Self.function { step throws(MachineError) in .float(0.25) },
    ] {
      let world = makeWorld()
      let model = try Self.model("SGD", ["learning_rate": given, "momentum": .float(0.9)])
      _ = try world.fit(.of(model, on: try corners(), epochs: 1))
      try world.save(model, to: folder.path + "/m.keras")
      let again = try makeWorld().loadModel(folder.path + "/m.keras")
      let other = makeWorld()
      #expect(try other.learningRate(of: again, optimizer: 0) == (try world.learningRate(of: model, optimizer: 0)))
      #expect((again.network as? Network)?.iterations == 6)
    }
  }
}
