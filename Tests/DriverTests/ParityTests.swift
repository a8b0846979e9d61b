import Foundation
import Testing

/// Trainings that Keras 3.15.1 did, and scripts that do the same from the same files: random networks over all layers, losses, metrics,
/// optimizers and the callbacks that steer, five epochs without shuffling (`scripts/parity` makes them, and more). Each script says
/// with `expect` how far it may stray.
@Suite("Trajectories of Keras")
struct ParityTests {
  static let folder = Program.root + "/Tests/DriverTests/parity"
  static let cases = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    .filter { Int($0) != nil }.sorted()

  @Test("all cases are there") func thereAreCases() { #expect(Self.cases.count >= 60) }

  @Test("follows for five epochs", arguments: cases)
  func follows(_ name: String) throws {
    let path = "\(Self.folder)/\(name)"
    let arguments = ["\(path)/case.train", "--quiet", "--seed", "1", "--set", "folder=\"\(path)\""]
    let ending = try Program.run(arguments, in: Program.Folder())
    #expect(ending.status == 0, "\(ending.errors)\(ending.output)")
  }
}
