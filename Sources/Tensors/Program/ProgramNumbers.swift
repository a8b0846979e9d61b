/// The small numbers a Program's records point to: constants, copies of scalars, and what is derived from them for a step.
final class ProgramNumbers {
  /// Constants and scalars as float32, in the order of the memory plan's cells.
  let cells: UnsafeMutablePointer<Float>
  /// The first row of a consecutive batch.
  let first: UnsafeMutablePointer<Int64>
  /// The counter of random numbers.
  let randomStep: UnsafeMutablePointer<UInt64>

  private enum Derived: Equatable {
    case rate(UpdateRule, StepScalars)
    case decay(Double, rate: ScalarName)
  }
  private let memory = AlignedMemory()
  private var scalars: [(ScalarName, UnsafeMutablePointer<Float>)] = []
  private var derived: [(Derived, UnsafeMutablePointer<Double>)] = []

  init(cells operations: [Operation]) {
    cells = memory.allocate(byteCount: operations.count * 4).assumingMemoryBound(to: Float.self)
    first = memory.allocate(byteCount: 8).assumingMemoryBound(to: Int64.self)
    randomStep = memory.allocate(byteCount: 8).assumingMemoryBound(to: UInt64.self)
    for (index, operation) in operations.enumerated() {
      switch operation {
      case .constant(let value): cells[index] = Float(value)
      case .scalar(let name): scalars.append((name, cells + index))
      default: preconditionFailure("a cell holds a constant or a scalar")
      }
    }
  }

  /// The learning rate as a rule uses it, corrections of bias included.
  func rate(of update: Update) -> UnsafeMutablePointer<Double> { cell(.rate(update.rule, update.scalars)) }

  /// Weight decay times the learning rate.
  func decay(of update: Update) -> UnsafeMutablePointer<Double> {
    cell(.decay(update.weightDecay, rate: update.scalars.learningRate))
  }

  private func cell(_ wanted: Derived) -> UnsafeMutablePointer<Double> {
    if let known = derived.first(where: { $0.0 == wanted }) { return known.1 }
    let place = memory.allocate(byteCount: 8).assumingMemoryBound(to: Double.self)
    derived.append((wanted, place))
    return place
  }

  /// Brings everything up to the scalars of this step.
  func refresh(from block: ScalarBlock) {
    for (name, cell) in scalars { cell.pointee = Float(block[name]) }
    for (what, cell) in derived {
      switch what {
      case .rate(let rule, let scalars):
        cell.pointee = rule.correctedRate(block[scalars.learningRate], step: block[scalars.iteration] + 1)
      case .decay(let decay, let rate): cell.pointee = decay * block[rate]
      }
    }
    randomStep.pointee = UInt64(max(block[.randomStep], 0))
  }
}
