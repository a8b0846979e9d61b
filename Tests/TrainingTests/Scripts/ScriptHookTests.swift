import Arrays
import Artifacts
import Lambdas
import Plans
import Testing

@testable import Training

@Suite struct ScriptHookTests {
  private final class Notes: @unchecked Sendable {
    var all: [String] = []
  }

  private func run(
    _ plan: ScriptCallbackPlan, _ trainee: FakeTrainee = FakeTrainee(scoreNames: ["loss"]), epochs: Int = 3,
    others: [any Callback] = [], screen: Screen = Screen(isTerminal: false)
  ) throws -> EndReason {
    let model = HookModel(trainee)
    let hooks = ScriptHooks(
      plan, model: model, params: .dict(DictValue([("epochs", .integer(epochs))])), console: screen.console,
      clock: RunClock(now: { screen.time }))
    let settings = FitSettings(epochs: epochs, exampleCount: 8, batchSize: 4)
    let callbacks: [any Callback] = [hooks] + others
    return try Trainer(
      trainee, settings, callbacks: callbacks,
      identity: .init(model: "fake", fit: 1, loopRounds: [], seed: 0, callbacks: callbacks.map(\.name)), model: model,
      clock: RunClock(now: { screen.time }), console: screen.console
    ).fit()
  }

