import Arrays
import Artifacts
import Plans

/// The texts of a folder, read when they are asked for, and their labels.
final class TextFolder: BatchingSource {
  let spec: DataSpec
  private let folder: String
  private let listing: FileListing
  private let labels: FolderLabels?
  /// How many bytes of each file are taken.
  private let lengthLimit: Int?

  init(_ listing: FileListing, of folder: String, labels form: FolderLabels.Form?, lengthLimit: Int? = nil) {
    self.listing = listing
    self.folder = folder
    self.lengthLimit = lengthLimit
    labels = FolderLabels(listing, as: form)
    spec = Self.spec(count: listing.paths.count, labels: form, classCount: listing.classNames?.count ?? 0)
  }

  /// A text an example.
  static func spec(count: Int, labels: FolderLabels.Form?, classCount: Int) -> DataSpec {
    FolderLabels.spec(count: count, of: TensorSpec(Shape([]), .string), labels, classCount: classCount)
  }

  var count: Int? { listing.paths.count }
  var fingerprint: String { "\(listing.digest(within: folder)) texts\(lengthLimit.map { " of \($0)" } ?? "")" }

  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try makeBatch(of: [index], inPass: pass).alone()
  }

  func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    var texts: [String] = []
    do throws(FileFailure) {
      for row in rows { texts.append(try readText(listing.paths[row], byteLimit: lengthLimit)) }
    } catch {
      throw .reading(error)
    }
    return Element(inputs: [NDArray(texts: texts, shape: [rows.count])], targets: labels.map { [$0.array(of: rows)] } ?? [])
  }
}
