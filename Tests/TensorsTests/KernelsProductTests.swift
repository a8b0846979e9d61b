import CKernels
import COneDNN
import Glibc
import Testing

@testable import Tensors

/// A product's operands and what it should be.
private struct ProductCase {
  var m, n, k: Int
  var isATransposed, isBTransposed: Bool
  let a, b, c, bias, gate: Memory<Float>
  /// As in `train_product`.
  let parts: Int

  init(
    _ m: Int, _ n: Int, _ k: Int, _ isATransposed: Bool, _ isBTransposed: Bool, _ numbers: inout TestNumbers, parts: Int = 0
  ) {
    self.parts = parts
    (self.m, self.n, self.k, self.isATransposed, self.isBTransposed) = (m, n, k, isATransposed, isBTransposed)
    a = Memory(numbers.array(m * k))
    b = Memory(numbers.array(k * n))
    c = Memory(numbers.array(m * n))
    bias = Memory(numbers.array(n))
    gate = Memory(numbers.array(m * n))
  }

  /// A·B in double, of what the factors are rounded to.
  var product: [Double] {
    let precision: OperandPrecision = parts == 1 ? .bfloat16 : .float32
    let a = a.values.map { precision.rounded(Double($0)) }, b = b.values.map { precision.rounded(Double($0)) }
    var result: [Double] = []
    for i in 0..<m {
      for j in 0..<n {
        var sum = 0.0
        for l in 0..<k {
          let left: Double = isATransposed ? a[l * m + i] : a[i * k + l]
          sum += left * (isBTransposed ? b[j * k + l] : b[l * n + j])
        }
        result.append(sum)
      }
    }
    return result
  }

  /// The kernel's arguments for the plain product into `c`.
  var arguments: train_product {
    var s = train_product()
    s.c = c.pointer
    (s.a, s.b) = (UnsafePointer(a.pointer), UnsafePointer(b.pointer))
    (s.m, s.n, s.k) = (Int64(m), Int64(n), Int64(k))
    (s.a_row, s.a_inner) = isATransposed ? (1, Int64(m)) : (Int64(k), 1)
    (s.b_inner, s.b_column) = isBTransposed ? (1, Int64(k)) : (Int64(n), 1)
    (s.c_row, s.gate_row) = (Int64(n), Int64(n))
    (s.rows_per_piece, s.columns_per_piece) = (Int64(max(m, 1)), Int64(max(n, 1)))
    s.parts = Int32(parts)
    return s
  }
}

/// The ways of making a product: on the vectors of each level, and on matrix tiles of float32 in parts or of bfloat16.
struct ProductKernel: CustomTestStringConvertible {
  let level: String
  let parts: Int

  var testDescription: String { parts == 0 ? level : "\(level), \(parts) parts" }
}

let productKernels =
  kernelLevels.map { ProductKernel(level: $0, parts: 0) }
  + kernelLevels.filter { train_has_matrix_tiles(train_kernels_level($0)) != 0 }.flatMap { level in
    [Int(train_split_parts), 1].map { ProductKernel(level: level, parts: $0) }
  }

@Suite struct KernelsProductTests {
  @Test("Products of awkward shapes agree with double precision", arguments: productKernels)
  func shapes(kernel: ProductKernel) {
    let table = kernels(kernel.level)
    var numbers = TestNumbers(16)
    for m in [1, 7, 8, 33] {
      for n in [1, 10, 17, 67] {
        for k in [0, 5, 33, 1100] where k < 1000 || (m == 7 && n == 17) {
          for transposition in 0..<4 {
            let test = ProductCase(m, n, k, transposition & 1 != 0, transposition & 2 != 0, &numbers, parts: kernel.parts)
            var arguments = test.arguments
            arguments.rows_per_piece = 8
            arguments.columns_per_piece = 32
            run(table.product, arguments, pieces: train_pieces(Int64(m), 8) * train_pieces(Int64(n), 32))
            expectAgreement(
              test.c.values, test.product, relative: 1e-5, absolute: 3e-5, "\(m)×\(n)×\(k), transposition \(transposition)")
            #expect(test.c.isMarginIntact)
          }
        }
      }
    }
  }

