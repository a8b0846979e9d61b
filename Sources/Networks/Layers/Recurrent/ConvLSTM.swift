import Plans

/// Long short-term memories over grids: each step of a sequence is a line, an image or a volume, and so is the state.
protocol ConvLSTM: RecurrentLayer {
  /// How many axes of positions a step has.
  static var positions: Int { get }
  init(cell: InnerCell, options: SequenceOptions)
}

extension ConvLSTM {
  static func makeSignature(_ what: String, source: String = "") -> Signature {
    let weights = WeightParameters.descriptions(CellParameters.weights, withActivity: true)
    let grid = Array(repeating: "8, ", count: positions).joined()
    return Signature(
      "ConvLSTM\(positions)D", "A long short-term memory over \(what): an LSTM whose products are convolutions.",
      [
        ConvArguments.filters.description, SlidingKernel.size(positions).description,
        SlidingKernel.strides(positions).description, SlidingKernel.padding([.valid, .same]).description,
        DataFormat.parameter.description, SlidingKernel.dilations(positions).description,
        CellParameters.activation.description, CellParameters.recurrentActivation.description,
        CellParameters.useBias.description,
      ] + weights.prefix(3) + [LSTMCell.unitForgetBias.description] + weights.dropFirst(3)
        + [CellParameters.dropout.description, CellParameters.recurrentDropout.description, CellParameters.seed.description]
        + [
          SequenceOptions.returnSequences.description, SequenceOptions.returnState.description,
          SequenceOptions.goBackwards.description, SequenceOptions.stateful.description,
          SequenceOptions.unroll.keywordOnly.description, SequenceOptions.zeroOutputForMask.description,
        ],
      formula: LSTMCell.formula, source: source, example: "Input((10, \(grid)3))\nConvLSTM\(positions)D(4, 3, padding=\"same\")")
  }

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? { SlidingKernel.conflict(arguments, axes: positions) }

  static func step(of sequence: Shape, _ arguments: Arguments) throws(ShapeError) -> [Int] {
    guard sequence.rank == positions + 2 else { throw problem(with: sequence) }
    let step = Shape(Array(sequence.dimensions.dropFirst()))
    let known = step.dimensions.compactMap { $0 }
    guard known.count == step.rank else {
      throw ShapeError(
        "needs to know the size of its steps, but some of it is open in \(sequence.description)",
        hint: "give `Input` all sizes but the number of steps, which may be None.")
    }
    _ = try ConvLSTMCell(arguments, positions: positions).state(of: step)
    return known
  }

  private static func problem(with input: Shape) -> ShapeError {
    let axes = ["steps"] + ["depth", "rows", "columns"].suffix(positions) + ["channels"]
    let found = "needs a sequence of \(axes.joined(separator: "×")), but gets \(input.description)"
    let isStep = input.rank == positions + 1 && input.elementCount != nil
    return ShapeError(
      found,
      hint: isStep
        ? "`Reshape(\(Shape(input.dimensions + [1]).tupleText))` before it makes steps of one channel, "
          + "`Reshape(\(Shape([1] + input.dimensions).tupleText))` one step." : nil)
  }

  static func cell(_ arguments: Arguments) -> InnerCell {
    InnerCell(cell: ConvLSTMCell(arguments, positions: positions), name: "conv_lstm_cell")
  }

  init(_ arguments: Arguments) { self.init(cell: Self.cell(arguments), options: SequenceOptions(arguments)) }
}

/// Over lines: [batch, steps, positions, channels].
struct ConvLSTM1D: ConvLSTM {
  static let positions = 1
  static let signature = makeSignature("lines of positions")
  let cell: InnerCell
  let options: SequenceOptions
}

/// Over images: [batch, steps, rows, columns, channels].
struct ConvLSTM2D: ConvLSTM {
  static let positions = 2
  static let signature = makeSignature(
    "images, as of a film",
    source: "Shi et al., 2015: Convolutional LSTM network, a machine learning approach for precipitation nowcasting")
  let cell: InnerCell
  let options: SequenceOptions
}

/// Over volumes: [batch, steps, depth, rows, columns, channels].
struct ConvLSTM3D: ConvLSTM {
  static let positions = 3
  static let signature = makeSignature("volumes")
  let cell: InnerCell
  let options: SequenceOptions
}
