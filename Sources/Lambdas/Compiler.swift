import Diagnostics
import Syntax

/// What the functions of one compilation share: findings, and the `def`s compiled on the way.
final class Compilation {
  private(set) var findings: [Finding] = []
  /// Above zero while code is compiled to learn types only, so that nothing is said twice.
  var muted = 0
  /// The `def`s being compiled, outermost first: one that comes up again calls itself.
  var inProgress: [Definition] = []
  private var compiled: [(definition: Definition, arguments: [ValueType], code: FunctionCode?)] = []
  private var reported: Set<String> = []

  func report(_ complaint: Complaint, at range: SourceRange, labels: [Finding.Label] = []) {
    guard muted == 0 else { return }
    let finding = complaint.finding(at: range, labels: labels)
    // A `def` is compiled for each kind of call, and says the same each time.
    if reported.insert("\(range.start) \(range.end) \(finding.name)").inserted { findings.append(finding) }
  }

  func code(of definition: Definition, for arguments: [ValueType]) -> FunctionCode?? {
    compiled.first { $0.definition === definition && $0.arguments == arguments }.map(\.code)
  }

  func remember(_ code: FunctionCode?, of definition: Definition, for arguments: [ValueType]) {
    // What a muted pass found must be found again aloud.
    if muted == 0 { compiled.append((definition, arguments, code)) }
  }
}

/// Where the value of an expression is while the function runs, and what is known of it.
struct Operand {
  var register: Register
  var type: ValueType
}

/// Compiles one function: walks its tree once, inferring types and emitting instructions together.
///
/// Types flow with the statements (`Flow`); where the same code can be reached twice, at the head of a loop, it is compiled again
/// until the types there stay as they are. A local variable gets a cell where everything ever assigned to it is one scalar type,
/// which a first, silent pass over a block finds out.
final class FunctionCompiler {
  enum Role {
    case lambda
    case definition
    /// A hook, whose names may mean the callback's state.
    case hook
  }
  /// Deeper expressions are refused: each level takes a stretch of the stack (see `onDeepStack`).
  static let depthLimit = 2000
  static let registerLimit = 4096
  static let instructionLimit = 60_000

  let compilation: Compilation
  let scope: CompilationScope
  let role: Role
  let name: String
  let parent: FunctionCompiler?
  var state: [StateVariable]
  var body = CodeBody()
  var flow = Flow()
  var effects = FunctionCode.Effects()
  /// How arguments reach its parameters, where that is not both by place and by name.
  var kinds: [String: FunctionType.Parameter.Kind] = [:]
  /// The type of what `return` gave so far.
  var returned = ValueType.never
  /// How each local is stored, by the types that the silent pass found.
  var storage: [String: Register.Kind] = [:]
  var assigned: [String: ValueType] = [:]
  var locals: [String: Register] = [:]
  var boundFlags: [String: Int] = [:]
  var needsFlag: Set<String> = []
  var read: Set<String> = []
  var firstAssignment: [String: SourceRange] = [:]
  var parameterNames: Set<String> = []
  /// Those that hold what others see changed.
  var sharedNames: Set<String> = []
  /// The names of comprehensions and the unique ones they stand for, innermost last.
  var aliases: [(name: String, unique: String)] = []
  var loopVariables: Set<String> = []
  /// Whether a lambda is compiled that a built-in calls at once, so that what it captures cannot change before.
  var isDirectArgument = false
  var captures: [FunctionCode.Capture] = []
  var captureRegisters: [String: Operand] = [:]
  var inputs: [Register] = []
  var loops: [Loop] = []
  var stateAssigned: [String: ValueType] = [:]
  /// Where the state's numbers and truths stand while the hook runs.
  var stateCells: [String: Register] = [:]
  /// The cells before are for constants.
  var nextCell = CodeBody.constantCells
  var nextValue = 0
  /// While a value is stored that nothing else uses: the first instruction that was emitted for it.
  var freshFrom: Int?
  /// Where the last jump lands: what stands before is not the only way to there.
  var lastLanding = 0
  var depth = 0
  var unique = 0
  var place: SourceRange

  /// Where `break` and `continue` go.
  struct Loop {
    var breaks: [Int] = []
    var continues: [Int] = []
    var breakFlows: [Flow] = []
    var continueFlows: [Flow] = []
  }

