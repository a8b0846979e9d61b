import Syntax

/// One instruction: what to do, and up to three registers, table indices or a jump's target.
///
/// Registers come in two files. A *cell* is eight bytes that hold an int, a float's bits or a bool (0 or 1), whichever the
/// compiler knows it to be; a *value* is any `Value`. Beside each opcode stands what it does: `i` `f` `t` are cells read as int,
/// float and truth, `v` are values, `s` is the callback's state that stands in no cell; `a`, `b`, `c` the operands, `x` a small number.
struct Instruction: Sendable {
  var opcode: Opcode
  var x: UInt8 = 0
  var a: UInt16 = 0
  var b: UInt16 = 0
  var c: UInt16 = 0
}

enum Opcode: UInt8, Sendable {
  // Moving.
  case moveCell  // cell[a] = cell[b]
  case moveValue  // v[a] = v[b]
  case loadCell  // cell[a] = cellConstants[b]
  case loadValue  // v[a] = constants[b]
  case boxInteger, boxFloat, boxTruth  // v[a] = i[b], f[b], t[b]
  case unboxInteger, unboxFloat, unboxTruth  // i[a], f[a], t[a] = v[b]; a TypeError if it is something else
  case toFloat  // f[a] = i[b]

  // Whole numbers; overflow is an error.
  case addInteger, subtractInteger, multiplyInteger  // i[a] = i[b] ∘ i[c]
  case floorDivideInteger, moduloInteger, powerInteger  // i[a] = i[b] ∘ i[c]; powers with c ≥ 0
  case andInteger, orInteger, xorInteger, shiftLeft, shiftRight  // i[a] = i[b] ∘ i[c]
  case divideInteger  // f[a] = i[b] / i[c]
  case negateInteger, invertInteger, absoluteInteger  // i[a] = ∘ i[b]
  case maximumInteger, minimumInteger  // i[a] = max(i[b], i[c])

  // Floats.
  case addFloat, subtractFloat, multiplyFloat, divideFloat  // f[a] = f[b] ∘ f[c]
  case floorDivideFloat, moduloFloat, powerFloat  // f[a] = f[b] ∘ f[c]
  case negateFloat, absoluteFloat  // f[a] = ∘ f[b]
  case maximumFloat, minimumFloat  // f[a] = max(f[b], f[c])
  case squareRoot, exponential, logarithm  // f[a] = ∘ f[b]
  case floor, ceiling, truncate, round  // i[a] = ∘ f[b]

  // Comparing.
  case lessInteger, lessOrEqualInteger, equalInteger, notEqualInteger  // t[a] = i[b] ∘ i[c]
  case lessFloat, lessOrEqualFloat, equalFloat, notEqualFloat  // t[a] = f[b] ∘ f[c]
  case not  // t[a] = not t[b]
  case truth  // t[a] = truth of v[b]
  case isNone  // t[a] = v[b] is None

  // Jumping.
  case jump  // to c
  case jumpBack  // to c, the steps since then taken off the budget
  case jumpIfTrue, jumpIfFalse  // to c if t[a], if not t[a]
  // To c if the comparison of i[a] and i[b], of f[a] and f[b], comes out as x says (1 true, 0 false).
  case jumpByLessInteger, jumpByLessOrEqualInteger, jumpByEqualInteger, jumpByNotEqualInteger
  case jumpByLessFloat, jumpByLessOrEqualFloat, jumpByEqualFloat, jumpByNotEqualFloat

  // Any values.
  case binary, compare  // v[a] = v[b] ∘ v[c], ∘ the x-th operator; in place where a is b and the operator is `+`
  case augment  // the same for `∘=`, where v[b] may be an array
  case compareTruth  // t[a] = truth of v[b] ∘ v[c], ∘ the x-th comparison
  case unary  // v[a] = ∘ v[b], ∘ the x-th operator
  case index  // v[a] = v[b][v[c]]
  case length  // i[a] = how many elements v[b] has
  case element, elementInteger, elementFloat  // v[a], i[a], f[a] = v[b][i[c]]
  case setIndex  // v[a][v[b]] = v[c]; x: 1 if v[c] may be nested deeply
  case setElement  // v[a][i[b]] = v[c]; x as above
  case setStateIndex  // s[a][v[b]] = v[c]; x as above
  case slice  // v[a] = v[b]:v[b+1]:v[b+2]
  case attribute  // v[a] = v[b].name, names[c]
  case setAttribute  // v[a].name = v[b], names[c]
  case recordField  // v[a] = v[b][name], keys[c]
  case recordFloat  // f[a] = v[b][name], keys[c]

