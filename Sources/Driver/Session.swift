import Arrays
import Artifacts
import Diagnostics
import Lambdas
import Networks
import Plans
import Syntax
import Tensors
import Training

/// What scripts and typed statements run in. It is fed pieces: a file is one; at the prompt each complete statement is, or the few
/// that were pasted.
///
/// A piece is read, checked whole against what lives on (names, models with their networks, the world with its seed and threads),
/// and then carried out statement by statement. A piece with a mistake changes nothing; after a failure what was done stays.
final class Session {
  /// Whether the pieces are one script or come from a person.
  enum Manner { case script, typed }

  /// A text that has been read and checked.
  struct Piece {
    let script: Script
    let checked: Checked
  }

  let interpreter: Interpreter
  /// The statements that have been carried out, as typed.
  private(set) var record = SessionRecord()
  private let manner: Manner
  private let options: Options
  private let terminal: Terminal
  private let profile: StepProfile?
  /// Where the decisions of callbacks are kept; nil for memory alone.
  private let decisionsPath: String?
  /// Made when the first piece runs, since that may say what seed it has.
  private var world: TrainingWorld?
  /// Places and names of the findings of a piece that have been shown.
  private var shown: Set<String> = []

  /// `onValue` takes the values of expression statements, as the prompt and `eval` show them.
  init(
    _ manner: Manner, _ options: Options, _ terminal: Terminal, surroundings: Surroundings = .files, decisionsPath: String? = nil,
    onValue: ((Value) -> Void)? = nil
  ) {
    self.manner = manner
    self.options = options
    self.terminal = terminal
    self.decisionsPath = decisionsPath
    profile = options.profiles ? StepProfile() : nil
    var surroundings = surroundings
    surroundings.seed = options.seed
    interpreter = Interpreter(
      catalog: standardCatalog, surroundings: surroundings,
      overrides: Dictionary(
        options.overrides.map { ($0.name, Interpreter.value(ofText: $0.value) ?? .string($0.value)) },
        uniquingKeysWith: { _, last in last }),
      isTyped: manner == .typed)
    interpreter.onValue = onValue
    interpreter.admits = { [unowned self] in self.admits($0) }
    // A script's run ends where it stands, by the signal itself.
    if manner == .typed { interpreter.isInterrupted = { Signals.interrupt.isRaised } }
  }

  /// The script that does what has been carried out; it will stand in `folder`.
  func script(inFolder folder: String) -> String {
    var settings = interpreter.settings
    if let seed = options.seed { settings["seed"] = .integer(seed) }
    var text = record.script(settings: settings, inFolder: folder)
    if settings["seed"] == nil, isSettled, let world {
      text = "# Seed \(world.seed) was drawn; `--seed \(world.seed)` repeats what came of it.\n" + text
    }
    return text
  }

  /// What the callbacks of its trainings have decided.
  var decisions: [DecisionRecord] { world?.decisions.records ?? [] }

  // MARK: Checking

  /// Reads and checks a piece, and tells every finding; nil if it must not run.
  ///
  /// `isToRun`: whether a model that is too large for this machine is a mistake; to be read about it need not fit.
  func check(_ source: Source, isToRun: Bool = true) -> Piece? { check(parse(source), isToRun: isToRun) }

  /// The same for a text that has been read.
  func check(_ reading: Reading, isToRun: Bool = true) -> Piece? {
    shown = []
    let checked = interpreter.check(reading.script)
    if manner == .script { Kept.forEver(reading.script, checked, interpreter) }
    let isReadable = !reading.findings.contains { $0.severity == .error }
    let emptiness =
      manner == .script && reading.script.statements.isEmpty && isReadable ? [Finding.emptyScript(reading.script.source)] : []
    let findings = show(
      reading.findings + emptiness + Self.withoutMisread(checked.findings, reading)
        + findings(aboutSettingsOf: reading.script, checked)
        + (isToRun ? MemoryForecast().findings(of: checked.plan) : []))
    guard isReadable, areHarmless(findings) else { return nil }
    return Piece(script: reading.script, checked: checked)
  }

  /// The findings of the check but those in lines that could not be read as they were meant, where they would mostly repeat that.
  private static func withoutMisread(_ findings: [Finding], _ reading: Reading) -> [Finding] {
    let source = reading.script.source
    let misread = Set(reading.findings.filter { $0.severity == .error }.map { source.line(at: $0.range.start) })
    return findings.filter { $0.range.source != source || !misread.contains(source.line(at: $0.range.start)) }
  }

