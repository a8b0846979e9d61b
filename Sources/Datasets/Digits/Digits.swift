import Arrays
import Lambdas
import Plans

/// `load_digits()`: real scanned digits, unpacked from the binary.
package enum Digits {
  static let size = 8
  static let signature = Signature(
    "load_digits", "1,797 real scans of handwritten digits, 8×8 pixels from 0 to 16, that ship inside the program.", [],
    example: "digits = load_digits()")

  /// What the catalog says of it.
  static let entry = Entry(
    .dataset, signature,
    .function(
      FunctionTraits(
        forecast: { _ throws(Failure) in .data(spec(of: all.count), parts: parts.mapValues { spec(of: $0.count) }) },
        call: { _ throws(Failure) in .object(try object()) })))

  /// The data set in the collectors' order, with its parts `train` and `test`: 1,437 and 360 scans.
  ///
  /// x is float32 [count, 8, 8] from 0 to 16, y int64 [count].
  package static func object() throws(Failure) -> DataObject {
    do {
      let parts: [(String, DataObject)] = try self.parts.map { ($0, try examples($1).object) }
      let whole = try examples(all)
      return DataObject(spec: whole.spec, parts: Dictionary(uniqueKeysWithValues: parts), examples: whole)
    } catch let failure as DataFailure {
      throw failure.failure
    } catch {
      throw Failure("\(error)")
    }
  }

  private static let all = Array(0..<DigitScans.count)

  private static let parts = BundledSplit(DigitScans.order, trainingCount: DigitScans.trainingCount).parts

  private static func spec(of count: Int) -> DataSpec {
    DataSpec(
      count: count, inputs: [TensorSpec(Shape([size, size]))], targets: [TensorSpec(Shape([]), .int64)], classCount: 10)
  }

  private static func examples(_ scans: [Int]) throws(DataFailure) -> Dataset {
    let ink = unpackedInk
    let area = size * size
    var x = NDArray(.float32, shape: [scans.count, size, size])
    x.withMutableElements(as: Float.self) { x in
      for (row, scan) in scans.enumerated() {
        for pixel in 0..<area { x[row * area + pixel] = Float(ink[scan * area + pixel]) }
      }
    }
    var y = NDArray(.int64, shape: [scans.count])
    y.withMutableElements(as: Int64.self) { y in
      DigitScans.labels.withUTF8Buffer { labels in
        for (row, scan) in scans.enumerated() { y[row] = Int64(labels[scan] - UInt8(ascii: "0")) }
      }
    }
    return try Dataset(inputs: [x], targets: [y], classCount: 10)
  }

  /// The ink of all pixels of all scans.
  private static var unpackedInk: [UInt8] {
    var ink: [UInt8] = []
    ink.reserveCapacity(DigitScans.count * size * size)
    DigitScans.pixels.withUTF8Buffer { text in
      for letter in text {
        if letter >= UInt8(ascii: "a") {
          ink.append(contentsOf: repeatElement(0, count: Int(letter - UInt8(ascii: "a")) + 1))
        } else {
          ink.append(letter - UInt8(ascii: "A") + 1)
        }
      }
    }
    return ink
  }
}
