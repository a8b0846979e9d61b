import Glibc

/// The evaluator's softmax, normalisation and cross-entropies.
extension Evaluator {
  static func softmax(_ row: [Double]) -> [Double] {
    let largest = row.max() ?? 0
    let powers = row.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  static func logSoftmax(_ row: [Double]) -> [Double] {
    let largest = row.max() ?? 0
    let logSum = log(row.reduce(0) { $0 + exp($1 - largest) })
    return row.map { $0 - largest - logSum }
  }

  /// [2, channels]: means, then biased variances.
  static func moments(_ rows: [[Double]]) -> [Double] {
    let channels = rows.first?.count ?? 0
    let means = (0..<channels).map { c in rows.reduce(0) { $0 + $1[c] } / Double(rows.count) }
    let variances = (0..<channels).map { c in
      rows.reduce(0) { $0 + ($1[c] - means[c]) * ($1[c] - means[c]) } / Double(rows.count)
    }
    return means + variances
  }

  /// operands: x, mean, variance, gamma, beta.
  func normalized(_ operands: [[Double]], _ epsilon: Double) -> [Double] {
    let channels = operands[1].count
    return operands[0].indices.map { i in
      let c = i % channels
      return operands[3][c] * (operands[0][i] - operands[1][c]) / (operands[2][c] + epsilon).squareRoot() + operands[4][c]
    }
  }

  /// operands: g, x, mean, variance.
  func normalizeGradientSums(_ operands: [[Double]], _ epsilon: Double) -> [Double] {
    let channels = operands[2].count
    var sums = [Double](repeating: 0, count: 2 * channels)
    for i in operands[0].indices {
      let c = i % channels
      sums[c] += operands[0][i]
      sums[channels + c] += operands[0][i] * (operands[1][i] - operands[2][c]) / (operands[3][c] + epsilon).squareRoot()
    }
    return sums
  }

  /// operands: g, x, mean, variance, gamma, sums.
  func normalizeGradient(_ operands: [[Double]], _ epsilon: Double) -> [Double] {
    let channels = operands[2].count
    let rows = Double(operands[0].count / max(channels, 1))
    return operands[0].indices.map { i in
      let c = i % channels
      let deviation = (operands[3][c] + epsilon).squareRoot()
      let normal = (operands[1][i] - operands[2][c]) / deviation
      let centred = operands[0][i] - operands[5][c] / rows - normal * operands[5][channels + c] / rows
      return operands[4][c] / deviation * centred
    }
  }

  // MARK: Normalisation of each row

  /// A row without its mean and divided by its deviation, and that deviation.
  private func standardized(_ row: [Double], _ settings: RowNormalization) -> (row: [Double], deviation: Double) {
    let count = Double(row.count)
    let mean = settings.isCentred ? row.reduce(0, +) / count : 0
    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let deviation = (variance + settings.epsilon).squareRoot()
    return (row.map { ($0 - mean) / deviation }, deviation)
  }

  /// operands: x, then gamma, then beta.
  func normalizedRows(_ operands: [[Double]], _ shape: [Int], _ settings: RowNormalization) -> [Double] {
    rows(operands[0], shape).flatMap { row in
      standardized(row, settings).row.enumerated().map { c, x in
        x * (settings.hasScale ? operands[1][c] : 1) + (settings.hasOffset ? operands[operands.count - 1][c] : 0)
      }
    }
  }

  /// operands: g, x, then gamma.
  func normalizeRowsGradient(_ operands: [[Double]], _ shape: [Int], _ settings: RowNormalization) -> [Double] {
    zip(rows(operands[0], shape), rows(operands[1], shape)).flatMap { g, x in
      let (normal, deviation) = standardized(x, settings)
      let h = g.indices.map { g[$0] * (settings.hasScale ? operands[2][$0] : 1) }
      let mean = settings.isCentred ? h.reduce(0, +) / Double(h.count) : 0
      let slope = zip(h, normal).reduce(0) { $0 + $1.0 * $1.1 } / Double(h.count)
      return zip(h, normal).map { ($0 - mean - $1 * slope) / deviation }
    }
  }

  /// operands: g, x.
  func normalizeRowsGradientSums(_ operands: [[Double]], _ shape: [Int], _ settings: RowNormalization) -> [Double] {
    var sums = [Double](repeating: 0, count: 2 * shape[1])
    for (g, x) in zip(rows(operands[0], shape), rows(operands[1], shape)) {
      for (c, normal) in standardized(x, settings).row.enumerated() {
        sums[c] += g[c] * normal
        sums[shape[1] + c] += g[c]
      }
    }
    return sums
  }

  // MARK: Cross-entropies

  /// The targets as rows of probabilities, smoothed.
  private func targetRows(_ operands: [[Double]], _ shapes: [[Int]], _ smoothing: Double) -> [[Double]] {
    let classes = shapes[1][shapes[1].count - 1]
    let plain =
      shapes[0].count == shapes[1].count
      ? rows(operands[0], shapes[0])
      : operands[0].map { label in (0..<classes).map { Double($0) == label ? 1 : 0 } }
    return plain.map { row in row.map { $0 * (1 - smoothing) + smoothing / Double(classes) } }
  }

  func crossEntropy(_ operands: [[Double]], _ shapes: [[Int]], _ settings: CrossEntropy) -> [Double] {
    zip(targetRows(operands, shapes, settings.smoothing), rows(operands[1], shapes[1])).map { targets, row in
      if settings.form == .logits { return -zip(targets, Evaluator.logSoftmax(row)).reduce(0) { $0 + $1.0 * $1.1 } }
      return -zip(targets, shares(row, settings)).reduce(0) { $0 + $1.0 * log(clamped($1.1)) }
    }
  }

  func crossEntropyGradient(_ operands: [[Double]], _ shapes: [[Int]], _ settings: CrossEntropy) -> [Double] {
    let targetRows = targetRows(operands, shapes, settings.smoothing)
    return zip(zip(targetRows, rows(operands[1], shapes[1])), operands[2]).flatMap { pair, g in
      let (targets, row) = pair
      let q = shares(row, settings)
      let free = q.map { settings.form == .logits || clamped($0) == $0 }
      let kept = targets.indices.map { free[$0] ? targets[$0] : 0 }
      let total = kept.reduce(0, +)
      return q.indices.map { j in
        if settings.form == .probabilities { return g * (total - kept[j] / q[j]) / row.reduce(0, +) }
        return g * (q[j] * total - kept[j])
      }
    }
  }

  func binaryCrossEntropy(_ operands: [[Double]], _ shapes: [[Int]], _ settings: CrossEntropy) -> [Double] {
    zip(rows(operands[0], shapes[0]), rows(operands[1], shapes[1])).map { targets, row in
      let losses = zip(targets, row).map { target, x in
        let y = target * (1 - settings.smoothing) + settings.smoothing / 2
        if settings.form == .logits { return UnaryOperation.softplus.value(x) - y * x }
        let p = clamped(settings.form == .activated ? UnaryOperation.sigmoid.value(x) : x)
        return -y * log(p) - (1 - y) * log(1 - p)
      }
      return losses.reduce(0, +) / Double(row.count)
    }
  }

  func binaryCrossEntropyGradient(_ operands: [[Double]], _ shapes: [[Int]], _ settings: CrossEntropy) -> [Double] {
    let predictionRows = rows(operands[1], shapes[1])
    return zip(zip(rows(operands[0], shapes[0]), predictionRows), operands[2]).flatMap { pair, g in
      zip(pair.0, pair.1).map { target, x in
        let y = target * (1 - settings.smoothing) + settings.smoothing / 2
        let p = settings.form == .probabilities ? x : UnaryOperation.sigmoid.value(x)
        let share = g / Double(pair.0.count)
        if settings.form != .logits && clamped(p) != p { return 0 }
        return settings.form == .probabilities ? share * (p - y) / (p * (1 - p)) : share * (p - y)
      }
    }
  }

  /// Probabilities with sum 1.
  private func shares(_ row: [Double], _ settings: CrossEntropy) -> [Double] {
    guard settings.form == .probabilities else { return Evaluator.softmax(row) }
    let sum = row.reduce(0, +)
    return row.map { $0 / sum }
  }

  private func clamped(_ p: Double) -> Double { min(max(p, CrossEntropy.epsilon), 1 - CrossEntropy.epsilon) }
}
