import Artifacts
import Foundation
import Plans
import Testing

@Suite struct LayerNamesTests {
  /// Keras's own spelling of all its class names, made beside the model files that scripts/fixtures/keras_files.py writes.
  @Test func snakeCaseIsKeras() throws {
    let tests = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    let bytes = try Data(contentsOf: URL(filePath: tests + "/ArtifactsTests/Fixtures/snake-case.json"))
    let names = try #require(try JSON.parse(String(decoding: bytes, as: UTF8.self)).objectValue)
    #expect(names.count > 200)
    for (name, expected) in names.entries { #expect(LayerNames.snakeCase(name) == expected.stringValue) }
    #expect(LayerNames.snakeCase("MaxPooling2D") == "max_pooling2d")
    #expect(LayerNames.snakeCase("") == "")
  }
}