  init(
    _ compilation: Compilation, scope: CompilationScope, role: Role, name: String, parent: FunctionCompiler? = nil,
    state: [StateVariable] = [], place: SourceRange
  ) {
    self.compilation = compilation
    self.scope = scope
    self.role = role
    self.name = name
    self.parent = parent
    self.state = state
    self.place = place
  }

  func report(_ complaint: Complaint, at range: SourceRange, labels: [Finding.Label] = []) {
    guard flow.isReachable else { return }
    compilation.report(complaint, at: range, labels: labels)
  }

  // MARK: Registers and instructions

  func newCell(_ count: Int = 1) -> Int {
    nextCell += count
    body.cellCount = max(body.cellCount, nextCell)
    return nextCell - count
  }

  func newValue(_ count: Int = 1) -> Int {
    nextValue += count
    body.valueCount = max(body.valueCount, nextValue)
    return nextValue - count
  }

  func newRegister(_ kind: Register.Kind) -> Register { Register(kind: kind, index: kind == .value ? newValue() : newCell()) }

  @discardableResult
  func emit(_ opcode: Opcode, x: UInt8 = 0, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, at range: SourceRange? = nil) -> Int {
    body.instructions.append(
      Instruction(
        opcode: opcode, x: x, a: UInt16(truncatingIfNeeded: a), b: UInt16(truncatingIfNeeded: b), c: UInt16(truncatingIfNeeded: c)
      ))
    body.ranges.append(range ?? place)
    return body.instructions.count - 1
  }

  /// Sets the target of a jump to the next instruction.
  func land(_ jump: Int) {
    lastLanding = body.instructions.count
    body.instructions[jump].c = UInt16(truncatingIfNeeded: lastLanding)
  }
  func land(_ jumps: [Int]) { for jump in jumps { land(jump) } }

  func constant(_ value: Value) -> Operand {
    switch value {
    case .integer(let number): return Operand(register: cellConstant(.integer, number), type: .integer)
    case .float(let number):
      return Operand(register: cellConstant(.float, Int(bitPattern: UInt(number.bitPattern))), type: .float)
    case .bool(let flag): return Operand(register: cellConstant(.bool, flag ? 1 : 0), type: .bool)
    default:
      let index = newValue()
      body.constants.append(value)
      emit(.loadValue, index, body.constants.count - 1)
      return Operand(register: Register(kind: .value, index: index), type: ValueType(of: value))
    }
  }

  private func cellConstant(_ kind: Register.Kind, _ bits: Int) -> Register {
    let position = body.cellConstants.firstIndex(of: bits) ?? body.cellConstants.count
    if position == body.cellConstants.count { body.cellConstants.append(bits) }
    if position < CodeBody.constantCells {
      body.cellCount = max(body.cellCount, CodeBody.constantCells)
      return Register(kind: kind, index: position)
    }
    let index = newCell()
    emit(.loadCell, index, position)
    return Register(kind: kind, index: index)
  }

  func nameIndex(_ name: String) -> Int {
    if let index = body.names.firstIndex(of: name) { return index }
    body.names.append(name)
    return body.names.count - 1
  }

  // MARK: Bringing operands into the form an instruction wants

  /// The operand's value register; a scalar in a cell is boxed.
  func asValue(_ operand: Operand) -> Int {
    if operand.register.kind == .value { return operand.register.index }
    let index = newValue()
    box(operand, into: index)
    return index
  }

  /// Puts an operand into a value register.
  func box(_ operand: Operand, into index: Int) {
    switch operand.register.kind {
    case .value: if operand.register.index != index { emit(.moveValue, index, operand.register.index) }
    case .integer: emit(.boxInteger, index, operand.register.index)
    case .float: emit(.boxFloat, index, operand.register.index)
    case .bool: emit(.boxTruth, index, operand.register.index)
    }
  }

  /// A cell with the operand as a float; its type must be a scalar.
  func asFloat(_ operand: Operand) -> Int {
    switch operand.register.kind {
    case .float: return operand.register.index
    case .integer, .bool:
      if operand.register.index < CodeBody.constantCells {
        return constant(.float(Double(body.cellConstants[operand.register.index]))).register.index
      }
      let index = newCell()
      emit(.toFloat, index, operand.register.index)
      return index
    case .value:
      let index = newCell()
      emit(.unboxFloat, index, operand.register.index)
      return index
    }
  }

