import Artifacts
import Plans

/// `text_dataset_from_directory(…)`: batches of texts with the classes that their folders are, as Keras's function of that name gives.
///
/// Files are listed and split as those of `image_dataset_from_directory`.
enum TextFolderEntry {
  private static let batchSize = FolderParameters.batchSize("texts")
  private static let shuffle = FolderParameters.shuffle("texts")
  private static let maxLength = Parameter<Int?>.optional(
    Parameter<Int>("max_length", "how many bytes of each file are taken, less those that cut a character; none takes all", min: 1)
  )

  /// As much of a file is looked at before anything is trained.
  private static let beginning = 1 << 12

  private static let kind = FolderCall.Kind(
    name: "text_dataset_from_directory", things: "texts", endings: [".txt"],
    defects: { paths in
      paths.map { path in
        do throws(FileFailure) { _ = try readText(path) } catch { return error.reason }
        return nil
      }
    },
    checkBeginning: { path throws(DataFailure) in
      do throws(FileFailure) { _ = try readText(path, byteLimit: beginning) } catch { throw .reading(error) }
    },
    source: { listing, arguments, labels, _ in
      TextFolder(listing, of: arguments[FolderParameters.folder], labels: labels, lengthLimit: arguments[maxLength])
    },
    spec: { count, _, labels, classCount in TextFolder.spec(count: count, labels: labels, classCount: classCount) })

  static let entry = FolderCall.entry(
    kind,
    Signature(
      kind.name, "Batches of the texts in a folder, with a class a subfolder.",
      [
        FolderParameters.folder.description, FolderParameters.labels.description, FolderParameters.labelMode.description,
        FolderParameters.classNames.description, batchSize.description, maxLength.description, shuffle.description,
        FolderParameters.seed.description, FolderParameters.validationSplit.description, FolderParameters.subset.description,
        FolderParameters.followsLinks.description, FolderParameters.verbose.description, FolderParameters.onError.description,
      ],
      example: "data = text_dataset_from_directory(\"reviews\", batch_size=16)"))
}
