import Arrays
import Artifacts
import Glibc
import Testing

@Suite struct KerasFileTests {
  let scratch = Scratch()

  /// Holds what was read against what h5py saw in the same file.
  private func check(_ weights: WeightTree, against expected: JSON) throws {
    let groups = try #require(expected.objectValue)
    #expect(Set(weights.groups.map(\.path)) == Set(groups.keys))
    for (path, entry) in groups.entries {
      let group = try #require(weights[path])
      let arrays = try #require(entry["arrays"]?.arrayValue)
      #expect(group.variables.count == arrays.count, "\(path)")
      for (variable, array) in zip(group.variables, arrays) {
        #expect(variable.type.rawValue == array[0]?.stringValue)
        #expect(variable.shape == array[1]?.arrayValue?.compactMap(\.integerValue))
        #expect(variable.doubles == array[2]?.arrayValue?.compactMap(\.doubleValue))
      }
    }
  }

  @Test(arguments: ["sequential-adam", "functional-sgd", "nested-lstm"])
  func readsWhatKerasWrote(name: String) throws {
    let path = Fixtures.path("\(name).keras")
    let archive = try KerasArchive.read(path)
    try check(archive.weights, against: try Fixtures.json("\(name).json"))
    #expect(archive.metadata["keras_version"]?.stringValue == KerasArchive.kerasVersion)
    let texts = try KerasArchive.readConfiguration(path)
    #expect(texts.configuration == archive.configuration)
    #expect(texts.metadata == archive.metadata)

    // Our text of the configuration is Python's, byte for byte.
    let original = try readFile(path)
    let text = Array(archive.configuration.text.utf8)
    #expect(original.firstRange(of: text) != nil)
  }

