import Arrays
import Glibc

/// A `.keras` file: a model's configuration and its variables in one archive.
///
/// Members, stored and in this order: `metadata.json`, `config.json`, `model.weights.h5`; Keras writes vocabularies that were learned beside
/// them, into `assets`, which are read. What the configuration means
/// and which variables belong where is the business of those who know layers.
package struct KerasArchive: Sendable {
  /// `{"keras_version": …, "date_saved": …}`; empty if the file has none.
  package var metadata: JSON
  /// The model's configuration, its `compile_config` included.
  package var configuration: JSON
  package var weights: WeightTree

  package init(metadata: JSON, configuration: JSON, weights: WeightTree) {
    self.metadata = metadata
    self.configuration = configuration
    self.weights = weights
  }

  /// The version of Keras whose files these are.
  package static let kerasVersion = "3.15.1"

  private static let metadataName = "metadata.json"
  private static let configurationName = "config.json"
  private static let weightsName = "model.weights.h5"
  /// No configuration is that large: a file that claims more is not read.
  private static let textLimit = 1 << 28

  /// Reads a file whole, or a folder with the same members.
  package static func read(_ path: String) throws(FileFailure) -> KerasArchive {
    let source = try Source(path)
    let (metadata, configuration) = try readTexts(source)
    let weights = try source.read(weightsName, limit: .max)
    return KerasArchive(
      metadata: metadata, configuration: configuration, weights: try WeightsFile.decode(weights, path: path))
  }

  /// Reads the configuration alone, without touching the variables.
  package static func readConfiguration(
    _ path: String
  ) throws(FileFailure) -> (metadata: JSON, configuration: JSON) {
    try readTexts(try Source(path))
  }

  /// Writes the file, durably, making the folders that lead to it. The name must end in `.keras`, or Keras will not load it.
  package func write(to path: String, through fileSystem: FileSystem = .real) throws(FileFailure) {
    let archive = StoredZip([
      (Self.metadataName, FileContent(Array(metadata.text.utf8))),
      (Self.configurationName, FileContent(Array(configuration.text.utf8))),
      (Self.weightsName, try WeightsFile.content(weights, path: path)),
    ])
    try archive.write(to: path, through: fileSystem)
  }

  /// The metadata of a file saved at this time (seconds since 1970), shown in local time.
  package static func metadata(savedAt seconds: Int = time(nil)) -> JSON {
    var moment = seconds
    var date = tm()
    localtime_r(&moment, &date)
    var text = [CChar](repeating: 0, count: 64)
    let length = strftime(&text, text.count, "%Y-%m-%d@%H:%M:%S", &date)
    let dateSaved = String(decoding: text[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return ["keras_version": .string(kerasVersion), "date_saved": .string(dateSaved)]
  }

  /// The vocabulary that a layer has learned, a token a line, by the group that the layer has in the weights file; nil where it has none.
  package static func readVocabulary(ofGroup group: String, _ path: String) throws(FileFailure) -> [String]? {
    let source = try Source(path)
    let name = "assets/\(group)/\(vocabularyName)"
    guard source.contains(name) else { return nil }
    guard let text = String(validating: try source.read(name, limit: textLimit), as: UTF8.self) else {
      throw .damaged(path: path, reason: "`\(name)` in it is not UTF-8")
    }
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  private static let vocabularyName = "vocabulary.txt"

  private static func readTexts(_ source: Source) throws(FileFailure) -> (metadata: JSON, configuration: JSON) {
    let metadata: JSON = source.contains(metadataName) ? try readJSON(metadataName, from: source) : [:]
    return (metadata, try readJSON(configurationName, from: source))
  }

  private static func readJSON(_ name: String, from source: Source) throws(FileFailure) -> JSON {
    let bytes = try source.read(name, limit: textLimit)
    do throws(JSONFault) {
      return try JSON.parse(bytes)
    } catch {
      throw .damaged(path: source.path, reason: "`\(name)` in it: \(error)")
    }
  }
}

/// Where the members come from.
private enum Source {
  case archive(ZipArchive)
  case folder(String)

  init(_ path: String) throws(FileFailure) {
    self = FileStatus(at: path)?.kind == .folder ? .folder(path) : .archive(try ZipArchive(path))
  }

  var path: String {
    switch self {
    case .archive(let archive): archive.path
    case .folder(let folder): folder
    }
  }

  func contains(_ name: String) -> Bool {
    switch self {
    case .archive(let archive): archive.member(name) != nil
    case .folder(let folder): FileStatus(at: "\(folder)/\(name)") != nil
    }
  }

  func read(_ name: String, limit: Int) throws(FileFailure) -> [UInt8] {
    if !contains(name) { throw .damaged(path: path, reason: "it is no Keras model: there is no `\(name)` in it") }
    switch self {
    case .archive(let archive):
      guard let member = archive.member(name) else { return [] }
      return try archive.read(member, limit: limit)
    case .folder(let folder):
      return try readFile("\(folder)/\(name)", limit: limit)
    }
  }
}
