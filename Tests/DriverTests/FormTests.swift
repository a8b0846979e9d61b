import Foundation
import Testing

/// The two forms of a script from the outside: `train convert`, `train fmt`, and every command on YAML.
@Suite struct FormTests {
  private static func scripts(in folder: String) -> [String] {
    let path = Program.root + "/" + folder
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted().filter { $0.hasSuffix(".train") }
      .map { "\(path)/\($0)" }
  }

  /// Every example and golden script means the same in both forms, whichever it began with.
  @Test(arguments: scripts(in: "examples") + scripts(in: "Tests/PlansTests/good") + scripts(in: "Tests/DriverTests/scripts"))
  func meanTheSame(script: String) throws {
    let folder = Program.Folder()
    let name = (script as NSString).lastPathComponent
    try folder.write(String(contentsOfFile: script, encoding: .utf8), to: name)
    let converted = try Program.run(["convert", name, "-o", "there.yaml"], in: folder)
    #expect(converted.status == 0, "\(converted.errors)")
    #expect(try Program.run(["convert", "there.yaml", "-o", "back.train"], in: folder).status == 0)
    let plans = try [name, "there.yaml", "back.train"].map { try Program.run(["plan", $0], in: folder) }
    #expect(plans[1].output == plans[0].output, "\(plans[1].errors)")
    #expect(plans[2].output == plans[0].output, "\(plans[2].errors)")
    #expect(plans.map(\.status) == [plans[0].status, plans[0].status, plans[0].status])
  }

  /// The YAML twin of an example is what converting it gives.
  @Test(arguments: scripts(in: "examples"))
  func examplesHaveTwins(script: String) throws {
    let twin = script.replacingOccurrences(of: ".train", with: ".yaml")
    let converted = try Program.run(["convert", script], in: Program.Folder())
    #expect(try converted.output == String(contentsOfFile: twin, encoding: .utf8))
  }

  @Test func examplesAreFormatted() throws {
    let all = Self.scripts(in: "examples").flatMap { [$0, $0.replacingOccurrences(of: ".train", with: ".yaml")] }
    let ending = try Program.run(["fmt", "--check"] + all, in: Program.Folder())
    #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
  }

  /// So are the scripts of the tests that can be read, but those that test the reading, and those that a program wrote.
  @Test func scriptsOfTestsAreFormatted() throws {
    let bad = "Tests/DriverTests/bad"
    let topics = try FileManager.default.contentsOfDirectory(atPath: Program.root + "/" + bad)
      .filter { !["syntax", "yaml"].contains($0) && !$0.contains(".") }
    let folders =
      topics.map { "\(bad)/\($0)" } + ["Tests/PlansTests/good", "Tests/PlansTests/bad", "Tests/DriverTests/explained"]
    let ending = try Program.run(["fmt", "--check"] + folders.sorted().flatMap(Self.scripts), in: Program.Folder())
    #expect(ending.output.isEmpty)
  }

  @Test func formattingWritesOnlyWhatIsRight() throws {
    let folder = Program.Folder()
    try folder.write("x=1   # one\n", to: "a.train")
    try folder.write("steps: [let: {x: 1}]\n", to: "b.yaml")
    try folder.write("x = = 1\n", to: "c.train")
    let check = try Program.run(["fmt", "--check", "a.train", "b.yaml", "c.train"], in: folder)
    #expect(check.status == 2 && check.output == "a.train\nb.yaml\n" && check.errors.contains("c.train:1:5"))
    #expect(folder.contents(of: "a.train") == Data("x=1   # one\n".utf8))
    let written = try Program.run(["fmt", "a.train", "b.yaml", "c.train"], in: folder)
    #expect(written.status == 2)
    #expect(
      folder.contents(of: "a.train") == Data("x = 1 # one\n".utf8)
        || folder.contents(of: "a.train") == Data("x = 1  # one\n".utf8))
    #expect(folder.contents(of: "b.yaml") == Data("steps:\n  - let: {x: 1}\n".utf8))
    #expect(folder.contents(of: "c.train") == Data("x = = 1\n".utf8))
    #expect(try Program.run(["fmt", "--check", "a.train", "b.yaml"], in: folder).status == 0)
    let input = try Program.run(["fmt", "-", "--yaml"], in: folder, input: "steps: [pass]\n")
    #expect(input.status == 0 && input.output == "steps:\n  - pass\n")
  }

  @Test func convertingOverwritesOnlyWhenTold() throws {
    let folder = Program.Folder()
    try folder.write("x = 1\n", to: "a.train")
    try folder.write("mine\n", to: "a.yaml")
    let refused = try Program.run(["convert", "a.train", "-o", "a.yaml"], in: folder)
    #expect(refused.status == 1 && refused.errors.contains("--force"))
    #expect(folder.contents(of: "a.yaml") == Data("mine\n".utf8))
    #expect(try Program.run(["convert", "a.train", "-o", "a.yaml", "--force"], in: folder).status == 0)
    #expect(folder.contents(of: "a.yaml") == Data("steps:\n  - let: {x: 1}\n".utf8))
    #expect(try Program.run(["convert", "a.yaml"], in: folder).output == "x = 1\n")
    #expect(try Program.run(["convert", "a.yaml", "-o", "b.yaml"], in: folder).status == 1)
    try folder.write("x = (\n", to: "wrong.train")
    #expect(try Program.run(["convert", "wrong.train"], in: folder).status == 2)
  }

  @Test func formsIncludeEachOther() throws {
    let folder = Program.Folder()
    try folder.write("include: lib.train\nsteps:\n  - include: more.yaml\n  - print: !expr g(f(2))\n", to: "a.yaml")
    try folder.write("def f(x) = x + 1\n", to: "lib.train")
    try folder.write("steps:\n  - def: g(x) = x * 10\n", to: "more.yaml")
    let ending = try Program.run(["a.yaml"], in: folder)
    #expect(ending.status == 0 && ending.output == "30\n", "\(ending.errors)")
  }

  /// A mistake that only the check finds points into the YAML file.
  @Test func mistakesPointIntoTheFile() throws {
    let folder = Program.Folder()
    let text =
      "models:\n  net:\n    layers:\n      - Input: !tuple [4]\n      - Dens: {units: 3}\n      - Dense: {units: 3, activaton: relu}\n"
    try folder.write(text, to: "a.yaml")
    let ending = try Program.run(["check", "a.yaml"], in: folder)
    #expect(
      ending.status == 2 && ending.errors.contains("a.yaml:5:9") && ending.errors.contains("a.yaml:6:27"), "\(ending.errors)")
  }
}
