import ArgumentParser
import Driver

/// The command line: arguments in, an exit code out. What they mean stands in `Driver`.
@main
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a neural network from a text file.",
    discussion: """
      A script declares models, data and callbacks in Keras's words. It is checked whole before any data is read, then run.
      `train FILE` is short for `train run FILE`.

      Exit codes: 0 done · 1 the run failed, or an `expect` did · 2 the script has mistakes · 64 wrong usage · \
      130 interrupted, with everything saved.
      """,
    version: "train \(programVersion)",
    subcommands: [
      RunCommand.self, ReplCommand.self, CheckCommand.self, DataCommand.self, EvalCommand.self, PlanCommand.self,
      ExplainCommand.self,
      WhyCommand.self, BackupsCommand.self, VerifyCommand.self,
      SummaryCommand.self, ConvertCommand.self, FormatCommand.self, DescribeCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  /// `train` alone opens the prompt; everything else is told by its arguments.
  static func main() {
    prepareProcess()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let commands = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    if let word = arguments.first, arguments.count > 1, let command = commandMeant(by: word, among: commands) {
      exit(withError: ValidationError("`train` has no command `\(word)`; did you mean `\(command)`?"))
    }
    main(arguments.isEmpty ? ["repl"] : arguments)
  }
}

/// The options that every command which reads a script takes.
struct ScriptOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Replace the first top-level bind of NAME; VALUE is an expression, or a plain word.", valueName: "name=value"))
  var overrides: [String] = []

  @Flag(help: "Count warnings as errors.")
  var strict = false

  @Option(help: "Colours in what is printed: auto, always or never.")
  var color: ColorChoice = .auto

  func validate() throws {
    for override in overrides where !override.contains("=") || override.hasPrefix("=") {
      throw ValidationError("`--set \(override)` needs the form `name=value`, such as `--set epochs=5`.")
    }
    for override in overrides {
      let value = override.drop { $0 != "=" }.dropFirst()
      guard isValue(String(value)) else {
        throw ValidationError(
          "`--set \(override)`: `\(value)` is no expression and no plain word; text stands in quotes: `'name=\"text\"'`.")
      }
    }
  }
}

/// The options that change how a run runs, over what `settings { … }` says.
struct RunSettings: ParsableArguments {
  @Option(help: "The seed of every random stream; without one a seed is drawn and printed.")
  var seed: Int?

  @Option(help: "How many threads compute; the results are the same for any number.")
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Print only what the script prints.")
  var quiet = false

  @Flag(help: "Print where the time of the batches went, by layer and operation.")
  var profile = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("`--threads \(threads)` is outside 1 to 1024.") }
  }
}

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Check a script, then run it from top to bottom.")
  @Argument(help: "The script, a `.train` or `.yaml` file.", completion: .file(extensions: ["train", "yaml", "yml"]))
  var file: String
  @OptionGroup var script: ScriptOptions
  @OptionGroup var settings: RunSettings

  func run() throws {
    let options = Options(
      script, seed: settings.seed, threads: settings.threads, isQuiet: settings.quiet, profiles: settings.profile)
    throw ExitCode(Driver.run(file, options).rawValue)
  }
}

struct ReplCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repl", abstract: "Type statements and see what they give; `train` alone does the same.",
    discussion: "Where the input is no terminal, there is no prompt, and the first mistake or failure ends the session.")
  @OptionGroup var settings: RunSettings
  @Flag(help: "Count warnings as errors.")
  var strict = false
  @Option(help: "Colours in what is printed: auto, always or never.")
  var color: ColorChoice = .auto

  func run() throws {
    let options = Options(
      seed: settings.seed, threads: settings.threads, isQuiet: settings.quiet, isStrict: strict, profiles: settings.profile,
      color: color)
    throw ExitCode(Driver.openPrompt(options).rawValue)
  }
}

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Say what is wrong in a script, without reading any data or running it.")
  @Argument(help: "The script.", completion: .file(extensions: ["train", "yaml", "yml"]))
  var file: String
  @OptionGroup var script: ScriptOptions

  func run() throws { throw ExitCode(Driver.check(file, Options(script)).rawValue) }
}

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Show the data that a script trains on: shapes, types, ranges, classes and the first pictures.",
    discussion: "The script is carried out as far as it reads and makes data; nothing is trained, saved or printed.")
  @Argument(help: "The script.", completion: .file(extensions: ["train", "yaml", "yml"]))
  var file: String
  @Option(help: "The PNG file for the first pictures; without it, `NAME.data.png` beside the script.")
  var sheet: String?
  @Option(help: "The seed of every random stream.")
  var seed: Int?
  @OptionGroup var script: ScriptOptions

  func run() throws {
    throw ExitCode(Driver.showData(file, sheetPath: sheet, Options(script, seed: seed)).rawValue)
  }
}

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what a script will cost and do: layers, learning rates, callbacks and their functions.",
    discussion: "Nothing is run and no data is read. Warnings of what is rarely meant go to the error stream, as with `check`.")
  @Argument(help: "The script.", completion: .file(extensions: ["train", "yaml", "yml"]))
  var file: String
  @OptionGroup var script: ScriptOptions

  func run() throws { throw ExitCode(Driver.explain(file, Options(script)).rawValue) }
}

struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Tell what the callbacks of a script's last run decided, and for what reasons.",
    discussion: """
      A run of `lesson.train` whose callbacks stop it, change the learning rate, save or restore keeps each decision with its \
      reason in `lesson.decisions.jsonl` beside it.
      """)
  @Argument(
    help: "The script, or its `.decisions.jsonl` file.", completion: .file(extensions: ["train", "yaml", "yml", "jsonl"]))
  var file: String
  @Option(help: "Only of this callback; the beginning of its name is enough.")
  var callback: String?
  @Option(help: ArgumentHelp("Only of this epoch, or of these.", valueName: "n or n-m"))
  var epoch: String?
  @Flag(help: "Tell also where nothing was changed: epochs without improvement, or that were not saved.")
  var all = false
  @Option(help: "Colours in what is printed: auto, always or never.")
  var color: ColorChoice = .auto

  private var epochs: ClosedRange<Int>? {
    guard let epoch else { return nil }
    let ends = epoch.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, 1 <= first, first <= last else {
      return nil
    }
    return first...last
  }

  func validate() throws {
    if let epoch, epochs == nil { throw ValidationError("`--epoch \(epoch)` is no epoch; write `--epoch 3` or `--epoch 3-7`.") }
  }

  func run() throws {
    let filter = DecisionFilter(callback: callback, epochs: epochs, isComplete: all)
    throw ExitCode(Driver.why(file, filter, Options(color: color)).rawValue)
  }
}

struct BackupsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backups", abstract: "List the backups in a folder, and verify every byte of them.",
    discussion: "Exit codes: 0 all are whole · 1 one is damaged, or there is none.")
  @Argument(help: "The folder that `BackupAndRestore` was given.", completion: .directory)
  var folder: String
  @Flag(help: "Print the script that the newest whole backup keeps instead.")
  var script = false
  @Option(help: "Colours in what is printed: auto, always or never.")
  var color: ColorChoice = .auto

  func run() throws {
    throw ExitCode(Driver.backups(inFolder: folder, printsScript: script, Options(color: color)).rawValue)
  }
}

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Run a script again, and say whether it comes to the same, bit for bit.",
    discussion: """
      A run ends with a line `result sha256:…`, a digest of what the script means, its data, the weights that it leaves and its \
      histories, on the error stream (`train lesson.train 2> run.log`). The same script, seed and data give the same line on every \
      processor with the same instructions. The script writes its files anew.

      Exit codes: 0 the same · 1 not the same, or the run failed · 2 the script has mistakes.
      """)
  @Argument(help: "The script.", completion: .file(extensions: ["train", "yaml", "yml"]))
  var file: String
  @Argument(help: "That line, in quotes, or a file that holds it.", completion: .file())
  var result: String
  @OptionGroup var script: ScriptOptions
  @Option(help: "How many threads compute; the results are the same for any number.")
  var threads: Int?

  func run() throws { throw ExitCode(Driver.verify(file, against: result, Options(script, threads: threads)).rawValue) }
}

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Print what a script means: names resolved, arguments bound, shapes inferred.")
  @Argument(help: "The script.", completion: .file(extensions: ["train", "yaml", "yml"]))
  var file: String
  @OptionGroup var script: ScriptOptions

  func run() throws { throw ExitCode(Driver.printPlan(file, Options(script)).rawValue) }
}

struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "Print the layers of a model file, or of every model that a script makes, as Keras does.",
    discussion: "A script is checked and not run: no data is read, nothing is trained.")
  @Argument(
    help: "A `.keras` or `.h5` file, or a script.", completion: .file(extensions: ["keras", "h5", "train", "yaml", "yml"]))
  var file: String
  @Option(help: "How wide the tables are, in characters.")
  var lineLength: Int?
  @Flag(help: "Show the layers of models within models.")
  var expandNested = false
  @Flag(help: "Say which layers training changes.")
  var showTrainable = false
  @OptionGroup var script: ScriptOptions

  func validate() throws {
    if let lineLength, !(30...10_000).contains(lineLength) {
      throw ValidationError("`--line-length \(lineLength)` is outside 30 to 10000.")
    }
  }

  func run() throws {
    let style = SummaryStyle(lineLength: lineLength, expandsNested: expandNested, showsTrainable: showTrainable)
    throw ExitCode(Driver.summarize(file, style, Options(script)).rawValue)
  }
}

struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Evaluate an expression and print it as Python's `repr` does.")
  @Argument(help: "The expression, in quotes: 'sum(x * x for x in range(10))'.")
  var expression: String
  @Option(help: "Colours in what is printed: auto, always or never.")
  var color: ColorChoice = .auto

  func run() throws { throw ExitCode(Driver.evaluate(expression, Options(color: color)).rawValue) }
}

struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe", abstract: "Tell what a layer, callback, loss … of the catalog is and what its arguments mean.")
  @Argument(help: "A name such as `Dense` or `callbacks.EarlyStopping`; without one, everything there is by role.")
  var name: String?
  @Flag(help: "Print the whole catalog as a document.")
  var markdown = false
  @Flag(help: "Print a TextMate grammar, by which editors colour scripts.")
  var textmate = false
  @Flag(help: "Print a JSON Schema, by which editors complete and check scripts in YAML.")
  var schema = false
  @Option(help: "Colours in what is printed: auto, always or never.")
  var color: ColorChoice = .auto

  func run() throws {
    let options = Options(color: color)
    if schema { throw ExitCode(Driver.printYAMLSchema(options).rawValue) }
    if textmate { throw ExitCode(Driver.printTextMateGrammar(options).rawValue) }
    throw ExitCode((markdown ? Driver.describeAll(options) : Driver.describe(name, options)).rawValue)
  }
}

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a script in its other form: YAML for a `.train` file, and the other way.",
    discussion: "Both forms mean the same. Comments come along where the other form has a place for them.")
  @Argument(help: "The script, a `.train` or `.yaml` file.", completion: .file(extensions: ["train", "yaml", "yml"]))
  var file: String
  @Option(name: .shortAndLong, help: "The file to write; without it the script is printed.")
  var output: String?
  @Flag(help: "Replace the file if it exists.")
  var force = false
  @Option(help: "Colours in what is printed: auto, always or never.")
  var color: ColorChoice = .auto

  func run() throws {
    throw ExitCode(Driver.convert(file, to: output, overwrites: force, Options(color: color)).rawValue)
  }
}

struct FormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Bring scripts into their canonical form, comments kept.",
    discussion: """
      A file with mistakes is told and left as it is. `-` reads the standard input and prints what comes of it.

      Exit codes: 0 done, or nothing to do · 1 with `--check`, a file would change · 2 a script has mistakes.
      """)
  @Argument(help: "The scripts, in either form.", completion: .file(extensions: ["train", "yaml", "yml"]))
  var files: [String]
  @Flag(help: "Write nothing, and name the files that would change.")
  var check = false
  @Flag(help: "What `-` reads is YAML.")
  var yaml = false
  @Option(help: "Colours in what is printed: auto, always or never.")
  var color: ColorChoice = .auto

  func run() throws {
    throw ExitCode(Driver.format(files, isChecking: check, isYAML: yaml, Options(color: color)).rawValue)
  }
}

extension ColorChoice: ExpressibleByArgument {}

extension Options {
  init(_ script: ScriptOptions, seed: Int? = nil, threads: Int? = nil, isQuiet: Bool = false, profiles: Bool = false) {
    self.init(
      overrides: script.overrides.map { text in
        let mark = text.firstIndex(of: "=")!  // validated
        return (name: String(text[..<mark]), value: String(text[text.index(after: mark)...]))
      }, seed: seed, threads: threads, isQuiet: isQuiet, isStrict: script.strict, profiles: profiles,
      color: script.color)
  }
}
