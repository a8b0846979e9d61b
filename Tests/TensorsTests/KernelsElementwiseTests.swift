import CKernels
import Glibc
import Testing

/// A function of one array, what it should be, and where to try it.
private struct UnaryCase: Sendable {
  let name: String
  let kind: train_unary_kind
  let range: ClosedRange<Double>
  let relative: Double
  let absolute: Double
  let reference: @Sendable (Double) -> Double

  init(
    _ name: String, _ kind: train_unary_kind, _ range: ClosedRange<Double>, relative: Double = 3e-7, absolute: Double = 0,
    _ reference: @escaping @Sendable (Double) -> Double
  ) {
    self.name = name
    self.kind = kind
    self.range = range
    self.relative = relative
    self.absolute = absolute
    self.reference = reference
  }
}

private let constantA: Float = 0.3
private let constantB: Float = 0.7

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
/// By bisection.
private func inverseOfErf(_ x: Double) -> Double {
  guard abs(x) < 1 else { return abs(x) == 1 ? x * .infinity : .nan }
  var (low, high) = (-6.0, 6.0)
  for _ in 0..<200 {
    let middle = (low + high) / 2
    if erf(middle) < x { low = middle } else { high = middle }
  }
  return low
}

private func normalCumulative(_ x: Double) -> Double { 0.5 * (1 + erf(x / 2.0.squareRoot())) }
private func geluTanh(_ x: Double) -> Double { 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) }

private let unaryCases: [UnaryCase] = [
  UnaryCase("copy", TRAIN_COPY, -5...5) { $0 },
  UnaryCase("negate", TRAIN_NEGATE, -5...5) { -$0 },
  UnaryCase("absolute", TRAIN_ABSOLUTE, -5...5) { abs($0) },
  UnaryCase("sign", TRAIN_SIGN, -5...5) { $0.isNaN ? $0 : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 },
  UnaryCase("floor", TRAIN_FLOOR, -5...5) { $0.rounded(.down) },
  UnaryCase("ceiling", TRAIN_CEILING, -5...5) { $0.rounded(.up) },
  UnaryCase("truncate", TRAIN_TRUNCATE, -5...5) { $0.rounded(.towardZero) },
  UnaryCase("round", TRAIN_ROUND, -5...5) { $0.rounded(.toNearestOrEven) },
  UnaryCase("square", TRAIN_SQUARE, -5...5) { $0 * $0 },
  UnaryCase("square root", TRAIN_SQUARE_ROOT, 0...50) { $0.squareRoot() },
  UnaryCase("reciprocal square root", TRAIN_RECIPROCAL_SQUARE_ROOT, 0.001...50) { 1 / $0.squareRoot() },
  UnaryCase("reciprocal", TRAIN_RECIPROCAL, 0.01...5) { 1 / $0 },
  UnaryCase("exp", TRAIN_EXP, -87...88) { exp($0) },
  UnaryCase("expm1", TRAIN_EXPM1, -3...3) { expm1($0) },
  UnaryCase("log", TRAIN_LOG, 1e-30...100) { log($0) },
  UnaryCase("log1p", TRAIN_LOG1P, -0.99...100) { log1p($0) },
  UnaryCase("sin", TRAIN_SIN, -1000...1000, absolute: 1e-7) { sin($0) },
  UnaryCase("cos", TRAIN_COS, -1000...1000, absolute: 1e-7) { cos($0) },
  UnaryCase("tan", TRAIN_TAN, -1.5...1.5, relative: 5e-7, absolute: 1e-7) { tan($0) },
  UnaryCase("asin", TRAIN_ASIN, -1...1) { asin($0) },
  UnaryCase("acos", TRAIN_ACOS, -1...1) { acos($0) },
  UnaryCase("atan", TRAIN_ATAN, -8...8) { atan($0) },
  UnaryCase("sinh", TRAIN_SINH, -20...20, relative: 5e-7) { sinh($0) },
  UnaryCase("cosh", TRAIN_COSH, -20...20, relative: 5e-7) { cosh($0) },
  UnaryCase("asinh", TRAIN_ASINH, -100...100, relative: 5e-7) { asinh($0) },
  UnaryCase("acosh", TRAIN_ACOSH, 1...100, relative: 5e-7) { acosh($0) },
  UnaryCase("atanh", TRAIN_ATANH, -0.999...0.999, relative: 5e-7) { atanh($0) },
  UnaryCase("erf inverse", TRAIN_ERF_INVERSE, -0.99999...0.99999, relative: 6e-7) { inverseOfErf($0) },
  UnaryCase("tanh", TRAIN_TANH, -10...10) { tanh($0) },
  UnaryCase("sigmoid", TRAIN_SIGMOID, -80...30) { sigmoid($0) },
  UnaryCase("erf", TRAIN_ERF, -5...5) { erf($0) },
  UnaryCase("softplus", TRAIN_SOFTPLUS, -80...50) { $0 > 40 ? $0 : log1p(exp($0)) },
  UnaryCase("softsign", TRAIN_SOFTSIGN, -5...5) { $0 / (1 + abs($0)) },
  UnaryCase("relu", TRAIN_RELU, -5...5) { $0.isNaN ? $0 : max($0, 0) },
  UnaryCase("leaky relu", TRAIN_LEAKY_RELU, -5...5) { $0 < 0 ? Double(constantA) * $0 : $0 },
  UnaryCase("elu", TRAIN_ELU, -5...5) { $0 < 0 ? Double(constantA) * expm1($0) : $0 },
  UnaryCase("silu", TRAIN_SILU, -20...20) { $0 * sigmoid($0) },
  UnaryCase("gelu", TRAIN_GELU, -5...5, absolute: 4e-7) { $0 * normalCumulative($0) },
  UnaryCase("gelu tanh", TRAIN_GELU_TANH, -5...5, absolute: 4e-7) { geluTanh($0) },
  UnaryCase("affine", TRAIN_AFFINE, -5...5, absolute: 1e-7) { Double(constantA) * $0 + Double(constantB) },
  UnaryCase("clip", TRAIN_CLIP, -5...5) { $0.isNaN ? $0 : min(max($0, Double(constantA)), Double(constantB)) },
  UnaryCase("not", TRAIN_NOT, -5...5) { $0 == 0 ? 1 : 0 },
  UnaryCase("is nan", TRAIN_IS_NAN, -5...5) { $0.isNaN ? 1 : 0 },
  UnaryCase("is finite", TRAIN_IS_FINITE, -5...5) { $0.isFinite ? 1 : 0 },
]

