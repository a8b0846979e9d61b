/// The evaluator's images: other numbers of positions, and affine maps.
extension Evaluator {
  func resampled(_ resampling: Resampling, _ x: [Double], _ shape: [Int]) -> [Double] {
    let outer = shape[..<resampling.axis].reduce(1, *)
    let inner = shape[(resampling.axis + 1)...].reduce(1, *)
    let rows = resampling.rows()
    var result: [Double] = []
    for o in 0..<outer {
      for row in rows {
        for i in 0..<inner {
          result.append(
            row.weights.enumerated().reduce(0) { sum, weight in
              sum + weight.element * x[(o * shape[resampling.axis] + row.first + weight.offset) * inner + i]
            })
        }
      }
    }
    return result
  }

  /// Calls for each position of the result, in order, with what it is made of: places in [images, rows, columns] (nil for the fill value)
  /// and their weights.
  private func forEachPosition(
    _ sampling: Sampling, _ map: [[Double]], _ shape: [Int], _ body: ([(place: Int?, weight: Double)]) -> Void
  ) {
    for image in 0..<shape[0] {
      let m = map.map { $0.count == 1 ? $0[0] : $0[image] }
      for y in 0..<sampling.rows {
        for x in 0..<sampling.columns {
          let row = m[3] * Double(x) + m[4] * Double(y) + m[5]
          let column = m[0] * Double(x) + m[1] * Double(y) + m[2]
          var parts: [(place: Int?, weight: Double)] = []
          for (r, rowShare) in neighbours(row, sampling) {
            for (c, columnShare) in neighbours(column, sampling) {
              let inside = sampling.fill.position(r, of: shape[1]).flatMap { r in
                sampling.fill.position(c, of: shape[2]).map { (image * shape[1] + r) * shape[2] + $0 }
              }
              parts.append((inside, rowShare * columnShare))
            }
          }
          body(parts)
        }
      }
    }
  }

  private func neighbours(_ coordinate: Double, _ sampling: Sampling) -> [(Int, Double)] {
    guard sampling.isBilinear else { return [(Int(coordinate.rounded()), 1)] }
    let lower = coordinate.rounded(.down)
    return [(Int(lower), 1 - (coordinate - lower)), (Int(lower) + 1, coordinate - lower)]
  }

  /// `operands` are the images and the six numbers of their maps.
  func sampled(_ sampling: Sampling, _ operands: [[Double]], _ shape: [Int]) -> [Double] {
    var result: [Double] = []
    forEachPosition(sampling, Array(operands.dropFirst()), shape) { parts in
      for channel in 0..<shape[3] {
        result.append(
          parts.reduce(0) { sum, part in
            sum + part.weight * (part.place.map { operands[0][$0 * shape[3] + channel] } ?? sampling.fillValue)
          })
      }
    }
    return result
  }

  /// `operands` are the gradient and the six numbers of the maps, `shape` that of the images.
  func sampleGradient(_ sampling: Sampling, _ operands: [[Double]], _ shape: [Int]) -> [Double] {
    var result = [Double](repeating: 0, count: shape.reduce(1, *))
    var position = 0
    forEachPosition(sampling, Array(operands.dropFirst()), shape) { parts in
      for part in parts {
        guard let place = part.place else { continue }
        for channel in 0..<shape[3] {
          result[place * shape[3] + channel] += part.weight * operands[0][position * shape[3] + channel]
        }
      }
      position += 1
    }
    return result
  }
}

extension Sampling.Fill {
  /// Which position of an axis is seen at one that may lie outside; nil for the fill value.
  fileprivate func position(_ index: Int, of extent: Int) -> Int? {
    func remainder(_ a: Int, _ b: Int) -> Int { (a % b + b) % b }
    switch self {
    case .constant: return 0..<extent ~= index ? index : nil
    case .nearest: return min(max(index, 0), extent - 1)
    case .wrap: return remainder(index, extent)
    case .mirror: return extent == 1 ? 0 : abs(remainder(index + extent - 1, 2 * (extent - 1)) - (extent - 1))
    case .reflect:
      let place = remainder(index, 2 * extent)
      return place < extent ? place : 2 * extent - 1 - place
    }
  }
}
