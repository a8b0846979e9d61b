import ArgumentParser

@main
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "train", version: "0.1.0")
  func run() {}
}
