import Artifacts
import Diagnostics
import Glibc
import Lambdas
import Networks
import Plans
import Syntax
import Training

/// A script on its way: read, checked whole, then run statement by statement in one world.
final class Session {
  private let script: Script
  private let readingFindings: [Finding]
  private let options: Options
  private let terminal: Terminal
  private let interpreter: Interpreter
  private var checked: Checked?
  /// Places and names of the findings that have been shown.
  private var shown: Set<String> = []

  /// Reads the script at a path; nil, with the reason told, if there is none to read.
  convenience init?(_ path: String, _ options: Options, _ terminal: Terminal) {
    do throws(FileFailure) {
      switch decodeSource(name: path, bytes: try readFile(path)) {
      case .source(let source): self.init(source, options, terminal)
      case .noText(let finding):
        terminal.refuse([finding])
        return nil
      }
    } catch {
      terminal.complain(error.description)
      return nil
    }
  }

  init(_ source: Source, _ options: Options, _ terminal: Terminal) {
    let reading = parse(source)
    script = reading.script
    self.options = options
    self.terminal = terminal
    readingFindings = reading.findings
    interpreter = Interpreter(
      catalog: standardCatalog, surroundings: .files,
      overrides: Dictionary(
        options.overrides.map { ($0.name, Interpreter.value(ofText: $0.value)) }, uniquingKeysWith: { _, last in last }))
  }

  /// Tells every finding; whether the script may run.
  func check() -> Bool {
    let checked = interpreter.check(script)
    self.checked = checked
    // What could not be read was told by the parser; what follows from the gap would only repeat it.
    let isReadable = !readingFindings.contains { $0.severity == .error }
    let findings = show(readingFindings + checked.findings)
    let worst = findings.map(\.severity).max() ?? .note
    return isReadable && worst < (options.isStrict ? .warning : .error)
  }

  /// Shows what has not been shown before and is not silenced in the script, and gives it.
  @discardableResult
  private func show(_ findings: [Finding]) -> [Finding] {
    let new = withoutAllowed(findings).filter { shown.insert("\($0.range.place) \($0.name)").inserted }
    terminal.show(new)
    return new
  }

  var planText: String { checked?.plan.description ?? "" }

  /// Lists what only values of the run can show.
  func tellDeferred() {
    guard let places = checked?.deferred, !places.isEmpty else { return }
    terminal.note("checked when it is reached: " + places.map(\.place).joined(separator: ", "))
  }

  /// Runs the checked script; `showsValues` prints the value of every expression statement, as `eval` does.
  func run(showsValues: Bool = false) -> ExitStatus {
    Signals.install()
    let profile = options.profiles ? StepProfile() : nil
    let world = makeWorld(profile)
    interpreter.seedRandomNumbers(world.seed)
    defer { if let profile { terminal.tell(profile.table) } }
    // One deep stack for all statements: a thread for each would cost more than most of them.
    let status = onDeepStack { self.run(in: world, showsValues: showsValues) }
    guard let reason = StandardOutput.failure else { return status }
    terminal.complain("not everything that was printed could be written: \(reason)")
    return status == .done ? .failed : status
  }

  private func run(in world: TrainingWorld, showsValues: Bool) -> ExitStatus {
    for statement in script.statements {
      do throws(Interruption) {
        let outcome = try interpreter.run(statement, in: world)
        show(outcome.findings)
        // As at Python's prompt, None is not shown.
        if showsValues, let value = outcome.shown, !value.isNone { terminal.write(Operations.representation(value) + "\n") }
      } catch {
        return tell(error)
      }
      if Signals.interrupt.isRaised { return .interrupted }
    }
    do throws(Failure) { try world.deleteFinishedBackups() } catch { terminal.complain(error.message) }
    return .done
  }

  /// The command line's choices win over the script's `settings`; a run that goes on keeps the seed that it drew when it began.
  private func makeWorld(_ profile: StepProfile?) -> TrainingWorld {
    let settings = TrainingWorld.Settings(
      seed: options.seed ?? setting("seed") ?? seedOfBackups(),
      threads: options.threads ?? setting("threads") ?? Self.processorCount, isQuiet: options.isQuiet, profile: profile)
    return TrainingWorld(
      settings, catalog: standardCatalog, console: .standardOutput(usesColor: options.color.applies(to: STDOUT_FILENO)),
      interrupt: Signals.interrupt, machine: Machine())
  }

  private func setting(_ name: String) -> Int? {
    if case .integer(let value)? = checked?.settings[name] { value } else { nil }
  }

  private func seedOfBackups() -> Int? {
    for folder in checked?.backupFolders ?? [] {
      guard let seed = FolderBackup.seed(inFolder: folder) else { continue }
      terminal.note("seed \(seed) (of the run that `\(folder)` backs up)")
      return seed
    }
    return nil
  }

  private static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Says why a statement was not carried out.
  private func tell(_ interruption: Interruption) -> ExitStatus {
    switch interruption {
    case .mistakes(let findings):
      terminal.show(withoutAllowed(findings))
      return .mistakes
    case .failure(let failure):
      if Signals.interrupt.isRaised {
        terminal.complain(failure.message)
        return .interrupted
      }
      terminal.fail(failure.message, at: failure.range)
      return .failed
    case .expectation(let message, let range):
      terminal.fail(message, at: range)
      return .failed
    }
  }
}
