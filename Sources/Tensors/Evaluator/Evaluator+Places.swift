/// The evaluator's rows by number, parts of an axis and running sums.
extension Evaluator {
  func gatheredRows(_ table: [Double], _ shape: [Int], _ numbers: [Double]) -> [Double] {
    let columns = shape.dropFirst().reduce(1, *)
    return numbers.flatMap { number in
      0..<shape[0] ~= Int(number)
        ? Array(table[(Int(number) * columns)..<((Int(number) + 1) * columns)]) : Array(repeating: 0, count: columns)
    }
  }

  func scatteredRows(_ values: [Double], _ numbers: [Double], _ shape: [Int]) -> [Double] {
    let columns = shape.dropFirst().reduce(1, *)
    var sums = [Double](repeating: 0, count: shape[0] * columns)
    for (position, number) in numbers.enumerated() where 0..<shape[0] ~= Int(number) {
      for column in 0..<columns { sums[Int(number) * columns + column] += values[position * columns + column] }
    }
    return sums
  }

  /// Extents before, along and behind an axis.
  private func split(_ shape: [Int], _ axis: Int) -> (outer: Int, middle: Int, inner: Int) {
    (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
  }

  func sliced(_ values: [Double], _ shape: [Int], _ axis: Int, _ start: Int, _ count: Int) -> [Double] {
    let (outer, middle, inner) = split(shape, axis)
    var result: [Double] = []
    for o in 0..<outer {
      let first = (o * middle + start) * inner
      result += values[first..<(first + count * inner)]
    }
    return result
  }

  func concatenated(_ operands: [[Double]], _ shapes: [[Int]], _ axis: Int) -> [Double] {
    var result: [Double] = []
    for o in 0..<split(shapes[0], axis).outer {
      for (values, shape) in zip(operands, shapes) {
        let row = shape[axis...].reduce(1, *)
        result += values[(o * row)..<((o + 1) * row)]
      }
    }
    return result
  }

  func padded(_ values: [Double], _ shape: [Int], _ axis: Int, _ before: Int, _ extent: Int) -> [Double] {
    let (outer, middle, inner) = split(shape, axis)
    var result: [Double] = []
    for o in 0..<outer {
      result += [Double](repeating: 0, count: before * inner)
      result += values[(o * middle * inner)..<((o + 1) * middle * inner)]
      result += [Double](repeating: 0, count: (extent - before - middle) * inner)
    }
    return result
  }

  func cumulativeSum(_ sum: CumulativeSum, _ values: [Double], _ shape: [Int]) -> [Double] {
    let (outer, middle, inner) = split(shape, sum.axis)
    var result = values
    for o in 0..<outer {
      for i in 0..<inner {
        var total = 0.0
        for step in 0..<middle {
          let place = (o * middle + (sum.isReverse ? middle - 1 - step : step)) * inner + i
          let before = total
          total += values[place]
          result[place] = sum.isExclusive ? before : total
        }
      }
    }
    return result
  }
}
