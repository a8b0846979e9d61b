extension Opcode {
  /// What an instruction does to registers, but for the arguments of calls and the elements of collections, which it may take away.
  enum Effect {
    /// Writes cell `a`, and nothing else.
    case writesCell
    /// Writes value `a`, and nothing else.
    case writesValue
    /// Changes value `a` where it is, or writes it and those after it.
    case changesValue
    /// Leaves all values as they are.
    case leavesValues
  }

  var effect: Effect {
    switch self {
    case .moveCell, .loadCell, .unboxInteger, .unboxFloat, .unboxTruth, .toFloat, .addInteger, .subtractInteger, .multiplyInteger,
      .floorDivideInteger, .moduloInteger, .powerInteger, .andInteger, .orInteger, .xorInteger, .shiftLeft, .shiftRight,
      .divideInteger, .negateInteger, .invertInteger, .absoluteInteger, .maximumInteger, .minimumInteger, .addFloat,
      .subtractFloat, .multiplyFloat, .divideFloat, .floorDivideFloat, .moduloFloat, .powerFloat, .negateFloat, .absoluteFloat,
      .maximumFloat, .minimumFloat, .squareRoot, .exponential, .logarithm, .floor, .ceiling, .truncate, .round, .lessInteger,
      .lessOrEqualInteger, .equalInteger, .notEqualInteger, .lessFloat, .lessOrEqualFloat, .equalFloat, .notEqualFloat, .not,
      .truth, .isNone, .compareTruth, .length, .elementInteger, .elementFloat, .recordFloat:
      .writesCell
    case .moveValue, .loadValue, .boxInteger, .boxFloat, .boxTruth, .binary, .augment, .compare, .unary, .index, .slice, .element,
      .attribute, .recordField, .makeList, .makeTuple, .makeSet, .makeDict, .asTuple, .iteratorOf, .format, .formatText,
      .formatInteger, .formatFloat, .join, .makeFunction, .nextElement, .call, .callBuiltin, .callMethod, .callCode, .loadState:
      .writesValue
    case .setIndex, .setElement, .append, .extend, .insert, .setEntry, .mergeEntries, .unpack: .changesValue
    case .jump, .jumpBack, .jumpIfTrue, .jumpIfFalse, .jumpByLessInteger, .jumpByLessOrEqualInteger, .jumpByEqualInteger,
      .jumpByNotEqualInteger, .jumpByLessFloat, .jumpByLessOrEqualFloat, .jumpByEqualFloat, .jumpByNotEqualFloat, .returnValue,
      .returnInteger, .returnFloat, .returnTruth, .returnNone, .raise, .setAttribute, .setStateIndex, .appendState, .storeState,
      .startLoop, .endLoop, .startRange, .nextInteger, .repeatInteger, .requireBound:
      .leavesValues
    }
  }
}

extension Instruction {
  /// Whether all that the instruction does is to write register `a` of a kind.
  func writesItsFirst(of kind: Register.Kind) -> Bool {
    if opcode == .callCode { return (x == 0) == (kind == .value) }
    return opcode.effect == (kind == .value ? .writesValue : .writesCell)
  }
}

extension CodeBody {
  /// The value registers that an instruction writes, changes or takes away; what is put into any other one stays there until the end.
  var changedValues: Set<Int> {
    var changed: Set<Int> = []
    for instruction in instructions {
      let (a, b, c) = (Int(instruction.a), Int(instruction.b), Int(instruction.c))
      switch instruction.opcode.effect {
      case .writesValue, .changesValue: changed.insert(a)
      case .writesCell, .leavesValues: break
      }
      switch instruction.opcode {
      case .unpack: changed.formUnion(a..<a + Int(instruction.x) + 1 + (c & 255))
      case .makeList, .makeTuple: changed.formUnion(b..<b + c)
      case .callBuiltin: changed.formUnion(calls[c].arguments.compactMap { $0.map { b + $0 } })
      case .call: changed.formUnion(b...b + calls[c].passing.count)
      case .callMethod:
        changed.formUnion(b...b + calls[c].passing.count)
        if instruction.x == 1 { changed.insert(calls[c].root) }
      default: break
      }
    }
    return changed
  }
}
