/// The evaluator's attention.
extension Evaluator {
  /// The shares that one query's head gives to the keys, and whether it sees any.
  private struct Row {
    let batch: Int
    let query: Int
    let head: Int
    let keyHead: Int
    let shares: [Double]
    let seesAny: Bool
  }

  /// Every query's shares. operands: query, key, value, mask; shapes of the same.
  private func attentionRows(_ operands: [[Double]], _ shapes: [[Int]], _ settings: Attention) -> [Row] {
    let (q, k) = (shapes[0], shapes[1])
    var rows: [Row] = []
    for batch in 0..<q[0] {
      for query in 0..<q[1] {
        for head in 0..<q[2] {
          let keyHead = head / (q[2] / k[2])
          let sees = (0..<k[1]).map { key in
            (!settings.isCausal || key <= query)
              && (!settings.hasMask || mask(operands[3], shapes[3], batch, head, query, key) != 0)
          }
          let scores = (0..<k[1]).map { key in
            (0..<q[3]).reduce(0.0) { sum, place in
              sum + operands[0][((batch * q[1] + query) * q[2] + head) * q[3] + place]
                * operands[1][((batch * k[1] + key) * k[2] + keyHead) * k[3] + place]
            } * settings.scale
          }
          let seesAny = sees.contains(true)
          let seen = zip(scores, sees).map { seesAny ? ($1 ? $0 : -.infinity) : 0 }
          rows.append(
            Row(batch: batch, query: query, head: head, keyHead: keyHead, shares: Evaluator.softmax(seen), seesAny: seesAny))
        }
      }
    }
    return rows
  }

  private func mask(_ values: [Double], _ shape: [Int], _ batch: Int, _ head: Int, _ query: Int, _ key: Int) -> Double {
    let place = zip([batch, head, query, key], shape).reduce(0) { $0 * $1.1 + ($1.1 == 1 ? 0 : $1.0) }
    return values[place]
  }

  /// operands: query, key, value, mask.
  func attention(_ operands: [[Double]], _ shapes: [[Int]], _ settings: Attention) -> [Double] {
    let v = shapes[2]
    return attentionRows(operands, shapes, settings).flatMap { row in
      (0..<v[3]).map { place in
        row.shares.enumerated().reduce(0) { sum, share in
          sum + share.element * operands[2][((row.batch * v[1] + share.offset) * v[2] + row.keyHead) * v[3] + place]
        }
      }
    }
  }

  /// operands: gradient of the output, query, key, value, mask. The derivatives in query, key and value, one after another.
  func attentionGradient(_ operands: [[Double]], _ shapes: [[Int]], _ settings: Attention) -> [Double] {
    let (q, k, v) = (shapes[1], shapes[2], shapes[3])
    let (g, query, key, value) = (operands[0], operands[1], operands[2], operands[3])
    var (dq, dk, dv) = (query.map { _ in 0.0 }, key.map { _ in 0.0 }, value.map { _ in 0.0 })
    let rows = attentionRows(Array(operands.dropFirst()), Array(shapes.dropFirst()), settings)
    for (position, row) in rows.enumerated() {
      let (from, to) = (position * q[3], position * v[3])
      func place(_ index: Int, _ shape: [Int]) -> Int { ((row.batch * shape[1] + index) * shape[2] + row.keyHead) * shape[3] }
      let slopes = row.shares.indices.map { index in
        (0..<v[3]).reduce(0) { $0 + g[to + $1] * value[place(index, v) + $1] }
      }
      let mean = zip(row.shares, slopes).reduce(0) { $0 + $1.0 * $1.1 }
      for index in row.shares.indices {
        for i in 0..<v[3] { dv[place(index, v) + i] += row.shares[index] * g[to + i] }
        guard row.seesAny else { continue }
        let slope = row.shares[index] * (slopes[index] - mean) * settings.scale
        for i in 0..<q[3] {
          dq[from + i] += slope * key[place(index, k) + i]
          dk[place(index, k) + i] += slope * query[from + i]
        }
      }
    }
    return dq + dk + dv
  }
}
