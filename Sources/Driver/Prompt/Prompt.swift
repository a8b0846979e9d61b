import Artifacts
import Diagnostics
import Glibc
import Lambdas
import Plans
import Syntax
import Training

/// `train repl`: the session that scripts run in, statement by statement.
///
/// At a terminal it goes on after mistakes and failures. Otherwise there is no prompt, and the first of them ends it as it would
/// end a script.
package func openPrompt(_ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  let isInteractive = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
  let wake = Signals.installForPrompt()
  let prompt = Prompt(options, terminal, isInteractive: isInteractive, log: isInteractive ? .ofPrompts() : nil)
  let input: any LineInput
  if isInteractive {
    input =
      ReadlineInput(wake: wake) { prompt.completion(of: $0) } ?? PlainInput(wake: wake, write: StandardOutput.write)
    prompt.welcome(input)
  } else {
    input = PlainInput(wake: wake)
  }
  return prompt.run(input)
}

/// Gathers lines until they make a piece, and hands it to the session; carries out commands.
final class Prompt {
  private let session: Session
  private let terminal: Terminal
  private let options: Options
  private let isInteractive: Bool
  private let log: EntryLog?
  private var isLogging: Bool
  /// What was typed last: twice the same is remembered once.
  private var lastEntry = ""
  /// The lines of a statement that has not ended yet, each with its line end.
  private var pending = ""
  /// What they leave open.
  private var openBrackets = OpenBrackets()
  /// Entries so far, for naming them in findings.
  private var entries = 0
  /// Lines so far, for places in a text that is no terminal's.
  private var lines = 0
  private var pendingStart = 0

  init(_ options: Options, _ terminal: Terminal, isInteractive: Bool, log: EntryLog?) {
    self.options = options
    self.terminal = terminal
    self.isInteractive = isInteractive
    let console = terminal.console
    session = Session(.typed, options, terminal) { value in
      if let text = Display(columns: console.columns ?? 80).text(value) { console.print(text) }
    }
    self.log = log
    isLogging = log != nil
  }

  /// One line, and what was typed in earlier sessions for the arrow keys.
  func welcome(_ input: any LineInput) {
    if !options.isQuiet { terminal.console.print("train \(programVersion) — `:help` tells what can be typed, Ctrl-D leaves\n") }
    guard let log else { return }
    do throws(FileFailure) {
      for entry in try log.entries() { input.remember(entry) }
    } catch {
      loseLog(error)
    }
  }

  /// Reads and carries out until the end of the input.
  func run(_ input: any LineInput) -> ExitStatus {
    while !Signals.departure.isRaised {
      if isInteractive { terminal.console.endLine() }
      let status: ExitStatus?
      switch input.readLine(prompt: pending.isEmpty ? Self.prompt : Self.continuation) {
      case .line(let line): status = take(line, input)
      case .interrupted:
        Signals.forgetInterrupt()
        status = giveUp(input)
      case .end: status = end(input)
      }
      if let status { return status }
    }
    return .interrupted
  }

  private static let prompt = "train> "
  private static let continuation = "  ...> "

  func completion(of line: String) -> Completion {
    // A command stands on a line of its own; everything else is completed in the light of the lines before.
    let before = line.hasPrefix(":") ? "" : pending
    var found = Completer(interpreter: session.interpreter).completion(of: before + line)
    found.start -= before.utf8.count
    return found.start < 0 ? Completion(start: line.utf8.count) : found
  }

  // MARK: Lines

  /// Gives the status to end with, if it is to end.
  private func take(_ line: String, _ input: any LineInput) -> ExitStatus? {
    defer { lines += 1 }
    if pending.isEmpty {
      guard let first = line.first(where: { !$0.isWhitespace }) else { return nil }
      if first == ":" { return take(command: line, input) }
      pendingStart = lines
      openBrackets = OpenBrackets()
    }
    pending += line + "\n"
    // Where nobody looks, a piece is read when it may be whole: reading it at every line would take time by the square of its length.
    if !isInteractive {
      openBrackets.take(line)
      if openBrackets.isOpen { return nil }
    }
    let reading = parse(source(), isBeginning: true)
    if reading.isIncomplete, reading.lastingFindings.allSatisfy({ $0.severity < .error }) { return nil }
    remember(input)
    pending = ""
    if reading.isIncomplete {
      terminal.show(reading.lastingFindings)
      return ending(with: .mistakes)
    }
    return ending(with: run(reading))
  }

