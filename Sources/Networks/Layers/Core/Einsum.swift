import Plans
import Tensors

/// An equation of Einstein's summation between an input and a kernel, `abc,cd->abd`: axes that the output does not name are summed over.
///
/// An ellipsis stands at the beginning of input and output, or at the end, for axes that are passed on.
struct Einsum {
  private let input: [Character]
  private let kernel: [Character]
  private let output: [Character]
  /// How many axes of the input an ellipsis stands for, and whether it stands first.
  private let elided: Int
  private let elidesFirst: Bool

  /// Reads an equation for an input of that rank, batch included. Throws where it cannot be read or does not fit.
  init(_ equation: String, inputRank: Int) throws(ShapeError) {
    let letters = equation.filter { $0 != " " }
    let sides = letters.split(separator: ">", omittingEmptySubsequences: false)
    let operands = sides.first?.dropLast().split(separator: ",", omittingEmptySubsequences: false) ?? []
    guard sides.count == 2, sides[0].last == "-", operands.count == 2 else { throw Einsum.unreadable(equation) }
    var parts = [String(operands[0]), String(operands[1]), String(sides[1])]
    elidesFirst = parts[0].hasPrefix("...")
    let elidesLast = parts[0].hasSuffix("...") && !elidesFirst
    for index in [0, 2] where elidesFirst || elidesLast {
      guard elidesFirst ? parts[index].hasPrefix("...") : parts[index].hasSuffix("...") else { throw Einsum.unreadable(equation) }
      parts[index] = String(elidesFirst ? parts[index].dropFirst(3) : parts[index].dropLast(3))
    }
    guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isLetter } && Set($0).count == $0.count }) else {
      throw Einsum.unreadable(equation)
    }
    elided = inputRank - parts[0].count
    guard elided == 0 || (elided > 0 && (elidesFirst || elidesLast)) else {
      throw ShapeError("has \(parts[0].count) axes in its equation, but gets \(inputRank), the batch included")
    }
    // Elided axes get marks of their own.
    let marks = (0..<elided).map { Character(UnicodeScalar(UInt8($0 + 1))) }
    input = elidesFirst ? marks + Array(parts[0]) : Array(parts[0]) + marks
    kernel = Array(parts[1])
    output = elidesFirst ? marks + Array(parts[2]) : Array(parts[2]) + marks
    if let odd = output.first(where: { !input.contains($0) && !kernel.contains($0) }) {
      throw ShapeError("names the axis `\(odd)` in the output of its equation, but in none of the factors")
    }
    if let odd = kernel.first(where: { !input.contains($0) && !output.contains($0) }) {
      throw ShapeError("names the axis `\(odd)` in the kernel of its equation, but neither in the input nor in the output")
    }
    guard input.first == output.first else {
      throw ShapeError("has an equation whose output does not begin with the batch, the first axis of the input")
    }
  }

  private static func unreadable(_ equation: String) -> ShapeError {
    ShapeError(
      "has the equation `\(equation)`, which is not of the form `ab,bc->ac`, `...b,bc->...c` or `ab...,bc->ac...`")
  }

  // MARK: Shapes

  /// The shapes of the kernel, the bias (nil without `biasAxes`) and an example's output, from an example's input and what is said of
  /// the output.
  func shapes(
    input shape: Shape, output given: [Int?], biasAxes: String?
  ) throws(ShapeError) -> (kernel: [Int], bias: [Int]?, output: Shape) {
    let inputSizes = Dictionary(uniqueKeysWithValues: zip(input, [nil] + shape.dimensions))
    var outputSizes = inputSizes.filter { output.contains($0.key) }
    let named = output.filter { $0.isLetter }.dropFirst(elidesFirst && elided > 0 ? 0 : 1)
    guard named.count == given.count else {
      throw ShapeError("has an `output_shape` of \(given.count) sizes for the \(named.count) axes `\(String(named))`")
    }
    for (axis, size) in zip(named, given) {
      guard let size else { continue }
      if let known = inputSizes[axis] ?? nil, known != size {
        throw ShapeError("takes \(known) along the axis `\(axis)`, but its `output_shape` says \(size)")
      }
      outputSizes[axis] = size
    }
    var kernelShape: [Int] = []
    for axis in kernel {
      guard let size = (outputSizes[axis] ?? nil) ?? (inputSizes[axis] ?? nil) else {
        throw ShapeError("needs to know the size of the axis `\(axis)`", hint: "say it in `output_shape`.")
      }
      kernelShape.append(size)
    }
    return (
      kernelShape, try biasAxes.map { axes throws(ShapeError) in try bias(axes, outputSizes) },
      Shape(output.dropFirst().map { outputSizes[$0] ?? nil })
    )
  }

  private func bias(_ axes: String, _ sizes: [Character: Int?]) throws(ShapeError) -> [Int] {
    if let odd = axes.first(where: { !output.contains($0) }) {
      throw ShapeError("has a bias along the axis `\(odd)`, which its output does not have")
    }
    guard let first = output.firstIndex(where: { axes.contains($0) }) else {
      throw ShapeError("has `bias_axes` without any axis")
    }
    var shape: [Int] = []
    for axis in output[first...] {
      guard axes.contains(axis) else {
        shape.append(1)
        continue
      }
      guard let size = sizes[axis] ?? nil else { throw ShapeError("has a bias along the axis `\(axis)`, whose size is open") }
      shape.append(size)
    }
    return shape
  }

  /// How many inputs and outputs meet in a kernel of that shape.
  func fans(kernel shape: [Int]) -> [Int] {
    let areOutputs = kernel.map { output.contains($0) }
    return [false, true].map { side in zip(shape, areOutputs).filter { $0.1 == side }.map(\.0).reduce(1, *) }
  }

  // MARK: Products

  /// The sums of products. Axes that input, kernel and output share stay apart; the others make one matrix product.
  func emit(_ x: Node, _ weights: Node, into graph: inout Graph) -> Node {
    let unused = self.input.indices.filter { !kernel.contains(self.input[$0]) && !output.contains(self.input[$0]) }
    let x = graph.reduceSum(x, axes: unused)
    let input = self.input.filter { kernel.contains($0) || output.contains($0) }
    let sizes = Dictionary(
      Array(zip(input, graph.shape(of: x))) + Array(zip(kernel, graph.shape(of: weights))),
      uniquingKeysWith: { first, _ in first })
    let shared = input.filter { kernel.contains($0) && output.contains($0) }
    let summed = input.filter { kernel.contains($0) && !output.contains($0) }
    let rows = input.filter { !kernel.contains($0) }
    let columns = kernel.filter { !input.contains($0) }
    func size(_ axes: [Character]) -> Int { axes.reduce(1) { $0 * (sizes[$1] ?? 1) } }
    func arrange(_ node: Node, _ axes: [Character], as order: [Character]) -> Node {
      graph.transpose(node, order.compactMap { axes.firstIndex(of: $0) })
    }
    let left = arrange(x, input, as: shared + rows + summed)
    let right = arrange(weights, kernel, as: shared + summed + columns)
    let product: Node
    if shared.isEmpty {
      product = graph.matrixProduct(
        graph.reshape(left, [size(rows), size(summed)]), graph.reshape(right, [size(summed), size(columns)]))
    } else {
      product = graph.matrixProduct(
        graph.reshape(left, [size(shared), size(rows), size(summed)]),
        graph.reshape(right, [size(shared), size(summed), size(columns)]))
    }
    let made = shared + rows + columns
    return arrange(graph.reshape(product, made.map { sizes[$0] ?? 1 }), made, as: output)
  }
}
