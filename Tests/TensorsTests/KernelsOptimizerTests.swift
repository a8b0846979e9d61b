import CKernels
import Testing

/// An optimizer's state in double, one step at a time, as the rules are stated.
private struct ReferenceOptimizer {
  var kind: train_update_kind
  var variant: Bool
  var hasMomentum: Bool
  var weights, first, second, third: [Double]

  mutating func step(_ gradient: [Double], rate: Double, decay: Double, beta1: Double, beta2: Double, epsilon: Double) {
    for (i, g) in gradient.enumerated() {
      weights[i] -= weights[i] * decay
      if kind == TRAIN_ADAM {
        first[i] += (1 - beta1) * (g - first[i])
        second[i] += (1 - beta2) * (g * g - second[i])
        third[i] = max(third[i], second[i])
        weights[i] -= rate * first[i] / ((variant ? third[i] : second[i]).squareRoot() + epsilon)
      } else if !hasMomentum {
        weights[i] -= rate * g
      } else {
        first[i] = beta1 * first[i] - rate * g
        weights[i] += variant ? beta1 * first[i] - rate * g : first[i]
      }
    }
  }
}

@Suite struct KernelsOptimizerTests {
  /// Every rule: kind, variant, with momentum.
  static let rules: [(train_update_kind, Bool, Bool)] = [
    (TRAIN_SGD, false, false), (TRAIN_SGD, false, true), (TRAIN_SGD, true, true), (TRAIN_ADAM, false, true),
    (TRAIN_ADAM, true, true),
  ]

  @Test("Updates from a dense gradient follow the rules", arguments: kernelLevels)
  func dense(level: String) {
    var numbers = TestNumbers(14)
    for (kind, variant, hasMomentum) in Self.rules {
      for size in awkwardSizes {
        for hasDecay in [false, true] {
          let weights = Memory(numbers.array(size)), gradient = Memory(numbers.array(size))
          let first = Memory([Float](repeating: 0, count: size)), second = Memory([Float](repeating: 0, count: size))
          let third = Memory([Float](repeating: 0, count: size))
          var reference = ReferenceOptimizer(
            kind: kind, variant: variant, hasMomentum: hasMomentum, weights: weights.values.map { Double($0) },
            first: [Double](repeating: 0, count: size), second: [Double](repeating: 0, count: size),
            third: [Double](repeating: 0, count: size))
          var rate = 0.01, decay = 0.001, scale = 0.5
          for step in 0..<4 {
            for i in 0..<size { gradient.pointer[i] = step == 2 && i % 3 == 0 ? 0 : numbers.next() }
            rate = 0.01 / Double(step + 1)
            withUnsafePointer(to: &rate) { rate in
              withUnsafePointer(to: &decay) { decay in
                withUnsafePointer(to: &scale) { scale in
                  let update = train_update(
                    weights: weights.pointer, first: hasMomentum ? first.pointer : nil, second: second.pointer,
                    third: third.pointer, rate: rate, decay: hasDecay ? decay : nil, gradient_scale: hasDecay ? scale : nil,
                    beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, kind: Int32(kind.rawValue), variant: variant ? 1 : 0)
                  run(
                    kernels(level).update,
                    train_update_range(update: update, gradient: gradient.pointer, count: Int64(size), per_piece: 20),
                    pieces: train_pieces(Int64(size), 20))
                }
              }
            }
            reference.step(
              gradient.values.map { Double($0) * (hasDecay ? scale : 1) }, rate: rate, decay: hasDecay ? decay : 0, beta1: 0.9,
              beta2: 0.999, epsilon: 1e-7)
          }
          let comment = "\(kind), variant \(variant), of \(size)"
          expectAgreement(weights.values, reference.weights, relative: 2e-6, absolute: 5e-7, comment)
          if hasMomentum { expectAgreement(first.values, reference.first, relative: 5e-6, comment) }
          if kind == TRAIN_ADAM { expectAgreement(second.values, reference.second, relative: 5e-6, absolute: 1e-9, comment) }
          #expect(weights.isMarginIntact && first.isMarginIntact && second.isMarginIntact && third.isMarginIntact)
        }
      }
    }
  }

  @Test("Adam survives gradients of zero, tiny, huge and NaN", arguments: kernelLevels)
  func extremes(level: String) {
    let gradient = Memory([0, 1e-30, 1e30, .nan, -3e-20, 1])
    let weights = Memory([Float](repeating: 1, count: 6))
    let first = Memory([Float](repeating: 0, count: 6)), second = Memory([Float](repeating: 0, count: 6))
    var rate = 0.001
    withUnsafePointer(to: &rate) { rate in
      let update = train_update(
        weights: weights.pointer, first: first.pointer, second: second.pointer, third: nil, rate: rate, decay: nil,
        gradient_scale: nil, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, kind: Int32(TRAIN_ADAM.rawValue), variant: 0)
      run(kernels(level).update, train_update_range(update: update, gradient: gradient.pointer, count: 6, per_piece: 6))
    }
    let found = weights.values
    #expect(found[0] == 1 && found[1] == 1 && found[2] == 1)
    #expect(found[3].isNaN)
    #expect(agree(found[5], 1 - 0.001 * 0.1 / (0.001.squareRoot() + 1e-7)))
  }