  /// Checks a piece and carries it out; a Ctrl-C that came meanwhile was meant for it.
  private func run(_ reading: Reading) -> ExitStatus {
    defer { Signals.forgetInterrupt() }
    let status = session.check(reading).map(session.run) ?? .mistakes
    // Where nobody types the next statement, one that came too late for this one ends the session.
    return status == .done && !isInteractive && Signals.interrupt.isRaised ? .interrupted : status
  }

  /// At a terminal nothing but `:quit` and the end of the input ends the session.
  private func ending(with status: ExitStatus) -> ExitStatus? { isInteractive || status == .done ? nil : status }

  /// The text that has been gathered. In what is no terminal its places count from the beginning of all text.
  private func source() -> Source {
    if isInteractive { return Source(name: "<entry \(entries + 1)>", text: pending) }
    return Source(name: "<stdin>", text: pending, firstLine: pendingStart + 1)
  }

  private func giveUp(_ input: any LineInput) -> ExitStatus? {
    terminal.console.print("\n")
    if !isInteractive { return .interrupted }
    // So that what was typed can be brought back and mended.
    if !pending.isEmpty { remember(input) }
    pending = ""
    return nil
  }

  private func end(_ input: any LineInput) -> ExitStatus? {
    guard !pending.isEmpty else {
      if isInteractive { terminal.console.print("\n") }
      return .done
    }
    let reading = parse(source())
    if isInteractive { terminal.console.print("\n") }
    terminal.show(reading.findings)
    return giveUp(input, after: .mistakes)
  }

  private func giveUp(_ input: any LineInput, after status: ExitStatus) -> ExitStatus? {
    remember(input)
    pending = ""
    return ending(with: status)
  }

  /// Counts the entry that has been gathered, and keeps it for the arrow keys of this session and later ones.
  private func remember(_ input: any LineInput) {
    entries += 1
    remember(pending, input)
  }

  private func remember(_ text: String, _ input: any LineInput) {
    var entry = text
    while entry.last?.isNewline ?? false { entry.removeLast() }
    guard entry != lastEntry else { return }
    lastEntry = entry
    input.remember(entry)
    guard isLogging, let log else { return }
    do throws(FileFailure) { try log.append(entry) } catch { loseLog(error) }
  }

  private func loseLog(_ failure: FileFailure) {
    isLogging = false
    terminal.say("what is typed will not be remembered: \(failure.description)")
  }
}

// MARK: - Commands

extension Prompt {
  private func take(command line: String, _ input: any LineInput) -> ExitStatus? {
    remember(line, input)
    let words = line.drop { $0 == " " || $0 == ":" }
    let name = String(words.prefix { !$0.isWhitespace })
    var argument = words.dropFirst(name.count).drop(while: \.isWhitespace)
    while argument.last?.isWhitespace ?? false { argument.removeLast() }
    guard let command = PromptCommand.named(name) else {
      let nearest = Spelling.nearest(to: name, among: PromptCommand.allCases.map(\.rawValue))
      terminal.say("there is no `:\(name)`; " + (nearest.map { "did you mean `:\($0)`?" } ?? "`:help` lists what there is"))
      return ending(with: .wrongUsage)
    }
    if argument.isEmpty, command.needsArgument {
      terminal.say("`:\(command.rawValue)` needs \(command.argument)")
      return ending(with: .wrongUsage)
    }
    switch command {
    case .quit: return .done
    case .help: return ending(with: argument.isEmpty ? tellOfCommands() : help(String(argument)))
    case .names: tellNames()
    case .why: return ending(with: tellDecisions(of: String(argument)))
    case .type: return ending(with: tellType(of: String(argument)))
    case .load: return ending(with: load(String(argument)))
    case .save: return ending(with: save(to: String(argument)))
    }
    return nil
  }

