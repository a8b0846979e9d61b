import CKernels
import Glibc
import Testing

/// The kernels of attention and of its derivative, at every level, against the formula in doubles.
@Suite struct KernelsAttentionTests {
  /// Extents, what is hidden, and how the work is cut.
  struct Form: CustomTestStringConvertible, Sendable {
    var batch = 2
    var queries: Int
    var keys: Int
    var heads = 2
    var keyHeads = 2
    var size: Int
    var width: Int
    /// Along which of batch, heads and queries a mask differs; nil without one.
    var mask: (batch: Bool, heads: Bool, queries: Bool)?
    var isCausal = false
    var blockRows: Int
    var unitsPerPiece = 1

    var testDescription: String {
      "\(queries) queries of \(size) on \(keys) keys, values of \(width), \(heads) heads on \(keyHeads), "
        + "\(mask.map { "mask by \($0)" } ?? "no mask"), \(isCausal ? "causal, " : "")blocks of \(blockRows)"
    }
  }

  static let forms: [Form] = [
    Form(queries: 1, keys: 1, size: 1, width: 1, blockRows: 1),
    Form(queries: 7, keys: 5, size: 3, width: 2, blockRows: 4),
    Form(queries: 17, keys: 33, size: 16, width: 15, blockRows: 8, unitsPerPiece: 2),
    Form(batch: 1, queries: 40, keys: 67, heads: 1, keyHeads: 1, size: 31, width: 33, blockRows: 16),
    Form(queries: 16, keys: 16, size: 8, width: 8, isCausal: true, blockRows: 5),
    Form(queries: 9, keys: 4, size: 7, width: 7, isCausal: true, blockRows: 9),
    Form(queries: 4, keys: 9, heads: 6, keyHeads: 2, size: 5, width: 4, isCausal: true, blockRows: 3),
    Form(queries: 8, keys: 33, heads: 4, keyHeads: 1, size: 8, width: 17, blockRows: 8, unitsPerPiece: 3),
    Form(queries: 6, keys: 18, size: 4, width: 4, mask: (true, false, false), blockRows: 4),
    Form(queries: 17, keys: 17, size: 9, width: 3, mask: (true, true, true), isCausal: true, blockRows: 8),
    Form(batch: 3, queries: 5, keys: 31, heads: 3, keyHeads: 3, size: 2, width: 16, mask: (false, false, true), blockRows: 2),
  ]

  @Test("Queries find what the formula gives, and so do derivatives", arguments: kernelLevels, forms)
  func formula(level: String, form: Form) {
    let table = kernels(level)
    var numbers = TestNumbers(9)
    let query = Memory(numbers.array(form.batch * form.queries * form.heads * form.size))
    let key = Memory(numbers.array(form.batch * form.keys * form.keyHeads * form.size))
    let value = Memory(numbers.array(form.batch * form.keys * form.keyHeads * form.width))
    let slope = Memory(numbers.array(form.batch * form.queries * form.heads * form.width))
    let (maskShape, maskStrides) = Self.layout(form)
    // The first row of a mask hides everything, so that some query sees nothing.
    let mask = Memory((0..<maskShape.reduce(1, *)).map { $0 >= form.keys && numbers.next() > -0.3 ? 1 : 0 as Float })
    let output = Memory(count: slope.count)
    let (queryGradient, keyGradient, valueGradient) = (
      Memory(count: query.count), Memory(count: key.count), Memory(count: value.count)
    )

    var operands = train_attention_operands()
    (operands.query, operands.key, operands.value) = (
      UnsafePointer(query.pointer), UnsafePointer(key.pointer), UnsafePointer(value.pointer)
    )
    if form.mask != nil { operands.mask = UnsafePointer(mask.pointer) }
    (operands.mask_batch, operands.mask_head, operands.mask_query) = maskStrides
    (operands.batch, operands.queries, operands.keys) = (Int64(form.batch), Int64(form.queries), Int64(form.keys))
    (operands.heads, operands.key_heads) = (Int64(form.heads), Int64(form.keyHeads))
    (operands.size, operands.width) = (Int64(form.size), Int64(form.width))
    (operands.block_rows, operands.scale, operands.causal) = (Int64(form.blockRows), 0.7, form.isCausal ? 1 : 0)

    let blocks = form.batch * form.heads * ((form.queries + form.blockRows - 1) / form.blockRows)
    run(
      table.attention,
      train_attention(operands: operands, output: output.pointer, blocks_per_piece: Int64(form.unitsPerPiece)),
      pieces: Int32((blocks + form.unitsPerPiece - 1) / form.unitsPerPiece))
    let items = form.batch * form.keyHeads
    run(
      table.attention_gradient,
      train_attention_gradient(
        operands: operands, output_gradient: UnsafePointer(slope.pointer), query_gradient: queryGradient.pointer,
        key_gradient: keyGradient.pointer, value_gradient: valueGradient.pointer, items_per_piece: Int64(form.unitsPerPiece)),
      pieces: Int32((items + form.unitsPerPiece - 1) / form.unitsPerPiece))

    let expected = Self.reference(
      form, query.values, key.values, value.values, form.mask == nil ? nil : (mask.values, maskStrides), slope: slope.values)
    for (found, expected) in [
      (output, expected.output), (queryGradient, expected.query), (keyGradient, expected.key), (valueGradient, expected.value),
    ] {
      #expect(found.isMarginIntact)
      let away = zip(found.values, expected).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(away < 3e-6, "\(level): \(away) at most")
    }
  }

