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

  /// What labels become.
  enum LabelForm: String { case integer = "int", oneHot = "categorical", binary }

  let spec: DataSpec
  private let folder: String
  private let listing: FileListing
  private let labels: (numbers: [Int32], form: LabelForm)?
  private let form: Form
  private let classCount: Int
  private let remarks: Remarks
  /// Whether files that cannot be read were looked for and left out.
  private let leavesOut: Bool
  /// The memory of batches that nobody needs any more.
  private let pool = ArrayPool()

  /// What is passed over in a file is told to `remarks`.
  init(
    _ listing: FileListing, of folder: String, as form: Form, labels labelForm: LabelForm?, leavesOut: Bool = false,
    remarks: Remarks = Remarks()
  ) {
    self.remarks = remarks
    self.leavesOut = leavesOut
    self.listing = listing
    self.folder = folder
    self.form = form
    classCount = listing.classNames?.count ?? 0
    labels = listing.labels.flatMap { numbers in labelForm.map { (numbers, $0) } }
    spec = Self.spec(count: listing.paths.count, form, labels: labels?.form, classCount: classCount)
  }

  static func spec(count: Int, _ form: Form, labels: LabelForm?, classCount: Int) -> DataSpec {
    let image = TensorSpec(Shape(form.shape.map { $0 }), .float32)
    let target =
      switch labels {
      case nil: [TensorSpec]()
      case .integer: [TensorSpec(Shape([]), .int32)]
      case .binary: [TensorSpec(Shape([1]), .float32)]
      case .oneHot: [TensorSpec(Shape([classCount]), .float32)]
      }
    var spec = DataSpec(count: count, inputs: [image], targets: target, classCount: labels == .integer ? classCount : nil)
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
    if let failure { throw leavesOut ? .reading(failure) : .picture(failure) }
    return Element(inputs: [images], targets: targets(rows))
  }

  private func targets(_ rows: [Int]) -> [NDArray] {
    guard let (numbers, form) = labels else { return [] }
    let labels = rows.map { Int(numbers[$0]) }
    switch form {
    case .integer: return [NDArray(integers: labels, shape: [rows.count]).converted(to: .int32)]
    case .binary: return [NDArray(integers: labels, shape: [rows.count, 1]).converted(to: .float32)]
    case .oneHot:
      var array = NDArray(.float32, shape: [rows.count, classCount])
      array.withMutableElements(as: Float.self) { elements in
        for (row, label) in labels.enumerated() { elements[row * classCount + label] = 1 }
      }
      return [array]
    }
  }
}
