import Glibc
import Syntax

extension Machine {
  /// The loop: takes one instruction after another until one returns.
  ///
  /// Scalars live in cells and cost no reference counting; everything else is handed to functions of its own, so that the frame of
  /// this one stays small.
  func execute(
    _ code: FunctionCode, _ cells: UnsafeMutablePointer<Int>, _ values: UnsafeMutablePointer<Value>,
    _ state: UnsafeMutablePointer<Value>?
  ) throws(MachineError) -> Value {
    let program = code.program
    let instructions = program.instructions
    var next = 0
    do throws(MachineError) {
      @inline(__always) func float(_ index: UInt16) -> Double {
        Double(bitPattern: UInt64(UInt(bitPattern: cells[Int(index)])))
      }
      @inline(__always) func set(_ index: UInt16, _ value: Double) {
        cells[Int(index)] = Int(bitPattern: UInt(value.bitPattern))
      }
      @inline(__always) func set(_ index: UInt16, _ value: Bool) { cells[Int(index)] = value ? 1 : 0 }
      while true {
        let now = instructions[next]
        let (a, b, c) = (Int(now.a), Int(now.b), Int(now.c))
        next &+= 1
        switch now.opcode {
        case .moveCell: cells[a] = cells[b]
        case .moveValue: values[a] = values[b]
        case .loadCell: cells[a] = program.constants[b]
        case .loadValue: values[a] = code.body.constants[b]
        case .boxInteger: values[a] = .integer(cells[b])
        case .boxFloat: values[a] = .float(float(now.b))
        case .boxTruth: values[a] = .bool(cells[b] != 0)
        case .unboxInteger: cells[a] = try (values + b).integer
        case .unboxFloat: set(now.a, try (values + b).float)
        case .unboxTruth: set(now.a, try (values + b).truth)
        case .toFloat: set(now.a, Double(cells[b]))

        case .addInteger: cells[a] = try Operations.checked(cells[b].addingReportingOverflow(cells[c]))
        case .subtractInteger: cells[a] = try Operations.checked(cells[b].subtractingReportingOverflow(cells[c]))
        case .multiplyInteger: cells[a] = try Operations.checked(cells[b].multipliedReportingOverflow(by: cells[c]))
        case .floorDivideInteger: cells[a] = try Operations.floorDivide(cells[b], cells[c])
        case .moduloInteger: cells[a] = try Operations.modulo(cells[b], cells[c])
        case .powerInteger: cells[a] = try Operations.integerPower(cells[b], cells[c])
        case .andInteger: cells[a] = cells[b] & cells[c]
        case .orInteger: cells[a] = cells[b] | cells[c]
        case .xorInteger: cells[a] = cells[b] ^ cells[c]
        case .shiftLeft: cells[a] = try Operations.integer(.shiftLeft, cells[b], cells[c]).unboxedInteger()
        case .shiftRight: cells[a] = try Operations.integer(.shiftRight, cells[b], cells[c]).unboxedInteger()
        case .divideInteger:
          if cells[c] == 0 { throw MachineError(.zeroDivision, "division by zero") }
          set(now.a, Operations.trueDivide(cells[b], cells[c]))
        case .negateInteger: cells[a] = try Operations.checked((0).subtractingReportingOverflow(cells[b]))
        case .invertInteger: cells[a] = ~cells[b]
        case .absoluteInteger:
          cells[a] = cells[b] < 0 ? try Operations.checked((0).subtractingReportingOverflow(cells[b])) : cells[b]
        case .maximumInteger: cells[a] = cells[c] > cells[b] ? cells[c] : cells[b]
        case .minimumInteger: cells[a] = cells[c] < cells[b] ? cells[c] : cells[b]

        case .addFloat: set(now.a, float(now.b) + float(now.c))
        case .subtractFloat: set(now.a, float(now.b) - float(now.c))
        case .multiplyFloat: set(now.a, float(now.b) * float(now.c))
        case .divideFloat:
          if float(now.c) == 0 { throw MachineError(.zeroDivision, "float division by zero") }
          set(now.a, float(now.b) / float(now.c))
        case .floorDivideFloat: set(now.a, try Operations.floorDivide(float(now.b), float(now.c)))
        case .moduloFloat: set(now.a, try Operations.modulo(float(now.b), float(now.c)))
        case .powerFloat: set(now.a, try Operations.power(float(now.b), float(now.c)))
        case .negateFloat: set(now.a, -float(now.b))
        case .absoluteFloat: set(now.a, float(now.b).magnitude)
        case .maximumFloat: set(now.a, float(now.c) > float(now.b) ? float(now.c) : float(now.b))
        case .minimumFloat: set(now.a, float(now.c) < float(now.b) ? float(now.c) : float(now.b))
        case .squareRoot: set(now.a, try MathFunction.checked(float(now.b)) { $0.squareRoot() })
        case .exponential: set(now.a, try MathFunction.checked(float(now.b)) { exp($0) })
        case .logarithm: set(now.a, try MathFunction.checked(float(now.b)) { $0 == 0 ? .nan : log($0) })
        case .floor: cells[a] = try Operations.floored(float(now.b))
        case .ceiling: cells[a] = try Operations.integer(truncating: float(now.b).rounded(.up))
        case .truncate: cells[a] = try Operations.integer(truncating: float(now.b))
        case .round: cells[a] = try Operations.integer(truncating: float(now.b).rounded(.toNearestOrEven))

        case .lessInteger: set(now.a, cells[b] < cells[c])
        case .lessOrEqualInteger: set(now.a, cells[b] <= cells[c])
        case .equalInteger: set(now.a, cells[b] == cells[c])
        case .notEqualInteger: set(now.a, cells[b] != cells[c])
        case .lessFloat: set(now.a, float(now.b) < float(now.c))
        case .lessOrEqualFloat: set(now.a, float(now.b) <= float(now.c))
        case .equalFloat: set(now.a, float(now.b) == float(now.c))
        case .notEqualFloat: set(now.a, float(now.b) != float(now.c))
        case .not: cells[a] = cells[b] ^ 1
        case .truth: set(now.a, try Operations.truth(values[b]))
        case .isNone: set(now.a, values[b].isNone)

        case .jump: next = c
        case .jumpBack:
          remaining -= next - c
          if remaining < 0 { throw Self.budgetError(budget) }
          next = c
        case .jumpIfTrue: if cells[a] != 0 { next = c }
        case .jumpIfFalse: if cells[a] == 0 { next = c }
        case .jumpByLessInteger: if (cells[a] < cells[b]) == (now.x != 0) { next = c }
        case .jumpByLessOrEqualInteger: if (cells[a] <= cells[b]) == (now.x != 0) { next = c }
        case .jumpByEqualInteger: if (cells[a] == cells[b]) == (now.x != 0) { next = c }
        case .jumpByNotEqualInteger: if (cells[a] != cells[b]) == (now.x != 0) { next = c }
        case .jumpByLessFloat: if (float(now.a) < float(now.b)) == (now.x != 0) { next = c }
        case .jumpByLessOrEqualFloat: if (float(now.a) <= float(now.b)) == (now.x != 0) { next = c }
        case .jumpByEqualFloat: if (float(now.a) == float(now.b)) == (now.x != 0) { next = c }
        case .jumpByNotEqualFloat: if (float(now.a) != float(now.b)) == (now.x != 0) { next = c }

        case .returnValue: return values[a]
        case .returnInteger: return .integer(cells[a])
        case .returnFloat: return .float(float(now.a))
        case .returnTruth: return .bool(cells[a] != 0)
        case .returnNone: return .none

        case .nextInteger:
          if cells[a + 1] == 0 {
            next = c
          } else {
            cells[b] = cells[a]
            cells[a] = cells[a] &+ cells[a + 2]
            cells[a + 1] &-= 1
          }
        case .repeatInteger:
          if cells[a + 1] != 0 {
            cells[b] = cells[a]
            cells[a] = cells[a] &+ cells[a + 2]
            cells[a + 1] &-= 1
            remaining -= next - c
            if remaining < 0 { throw Self.budgetError(budget) }
            next = c
          }
        case .nextElement: if !takeNext(into: values + a) { next = c }
        case .element: try element(values + a, of: values[b], cells[c])
        case .length: cells[a] = try Self.length(of: values + b)
        case .elementInteger: cells[a] = try Self.integerElement(of: values + b, cells[c])
        case .elementFloat: set(now.a, try Self.floatElement(of: values + b, cells[c]))
        case .setElement: try setElement(values + a, cells[b], values[c], isDeep: now.x != 0)
        case .append: try append(values[b], to: values + a, isDeep: now.x != 0)
        case .formatInteger: values[a] = .string(try Operations.format(cells[b], code.body.formats[c], typeName: "int"))
        case .formatFloat: values[a] = .string(try Operations.format(float(now.b), code.body.formats[c]))
        case .join: try join(values + b, c, into: values + a)
        case .callCode:
          let result = try callCode(program.calls[b], cells, values)
          switch now.x {
          case 1: cells[a] = try result.unboxedInteger()
          case 2: set(now.a, try result.unboxedFloat())
          case 3: set(now.a, try result.unboxedTruth())
          default: values[a] = result
          }
        case .recordFloat:
          set(now.a, try (values + b).field(program.keys + c))

        default: try general(now, code, cells, values, state)
        }
      }
    } catch {
      if failureRange == nil, next > 0 { failureRange = code.body.ranges[next - 1] }
      throw error
    }
  }

  /// A state variable that stands in no cell.
  static func slot(_ state: UnsafeMutablePointer<Value>?, _ index: Int) -> UnsafeMutablePointer<Value> {
    guard let state else { preconditionFailure("code is run with the state that it uses") }
    return state + index
  }
}
