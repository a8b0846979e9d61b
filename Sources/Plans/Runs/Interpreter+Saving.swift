import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  func walkSave(_ model: Expression, _ path: Expression, at range: SourceRange) throws(Interruption) {
    let target = try modelOperand(model)
    let place = try evaluate(path)
    try save(target, to: place, at: path.range, statement: range)
  }

  /// Saves a model under a path whose ending names the format.
  func save(_ target: Meaning, to place: Meaning, weightsOnly: Bool = false, at range: SourceRange, statement: SourceRange)
    throws(Interruption)
  {
    if place.isPoisoned || target.isPoisoned { return }
    guard let path = place.value?.asString else {
      if place.value != nil || !Admitter.couldBe(place.type, .outputPath) { return report(.notAPath(place.shownText, at: range)) }
      return deferCheck(of: range)
    }
    guard !path.isEmpty else { return report(.notAPath("an empty text", at: range)) }
    guard FileEndings.has(path, weightsOnly ? FileEndings.weights : FileEndings.model) else {
      return report(.saveEnding(path, endings: weightsOnly ? FileEndings.weights : FileEndings.model, at: range))
    }
    let model = target.object(ModelObject.self)
    if let reason = surroundings.reasonNotWritable(path) { return report(.cannotWrite(path, reason, at: range)) }
    let holdsModel = FileEndings.holdsModel(path)
    noteWrite(.init(path: path, writer: "save", kind: .model, model: holdsModel ? model : nil), at: range)
    plan.add(.save(model?.plan.name ?? "?", path), at: statement)
    if holdsModel, let layer = model?.plan.followedLayer { report(.ownLayerSaved(layer.configured.entry.name, at: range)) }
    guard let world, let model else { return }
    do {
      if weightsOnly { try world.saveWeights(model, to: path) } else { try world.save(model, to: path) }
    } catch { throw .failure(error.placed(at: statement)) }
  }

  /// Notes that a file will be written, and tells two writers of one.
  func noteWrite(_ write: FileUses.Write, at range: SourceRange) {
    if !isTyped, let read = state.files.reading(spoiledBy: write, in: range.source.name) {
      report(.overwrittenInput(write.path, by: write.writer, at: range, read))
    }
    let clash = state.files.note(write, at: range, site: runSite)
    if isTyped { return }
    guard let clash else {
      if write.kind == .backup, state.openLoops > 0 {
        report(.sharedBackup(write.path, at: range, earlier: nil, variable: state.loopVariables.last))
      }
      return
    }
    switch clash {
    case .backup(let earlier, let sameStatement):
      report(.sharedBackup(write.path, at: range, earlier: sameStatement ? nil : earlier, variable: state.loopVariables.last))
    case .log(let earlier): report(.sharedLog(write.path, at: range, earlier: earlier))
    case .rows(let earlier): report(.sharedRows(write.path, at: range, earlier: earlier))
    case .columns(let earlier, let columns):
      report(.otherColumns(write.path, columns, instead: write.columns ?? [], at: range, earlier: earlier))
    case .file(let earlier, let writer, let sameStatement):
      let isInLoop = state.openLoops > 0 || !runSite.loopRounds.isEmpty
      report(
        .sharedFile(
          write.path, at: range, earlier: sameStatement ? nil : earlier, writer: writer, isInLoop: isInLoop,
          variable: isInLoop ? state.loopVariables.last : nil))
    }
  }
}
