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