  @Test("Factors that take several turns to lay out, and the longest", arguments: productKernels.filter { $0.parts > 0 })
  func longFactors(kernel: ProductKernel) {
    var numbers = TestNumbers(28)
    for (m, n, k) in [(17, 170, 1100), (33, 40, Int(train_longest_split))] {
      for transposition in [0, 3] {
        let test = ProductCase(m, n, k, transposition & 1 != 0, transposition & 2 != 0, &numbers, parts: kernel.parts)
        run(kernels(kernel.level).product, test.arguments)
        expectAgreement(test.c.values, test.product, relative: 1e-5, absolute: 1e-4, "\(m)×\(n)×\(k), \(transposition)")
        #expect(test.c.isMarginIntact)
      }
    }
  }

  @Test("What follows a product: accumulation, bias, activation, gate", arguments: productKernels)
  func epilogues(kernel: ProductKernel) {
    var numbers = TestNumbers(17)
    for accumulates in [false, true] {
      for activation in [TRAIN_LINEAR, TRAIN_ACTIVATE_RELU, TRAIN_ACTIVATE_SIGMOID, TRAIN_ACTIVATE_TANH] {
        let test = ProductCase(9, 35, 20, false, false, &numbers, parts: kernel.parts)
        let before = test.c.values
        var arguments = test.arguments
        arguments.bias = UnsafePointer(test.bias.pointer)
        arguments.gate = UnsafePointer(test.gate.pointer)
        arguments.activation = Int32(activation.rawValue)
        arguments.accumulate = accumulates ? 1 : 0
        run(kernels(kernel.level).product, arguments)
        let expected = test.product.enumerated().map { index, product -> Double in
          let x = product + (accumulates ? Double(before[index]) : 0) + Double(test.bias.pointer[index % 35])
          guard test.gate.pointer[index] > 0 else { return 0 }
          return switch activation {
          case TRAIN_ACTIVATE_RELU: max(x, 0)
          case TRAIN_ACTIVATE_SIGMOID: 1 / (1 + exp(-x))
          case TRAIN_ACTIVATE_TANH: tanh(x)
          default: x
          }
        }
        expectAgreement(test.c.values, expected, relative: 1e-5, absolute: 1e-5, "activation \(activation)")
      }
    }
  }

  @Test("Pieces do not change a product's bits", arguments: productKernels)
  func pieces(kernel: ProductKernel) {
    var numbers = TestNumbers(18)
    let test = ProductCase(33, 70, 50, true, false, &numbers, parts: kernel.parts)
    run(kernels(kernel.level).product, test.arguments)
    let whole = test.c.values.map { $0.bitPattern }
    for (rows, columns) in [(1, 1), (5, 32), (8, 16), (16, 70)] {
      var arguments = test.arguments
      arguments.rows_per_piece = Int64(rows)
      arguments.columns_per_piece = Int64(columns)
      run(kernels(kernel.level).product, arguments, pieces: train_pieces(33, Int64(rows)) * train_pieces(70, Int64(columns)))
      #expect(test.c.values.map { $0.bitPattern } == whole)
    }
  }

  @Test("Rows asked for meanwhile change no bit", arguments: kernelLevels)
  func expectedRows(level: String) {
    var numbers = TestNumbers(24)
    let test = ProductCase(33, 40, 300, false, false, &numbers)
    run(kernels(level).product, test.arguments)
    let expected = test.c.values.map(\.bitPattern)
    let stored = Memory(numbers.array(50 * 300))
    let rows = (0..<33).map { Int32($0 * 7 % 50) }
    rows.withUnsafeBufferPointer { rows in
      for count in [33, 5, 0] {
        var gather = train_gather()
        gather.stored = UnsafeRawPointer(stored.pointer)
        gather.element = Int32(TRAIN_FLOAT32.rawValue)
        (gather.columns, gather.rows_after, gather.count_after) = (300, rows.baseAddress, Int64(count))
        withUnsafePointer(to: gather) { gather in
          var arguments = test.arguments
          arguments.expected = gather
          run(kernels(level).product, arguments)
          #expect(test.c.values.map(\.bitPattern) == expected)
          let parts = Memory(count: 4 * 33 * 40)
          arguments.c = parts.pointer
          run(
            kernels(level).product_parts, train_product_parts(product: arguments, k_per_piece: 80, part_stride: 33 * 40),
            pieces: 4)
          arguments.expected = nil
          let alone = parts.values
          run(
            kernels(level).product_parts, train_product_parts(product: arguments, k_per_piece: 80, part_stride: 33 * 40),
            pieces: 4)
          #expect(alone == parts.values && parts.isMarginIntact)
        }
      }
    }
  }