  private func tellDecisions(of callback: String) -> ExitStatus {
    if session.decisions.isEmpty {
      terminal.say("no callback has decided anything yet")
      return .done
    }
    return terminal.tell(session.decisions, DecisionFilter(callback: callback.isEmpty ? nil : callback, isComplete: true))
  }

  private func tellOfCommands() -> ExitStatus {
    terminal.console.print(PromptCommand.overview)
    return .done
  }

  private func help(_ name: String) -> ExitStatus {
    let style = TextStyle(isColored: terminal.console.usesColor)
    if let bound = session.interpreter.boundNames.first(where: { $0.name == name }) {
      let text = Display(columns: terminal.console.columns ?? 80).brief(bound.meaning)
      terminal.console.print("\(name): \(bound.noun), bound at \(bound.range.place); \(text)\n")
      return .done
    }
    if let text = Description.text(for: name, style: style) {
      terminal.console.print(text)
      return .done
    }
    let names = Array(standardCatalog.names) + Builtins.names + session.interpreter.boundNames.map(\.name)
    let nearest = Spelling.nearest(to: name, among: names)
    terminal.say("nothing is called `\(name)`" + (nearest.map { "; did you mean `\($0)`?" } ?? ""))
    return .failed
  }

  private func tellNames() {
    let names = session.interpreter.boundNames.filter { $0.noun != "module" }
    let width = names.map(\.name.count).max() ?? 0
    let nounWidth = names.map(\.noun.count).max() ?? 0
    let display = Display(columns: terminal.console.columns ?? 80)
    for bound in names {
      let name = bound.name + String(repeating: " ", count: width - bound.name.count)
      let noun = bound.noun + String(repeating: " ", count: nounWidth - bound.noun.count)
      terminal.console.print("\(name)  \(noun)  \(display.brief(bound.meaning))\n")
    }
  }

  private func tellType(of text: String) -> ExitStatus {
    let reading = parse(Source(name: "<expression>", text: text))
    guard reading.findings.isEmpty, reading.script.statements.count == 1,
      case .expression(let expression) = reading.script.statements[0].kind
    else {
      if reading.findings.isEmpty { terminal.say("`:type` takes an expression") } else { terminal.show(reading.findings) }
      return .mistakes
    }
    let (meaning, findings) = session.interpreter.meaning(of: expression)
    terminal.show(findings)
    if meaning.isPoisoned { return .mistakes }
    let type = meaning.type.description
    var known = ""
    if case .known(.object) = meaning { known = Display(columns: terminal.console.columns ?? 80).brief(meaning) }
    terminal.console.print(type + (known.isEmpty || known.hasPrefix("<") ? "" : ": \(known)") + "\n")
    return .done
  }

  private func load(_ path: String) -> ExitStatus {
    guard let source = terminal.readSource(path) else { return terminal.status }
    return run(parse(source))
  }

  private func save(to path: String) -> ExitStatus {
    if session.record.isEmpty {
      terminal.say("nothing has been carried out that could be saved")
      return .failed
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    var text = session.script(inFolder: folder)
    if Source(name: path, text: "").isYAML { text = printedYAML(parse(Source(name: "<session>", text: text)).script) }
    do throws(FileFailure) { try writeDurably(text, to: path) } catch {
      terminal.say(error.description)
      return .failed
    }
    // What may be done at a prompt is not always what a script may do.
    let reading = parse(Source(name: path, text: text))
    let checked = Interpreter(catalog: standardCatalog, surroundings: .files).check(reading.script)
    let errors = (reading.findings + checked.findings).filter { $0.severity == .error }
    let count = reading.script.statements.count
    terminal.say(
      "\(count) statement\(count == 1 ? "" : "s") in `\(path)`" + (errors.isEmpty ? "" : ", which as a script has mistakes:"))
    terminal.show(errors)
    return .done
  }
}
