import Arrays
import Diagnostics
import Glibc
import Plans

/// What `--version` and the prompt say.
package let programVersion = "0.1.0"

/// What the command line asked for.
package struct Options: Sendable {
  /// `--set name=value`, in order; the values are expressions.
  package var overrides: [(name: String, value: String)]
  /// Nil: the script's own, else one is drawn and printed.
  package var seed: Int?
  /// Nil: the script's own, else as many as there are processors.
  package var threads: Int?
  package var isQuiet: Bool
  package var isStrict: Bool
  /// Print where the time of the batches went.
  package var profiles: Bool
  package var color: ColorChoice

  package init(
    overrides: [(name: String, value: String)] = [], seed: Int? = nil, threads: Int? = nil, isQuiet: Bool = false,
    isStrict: Bool = false, profiles: Bool = false, color: ColorChoice = .auto
  ) {
    self.overrides = overrides
    self.seed = seed
    self.threads = threads
    self.isQuiet = isQuiet
    self.isStrict = isStrict
    self.profiles = profiles
    self.color = color
  }
}

/// Whether `--set name=text` can give the name a value: the text is an expression, or a plain word or path.
package func isValue(_ text: String) -> Bool { Interpreter.value(ofText: text) != nil }

/// What a process settles once, before it has other threads: to be called where the program begins.
package func prepareProcess() { FreeMemory.shareLimitedAddresses() }

/// The command that a first word is a slip of; nil where it is one, an option, or something that can be a script.
package func commandMeant(by word: String, among commands: [String]) -> String? {
  if commands.contains(word) || word.hasPrefix("-") || word.contains(where: { "./".contains($0) }) { return nil }
  if access(word, F_OK) == 0 { return nil }
  return Spelling.nearest(to: word, among: commands)
}

/// When output is coloured.
package enum ColorChoice: String, Sendable, CaseIterable {
  case auto, always, never

  /// Whether a stream is to be coloured: `auto` means a terminal, unless `NO_COLOR` is set or the terminal is dumb.
  package func applies(to descriptor: Int32) -> Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto: isatty(descriptor) == 1 && getenv("NO_COLOR") == nil && getenv("TERM").map { String(cString: $0) } != "dumb"
    }
  }
}

/// How a command ends; the process's exit code.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  /// The run failed, or an `expect` did.
  case failed = 1
  /// The script has mistakes; nothing was run.
  case mistakes = 2
  case wrongUsage = 64
  /// Ctrl-C, with everything saved.
  case interrupted = 130
}
