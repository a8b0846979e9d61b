import Arrays
import Artifacts
import Lambdas
import Plans

/// The images of a folder, decoded and resized when they are asked for.
///
/// An example is float32 [height, width, channels], from 0 to 255, and its label: int32, or float32 [1], or float32 [classes].
final class ImageFolder: BatchingSource {
  /// What images become.
  struct Form {
    var height: Int
    var width: Int
    var color: ColorMode
    var interpolation: Interpolation
    var aspectRatio: AspectRatio

    var shape: [Int] { [height, width, color.channels] }
  }

  let spec: DataSpec
  private let folder: String
  private let listing: FileListing
  private let labels: FolderLabels?
  private let form: Form
  private let remarks: Remarks
  /// Whether files that cannot be read were looked for and left out.
  private let leavesOut: Bool
  /// The memory of batches that nobody needs any more.
  private let pool = ArrayPool()

  /// What is passed over in a file is told to `remarks`.
  init(
    _ listing: FileListing, of folder: String, as form: Form, labels labelForm: FolderLabels.Form?, leavesOut: Bool = false,
    remarks: Remarks = Remarks()
  ) {
    self.remarks = remarks
    self.leavesOut = leavesOut
    self.listing = listing
    self.folder = folder
    self.form = form
    labels = FolderLabels(listing, as: labelForm)
    spec = Self.spec(count: listing.paths.count, form, labels: labelForm, classCount: listing.classNames?.count ?? 0)
  }

  static func spec(count: Int, _ form: Form, labels: FolderLabels.Form?, classCount: Int) -> DataSpec {
    let image = TensorSpec(Shape(form.shape.map { $0 }), .float32)
    var spec = FolderLabels.spec(count: count, of: image, labels, classCount: classCount)
    spec.arePixels = true
    return spec
  }

  var count: Int? { listing.paths.count }
  /// Asks the disk for the size of each file, so only who needs it asks.
  var fingerprint: String { "\(listing.digest(within: folder)) \(form)" }

  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try makeBatch(of: [index], inPass: pass).alone()
  }

  func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    var images = NDArray(.float32, shape: [rows.count] + form.shape, unsetOf: pool)
    let size = form.shape.reduce(1, *)
    var failure: FileFailure?
    images.withMutableElements(as: Float.self) { elements in
      let loader = ImageLoader()
      do throws(FileFailure) {
        for (place, row) in rows.enumerated() {
          let warning = try loader.load(
            listing.paths[row], as: form.color, height: form.height, width: form.width, by: form.interpolation,
            keeping: form.aspectRatio,
            into: UnsafeMutableBufferPointer(rebasing: elements[place * size..<(place + 1) * size]))
          if let warning { remarks.add("`\(listing.paths[row])` is damaged: \(warning)") }
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw leavesOut ? .changedPicture(failure) : .picture(failure) }
    return Element(inputs: [images], targets: labels.map { [$0.array(of: rows)] } ?? [])
  }
}
