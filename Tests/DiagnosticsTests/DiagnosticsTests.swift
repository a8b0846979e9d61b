import Diagnostics
import Testing

@Suite struct RenderedFindings {
  static let mnist = Source(
    name: "mnist.train",
    text: "model m {\n    Input((28, 28, 1))\n    Conv2D(32, 3, activation=\"relu\")\n    Dense(10, activation=\"softmax\")\n}\n")

  private func range(_ text: String, in source: Source) -> SourceRange {
    let bytes = Array(text.utf8)
    let start = source.bytes.indices.first { source.bytes[$0...].starts(with: bytes) } ?? 0
    return SourceRange(source, start, start + bytes.count)
  }

  @Test func showPlaceLabelAndHint() {
    let finding = Finding(
      .error, "rank", "`Dense` needs a flat input, but gets 26×26×32 from `Conv2D`.", at: range("Dense", in: Self.mnist),
      remark: "would work on each of the 26×26 positions",
      labels: [.init(range("Conv2D", in: Self.mnist), "gives 26×26×32")],
      hint: "put `Flatten()` or `GlobalAveragePooling2D()` between them.")
    #expect(
      finding.rendered() == """
        error: `Dense` needs a flat input, but gets 26×26×32 from `Conv2D`.
          ┌─ mnist.train:4:5
        3 │     Conv2D(32, 3, activation="relu")
          │     ------ gives 26×26×32
        4 │     Dense(10, activation="softmax")
          │     ^^^^^ would work on each of the 26×26 positions
        hint: put `Flatten()` or `GlobalAveragePooling2D()` between them.

        """)
  }

  @Test func bridgeGapsAndLeaveOutLongOnes() {
    let source = Source(name: "a.train", text: (1...12).map { "line\($0)" }.joined(separator: "\n"))
    let finding = Finding(
      .warning, "x", "something.", at: range("line3", in: source), remark: "here",
      labels: [.init(range("line1\n", in: source), "first"), .init(range("line12", in: source), "last")])
    #expect(
      finding.rendered() == """
        warning: something. [x]
           ┌─ a.train:3:1
         1 │ line1
           │ ----- first
         2 │ line2
         3 │ line3
           │ ^^^^^ here
           ·
        12 │ line12
           │ ------ last

        """)
  }

  @Test func showTwoMarksOnOneLine() {
    let source = Source(name: "a.train", text: "f(a=1, a=2)\n")
    let finding = Finding(
      .error, "x", "`a` is given twice.", at: SourceRange(source, 7, 10), remark: "again",
      labels: [.init(SourceRange(source, 2, 5), "first")])
    #expect(
      finding.rendered() == """
        error: `a` is given twice.
          ┌─ a.train:1:8
        1 │ f(a=1, a=2)
          │   ---  ^^^ again
          │   first

        """)
  }

  @Test func showOtherFilesInSectionsOfTheirOwn() {
    let other = Source(name: "b.train", text: "model m { }\n")
    let finding = Finding(
      .error, "x", "`m` is there twice.", at: range("m {", in: Self.mnist), labels: [.init(range("m {", in: other), "first")])
    #expect(
      finding.rendered() == """
        error: `m` is there twice.
          ┌─ mnist.train:1:7
        1 │ model m {
          │       ^^^
          ┌─ b.train:1:7
        1 │ model m { }
          │       --- first

        """)
  }

  @Test func markTheFirstAndLastLineOfALongRange() {
    let source = Source(name: "a.train", text: "x = f(\n    1,\n    2,\n)\n")
    let finding = Finding(.note, "x", "a call.", at: SourceRange(source, 4, 22), remark: "ends here")
    #expect(
      finding.rendered() == """
        note: a call. [x]
          ┌─ a.train:1:5
        1 │ x = f(
          │     ^^
          ·
        4 │ )
          │ ^ ends here

        """)
  }

  @Test(arguments: [
    ("\tx = 数 + é\u{301} + y", "y", "    x = 数 + é\u{301} + y", 17),
    ("🙂 = y", "y", "🙂 = y", 5),
    ("a\u{1B}[31m = y", "y", "a␛[31m = y", 9),
  ])
  func lineUpUnderUnusualCharacters(text: String, marked: String, shown: String, column: Int) {
    let source = Source(name: "a.train", text: text)
    let lines = Finding(.error, "x", "m.", at: range(marked, in: source)).rendered().split(separator: "\n")
    #expect(lines[2] == "1 │ \(shown)")
    #expect(lines[3] == "  │ \(String(repeating: " ", count: column))^")
  }

  @Test func showPartOfVeryLongLines() {
    let source = Source(
      name: "a.train", text: String(repeating: "é + ", count: 50_000) + "y" + String(repeating: " + 1", count: 50_000))
    let lines = Finding(.error, "x", "m.", at: range("y", in: source)).rendered().split(separator: "\n")
    #expect(lines[2].count < 140)
    #expect(lines[2].hasPrefix("1 │ …") && lines[2].hasSuffix("…"))
    let caret = lines[3].firstIndex(of: "^").map { lines[3].distance(from: lines[3].startIndex, to: $0) } ?? 0
    #expect(Array(lines[2])[caret] == "y")
  }

  @Test func pointBehindTheLastByte() {
    let source = Source(name: "a.train", text: "")
    #expect(Finding(.error, "x", "empty.", at: SourceRange(source, 0, 0)).rendered().contains("1 │\n  │ ^\n"))
  }

  @Test func colorOnlyWhenAsked() {
    let finding = Finding(.error, "x", "m.", at: range("Dense", in: Self.mnist))
    #expect(!finding.rendered().contains("\u{1B}"))
    #expect(finding.rendered(colors: true).hasPrefix("\u{1B}[1;31merror:\u{1B}[0m"))
  }

  @Test func areCounted() {
    let finding = { Finding($0, "x", "m.", at: SourceRange(Self.mnist, 0, 1)) }
    #expect(summary(of: [finding(.error), finding(.warning), finding(.error)]) == "2 errors, 1 warning")
    #expect(summary(of: []) == "")
    #expect(summary(of: Array(repeating: finding(.error), count: FindingList.limit)) == "the first 200 errors")
  }
}

