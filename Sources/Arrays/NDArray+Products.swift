extension NDArray {
  /// The matrix product `a @ b`: […, m, k] · […, k, n] → […, m, n] with leading axes stretched; one dimension is a row or a column.
  package static func matrixProduct(_ a: NDArray, _ b: NDArray) throws(ArrayError) -> NDArray {
    guard a.rank > 0, b.rank > 0 else { throw .value("matmul: Input operand does not have enough dimensions") }
    let left = a.rank == 1 ? [1, a.shape[0]] : a.shape
    let right = b.rank == 1 ? [b.shape[0], 1] : b.shape
    let (rows, inner, columns) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
    guard inner == right[right.count - 2] else {
      throw .value(
        "matmul: Input operand 1 has a mismatch in its core dimension 0 (size \(right[right.count - 2]) is different from \(inner))"
      )
    }
    let batch = try broadcastShape(Array(left.dropLast(2)), Array(right.dropLast(2)))
    let shape = batch + (a.rank == 1 ? [] : [rows]) + (b.rank == 1 ? [] : [columns])
    _ = try count(of: shape)
    let type = a.type.promoted(with: b.type)
    let working: ElementType = type.isFloat ? .float64 : .int64
    let x = try a.converted(to: working).withShape(left).broadcast(to: batch + [rows, inner])
    let y = try b.converted(to: working).withShape(right).broadcast(to: batch + [inner, columns])
    var result = NDArray(working, shape: shape)
    func multiply<T: AdditiveArithmetic>(_: T.Type, _ product: (T, T) -> T, _ sum: (T, T) -> T) {
      x.withElements(as: T.self) { p in
        y.withElements(as: T.self) { q in
          result.withMutableElements(as: T.self) { out in
            for block in 0..<batch.reduce(1, *) {
              let (pStart, qStart, outStart) = (block * rows * inner, block * inner * columns, block * rows * columns)
              for row in 0..<rows {
                for step in 0..<inner {
                  let factor = p[pStart + row * inner + step]
                  for column in 0..<columns {
                    let place = outStart + row * columns + column
                    out[place] = sum(out[place], product(factor, q[qStart + step * columns + column]))
                  }
                }
              }
            }
          }
        }
      }
    }
    if type.isFloat { multiply(Double.self, *, +) } else { multiply(Int.self, &*, &+) }
    return result.converted(to: type)
  }

  /// `np.dot`: a product with a number, or the sums over the last axis of `a` and the last but one (or only) axis of `b`.
  package static func dotProduct(_ a: NDArray, _ b: NDArray) throws(ArrayError) -> NDArray {
    if a.rank == 0 || b.rank == 0 {
      let product = try elementwise(.multiply, a, b)
      guard product.type.isFloat, product.count > 1 else { return product }
      // NumPy adds the multiples to zeros, and none where the number is 0: -0.0 becomes 0.0, and so do infinity and not-a-number times 0.
      if (a.rank == 0 ? a : b).doubles[0] == 0 { return NDArray(product.type, shape: product.shape) }
      return try elementwise(.add, product, .float(0))
    }
    if a.rank <= 2, b.rank <= 2 { return try matrixProduct(a, b) }
    let inner = a.shape[a.rank - 1]
    let moved = b.rank == 1 ? b : try b.movingAxis(b.rank - 2, to: 0)
    guard moved.shape[0] == inner else {
      throw .value("shapes \(pythonTuple(a.shape)) and \(pythonTuple(b.shape)) not aligned: \(inner) != \(moved.shape[0])")
    }
    let rows = a.shape.dropLast().reduce(1, *)
    let columns = moved.shape.dropFirst().reduce(1, *)
    let product = try matrixProduct(a.withShape([rows, inner]), moved.withShape([inner, columns]))
    return product.withShape(a.shape.dropLast() + moved.shape.dropFirst())
  }

  /// Every element of `a` times every one of `b`, both in one row: [count of a, count of b].
  package static func outerProduct(_ a: NDArray, _ b: NDArray) throws(ArrayError) -> NDArray {
    try elementwise(.multiply, a.withShape([a.count, 1]), b.withShape([1, b.count]))
  }
}

