import Lambdas
import Plans

/// A recurrent layer of any cell, or of several on top of each other.
struct RNN: RecurrentLayer {
  static let cells = Parameter<[Configured]>(
    "cell", "what computes a step: a cell, or a list of cells one on top of the other",
    .either([.entry(.layer), .list(.entry(.layer))])
  ) { $0.layers }
  static let signature = Signature(
    "RNN", "A recurrent layer of any cell, or of several on top of each other.",
    [cells.description] + SequenceOptions.descriptions + [SequenceOptions.zeroOutputForMask.description],
    example: "Input((10, 4))\nRNN([LSTMCell(32), LSTMCell(16)])")

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? { conflict(arguments, in: "cell") }

  /// Why the layers of an argument are no cells; nil if they are.
  static func conflict(_ arguments: Arguments, in parameter: String) -> ArgumentConflict? {
    guard arguments[parameter]?.layers?.isEmpty != true else {
      return ArgumentConflict(of: parameter, "needs at least one cell", hint: "name one: `[LSTMCell(32)]`.")
    }
    guard let other = arguments[parameter]?.layers?.first(where: { !$0.entry.abilities.contains(.isCell) }) else { return nil }
    return ArgumentConflict(
      of: parameter, "takes cells, which compute one step, and `\(other.entry.name)` is none",
      hint: "use a cell: `LSTMCell`, `GRUCell`, `SimpleRNNCell`.")
  }

  static func cell(_ arguments: Arguments) -> InnerCell {
    let cells = arguments[cells]
    if case .object? = arguments["cell"], let cell = makeLayer(cells[0]) as? any RecurrentCell {
      return InnerCell(cell: cell, name: InnerLayer.name(of: cells[0]))
    }
    return InnerCell(cell: StackedRNNCells(cells), name: "stacked_rnn_cells")
  }

  static func written(_ arguments: Arguments, in catalog: Catalog) -> [String: Value] {
    guard case .list(let cells)? = arguments["cell"],
      let stack = catalog.make(StackedRNNCells.signature.name, .layer, ["cells": .list(cells)])
    else { return [:] }
    return ["cell": .object(stack)]
  }

  let cell: InnerCell
  let options: SequenceOptions
  init(_ arguments: Arguments) {
    cell = RNN.cell(arguments)
    options = SequenceOptions(arguments)
  }
}
