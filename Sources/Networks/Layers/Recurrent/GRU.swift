import Plans

/// A gated recurrent unit: a recurrent layer with one state and two gates.
struct GRU: RecurrentLayer {
  static let signature = Signature(
    "GRU", "A gated recurrent unit: a recurrent layer that learns how much of its state to replace.",
    GRUCell.parameters(withActivity: true) + [CellParameters.seed.description] + SequenceOptions.descriptions
      + [GRUCell.resetAfter.description, LSTM.useCuDNN.description, SequenceOptions.zeroOutputForMask.description],
    formula: GRUCell.formula, source: GRUCell.source, example: "Input((10, 4))\nGRU(32)")

  static func cell(_ arguments: Arguments) -> InnerCell { InnerCell(cell: GRUCell(arguments), name: "gru_cell") }

  let cell: InnerCell
  let options: SequenceOptions
  init(_ arguments: Arguments) {
    cell = GRU.cell(arguments)
    options = SequenceOptions(arguments)
  }
}
