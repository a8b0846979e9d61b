import Artifacts
import Foundation
import Testing

/// Texts beside Keras: what `scripts/fixtures/keras_text_files.py` recorded.
@Suite struct TextTests {
  private static let folder = Program.root + "/Tests/DriverTests/texts"
  private static func json(_ name: String) throws -> JSON { try JSON.parse(try readFile("\(folder)/\(name)")) }

  /// What a script prints, as JSON, which Python's lists of numbers and texts in JSON's spelling are.
  private func printed(by script: String, in folder: Program.Folder) throws -> [JSON] {
    try folder.write(script, to: "a.train")
    let ending = try Program.run(["a.train", "--quiet"], in: folder)
    try #require(ending.status == 0, "\(ending.errors)")
    return try ending.output.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
  }

  @Test func modelsOfKerasGiveItsNumbersHereAndOnceMoreAfterTheyWereSaved() throws {
    let record = try Self.json("models.json")
    let texts = try #require(record["texts"])
    let numbers = try #require(record["numbers"]?.objectValue?.entries)
    #expect(numbers.count == 6)
    let prints = numbers.map { name, _ in
      """
      m = load_model("\(Self.folder)/\(name).keras")
      print(m.predict(texts, verbose=0).tolist())
      m.save("\(name).keras")
      again = load_model("\(name).keras")
      print(again.predict(texts, verbose=0).tolist())

      """
    }
    let kept = ProcessInfo.processInfo.environment["TRAIN_INTEROP_FOLDER"]
    let folder = Program.Folder()
    let found = try printed(by: "texts = \(texts.text)\n" + prints.joined(), in: folder)
    #expect(found.count == 2 * numbers.count)
    for (place, (name, expected)) in numbers.enumerated() {
      for found in found[2 * place..<2 * place + 2] {
        let differences = zip(flat(found), flat(expected)).map { abs($0 - $1) }
        #expect(flat(found).count == flat(expected).count && differences.allSatisfy { $0 < 1e-5 }, "\(name)")
      }
    }
    // For `scripts/interop`: Keras opens what was saved here.
    guard let kept else { return }
    for name in numbers.map({ "\($0.key).keras" }) {
      try FileManager.default.copyItem(atPath: "\(folder.path)/\(name)", toPath: "\(kept)/\(name)")
    }
    try FileManager.default.copyItem(atPath: "\(Self.folder)/models.json", toPath: "\(kept)/models.json")
  }

  private func flat(_ json: JSON) -> [Double] { json.arrayValue?.flatMap(flat) ?? [json.doubleValue ?? .nan] }

