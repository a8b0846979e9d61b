import Diagnostics
import Plans
import Syntax
import Testing

/// Whatever a script looks like, the check ends and says something sensible.
@Suite struct Survival {
  /// Golden scripts but the one that goes on until the limit of steps.
  private func scripts() throws -> [Golden.Script] {
    try (Golden.scripts(in: "good") + Golden.badScripts()).filter { $0.name != "too_many_steps.train" }
  }

  @Test func ofScriptsWithAStatementLeftOutOrDoubled() throws {
    for script in try scripts() {
      let statements = parse(script.source).script.statements
      for index in statements.indices {
        var without = statements
        without.remove(at: index)
        var twice = statements
        twice.insert(statements[index], at: index)
        for mutated in [without, twice] {
          let checked = Interpreter(catalog: TestCatalog.catalog).check(Script(source: script.source, statements: mutated))
          _ = (checked.plan.digest, rendered(checked.findings))
        }
      }
    }
  }

  @Test func ofScriptsCutShort() throws {
    for script in try scripts() {
      let bytes = script.source.bytes
      for end in stride(from: 7, to: bytes.count, by: 97) {
        let source = Source(name: script.name, text: String(decoding: bytes[..<end], as: UTF8.self))
        _ = Interpreter(catalog: TestCatalog.catalog).check(parse(source).script)
      }
    }
  }

  @Test func aRunAfterAnyMistakeStillChecks() throws {
    let interpreter = Interpreter(catalog: TestCatalog.catalog, isTyped: true)
    let world = FakeWorld()
    for script in try scripts() {
      for statement in parse(script.source).script.statements {
        do { _ = try interpreter.run(statement, in: world) } catch {}
      }
    }
  }
}

@Suite struct Digests {
  private func digest(_ text: String) -> String { check(Source(name: "script.train", text: text)).plan.digest }

  @Test func areOfWhatIsMeant() {
    let first = digest("model net { Input((8,)); Dense(3, activation=\"relu\") }\n")
    #expect(first == digest("# a comment\nmodel net {\n    Input((8,))\n\n    Dense(units=3, activation='relu')   # three\n}\n"))
    #expect(first != digest("model net { Input((8,)); Dense(4, activation=\"relu\") }\n"))
    #expect(first.count == 64)
  }

  @Test func areSHA256() {
    // FIPS 180-4 by way of the plan's text: the digest of an empty plan is the digest of nothing.
    #expect(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }
}
