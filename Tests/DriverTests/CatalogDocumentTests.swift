import Foundation
import Plans
import Testing

@testable import Driver

@Suite struct CatalogDocuments {
  @Test func theOneInGrammarIsUpToDate() throws {
    let written = try String(contentsOfFile: Program.root + "/grammar/catalog.md", encoding: .utf8)
    let isUpToDate = written == CatalogDocument.text(of: standardCatalog)
    #expect(isUpToDate, "`scripts/catalog` writes grammar/catalog.md anew")
  }

  /// The grammar for editors is up to date too, and each of its patterns is a regular expression.
  @Test func theGrammarForEditorsIsUpToDate() throws {
    let written = try String(contentsOfFile: Program.root + "/grammar/train.tmLanguage.json", encoding: .utf8)
    #expect(written == TextMateGrammar.text(of: standardCatalog), "`scripts/catalog` writes grammar/train.tmLanguage.json anew")
    let found = Patterns(in: try JSONSerialization.jsonObject(with: Data(written.utf8)))
    #expect(found.patterns.count > 20)
    for pattern in found.patterns { #expect(throws: Never.self, "\(pattern)") { try NSRegularExpression(pattern: pattern) } }
    let colours = { (text: String) in
      found.matches.filter { (try? NSRegularExpression(pattern: $0.pattern))?.matches(text) ?? false }.map(\.name)
    }
    #expect(colours("Dense(3)").contains("support.class.train"))
    #expect(colours("for x in y").contains("keyword.control.train"))
    #expect(colours("units=1e-3").contains("constant.numeric.train") && colours("units=3").contains("variable.parameter.train"))
    #expect(
      colours("len(x)").contains("support.function.builtin.train")
        && !colours("length").contains("support.function.builtin.train"))
  }

  /// `scripts/yaml-schema` holds scripts against it.
  @Test func theSchemaOfYAMLIsUpToDate() throws {
    let written = try String(contentsOfFile: Program.root + "/grammar/train.schema.json", encoding: .utf8)
    #expect(written == YAMLSchema.text(of: standardCatalog), "`scripts/catalog` writes grammar/train.schema.json anew")
  }

  /// The regular expressions of a TextMate grammar, and the names of those that stand alone.
  private struct Patterns {
    var patterns: [String] = []
    var matches: [(pattern: String, name: String)] = []

    init(in json: Any) { collect(json) }

    private mutating func collect(_ json: Any) {
      if let list = json as? [Any] { for element in list { collect(element) } }
      guard let object = json as? [String: Any] else { return }
      for key in ["match", "begin", "end"] { if let pattern = object[key] as? String { patterns.append(pattern) } }
      if let pattern = object["match"] as? String, let name = object["name"] as? String { matches.append((pattern, name)) }
      for value in object.values { collect(value) }
    }
  }

  @Test func isPrinted() throws {
    let ending = try Program.run(["describe", "--markdown"], in: Program.Folder())
    #expect(ending.status == 0 && ending.output.hasPrefix("# The catalog\n"))
  }

  /// Every field of a declaration is told.
  @Test func describeEverything() throws {
    let signature = Signature(
      "Thing", "A thing.", [.init("size", "how large it is", .integer(min: 1, max: 9), default: .integer(3))],
      formula: "y = x", source: "Someone, 1999", example: "Thing(4)")
    let entry = Entry(.layer, signature, aliases: ["thing"])
    let page = CatalogDocument.text(of: Catalog([[entry]]))
    let text = Description.text(of: entry, style: TextStyle(isColored: false))
    for words in [
      "Thing(size=3)", "A thing.", "how large it is", "a whole number from 1 to 9", "`3` if left out", "y = x", "Someone, 1999",
      "Thing(4)", "`thing`",
    ] {
      #expect(page.contains(words), "\(words)")
      #expect(text.contains(words), "\(words)")
    }
  }
}

extension NSRegularExpression {
  fileprivate func matches(_ text: String) -> Bool {
    firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
  }
}
