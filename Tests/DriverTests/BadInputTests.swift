import Foundation
import Testing

/// What the program makes of files and scripts that are wrong: findings and exit code 2, or a failure that names file and reason and
/// exit code 1; never a signal, never a half-written file.
@Suite struct BadInputTests {
  struct Case: Sendable, CustomStringConvertible {
    let name: String
    let bytes: [UInt8]
    let status: Int32
    /// What must be said.
    let says: String
    var description: String { name }

    init(_ name: String, _ text: String, status: Int32 = 2, says: String) {
      self.init(name, Array(text.utf8), status: status, says: says)
    }
    init(_ name: String, _ bytes: [UInt8], status: Int32 = 2, says: String) {
      self.name = name
      self.bytes = bytes
      self.status = status
      self.says = says
    }
  }

  static let network = """
    model m {
        Input((4,))
        Dense(3, activation="softmax")
        compile { optimizer = "adam"; loss = "sparse_categorical_crossentropy"; metrics = ["accuracy"] }
    }

    """

  /// A model of four inputs and a layer, and what it predicts.
  private static func predicting(_ layer: String) -> String {
    "model p {\n    Input((4,))\n    \(layer)\n}\nx = predict p on zeros((2, 4)) { verbose = 0 }\n"
  }

  static let cases: [Case] = [
    Case("an empty file", "", status: 0, says: "no statement"),
    Case("a file with a comment only", "# nothing yet\n", status: 0, says: "no statement"),
    Case("a binary file", [0x7F, 0x45, 0x4C, 0x46, 0, 0, 1, 2], says: "a program"),
    Case("a model file", Array("PK\u{3}\u{4}".utf8) + [20, 0, 0, 0], says: "`.keras`"),
    Case("invalid UTF-8", Array("x = \"".utf8) + [0xFF, 0xFE, 0x22], says: "UTF-8"),
    Case("line ends of Windows", "x = 1\r\nprint(x)\r\n", status: 0, says: ""),
    Case("tabs", "if 1 < 2 {\n\tprint(\"yes\")\n}\n", status: 0, says: ""),
    Case(
      "100,000 nested brackets", String(repeating: "(", count: 100_000) + "1" + String(repeating: ")", count: 100_000),
      says: "error"),
    Case("an unclosed string", "x = \"abc\n", says: "error"),
    Case("an unclosed string in a call", "print(\"abc)\n", says: "not closed"),
    Case("an unclosed block", "model m {\n    Input((4,))\n", says: "{"),
    Case("an unclosed bracket", "x = (1, 2\n", says: "("),
    Case("an unknown layer", "model m {\n    Input((4,))\n    Dens(3)\n}\n", says: "`Dense`"),
    Case("an unknown argument", "model m {\n    Input((4,))\n    Dense(3, activaton=\"relu\")\n}\n", says: "`activation=`"),
    Case("an unknown metric", network.replacingOccurrences(of: "\"accuracy\"", with: "\"acuracy\""), says: "accuracy"),
    Case(
      "an unknown callback", network + "fit m on (zeros((8, 4)), zeros((8,))) { callbacks = [EarlyStoping()] }\n",
      says: "EarlyStopping"),
    Case("a wrong type", "model m {\n    Input((4,))\n    Dense(\"three\")\n}\n", says: "units"),
    Case("no regular expression", "x = Muon(exclude_layers=[\"head\", \"(\"])\n", says: "`(` is none"),
    Case("a negative size", "model m {\n    Input((4,))\n    Dense(-3)\n}\n", says: "units"),
    Case(
      "more weights than memory, called on values", "print(Dense(9223372036854775807)([[1.0]]))\n", status: 1,
      says: "more weights"),
    Case(
      "more words than memory", "print(Embedding(9223372036854775807, 2)([[1]]))\n", status: 1, says: "more weights"),
    Case(
      "features beyond counting", "a = Input((9223372036854775807,)); b = Concatenate()([a, a])\n", says: "more features than can"
    ),
    Case(
      "places beyond counting", "a = Input((9223372036854775807,)); b = np.concatenate([a, a], axis=1)\n",
      says: "than can be counted"),
    Case(
      "a summary beyond counting",
      "model m {\n    x = Input((3,))\n    outputs = [Dense(9223372036854775807)(x), Dense(4)(x)]\n}\nm.summary()\n", status: 0,
      says: ""),
    Case(
      "fewer weights than words",
      "print(StringLookup(vocabulary=[\"a\", \"b\"], idf_weights=[1.0], output_mode=\"tf_idf\")([\"b\"]))\n",
      says: "1 `idf_weights` for 2 tokens"),
    Case(
      "a place before all others", "expect IntegerLookup(vocabulary=[1, 2], invert=True)([-9223372036854775807 - 1])[0] == -1\n",
      status: 0, says: ""),
    Case(
      "numbers that no float holds",
      "expect IntegerLookup(vocabulary=[9007199254740993, 5])(np.array([9007199254740993, 5]))[0] == 1\n",
      status: 0, says: ""),
    Case(
      "incompatible shapes", network + "fit m on (zeros((8, 5)), zeros((8,))) { epochs = 1 }\n", says: "error"),
    Case(
      "labels outside the classes", network + "fit m on (zeros((8, 4)), full((8,), 7)) { epochs = 1 }\n", status: 1, says: "7"),
    Case(
      "NaN in the data", network + "x = zeros((8, 4)) + nan\nfit m on (x, zeros((8,))) { epochs = 1 }\n", status: 1, says: "NaN"),
    Case("an empty data set", network + "fit m on (zeros((0, 4)), zeros((0,))) { epochs = 1 }\n", says: "error"),
    Case(
      "a batch larger than the data", network + "fit m on (zeros((8, 4)), zeros((8,))) { batch_size = 100; verbose = 0 }\n",
      status: 0,
      says: ""),
    Case(
      "a batch larger than any data",
      network + "fit m on (zeros((8, 4)), zeros((8,))) { batch_size = 9223372036854775807; verbose = 0 }\n",
      status: 0, says: ""),
    Case(
      "a model larger than memory",
      network.replacingOccurrences(of: "Dense(3,", with: "Dense(4000000000000,")
        + "fit m on (zeros((8, 4)), zeros((8,))) { epochs = 1 }\n", status: 2, says: "`m`"),
    Case(
      "a model too large to count",
      network.replacingOccurrences(of: "Dense(3,", with: "Dense(9223372036854775807,")
        + "fit m on (zeros((8, 4)), zeros((8,))) { epochs = 1 }\n", status: 2, says: "`m`"),
    Case("many statements", String(repeating: "x = 1\n", count: 20_000), status: 0, says: ""),
    Case("`else if` by the thousand", "if x {\n" + String(repeating: "} else if x {\n", count: 50_000) + "}\n", says: "elif"),
    Case(
      "`elif` by the thousand", "if time() < 0 {\n" + String(repeating: "} elif time() < 0 {\n", count: 5_000) + "}\n", status: 0,
      says: ""),
    Case("brackets by the million", String(repeating: "(", count: 1_000_000), says: "never closed"),
    Case("quotes by the million", String(repeating: "\"", count: 1_000_001), says: "error"),
    Case(
      "labels that are no classes", network + "fit m on (zeros((8, 4)), full((8,), 0.5)) { epochs = 1 }\n", status: 1, says: "0.5"
    ),
    Case(
      "an example larger than memory", network + predicting("RepeatVector(2147483647)"), status: 1,
      says: "`repeat_vector`"),
    Case("an axis beyond counting", network + predicting("RepeatVector(9223372036854775807)"), says: "2147483647"),
    Case(
      "categories beyond memory", network + predicting("CategoryEncoding(num_tokens=9223372036854775807)"), status: 1,
      says: "more than memory can hold"),
    Case(
      "bins beyond memory", "print(Hashing(num_bins=9223372036854775807, output_mode=\"one_hot\")([1, 2]))\n", status: 1,
      says: "more than memory can hold"),
    Case(
      "more places for unknown words than there may be", "x = IntegerLookup(num_oov_indices=9223372036854775807)\n",
      says: "1000000"),
    Case(
      "a number that an embedding has no vector for",
      "model e {\n    Input((2,), dtype=\"int32\")\n    Reshape((2, 1))\n    Embedding(3, 2)\n}\n"
        + "x = predict e on [[0, 1], [2, 7]] { verbose = 0 }\n", status: 1, says: "row 1 holds 7"),
    Case("words for numbers", network + predicting("Rescaling([\"a\", \"b\"])"), says: "`scale`"),
    Case("axes that are none", network + predicting("LayerNormalization(axis=[])"), says: "at least one"),
    Case("an axis named twice", network + predicting("LayerNormalization(axis=[1, -1])"), says: "twice"),
    Case("a file that is not there", "m = load_model(\"gone.keras\")\n", says: "gone.keras"),
  ]

