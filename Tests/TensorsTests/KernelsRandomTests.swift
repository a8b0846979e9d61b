import CKernels
import Testing

@Suite struct KernelsRandomTests {
  @Test("Philox gives the published known answers")
  func knownAnswers() {
    let answers: [(counter: [UInt32], key: [UInt32], block: [UInt32])] = [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [.max, .max, .max, .max], [.max, .max], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ]
    for answer in answers {
      var block: [UInt32] = [0, 0, 0, 0]
      train_philox(answer.counter, answer.key, &block)
      #expect(block == answer.block)
    }
  }

  private func filled(
    _ distribution: train_distribution, _ a: Double, _ b: Double, count: Int, first: UInt64 = 0, seed: UInt64 = 1,
    stream: UInt32 = 2, perPiece: Int = 100
  ) -> [Float] {
    let output = Memory(count: count)
    run(
      train_random_fill_run,
      train_random_fill(
        output: output.pointer, count: Int64(count), per_piece: Int64(perPiece), first: first, seed: seed, stream: stream,
        distribution: Int32(distribution.rawValue), a: a, b: b),
      pieces: train_pieces(Int64(count), Int64(perPiece)))
    #expect(output.isMarginIntact)
    return output.values
  }

  @Test(
    "A number depends on its place and stream, not on pieces", arguments: [TRAIN_UNIFORM, TRAIN_NORMAL, TRAIN_TRUNCATED_NORMAL])
  func places(distribution: train_distribution) {
    let whole = filled(distribution, 0, 1, count: 103)
    #expect(filled(distribution, 0, 1, count: 103, perPiece: 7) == whole)
    #expect(filled(distribution, 0, 1, count: 50, first: 53) == Array(whole[53...]))
    #expect(filled(distribution, 0, 1, count: 103, stream: 3) != whole)
    #expect(filled(distribution, 0, 1, count: 103, seed: 1 << 40) != whole)
  }

  @Test("Distributions have their moments and limits")
  func moments() {
    func check(_ values: [Float], mean: Double, deviation: Double) {
      let count = Double(values.count)
      let found = values.reduce(0) { $0 + Double($1) } / count
      let square = values.reduce(0) { $0 + (Double($1) - found) * (Double($1) - found) } / count
      #expect(abs(found - mean) < 0.02 && abs(square.squareRoot() - deviation) < 0.02)
    }
    let uniform = filled(TRAIN_UNIFORM, -1, 3, count: 40_000)
    #expect(uniform.allSatisfy { $0 >= -1 && $0 < 3 })
    check(uniform.map { $0 / 4 }, mean: 0.25, deviation: (1.0 / 12).squareRoot())
    let normal = filled(TRAIN_NORMAL, 0.5, 1, count: 40_000)
    check(normal, mean: 0.5, deviation: 1)
    let share = Double(normal.filter { abs($0 - 0.5) < 1 }.count) / 40_000
    #expect(abs(share - 0.6827) < 0.01)
    let truncated = filled(TRAIN_TRUNCATED_NORMAL, 0, 1, count: 40_000)
    #expect(truncated.allSatisfy { abs($0) <= 2 })
    check(truncated, mean: 0, deviation: 0.87962566103423978)
  }

  @Test("Noise belongs to its place in the batch, and has its moments", arguments: kernelLevels)
  func noise(level: String) {
    func drawn(_ distribution: train_distribution, _ rows: Int, _ columns: Int, step: UInt64 = 3, perPiece: Int = 2) -> [Float] {
      let output = Memory(count: rows * columns)
      withUnsafePointer(to: step) { step in
        let arguments = train_random_rows(
          output: output.pointer, step: step, seed: 77, rows: Int64(rows), columns: Int64(columns),
          rows_per_piece: Int64(perPiece), distribution: Int32(distribution.rawValue))
        run(kernels(level).random_rows, arguments, pieces: train_pieces(Int64(rows), Int64(perPiece)))
      }
      #expect(output.isMarginIntact)
      return output.values
    }
    for columns in awkwardSizes {
      #expect(drawn(TRAIN_NORMAL, 3, columns, perPiece: 1) == drawn(TRAIN_NORMAL, 3, columns, perPiece: 3))
      var block: [UInt32] = [0, 0, 0, 0]
      for (index, value) in drawn(TRAIN_UNIFORM, 2, columns).enumerated() {
        let (row, column) = (index / columns, index % columns)
        train_philox([UInt32(column / 4), UInt32(row), 3, 0], [77, 0], &block)
        #expect(value == train_uniform(block[column % 4]))
      }
    }
    #expect(drawn(TRAIN_UNIFORM, 2, 9) != drawn(TRAIN_UNIFORM, 2, 9, step: 1 << 40))
    let normal = drawn(TRAIN_NORMAL, 200, 200).map(Double.init)
    let mean = normal.reduce(0, +) / 40_000
    let square = normal.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000
    #expect(abs(mean) < 0.02 && abs(square - 1) < 0.03)
    #expect(abs(Double(normal.filter { abs($0) < 1 }.count) / 40_000 - 0.6827) < 0.01)
  }

  @Test("A permutation holds every number once and belongs to its pass")
  func permutation() {
    func permutation(_ count: Int, pass: UInt32) -> [Int32] {
      var output = [Int32](repeating: -1, count: count)
      train_random_permutation(&output, Int32(count), 42, 1, pass)
      return output
    }
    for count in [0, 1, 2, 3, 1000] {
      #expect(permutation(count, pass: 0).sorted() == (0..<Int32(count)).map { $0 })
    }
    #expect(permutation(1000, pass: 0) != permutation(1000, pass: 1))
    #expect(permutation(1000, pass: 1) == permutation(1000, pass: 1))
    // Each of the six orders of three comes up about as often as any other.
    var counts: [[Int32]: Int] = [:]
    for pass in 0..<3000 { counts[permutation(3, pass: UInt32(pass)), default: 0] += 1 }
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 500) < 100 })
  }
}