/// A sum of products written with an index for each axis, as `np.einsum` takes it: `ij,jk->ik`.
package struct IndexedProduct {
  private let sizes: [Int]
  /// The step in each operand, and in the result, as an index grows by one; the indices of the result come first.
  private let strides: [[Int]]
  private let resultStrides: [Int]
  private let resultShape: [Int]

  /// How many products are made.
  package var cost: Int {
    sizes.reduce(1) { total, size in
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      return overflow ? .max >> 1 : product
    }
  }

  /// Reads the text for operands of these shapes.
  package init(_ text: String, shapes: [[Int]]) throws(ArrayError) {
    let characters = text.filter { $0 != " " }
    let arrow = characters.indices.first { characters[$0...].hasPrefix("->") }
    let inputs = characters[..<(arrow ?? characters.endIndex)].split(separator: ",", omittingEmptySubsequences: false).map {
      Array($0)
    }
    let written = arrow.map { Array(characters[characters.index($0, offsetBy: 2)...]) }
    guard (inputs.joined() + (written ?? [])).allSatisfy({ $0.isASCII && $0.isLetter }) else {
      throw .value("`\(text)` is no sum of products: letters name the axes, `,` stands between operands, `->` before the result")
    }
    guard inputs.count == shapes.count else {
      throw .value("`\(text)` is for \(inputs.count) operands, and there are \(shapes.count)")
    }
    var size: [Character: Int] = [:]
    for (labels, shape) in zip(inputs, shapes) {
      guard labels.count == shape.count else {
        throw .value("`\(String(labels))` names \(labels.count) axes of an operand that has \(shape.count)")
      }
      for (label, length) in zip(labels, shape) {
        if let known = size[label], known != length, known != 1, length != 1 {
          throw .value("the index `\(label)` is of length \(known) and of length \(length)")
        }
        // An axis of one stretches, to none too.
        if size[label] ?? 1 == 1 { size[label] = length }
      }
    }
    let all = Array(inputs.joined())
    let output = written ?? Set(all).filter { label in all.count { $0 == label } == 1 }.sorted()
    guard Set(output).count == output.count, output.allSatisfy({ size[$0] != nil }) else {
      throw .value("the result of `\(text)` names an index twice, or one that no operand has")
    }
    let labels = output + Set(all).subtracting(output).sorted()
    sizes = labels.map { size[$0] ?? 1 }
    resultShape = output.map { size[$0] ?? 1 }
    _ = try NDArray.count(of: resultShape)
    resultStrides = NDArray.contiguousStrides(resultShape) + [Int](repeating: 0, count: labels.count - output.count)
    strides = zip(inputs, shapes).map { axes, shape in
      let steps = NDArray.strides(of: shape, stretchedTo: shape)
      return labels.map { label in zip(axes, steps).reduce(0) { $1.0 == label ? $0 + $1.1 : $0 } }
    }
  }

  /// The sum of products of these operands.
  package func evaluate(_ operands: [NDArray]) -> NDArray {
    let type = operands.dropFirst().reduce(operands[0].type) { $0.promoted(with: $1.type) }
    let working: ElementType = type.isFloat ? .float64 : .int64
    let converted = operands.map { $0.converted(to: working) }
    var result = NDArray(working, shape: resultShape)
    if type.isFloat { run(converted, &result, 1.0, *, +) } else { run(converted, &result, 1, &*, &+) }
    return result.converted(to: type)
  }

  private func run<T>(_ operands: [NDArray], _ result: inout NDArray, _ one: T, _ multiply: (T, T) -> T, _ add: (T, T) -> T) {
    if sizes.contains(0) { return }
    let elements = operands.map { $0.withElements(as: T.self) { $0.baseAddress! } }  // an array has memory even where it is empty
    result.withMutableElements(as: T.self) { out in
      var index = [Int](repeating: 0, count: sizes.count)
      var offsets = [Int](repeating: 0, count: operands.count)
      var place = 0
      while true {
        var product = one
        for operand in offsets.indices { product = multiply(product, elements[operand][offsets[operand]]) }
        out[place] = add(out[place], product)
        var axis = sizes.count - 1
        while axis >= 0 {
          index[axis] += 1
          for operand in offsets.indices { offsets[operand] += strides[operand][axis] }
          place += resultStrides[axis]
          if index[axis] < sizes[axis] { break }
          for operand in offsets.indices { offsets[operand] -= strides[operand][axis] * sizes[axis] }
          place -= resultStrides[axis] * sizes[axis]
          index[axis] = 0
          axis -= 1
        }
        if axis < 0 { return }
      }
    }
    withExtendedLifetime(operands) {}
  }
}
