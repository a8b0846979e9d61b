import CKernels

/// Element-wise operations that are done together.
extension CPUBackend {
  func pass(_ pass: ElementPass, _ tag: SourceTag) {
    let program = PassProgram(pass, in: graph)
    let places = program.places
    let numbered = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, UInt16($0)) })
    func number(_ place: PassProgram.Place) -> UInt16 {
      guard let number = numbered[place] else { preconditionFailure("every place of an instruction is numbered") }
      return number
    }
    let instructions = program.instructions.map { instruction in
      let operands = instruction.operands.map(number)
      return train_pass_instruction(
        function: UInt16(instruction.function), output: number(instruction.output), a: operands[0],
        b: operands.count > 1 ? operands[1] : operands[0], c: operands.count > 2 ? operands[2] : operands[0])
    }
    precondition(places.count <= Int(TRAIN_PASS_PLACES), "a pass of at most 48 operations has few places")
    let registers = places.prefix { $0.isRegister }.count
    // What one block touches stays in the first cache.
    let block = min(max(6144 / places.count / 32 * 32, 32), 512)
    let count = graph[pass.nodes[0]].count
    let size = shardElements(of: count) ?? Pieces.size(of: count, nanoseconds: program.nanoseconds + 0.1, unit: 64)
    let arguments = train_pass(
      instructions: steps.records(instructions), length: Int64(instructions.count), places: steps.records(places.map(lowered)),
      place_count: Int64(places.count), registers: Int64(registers), block: Int64(block), count: Int64(count),
      per_piece: Int64(size))
    let name = pass.assigned.isEmpty ? "\(pass.nodes.count) operations" : "assignment"
    steps.add(kernels.pass, name, arguments, pieces: Pieces.number(of: count, by: size), tag: tag)
  }

  private func lowered(_ place: PassProgram.Place) -> train_pass_place {
    switch place {
    case .register: train_pass_place(memory: nil, kind: Int32(TRAIN_PLACE_REGISTER.rawValue))
    case .number(let node): train_pass_place(memory: address(node), kind: Int32(TRAIN_PLACE_NUMBER.rawValue))
    case .memory(let node): train_pass_place(memory: address(node), kind: Int32(TRAIN_PLACE_MEMORY.rawValue))
    case .variable(let variable):
      train_pass_place(memory: store.address(of: variable), kind: Int32(TRAIN_PLACE_MEMORY.rawValue))
    }
  }
}

extension PassProgram.Place {
  /// Whether it lies between instructions, not in memory.
  fileprivate var isRegister: Bool {
    switch self {
    case .register, .number: true
    case .memory, .variable: false
    }
  }
}