  /// Shows what has not been shown before and is not silenced in the script, and gives it.
  @discardableResult
  private func show(_ findings: [Finding]) -> [Finding] {
    let new = withoutAllowed(findings).filter { shown.insert("\($0.range.place) \($0.name)").inserted }
    if manner == .typed {
      // Whoever has just typed a line need not be shown it for every note.
      terminal.show(new.filter { $0.severity > .note })
      for note in new where note.severity == .note { terminal.say("note: \(note.message)") }
    } else {
      terminal.show(new)
    }
    return new
  }

  /// Whether a text with these findings may run.
  private func areHarmless(_ findings: [Finding]) -> Bool {
    findings.allSatisfy { $0.severity < (options.isStrict ? .warning : .error) }
  }

  /// Shows what only the run has found of a statement, before it is carried out; whether it may be.
  private func admits(_ findings: [Finding]) -> Bool { areHarmless(show(findings)) }

  // MARK: Running

  /// Carries out a piece.
  func run(_ piece: Piece) -> ExitStatus {
    let world = world(for: piece.checked)
    if manner == .script {
      allowOpenFiles()
      do throws(Failure) { try world.reserve(piece.checked.backupFolders) } catch { return tell(.failure(error)) }
    }
    // One deep stack for all statements: a thread for each would cost more than most of them.
    let status = onDeepStack { () -> ExitStatus in
      for statement in piece.script.statements {
        if self.manner == .typed, Signals.interrupt.isRaised { return self.tell(.interrupted(statement.range)) }
        let status = self.run(statement, in: world)
        if status != .done { return status }
      }
      if self.manner == .typed { self.record.add(piece.script.trailingComments) }
      return .done
    }
    guard let reason = StandardOutput.failure else { return status }
    terminal.complain("not everything that was printed could be written: \(reason)")
    return status == .done ? .failed : status
  }

  /// Carries out a piece for the sake of its data. Gives what its runs are fed, and the statements that were left out since they need
  /// what a training would give; nil after telling a failure.
  func look(at piece: Piece) -> (uses: [DataUse], leftOut: [LeftOut])? {
    let world = LookingWorld(world(for: piece.checked))
    return onDeepStack { () -> (uses: [DataUse], leftOut: [LeftOut])? in
      var leftOut: [LeftOut] = []
      for statement in piece.script.statements where !statement.isExpectation {
        do throws(Interruption) { try self.interpreter.run(statement, in: world) } catch {
          guard !world.uses.isEmpty, let reason = error.reason else {
            _ = self.tell(error)
            return nil
          }
          leftOut.append(LeftOut(line: statement.range.source.line(at: statement.range.start), reason: reason))
        }
      }
      return (world.uses, leftOut)
    }
  }

  /// What is left to do when a script has ended well.
  func finish(_ piece: Piece) {
    // First, since a run that is killed while it removes its backups has come to it.
    if let result = result(of: piece) { terminal.note(result.text) }
    do throws(Failure) { try world?.deleteFinishedBackups() } catch { terminal.complain(error.message) }
  }

  /// What a script that has been run has come to; nil if it trains nothing, or went on from another script's backup.
  func result(of piece: Piece) -> ResultLine? {
    guard let world, world.result.count > 0, !world.result.isOfTwoScripts else { return nil }
    return world.result.line(planDigest: piece.checked.plan.digest, seed: world.seed)
  }

  /// Where the time of the batches went, if that was asked for.
  func tellProfile() {
    if let profile { terminal.tell(profile.table) }
  }

  private func run(_ statement: Statement, in world: TrainingWorld) -> ExitStatus {
    let earlier = world.lastHistory
    do throws(Interruption) { try interpreter.run(statement, in: world) } catch { return tell(error) }
    if manner == .script, world.lastHistory !== earlier { Signals.settleFarewell(world.wayOn) }
    let wasCutShort = world.lastEnd == .interrupted && world.lastHistory !== earlier
    if manner == .script {
      guard Signals.interrupt.isRaised else { return .done }
      tellOfInterruption(after: statement, end: world.lastHistory === earlier ? nil : world.lastEnd, in: world)
      return .interrupted
    }
    record.add(statement, wasCutShort: wasCutShort)
    guard wasCutShort, let history = world.lastHistory else { return .done }
    tellOfStop(after: history)
    return .interrupted
  }

  /// What is told where the user's wish came when the statement could not be cut short any more; `end` is that of its training, if it
  /// was one.
  private func tellOfInterruption(after statement: Statement, end: EndReason?, in world: TrainingWorld) {
    let line = statement.range.source.line(at: statement.range.start)
    let ended = end.map { "the training of line \(line) (\($0.sentence)): everything that it saves is on the disk" }
    terminal.complain("interrupted after \(ended ?? "line \(line), which is done")\(world.wayOn)")
  }

