import Artifacts
import Networks
import Plans

/// Model files by their endings: `.keras` holds a whole model, `.weights.h5` its weights and the optimizer's state.
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
    let reason = weightsOnly ? "weights are saved as `.weights.h5`" : "models are saved as `.keras` or `.weights.h5`"
    throw Failure("\(FileFailure.cannotWrite(path: path, reason: reason))")
  }

  /// Writes a network at once.
  static func save(_ network: Network, to path: String, weightsOnly: Bool) throws(Failure) {
    let job = try saving(network, to: path, weightsOnly: weightsOnly)
    do throws(FileFailure) { try job() } catch { throw Failure("\(error)") }
  }

  /// Reads a `.keras` file whole: its plan, how it was compiled, its weights.
  static func read(
    _ path: String, catalog: Catalog
  ) throws(Failure) -> (model: ModelPlan, compiled: CompilePlan?, weights: WeightTree) {
    guard path.hasSuffix(".keras") else { throw Failure("cannot read `\(path)`: models are read from `.keras` files") }
    let archive: KerasArchive
    do throws(FileFailure) { archive = try KerasArchive.read(path) } catch { throw Failure("\(error)") }
    do throws(KerasModelFailure) {
      let (model, compiled) = try KerasModel.plan(from: archive.configuration, catalog: catalog)
      return (model, compiled, archive.weights)
    } catch {
      throw Failure("cannot use `\(path)`: \(error.message)")
    }
  }

  /// Puts the weights of a `.weights.h5` or `.keras` file into a network with the same layers.
  static func loadWeights(from path: String, into network: Network) throws(Failure) {
    let weights: WeightTree
    do throws(FileFailure) {
      weights = path.hasSuffix(".keras") ? try KerasArchive.read(path).weights : try WeightsFile.read(path)
    } catch {
      throw Failure("\(error)")
    }
    try load(weights, from: path, into: network)
  }

  /// Puts weights that were read from `path` into a network.
  static func load(_ weights: WeightTree, from path: String, into network: Network) throws(Failure) {
    do throws(KerasModelFailure) { try KerasModel.load(weights, into: network) } catch {
      throw Failure("cannot use `\(path)`: \(error.message)")
    }
  }
}

/// A `.keras` file's model for its summary, and how many numbers of an optimizer lie beside it; nil for none. The file is read whole.
package func summarizedModel(at path: String, catalog: Catalog) throws(Failure) -> (model: ModelObject, optimizerNumbers: Int?) {
  let file = try ModelFiles.read(path, catalog: catalog)
  let model = ModelObject(plan: file.model)
  model.compiled = file.compiled
  let kept = file.weights["optimizer/vars"]?.variables.reduce(0) { $0 + $1.count }
  return (model, file.compiled == nil ? nil : kept)
}

/// A `.keras` file's model as the check sees it: the plan and how it was compiled, without weights.
package func inspectedModel(at path: String, catalog: Catalog) throws(Failure) -> ModelObject {
  guard path.hasSuffix(".keras") else { throw Failure("cannot read `\(path)`: models are read from `.keras` files") }
  let configuration: JSON
  do throws(FileFailure) { configuration = try KerasArchive.readConfiguration(path).configuration } catch {
    throw Failure("\(error)")
  }
  do throws(KerasModelFailure) {
    let (plan, compiled) = try KerasModel.plan(from: configuration, catalog: catalog)
    let model = ModelObject(plan: plan)
    model.compiled = compiled
    return model
  } catch {
    throw Failure("cannot use `\(path)`: \(error.message)")
  }
}
