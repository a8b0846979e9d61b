import Diagnostics
import Syntax
import Testing

/// What the end of an unfinished text tells.
@Suite struct Cursors {
  @Test func knowTheWord() {
    let cursor = Cursor(endOf: "x = Den")
    #expect(cursor.word == "Den" && cursor.start == 4 && !cursor.beginsStatement && cursor.quote == nil)
    #expect(Cursor(endOf: "é = größ").word == "größ")
    #expect(Cursor(endOf: "").beginsStatement && Cursor(endOf: "x = 1\nfi").beginsStatement)
    #expect(Cursor(endOf: "# Den").isOpaque && Cursor(endOf: "x = 1e").isOpaque && !Cursor(endOf: "x = \"#").isOpaque)
  }

  @Test(arguments: [
    ("a.", "a"), ("x = a.b.c", "a.b"), ("nets[0].layers[1].un", "nets[0].layers[1]"), ("f(1, 2).", "f(1, 2)"),
    ("\"a\".up", "\"a\""),
    ("[1, 2].", "[1, 2]"), ("x + (a + b).", "(a + b)"), ("print(history.", "history"), ("f(x)(y).z", "f(x)(y)"),
  ])
  func knowTheReceiver(text: String, receiver: String) { #expect(Cursor(endOf: text).receiver == receiver) }

  @Test(arguments: ["a", "x = .5", ").", "a + .", "\"a."])
  func knowThatThereIsNone(text: String) { #expect(Cursor(endOf: text).receiver == nil) }

  @Test(
    arguments: [
      ("Dense(", [.call(callee: "Dense", given: [], position: 0, keyword: nil)]),
      ("Dense(64, activation=", [.call(callee: "Dense", given: ["activation"], position: 1, keyword: "activation")]),
      ("Dense(64, f(1, 2), ", [.call(callee: "Dense", given: [], position: 2, keyword: nil)]),
      ("keras.layers.Dense(units=3, ", [.call(callee: "keras.layers.Dense", given: ["units"], position: 1, keyword: nil)]),
      ("x = (1, ", [.display]), ("h[", [.index(container: "h")]), ("x = [", [.display]), ("x = {1: ", [.display]),
      (
        "f(callbacks=[EarlyStopping(",
        [
          .call(callee: "EarlyStopping", given: [], position: 0, keyword: nil), .display,
          .call(callee: "f", given: ["callbacks"], position: 0, keyword: "callbacks"),
        ]
      ),
      ("model m {\n", [.block(word: "model", given: [], keyword: nil)]),
      ("model m(a=1) {\n x = 1\n", [.block(word: "model", given: ["x"], keyword: nil)]),
      ("h = fit m on d {\n epochs = 3\n ", [.block(word: "fit", given: ["epochs"], keyword: nil)]),
      ("fit m on d { epochs = ", [.block(word: "fit", given: ["epochs"], keyword: "epochs")]),
      (
        "model m { compile { metrics = [",
        [
          .display, .block(word: "compile", given: ["metrics"], keyword: "metrics"),
          .block(word: "model", given: [], keyword: nil),
        ]
      ),
      ("if a { 1 } else {", [.block(word: "else", given: [], keyword: nil)]),
      ("settings { ", [.block(word: "settings", given: [], keyword: nil)]),
      ("callback C(", [.display]), ("x = f {", [.display]), ("\"(", []), ("f()", []),
    ] as [(String, [Cursor.Surrounding])])
  func knowTheSurroundings(text: String, surroundings: [Cursor.Surrounding]) {
    // A statement such as `if` begins with its own word; what stands after a `}` belongs to it.
    #expect(
      Cursor(endOf: text).surroundings.map(simplified) == surroundings.map(simplified), "\(Cursor(endOf: text).surroundings)")
  }

  private func simplified(_ surrounding: Cursor.Surrounding) -> Cursor.Surrounding {
    if case .block("if", let given, let keyword) = surrounding { return .block(word: "else", given: given, keyword: keyword) }
    return surrounding
  }

  @Test(arguments: [
    ("x = \"abc", "abc", "\""), ("x = 'a b/c", "a b/c", "'"), ("f(\"\"\"a\nb", "a\nb", "\"\"\""), ("f\"x", "x", "\""),
    ("x = \"a\\\"b", "a\\\"b", "\""),
  ])
  func knowTheString(text: String, word: String, quote: String) {
    let cursor = Cursor(endOf: text)
    #expect(cursor.word == word && cursor.quote == quote)
  }
}

/// A text that is cut at a line end either is whole or asks for more; it is never wrong.
@Suite struct TextsCutAtALineEnd {
  @Test func areNotWrongYet() throws {
    for script in try Golden.scripts(in: "good") {
      let lines = script.source.text.split(separator: "\n", omittingEmptySubsequences: false)
      for count in 1..<lines.count {
        let reading = parse(Source(name: script.name, text: lines[..<count].joined(separator: "\n") + "\n"))
        let lasting = reading.lastingFindings.filter { $0.severity == .error }
        #expect(lasting.isEmpty, "\(script.name), \(count) lines: \(rendered(lasting))")
      }
    }
  }

  @Test(arguments: [
    "model m {\n    Dense(3 4)\n", "f(\n  x y,\n", "model m {\n  x = \"abc\n", "fit m on d {\n    epochs: 3\n", "x = [1, )",
    "model m {\n $\n",
  ])
  func areWrongWhereNoLineCouldMendThem(text: String) {
    #expect(!parse(Source(name: "<entry 1>", text: text)).lastingFindings.isEmpty)
  }
}
