import Arrays
import Plans
import Testing

@testable import Networks

@Suite("The catalog of networks")
struct EntryTests {
  @Test("joins into a catalog, and every entry can be described")
  func described() {
    let catalog = Catalog([networkEntries])
    #expect(catalog.entry("glorot_uniform", .initializer)?.name == "GlorotUniform")
    #expect(catalog.entry("mse", .loss)?.name == "MeanSquaredError")
    #expect(catalog.entry("InputLayer", .layer)?.name == "Input")
    for entry in networkEntries {
      #expect(entry.signature.summary.hasSuffix("."), "\(entry.name)")
      #expect(!entry.signature.example.isEmpty, "\(entry.name)")
      for parameter in entry.signature.parameters { #expect(!parameter.help.hasSuffix("."), "\(entry.name): \(parameter.name)") }
    }
  }
}
