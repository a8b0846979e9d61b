import ArgumentParser

/// The command line: arguments in, an exit code out.
@main
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "train", version: "train 0.1.0")
  func run() {}
}