  @Test func foldersOfTextsAreKerass() throws {
    let record = try Self.json("folder.json")
    let folder = Program.Folder()
    for (path, text) in record["files"]?.objectValue?.entries ?? [] {
      let file = "\(folder.path)/texts/\(path)"
      try FileManager.default.createDirectory(
        atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try (text.stringValue ?? "").write(toFile: file, atomically: true, encoding: .utf8)
    }
    let cases = record["cases"]?.arrayValue ?? []
    #expect(cases.count == 7)
    let prints = cases.map { entry in
      let arguments = (entry["arguments"]?.objectValue?.entries ?? []).map { "\($0.key)=\(Self.python($0.value))" }
      let isPair = entry["arguments"]?["subset"]?.stringValue == "both"
      return """
        data = text_dataset_from_directory("texts", \(arguments.joined(separator: ", ")), verbose=False)\(isPair ? "[1]" : "")
        print(spelled(data.class_names))
        print(spelled([plain(batch) for batch in data]))

        """
    }
    let beginning = """
      def spelled(value) = str(value).replace("'", '"').replace("None", "null")
      def plain(batch) = [batch[0], batch[1].tolist()] if isinstance(batch, tuple) else [batch, None]

      """
    let found = try printed(by: beginning + prints.joined(), in: folder)
    #expect(found.count == 2 * cases.count)
    for (place, entry) in cases.enumerated() {
      #expect(found[2 * place] == (entry["classes"] ?? .null), "\(entry["arguments"]?.text ?? "")")
      #expect(found[2 * place + 1] == entry["batches"], "\(entry["arguments"]?.text ?? "")")
    }
  }

  private static func python(_ json: JSON) -> String {
    switch json {
    case .null: "None"
    case .bool(let flag): flag ? "True" : "False"
    default: json.text
    }
  }

  @Test(
    arguments: [
      ([0x63, 0xE9], "byte 1, 0xE9, is not UTF-8"), ([0x61, 0x00], "byte 1 is a NUL"), ([0xFF, 0xFE, 0x61], "text in UTF-16"),
      ([0xE6, 0x97], "byte 0, 0xE6, is not UTF-8"),
    ] as [([UInt8], String)])
  func filesThatAreNoTextsAreToldBeforeTheTrainingAndLeftOutOnRequest(bytes: [UInt8], says: String) throws {
    let folder = Program.Folder()
    for kind in ["a", "b"] {
      try FileManager.default.createDirectory(atPath: "\(folder.path)/t/\(kind)", withIntermediateDirectories: true)
      try folder.write("some words", to: "t/\(kind)/1.txt")
    }
    try folder.write(bytes, to: "t/b/2.txt")
    try folder.write("data = text_dataset_from_directory(\"t\")\n", to: "a.train")
    let told = try Program.run(["check", "a.train"], in: folder)
    #expect(told.status == 2 && told.errors.contains(says) && told.errors.contains("t/b/2.txt"), "\(told.errors)")
    try folder.write("data = text_dataset_from_directory(\"t\", on_error=\"skip\")\nprint(len(data.file_paths))\n", to: "b.train")
    let ending = try Program.run(["b.train", "--quiet"], in: folder)
    #expect(ending.status == 0 && ending.output.hasSuffix("2\n"), "\(ending.output)\(ending.errors)")
    #expect(ending.output.contains("1 file is left out"), "\(ending.output)\(ending.errors)")
  }

  @Test func vocabulariesInFilesAreKerass() throws {
    let cases = try #require(try Self.json("vocabularies.json").arrayValue)
    #expect(cases.count == 7)
    let folder = Program.Folder()
    var script = ""
    for (number, entry) in cases.enumerated() {
      try folder.write(entry["file"]?.stringValue ?? "", to: "\(number).txt")
      let arguments = (entry["arguments"]?.objectValue?.entries ?? []).map { "\($0.key)=\(Self.python($0.value))" }
      let all = (["vocabulary=\"\(number).txt\""] + arguments).joined(separator: ", ")
      script += "print(\(entry["layer"]?.stringValue ?? "")(\(all))(\(entry["given"]?.text ?? "")).tolist())\n"
    }
    #expect(try printed(by: script, in: folder) == cases.map { $0["places"] ?? .null })
  }

  @Test(
    arguments: [
      ("TextVectorization", Array("a\nb\na".utf8), "line 3 of the vocabulary `words.txt` repeats `a` of line 1"),
      ("TextVectorization", Array("a\n\nb".utf8), "line 2 of the vocabulary `words.txt` is empty"),
      ("TextVectorization", Array("[UNK]\nb".utf8), "line 1 of the vocabulary `words.txt` is `[UNK]`, which has a place"),
      ("StringLookup", [], "`words.txt` holds no vocabulary: it is empty"),
      ("StringLookup", [0x61, 0x0A, 0x00], "`words.txt`: it is no text: byte 2 is a NUL"),
      ("StringLookup", [0x61, 0x0A, 0xE9, 0x0A], "byte 2, 0xE9, is not UTF-8"), ("IntegerLookup", Array("12\nx".utf8), "line 2"),
      ("IntegerLookup", Array("12\n-1".utf8), "is `-1`, which has a place of its own"),
    ] as [(String, [UInt8], String)])
  func vocabulariesInFilesThatAreNoneAreTold(layer: String, bytes: [UInt8], says: String) throws {
    let folder = Program.Folder()
    try folder.write(bytes, to: "words.txt")
    for script in ["v = \(layer)(vocabulary=\"words.txt\")\n", "v = \(layer)()\nv.set_vocabulary(\"words.txt\")\n"] {
      try folder.write(script, to: "a.train")
      let told = try Program.run(["check", "a.train"], in: folder)
      #expect(told.status == 2 && told.errors.contains(says), "\(told.errors)")
    }
  }

  /// A byte order mark is no word, and a character that a limit cuts is left out.
  @Test func beginningsOfTextsAreWholeCharacters() throws {
    let folder = Program.Folder()
    try FileManager.default.createDirectory(atPath: folder.path + "/t/a", withIntermediateDirectories: true)
    try folder.write([0xEF, 0xBB, 0xBF] + Array("aé日".utf8), to: "t/a/1.txt")
    for (length, expected) in [(4, "a"), (5, "a"), (6, "aé"), (8, "aé"), (9, "aé日"), (100, "aé日")] {
      try folder.write(
        "print(list(text_dataset_from_directory(\"t\", max_length=\(length), labels=None, verbose=False))[0][0])", to: "a.train")
      #expect(try Program.run(["a.train", "--quiet"], in: folder).output == expected + "\n")
    }
  }

  /// The vocabulary is part of what a cache, and a run that goes on, knows its data by.
  @Test func aCacheInAFileIsOfItsVocabulary() throws {
    let folder = Program.Folder()
    func script(_ word: String) -> String {
      """
      texts = ["good \(word)", "bad film", "", "Élan \\u65e5"]
      v = TextVectorization(vocabulary=["\(word)", "bad"], output_sequence_length=3)
      data = Dataset.from_tensor_slices((texts, [1, 0, 0, 1])).cache("texts.cache")
      for x, y in data { print(x, y) }
      for x, y in data.batch(4).map(lambda x, y: (v(x), y)).cache("places.cache") { print(x.tolist(), y) }
      """
    }
    try folder.write(script("film"), to: "a.train")
    let first = try Program.run(["a.train", "--quiet"], in: folder)
    #expect(first.status == 0, "\(first.errors)")
    #expect(
      first.output.contains("good film 1\nbad film 0\n 0\nÉlan 日 1\n[[1, 2, 0], [3, 2, 0], [0, 0, 0], [1, 1, 0]]"),
      "\(first.output)")
    #expect(try Program.run(["a.train", "--quiet"], in: folder).output == first.output)
  }

