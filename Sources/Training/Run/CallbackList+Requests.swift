import Arrays
import Plans

/// What callbacks ask for is met here, in the order in which they ask.
extension CallbackList {
  func meet(_ request: Request, of index: Int) throws(TrainingError) {
    switch request {
    case .print(let text): console.print(text)
    case .stop(let reason):
      if stop == nil { stop = .stopped(by: seats[index].callback.name, because: reason) }
      notes.note(Decision(.stopped, "the training is to stop", because: reason), of: index)
    case .goOn:
      stop = nil
      notes.note(Decision(.wentOn, "the training is to go on after all", because: "it takes the stop back"), of: index)
    case .stopDiverged(let reason):
      stop = .diverged(by: seats[index].callback.name, because: reason)
      notes.note(Decision(.stopped, "the training is to stop", because: reason), of: index)
    case .setLearningRate(let rate, let optimizer, let reason):
      let before = trainee.rates[optimizer].value
      trainee.setLearningRate(rate, of: optimizer)
      notes.noteRate(from: before, of: optimizer, because: reason, by: index)
    case .learningRateIsSet(let before, let optimizer, let reason):
      notes.noteRate(from: before, of: optimizer, because: reason, by: index)
    case .decide(let decision): notes.note(decision, of: index)
    case .log(let name, let value): logs[name] = value
    case .setLogs(let logs): self.logs = logs
    case .save(let save):
      try self.save(save, of: index) { [trainee] () throws(Failure) in
        try trainee.saving(to: save.path, weightsOnly: save.weightsOnly)
      }
    case .saveCopy(let save, let job): try self.save(save, of: index) { job }
    case .delete(let deletion): try delete(deletion, of: index)
    case .tellDiskUse(let kept, let reason): try tellDiskUse(of: kept, because: reason, of: index)
    case .backUp: wantsBackup = true
    case .useAverages(let wanted):
      if trainee.averagesAreIn != wanted { trainee.swapAverages() }
      trainee.averagesStay = false
    case .keepAverages: trainee.averagesStay = true
    case .keepWeights: keptWeights[index] = trainee.weights
    case .keepState:
      do throws(Failure) { keptStates[index] = try trainee.saveState() } catch { throw .network(error, epoch: epoch) }
    case .rollBack(let way): try rollBack(way, of: index)
    case .restoreKeptWeights(let decision): try restoreKeptWeights(decision, of: index)
    }
  }

  /// The rates that are lowered are those of now: a second way back from the same place must not be as fast as the first.
  private func rollBack(_ way: RollBack, of index: Int) throws(TrainingError) {
    guard let state = keptStates[index] else {
      console.print("warning: \(seats[index].callback.name) has kept nothing to go back to; the training stops.\n")
      return try meet(.stopDiverged(because: "\(way.reason), and nothing was kept to go back to"), of: index)
    }
    let rates = trainee.rates
    scoresBeforeRollBack = trainee.logs
    // The sums of the scores are set back by the next epoch.
    do throws(Failure) { try trainee.restore(state, withSums: false) } catch { throw .network(error, epoch: epoch) }
    for (optimizer, rate) in rates.enumerated() where rate.isSettable {
      trainee.setLearningRate(rate.value * way.factor, of: optimizer)
    }
    let now = zip(rates, trainee.rates).filter(\.0.isSettable).map { before, now in
      "\(now.title) \(told([before.value, now.value]).joined(separator: " → "))"
    }
    let what = (["back to \(way.place)"] + now).joined(separator: ", ")
    notes.note(Decision(.rolledBack, what, because: way.reason), of: index)
  }

  /// Without kept weights the last ones stay, which is told: they are what the training has come to.
  private func restoreKeptWeights(_ decision: Decision, of index: Int) throws(TrainingError) {
    guard let weights = keptWeights[index] else {
      console.print("warning: \(seats[index].callback.name) has kept no weights to put back; the last ones stay.\n")
      return notes.note(Decision(.notRestored, "the last weights stay", because: "no others were kept"), of: index)
    }
    do throws(Failure) { try trainee.setWeights(weights) } catch { throw .network(error, epoch: epoch) }
    notes.note(decision, of: index)
  }
}