@Suite struct Silencing {
  @Test func leavesOutNamedWarningsOnly() {
    let source = Source(name: "a.train", text: "a = 1  # allow: unused-name, shadowed\nb = 2\n")
    let at = { (offset: Int) in SourceRange(source, offset, offset + 1) }
    let findings = [
      Finding(.warning, "unused-name", "m.", at: at(0)), Finding(.error, "unused-name", "m.", at: at(0)),
      Finding(.warning, "other", "m.", at: at(0)), Finding(.note, "shadowed", "m.", at: at(4)),
      Finding(.warning, "unused-name", "m.", at: at(38)),
    ]
    #expect(withoutAllowed(findings).map(\.name) == ["unused-name", "other", "unused-name"])
  }
}

@Suite struct SpellingTests {
  static let names = [
    "val_accuracy", "accuracy", "loss", "val_loss", "learning_rate", "Dense", "Dropout", "EarlyStopping", "BatchNormalization",
    "batch_size", "epochs", "relu", "gelu", "Conv2D", "Conv2DTranspose", "MeanSquaredError", "mean_squared_error",
    "glorot_normal",
    "F1Score", "f1_score",
  ]

  @Test(arguments: [
    ("val_acc", "val_accuracy"), ("lr", "learning_rate"), ("Dens", "Dense"), ("dense", "Dense"), ("Dropuot", "Dropout"),
    ("earlystopping", "EarlyStopping"), ("early_stopping", "EarlyStopping"), ("batchSize", "batch_size"), ("epoch", "epochs"),
    ("BatchNormalisation", "BatchNormalization"), ("conv2d", "Conv2D"), ("acc", "accuracy"), ("reul", "relu"),
    ("mean_sqared_error", "mean_squared_error"), ("MeanSqaredError", "MeanSquaredError"), ("glorot", "glorot_normal"),
    ("f1", "f1_score"),
    ("F1", "F1Score"), ("batch", "batch_size"),
  ])
  func findsWhatWasMeant(written: String, meant: String) {
    #expect(Spelling.nearest(to: written, among: Self.names) == meant)
  }

  @Test(arguments: ["x", "", "_", "transformer", "zzz", "Dense"])
  func proposesNothingFarFetched(written: String) {
    #expect(Spelling.nearest(to: written, among: Self.names) == nil)
  }
}

@Suite struct SourceDecodingTests {
  private func finding(_ bytes: [UInt8]) -> Finding? {
    if case .noText(let finding) = decodeSource(name: "a.train", bytes: bytes) { finding } else { nil }
  }

  @Test func takesUTF8() {
    guard case .source(let source) = decodeSource(name: "a", bytes: Array("a = \"é数🙂\"\n".utf8)) else {
      Issue.record("text was rejected")
      return
    }
    #expect(source.text == "a = \"é数🙂\"\n")
  }

  @Test(arguments: [
    [0xC3], [0xC3, 0x28], [0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
    [0xE2, 0x82],
  ])
  func namesTheFirstBadByte(bad: [UInt8]) {
    let finding = finding(Array("a = 1\nb = \"".utf8) + bad + Array("\"\n".utf8))
    #expect(finding?.name == "not-utf8")
    #expect(finding?.range.place == "a.train:2:6")
    #expect(finding?.rendered().isEmpty == false)
  }

  @Test func knowsBinaryFilesAndUTF16() {
    #expect(finding([0x7F, 0x45, 0x4C, 0x46, 0, 1])?.name == "binary-file")
    #expect(finding([0x50, 0x4B, 3, 4, 20, 0])?.message.contains("`.keras`") == true)
    #expect(finding([0xFF, 0xFE, 0x61, 0])?.name == "not-utf8")
  }
}
