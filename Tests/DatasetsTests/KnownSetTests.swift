import Arrays
import Artifacts
import Foundation
import Lambdas
import LoopbackServer
import Plans
import Testing

@testable import Datasets

/// In the suite of files, since these tests say where Keras's folder is, which one at a time can.
extension SourceFileTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/known"

  /// Carries out a test with Keras's folder in the scratch folder and these files in it.
  private func withKerasFolder(_ files: [String: String], mirror: String = "/nowhere", _ body: () throws -> Void) throws {
    let datasets = folder + "/datasets"
    try FileManager.default.createDirectory(atPath: datasets, withIntermediateDirectories: true)
    for (name, file) in files {
      try? FileManager.default.removeItem(atPath: "\(datasets)/\(name)")
      try FileManager.default.copyItem(atPath: "\(Self.fixtures)/\(file)", toPath: "\(datasets)/\(name)")
    }
    setenv("KERAS_HOME", folder, 1)
    setenv("TRAIN_DATASETS_MIRROR", mirror, 1)
    defer {
      unsetenv("KERAS_HOME")
      unsetenv("TRAIN_DATASETS_MIRROR")
    }
    try body()
  }

  private static let files = [
    "imdb.npz": "imdb.npz", "reuters.npz": "reuters.npz", "california_housing.npz": "california_housing.npz",
    "cifar-10-batches-py-target_archive": "cifar-10-python.tar.gz", "cifar-100-python-target_archive": "cifar-100-python.tar.gz",
  ]

  @Test("known sets are what real Keras loads from the same files")
  func areKerass() throws {
    let bytes = try #require(FileManager.default.contents(atPath: Self.fixtures + "/known.json"))
    let cases = try #require(try JSON.parse(Array(bytes)).arrayValue)
    #expect(cases.count >= 24)
    try withKerasFolder(Self.files) {
      for item in cases {
        let name = try #require(item["name"]?.stringValue)
        var given: [String: Value] = [:]
        for key in item["arguments"]?.objectValue?.keys ?? [] { given[key] = Self.value(item["arguments"]?[key]) }
        if let rows = item["rows"]?.arrayValue {
          given["sequences"] = .list(rows.map { .list(($0.arrayValue ?? []).map(Self.value)) })
          try Self.expect(call(name, given, role: .function), try #require(item["result"]?[0]?[0]), "\(name) \(given)")
          continue
        }
        let result = try call("\(name).load_data", given)
        guard case .tuple(let pairs) = result else { throw Failure("pairs") }
        for (pair, expected) in zip(pairs, item["result"]?.arrayValue ?? []) {
          guard case .tuple(let parts) = pair else { throw Failure("a pair") }
          for (part, expected) in zip(parts, expected.arrayValue ?? []) {
            try Self.expect(part, expected, "\(name) \(given)")
          }
        }
      }
    }
  }

  private static func value(_ json: JSON?) -> Value {
    if let integer = json?.integerValue { return .integer(integer) }
    if let double = json?.doubleValue { return .float(double) }
    return json?.stringValue.map(Value.string) ?? .none
  }

  private static func expect(_ value: Value, _ expected: JSON, _ what: String) throws {
    if let lists = expected["lists"]?.arrayValue {
      let numbers = lists.map { Value.list(($0.arrayValue ?? []).map { .integer($0.integerValue ?? -1) }) }
      #expect(Operations.representation(value) == Operations.representation(.list(numbers)), "\(what)")
      return
    }
    guard case .array(let array) = value else { throw Failure("an array") }
    #expect(array.shape == expected["shape"]?.arrayValue?.compactMap(\.integerValue), "\(what)")
    #expect(array.type.rawValue == expected["dtype"]?.stringValue, "\(what)")
    let values = array.doubles
    if let all = expected["values"]?.arrayValue { #expect(values == all.compactMap(\.doubleValue), "\(what)") }
    let weighted = values.enumerated().reduce(0) { $0 + $1.element * Double($1.offset % 97) }
    #expect(abs(weighted - (expected["weighted"]?.doubleValue ?? .nan)) <= 1e-6 * max(1, abs(weighted)), "\(what)")
  }

  @Test(
    "the check knows the shapes of sets that are not there yet, and fetches nothing",
    arguments: ["mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "california_housing"])
  func forecasts(name: String) throws {
    let server = try #require(LoopbackServer())
    try withKerasFolder([:], mirror: server.root) {
      let (entry, traits) = try functionEntry("\(name).load_data")
      guard case .tuple(let pairs) = try traits.forecast(arguments(entry)), case .tuple(let train) = pairs[0],
        case .type(let x) = train[0], case .type(let y) = train[1]
      else { throw Failure("two pairs of types are forecast") }
      let shapes: [String: ([Int?]?, [Int?]?)] = [
        "mnist": ([60000, 28, 28], [60000]), "fashion_mnist": ([60000, 28, 28], [60000]),
        "cifar10": ([50000, 32, 32, 3], [50000, 1]),
        "cifar100": ([50000, 32, 32, 3], [50000, 1]), "imdb": (nil, [25000]), "reuters": (nil, [nil]),
        "california_housing": ([16512, 8], [16512]),
      ]
      func shape(_ type: ValueType) -> [Int?]? { if case .array(_, let shape) = type { shape } else { nil } }
      #expect(shape(x) == shapes[name]?.0 && shape(y) == shapes[name]?.1)
      #expect(server.requests.isEmpty)
    }
    server.close()
  }

  @Test("a set that is missing is fetched from the place that stands for Keras's, and its digest held against Keras's")
  func fetchesWhatIsMissing() throws {
    let index = Array(#"{"the": 1, "film": 2}"#.utf8)
    let server = try #require(LoopbackServer([.give(index), .give([1, 2, 3]), .answer(404)]))
    try withKerasFolder([:], mirror: server.root) {
      let words = try call("imdb.get_word_index")
      #expect(Operations.representation(words) == "{'the': 1, 'film': 2}")
      #expect(server.requests.map(\.path) == ["/imdb_word_index.json"])
      // Now it is there.
      #expect(try Operations.representation(call("imdb.get_word_index")) == "{'the': 1, 'film': 2}")
      #expect(server.requests.count == 1)
      #expect(
        try failure { try call("mnist.load_data") }.contains("is not the file it should be: its SHA-256 is 039058c6f2c0cb49"))
      #expect(
        try failure { try call("cifar10.load_data") }.contains(
          "/cifar-10-python.tar.gz` answers 404; put the file there that is at https://"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/datasets") == ["imdb_word_index.json"])
    }
    server.close()
  }

  private func failure(_ body: () throws -> Value) throws -> String {
    do {
      _ = try body()
      return "no failure"
    } catch let failure as Failure { return failure.message }
  }

  @Test("a file that is there and is another than Keras's is read, and told")
  func tellsOfOtherFiles() throws {
    try withKerasFolder(Self.files) {
      let (entry, traits) = try functionEntry("california_housing.load_data")
      var told = ""
      let surroundings = FunctionSurroundings(stream: RandomStream(seed: 1), write: { told += $0 })
      _ = try traits.call(arguments(entry), surroundings)
      let beginning = "warning: `\(folder)/datasets/california_housing.npz` is not Keras's file: its SHA-256 is "
      #expect(told.hasPrefix(beginning), "\(told)")
    }
  }

  @Test("a folder may stand for Keras's address")
  func mirrorsMayBeFolders() throws {
    let index = try write(Array(#"{"cocoa": 1}"#.utf8), "mirror/reuters_word_index.json")
    try withKerasFolder([:], mirror: String(index.dropLast("reuters_word_index.json".count))) {
      let words = try call("reuters.get_word_index")
      #expect(Operations.representation(words) == "{'cocoa': 1}")
    }
  }

  @Test("what a redirection leads to is fetched, and where the connection breaks it goes on from there")
  func interruptedDownloads() throws {
    let bytes = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.add($0) }
    let path = folder + "/continued/file.bin"
    let server = try #require(
      LoopbackServer([
        .redirect(302, to: "/elsewhere.bin"), .giveSome(Array(bytes[..<100_000]), of: bytes.count, seconds: 0), .give(bytes),
      ]))
    defer { server.close() }
    try Download(server.root + "/file.bin", to: path, digest: hash.hexadecimal).run()
    #expect(FileManager.default.contents(atPath: path).map(Array.init) == bytes)
    #expect(server.requests.map(\.path) == ["/file.bin", "/elsewhere.bin", "/file.bin"])
    #expect(server.requests.map { $0.headers["range"] } == [nil, nil, "bytes=100000-"])
  }

  @Test("a server that hangs up, goes silent or is not there leaves no file")
  func brokenDownloads() throws {
    let path = folder + "/fetched/file.bin"
    func reason(_ manner: LoopbackServer.Manner?, stallSeconds: Int = 5, isInterrupted: @escaping () -> Bool = { false }) throws
      -> String
    {
      let server = try #require(LoopbackServer(manner.map { [$0] } ?? []))
      if manner == nil { server.close() }
      defer { server.close() }
      do {
        try Download(server.root + "/file.bin", to: path, digest: nil, stallSeconds: stallSeconds, isInterrupted: isInterrupted)
          .run()
        return ""
      } catch { return error.reason.replacingOccurrences(of: server.root, with: "") }
    }
    let many = [UInt8](repeating: 7, count: 300_000)
    #expect(try reason(.giveSome(many, of: 400_000, seconds: 0)).hasPrefix("the connection to `/file.bin` broke ("))
    #expect(try reason(.giveSome([], of: 400_000, seconds: 4), stallSeconds: 1) == "`/file.bin` sent nothing for 1 seconds")
    #expect(try reason(.hangUp).hasPrefix("the connection to `/file.bin` broke ("))
    #expect(try reason(.babble).hasPrefix("the connection to `/file.bin` broke ("))
    #expect(try reason(.answer(500)) == "`/file.bin` answers 500")
    #expect(try reason(nil) == "`/file.bin` cannot be reached")
    #expect(try reason(.give(many), isInterrupted: { true }) == "it was interrupted")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/fetched") == [])
    #expect(try reason(.give(many)) == "" && FileManager.default.contents(atPath: path).map(Array.init) == many)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/fetched") == ["file.bin"])
  }

  @Test("pickles that do more than make arrays are refused, and damaged ones are failures")
  func unsafePickles() throws {
    let evil = try #require(FileManager.default.contents(atPath: Self.fixtures + "/evil.pkl"))
    #expect(throws: FileFailure.damaged(path: "p", reason: "it asks for `os.system`, which makes no array and is refused")) {
      try Pickle.value(of: Array(evil), path: "p")
    }
    let archive = Self.fixtures + "/cifar-100-python.tar.gz"
    let whole = try #require(try TarArchive.read(archive, ["test"], limit: 1 << 20)["test"])
    #expect(try Pickle.value(of: whole, path: "p")["fine_labels"]?.integers?.count == 3)
    for length in stride(from: 0, to: whole.count, by: 37) {
      #expect(throws: FileFailure.self) { try Pickle.value(of: Array(whole[..<length]), path: "p") }
    }
    #expect(throws: FileFailure.self) { try TarArchive.read(archive, ["none"], limit: 1 << 20) }
    #expect(throws: FileFailure.self) { try TarArchive.read(archive, ["test"], limit: 100) }
    // What changes a little is read as something or told, and ends.
    for place in stride(from: 0, to: whole.count, by: 11) where place < 400 || place > whole.count - 200 {
      for bit in 0..<8 {
        var bytes = whole
        bytes[place] ^= 1 << UInt8(bit)
        do {
          let value = try Pickle.value(of: bytes, path: "p")
          _ = try value["data"]?.numbers(of: "p")
        } catch { #expect(error.path == "p") }
      }
    }
  }

  @Test("lists in lists without an end, and lists in themselves, are refused")
  func deepPickles() {
    let deep =
      [0x80, 2] + [UInt8](repeating: UInt8(ascii: "]"), count: 100_000) + [UInt8](repeating: UInt8(ascii: "a"), count: 99_999) + [
        0x2E
      ]
    #expect(throws: FileFailure.self) { try Pickle.value(of: deep, path: "p") }
    #expect(throws: FileFailure.self) { try Pickle.value(of: Array("]q\0h\0a.".utf8), path: "p") }
    // A list that lies in another and grows afterwards, which would be the way around the limit.
    #expect(throws: FileFailure.self) { try Pickle.value(of: Array("]q\0]q\u{1}h\0a0h\0h\u{1}a.".utf8), path: "p") }
  }

  @Test("what a script computes is written as NumPy and tables have it, and read again")
  func writtenArrays() throws {
    let rows = Value.array(NDArray(floats: [0.1, -2.5, .nan, 1e-5], shape: [2, 2]))
    let npy = folder + "/x.npy", csv = folder + "/x.csv"
    _ = try call("save_npy", ["path": .string(npy), "x": rows], role: .function)
    #expect(try NPY.read(npy).type == .float32 && NPY.read(npy).shape == [2, 2])
    let columns = Value.list([.string("a"), .string("b,c")])
    _ = try call("save_csv", ["path": .string(csv), "x": rows, "columns": columns], role: .function)
    #expect(try String(contentsOfFile: csv, encoding: .utf8) == "a,\"b,c\"\r\n0.1,-2.5\r\nnan,1e-05\r\n")
    guard case .object(let table) = try call("read_csv", ["filepath": .string(csv), "verbose": .bool(false)]),
      case .array(let a) = try table.subscripted(.string("a"))
    else { throw Failure("a table") }
    #expect(a.doubles[0] == 0.1 && a.doubles[1].isNaN)
    _ = try call("save_csv", ["path": .string(csv), "x": .list([.integer(1), .integer(2)])], role: .function)
    #expect(try String(contentsOfFile: csv, encoding: .utf8) == "1\r\n2\r\n")
    #expect(throws: Failure.self) {
      try call("save_csv", ["path": .string(csv), "x": rows, "columns": .list([.string("a")])], role: .function)
    }
    #expect(try String(contentsOfFile: csv, encoding: .utf8) == "1\r\n2\r\n", "the old file stays where nothing can be written")
  }
}
