/// The evaluator's convolutions: each product of an input, a kernel and an output's element is visited once.
extension Evaluator {
  func convolved(_ entry: Graph.Entry, _ operands: [[Double]]) -> [Double] {
    let shape = graph.convolutionShape(entry)
    var result = [Double](repeating: 0, count: entry.count)
    switch entry.operation {
    case .convolution: visit(shape) { x, k, y in result[y] += operands[0][x] * operands[1][k] }
    case .convolutionInputGradient: visit(shape) { x, k, y in result[x] += operands[0][y] * operands[1][k] }
    default: visit(shape) { x, k, y in result[k] += operands[0][x] * operands[1][y] }
    }
    return result
  }

  /// Calls `body` with the places of an input's, a kernel's and an output's element that belong together.
  private func visit(_ shape: ConvolutionShape, _ body: (_ input: Int, _ kernel: Int, _ output: Int) -> Void) {
    let settings = shape.settings
    let inputs = shape.input.reduce(1, *), outputs = shape.output.reduce(1, *)
    let channels = shape.channels / settings.groups, filters = shape.filters / settings.groups
    for (output, position) in places(shape.output).enumerated() {
      for (kernel, offset) in places(shape.kernel).enumerated() {
        var input = 0
        var isInside = true
        for axis in 0..<settings.axes {
          let place =
            position[axis] * settings.strides[axis] + offset[axis] * settings.dilations[axis] - settings.padding[axis].before
          isInside = isInside && 0..<shape.input[axis] ~= place
          input = input * shape.input[axis] + place
        }
        guard isInside else { continue }
        for image in 0..<shape.images {
          for filter in 0..<shape.filters {
            for channel in 0..<channels {
              body(
                (image * inputs + input) * shape.channels + filter / filters * channels + channel,
                (kernel * channels + channel) * shape.filters + filter,
                (image * outputs + output) * shape.filters + filter)
            }
          }
        }
      }
    }
  }

  /// All positions of some axes, in order.
  private func places(_ extents: [Int]) -> [[Int]] {
    extents.reduce([[]]) { places, extent in places.flatMap { place in (0..<extent).map { place + [$0] } } }
  }
}