  @Test func readsConfigurations() throws {
    let configuration = try KerasArchive.readConfiguration(Fixtures.path("sequential-adam.keras")).configuration
    #expect(configuration["class_name"]?.stringValue == "Sequential")
    let layers = try #require(configuration["config"]?["layers"]?.arrayValue)
    #expect(
      layers.compactMap { $0["class_name"]?.stringValue } == [
        "InputLayer", "Dense", "BatchNormalization", "Dropout", "Dense",
      ])
    #expect(configuration["compile_config"]?["optimizer"]?["config"]?["learning_rate"]?.doubleValue == 0.0010000000474974513)
  }

  @Test func readsWeightsAlone() throws {
    try check(
      try WeightsFile.read(Fixtures.path("sequential-adam.weights.h5")), against: try Fixtures.json("sequential-adam.json"))
  }

  @Test func readsHalfAndBrainFloats() throws {
    let weights = try WeightsFile.read(Fixtures.path("half.weights.h5"))
    for (path, arrays) in try #require(try Fixtures.json("half.json").objectValue).entries {
      let variables = try #require(weights[path]).variables
      #expect(variables.map(\.type) == [.float32, .float32])
      #expect(variables.map(\.doubles) == arrays.arrayValue?.map { $0.arrayValue?.compactMap(\.doubleValue) ?? [] })
    }
  }

  @Test func writesWhatItReads() throws {
    var step = NDArray(.int32, shape: [])
    step.withMutableElements(as: Int32.self) { $0[0] = 7 }
    var large = NDArray(.int64, shape: [2])
    large.withMutableElements(as: Int64.self) { $0[1] = .max }
    let weights = WeightTree([
      WeightGroup(path: "vars", name: "modèle"),
      WeightGroup(
        path: "layers/dense/vars", name: "first",
        variables: [.counting(from: 1, shape: [4, 3]), .counting(from: -1, shape: [3]), NDArray(.float32, shape: [0, 5])]),
      WeightGroup(path: "layers/lstm/cell/vars", variables: (0..<12).map { .counting(from: Double($0), shape: [2, 1, 2]) }),
      WeightGroup(
        path: "optimizer/vars", name: "adam",
        variables: [step, large, NDArray(.float64, shape: [3]), NDArray(.uint8, shape: [1])]),
    ])
    let archive = KerasArchive(
      metadata: KerasArchive.metadata(savedAt: 1_700_000_000), configuration: ["class_name": "Sequential", "config": [:]],
      weights: weights)
    let path = scratch.path("model.keras")
    try archive.write(to: path)
    let read = try KerasArchive.read(path)
    #expect(read.metadata == archive.metadata)
    #expect(read.configuration == archive.configuration)
    #expect(read.weights.groups.map(\.path).sorted() == weights.groups.map(\.path).sorted())
    for group in weights.groups {
      let found = try #require(read.weights[group.path])
      #expect(found.variables.map(\.type) == group.variables.map(\.type))
      #expect(found.variables.map(\.shape) == group.variables.map(\.shape))
      #expect(found.variables.map(\.doubles) == group.variables.map(\.doubles))
    }
    // Equal contents make equal bytes.
    try archive.write(to: scratch.path("again.keras"))
    #expect(try readFile(path) == readFile(scratch.path("again.keras")))
    #expect(scratch.names == ["again.keras", "model.keras"])
  }

  @Test func aFolderWithTheSameMembersIsRead() throws {
    put("{\"class_name\": \"Sequential\"}", at: scratch.path("config.json"))
    put(try readFile(Fixtures.path("sequential-adam.weights.h5")), at: scratch.path("model.weights.h5"))
    let archive = try KerasArchive.read(scratch.folder)
    #expect(archive.metadata == [:])
    try check(archive.weights, against: try Fixtures.json("sequential-adam.json"))
  }

  @Test func foreignFilesAreNamedAsWhatTheyAre() throws {
    func reason(_ path: String) -> String {
      do {
        _ = try KerasArchive.read(path)
        return "read"
      } catch { return error.reason }
    }
    put("", at: scratch.path("empty"))
    put("Not a zip archive at all, but a text of some length.", at: scratch.path("text"))
    try NPZ.write([("a", .counting(from: 0, shape: [2]))], to: scratch.path("arrays"))
    mkdir(scratch.path("folder"), 0o755)
    mkfifo(scratch.path("pipe"), 0o600)
    #expect(reason(scratch.path("empty")) == "not a zip archive" || reason(scratch.path("empty")).contains("zip"))
    #expect(reason(scratch.path("text")) == "not a zip archive")
    #expect(reason(scratch.path("arrays")) == "it is no Keras model: there is no `config.json` in it")
    #expect(reason(scratch.path("folder")) == "it is no Keras model: there is no `config.json` in it")
    #expect(reason(scratch.path("pipe")) == "it is a device or a pipe, not a file")
    #expect(reason(scratch.path("none")) == "no such file or directory")
    put("plain text", at: scratch.path("w.weights.h5"))
    #expect(throws: FileFailure.damaged(path: scratch.path("w.weights.h5"), reason: "it is not an HDF5 file")) {
      _ = try WeightsFile.read(scratch.path("w.weights.h5"))
    }
    put([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] + [UInt8](repeating: 0xAB, count: 5000), at: scratch.path("g.h5"))
    #expect(
      throws: FileFailure.damaged(
        path: scratch.path("g.h5"), reason: "it is an HDF5 file that is cut short or damaged")
    ) { _ = try WeightsFile.read(scratch.path("g.h5")) }
  }

  @Test func everyCutIsAFailure() throws {
    for name in ["sequential-adam.keras", "sequential-adam.weights.h5"] {
      let bytes = try readFile(Fixtures.path(name))
      let path = scratch.path(name)
      for length in Array(stride(from: 0, to: bytes.count, by: 509)) + [bytes.count - 1] {
        put(Array(bytes[..<length]), at: path)
        #expect(throws: FileFailure.self, "\(name) cut to \(length) bytes") {
          if name.hasSuffix(".keras") { _ = try KerasArchive.read(path) } else { _ = try WeightsFile.read(path) }
        }
      }
    }
  }

  @Test func damageInAnArchiveIsFound() throws {
    let original = try readFile(Fixtures.path("sequential-adam.keras"))
    let path = scratch.path("damaged.keras")
    let texts = try KerasArchive.read(Fixtures.path("sequential-adam.keras"))
    for place in stride(from: 0, to: original.count, by: 397) {
      var bytes = original
      bytes[place] ^= 0x41
      put(bytes, at: path)
      // Some bytes of an archive mean nothing (dates, flags); all others are covered by checksums.
      if let archive = try? KerasArchive.read(path) {
        #expect(archive.configuration == texts.configuration)
        #expect(
          archive.weights.groups.map { $0.variables.map(\.doubles) } == texts.weights.groups.map { $0.variables.map(\.doubles) })
      }
    }
  }

  @Test func fullDisksLeaveTheOldModel() throws {
    let path = scratch.path("best.keras")
    put("old", at: path)
    let archive = try KerasArchive.read(Fixtures.path("sequential-adam.keras"))
    for number in 0..<4 {
      let trouble = Trouble(.error(ENOSPC), atCall: number)
      var fileSystem = trouble.fileSystem
      // Whose folders are known: the calls are those of the file.
      fileSystem.sureFolders = FileSystem.real.sureFolders
      try archive.write(to: scratch.path("other.keras"))
      #expect(throws: FileFailure.cannotWrite(path: path, reason: "no space left on device")) {
        try archive.write(to: path, through: fileSystem)
      }
      #expect(text(at: path) == "old")
    }
    #expect(scratch.names == ["best.keras", "other.keras"])
  }
}

extension Array where Element: Equatable {
  fileprivate func firstRange(of other: [Element]) -> Range<Int>? {
    guard let first = other.first else { return nil }
    var start = startIndex
    while let place = self[start...].firstIndex(of: first), place + other.count <= count {
      if self[place..<place + other.count].elementsEqual(other) { return place..<place + other.count }
      start = place + 1
    }
    return nil
  }
}
