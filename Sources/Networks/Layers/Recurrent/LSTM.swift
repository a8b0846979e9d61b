import Plans

/// Long short-term memory: a recurrent layer whose cell keeps, takes in and gives out by gates.
struct LSTM: RecurrentLayer {
  static let useCuDNN = Parameter<Bool>(
    "use_cudnn", "accepted: there is one way to compute it", .either([.bool, .choice(["auto"])]), default: .string("auto")
  ) { _ in false }
  static let signature = Signature(
    "LSTM", "Long short-term memory: a recurrent layer that learns what to keep of what came before.",
    LSTMCell.parameters(withActivity: true) + SequenceOptions.descriptions
      + [useCuDNN.description, SequenceOptions.zeroOutputForMask.description],
    formula: LSTMCell.formula, source: LSTMCell.source, example: "Input((10, 4))\nLSTM(32, return_sequences=True)")

  static func cell(_ arguments: Arguments) -> InnerCell { InnerCell(cell: LSTMCell(arguments), name: "lstm_cell") }

  let cell: InnerCell
  let options: SequenceOptions
  init(_ arguments: Arguments) {
    cell = LSTM.cell(arguments)
    options = SequenceOptions(arguments)
  }
}