  @Test("A product cut along k and merged", arguments: productKernels)
  func parts(kernel: ProductKernel) {
    let table = kernels(kernel.level)
    var numbers = TestNumbers(19)
    let test = ProductCase(9, 35, 50, false, false, &numbers, parts: kernel.parts)
    let output = Memory(count: 9 * 35), parts = Memory(count: 4 * 9 * 35)
    var arguments = test.arguments
    arguments.c = parts.pointer
    run(table.product_parts, train_product_parts(product: arguments, k_per_piece: 15, part_stride: 9 * 35), pieces: 4)
    run(
      table.product_merge,
      train_product_merge(
        output: output.pointer, parts: parts.pointer, bias: test.bias.pointer, count: 4, part_stride: 9 * 35, m: 9, n: 35,
        rows_per_piece: 4, activation: Int32(TRAIN_ACTIVATE_RELU.rawValue)),
      pieces: 3)
    let expected = test.product.enumerated().map { max(0, $1 + Double(test.bias.pointer[$0 % 35])) }
    expectAgreement(output.values, expected, relative: 1e-5, absolute: 1e-5, "four parts")
    #expect(output.isMarginIntact && parts.isMarginIntact)
  }

  @Test("A right factor laid out in panels changes no bit", arguments: productKernels)
  func panels(kernel: ProductKernel) {
    let table = kernels(kernel.level)
    var numbers = TestNumbers(22)
    for (m, n, k) in [(9, 35, 50), (40, 64, 1100), (1, 1, 3), (5, 32, 0)] {
      for transposition in 0..<4 {
        let test = ProductCase(m, n, k, transposition & 1 != 0, transposition & 2 != 0, &numbers, parts: kernel.parts)
        for hasBias in [false, true] {
          var arguments = test.arguments
          arguments.bias = hasBias ? UnsafePointer(test.bias.pointer) : nil
          run(table.product, arguments)
          let expected = test.c.values.map { $0.bitPattern }
          let unit = Int(train_product_unit)
          let values = kernel.parts == 0 ? k : (k + unit - 1) / unit * unit * kernel.parts / 2 + 1
          let panels = Memory(count: (n + unit - 1) / unit * unit * values)
          let pieces = train_pieces(Int64(n), Int64(unit))
          run(table.product_pack, train_product_pack(product: arguments, panels: panels.pointer), pieces: pieces)
          arguments.panels = UnsafeRawPointer(panels.pointer)
          run(table.product, arguments)
          #expect(test.c.values.map { $0.bitPattern } == expected, "\(m)×\(n)×\(k), transposition \(transposition)")
          #expect(test.c.isMarginIntact && panels.isMarginIntact)
        }
      }
    }
  }

  @Test("A long product cut along k and in blocks", arguments: productKernels)
  func longParts(kernel: ProductKernel) {
    let table = kernels(kernel.level)
    var numbers = TestNumbers(23)
    let (m, n, k) = (40, 70, 700)
    let test = ProductCase(m, n, k, true, false, &numbers, parts: kernel.parts)
    let output = Memory(count: m * n), parts = Memory(count: 2 * m * n)
    var arguments = test.arguments
    arguments.c = parts.pointer
    (arguments.rows_per_piece, arguments.columns_per_piece) = (16, 32)
    run(
      table.product_parts, train_product_parts(product: arguments, k_per_piece: 400, part_stride: Int64(m * n)), pieces: 2 * 3 * 3
    )
    run(
      table.product_merge,
      train_product_merge(
        output: output.pointer, parts: parts.pointer, bias: nil, count: 2, part_stride: Int64(m * n), m: Int64(m), n: Int64(n),
        rows_per_piece: Int64(m), activation: Int32(TRAIN_LINEAR.rawValue)))
    expectAgreement(output.values, test.product, relative: 1e-5, absolute: 3e-5, "two parts of nine blocks")
    #expect(output.isMarginIntact && parts.isMarginIntact)
  }

