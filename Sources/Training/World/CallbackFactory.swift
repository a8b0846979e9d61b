import Arrays
import Artifacts
import Lambdas
import Plans

/// Makes the callbacks of runs from their plans, each with what it may know at its place in the list.
final class CallbackFactory {
  typealias Made = (callback: any Callback, object: Configured?, randomness: HookRandomness, handle: CallbackHandle?)

  private let machine: Machine
  private let console: Console
  private let clock: RunClock
  /// What callbacks that live on know from their last fit, by the script's object.
  private var livingStates: [(object: Configured, state: JSON)] = []

  /// `machine` runs the functions of the script; hooks print on the console and tell the clock's time.
  init(machine: Machine, console: Console, clock: RunClock) {
    self.machine = machine
    self.console = console
    self.clock = clock
  }

  /// The callbacks of one run in list order, but those that every run has of its own.
  ///
  /// `outline` is what the run gives before any callback adds to it, `script` the model that the functions of the script know, `stream`
  /// what the random numbers follow from.
  func make(
    _ plans: [CallbackPlan], outline: FitOutline, model: HookModel, of script: ModelObject? = nil, params: Value,
    stream: RandomStream
  ) throws(Failure) -> [Made] {
    var outline = outline
    var made: [Made] = []
    for (place, plan) in plans.enumerated() {
      let randomness = HookRandomness(stream.substream(place), generators: plan.generators)
      switch plan {
      case .script(let script):
        let hooks = ScriptHooks(
          script, model: model, params: params, console: console, clock: clock, randomness: randomness)
        made.append((hooks, nil, randomness, nil))
        outline = script.logsAfter.map(outline.leaving) ?? outline.adding(script.addedLogs)
      case .entry(let object):
        if let own = try make(object, outline, model, of: script, randomness) {
          made.append((own.callback, object, randomness, own.handle))
        }
        if case .callback(let traits) = object.entry.meaning {
          outline = outline.adding(traits.setsLearningRate ? outline.rateNames : [])
        }
        if let logs = object.logsAfter { outline = outline.leaving(logs) }
      }
    }
    return made
  }

  private func make(
    _ object: Configured, _ outline: FitOutline, _ model: HookModel, of script: ModelObject?, _ randomness: HookRandomness
  ) throws(Failure) -> (callback: any Callback, handle: CallbackHandle?)? {
    guard let maker = CallbackMaker.byName[object.entry.name] else {
      preconditionFailure("every callback of the catalog has its maker here")
    }
    let machine = machine
    let clock = clock
    let surroundings = CallbackSurroundings(
      outline: outline, model: model.watched, now: console.now, seconds: { clock.seconds },
      reaching: { function in script.map { function.putting(model, inPlaceOf: $0) } ?? function }
    ) {
      function, arguments throws(CallbackFailure) in
      machine.random = randomness.sequence
      defer { randomness.sequence = machine.random }
      do throws(RuntimeFailure) { return try machine.call(function, arguments) } catch {
        throw CallbackFailure("\(error.error.kind.rawValue): \(error.error.message)", at: error.range)
      }
    }
    do throws(CallbackFailure) {
      guard var callback = try maker.make(object.arguments, surroundings) else { return nil }
      if let living = livingStates.first(where: { $0.object === object }) {
        try callback.resume(from: living.state, RunReport(epochs: 0, steps: nil))
      }
      for (name, value) in object.takePresets() { callback.setResult(name, to: value) }
      return (callback, handle(of: object, maker, surroundings))
    } catch {
      throw TrainingError.callback(name: object.entry.name, epoch: nil, error).failure(at: object.range)
    }
  }

  /// What hooks reach it by, where it answers more than what it was made with.
  private func handle(of object: Configured, _ maker: CallbackMaker, _ surroundings: CallbackSurroundings) -> CallbackHandle? {
    guard case .callback(let traits) = object.entry.meaning, !traits.results.isEmpty else { return nil }
    return CallbackHandle(object) { arguments throws(CallbackFailure) in
      guard let callback = try maker.make(arguments, surroundings) else {
        preconditionFailure("what was made once is made again")
      }
      return callback
    }
  }

  /// Keeps what callbacks have come to, for the script, and what those that live on know, for the next fit with the same objects.
  func keepLivingStates(of made: [Made], as callbacks: [any Callback]) {
    for ((_, object, _, _), callback) in zip(made, callbacks) {
      let results = callback.results
      if !results.isEmpty { object?.held = CallbackResults(results) }
      guard callback.livesOn, let object, let state = try? callback.saveState() else { continue }
      livingStates.removeAll { $0.object === object }
      livingStates.append((object, state))
    }
  }
}
