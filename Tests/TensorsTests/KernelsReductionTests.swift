import CKernels
import Glibc
import Testing

@Suite struct KernelsReductionTests {
  private func reduced(
    _ level: String, _ kind: train_reduction_kind, _ input: [Float], _ outer: Int, _ middle: Int, _ inner: Int,
    adding start: Float? = nil
  ) -> [Float] {
    var table = kernels(level)
    let input = Memory(input)
    let output = Memory([Float](repeating: start ?? 77, count: outer * inner))
    run(
      train_reduction_kernel(&table, kind),
      train_reduction(
        output: output.pointer, input: input.pointer, outer: Int64(outer), middle: Int64(middle), inner: Int64(inner),
        outer_per_piece: 2, inner_per_piece: 32, accumulate: start == nil ? 0 : 1),
      pieces: train_pieces(Int64(outer), 2) * train_pieces(Int64(inner), 32))
    #expect(output.isMarginIntact)
    return output.values
  }

  @Test("Sums, means, extremes and products along any axis", arguments: kernelLevels)
  func axes(level: String) {
    var numbers = TestNumbers(5)
    let kinds: [(train_reduction_kind, ([Double]) -> Double)] = [
      (TRAIN_SUM, { $0.reduce(0, +) }), (TRAIN_MEAN, { $0.reduce(0, +) / Double($0.count) }),
      (TRAIN_MAX, { $0.max() ?? -.infinity }), (TRAIN_MIN, { $0.min() ?? .infinity }), (TRAIN_PRODUCT, { $0.reduce(1, *) }),
    ]
    for (kind, reference) in kinds {
      for middle in awkwardSizes + [130] {
        for (outer, inner) in [(1, 1), (3, 1), (1, 7), (2, 17), (3, 33)] {
          let input = numbers.array(outer * middle * inner, in: 0.5...1.5)
          var expected: [Double] = []
          for o in 0..<outer {
            for i in 0..<inner { expected.append(reference((0..<middle).map { Double(input[(o * middle + $0) * inner + i]) })) }
          }
          expectAgreement(
            reduced(level, kind, input, outer, middle, inner), expected, relative: 1e-5, "\(kind) of \(outer)×\(middle)×\(inner)")
        }
      }
    }
    #expect(reduced(level, TRAIN_SUM, [1, 2, 3, 4], 1, 2, 2, adding: 10) == [14, 16])
    #expect(reduced(level, TRAIN_MAX, [1, .nan, 3], 1, 3, 1)[0].isNaN)
    #expect(reduced(level, TRAIN_MIN, [1, 5, .nan, 3], 1, 2, 2)[0].isNaN)
  }

  @Test("A long column is summed in blocks and loses little", arguments: kernelLevels)
  func longColumn(level: String) {
    let rows = 100_000
    let found = reduced(level, TRAIN_SUM, [Float](repeating: 0.1, count: rows * 2), 1, rows, 2)
    expectAgreement(found, [Double](repeating: Double(Float(0.1)) * Double(rows), count: 2), relative: 2e-5, "sum of 100,000")
  }

  @Test("The place of the largest is the first such place", arguments: kernelLevels)
  func largest(level: String) {
    var numbers = TestNumbers(6)
    for columns in awkwardSizes where columns > 0 {
      var input = numbers.array(4 * columns)
      input[columns - 1] = 5  // the last of row 0
      input[columns] = 7  // the first of row 1, and once more
      input[2 * columns - 1] = 7
      input[2 * columns + columns / 2] = .nan
      let memory = Memory(input), output = Memory<Int32>([0, 0, 0, 0])
      run(
        kernels(level).argmax,
        train_argmax(output: output.pointer, input: memory.pointer, rows: 4, columns: Int64(columns), rows_per_piece: 3),
        pieces: 2)
      let last = input[(3 * columns)...]
      let expected = [columns - 1, 0, columns / 2, last.firstIndex(of: last.max() ?? 0).map { $0 - 3 * columns } ?? -1]
      #expect(output.values == expected.map { Int32($0) })
    }
  }