  private func tellOfStop(after history: HistoryObject) {
    let count = history.epochs.count
    let epochs = count == 0 ? "in the first epoch" : "after \(count) whole epoch\(count == 1 ? "" : "s")"
    terminal.say("stopped \(epochs); the model keeps what it has learnt, and another `fit` goes on from there")
  }

  /// Says why a statement was not carried out.
  private func tell(_ interruption: Interruption) -> ExitStatus {
    switch interruption {
    case .mistakes(let findings):
      terminal.show(withoutAllowed(findings))
      return .mistakes
    case .failure(let failure):
      if failure.isInterruption {
        if manner == .typed { terminal.say(failure.message) } else { terminal.complain(failure.message) }
        return .interrupted
      }
      terminal.fail(failure.message, at: failure.range)
      return .failed
    case .expectation(let message, let range):
      terminal.fail(message, at: range)
      return .failed
    case .interrupted:
      terminal.say("interrupted")
      return .interrupted
    }
  }
}

// MARK: - Settings

extension Session {
  /// The world that a piece runs in. The first piece settles seed and threads; typed ones may, until something depends on them.
  private func world(for checked: Checked) -> TrainingWorld {
    guard let world else {
      let made = makeWorld(checked)
      self.world = made
      interpreter.seedRandomNumbers(made.seed)
      return made
    }
    if !isSettled {
      let seed = options.seed ?? setting("seed", checked) ?? seedOfBackups(checked)
      world.settle(seed: seed, threads: threads(checked), precision: precision(checked))
      interpreter.seedRandomNumbers(world.seed)
    }
    return world
  }

  /// The command line's choices win over the script's `settings`; a run that goes on keeps the seed that it drew when it began.
  private func makeWorld(_ checked: Checked) -> TrainingWorld {
    let settings = TrainingWorld.Settings(
      seed: options.seed ?? setting("seed", checked) ?? seedOfBackups(checked), threads: threads(checked),
      precision: precision(checked), isQuiet: options.isQuiet, profile: profile, isSession: manner == .typed,
      decisionsPath: decisionsPath)
    return TrainingWorld(
      settings, catalog: standardCatalog, console: terminal.console, interrupt: Signals.interrupt, machine: Machine())
  }

  private var isSettled: Bool { (world?.isSettled ?? false) || interpreter.hasDrawnRandomNumbers }

  private func threads(_ checked: Checked) -> Int { options.threads ?? setting("threads", checked) ?? Processors.count }

  private func setting(_ name: String, _ checked: Checked) -> Int? {
    if case .integer(let value)? = checked.settings[name] { value } else { nil }
  }

  /// What the script asks for, or float32 where the processor has nothing less, which is said.
  private func precision(_ checked: Checked) -> OperandPrecision {
    guard checked.settings["precision"]?.asString == "mixed_bfloat16" else { return .float32 }
    if OperandPrecision.bfloat16.isComputedHere { return .bfloat16 }
    terminal.note("this processor does not multiply bfloat16, so everything is computed in float32")
    return .float32
  }

  private func seedOfBackups(_ checked: Checked) -> Int? {
    for (folder, _) in checked.backupFolders {
      guard let seed = FolderBackup.seed(inFolder: folder) else { continue }
      terminal.note("seed \(seed) (of the run that `\(folder)` backs up)")
      return seed
    }
    return nil
  }

  /// Settings that come when something depends on what they would change.
  private func findings(aboutSettingsOf script: Script, _ checked: Checked) -> [Finding] {
    guard isSettled, let world else { return [] }
    return script.statements.compactMap { statement in
      guard case .settings = statement.kind else { return nil }
      let changesSeed = options.seed == nil && (setting("seed", checked).map { $0 != world.seed } ?? false)
      let changesPrecision = precision(checked) != world.precision
      guard changesSeed || changesPrecision || threads(checked) != world.threads else { return nil }
      return Finding(
        .error, "settings-too-late", "`settings { … }` comes too late: seed, threads and precision are in use already.",
        at: statement.range, hint: "`:quit` and begin with it, or start with `train repl --seed 7`.")
    }
  }
}

/// What is left to the end of the process: freeing the millions of parts of a huge script takes seconds.
private final class Kept {
  private let script: Script
  private let checked: Checked
  private let interpreter: Interpreter

  private init(_ script: Script, _ checked: Checked, _ interpreter: Interpreter) {
    self.script = script
    self.checked = checked
    self.interpreter = interpreter
  }

  static func forEver(_ script: Script, _ checked: Checked, _ interpreter: Interpreter) {
    _ = Unmanaged.passRetained(Kept(script, checked, interpreter))
  }
}

extension Finding {
  fileprivate static func emptyScript(_ source: Source) -> Finding {
    Finding(.warning, "empty-script", "There is no statement here, so nothing happens.", at: SourceRange(source, 0, 0))
  }
}
