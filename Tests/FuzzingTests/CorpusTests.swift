import Foundation
import Fuzzing
import Testing

/// Inputs that once broke a part of the front end, by the name of the part: `corpus/TARGET/NAME`.
@Suite struct CorpusTests {
  static let inputs: [(target: FuzzTarget, path: String)] = FuzzTarget.allCases.flatMap { target in
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/corpus/\(target.rawValue)"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().map { (target, "\(folder)/\($0)") }
  }

  @Test(arguments: inputs) func isTaken(target: FuzzTarget, path: String) throws {
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    let complaint = target.complaint(about: bytes)
    #expect(complaint == nil, "\(path): \(complaint ?? "")")
  }
}