  /// Killed and gone on with, a training on texts comes to the same bits.
  @Test func aTrainingOnTextsGoesOn() throws {
    func script(_ callbacks: String) -> String {
      """
      settings { seed = 2 }
      reviews = load_reviews()
      v = TextVectorization(max_tokens=50, output_sequence_length=8)
      v.adapt(reviews.train.batch(7).map(lambda x, y: x))
      model m {
          Input((1,), dtype="string")
          v
          Embedding(50, 2)
          Flatten()
          Dense(1)
          compile { optimizer = "adam"; loss = "mse" }
      }
      h = fit m on reviews.train.shuffle(100).batch(32) { epochs = 3; verbose = 0; callbacks = [\(callbacks)] }
      print(h.history["loss"])
      """
    }
    let (whole, parts) = (Program.Folder(), Program.Folder())
    try whole.write(script(""), to: "a.train")
    let expected = try Program.run(["a.train", "--quiet"], in: whole)
    #expect(expected.status == 0, "\(expected.errors)")
    let stop = "LambdaCallback(on_epoch_end=lambda epoch, logs: 1 // (1 - epoch))"
    try parts.write(script("BackupAndRestore(\"b\"), \(stop)"), to: "a.train")
    #expect(try Program.run(["a.train", "--quiet"], in: parts).status == 1)
    try parts.write(script("BackupAndRestore(\"b\")"), to: "a.train")
    let ending = try Program.run(["a.train", "--quiet"], in: parts)
    #expect(ending.output.hasSuffix(expected.output), "\(ending.output)\(ending.errors)")
  }
}
