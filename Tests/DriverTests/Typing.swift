import Foundation
import Training

@testable import Driver

/// A prompt without a terminal: what is typed and what is said to it, as it would stand on the screen.
final class Typing: LineInput {
  private(set) var screen = ""
  /// What the arrow keys would bring back.
  private(set) var remembered: [String] = []
  private(set) var status: ExitStatus?
  private var lines: [String]
  private(set) var prompt: Prompt?

  /// Types the lines, one after another, and Ctrl-D.
  init(_ lines: [String], seed: Int? = 7, isInteractive: Bool = true) {
    self.lines = lines.reversed()
    let options = Options(seed: seed, threads: 1, color: .never)
    let console = Console(isTerminal: isInteractive, columns: 100, usesColor: false) { [unowned self] in screen += $0 }
    let terminal = Terminal(options, console: console) { [unowned self] in screen += $0 }
    let prompt = Prompt(options, terminal, isInteractive: isInteractive, log: nil)
    self.prompt = prompt
    status = prompt.run(self)
  }

  convenience init(_ text: String) { self.init(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)) }

  func readLine(prompt: String) -> TypedLine {
    screen += prompt
    guard let line = lines.popLast() else { return .end }
    screen += line + "\n"
    return .line(line)
  }

  func remember(_ entry: String) { remembered.append(entry) }

  /// What may be typed after a text, once everything has been typed that was to be.
  func completions(of text: String) -> [String] { prompt?.completion(of: text).candidates ?? [] }
}
