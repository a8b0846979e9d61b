import Arrays
import Testing

@testable import Artifacts

/// Whole models in Keras's old format.
@Suite struct LegacyModelFileTests {
  private static let path = Fixtures.path("legacy-sequential.h5")

  @Test func readsWhatKerasWrote() throws {
    let file = try LegacyModelFile.read(Self.path)
    #expect(file.configuration["class_name"]?.stringValue == "Sequential")
    #expect(file.training?["optimizer_config"]?["class_name"]?.stringValue == "Adam")
    #expect(file.layers.map(\.name) == ["dense", "batch_normalization", "dropout", "dense_1"])
    #expect(file.layers.map { $0.weights.map(\.array.shape) } == [[[4, 3], [3]], [[3], [3], [3], [3]], [], [[3, 1], [1]]])
    #expect(file.layers[1].weights.map(\.path).last == "net/batch_normalization/moving_variance")
    #expect(file.optimizer.map(\.path).prefix(3) == ["adam/iteration", "adam/learning_rate", "adam/net_dense_kernel_momentum"])
    #expect(file.optimizer[1].array.doubles == [Double(Float(0.001))])
    let texts = try LegacyModelFile.readConfigurations(Self.path)
    #expect(texts.model == file.configuration && texts.training == file.training)
    // Our text of the configuration is Python's, byte for byte.
    #expect(try readFile(Self.path).firstRange(of: Array(file.configuration.text.utf8)) != nil)
  }

  private func same(_ a: LegacyModelFile, _ b: LegacyModelFile) -> Bool {
    func flat(_ weights: [LegacyModelFile.Weight]) -> [String] {
      weights.map { "\($0.path) \($0.array.shape) \($0.array.doubles)" }
    }
    return a.configuration == b.configuration && a.training == b.training && a.layers.map(\.name) == b.layers.map(\.name)
      && a.layers.map { flat($0.weights) } == b.layers.map { flat($0.weights) } && flat(a.optimizer) == flat(b.optimizer)
  }

  @Test func writesWhatItReads() throws {
    let scratch = Scratch()
    let file = try LegacyModelFile.read(Self.path)
    try file.write(to: scratch.path("folder/m.h5"))
    #expect(same(try LegacyModelFile.read(scratch.path("folder/m.h5")), file))
    #expect(try file.bytes(path: "p") == readFile(scratch.path("folder/m.h5")))
  }

  @Test("more names than an attribute holds are shared out among several")
  func manyNames() throws {
    let weights = (0..<4100).map { (path: "w/\($0)", array: NDArray(doubles: [Double($0)], shape: [])) }
    let file = LegacyModelFile(
      configuration: ["class_name": "Ä"], training: nil, layers: [.init(name: "many", weights: weights)], optimizer: [])
    #expect(same(try LegacyModelFile.decode(try file.bytes(path: "p"), path: "p"), file))
  }

  @Test("a file of weights alone, or of other things, is told")
  func others() throws {
    for name in ["sequential-adam.weights.h5", "odd-packed.weights.h5"] {
      let failure = #expect(throws: FileFailure.self) { try LegacyModelFile.read(Fixtures.path(name)) }
      #expect(failure?.reason == "it is no whole model: there is no `model_config` in it", "\(name)")
    }
  }

  @Test("links are not followed, and no array is read twice")
  func linked() throws {
    for (name, reason) in [("legacy-linked", "cannot be read"), ("legacy-twice", "is named twice")] {
      let failure = #expect(throws: FileFailure.self) { try LegacyModelFile.read(Fixtures.path("\(name).h5")) }
      #expect(failure?.reason == "`model_weights/dense/net/dense/kernel` in it \(reason)")
    }
  }

  @Test("a file of weights alone has them at its root")
  func weightsAlone() throws {
    let (whole, alone) = (
      try LegacyModelFile.readWeights(Self.path), try LegacyModelFile.readWeights(Fixtures.path("legacy-weights.h5"))
    )
    #expect(whole.layers.map { $0.weights.map(\.array.doubles) } == alone.layers.map { $0.weights.map(\.array.doubles) })
    #expect(whole.version == "3.15.1" && alone.version == "2.15.0" && alone.configuration == nil)
    #expect(throws: FileFailure.self) { try LegacyModelFile.read(Fixtures.path("legacy-weights.h5")) }
  }

  @Test("a heap of texts is as large as the file at most, whatever it says")
  func heapWithoutEnd() throws {
    var bytes = try readFile(Self.path)
    let heap = try #require(bytes.firstRange(of: Array("GCOL".utf8))).lowerBound
    func put(_ number: Int, at place: Int) {
      for byte in 0..<8 { bytes[place + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
    }
    // The collection, and the first text in it.
    put(Int.max - heap, at: heap + 8)
    put(Int.max - heap - 32, at: heap + 24)
    #expect(throws: FileFailure.self) { try LegacyModelFile.decode(bytes, path: "p") }
  }

  @Test("a damaged file is read or refused, and never believed about the length of its texts")
  func damage() throws {
    let bytes = try readFile(Self.path)
    for length in stride(from: 0, to: bytes.count, by: 997) {
      _ = try? LegacyModelFile.decode(Array(bytes[..<length]), path: "p")
    }
    var damaged = bytes
    for (number, place) in stride(from: 8, to: bytes.count, by: 23).enumerated() {
      let whole = damaged[place]
      damaged[place] = [0xFF, whole ^ 1, whole ^ 0x80, 0][number % 4]
      _ = try? LegacyModelFile.decode(damaged, path: "p")
      damaged[place] = whole
    }
    // The attributes' own reader sees every byte of what it reads changed.
    let attributes = try #require(HDF5Attributes(bytes))
    let header = 96
    #expect(attributes.texts(at: header)?["keras_version"] == ["3.15.1"])
    for place in header..<header + 1500 {
      for byte in [0, 1, 0x7F, 0xFF] as [UInt8] {
        let whole = damaged[place]
        damaged[place] = byte
        _ = HDF5Attributes(damaged)?.texts(at: header)
        damaged[place] = whole
      }
    }
    #expect(attributes.texts(at: bytes.count) == nil && attributes.texts(at: -1) == nil && attributes.texts(at: Int.max) == nil)
  }
}
