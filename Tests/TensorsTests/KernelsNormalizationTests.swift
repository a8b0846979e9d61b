import CKernels
import Testing

@Suite struct KernelsNormalizationTests {
  /// Batch normalisation of one channel in double: output, and the gradients of input, gamma and beta.
  private struct Reference {
    var output, inputGradient: [Double]
    var gamma, beta, mean, variance: Double

    init(_ x: [Double], _ dy: [Double], gamma: Double, beta: Double, epsilon: Double) {
      let count = Double(x.count)
      let mean = x.reduce(0, +) / count
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      let inverse = 1 / (variance + epsilon).squareRoot()
      let hat = x.map { ($0 - mean) * inverse }
      let sum = dy.reduce(0, +), product = zip(dy, hat).reduce(0) { $0 + $1.0 * $1.1 }
      (self.mean, self.variance, self.gamma, self.beta) = (mean, variance, product, sum)
      output = hat.map { $0 * gamma + beta }
      inputGradient = zip(dy, hat).map { gamma * inverse * ($0 - sum / count - $1 * product / count) }
    }
  }

  @Test("Batch normalisation, forward and back, with its moving averages", arguments: kernelLevels)
  func batchNormalization(level: String) {
    let table = kernels(level)
    var numbers = TestNumbers(13)
    for (rows, channels) in [(1, 1), (5, 3), (32, 16), (33, 17), (100, 33)] {
      let perPiece: Int64 = 13, pieces = train_pieces(Int64(rows), perPiece), epsilon: Float = 1e-3
      let x = Memory(numbers.array(rows * channels, in: 9...11)), dy = Memory(numbers.array(rows * channels))
      let gamma = Memory(numbers.array(channels)), beta = Memory(numbers.array(channels))
      let partials = Memory(count: Int(pieces) * 2 * channels), sums = Memory(count: 2 * channels)
      let mean = Memory(count: channels), variance = Memory(count: channels)
      let movingMean = Memory([Float](repeating: 2, count: channels))
      let movingVariance = Memory([Float](repeating: 3, count: channels))
      let output = Memory(count: rows * channels), dx = Memory(count: rows * channels)
      run(
        table.batch_statistics,
        train_batch_statistics(
          partials: partials.pointer, input: x.pointer, rows: Int64(rows), channels: Int64(channels), rows_per_piece: perPiece),
        pieces: pieces)
      run(
        table.merge_statistics,
        train_merge_statistics(
          mean: mean.pointer, variance: variance.pointer, moving_mean: movingMean.pointer,
          moving_variance: movingVariance.pointer, partials: partials.pointer, rows: Int64(rows), channels: Int64(channels),
          rows_per_piece: perPiece, momentum: 0.9))
      run(
        table.normalize,
        train_normalize(
          output: output.pointer, input: x.pointer, mean: mean.pointer, variance: variance.pointer, gamma: gamma.pointer,
          beta: beta.pointer, rows: Int64(rows), channels: Int64(channels), rows_per_piece: perPiece, epsilon: epsilon),
        pieces: pieces)
      run(
        table.normalize_gradient_sums,
        train_normalize_gradient_sums(
          partials: partials.pointer, input: x.pointer, output_gradient: dy.pointer, mean: mean.pointer,
          variance: variance.pointer, rows: Int64(rows), channels: Int64(channels), rows_per_piece: perPiece, epsilon: epsilon),
        pieces: pieces)
      run(
        table.merge,
        train_merge(
          output: sums.pointer, parts: partials.pointer, count: Int64(pieces), stride: Int64(2 * channels),
          length: Int64(2 * channels), per_piece: Int64(2 * channels), scale: 1, accumulate: 0))
      run(
        table.normalize_gradient,
        train_normalize_gradient(
          input_gradient: dx.pointer, input: x.pointer, output_gradient: dy.pointer, mean: mean.pointer,
          variance: variance.pointer, gamma: gamma.pointer, sums: sums.pointer, rows: Int64(rows), channels: Int64(channels),
          rows_per_piece: perPiece, epsilon: epsilon),
        pieces: pieces)
      for c in 0..<channels {
        func column(_ values: [Float]) -> [Double] { (0..<rows).map { Double(values[$0 * channels + c]) } }
        let expected = Reference(
          column(x.values), column(dy.values), gamma: Double(gamma.pointer[c]), beta: Double(beta.pointer[c]),
          epsilon: Double(epsilon))
        let comment = "channel \(c) of \(rows)×\(channels)"
        expectAgreement([mean.pointer[c]], [expected.mean], comment)
        expectAgreement([variance.pointer[c]], [expected.variance], relative: 1e-4, comment)
        expectAgreement([movingMean.pointer[c]], [2 * 0.9 + expected.mean * 0.1], comment)
        expectAgreement([movingVariance.pointer[c]], [3 * 0.9 + expected.variance * 0.1], comment)
        expectAgreement(column(output.values).map { Float($0) }, expected.output, relative: 1e-4, absolute: 1e-5, comment)
        expectAgreement(column(dx.values).map { Float($0) }, expected.inputGradient, relative: 1e-3, absolute: 2e-4, comment)
        expectAgreement([sums.pointer[c], sums.pointer[channels + c]], [expected.beta, expected.gamma], absolute: 2e-4, comment)
      }
      #expect(output.isMarginIntact && dx.isMarginIntact && partials.isMarginIntact && mean.isMarginIntact)
    }
  }

