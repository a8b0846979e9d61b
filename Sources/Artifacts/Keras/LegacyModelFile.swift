import Arrays

/// A whole model in Keras's old format, `.h5`: configurations as attributes, weights by the names of layers and of their own.
///
/// ```
/// model_config, training_config, keras_version, backend      attributes of the file, JSON and texts
/// model_weights               attributes layer_names (in model order), keras_version, backend
/// model_weights/dense         attribute weight_names: net/dense/kernel, …, those that are trained first
/// model_weights/dense/net/dense/kernel
/// optimizer_weights           attribute weight_names: adam/iteration, …
/// optimizer_weights/adam/iteration
/// ```
package struct LegacyModelFile: Sendable {
  /// A variable by its path in the group.
  package typealias Weight = (path: String, array: NDArray)

  /// A file's configurations and the version of the Keras that wrote it.
  package typealias Configurations = (model: JSON, training: JSON?, version: String?)

  /// The weights of one layer, those that are trained first; those of a model in it are its own.
  package struct Layer: Sendable {
    package let name: String
    package let weights: [Weight]
    package init(name: String, weights: [Weight]) {
      self.name = name
      self.weights = weights
    }
  }

  /// `{"class_name", "config"}`; null for a file of weights alone.
  package let configuration: JSON
  /// Loss, metrics and `optimizer_config`; nil for a model that is not compiled.
  package let training: JSON?
  /// That of the Keras that wrote the file; nil if it names none.
  package let version: String?
  /// In model order.
  package let layers: [Layer]
  /// The optimizer's variables in its own order.
  package let optimizer: [Weight]

  package init(
    configuration: JSON, training: JSON?, version: String? = KerasArchive.kerasVersion, layers: [Layer], optimizer: [Weight]
  ) {
    self.configuration = configuration
    self.training = training
    self.version = version
    self.layers = layers
    self.optimizer = optimizer
  }

  package var configurations: Configurations { (configuration, training, version) }

  private static let weightsGroup = "model_weights"
  private static let optimizerGroup = "optimizer_weights"
  private static let layerNames = "layer_names"
  private static let weightNames = "weight_names"
  /// The most names in one attribute: more would not fit in a header, and go to `layer_names0`, `layer_names1` ….
  private static let mostNames = 64_512 / 16

  // MARK: Writing

  /// Writes the file, durably, making the folders that lead to it. The name must end in `.h5`, or Keras will not load it.
  package func write(to path: String, through fileSystem: FileSystem = .real) throws(FileFailure) {
    let content = FileContent(try bytes(path: path))
    try writeDurably(to: path, makingFolders: true, passingCache: true, through: fileSystem) { file throws(FileFailure) in
      try file.write(content)
    }
  }

  /// The file's bytes. `path` is the file that failures name.
  func bytes(path: String) throws(FileFailure) -> [UInt8] {
    let arrays = layers.flatMap { $0.weights.map(\.array) } + optimizer.map(\.array)
    let contentBytes = arrays.reduce(1 << 16) { $0 + $1.rawBytes.count + 1024 }
    return try HDF5Writer.bytes(path: path, contentBytes: contentBytes) { writer throws(FileFailure) in
      try Self.writeVersion(of: "/", with: writer)
      try writer.write(configuration.text, toAttribute: "model_config", of: "/")
      if let training { try writer.write(training.text, toAttribute: "training_config", of: "/") }
      try writer.makeGroup(Self.weightsGroup)
      try Self.writeVersion(of: Self.weightsGroup, with: writer)
      try Self.write(layers.map(\.name), to: Self.layerNames, of: Self.weightsGroup, with: writer)
      for layer in layers { try Self.write(layer.weights, to: "\(Self.weightsGroup)/\(layer.name)", with: &writer) }
      // The weights that belong to no layer.
      try Self.write([], to: "\(Self.weightsGroup)/top_level_model_weights", with: &writer)
      if training != nil { try Self.write(optimizer, to: Self.optimizerGroup, with: &writer) }
    }.image
  }

  private static func writeVersion(of object: String, with writer: HDF5Writer) throws(FileFailure) {
    try writer.write(KerasArchive.kerasVersion, toAttribute: "keras_version", of: object)
    // What Keras itself computes with; nobody reads it.
    try writer.write("jax", toAttribute: "backend", of: object)
  }

  private static func write(_ weights: [Weight], to group: String, with writer: inout HDF5Writer) throws(FileFailure) {
    try writer.makeGroup(group)
    try write(weights.map(\.path), to: weightNames, of: group, with: writer)
    for weight in weights { try writer.write(weight.array, to: "\(group)/\(weight.path)") }
  }

  private static func write(
    _ names: [String], to attribute: String, of group: String, with writer: HDF5Writer
  ) throws(FileFailure) {
    if names.count <= mostNames { return try writer.write(names, toAttribute: attribute, of: group) }
    for (number, first) in stride(from: 0, to: names.count, by: mostNames).enumerated() {
      try writer.write(Array(names[first...].prefix(mostNames)), toAttribute: "\(attribute)\(number)", of: group)
    }
  }

  // MARK: Reading

  /// Reads a file whole.
  package static func read(_ path: String) throws(FileFailure) -> LegacyModelFile {
    try decode(try readFile(path), path: path)
  }

  /// Reads the weights of a file, of a whole model or of its weights alone, which then stand at the root.
  package static func readWeights(_ path: String) throws(FileFailure) -> LegacyModelFile {
    try HDF5Reader.read(try readFile(path), path: path) { reader throws(FileFailure) in
      let isWhole = try hasGroup(weightsGroup, reader)
      let version = try reader.texts(of: isWhole ? weightsGroup : "/")["keras_version"]?.first
      return LegacyModelFile(
        configuration: nil, training: nil, version: version, layers: try layers(in: isWhole ? "\(weightsGroup)/" : "/", reader),
        optimizer: [])
    }
  }

  static func decode(_ bytes: [UInt8], path: String) throws(FileFailure) -> LegacyModelFile {
    try HDF5Reader.read(bytes, path: path) { reader throws(FileFailure) in
      let (configuration, training, version) = try configurations(reader)
      var places: Set<Int> = []
      return LegacyModelFile(
        configuration: configuration, training: training, version: version, layers: try layers(in: "\(weightsGroup)/", reader),
        optimizer: try hasGroup(optimizerGroup, reader) ? weights(in: optimizerGroup, &places, reader) : [])
    }
  }

  private static func hasGroup(_ name: String, _ reader: HDF5Reader) throws(FileFailure) -> Bool {
    try reader.entries(of: "/").contains { $0.name == name && $0.kind == .group }
  }

  /// Reads the configurations alone, without touching the variables.
  package static func readConfigurations(_ path: String) throws(FileFailure) -> Configurations {
    try HDF5Reader.read(try readFile(path), path: path) { reader throws(FileFailure) in try configurations(reader) }
  }

  private static func configurations(_ reader: HDF5Reader) throws(FileFailure) -> Configurations {
    let texts = try reader.texts(of: "/")
    func json(_ name: String) throws(FileFailure) -> JSON? {
      guard let text = texts[name]?.first else { return nil }
      do throws(JSONFault) { return try JSON.parse(Array(text.utf8)) } catch {
        throw .damaged(path: reader.path, reason: "`\(name)` in it: \(error)")
      }
    }
    guard let configuration = try json("model_config") else {
      throw .damaged(path: reader.path, reason: "it is no whole model: there is no `model_config` in it")
    }
    return (configuration, try json("training_config"), texts["keras_version"]?.first)
  }

  /// The layers under a path that ends in `/`.
  private static func layers(in root: String, _ reader: HDF5Reader) throws(FileFailure) -> [Layer] {
    var places: Set<Int> = []
    var layers: [Layer] = []
    for name in try names(layerNames, of: root, reader) {
      layers.append(Layer(name: name, weights: try weights(in: root + name, &places, reader)))
    }
    return layers
  }

  /// The weights that a group names. `places` are those of all that were read: no array is read twice, however often it is named.
  private static func weights(
    in group: String, _ places: inout Set<Int>, _ reader: HDF5Reader
  ) throws(FileFailure) -> [Weight] {
    var weights: [Weight] = []
    for path in try names(weightNames, of: group, reader) {
      guard places.insert(try reader.headerPlace(of: "\(group)/\(path)")).inserted else {
        throw .damaged(path: reader.path, reason: "`\(group)/\(path)` in it is named twice")
      }
      weights.append((path, try reader.array(at: "\(group)/\(path)")))
    }
    return weights
  }

  /// The names in an attribute, or in those that share them out.
  private static func names(_ attribute: String, of group: String, _ reader: HDF5Reader) throws(FileFailure) -> [String] {
    let texts = try reader.texts(of: group)
    if let names = texts[attribute] { return names }
    guard texts["\(attribute)0"] != nil else {
      throw .damaged(path: reader.path, reason: "`\(group)` in it has no `\(attribute)`")
    }
    return (0...).lazy.map { texts["\(attribute)\($0)"] }.prefix { $0 != nil }.flatMap { $0 ?? [] }
  }
}