  /// A cell with the operand as an int; its type must be int or bool.
  func asInteger(_ operand: Operand) -> Int {
    if operand.register.kind != .value { return operand.register.index }
    let index = newCell()
    emit(.unboxInteger, index, operand.register.index)
    return index
  }

  /// A cell with the operand's truth.
  func asTruth(_ operand: Operand) -> Int {
    switch operand.register.kind {
    case .bool: return operand.register.index
    case .integer:
      let index = newCell()
      emit(.notEqualInteger, index, operand.register.index, constant(.integer(0)).register.index)
      return index
    case .float:
      let index = newCell()
      emit(.notEqualFloat, index, operand.register.index, constant(.float(0)).register.index)
      return index
    case .value:
      let index = newCell()
      emit(.truth, index, operand.register.index)
      return index
    }
  }

  /// Moves an operand that nothing else uses: the instruction that has just made it, after the first `start`, writes into the register.
  func moveLast(_ operand: Operand, to register: Register, since start: Int) {
    let last = body.instructions.count - 1
    if last >= start, lastLanding != last + 1, operand.register.kind == register.kind, operand.register != register,
      body.instructions[last].writesItsFirst(of: register.kind), Int(body.instructions[last].a) == operand.register.index
    {
      body.instructions[last].a = UInt16(register.index)
    } else {
      move(operand, to: register)
    }
  }

  /// Moves an operand into a register, whose kind its type must fit.
  func move(_ operand: Operand, to register: Register) {
    if operand.register == register { return }
    switch register.kind {
    case .value: box(operand, into: register.index)
    case .float:
      if operand.register.kind == .value {
        emit(.unboxFloat, register.index, operand.register.index)
      } else if operand.register.kind == .float {
        emit(.moveCell, register.index, operand.register.index)
      } else {
        emit(.toFloat, register.index, operand.register.index)
      }
    case .integer, .bool:
      if operand.register.kind == .value {
        emit(register.kind == .bool ? .unboxTruth : .unboxInteger, register.index, operand.register.index)
      } else {
        emit(.moveCell, register.index, operand.register.index)
      }
    }
  }

  /// A value of which nothing is known: what stands for an expression that has a finding.
  func unknown() -> Operand {
    let index = newValue()
    body.constants.append(.none)
    emit(.loadValue, index, body.constants.count - 1)
    return Operand(register: Register(kind: .value, index: index), type: .any)
  }

  func valueOperand(_ index: Int, _ type: ValueType) -> Operand {
    Operand(register: Register(kind: .value, index: index), type: type)
  }
  func cellOperand(_ index: Int, _ type: ValueType) -> Operand {
    Operand(register: Register(kind: Register.kind(for: type), index: index), type: type)
  }

  /// What to say of an operation's outcome, if anything; `named` is the operand that a sentence about None should name.
  func judge(_ outcome: Typing.Outcome, at range: SourceRange, named: Expression? = nil) {
    switch outcome.complaint {
    case .always(let text): report(.alwaysFails(text), at: range)
    case .possiblyNone: report(named.map { possiblyNone($0) } ?? .possiblyNone(nil), at: named?.range ?? range)
    case .sometimes(let text): report(.sometimesFails(text), at: range)
    case nil: break
    }
  }
}

extension FunctionCompiler {
  /// What to say of an expression that may be None. State that a number is meant to be can begin as one.
  func possiblyNone(_ expression: Expression) -> Complaint {
    guard case .name(let name) = expression.kind, role == .hook, locals[name] == nil,
      let variable = state.first(where: { $0.name == name })
    else { return .possiblyNone(expression.spelling) }
    let beginning: String? =
      switch variable.type.without({ $0 == .none }) {
      case .float: "0.0"
      case .integer: "0"
      default: nil
      }
    return .possiblyNone(name, beginning: beginning)
  }
}

extension Expression {
  /// A name or a chain of attributes as written; nil for other expressions.
  var spelling: String? {
    switch kind {
    case .name(let name): name
    case .attribute(let base, let name): base.spelling.map { "\($0).\(name.text)" }
    default: nil
    }
  }

  /// The text of a string literal.
  var literalText: String? { if case .string(let text, _) = kind { text } else { nil } }
}