  @Test func stopsAddsLogsAndSetsTheRate() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    let history = HistoryObject()
    let plan = scriptCallback(
      "StopAt", addedLogs: ["twice"],
      [
        .epochBegin: { call, _ throws(Failure) in
          do throws(MachineError) {
            let optimizer = try call.host.model.attribute("optimizer")
            if case .object(let optimizer) = optimizer { try optimizer.setAttribute("learning_rate", to: .float(0.2)) }
          } catch { throw Failure(error.message) }
        },
        .epochEnd: { call, _ throws(Failure) in
          call.logs.set(.integer(2 * (call.index ?? 0)), for: .string("twice"))
          call.host.write("epoch \(call.index ?? -1)\n")
          do throws(MachineError) {
            if call.index == 1 { try call.host.model.setAttribute("stop_training", to: .bool(true)) }
          } catch {
            throw Failure(error.message)
          }
        },
      ])
    let screen = Screen(isTerminal: false)
    let reason = try run(plan, trainee, others: [History(history)], screen: screen)
    #expect(reason == .stopped(by: "StopAt", because: "it sets `model.stop_training`"))
    #expect(history.keys == ["loss", "twice"])
    #expect(history.series["twice"]?.map(\.briefDescription) == ["0", "2"])
    #expect(trainee.learningRate == Double(Float(0.2)))
    #expect(screen.text == "epoch 0\nepoch 1\n")
  }

  @Test func takesAStopBack() throws {
    let plan = scriptCallback(
      "GoOn",
      [
        .epochEnd: { call, _ throws(Failure) in
          do throws(MachineError) { try call.host.model.setAttribute("stop_training", to: .bool(false)) } catch {
            throw Failure(error.message)
          }
        }
      ])
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = [[[1], [1]], [[2], [2]], [[3], [3]]]
    let model = HookModel(trainee)
    let screen = Screen(isTerminal: false)
    let hooks = ScriptHooks(plan, model: model, params: .none, console: screen.console, clock: RunClock(now: { 0 }))
    let callbacks: [any Callback] = [EarlyStopping(Monitor("loss", .down)), hooks]
    let reason = try Trainer(
      trainee, FitSettings(epochs: 3, exampleCount: 8, batchSize: 4), callbacks: callbacks,
      identity: .init(model: "fake", fit: 1, loopRounds: [], seed: 0, callbacks: []), model: model,
      clock: RunClock(now: { 0 }), console: screen.console
    ).fit()
    #expect(reason == .completed)
    #expect(trainee.steps == 6)
  }

  @Test func batchAliasesAreCalledForTrainingAlone() throws {
    let notes = Notes()
    let plan = scriptCallback(
      "Aliases", logsRead: [.batchEnd],
      [
        .batchBegin: { call, _ throws(Failure) in notes.all.append("begin \(call.index ?? -1) \(call.logs.keys.count)") },
        .batchEnd: { call, _ throws(Failure) in notes.all.append("end \(call.index ?? -1) \(call.logs.keys.count)") },
      ])
    _ = try run(plan, epochs: 1)
    #expect(notes.all == ["begin 0 0", "end 0 1", "begin 1 0", "end 1 1"])
  }

  @Test func failuresKeepTheirWords() throws {
    let plan = scriptCallback(
      "Odd", [.epochEnd: { _, _ throws(Failure) in throw Failure("ZeroDivisionError: division by zero") }])
    do {
      _ = try run(plan)
      Issue.record("it fails")
    } catch let error as TrainingError {
      #expect(error.failure.message == "`Odd` cannot go on in epoch 1: ZeroDivisionError: division by zero")
    }
  }

  @Test func theModelAnswersWhatItDeclares() throws {
    let trainee = FakeTrainee()
    let model = HookModel(trainee)
    for name in model.objectType.attributes.keys { _ = try model.attribute(name) }
    guard case .object(let optimizer) = try model.attribute("optimizer"), case .list(let layers) = try model.attribute("layers"),
      case .object(let layer) = layers[0]
    else {
      Issue.record("a model has an optimizer and layers")
      return
    }
    for name in HookObjects.optimizer.attributes.keys { _ = try optimizer.attribute(name) }
    for name in HookObjects.layer.attributes.keys { _ = try layer.attribute(name) }
    let arguments: [String: [Value]] = [
      "save": [.string("m.keras")], "save_weights": [.string("m.weights.h5")],
      "set_weights": [.list(trainee.weights.map(Value.array))],
      "get_layer": [.string("dense")],
    ]
    for name in model.objectType.methods.keys { _ = try model.call(name, arguments[name] ?? []) }
    for name in HookObjects.layer.methods.keys where !name.hasPrefix("reset") { _ = try layer.call(name, arguments[name] ?? []) }
    #expect(throws: MachineError(.attribute, "the layer `dense` keeps no states from batch to batch")) {
      try layer.call("reset_states", [])
    }
    let saved = model.takeRequests().compactMap { if case .saveCopy(let save, _) = $0 { save.path } else { nil } }
    #expect(saved.sorted() == ["m.keras", "m.weights.h5"])
    #expect(throws: MachineError(.value, "the model has no layer `x`; its layers are `dense`")) {
      try model.call("get_layer", [.string("x")])
    }
    #expect(throws: MachineError.self) { try model.setAttribute("trainable", to: .bool(false)) }
  }

  @Test func severalOptimizersHaveARateEach() throws {
    let trainee = IdleTrainee()
    trainee.rates = [OptimizerRate(0.5, of: "adam"), OptimizerRate(0.25, of: "sgd", isSettable: false)]
    guard case .object(let whole) = try HookModel(trainee).attribute("optimizer"),
      whole.objectType === HookObjects.severalOptimizers,
      case .list(let optimizers) = try whole.attribute("optimizers"), case .object(let first) = optimizers[0],
      case .object(let second) = optimizers[1]
    else {
      Issue.record("the optimizer lists those that share the weights")
      return
    }
    for name in whole.objectType.attributes.keys { _ = try whole.attribute(name) }
    #expect(throws: MachineError.self) { try whole.attribute("learning_rate") }
    #expect(try second.attribute("name").asString == "sgd" && second.attribute("learning_rate").asDouble == 0.25)
    try first.setAttribute("learning_rate", to: .float(0.125))
    #expect(trainee.rates[0].value == 0.125)
    #expect(throws: MachineError.self) { try second.setAttribute("learning_rate", to: .float(1)) }
  }

  @Test func lambdasAreCalledWithWhatTheirHookGives() throws {
    let notes = Notes()
    func note(_ name: String) -> Value {
      .function(
        FunctionValue(
          name: name, type: FunctionType([.init("a", .any), .init("b", .any, isOptional: true)], returns: .none),
          body: .host { arguments in
            notes.all.append("\(name)(\(arguments.compactMap { $0.map(Operations.representation) }.joined(separator: ", ")))")
            return .none
          }))
    }
    let arguments = bound(
      LambdaCallback.entry,
      [
        "on_epoch_begin": note("eb"), "on_epoch_end": note("ee"), "on_train_begin": note("tb"), "on_train_end": note("te"),
        "on_batch_end": note("be"),
      ])
    let machine = Machine()
    let callback = LambdaCallback(arguments) { function, arguments throws(CallbackFailure) in
      do throws(RuntimeFailure) { return try machine.call(function, arguments) } catch {
        throw CallbackFailure(error.error.message)
      }
    }
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = [[[0.5]]]
    _ = try makeTrainer(trainee, FitSettings(epochs: 1, exampleCount: 4, batchSize: 4), [callback]).fit()
    let end = "{'reason': 'completed', 'by': None, 'why': ''}"
    #expect(notes.all == ["tb({})", "eb(0, {})", "be(0, {'loss': 0.5})", "ee(0, {'loss': 0.5})", "te({'loss': 0.5}, \(end))"])
  }

  @Test func schedulesTakeOneArgumentOrTwo() throws {
    for parameters in [["epoch"], ["epoch", "lr"]] {
      let type = FunctionType(parameters.map { .init($0, .any) }, returns: .float)
      let function = FunctionValue(name: "schedule", type: type, body: .host { .float(Double($0.count) * 0.25) })
      let machine = Machine()
      let outline = FitOutline(batchNames: ["loss"], hasValidation: false)
      let surroundings = CallbackSurroundings(outline: outline, model: FakeTrainee(), now: { 0 }, seconds: { 0 }) {
        function, arguments throws(CallbackFailure) in
        do throws(RuntimeFailure) { return try machine.call(function, arguments) } catch {
          throw CallbackFailure(error.error.message)
        }
      }
      var callback = try LearningRateScheduler(
        bound(LearningRateScheduler.entry, ["schedule": .function(function)]), in: surroundings)
      #expect(
        try callback.onEpochBegin(EpochReport(epoch: 0, rates: [OptimizerRate(0)])).compactMap(\.learningRate) == [
          Double(parameters.count) * 0.25
        ])
    }
  }

  @Test func stateComesBackFromABackupBitForBit() throws {
    let array = try NDArray.range(from: 0, to: 5, by: 1).reshaped([5])
    let values: [Value] = [
      .none, .bool(true), .integer(-3), .float(0.1), .float(.infinity), .string("a\"b\n"),
      .list([.integer(1), .tuple([.float(2)])]),
      .tuple([]), .dict(DictValue([("k", .list([]))])), .set(SetValue([.integer(1), .string("x")])),
      .range(RangeValue(start: 1, stop: 9, step: 2)), .array(array),
    ]
    for value in values {
      let back = try ValueCoding.value(of: try ValueCoding.json(of: value))
      #expect(Operations.representation(back) == Operations.representation(value))
    }
    var deep = Value.none
    for level in 0..<100 { deep = level % 2 == 0 ? .list([deep]) : .dict(DictValue([("k", deep)])) }
    let text = try ValueCoding.json(of: deep).text
    let back = try ValueCoding.value(of: try JSON.parse(text))
    #expect(Operations.representation(back) == Operations.representation(deep))
    #expect(throws: CallbackFailure("its state is nested more than 100 deep, which a backup cannot keep")) {
      try ValueCoding.json(of: .list([deep]))
    }
    let type = FunctionType([], returns: .any)
    #expect(throws: CallbackFailure("its state holds a function, which a backup cannot keep")) {
      try ValueCoding.json(of: .function(FunctionValue(name: "f", type: type, body: .host { _ in .none })))
    }
  }
}
