import Diagnostics
import Foundation
import Plans
import Syntax
import Testing

@testable import Driver

/// What the check accepts, runs: scripts at random, of whatever the catalog holds.
@Suite struct RandomScriptTests {
  /// How many scripts are tried: `TRAIN_RANDOM_SCRIPTS=2000`, from a seed `TRAIN_RANDOM_SEED=1`.
  private static func number(_ name: String, _ standard: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? standard
  }
  private static let count = number("TRAIN_RANDOM_SCRIPTS", 120)
  private static let seed = number("TRAIN_RANDOM_SEED", 1)

  @Test(arguments: seed..<(seed + count)) func whatIsAcceptedRuns(seed: UInt64) throws {
    let text = try #require(RandomScript.text(seed: seed) { Self.isAccepted($0) })
    let folder = Program.Folder()
    try folder.write(text, to: "random.train")
    let ending = try Program.run(["random.train"], in: folder)
    // What a callback is there for is no mistake of the script.
    if ending.status == 1, ending.errors.contains("`TerminateOnNaN` cannot go on") { return }
    #expect(ending.status == 0, "seed \(seed):\n\(text)\n\(ending.errors)")
  }

  private static func isAccepted(_ text: String) -> Bool {
    let reading = parse(Source(name: "random.train", text: text))
    let checked = Interpreter(catalog: standardCatalog, surroundings: .files).check(reading.script)
    // A network of values that only a run gives is checked when it is reached.
    return checked.deferred.isEmpty && !(reading.findings + checked.findings).contains { $0.severity == .error }
  }
}
