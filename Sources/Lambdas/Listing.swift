import Syntax

/// A compiled function as text, for those who look at the compiler's work: what goes in, then an instruction a line.
///
///     0  to 3 unless lr < 0.001
///     1  r4 = lr * 0.5
///
/// `r` are registers of numbers and truth, `v` those of other values; parameters, captures and what a callback keeps have their names.
struct Listing {
  private let code: FunctionCode
  private let named: [Register.Kind: [Int: String]]

  init(_ code: FunctionCode) {
    self.code = code
    var named: [Register.Kind: [Int: String]] = [:]
    for (register, name) in zip(code.inputs, code.type.parameters.map(\.name) + code.captures.map(\.name)) {
      named[register.kind, default: [:]][register.index] = name
    }
    for use in code.stateUses { if let cell = use.cell { named[cell.kind, default: [:]][cell.index] = use.name } }
    self.named = named
  }

  var text: String {
    let width = String(max(0, code.body.instructions.count - 1)).count
    return code.body.instructions.enumerated().map { number, instruction in
      let digits = String(number)
      return String(repeating: " ", count: width - digits.count) + digits + "  " + line(instruction)
    }.joined(separator: "\n")
  }

  private func line(_ instruction: Instruction) -> String {
    var text = ""
    var rest = instruction.opcode.pattern[...]
    while let marker = rest.firstIndex(of: "$") {
      text += rest[..<marker]
      let operand = rest[rest.index(after: marker)...].prefix(2)
      guard let kind = operand.first, let place = operand.last, operand.count == 2 else { break }
      text += shown(kind, instruction[place], instruction)
      rest = rest[operand.endIndex...]
    }
    return text + rest
  }

  /// An operand: a register, or what stands at that place of a table.
  private func shown(_ kind: Character, _ number: Int, _ instruction: Instruction) -> String {
    switch kind {
    case "i": cell(number, .integer)
    case "f": cell(number, .float)
    case "t": cell(number, .bool)
    case "v": named[.value]?[number] ?? "v\(number)"
    case "s": code.stateUses.first { $0.slot == number }?.name ?? "s\(number)"
    case "k": code.body.constants.indices.contains(number) ? Operations.representation(code.body.constants[number]) : "?"
    case "q": code.body.cellConstants.indices.contains(number) ? String(code.body.cellConstants[number]) : "?"
    case "n": code.body.names.indices.contains(number) ? code.body.names[number] : "?"
    case "y": code.body.keys.indices.contains(number) ? code.body.keys[number].name : "?"
    case "m": code.body.calls.indices.contains(number) ? call(code.body.calls[number]) : "?"
    case "d": code.body.codeCalls.indices.contains(number) ? code.body.codeCalls[number].callee.name : "?"
    case "g": code.body.functions.indices.contains(number) ? code.body.functions[number].name : "?"
    case "o": Self.symbol(instruction)
    case "w": instruction.x == 1 ? "if" : "unless"
    default: String(number)
    }
  }

  private func call(_ shape: CallShape) -> String { shape.builtin?.name ?? shape.name }

  private func cell(_ number: Int, _ kind: Register.Kind) -> String {
    let constants = code.body.cellConstants.prefix(CodeBody.constantCells)
    if constants.indices.contains(number) {
      return switch kind {
      case .float: Double(bitPattern: UInt64(bitPattern: Int64(constants[number]))).pythonDescription
      case .bool: constants[number] == 0 ? "False" : "True"
      default: String(constants[number])
      }
    }
    for other in [kind, .integer, .float, .bool] { if let name = named[other]?[number] { return name } }
    return "r\(number)"
  }

  /// The operator of an instruction that has it in `x`.
  private static func symbol(_ instruction: Instruction) -> String {
    let number = Int(instruction.x)
    switch instruction.opcode {
    case .unary: return OperatorTable.unary.indices.contains(number) ? OperatorTable.unary[number].rawValue : "?"
    case .binary, .augment: return OperatorTable.binary.indices.contains(number) ? OperatorTable.binary[number].rawValue : "?"
    default: return OperatorTable.compare.indices.contains(number) ? OperatorTable.compare[number].rawValue : "?"
    }
  }
}