  /// The extents of a form's mask and the distances of its rows along batch, heads and queries.
  private static func layout(_ form: Form) -> (shape: [Int], strides: (Int64, Int64, Int64)) {
    guard let mask = form.mask else { return ([form.keys], (0, 0, 0)) }
    let shape = [mask.batch ? form.batch : 1, mask.heads ? form.heads : 1, mask.queries ? form.queries : 1, form.keys]
    let strides = (shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3])
    return (
      shape,
      (mask.batch ? Int64(strides.0) : 0, mask.heads ? Int64(strides.1) : 0, mask.queries ? Int64(strides.2) : 0)
    )
  }

  private typealias Results = (output: [Double], query: [Double], key: [Double], value: [Double])

  private static func reference(
    _ form: Form, _ query: [Float], _ key: [Float], _ value: [Float], _ mask: (values: [Float], strides: (Int64, Int64, Int64))?,
    slope: [Float]
  ) -> Results {
    let scale = Double(Float(0.7))
    var results: Results = (
      [Double](repeating: 0, count: slope.count), [Double](repeating: 0, count: query.count),
      [Double](repeating: 0, count: key.count), [Double](repeating: 0, count: value.count)
    )
    for b in 0..<form.batch {
      for h in 0..<form.heads {
        let group = h / (form.heads / form.keyHeads)
        func keyRow(_ j: Int) -> Int { (b * form.keys + j) * form.keyHeads + group }
        for i in 0..<form.queries {
          let row = (b * form.queries + i) * form.heads + h
          let sees = (0..<form.keys).map { j in
            let shown = mask.map { mask in
              mask.values[b * Int(mask.strides.0) + h * Int(mask.strides.1) + i * Int(mask.strides.2) + j] != 0
            }
            return (shown ?? true) && (!form.isCausal || j <= i)
          }
          let isBlind = !sees.contains(true)
          var shares = (0..<form.keys).map { j -> Double in
            if isBlind { return 1 }
            let score = (0..<form.size).reduce(0) {
              $0 + Double(query[row * form.size + $1]) * Double(key[keyRow(j) * form.size + $1])
            }
            return sees[j] ? exp(score * scale) : 0
          }
          let sum = shares.reduce(0, +)
          for j in shares.indices { shares[j] /= sum }
          var slopes = [Double](repeating: 0, count: form.keys)
          for j in 0..<form.keys {
            for c in 0..<form.width {
              let (place, up) = (keyRow(j) * form.width + c, Double(slope[row * form.width + c]))
              results.output[row * form.width + c] += shares[j] * Double(value[place])
              results.value[place] += shares[j] * up
              slopes[j] += up * Double(value[place])
            }
          }
          if isBlind { continue }
          let mean = zip(shares, slopes).reduce(0) { $0 + $1.0 * $1.1 }
          for j in 0..<form.keys {
            let ofScore = shares[j] * (slopes[j] - mean) * scale
            for c in 0..<form.size {
              results.query[row * form.size + c] += ofScore * Double(key[keyRow(j) * form.size + c])
              results.key[keyRow(j) * form.size + c] += ofScore * Double(query[row * form.size + c])
            }
          }
        }
      }
    }
    return results
  }
}
