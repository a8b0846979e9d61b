import Arrays
import Plans

/// The class of each file of a folder, as it is given with an example.
struct FolderLabels: Sendable {
  /// What class numbers become: int32, float32 [classes] with a one among zeros, or float32 [1] of 0 and 1.
  enum Form: String { case integer = "int", oneHot = "categorical", binary }

  let numbers: [Int32]
  let form: Form
  let classCount: Int

  /// Nil where the files have none, or none are asked for.
  init?(_ listing: FileListing, as form: Form?) {
    guard let form, let numbers = listing.labels else { return nil }
    self.numbers = numbers
    self.form = form
    classCount = listing.classNames?.count ?? 0
  }

  /// What is known of so many files with labels of a form before they are read.
  static func spec(count: Int, of input: TensorSpec, _ form: Form?, classCount: Int) -> DataSpec {
    let target: [TensorSpec] =
      switch form {
      case nil: []
      case .integer: [TensorSpec(Shape([]), .int32)]
      case .binary: [TensorSpec(Shape([1]), .float32)]
      case .oneHot: [TensorSpec(Shape([classCount]), .float32)]
      }
    return DataSpec(count: count, inputs: [input], targets: target, classCount: form == .integer ? classCount : nil)
  }

  /// Those of some files.
  func array(of rows: [Int]) -> NDArray {
    let labels = rows.map { Int(numbers[$0]) }
    switch form {
    case .integer: return NDArray(integers: labels, shape: [rows.count]).converted(to: .int32)
    case .binary: return NDArray(integers: labels, shape: [rows.count, 1]).converted(to: .float32)
    case .oneHot:
      var array = NDArray(.float32, shape: [rows.count, classCount])
      array.withMutableElements(as: Float.self) { elements in
        for (row, label) in labels.enumerated() { elements[row * classCount + label] = 1 }
      }
      return array
    }
  }
}
