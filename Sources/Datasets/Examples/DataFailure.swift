import Arrays
import Artifacts
import Diagnostics
import Lambdas
import Plans

/// What can be wrong with data once it is there.
package enum DataFailure: Error, Sendable, Equatable {
  case empty(String)
  /// Arrays of one data set with different numbers of examples, as `x: 10, y: 9`.
  case lengths([(name: String, count: Int)])
  case notANumber(array: String, row: Int)
  /// `row` is nil for a target alone.
  case label(Double, row: Int?, classCount: Int)
  /// A label that is no whole number.
  case fractionalLabel(Double, row: Int)
  /// `validation_split` that leaves nothing on one side.
  case split(fraction: Double, count: Int)
  case noClasses(String)
  /// Examples of one batch with these shapes.
  case shapes([Int], [Int])
  /// What needs an end, of data that has none.
  case endless(String)
  /// A pass that has fewer examples than the first.
  case otherPasses
  case file(path: String, reason: String)
  /// A function of the script, called by an operation with the element of that number.
  case function(String, index: Int, reason: String, at: SourceRange?)
  /// A file, or what it takes to read it.
  case reading(FileFailure)
  /// A picture of a folder that cannot be read; such are not left out.
  case picture(FileFailure)
  /// A picture that cannot be read, and looked whole when those that do not were left out.
  case changedPicture(FileFailure)
  /// More than memory can hold.
  case memory(String)

  /// The sentence the user is told.
  package var message: String {
    switch self {
    case .empty(let name): "\(name) holds no examples"
    case .lengths(let counts):
      "the arrays have different numbers of examples: \(counts.map { "\($0.name) \($0.count)" }.joined(separator: ", "))"
    case .notANumber(let array, let row): "\(array) holds a NaN in row \(row)"
    case .label(let label, let row, let classCount):
      "the target\(row.map { " in row \($0)" } ?? "") is class \(label.pythonLabel), but the classes are 0 to \(classCount - 1)"
    case .fractionalLabel(let label, let row): "the target in row \(row) is \(label.pythonLabel), but a class is a whole number"
    case .split(let fraction, let count):
      "`validation_split=\(fraction.pythonDescription)` of \(count) examples leaves none to "
        + (DataSpec.boundary(of: count, share: fraction) == 0 ? "train on" : "validate on")
    case .noClasses(let reason): "`class_weight` needs one class an example: \(reason)"
    case .shapes(let one, let other): "examples of the shapes \(one) and \(other) cannot be put into one batch"
    case .endless(let what): "\(what) needs data with an end, and this has none"
    case .otherPasses:
      "this pass has fewer examples than the first, since batches of several sizes were shuffled and cut: put `shuffle` behind `unbatch`"
    case .file(let path, let reason): "`\(path)`: \(reason)"
    case .reading(let failure): "\(failure)"
    case .picture(.missing(let tool, let package)), .changedPicture(.missing(let tool, let package)):
      "\(FileFailure.missing(tool: tool, package: package))"
    case .changedPicture(let failure): "\(failure); it looked whole when the data set was made"
    case .picture(let failure): "\(failure); with `on_error=\"skip\"` files that cannot be read are left out, and told"
    case .function(let operation, let index, let reason, _): "the function of `\(operation)` fails on element \(index): \(reason)"
    case .memory(let reason): reason
    }
  }

  /// The same as the catalog's functions report it.
  package var failure: Failure {
    if case .function(_, _, _, let range) = self { return Failure(message, at: range) }
    return Failure(message)
  }

  /// The same as expressions report it, by Python's names.
  var machineError: MachineError {
    switch self {
    case .file, .reading, .picture, .changedPicture: MachineError(.failure, message)
    case .memory: MachineError(.memory, message)
    default: MachineError(.value, message)
    }
  }

  package static func == (a: DataFailure, b: DataFailure) -> Bool { a.message == b.message }
}

extension Double {
  /// A label as it is written: `3` rather than `3.0`.
  fileprivate var pythonLabel: String {
    self == rounded() && magnitude < 1e15 ? String(Int(self)) : pythonDescription
  }
}
