import CKernels
import Testing

@Suite struct KernelsGatherTests {
  private func gathered<Stored>(
    _ level: String, _ stored: [Stored], _ element: train_element, rows: [Int32]?, first: Int64 = 0, count: Int, columns: Int,
    scale: Float = 1, offset: Float = 0
  ) -> [Float] {
    let output = Memory(count: count * columns)
    withUnsafePointer(to: first) { first in
      (rows ?? []).withUnsafeBufferPointer { numbers in
        stored.withUnsafeBytes { bytes in
          run(
            kernels(level).gather,
            train_gather(
              output: output.pointer, stored: bytes.baseAddress, rows: rows == nil ? nil : numbers.baseAddress, first: first,
              count: Int64(count), columns: Int64(columns), rows_per_piece: 2, element: Int32(element.rawValue), scale: scale,
              offset: offset, rows_after: nil, count_after: 0),
            pieces: train_pieces(Int64(count), 2))
        }
      }
    }
    #expect(output.isMarginIntact)
    return output.values
  }

  @Test("Chosen rows of every stored type become floats", arguments: kernelLevels)
  func types(level: String) {
    let rows: [Int32] = [4, 0, 3, 3, 1]
    for columns in awkwardSizes {
      let small = (0..<5 * columns).map { $0 % 101 }
      let expected = rows.flatMap { row in (0..<columns).map { Float(small[Int(row) * columns + $0]) } }
      let cases: [[Float]] = [
        gathered(level, small.map { Float($0) }, TRAIN_FLOAT32, rows: rows, count: 5, columns: columns),
        gathered(level, small.map { Double($0) }, TRAIN_FLOAT64, rows: rows, count: 5, columns: columns),
        gathered(level, small.map { UInt8($0) }, TRAIN_UINT8, rows: rows, count: 5, columns: columns),
        gathered(level, small.map { Int8($0) }, TRAIN_INT8, rows: rows, count: 5, columns: columns),
        gathered(level, small.map { Int32($0) }, TRAIN_INT32, rows: rows, count: 5, columns: columns),
        gathered(level, small.map { Int64($0) }, TRAIN_INT64, rows: rows, count: 5, columns: columns),
      ]
      for found in cases { #expect(found == expected) }
    }
    #expect(gathered(level, [true, false, true], TRAIN_BOOL, rows: [2, 1], count: 2, columns: 1) == [1, 0])
    #expect(gathered(level, [UInt8(255), 200], TRAIN_UINT8, rows: [1, 0], count: 2, columns: 1) == [200, 255])
  }

  @Test("Rows in a line need no numbers, and values can be rescaled", arguments: kernelLevels)
  func consecutive(level: String) {
    let stored = (0..<6 * 17).map { UInt8($0) }
    let found = gathered(level, stored, TRAIN_UINT8, rows: nil, first: 2, count: 3, columns: 17, scale: 1 / 255, offset: -0.5)
    let expected = (2 * 17..<5 * 17).map { Double($0) * Double(Float(1) / 255) - 0.5 }
    expectAgreement(found, expected, "rescaled rows")
  }

  @Test("Labels become class numbers; what does not fit becomes −1", arguments: kernelLevels)
  func labels(level: String) {
    func labels<Stored>(_ stored: [Stored], _ element: train_element) -> [Int32] {
      let output = Memory<Int32>([Int32](repeating: 7, count: 3))
      stored.withUnsafeBytes { bytes in
        ([2, 0, 1] as [Int32]).withUnsafeBufferPointer { rows in
          run(
            kernels(level).gather_labels,
            train_gather_labels(
              output: output.pointer, stored: bytes.baseAddress, rows: rows.baseAddress, first: nil, count: 3, columns: 1,
              rows_per_piece: 2, element: Int32(element.rawValue)),
            pieces: 2)
        }
      }
      #expect(output.isMarginIntact)
      return output.values
    }
    #expect(labels([UInt8(1), 255, 9], TRAIN_UINT8) == [9, 1, 255])
    #expect(labels([Int32(1), -2, 9], TRAIN_INT32) == [9, 1, -2])
    #expect(labels([Int64(1), 1 << 40, 9], TRAIN_INT64) == [9, 1, -1])
    #expect(labels([Float(1.75), .nan, 9], TRAIN_FLOAT32) == [9, 1, -1])
    #expect(labels([1.75, -1e300, 9], TRAIN_FLOAT64) == [9, 1, -1])
  }
}