  @Test("Shards meet in one tree", arguments: kernelLevels)
  func merging(level: String) {
    var numbers = TestNumbers(7)
    for count in [1, 2, 3, 5, 8, 64] {
      for length in awkwardSizes {
        let parts = Memory(numbers.array(count * (length + 3)))
        let output = Memory([Float](repeating: 1, count: length))
        run(
          kernels(level).merge,
          train_merge(
            output: output.pointer, parts: parts.pointer, count: Int64(count), stride: Int64(length + 3), length: Int64(length),
            per_piece: 20, scale: 0.5, accumulate: 1),
          pieces: train_pieces(Int64(length), 20))
        let expected = (0..<length).map { i in
          1 + 0.5 * (0..<count).map { Double(parts.pointer[$0 * (length + 3) + i]) }.reduce(0, +)
        }
        expectAgreement(output.values, expected, absolute: 2e-6, "merge of \(count) × \(length)")
        #expect(output.isMarginIntact)
      }
    }
  }

  @Test("Sums in double", arguments: kernelLevels)
  func doubles(level: String) {
    let table = kernels(level)
    var numbers = TestNumbers(8)
    for size in awkwardSizes {
      let input = Memory(numbers.array(size)), weights = Memory(numbers.array(size, in: 0...2))
      let pieces = train_pieces(Int64(size), 20)
      var partials = [Double](repeating: 0, count: 8)
      var total = 100.0, state = [1.0, 2.0]
      for squares in [Int32(0), 1] {
        partials.withUnsafeMutableBufferPointer { partials in
          run(
            table.sum_to_double,
            train_sum_to_double(
              partials: partials.baseAddress, input: input.pointer, count: Int64(size), per_piece: 20, squares: squares),
            pieces: pieces)
          withUnsafeMutablePointer(to: &total) { total in
            run(
              table.merge_doubles,
              train_merge_doubles(output: total, partials: partials.baseAddress, count: Int64(pieces), accumulate: squares))
          }
        }
      }
      let values = input.values.map { Double($0) }
      #expect(abs(total - values.reduce(0) { $0 + $1 + $1 * $1 }) < 1e-12)
      state.withUnsafeMutableBufferPointer { state in
        run(
          table.accumulate_metric,
          train_accumulate_metric(
            state: state.baseAddress, values: input.pointer, weights: weights.pointer, count: Int64(size), scale: 2))
      }
      let weightValues = weights.values.map { Double($0) }
      #expect(abs(state[0] - (1 + 2 * zip(values, weightValues).reduce(0) { $0 + $1.0 * $1.1 })) < 1e-12)
      #expect(abs(state[1] - (2 + weightValues.reduce(0, +))) < 1e-12)
    }
  }

  @Test("Softmax and its logarithm, with their derivatives", arguments: kernelLevels)
  func softmax(level: String) {
    let table = kernels(level)
    var numbers = TestNumbers(9)
    for columns in awkwardSizes {
      let rows = 3
      let input = Memory(numbers.array(rows * columns, in: -20...20)), upstream = Memory(numbers.array(rows * columns))
      for isLogarithm in [false, true] {
        let output = Memory(count: rows * columns), gradient = Memory(count: rows * columns)
        run(
          isLogarithm ? table.log_softmax : table.softmax,
          train_softmax(
            output: output.pointer, input: input.pointer, rows: Int64(rows), columns: Int64(columns), rows_per_piece: 2),
          pieces: 2)
        run(
          isLogarithm ? table.log_softmax_gradient : table.softmax_gradient,
          train_softmax_gradient(
            input_gradient: gradient.pointer, output: output.pointer, output_gradient: upstream.pointer, rows: Int64(rows),
            columns: Int64(columns), rows_per_piece: 2),
          pieces: 2)
        var values: [Double] = [], slopes: [Double] = []
        for r in 0..<rows {
          let x = (0..<columns).map { Double(input.pointer[r * columns + $0]) }
          let dy = (0..<columns).map { Double(upstream.pointer[r * columns + $0]) }
          let largest = x.max() ?? 0, sum = x.reduce(0) { $0 + exp($1 - largest) }
          let p = x.map { exp($0 - largest) / sum }
          values += isLogarithm ? x.map { $0 - largest - log(sum) } : p
          let product = isLogarithm ? dy.reduce(0, +) : zip(p, dy).reduce(0) { $0 + $1.0 * $1.1 }
          slopes += zip(p, dy).map { isLogarithm ? $1 - $0 * product : $0 * ($1 - product) }
        }
        expectAgreement(output.values, values, relative: 2e-6, "softmax of \(columns)")
        expectAgreement(gradient.values, slopes, relative: 2e-5, absolute: 2e-6, "derivative of softmax of \(columns)")
        #expect(output.isMarginIntact && gradient.isMarginIntact)
      }
    }
  }
}
