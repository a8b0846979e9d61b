import Testing

@testable import Driver

/// What Tab offers, after a few statements.
@Suite struct Completions {
  private static let session = [
    "digits = load_digits()",
    "model small { Input((8, 8)); Flatten(); Dense(10, activation=\"softmax\"); "
      + "compile { optimizer = \"adam\"; loss = \"sparse_categorical_crossentropy\"; metrics = [\"accuracy\"] } }",
    "scores = {\"first\": 1, \"second\": 2}", "callback Counter(step=1) { n = 0; on epoch_end(epoch) { n += step } }",
    "counter = Counter()", "def scale(x, factor=2) = x * factor", "text = \"abc\"",
  ]

  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let offers: [String]
    let not: [String]
    /// Whether nothing else is offered.
    let isAll: Bool
    init(_ text: String, _ offers: [String], not: [String] = [], isAll: Bool = false) {
      self.text = text
      self.offers = offers
      self.not = not
      self.isAll = isAll
    }
    var testDescription: String { text }
  }

  static let cases: [Case] = [
    // Names.
    Case("sco", ["scores"], isAll: true), Case("Early", ["EarlyStopping"], isAll: true), Case("x = Den", ["Dense"]),
    Case("dens", ["Dense"]), Case("mod", ["model "]), Case("x = mod", [], not: ["model "]), Case("fit s", ["small"]),
    Case("h = fit ", ["small"]), Case("# a comm", [], isAll: true), Case("12", [], isAll: true), Case("load_di", ["load_digits"]),
    // Members.
    Case("digits.", ["train", "test"]), Case("small.", ["fit", "layers", "get_weights"]),
    Case("small.lay", ["layers"], isAll: true),
    Case("np.zer", ["zeros", "zeros_like"]), Case("layers.Den", ["Dense"]), Case("layers.conc", ["concatenate"]),
    Case("text.up", ["upper"], isAll: true),
    Case("keras.callb", ["callbacks"], isAll: true), Case("counter.", ["n", "step"], isAll: true), Case("\"a\".up", ["upper"]),
    Case("[1].app", ["append"], isAll: true), Case("nothing.", [], isAll: true), Case("math.sq", ["sqrt"], isAll: true),
    // Arguments.
    Case("Dense(", ["units=", "activation="]), Case("Dense(64, act", ["activation="]),
    Case("Dense(units=3, un", [], not: ["units="]),
    Case("EarlyStopping(monitor=\"val_loss\", pat", ["patience=", "patience_unit="], isAll: true),
    Case("scale(", ["x=", "factor="]), Case("Counter(", ["step="]), Case("small.fit(", ["epochs=", "validation_split="]),
    Case("Dense(10, activation=", ["\"relu\"", "\"softmax\""]), Case("Dense(3, use_bias=", ["True", "False"]),
    // Strings.
    Case("Dense(10, activation=\"re", ["relu"]), Case("Dense(10, \"so", ["softmax"]),
    Case("scores[\"", ["first", "second"], isAll: true),
    Case("EarlyStopping(monitor=\"val_a", ["val_accuracy"], isAll: true),
    // Blocks.
    Case("fit small on digits.train {\n    ep", ["epochs = "], isAll: true),
    Case("fit small on digits.train { epochs = 3; ", ["batch_size = ", "callbacks {"], not: ["epochs = "]),
    Case("model m {\n    Inp", ["Input"]), Case("model m {\n", ["compile {", "Dense"]),
    Case("model m { compile { optimizer = Ad", ["Adam"]), Case("model m { compile { optimizer = \"ad", ["adam"]),
    Case("model m { compile { loss = \"mea", ["mean_squared_error"]),
    Case("model m { compile { metrics = [\"acc", ["accuracy"], isAll: true),
    Case("callback C { on epoch_", ["epoch_begin(epoch, logs) {", "epoch_end(epoch, logs) {"], isAll: true),
    // Commands.
    Case(":he", ["help"], isAll: true), Case(":", ["help", "type", "names", "why", "load", "save", "quit"], isAll: true),
    Case(":help Den", ["Dense"]), Case(":type sco", ["scores"], isAll: true),
  ]

  @Test func offerWhatMayFollow() {
    let typing = Typing(Self.session)
    #expect(!typing.screen.contains("error"), "\(typing.screen)")
    for test in Self.cases {
      let found = typing.completions(of: test.text)
      #expect(test.offers.allSatisfy(found.contains), "\(test.text): \(found)")
      #expect(!test.not.contains(where: found.contains), "\(test.text): \(found)")
      if test.isAll { #expect(found.count == test.offers.count, "\(test.text): \(found)") }
    }
  }

  @Test func ofPathsListFilesAndFolders() throws {
    let folder = Program.Folder()
    for name in ["first.train", "first.npz", ".hidden", "second.train"] { try folder.write("", to: name) }
    let typing = Typing([])
    func names(_ text: String) -> [String] {
      typing.completions(of: text.replacingOccurrences(of: "FOLDER", with: folder.path)).map {
        $0.replacingOccurrences(of: folder.path, with: "FOLDER")
      }
    }
    #expect(names("x = load_npz(\"FOLDER/fi") == ["FOLDER/first.npz", "FOLDER/first.train"])
    #expect(names(":load FOLDER/s") == ["FOLDER/second.train"])
    #expect(names("include \"FOLDER/") == ["FOLDER/first.npz", "FOLDER/first.train", "FOLDER/second.train"])
    #expect(names("include \"FOLDER/.h") == ["FOLDER/.hidden"])
  }

  /// Whatever stands before the cursor, Tab is safe.
  @Test func survive() throws {
    let typing = Typing(Self.session)
    for name in ExampleTests.names {
      let text = try String(contentsOfFile: Program.root + "/examples/" + name, encoding: .utf8)
      let characters = Array(text)
      for end in stride(from: 1, to: characters.count, by: 29) { _ = typing.completions(of: String(characters[..<end])) }
    }
    for text in [
      "(((((", "]]]}}", "f\"{x", "\"\"\"abc", "a.b.c.", "x[", "{", "}", "...", "\\", "é.", "1.e", "'\\", "lambda x: x.",
    ] {
      _ = typing.completions(of: text)
    }
  }
}