extension Instruction {
  fileprivate subscript(operand: Character) -> Int {
    switch operand {
    case "a": Int(a)
    case "b": Int(b)
    case "c": Int(c)
    default: Int(x)
    }
  }
}

extension FunctionCode {
  /// The instructions as text, one a line.
  package var listing: String { Listing(self).text }

  /// How many instructions a call takes at most; nil where that depends on what it goes through, or on functions that it is given.
  package var costBound: Int? {
    var bound = 0
    for instruction in body.instructions {
      switch instruction.opcode {
      case .jumpBack, .nextElement, .nextInteger, .repeatInteger, .call: return nil
      case .callCode:
        guard let callee = body.codeCalls[Int(instruction.b)].callee.costBound else { return nil }
        bound += callee + 1
      default: bound += 1
      }
    }
    return bound
  }
}

extension Opcode {
  /// What the instruction does, `$` standing before the kind of an operand and the operand.
  fileprivate var pattern: String {
    switch self {
    case .moveCell: "$ia = $ib"
    case .moveValue: "$va = $vb"
    case .loadCell: "$ia = $qb"
    case .loadValue: "$va = $kb"
    case .boxInteger: "$va = $ib"
    case .boxFloat: "$va = $fb"
    case .boxTruth: "$va = $tb"
    case .unboxInteger: "$ia = int $vb"
    case .unboxFloat: "$fa = float $vb"
    case .unboxTruth: "$ta = bool $vb"
    case .toFloat: "$fa = $ib"
    case .addInteger: "$ia = $ib + $ic"
    case .subtractInteger: "$ia = $ib - $ic"
    case .multiplyInteger: "$ia = $ib * $ic"
    case .floorDivideInteger: "$ia = $ib // $ic"
    case .moduloInteger: "$ia = $ib % $ic"
    case .powerInteger: "$ia = $ib ** $ic"
    case .andInteger: "$ia = $ib & $ic"
    case .orInteger: "$ia = $ib | $ic"
    case .xorInteger: "$ia = $ib ^ $ic"
    case .shiftLeft: "$ia = $ib << $ic"
    case .shiftRight: "$ia = $ib >> $ic"
    case .divideInteger: "$fa = $ib / $ic"
    case .negateInteger: "$ia = -$ib"
    case .invertInteger: "$ia = ~$ib"
    case .absoluteInteger: "$ia = abs $ib"
    case .maximumInteger: "$ia = max $ib, $ic"
    case .minimumInteger: "$ia = min $ib, $ic"
    case .addFloat: "$fa = $fb + $fc"
    case .subtractFloat: "$fa = $fb - $fc"
    case .multiplyFloat: "$fa = $fb * $fc"
    case .divideFloat: "$fa = $fb / $fc"
    case .floorDivideFloat: "$fa = $fb // $fc"
    case .moduloFloat: "$fa = $fb % $fc"
    case .powerFloat: "$fa = $fb ** $fc"
    case .negateFloat: "$fa = -$fb"
    case .absoluteFloat: "$fa = abs $fb"
    case .maximumFloat: "$fa = max $fb, $fc"
    case .minimumFloat: "$fa = min $fb, $fc"
    case .squareRoot: "$fa = sqrt $fb"
    case .exponential: "$fa = exp $fb"
    case .logarithm: "$fa = log $fb"
    case .floor: "$ia = floor $fb"
    case .ceiling: "$ia = ceil $fb"
    case .truncate: "$ia = int $fb"
    case .round: "$ia = round $fb"
    case .lessInteger: "$ta = $ib < $ic"
    case .lessOrEqualInteger: "$ta = $ib <= $ic"
    case .equalInteger: "$ta = $ib == $ic"
    case .notEqualInteger: "$ta = $ib != $ic"
    case .lessFloat: "$ta = $fb < $fc"
    case .lessOrEqualFloat: "$ta = $fb <= $fc"
    case .equalFloat: "$ta = $fb == $fc"
    case .notEqualFloat: "$ta = $fb != $fc"
    case .not: "$ta = not $tb"
    case .truth: "$ta = bool $vb"
    case .isNone: "$ta = $vb is None"
    case .jump: "to $#c"
    case .jumpBack: "back to $#c"
    case .jumpIfTrue: "to $#c if $ta"
    case .jumpIfFalse: "to $#c unless $ta"
    case .jumpByLessInteger: "to $#c $wx $ia < $ib"
    case .jumpByLessOrEqualInteger: "to $#c $wx $ia <= $ib"
    case .jumpByEqualInteger: "to $#c $wx $ia == $ib"
    case .jumpByNotEqualInteger: "to $#c $wx $ia != $ib"
    case .jumpByLessFloat: "to $#c $wx $fa < $fb"
    case .jumpByLessOrEqualFloat: "to $#c $wx $fa <= $fb"
    case .jumpByEqualFloat: "to $#c $wx $fa == $fb"
    case .jumpByNotEqualFloat: "to $#c $wx $fa != $fb"
    case .binary, .compare: "$va = $vb $ox $vc"
    case .augment: "$va = $vb $ox= $vc"
    case .compareTruth: "$ta = $vb $ox $vc"
    case .unary: "$va = $ox $vb"
    case .index: "$va = $vb[$vc]"
    case .length: "$ia = len $vb"
    case .element: "$va = $vb[$ic]"
    case .elementInteger: "$ia = $vb[$ic]"
    case .elementFloat: "$fa = $vb[$ic]"
    case .setIndex: "$va[$vb] = $vc"
    case .setElement: "$va[$ib] = $vc"
    case .setStateIndex: "$sa[$vb] = $vc"
    case .slice: "$va = a slice of $vb"
    case .attribute: "$va = $vb.$nc"
    case .setAttribute: "$va.$nc = $vb"
    case .recordField: "$va = $vb[\"$yc\"]"
    case .recordFloat: "$fa = $vb[\"$yc\"]"
    case .makeList: "$va = a list of $#c from $vb on"
    case .makeTuple: "$va = a tuple of $#c from $vb on"
    case .makeSet: "$va = a set of $#c from $vb on"
    case .makeDict: "$va = a dict of $#c pairs from $vb on"
    case .append: "$va gains $vb"
    case .extend: "$va gains what $vb holds"
    case .appendState: "$sa gains $vb"
    case .insert: "the set $va gains $vb"
    case .setEntry: "$va[$vb] = $vc"
    case .mergeEntries: "$va gains the entries of $vb"
    case .asTuple: "$va = tuple $vb"
    case .iteratorOf: "$va = a generator of $vb"
    case .format: "$va = $vb in the format $vc"
    case .formatText: "$va = $vb formatted"
    case .formatInteger: "$va = $ib formatted"
    case .formatFloat: "$va = $fb formatted"
    case .join: "$va = $#c texts from $vb on, joined"
    case .makeFunction: "$va = the function $gb"
    case .startLoop: "go through $vb"
    case .nextElement: "$va = the next element, or to $#c"
    case .endLoop: "go through no more"
    case .startRange: "$ia = a range from $ib on"
    case .nextInteger: "$ib = the next number of $ia, or to $#c"
    case .repeatInteger: "$ib = the next number of $ia, and back to $#c"
    case .unpack: "$#x values from $va on = $vb"
    case .call: "$va = $vb(…)"
    case .callBuiltin: "$va = $mc(…) of $vb on"
    case .callMethod: "$va = .$mc(…) of $vb on"
    case .callCode: "$va = $db(…)"
    case .returnValue: "return $va"
    case .returnInteger: "return $ia"
    case .returnFloat: "return $fa"
    case .returnTruth: "return $ta"
    case .returnNone: "return None"
    case .raise: "raise $va"
    case .loadState: "$va = $sb"
    case .storeState: "$sb = $va"
    case .requireBound: "$nb must have a value ($ta)"
    }
  }
}