  // Making.
  case makeList, makeTuple, makeSet  // v[a] = of v[b] … v[b+c-1]; x: +1 if one may be nested deeply, +2 if nobody else needs them
  case makeDict  // v[a] = of c pairs v[b]: v[b+1] …
  case append, extend  // v[a] gains v[b] (x: 1 if that may be nested deeply), or what v[b] gives
  case appendState  // s[a] gains v[b]; x as above
  case insert  // the set v[a] gains v[b]
  case setEntry  // the dict v[a] gains v[b]: v[c]; x: 1 if v[c] may be nested deeply
  case mergeEntries  // the dict v[a] gains the entries of v[b]
  case asTuple  // v[a] = the list v[b] as a tuple
  case iteratorOf  // v[a] = what the list v[b] holds, as a generator gives it
  case format  // v[a] = v[b] in the format v[c]; x: conversion 0 none, 1 str, 2 repr, 3 ascii
  case formatText, formatInteger, formatFloat  // v[a] = the text v[b], i[b], f[b] in formats[c]
  case join  // v[a] = the texts v[b] … v[b+c-1] joined
  case makeFunction  // v[a] = functions[b] with the captured values v[c] …

  // Going through.
  case startLoop  // a cursor over v[b] is pushed
  case nextElement  // v[a] = the cursor's next element; at its end to c
  case endLoop  // the cursor is popped
  case startRange  // i[a] = start, i[a+1] = how many, i[a+2] = step, of i[b], i[b+1], i[b+2]
  case nextInteger  // i[b] = the range's next number, in i[a], i[a+1], i[a+2]; at its end to c
  case repeatInteger  // the same, then back to c, the steps taken off the budget; at its end on
  case unpack  // v[a] … = the x elements of v[b]; c: 256 and the number of those after it, if one takes the rest

  // Calling.
  case call  // v[a] = v[b](v[b+1] …), calls[c]
  case callBuiltin  // v[a] = calls[c].builtin(v[b] …)
  case callMethod  // v[a] = v[b].name(v[b+1] …), calls[c]; x: 0 the receiver is v[b], 1 v[root], 2 s[root]
  case callCode  // v[a] = what the call codeCalls[b] gives; x: 1 the result goes into i[a], 2 into f[a], 3 into t[a]
  case returnValue  // v[a]
  case returnInteger, returnFloat, returnTruth, returnNone  // i[a], f[a], t[a], None
  case raise  // an error of kind x (0 ValueError, 1 RuntimeError) with the text v[a]

  // State.
  case loadState, storeState  // v[a] = s[b]; s[b] = v[a]

  // Names.
  case requireBound  // a NameError for names[b] unless t[a]
}

/// The operators of `unary`, `binary`, `compare` in the order of their numbers.
enum OperatorTable {
  static let binary: [BinaryOperator] = [
    .add, .subtract, .multiply, .divide, .floorDivide, .modulo, .power, .matrixMultiply, .and, .or, .xor, .shiftLeft, .shiftRight,
  ]
  static let compare: [ComparisonOperator] = [
    .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual, .isSame, .isNotSame, .isIn, .isNotIn,
  ]
  static let unary: [UnaryOperator] = [.plus, .minus, .not, .invert]

  static func number(_ op: BinaryOperator) -> UInt8 { UInt8(binary.firstIndex(of: op) ?? 0) }
  static func number(_ op: ComparisonOperator) -> UInt8 { UInt8(compare.firstIndex(of: op) ?? 0) }
  static func number(_ op: UnaryOperator) -> UInt8 { UInt8(unary.firstIndex(of: op) ?? 0) }
}

extension Opcode {
  /// The jump that makes this comparison itself; nil for what is no comparison of cells.
  var jump: Opcode? {
    switch self {
    case .lessInteger: .jumpByLessInteger
    case .lessOrEqualInteger: .jumpByLessOrEqualInteger
    case .equalInteger: .jumpByEqualInteger
    case .notEqualInteger: .jumpByNotEqualInteger
    case .lessFloat: .jumpByLessFloat
    case .lessOrEqualFloat: .jumpByLessOrEqualFloat
    case .equalFloat: .jumpByEqualFloat
    case .notEqualFloat: .jumpByNotEqualFloat
    default: nil
    }
  }
}
