/// The parts of a function's code that the machine reads at every step, in memory of their own: reading them counts no references.
final class Program: @unchecked Sendable {
  // Sendable since nothing in it changes once it is made.
  let instructions: UnsafePointer<Instruction>
  let constants: UnsafePointer<Int>
  /// How many of the constants stand in the first cells of every frame.
  let cellConstantCount: Int
  let calls: UnsafePointer<Call>
  /// Where each parameter, then each capture, is put.
  let inputs: UnsafePointer<Input>
  /// The value registers of what is only lent.
  let lent: UnsafeBufferPointer<Int>
  /// The state that stands in cells while the function runs.
  let stateCells: UnsafeBufferPointer<StateCell>
  /// How many state variables the caller must bring.
  let stateCount: Int
  let keys: UnsafePointer<RecordKey>
  private let keyCount: Int
  /// Registers of each file that a frame takes.
  let cellCount: Int
  let valueCount: Int
  private let sources: [UnsafePointer<Register>]

  /// Where a parameter or capture is put.
  ///
  /// A value that no instruction changes or takes away is lent: the caller holds it for as long as the call lasts, so that the frame need
  /// not count a reference to it.
  struct Input {
    let register: Register
    let isLent: Bool
  }

  /// `CodeCall` in plain memory; the code it calls is kept alive by the body it comes from.
  struct Call {
    let callee: Unmanaged<FunctionCode>
    let sources: UnsafePointer<Register>
    let sourceCount: Int
  }

  /// A state variable in a cell: brought there when the function is called, and back when it ends if the function can change it.
  struct StateCell {
    let slot: Int
    let cell: Register
    let isChanged: Bool
  }

  init(_ body: CodeBody, _ inputs: [Register], _ stateUses: [StateUse]) {
    let changed = inputs.contains { $0.kind == .value } ? body.changedValues : []
    let inputs = inputs.map { Input(register: $0, isLent: $0.kind == .value && !changed.contains($0.index)) }
    self.inputs = Self.copy(inputs)
    let lent = inputs.filter(\.isLent).map(\.register.index)
    self.lent = UnsafeBufferPointer(start: Self.copy(lent), count: lent.count)
    let stateCells = stateUses.compactMap { use in
      use.cell.map { StateCell(slot: use.slot, cell: $0, isChanged: use.isChanged) }
    }
    self.stateCells = UnsafeBufferPointer(start: Self.copy(stateCells), count: stateCells.count)
    stateCount = stateUses.reduce(0) { max($0, $1.slot + 1) }
    keys = Self.copy(body.keys)
    keyCount = body.keys.count
    cellCount = body.cellCount
    valueCount = body.valueCount
    instructions = Self.copy(body.instructions)
    constants = Self.copy(body.cellConstants)
    cellConstantCount = min(body.cellConstants.count, CodeBody.constantCells)
    sources = body.codeCalls.map { Self.copy($0.sources) }
    calls = Self.copy(
      zip(body.codeCalls, sources).map { call, sources in
        Call(callee: .passUnretained(call.callee), sources: sources, sourceCount: call.sources.count)
      })
  }

  private static func copy<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
    memory.initialize(from: elements, count: elements.count)
    return UnsafePointer(memory)
  }

  deinit {
    // Everything else in it is plain bytes: there is nothing to let go of.
    UnsafeMutablePointer(mutating: keys).deinitialize(count: keyCount)
    keys.deallocate()
    for memory in sources { memory.deallocate() }
    calls.deallocate()
    inputs.deallocate()
    lent.deallocate()
    stateCells.deallocate()
    constants.deallocate()
    instructions.deallocate()
  }
}