  @Test("On matrix tiles a product is at least as exact as one of float32", .enabled(if: train_kernels_level("amx") != nil))
  func exactness() {
    var numbers = TestNumbers(25)
    func worst(_ level: String, parts: Int) -> Double {
      let test = ProductCase(70, 96, 1000, false, false, &numbers, parts: parts)
      run(kernels(level).product, test.arguments)
      return zip(test.c.values, test.product).map { abs(Double($0) - $1) }.max() ?? .infinity
    }
    let tiles = (0..<3).map { _ in worst("amx", parts: Int(train_split_parts)) }.max() ?? .infinity
    let vectors = (0..<3).map { _ in worst("v4", parts: 0) }.max() ?? .infinity
    #expect(tiles < vectors, "\(tiles), and \(vectors) on vectors")
  }

  @Test(
    "What is not a number stays so on matrix tiles, in its row and column alone", .enabled(if: train_kernels_level("amx") != nil))
  func notFinite() {
    var numbers = TestNumbers(26)
    for value in [Float.nan, .infinity, -.infinity] {
      for parts in [1, Int(train_split_parts)] {
        let test = ProductCase(33, 34, 40, false, false, &numbers, parts: parts)
        test.a.pointer[5 * 40 + 7] = value
        run(kernels("amx").product, test.arguments)
        let isFinite = test.c.values.map(\.isFinite)
        for (index, isFinite) in isFinite.enumerated() { #expect(isFinite == (index / 34 != 5), "\(value), element \(index)") }
      }
    }
  }

  @Test("oneDNN's products agree too, and none is a reference implementation")
  func oneDNN() throws {
    var numbers = TestNumbers(20)
    for (m, n, k) in [(1, 1, 1), (32, 64, 100), (17, 67, 33), (64, 10, 128)] {
      for transposition in 0..<4 {
        for (accumulates, hasBias, rectifies) in [(false, false, false), (false, true, true), (true, false, false)] {
          let test = ProductCase(m, n, k, transposition & 1 != 0, transposition & 2 != 0, &numbers)
          let before = test.c.values
          var shape = train_dnnl_shape(
            m: Int64(m), n: Int64(n), k: Int64(k), a_row: Int64(test.isATransposed ? m : k),
            b_row: Int64(test.isBTransposed ? k : n), c_row: Int64(n), a_transposed: test.isATransposed ? 1 : 0,
            b_transposed: test.isBTransposed ? 1 : 0, accumulate: accumulates ? 1 : 0, has_bias: hasBias ? 1 : 0,
            relu: rectifies ? 1 : 0, items: 1, a_item: 0, b_item: 0, c_item: 0, bfloat16: 0)
          let plan = try #require(train_dnnl_product_create(&shape))
          defer { train_dnnl_product_destroy(plan) }
          #expect(!String(cString: train_dnnl_product_implementation(plan)).contains("ref"))
          let piece = train_dnnl_piece(
            plan: plan, a: test.a.pointer, b: test.b.pointer, bias: hasBias ? UnsafePointer(test.bias.pointer) : nil,
            c: test.c.pointer)
          withUnsafePointer(to: piece) { train_dnnl_run($0, 0) }
          let expected = test.product.enumerated().map { index, product -> Double in
            let x = product + (accumulates ? Double(before[index]) : 0) + (hasBias ? Double(test.bias.pointer[index % n]) : 0)
            return rectifies ? max(x, 0) : x
          }
          expectAgreement(test.c.values, expected, relative: 1e-5, absolute: 2e-5, "oneDNN \(m)×\(n)×\(k)")
          #expect(test.c.isMarginIntact)
        }
      }
    }
    #expect(String(cString: train_dnnl_error()).isEmpty)
  }

  @Test("Products of many items agree, by our kernel and by oneDNN's own", arguments: kernelLevels)
  func items(level: String) throws {
    var numbers = TestNumbers(21)
    for (items, m, n, k) in [(1, 3, 4, 5), (5, 7, 17, 6), (3, 40, 33, 20), (4, 1, 1, 9), (2, 5, 6, 0)] {
      for transposition in 0..<4 {
        let (isATransposed, isBTransposed) = (transposition & 1 != 0, transposition & 2 != 0)
        let cases = (0..<items).map { _ in ProductCase(m, n, k, isATransposed, isBTransposed, &numbers) }
        let a = Memory(cases.flatMap(\.a.values)), b = Memory(cases.flatMap(\.b.values))
        let expected = cases.flatMap(\.product)
        for (rows, perPiece) in [(m, 2), (2, 1)] {
          let c = Memory(count: items * m * n)
          let product = train_product(
            c: c.pointer, a: a.pointer, b: b.pointer, panels: nil, bias: nil, gate: nil, m: Int64(m), n: Int64(n), k: Int64(k),
            a_row: Int64(isATransposed ? 1 : k), a_inner: Int64(isATransposed ? m : 1), b_inner: Int64(isBTransposed ? 1 : n),
            b_column: Int64(isBTransposed ? k : 1), c_row: Int64(n), gate_row: 0, rows_per_piece: Int64(rows),
            columns_per_piece: Int64(n), activation: 0, accumulate: 0, expected: nil, parts: 0)
          run(
            kernels(level).product_items,
            train_product_items(
              product: product, items: Int64(items), a_item: Int64(m * k), b_item: Int64(k * n), c_item: Int64(m * n),
              items_per_piece: Int64(perPiece)),
            pieces: train_pieces(Int64(items), Int64(perPiece)) * train_pieces(Int64(m), Int64(rows)))
          expectAgreement(c.values, expected, relative: 1e-5, absolute: 1e-5, "\(items) of \(m)×\(n)×\(k)")
          #expect(c.isMarginIntact)
        }
        guard k > 0 else { continue }
        let c = Memory(count: items * m * n)
        var shape = train_dnnl_shape(
          m: Int64(m), n: Int64(n), k: Int64(k), a_row: Int64(isATransposed ? m : k), b_row: Int64(isBTransposed ? k : n),
          c_row: Int64(n), a_transposed: isATransposed ? 1 : 0, b_transposed: isBTransposed ? 1 : 0, accumulate: 0, has_bias: 0,
          relu: 0, items: Int64(items), a_item: Int64(m * k), b_item: Int64(k * n), c_item: Int64(m * n), bfloat16: 0)
        let plan = try #require(train_dnnl_product_create(&shape))
        defer { train_dnnl_product_destroy(plan) }
        #expect(!String(cString: train_dnnl_product_implementation(plan)).contains("ref"))
        let piece = train_dnnl_piece(plan: plan, a: a.pointer, b: b.pointer, bias: nil, c: c.pointer)
        withUnsafePointer(to: piece) { train_dnnl_run($0, 0) }
        expectAgreement(c.values, expected, relative: 1e-5, absolute: 2e-5, "oneDNN, \(items) of \(m)×\(n)×\(k)")
        #expect(c.isMarginIntact)
      }
    }
  }

  @Test("A shape that oneDNN refuses is an answer, not a crash")
  func refusal() {
    var shape = train_dnnl_shape(
      m: -1, n: 4, k: 4, a_row: 4, b_row: 4, c_row: 4, a_transposed: 0, b_transposed: 0, accumulate: 0, has_bias: 0, relu: 0,
      items: 1, a_item: 0, b_item: 0, c_item: 0, bfloat16: 0)
    #expect(train_dnnl_product_create(&shape) == nil)
    #expect(!String(cString: train_dnnl_error()).isEmpty)
  }
}
