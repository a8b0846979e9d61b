import CKernels
import Testing

@testable import Tensors

/// The gates' kernels at every level against the evaluator's formulas.
@Suite struct KernelsRecurrenceTests {
  @Test("Gates of LSTM and GRU, forward and back", arguments: kernelLevels, [(1, 1), (5, 3), (7, 16), (3, 33)])
  func gates(level: String, size: (rows: Int, units: Int)) {
    let table = kernels(level)
    var numbers = TestNumbers(23)
    let (rows, units) = size
    let perPiece: Int64 = 2
    let pieces = train_pieces(Int64(rows), perPiece)
    for gates in [Gates.lstm, .lstmGradient, .gru, .gruGradient] {
      let wide = rows * units * gates.blocks
      let narrow = rows * units
      let isWide: [Bool]
      switch gates {
      case .lstm, .gru: isWide = [true, true, false]
      case .lstmGradient: isWide = [true, false, false, false, false]
      case .gruGradient: isWide = [true, true, false, false]
      }
      let operands = isWide.map { Memory(numbers.array($0 ? wide : narrow, in: -4...4)) }
      let given = operands.map { UnsafePointer($0.pointer) }
      let expected = Evaluator(Graph()).gateValues(
        gates, operands.map { $0.values.map(Double.init) }, [rows, units * gates.blocks])
      let results = expected.map { Memory(count: $0.count) }
      let found = results.map(\.pointer)
      switch gates {
      case .lstm:
        let arguments = train_lstm(
          gates: found[0], cell: found[1], hidden: found[2], input: given[0], recurrent: given[1], before: given[2],
          rows: Int64(rows), units: Int64(units), rows_per_piece: perPiece)
        run(table.lstm, arguments, pieces: pieces)
      case .lstmGradient:
        let arguments = train_lstm_gradient(
          z_gradient: found[0], before_gradient: found[1], gates: given[0], before: given[1], cell: given[2],
          hidden_gradient: given[3], cell_gradient: given[4], rows: Int64(rows), units: Int64(units), rows_per_piece: perPiece)
        run(table.lstm_gradient, arguments, pieces: pieces)
      case .gru:
        let arguments = train_gru(
          gates: found[0], hidden: found[1], input: given[0], recurrent: given[1], before: given[2], rows: Int64(rows),
          units: Int64(units), rows_per_piece: perPiece)
        run(table.gru, arguments, pieces: pieces)
      case .gruGradient:
        let arguments = train_gru_gradient(
          input_gradient: found[0], recurrent_gradient: found[1], before_gradient: found[2], gates: given[0],
          recurrent: given[1], before: given[2], hidden_gradient: given[3], rows: Int64(rows), units: Int64(units),
          rows_per_piece: perPiece)
        run(table.gru_gradient, arguments, pieces: pieces)
      }
      for (number, (memory, values)) in zip(results, expected).enumerated() {
        expectAgreement(memory.values, values, relative: 2e-6, absolute: 1e-4, "\(gates), result \(number)")
        #expect(memory.isMarginIntact)
      }
    }
  }
}
