import Arrays
import Artifacts
import Networks
import Plans

/// Vocabularies that layers have learned by `adapt`. Keras keeps them beside the configuration, a token a line in a file a layer, and how
/// rare the tokens are among the weights; those that a script gives stand in the configuration.
extension KerasModel {
  /// The configuration with all vocabularies in it. Without weights, where nothing is computed, tokens are as rare as any.
  static func withVocabularies(
    _ configuration: JSON, _ weights: WeightTree?, from path: String
  ) throws(KerasModelFailure) -> JSON {
    guard let model = configuration.objectValue else { return configuration }
    return .object(try withVocabularies(model, at: "", weights, from: path))
  }

  private static let learners = ["TextVectorization", "StringLookup", "IntegerLookup"]

  /// The same of a model whose layers have their groups below `root`.
  private static func withVocabularies(
    _ model: JSON.Object, at root: String, _ weights: WeightTree?, from path: String
  ) throws(KerasModelFailure) -> JSON.Object {
    guard var config = model["config"]?.objectValue, let layers = config["layers"]?.arrayValue else { return model }
    let isSequential = model["class_name"]?.stringValue == "Sequential"
    var counts: [String: Int] = [:]
    var changed: [JSON] = []
    for layer in layers {
      guard var object = layer.objectValue, let name = object["class_name"]?.stringValue,
        !(isSequential && name == "InputLayer")
      else {
        changed.append(layer)
        continue
      }
      let kind = LayerNames.snakeCase(name)
      let count = counts[kind, default: 0]
      counts[kind] = count + 1
      let group = "\(root)layers/\(kind)\(count == 0 ? "" : "_\(count)")"
      if PlanReader.modelClasses.contains(name) {
        object = try withVocabularies(object, at: "\(group)/", weights, from: path)
      } else if learners.contains(name), let own = object["config"]?.objectValue, own["vocabulary"]?.isNull != false {
        object["config"] = .object(try withVocabulary(own, of: name, group, weights, from: path))
      }
      changed.append(.object(object))
    }
    config["layers"] = .array(changed)
    var result = model
    result["config"] = .object(config)
    return result
  }

  private static func withVocabulary(
    _ config: JSON.Object, of name: String, _ group: String, _ weights: WeightTree?, from path: String
  ) throws(KerasModelFailure) -> JSON.Object {
    let place = "vocabulary of layer `\(config["name"]?.stringValue ?? name)`"
    let lines: [String]?
    do throws(FileFailure) { lines = try KerasArchive.readVocabulary(ofGroup: group, path) } catch {
      throw .malformed(place: place, expected: "readable: \(error.reason)")
    }
    guard let lines, !lines.isEmpty else { return config }
    var config = config
    let tokens = name == "IntegerLookup" ? lines.compactMap { Int($0).map(JSON.integer) } : lines.map(JSON.string)
    guard tokens.count == lines.count else { throw .malformed(place: place, expected: "a whole number a line") }
    config["vocabulary"] = .array(tokens)
    if config["output_mode"]?.stringValue == "tf_idf" {
      let rarities = weights?["\(group)/vars"]?.variables.first?.doubles ?? Array(repeating: 1, count: tokens.count)
      // Places to spare have weights, too.
      config[WeightGroup.rarities] = .array(rarities.prefix(tokens.count).map(JSON.float))
    }
    return config
  }
}
