import Artifacts
import Diagnostics
import Plans
import Training

extension Surroundings {
  /// The files of this machine: what the check may look at, and nothing it may write.
  static var files: Surroundings {
    Surroundings(
      read: { path throws(Failure) in
        do throws(FileFailure) {
          switch decodeSource(name: path, bytes: try readFile(path)) {
          case .source(let source): return source
          case .noText: throw FileFailure.damaged(path: path, reason: "it is not text in UTF-8")
          }
        } catch {
          throw Failure(error.reason)
        }
      },
      readText: { path throws(Failure) in
        do throws(FileFailure) { return try Artifacts.readText(path) } catch { throw Failure("\(error)") }
      },
      reasonNotWritable: { path in obstacle(toWriting: path, makingFolders: true)?.reason },
      reasonFolderNotWritable: { path in obstacle(toWritingInFolder: path)?.reason },
      fileExists: { path in FileStatus(at: path) != nil },
      keptFit: { folder throws(Failure) in
        do throws(FileFailure) { return try FolderBackup.keptFit(inFolder: folder) } catch { throw Failure("\(error)") }
      },
      inspectModel: { path throws(Failure) in try inspectedModel(at: path, catalog: standardCatalog) })
  }
}
