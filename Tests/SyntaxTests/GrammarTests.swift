import Diagnostics
import Syntax
import Testing

@Suite struct GrammarTests {
  static let grammar: Grammar? = try? Grammar(Golden.text("../../grammar/train.ebnf"))

  @Test func isReadWhole() throws {
    let grammar = try #require(Self.grammar)
    #expect(grammar.names.count > 80)
    #expect(grammar.shortest.filter { $0.value >= 1_000 }.isEmpty)
  }

  /// Every production stands, word for word, above a parser function, one of which has its name.
  @Test func isWhatTheParserSays() throws {
    let grammar = try #require(Self.grammar)
    let documented = try Golden.productionsInParser()
    #expect(Set(documented.flatMap(\.productions)) == Set(grammar.productions.values.map(\.text)))
    for function in documented {
      let names = function.productions.map { $0.prefix { $0.isLetter || $0 == "_" } }
      let functionNames = names.map {
        "parse" + $0.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
      }
      let isNamedAfterOne =
        functionNames.contains(function.name) || functionNames.contains(String(function.name.dropLast()))
        || function.name == "parseStatement" || function.name == "checkTarget"
      #expect(isNamedAfterOne, "\(function.name) is documented with \(names)")
    }
  }

  @Test(arguments: 0..<40)
  func derivesOnlyWhatTheParserAccepts(seed: UInt64) throws {
    let grammar = try #require(Self.grammar)
    var generator = SentenceGenerator(grammar, seed: seed)
    for length in [2, 5, 15, 40, 100] {
      for _ in 0..<2 {
        let text = generator.script(statements: 8, length: length)
        let reading = parse(Source(name: "random", text: text))
        #expect(rendered(reading.findings) == "", "\(text)")
        #expect(!reading.isIncomplete)
        let form = printed(reading.script)
        let again = parse(Source(name: "printed", text: form))
        #expect(rendered(again.findings) == "", "\(text)\n----\n\(form)")
        #expect(again.script.isSame(as: reading.script), "\(text)\n----\n\(form)")
        #expect(printed(again.script) == form, "\(text)")
      }
    }
  }
}
