import Foundation
import Testing

/// Scripts that say with `expect` what must hold: each runs to its end in a folder of its own.
@Suite struct ScriptTests {
  static let folder = Program.root + "/Tests/DriverTests/scripts"
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".train") }
    .sorted()

  @Test func thereAreScripts() { #expect(!Self.names.isEmpty) }

  @Test(arguments: names)
  func holds(name: String) throws {
    let ending = try Program.run([Self.folder + "/" + name, "--quiet", "--seed", "5"], in: Program.Folder())
    #expect(ending.status == 0, "\(ending.errors)\(ending.output)")
  }
}
