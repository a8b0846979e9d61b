import Artifacts
import Networks
import Plans

/// Model files by their endings: `.keras` holds a whole model, `.h5` one in the old format, `.weights.h5` its weights and the optimizer's
/// state.
enum ModelFiles {
  /// A network as it is now, to be written as the path's ending says, with the folders that are missing. The file is the old one or
  /// the new one.
  static func saving(_ network: Network, to path: String, weightsOnly: Bool) throws(Failure) -> FileWriter.Job {
    if path.hasSuffix(".weights.h5") {
      let weights = KerasModel.variables(of: network)
      return { () throws(FileFailure) in try WeightsFile.write(weights, to: path) }
    }
    if path.hasSuffix(".keras"), !weightsOnly {
      let archive = KerasModel.archive(of: network)
      return { () throws(FileFailure) in try archive.write(to: path) }
    }
    if FileEndings.isLegacy(path), !weightsOnly {
      let file = KerasModel.legacyFile(of: network)
      return { () throws(FileFailure) in try file.write(to: path) }
    }
    let reason = weightsOnly ? "weights are saved as `.weights.h5`" : "models are saved as `.keras`, `.h5` or `.weights.h5`"
    throw Failure("\(FileFailure.cannotWrite(path: path, reason: reason))")
  }

  /// Writes a network at once.
  static func save(_ network: Network, to path: String, weightsOnly: Bool) throws(Failure) {
    let job = try saving(network, to: path, weightsOnly: weightsOnly)
    do throws(FileFailure) { try job() } catch { throw Failure("\(error)") }
  }

  /// The weights in a file, and the optimizer's state beside them.
  enum Weights {
    case tree(WeightTree)
    case legacy(LegacyModelFile)

    /// How many numbers of an optimizer there are; nil for none.
    var optimizerNumbers: Int? {
      let arrays =
        switch self {
        case .tree(let tree): tree["optimizer/vars"]?.variables
        case .legacy(let file): file.optimizer.isEmpty ? nil : file.optimizer.map(\.array)
        }
      return arrays?.reduce(0) { $0 + $1.count }
    }
  }

  /// Reads the file of a whole model: its plan, how it was compiled, its weights.
  static func read(
    _ path: String, catalog: Catalog
  ) throws(Failure) -> (model: ModelPlan, compiled: CompilePlan?, weights: Weights) {
    if FileEndings.isLegacy(path) {
      return try usable(path) { () throws(FileFailure) in
        try LegacyModelFile.read(path)
      } as: { (file) throws(KerasModelFailure) in
        let (model, compiled) = try KerasModel.plan(ofLegacy: file.configurations, catalog: catalog)
        return (model, compiled, .legacy(file))
      }
    }
    return try usable(path) { () throws(FileFailure) in
      try KerasArchive.read(path)
    } as: { (archive) throws(KerasModelFailure) in
      let configuration = try KerasModel.withVocabularies(archive.configuration, archive.weights, from: path)
      let (model, compiled) = try KerasModel.plan(from: configuration, catalog: catalog)
      return (model, compiled, .tree(archive.weights))
    }
  }

  /// Reads the file of a whole model but for its weights.
  static func readPlan(_ path: String, catalog: Catalog) throws(Failure) -> (model: ModelPlan, compiled: CompilePlan?) {
    if FileEndings.isLegacy(path) {
      return try usable(path) { () throws(FileFailure) in
        try LegacyModelFile.readConfigurations(path)
      } as: {
        (configurations) throws(KerasModelFailure) in
        try KerasModel.plan(ofLegacy: configurations, catalog: catalog)
      }
    }
    return try usable(path) { () throws(FileFailure) in
      try KerasArchive.readConfiguration(path).configuration
    } as: {
      (configuration) throws(KerasModelFailure) in
      try KerasModel.plan(from: KerasModel.withVocabularies(configuration, nil, from: path), catalog: catalog)
    }
  }

  /// What `read` finds at a path as `use` takes it; the failure names the file.
  private static func usable<File, Result>(
    _ path: String, _ read: () throws(FileFailure) -> File, as use: (File) throws(KerasModelFailure) -> Result
  ) throws(Failure) -> Result {
    if let problem = FileEndings.problemLoading(path) { throw Failure("cannot read `\(path)`: it \(problem)") }
    let file: File
    do throws(FileFailure) { file = try read() } catch { throw Failure("\(error)") }
    do throws(KerasModelFailure) { return try use(file) } catch { throw Failure("cannot use `\(path)`: \(error.message)") }
  }

  /// Puts the weights of a `.weights.h5`, `.keras` or `.h5` file into a network with the same layers. Gives false where an optimizer's
  /// state is in the file, but not taken.
  static func loadWeights(from path: String, into network: Network) throws(Failure) -> Bool {
    let weights: Weights
    do throws(FileFailure) {
      weights =
        if path.hasSuffix(".keras") {
          .tree(try KerasArchive.read(path).weights)
        } else if FileEndings.isLegacy(path) {
          .legacy(try LegacyModelFile.readWeights(path))
        } else {
          .tree(try WeightsFile.read(path))
        }
    } catch {
      throw Failure("\(error)")
    }
    return try load(weights, from: path, into: network)
  }

  /// Puts weights that were read from `path` into a network. Gives false where an optimizer's state is among them, but not taken.
  static func load(_ weights: Weights, from path: String, into network: Network) throws(Failure) -> Bool {
    do throws(KerasModelFailure) {
      switch weights {
      case .tree(let tree): return try KerasModel.load(tree, into: network)
      case .legacy(let file): return try KerasModel.load(file, into: network)
      }
    } catch {
      throw Failure("cannot use `\(path)`: \(error.message)")
    }
  }
}

/// The model of a file for its summary, and how many numbers of an optimizer lie beside it; nil for none. The file is read whole.
package func summarizedModel(at path: String, catalog: Catalog) throws(Failure) -> (model: ModelObject, optimizerNumbers: Int?) {
  let file = try ModelFiles.read(path, catalog: catalog)
  let model = ModelObject(plan: file.model)
  model.compiled = file.compiled
  return (model, file.compiled == nil ? nil : file.weights.optimizerNumbers)
}

/// The model of a file as the check sees it: the plan and how it was compiled, without weights.
package func inspectedModel(at path: String, catalog: Catalog) throws(Failure) -> ModelObject {
  let file = try ModelFiles.readPlan(path, catalog: catalog)
  let model = ModelObject(plan: file.model)
  model.compiled = file.compiled
  return model
}
