import CKernels
import Glibc
import Testing

/// What a loss kernel writes.
private struct LossResult {
  var loss: [Float]
  var hits: [Float]
  var probabilities: [Float]
  var gradient: [Float]
}

private let epsilon = Double(Float(1e-7))
private let most = Double(Float(1) - Float(1e-7))

@Suite struct KernelsLossTests {
  private static let forms = [TRAIN_FROM_LOGITS, TRAIN_FROM_ACTIVATION, TRAIN_FROM_PROBABILITIES]

  private func categorical(
    _ level: String, _ form: train_prediction_form, input: [Float], labels: [Int32]?, targets: [Float]?, weights: [Float]?,
    classes: Int, scale: Float = 1, smoothing: Float = 0, ignoring: Int32 = .min
  ) -> LossResult {
    let rows = input.count / classes
    let input = Memory(input), loss = Memory(count: rows), hits = Memory(count: rows)
    let probabilities = Memory(count: rows * classes), gradient = Memory(count: rows * classes)
    let labels = labels.map { Memory<Int32>($0) }, targets = targets.map { Memory($0) }, weights = weights.map { Memory($0) }
    run(
      kernels(level).categorical_crossentropy,
      train_categorical_crossentropy(
        input: input.pointer, labels: labels?.pointer, targets: targets?.pointer, weights: weights?.pointer,
        loss: loss.pointer, hits: hits.pointer, probabilities: probabilities.pointer, gradient: gradient.pointer,
        rows: Int64(rows), classes: Int64(classes), rows_per_piece: 2, scale: scale, smoothing: smoothing,
        form: Int32(form.rawValue), ignored_class: ignoring),
      pieces: train_pieces(Int64(rows), 2))
    #expect(loss.isMarginIntact && hits.isMarginIntact && probabilities.isMarginIntact && gradient.isMarginIntact)
    return LossResult(loss: loss.values, hits: hits.values, probabilities: probabilities.values, gradient: gradient.values)
  }

  /// The loss of one row as Keras states it, in double.
  private func reference(_ form: train_prediction_form, _ x: [Double], _ t: [Double]) -> Double {
    if form == TRAIN_FROM_LOGITS {
      let largest = x.max() ?? 0, logarithm = log(x.reduce(0) { $0 + exp($1 - largest) }) + largest
      return zip(x, t).reduce(0) { $0 - $1.1 * ($1.0 - logarithm) }
    }
    var p = x
    if form == TRAIN_FROM_ACTIVATION {
      let largest = x.max() ?? 0
      p = x.map { exp($0 - largest) }
    }
    let sum = p.reduce(0, +)
    return zip(p, t).reduce(0) { $0 - $1.1 * log(min(max($1.0 / sum, epsilon), most)) }
  }

  @Test("Categorical crossentropy and its derivative, in all forms", arguments: kernelLevels)
  func categoricalValues(level: String) {
    var numbers = TestNumbers(10)
    for form in Self.forms {
      for classes in [1, 2, 10, 16, 17, 33] {
        for (isSparse, smoothing) in [(true, Float(0)), (true, 0.1), (false, 0), (false, 0.1)] {
          let rows = 5
          let input = numbers.array(rows * classes, in: form == TRAIN_FROM_PROBABILITIES ? 0.05...1 : -3...3)
          let labels = (0..<rows).map { Int32($0 * 7 % classes) }
          let targets = numbers.array(rows * classes, in: 0...1)
          let weights = numbers.array(rows, in: 0...2)
          let found = categorical(
            level, form, input: input, labels: isSparse ? labels : nil, targets: isSparse ? nil : targets, weights: weights,
            classes: classes, scale: 0.25, smoothing: smoothing)
          var losses: [Double] = [], slopes: [Double] = []
          for r in 0..<rows {
            let x = (0..<classes).map { Double(input[r * classes + $0]) }
            let t = (0..<classes).map { c -> Double in
              let given = isSparse ? (labels[r] == c ? 1 : 0) : Double(targets[r * classes + c])
              return given * (1 - Double(smoothing)) + Double(smoothing) / Double(classes)
            }
            losses.append(reference(form, x, t))
            for c in 0..<classes {
              var up = x, down = x
              up[c] += 1e-5
              down[c] -= 1e-5
              slopes.append(0.25 * Double(weights[r]) * (reference(form, up, t) - reference(form, down, t)) / 2e-5)
            }
          }
          expectAgreement(found.loss, losses, relative: 1e-5, absolute: 2e-6, "loss of \(classes) classes, form \(form)")
          expectAgreement(found.gradient, slopes, relative: 1e-4, absolute: 2e-5, "gradient of \(classes) classes, form \(form)")
        }
      }
    }
  }

  @Test("A clipped probability has the clamp's loss and no gradient", arguments: kernelLevels)
  func clamp(level: String) {
    // Row 0: certain and right. Row 1: certain and wrong. Row 2: in between.
    let logits: [Float] = [50, 0, 0, 50, 0, 0, 1, 2, 0.5]
    let clamped = categorical(
      level, TRAIN_FROM_ACTIVATION, input: logits, labels: [0, 1, 1], targets: nil, weights: nil, classes: 3)
    expectAgreement(
      Array(clamped.loss[..<2]), [-log(most), -log(epsilon)], relative: 1e-6, "clamped losses")
    #expect(clamped.gradient[..<6].allSatisfy { $0 == 0 })
    #expect(clamped.gradient[6...].allSatisfy { $0 != 0 })
    #expect(clamped.hits == [1, 0, 1])
    let open = categorical(level, TRAIN_FROM_LOGITS, input: logits, labels: [0, 1, 1], targets: nil, weights: nil, classes: 3)
    expectAgreement(Array(open.loss[..<2]), [0, 50], absolute: 1e-6, "losses from logits")
    expectAgreement(Array(open.gradient[3..<6]), [1, -1, 0], absolute: 1e-6, "gradient from logits")
    let given = categorical(
      level, TRAIN_FROM_PROBABILITIES, input: [1, 0, 0, 1], labels: [0, 0], targets: nil, weights: nil, classes: 2)
    expectAgreement(given.loss, [-log(most), -log(epsilon)], "losses of hard probabilities")
    #expect(given.gradient.allSatisfy { $0 == 0 } && given.probabilities == [1, 0, 0, 1])
  }