  @Test(arguments: cases) func isTold(_ input: Case) throws {
    let folder = Program.Folder()
    try folder.write(input.bytes, to: "script.train")
    let ending = try Program.run(["run", "script.train", "--seed", "1"], in: folder)
    #expect(ending.status == input.status, "\(ending.errors)")
    #expect(input.says.isEmpty || ending.errors.contains(input.says), "\(ending.errors)")
    if input.status == 2 { #expect(ending.output.isEmpty, "nothing runs before the check is done") }
    #expect(folder.names.filter { !$0.hasPrefix(".output") && !$0.hasPrefix(".errors") } == ["script.train"])
  }

  @Test func aFolderIsNoScript() throws {
    let folder = Program.Folder()
    let ending = try Program.run(["run", "."], in: folder)
    #expect(ending.status == 1)
    #expect(ending.errors.contains("`.`"))
  }

  @Test func aModelFileCutShortIsNamed() throws {
    let folder = Program.Folder()
    try folder.write(Self.network + "save m to \"m.keras\"\n", to: "save.train")
    #expect(try Program.run(["save.train", "--seed", "1"], in: folder).status == 0)
    let whole = Array(try #require(folder.contents(of: "m.keras")))
    try folder.write("m = load_model(\"m.keras\")\n", to: "load.train")
    for length in [0, 1, 40, whole.count / 2, whole.count - 1] {
      try folder.write(Array(whole[..<length]), to: "m.keras")
      let ending = try Program.run(["load.train"], in: folder)
      #expect([1, 2].contains(ending.status), "\(length) bytes")
      #expect(ending.errors.contains("m.keras"), "\(ending.errors)")
    }
    try folder.write("not a model", to: "m.keras")
    let ending = try Program.run(["load.train"], in: folder)
    #expect([1, 2].contains(ending.status))
    #expect(ending.errors.contains("m.keras"))
  }

  @Test func aFullDiskIsNamedAndLeavesNothing() throws {
    let folder = Program.Folder()
    try folder.write(Self.network + "save m to \"/dev/full/m.keras\"\n", to: "script.train")
    let ending = try Program.run(["script.train", "--seed", "1"], in: folder)
    #expect([1, 2].contains(ending.status))
    #expect(ending.errors.contains("/dev/full"))
  }
}