private func unary(_ level: String, _ kind: train_unary_kind, _ input: [Float], perPiece: Int = 24) -> [Float] {
  var table = kernels(level)
  let input = Memory(input), output = Memory(count: input.count)
  let arguments = train_unary(
    output: output.pointer, input: input.pointer, count: Int64(input.count), per_piece: Int64(perPiece), a: constantA,
    b: constantB)
  run(train_unary_kernel(&table, kind), arguments, pieces: train_pieces(Int64(input.count), Int64(perPiece)))
  #expect(output.isMarginIntact)
  return output.values
}

@Suite struct KernelsElementwiseTests {
  @Test("Functions of one array agree with double precision", arguments: kernelLevels)
  func unaryValues(level: String) {
    var numbers = TestNumbers(1)
    #expect(unaryCases.count == Int(TRAIN_UNARY_COUNT.rawValue))
    for test in unaryCases {
      for size in awkwardSizes + [500] {
        let input = numbers.array(size, in: test.range)
        expectAgreement(
          unary(level, test.kind, input), input.map { test.reference(Double($0)) }, relative: test.relative,
          absolute: test.absolute, "\(test.name) of \(size)")
      }
    }
  }

  @Test("Functions of one array have the usual limits", arguments: kernelLevels)
  func unaryLimits(level: String) {
    let input: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, 1000, -1000, 1, -1, 1e-30, -1e-30, 1e9, -1e9, 8_388_609.5]
    for test in unaryCases {
      let expected = input.map { test.reference(Double($0)) }
      let relative = [TRAIN_SIN, TRAIN_COS].contains(test.kind) ? 1e-5 : 1e-6
      // An infinite argument of x·f(x) forms that meet 0·∞ is NaN in NumPy too; those and 0/0 are not compared.
      for (index, found) in unary(level, test.kind, input).enumerated() where !(expected[index].isNaN && input[index].isInfinite)
      {
        if [TRAIN_SILU, TRAIN_GELU, TRAIN_GELU_TANH, TRAIN_SOFTSIGN].contains(test.kind), input[index].isInfinite { continue }
        #expect(
          agree(found, expected[index], relative: relative, absolute: 1e-9),
          "\(test.name) of \(input[index]) is \(found), not \(expected[index])")
      }
    }
    #expect(unary(level, TRAIN_LOG, [-1])[0].isNaN)
    #expect(unary(level, TRAIN_LOG, [0]) == [-.infinity])
    #expect(unary(level, TRAIN_LOG, [Float.leastNormalMagnitude / 8])[0].isFinite)
    #expect(unary(level, TRAIN_EXP, [1000, -1000]) == [.infinity, 0])
    #expect(unary(level, TRAIN_ROUND, [0.5, 1.5, 2.5, -0.5]) == [0, 2, 2, 0])
  }

  @Test("An element's bits do not depend on where it lies", arguments: kernelLevels)
  func unaryPlaces(level: String) {
    var numbers = TestNumbers(2)
    for test in unaryCases {
      let input = numbers.array(53, in: test.range)
      let together = unary(level, test.kind, input, perPiece: 53)
      for (index, value) in input.enumerated() {
        #expect(unary(level, test.kind, [value])[0].bitPattern == together[index].bitPattern, "\(test.name)")
      }
    }
  }

  private static let binaryCases: [(String, train_binary_kind, @Sendable (Double, Double) -> Double)] = [
    ("add", TRAIN_ADD, { $0 + $1 }),
    ("subtract", TRAIN_SUBTRACT, { $0 - $1 }),
    ("multiply", TRAIN_MULTIPLY, { $0 * $1 }),
    ("divide", TRAIN_DIVIDE, { $0 / $1 }),
    ("maximum", TRAIN_MAXIMUM, { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }),
    ("minimum", TRAIN_MINIMUM, { $0.isNaN || $1.isNaN ? .nan : min($0, $1) }),
    ("power", TRAIN_POWER, { pow($0, $1) }),
    ("squared difference", TRAIN_SQUARED_DIFFERENCE, { ($0 - $1) * ($0 - $1) }),
    ("angle", TRAIN_ATAN2, { atan2($0, $1) }),
    ("remainder", TRAIN_REMAINDER, { $0 - $1 * ($0 / $1).rounded(.down) }),
    ("equal", TRAIN_EQUAL, { $0 == $1 ? 1 : 0 }),
    ("not equal", TRAIN_NOT_EQUAL, { $0 != $1 ? 1 : 0 }),
    ("less", TRAIN_LESS, { $0 < $1 ? 1 : 0 }),
    ("less equal", TRAIN_LESS_EQUAL, { $0 <= $1 ? 1 : 0 }),
    ("greater", TRAIN_GREATER, { $0 > $1 ? 1 : 0 }),
    ("greater equal", TRAIN_GREATER_EQUAL, { $0 >= $1 ? 1 : 0 }),
    ("and", TRAIN_AND, { $0 != 0 && $1 != 0 ? 1 : 0 }),
    ("or", TRAIN_OR, { $0 != 0 || $1 != 0 ? 1 : 0 }),
    ("relu gradient", TRAIN_RELU_GRADIENT, { $1 > 0 ? $0 : 0 }),
    ("sigmoid gradient", TRAIN_SIGMOID_GRADIENT, { $0 * $1 * (1 - $1) }),
    ("tanh gradient", TRAIN_TANH_GRADIENT, { $0 * (1 - $1 * $1) }),
    ("softplus gradient", TRAIN_SOFTPLUS_GRADIENT, { $0 * sigmoid($1) }),
    ("silu gradient", TRAIN_SILU_GRADIENT, { $0 * slope(at: $1) { $0 * sigmoid($0) } }),
    ("gelu gradient", TRAIN_GELU_GRADIENT, { $0 * slope(at: $1) { $0 * normalCumulative($0) } }),
    ("gelu tanh gradient", TRAIN_GELU_TANH_GRADIENT, { $0 * slope(at: $1, of: geluTanh) }),
    ("elu gradient", TRAIN_ELU_GRADIENT, { $1 < 0 ? $0 * exp($1) : $0 }),
  ]

  @Test("Functions of two arrays agree with double precision, however the operands repeat", arguments: kernelLevels)
  func binaryValues(level: String) {
    var table = kernels(level)
    var numbers = TestNumbers(3)
    #expect(Self.binaryCases.count == Int(TRAIN_BINARY_COUNT.rawValue))
    // Row and column strides of an operand as a function of the number of columns.
    let layouts: [(Int) -> (Int, Int)] = [{ ($0, 1) }, { _ in (0, 1) }, { _ in (1, 0) }, { _ in (0, 0) }]
    for (name, kind, reference) in Self.binaryCases {
      for (rows, columns) in [(1, 0), (1, 1), (3, 7), (2, 16), (5, 17), (3, 33)] {
        for aLayout in layouts {
          for bLayout in layouts {
            let (aRow, aColumn) = aLayout(columns), (bRow, bColumn) = bLayout(columns)
            let a = Memory(numbers.array(rows * max(columns, 1), in: kind == TRAIN_POWER ? 0.1...3 : -3...3))
            let b = Memory(numbers.array(rows * max(columns, 1), in: -3...3))
            let output = Memory(count: rows * columns)
            let arguments = train_binary(
              output: output.pointer, a: a.pointer, b: b.pointer, rows: Int64(rows), columns: Int64(columns),
              output_row: Int64(columns), a_row: Int64(aRow), a_column: Int64(aColumn), b_row: Int64(bRow),
              b_column: Int64(bColumn), rows_per_piece: 2, columns_per_piece: 16, tables: 1, outer: nil)
            run(
              train_binary_kernel(&table, kind), arguments,
              pieces: train_pieces(Int64(rows), 2) * train_pieces(Int64(columns), 16))
            var expected: [Double] = []
            for r in 0..<rows {
              for c in 0..<columns {
                expected.append(reference(Double(a.pointer[r * aRow + c * aColumn]), Double(b.pointer[r * bRow + c * bColumn])))
              }
            }
            expectAgreement(output.values, expected, relative: 1e-6, absolute: 1e-6, "\(name) \(rows)×\(columns)")
            #expect(output.isMarginIntact)
          }
        }
      }
    }
  }

  @Test("Angles have the usual limits", arguments: kernelLevels)
  func anglesAtLimits(level: String) {
    var table = kernels(level)
    let values: [Float] = [0, -0.0, 1, -1, .infinity, -.infinity, 1e-30, 1e30, .nan]
    let pairs = values.flatMap { y in values.map { (y, $0) } }
    let a = Memory(pairs.map(\.0)), b = Memory(pairs.map(\.1)), output = Memory(count: pairs.count)
    let count = Int64(pairs.count)
    let arguments = train_binary(
      output: output.pointer, a: a.pointer, b: b.pointer, rows: 1, columns: count, output_row: count, a_row: count, a_column: 1,
      b_row: count, b_column: 1, rows_per_piece: 1, columns_per_piece: count, tables: 1, outer: nil)
    run(train_binary_kernel(&table, TRAIN_ATAN2), arguments)
    expectAgreement(output.values, pairs.map { Double(atan2f($0.0, $0.1)) }, absolute: 0, "angles")
  }

  @Test("Maximum and minimum keep NaN", arguments: kernelLevels)
  func extremesOfNaN(level: String) {
    var table = kernels(level)
    let a = Memory([.nan, 1, 2]), b = Memory([1, .nan, 3]), output = Memory(count: 3)
    let arguments = train_binary(
      output: output.pointer, a: a.pointer, b: b.pointer, rows: 1, columns: 3, output_row: 3, a_row: 3, a_column: 1, b_row: 3,
      b_column: 1, rows_per_piece: 1, columns_per_piece: 3, tables: 1, outer: nil)
    for (kind, last) in [(TRAIN_MAXIMUM, Float(3)), (TRAIN_MINIMUM, 2)] {
      run(train_binary_kernel(&table, kind), arguments)
      #expect(output.values[0].isNaN && output.values[1].isNaN && output.values[2] == last)
    }
  }

  @Test("Fill, scaled addition, selection, copies, transposition and bias", arguments: kernelLevels)
  func movement(level: String) {
    let table = kernels(level)
    var numbers = TestNumbers(4)
    for size in awkwardSizes {
      let pieces = train_pieces(Int64(size), 20)
      let filled = Memory(count: size)
      run(table.fill, train_fill(output: filled.pointer, count: Int64(size), per_piece: 20, value: 2.5), pieces: pieces)
      #expect(filled.values.allSatisfy { $0 == 2.5 } && filled.isMarginIntact)

      let x = Memory(numbers.array(size)), y = Memory(numbers.array(size)), before = y.values
      run(
        table.axpy, train_axpy(y: y.pointer, x: x.pointer, count: Int64(size), per_piece: 20, scale: 2, keep: 0.5),
        pieces: pieces)
      expectAgreement(y.values, zip(x.values, before).map { 2 * Double($0) + 0.5 * Double($1) }, "axpy of \(size)")
      #expect(y.isMarginIntact)

      let rows = 3, columns = size
      let condition = Memory<Float>((0..<rows * columns).map { $0 % 3 == 0 ? 1 : 0 })
      let a = Memory(numbers.array(rows * columns)), chosen = Memory(count: rows * columns)
      let scalar = Memory([Float(9)])
      run(
        table.select,
        train_select(
          output: chosen.pointer, condition: condition.pointer, a: a.pointer, b: scalar.pointer, rows: Int64(rows),
          columns: Int64(columns), output_row: Int64(columns), condition_row: Int64(columns), condition_column: 1,
          a_row: Int64(columns), a_column: 1, b_row: 0, b_column: 0, rows_per_piece: 1, columns_per_piece: 20, tables: 1,
          outer: nil),
        pieces: 3 * pieces)
      #expect(chosen.values == zip(condition.values, a.values).map { $0 != 0 ? $1 : 9 })
      #expect(chosen.isMarginIntact)

      let turned = Memory(count: rows * columns)
      run(
        table.transpose,
        train_transpose(
          output: turned.pointer, input: a.pointer, rows: Int64(rows), columns: Int64(columns), columns_per_piece: 20),
        pieces: pieces)
      #expect(turned.values == (0..<columns).flatMap { c in (0..<rows).map { r in a.pointer[r * columns + c] } })

      let wide = Memory(count: rows * (columns + 2))
      run(
        table.copy_rows,
        train_copy_rows(
          output: wide.pointer + 1, input: a.pointer, rows: Int64(rows), columns: Int64(columns), output_row: Int64(columns + 2),
          input_row: Int64(columns), rows_per_piece: 2),
        pieces: 2)
      for r in 0..<rows {
        let row = wide.values[r * (columns + 2)..<(r + 1) * (columns + 2)]
        #expect(Array(row) == [77] + a.values[r * columns..<(r + 1) * columns] + [77])
      }

      let bias = Memory(numbers.array(columns)), start = a.values
      run(
        table.bias_activation,
        train_bias_activation(
          values: a.pointer, bias: bias.pointer, rows: Int64(rows), columns: Int64(columns), rows_per_piece: 2,
          activation: Int32(TRAIN_ACTIVATE_TANH.rawValue)),
        pieces: 2)
      expectAgreement(
        a.values, start.indices.map { tanh(Double(start[$0]) + Double(bias.pointer[$0 % max(columns, 1)])) }, "bias and tanh")
    }
  }
}

/// A central difference; the functions it is used on are smooth.
private func slope(at x: Double, of function: (Double) -> Double) -> Double {
  (function(x + 1e-5) - function(x - 1e-5)) / 2e-5
}