  @Test("Normalisation of rows far from 0, forward and back", arguments: kernelLevels)
  func rowNormalization(level: String) {
    let table = kernels(level)
    var numbers = TestNumbers(14)
    for (rows, columns) in [(1, 1), (5, 3), (3, 16), (4, 33), (7, 100)] {
      let perPiece: Int64 = 2, pieces = train_pieces(Int64(rows), perPiece), epsilon: Float = 1e-3
      let x = Memory(numbers.array(rows * columns, in: 999...1001)), dy = Memory(numbers.array(rows * columns))
      let gamma = Memory(numbers.array(columns)), beta = Memory(numbers.array(columns))
      let output = Memory(count: rows * columns), dx = Memory(count: rows * columns)
      let partials = Memory(count: Int(pieces) * 2 * columns)
      run(
        table.normalize_rows,
        train_normalize_rows(
          output: output.pointer, input: x.pointer, gamma: gamma.pointer, beta: beta.pointer, rows: Int64(rows),
          columns: Int64(columns), rows_per_piece: perPiece, epsilon: epsilon, centred: 1),
        pieces: pieces)
      run(
        table.normalize_rows_gradient,
        train_normalize_rows_gradient(
          input_gradient: dx.pointer, input: x.pointer, output_gradient: dy.pointer, gamma: gamma.pointer, rows: Int64(rows),
          columns: Int64(columns), rows_per_piece: perPiece, epsilon: epsilon, centred: 1),
        pieces: pieces)
      run(
        table.normalize_rows_gradient_sums,
        train_normalize_rows_gradient_sums(
          partials: partials.pointer, input: x.pointer, output_gradient: dy.pointer, rows: Int64(rows), columns: Int64(columns),
          rows_per_piece: perPiece, epsilon: epsilon, centred: 1),
        pieces: pieces)
      for r in 0..<rows {
        func row(_ values: [Float]) -> [Double] { values[(r * columns)..<((r + 1) * columns)].map(Double.init) }
        let h = zip(row(dy.values), gamma.values).map { $0 * Double($1) }
        let expected = Reference(row(x.values), h, gamma: 1, beta: 0, epsilon: Double(epsilon))
        let scaled = expected.output.enumerated().map { $1 * Double(gamma.pointer[$0]) + Double(beta.pointer[$0]) }
        let comment = "row \(r) of \(rows)×\(columns)"
        expectAgreement(row(output.values).map { Float($0) }, scaled, relative: 1e-3, absolute: 1e-3, comment)
        expectAgreement(row(dx.values).map { Float($0) }, expected.inputGradient, relative: 1e-3, absolute: 2e-3, comment)
      }
      let betas = (0..<columns).map { c in (0..<rows).reduce(0) { $0 + Double(dy.pointer[$1 * columns + c]) } }
      let found = (0..<columns).map { c in
        (0..<Int(pieces)).reduce(Float(0)) { $0 + partials.pointer[$1 * 2 * columns + columns + c] }
      }
      expectAgreement(found, betas, relative: 1e-5, absolute: 1e-5, "the sums of \(rows)×\(columns)")
      #expect(output.isMarginIntact && dx.isMarginIntact && partials.isMarginIntact)
    }
  }

  @Test("Dropout follows its counters, keeps its share and remembers what it kept", arguments: kernelLevels)
  func dropout(level: String) {
    let table = kernels(level)
    for (rows, columns) in [(1, 1), (3, 7), (4, 64), (5, 67), (2, 130)] {
      let maskRow = (columns + 7) / 8
      let seed: UInt64 = 0x0123_4567_89AB_CDEF, rate: Float = 0.3
      var step: UInt64 = 5 << 32 | 9
      let x = Memory([Float](repeating: 2, count: rows * columns)), output = Memory(count: rows * columns)
      let gradient = Memory(count: rows * columns)
      let mask = Memory<UInt8>([UInt8](repeating: 0, count: rows * maskRow), guardedBy: 170)
      for perPiece in [Int64(1), 4] {
        withUnsafePointer(to: &step) { step in
          run(
            table.dropout,
            train_dropout(
              output: output.pointer, input: x.pointer, mask: mask.pointer, step: step, seed: seed, stream: 77, rate: rate,
              rows: Int64(rows), columns: Int64(columns), rows_per_piece: perPiece, first_row: 10),
            pieces: train_pieces(Int64(rows), perPiece))
        }
        run(
          table.dropout_gradient,
          train_dropout_gradient(
            input_gradient: gradient.pointer, output_gradient: output.pointer, mask: mask.pointer, rate: rate, rows: Int64(rows),
            columns: Int64(columns), rows_per_piece: perPiece),
          pieces: train_pieces(Int64(rows), perPiece))
        for r in 0..<rows {
          for c in 0..<columns {
            let counter = [UInt32(c / 4), UInt32(10 + r), UInt32(9), UInt32(77) ^ (5 &* 0x9E37_79B9)]
            var block: [UInt32] = [0, 0, 0, 0]
            train_philox(counter, [UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)], &block)
            let keeps = train_uniform(block[c % 4]) >= rate
            let found = output.pointer[r * columns + c]
            #expect(keeps ? agree(found, 2 / 0.7) : found == 0)
            #expect((mask.pointer[r * maskRow + c / 8] >> UInt8(c % 8)) & 1 == (keeps ? 1 : 0))
            #expect(keeps ? agree(gradient.pointer[r * columns + c], 2 / 0.49) : gradient.pointer[r * columns + c] == 0)
          }
        }
        #expect(output.isMarginIntact && mask.isMarginIntact && gradient.isMarginIntact)
      }
    }
  }
}