  @Test("Ignored, impossible and undefined rows", arguments: kernelLevels)
  func oddRows(level: String) {
    for form in [TRAIN_FROM_LOGITS, TRAIN_FROM_ACTIVATION] {
      let found = categorical(
        level, form, input: [1, 2, 1, 2, .nan, 2, 1, 2], labels: [-1, 7, 0, 1], targets: nil, weights: nil, classes: 2,
        ignoring: -1)
      #expect(found.loss[0] == 0 && found.loss[1] == 0)
      #expect(found.gradient[..<4].allSatisfy { $0 == 0 })
      #expect(found.loss[2].isNaN)
      #expect(found.hits[0] == 0 && found.hits[1] == 0 && found.hits[3] == 1)
    }
  }

  @Test("Binary crossentropy and its derivative, in all forms", arguments: kernelLevels)
  func binaryValues(level: String) {
    var numbers = TestNumbers(11)
    func reference(_ form: train_prediction_form, _ x: Double, _ y: Double) -> Double {
      if form == TRAIN_FROM_LOGITS { return max(x, 0) - x * y + log1p(exp(-abs(x))) }
      let p = min(max(form == TRAIN_FROM_ACTIVATION ? 1 / (1 + exp(-x)) : x, epsilon), most)
      return -y * log(p) - (1 - y) * log(1 - p)
    }
    for form in Self.forms {
      for columns in awkwardSizes where columns > 0 {
        for smoothing in [Float(0), 0.2] {
          let rows = 3
          let input = Memory(numbers.array(rows * columns, in: form == TRAIN_FROM_PROBABILITIES ? 0.05...0.95 : -4...4))
          let targets = Memory((0..<rows * columns).map { Float($0 % 2) }), weights = Memory([0.5, 1, 2])
          let loss = Memory(count: rows), hits = Memory(count: rows)
          let probabilities = Memory(count: rows * columns), gradient = Memory(count: rows * columns)
          run(
            kernels(level).binary_crossentropy,
            train_binary_crossentropy(
              input: input.pointer, targets: targets.pointer, weights: weights.pointer, loss: loss.pointer, hits: hits.pointer,
              probabilities: probabilities.pointer, gradient: gradient.pointer, rows: Int64(rows), columns: Int64(columns),
              rows_per_piece: 2, scale: 0.5, smoothing: smoothing, form: Int32(form.rawValue)),
            pieces: 2)
          var losses: [Double] = [], slopes: [Double] = [], right: [Double] = []
          for r in 0..<rows {
            var sum = 0.0, count = 0.0
            for c in 0..<columns {
              let x = Double(input.pointer[r * columns + c]), given = Double(targets.pointer[r * columns + c])
              let y = given * (1 - Double(smoothing)) + Double(smoothing) / 2
              sum += reference(form, x, y)
              count += (form == TRAIN_FROM_PROBABILITIES ? x > 0.5 : x > 0) == (given == 1) ? 1 : 0
              let slope = (reference(form, x + 1e-6, y) - reference(form, x - 1e-6, y)) / 2e-6
              slopes.append(slope * 0.5 * Double(weights.pointer[r]) / Double(columns))
            }
            losses.append(sum / Double(columns))
            right.append(count / Double(columns))
          }
          expectAgreement(loss.values, losses, relative: 1e-5, absolute: 1e-6, "binary loss")
          expectAgreement(gradient.values, slopes, relative: 1e-4, absolute: 1e-5, "binary gradient")
          expectAgreement(hits.values, right, "binary hits")
          #expect(gradient.isMarginIntact && probabilities.isMarginIntact)
        }
      }
    }
  }

  @Test("Squared and absolute error", arguments: kernelLevels)
  func regression(level: String) {
    let table = kernels(level)
    var numbers = TestNumbers(12)
    for columns in awkwardSizes where columns > 0 {
      let rows = 3
      let predictions = Memory(numbers.array(rows * columns)), targets = Memory(numbers.array(rows * columns))
      let weights = Memory([0.5, 1, 2])
      for isSquared in [true, false] {
        let loss = Memory(count: rows), gradient = Memory(count: rows * columns)
        run(
          isSquared ? table.mean_squared_error : table.mean_absolute_error,
          train_regression_loss(
            predictions: predictions.pointer, targets: targets.pointer, weights: weights.pointer, loss: loss.pointer,
            gradient: gradient.pointer, rows: Int64(rows), columns: Int64(columns), rows_per_piece: 2, scale: 0.1),
          pieces: 2)
        let errors = zip(predictions.values, targets.values).map { Double($0) - Double($1) }
        let losses = (0..<rows).map { r in
          errors[r * columns..<(r + 1) * columns].reduce(0) { $0 + (isSquared ? $1 * $1 : abs($1)) } / Double(columns)
        }
        let slopes = errors.enumerated().map { index, e in
          0.1 * Double(weights.pointer[index / columns]) * (isSquared ? 2 * e : e > 0 ? 1 : -1) / Double(columns)
        }
        expectAgreement(loss.values, losses, "error")
        expectAgreement(gradient.values, slopes, relative: 1e-5, "gradient of error")
        #expect(gradient.isMarginIntact)
      }
    }
  }
}
