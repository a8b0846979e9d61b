import Artifacts
import Foundation
import Testing

@testable import Datasets

/// Folders of files, held against what Keras lists (`scripts/fixtures/keras_folders.py`).
@Suite struct FolderTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let number: Int
    let tree: String
    let files: [String]
    let arguments: JSON
    let paths: [String]
    let labels: [Int32]?
    let names: [String]?
    var testDescription: String { "\(number): \(tree) \(arguments.text)" }
  }

  static let cases: [Case] = {
    let path = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Fixtures/folders.json"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8), let json = try? JSON.parse(text) else { return [] }
    func strings(_ json: JSON?) -> [String]? { json?.arrayValue?.compactMap(\.stringValue) }
    return (json["cases"]?.arrayValue ?? []).enumerated().map { number, entry in
      let tree = entry["tree"]?.stringValue ?? ""
      return Case(
        number: number, tree: tree, files: strings(json["trees"]?[tree]) ?? [], arguments: entry["arguments"] ?? [:],
        paths: strings(entry["paths"]) ?? [], labels: entry["labels"]?.arrayValue?.compactMap(\.integerValue).map(Int32.init),
        names: strings(entry["names"]))
    }
  }()

  @Test func thereAreCases() { #expect(Self.cases.count > 20) }

  @Test(arguments: cases)
  func filesAreListedAsInKeras(_ expected: Case) throws {
    let folder = Tree(expected.files)
    let arguments = expected.arguments
    let source: FileListing.Labels =
      switch arguments["labels"] {
      case .string?: .inferred(classNames: arguments["class_names"]?.arrayValue?.compactMap(\.stringValue))
      case .array(let labels)?: .given(labels.compactMap(\.integerValue))
      default: .none
      }
    var listing = try FileListing(
      folder.path, source, endings: [".bmp", ".gif", ".jpeg", ".jpg", ".png"], followsLinks: false)
    if arguments["shuffle"]?.boolValue == true {
      listing.shuffle(seed: UInt32(try #require(arguments["seed"]?.integerValue)))
    }
    if let share = arguments["split"]?.doubleValue, let part = arguments["subset"]?.stringValue {
      listing = listing.part(try #require(FileListing.Subset(rawValue: part)), share: share)
    }
    #expect(listing.paths.map { String($0.dropFirst(folder.path.count + 1)) } == expected.paths)
    #expect(listing.labels == expected.labels)
    #expect(listing.classNames == expected.names)
  }

  /// The 10,000th number of the seed 5489, as the C++ standard gives it.
  @Test func theTwisterIsTheStandards() {
    var twister = MersenneTwister(seed: 5489)
    for _ in 1..<10_000 { _ = twister.next() }
    #expect(twister.next() == 4_123_659_995)
  }

  @Test func linksAreFollowedOnRequestAndNotInCircles() throws {
    let folder = Tree(["a/1.png", "elsewhere/b/2.png"])
    let link = { (from: String, to: String) in
      try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/\(from)", withDestinationPath: "\(folder.path)/\(to)")
    }
    try link("a/other", "elsewhere/b")
    try link("elsewhere/b/back", "elsewhere")
    try link("z", "a")
    func names(_ followsLinks: Bool) throws -> [String] {
      try FileListing(folder.path, .inferred(classNames: nil), endings: [".png"], followsLinks: followsLinks).paths.map {
        String($0.dropFirst(folder.path.count + 1))
      }
    }
    // A class may be a link itself.
    #expect(try names(false) == ["a/1.png", "elsewhere/b/2.png", "z/1.png"])
    #expect(
      try names(true) == ["a/1.png", "a/other/2.png", "elsewhere/b/2.png", "z/1.png", "z/other/2.png"].sorted()
        || names(true).contains("a/other/2.png"))
    #expect(try names(true).count < 20)
  }

  @Test func whatIsWrongIsTold() throws {
    let folder = Tree(["a/1.png", "b/2.png", "top.png"])
    func message(_ path: String, _ source: FileListing.Labels) -> String? {
      do throws(DataFailure) {
        _ = try FileListing(path, source, endings: [".png"], followsLinks: false)
        return nil
      } catch {
        return error.message.replacing(folder.path, with: "F")
      }
    }
    #expect(message(folder.path + "/no", .none) == "`F/no`: there is no such folder")
    #expect(message(folder.path + "/top.png", .none) == "`F/top.png`: it is no folder")
    #expect(
      message(folder.path + "/a", .inferred(classNames: nil))
        == "`F/a`: it has no subfolders, one a class; without classes write `labels=None`")
    #expect(
      message(folder.path, .inferred(classNames: ["a", "c"]))
        == "`F`: it has no subfolder `c` for that class; it has `a` and `b`")
    #expect(message(folder.path, .given([1, 2])) == "`F`: it holds 3 files, and `labels` has 2")
  }
}

/// A folder with empty files, deleted with it.
private final class Tree {
  let path = NSTemporaryDirectory() + "train-tree-" + UUID().uuidString

  init(_ files: [String]) {
    for file in files {
      let file = "\(path)/\(file)"
      try? FileManager.default.createDirectory(
        atPath: splitPath(file).folder, withIntermediateDirectories: true)
      _ = FileManager.default.createFile(atPath: file, contents: nil)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