  @Test("A product whose tile is the gradient updates as the gradient would", arguments: productKernels)
  func fused(kernel: ProductKernel) {
    let table = kernels(kernel.level)
    var numbers = TestNumbers(15)
    for (kind, variant, hasMomentum) in Self.rules {
      for (inputs, units, batch) in [(1, 1, 1), (17, 10, 32), (33, 33, 5), (40, 64, 8)] {
        let x = Memory(numbers.array(batch * inputs)), dy = Memory(numbers.array(batch * units))
        let gradient = Memory(count: inputs * units), start = numbers.array(inputs * units)
        var product = train_product()
        product.c = gradient.pointer
        (product.a, product.b) = (UnsafePointer(x.pointer), UnsafePointer(dy.pointer))
        (product.m, product.n, product.k) = (Int64(inputs), Int64(units), Int64(batch))
        (product.a_row, product.a_inner) = (1, Int64(inputs))
        (product.b_inner, product.b_column, product.c_row) = (Int64(units), 1, Int64(units))
        (product.rows_per_piece, product.columns_per_piece) = (16, 32)
        product.parts = Int32(kernel.parts)
        let pieces = train_pieces(Int64(inputs), 16) * train_pieces(Int64(units), 32)
        run(table.product, product, pieces: pieces)
        var rate = 0.01
        let results = [false, true].map { isFused in
          let weights = Memory(start)
          let first = Memory([Float](repeating: 0.1, count: start.count)),
            second = Memory([Float](repeating: 0.2, count: start.count))
          let third = Memory([Float](repeating: 0.1, count: start.count))
          withUnsafePointer(to: &rate) { rate in
            let update = train_update(
              weights: weights.pointer, first: hasMomentum ? first.pointer : nil, second: second.pointer, third: third.pointer,
              rate: rate, decay: rate, gradient_scale: rate, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7,
              kind: Int32(kind.rawValue), variant: variant ? 1 : 0)
            if isFused {
              run(table.product_update, train_product_update(product: product, update: update), pieces: pieces)
            } else {
              run(
                table.update,
                train_update_range(
                  update: update, gradient: gradient.pointer, count: Int64(start.count), per_piece: Int64(start.count)))
            }
          }
          #expect(weights.isMarginIntact && second.isMarginIntact)
          return weights.values + first.values + second.values + third.values
        }
        #expect(results[0] == results[1])
      }
    }
  }

  @Test("A table is updated from the rows that were looked up as its whole gradient would", arguments: kernelLevels)
  func lookedUpRows(level: String) {
    var numbers = TestNumbers(16)
    let rows = 7
    let indices: [Int32] = [3, 0, 3, -1, 6, 7, 3, 0, 5]  // 3 thrice, two outside, 1, 2 and 4 not at all
    for (kind, variant, hasMomentum) in Self.rules {
      for columns in [1, 16, 33, 512, 600] {
        let values = Memory(numbers.array(indices.count * columns)), start = numbers.array(rows * columns)
        let places = Memory(indices), gradient = Memory(count: rows * columns)
        let firstPlaces = Memory([Int32](repeating: 9, count: rows))
        let nextPlaces = Memory([Int32](repeating: 9, count: indices.count))
        let chains = train_row_chains(
          indices: places.pointer, first: firstPlaces.pointer, next: nextPlaces.pointer, count: Int64(indices.count),
          rows: Int64(rows))
        run(kernels(level).chain_rows, chains)
        run(
          kernels(level).scatter_rows,
          train_scatter_rows(
            output: gradient.pointer, values: values.pointer, indices: places.pointer, count: Int64(indices.count),
            rows: Int64(rows), columns: Int64(columns), rows_per_piece: Int64(rows)))
        var rate = 0.01
        let results = [false, true].map { isFused in
          let weights = Memory(start)
          let slots = (0..<3).map { Memory([Float](repeating: 0.1 * Float($0 + 1), count: start.count)) }
          withUnsafePointer(to: &rate) { rate in
            let update = train_update(
              weights: weights.pointer, first: hasMomentum ? slots[0].pointer : nil, second: slots[1].pointer,
              third: slots[2].pointer, rate: rate, decay: rate, gradient_scale: rate, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7,
              kind: Int32(kind.rawValue), variant: variant ? 1 : 0)
            if isFused {
              run(
                kernels(level).update_rows,
                train_update_rows(
                  update: update, chains: chains, values: values.pointer, columns: Int64(columns), rows_per_piece: 3),
                pieces: 3)
            } else {
              run(
                kernels(level).update,
                train_update_range(
                  update: update, gradient: gradient.pointer, count: Int64(start.count), per_piece: Int64(start.count)))
            }
          }
          #expect(([weights] + slots).allSatisfy(\.isMarginIntact) && firstPlaces.isMarginIntact && nextPlaces.isMarginIntact)
          return ([weights] + slots).flatMap(\.values)
        }
        #expect(results[0] == results[1], "\(kind), variant \(variant), of \(columns) columns")
      }
    }
  }
}
