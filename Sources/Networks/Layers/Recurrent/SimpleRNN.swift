import Plans

/// A recurrent layer whose state is its last output: `output = activation(input · kernel + output before · recurrent_kernel + bias)`.
struct SimpleRNN: RecurrentLayer {
  static let signature = Signature(
    "SimpleRNN", "A fully connected recurrent layer: each step sees its input and the output of the step before.",
    [CellParameters.units.description, CellParameters.activation.description, CellParameters.useBias.description]
      + WeightParameters.descriptions(CellParameters.weights, withActivity: true)
      + [CellParameters.dropout.description, CellParameters.recurrentDropout.description] + SequenceOptions.descriptions
      + [CellParameters.seed.description, SequenceOptions.zeroOutputForMask.description],
    formula: SimpleRNNCell.signature.formula, source: SimpleRNNCell.signature.source, example: "Input((10, 4))\nSimpleRNN(32)")

  static func cell(_ arguments: Arguments) -> InnerCell { InnerCell(cell: SimpleRNNCell(arguments), name: "simple_rnn_cell") }

  let cell: InnerCell
  let options: SequenceOptions
  init(_ arguments: Arguments) {
    cell = SimpleRNN.cell(arguments)
    options = SequenceOptions(arguments)
  }
}
