import Arrays
import Diagnostics
import Lambdas
import Syntax

/// What the interpreter asks of the world outside the script while it checks: closures, so that a test hands in its own.
package struct Surroundings {
  /// Reads the file of an `include`, its path already relative to the including file.
  package var read: (_ path: String) throws(Failure) -> Source
  /// The text of a file of data. Throws with the file's name.
  package var readText: (_ path: String) throws(Failure) -> String
  /// Why a file cannot be written there; nil if it can.
  package var reasonNotWritable: (_ path: String) -> String?
  /// Why files cannot be written in a folder, which may have to be made; nil if they can.
  package var reasonFolderNotWritable: (_ path: String) -> String?
  package var fileExists: (_ path: String) -> Bool
  /// The seed that is chosen outside of the script, which wins over that of its `settings`.
  package var seed: Int?
  /// What the newest whole backup in a folder is of; nil if there is none. Throws where all are damaged, as a clause.
  package var keptFit: (_ folder: String) throws(Failure) -> KeptFit?
  /// A model file's configuration as a model without weights, `compiled` included if the file holds it.
  package var inspectModel: (_ path: String) throws(Failure) -> ModelObject

  package init(
    read: @escaping (String) throws(Failure) -> Source = { path throws(Failure) in throw Failure("`\(path)` cannot be read here")
    },
    readText: @escaping (String) throws(Failure) -> String = { path throws(Failure) in
      throw Failure("`\(path)` cannot be read here")
    },
    reasonNotWritable: @escaping (String) -> String? = { _ in nil },
    reasonFolderNotWritable: @escaping (String) -> String? = { _ in nil },
    fileExists: @escaping (String) -> Bool = { _ in false },
    keptFit: @escaping (String) throws(Failure) -> KeptFit? = { _ in nil },
    inspectModel: @escaping (String) throws(Failure) -> ModelObject = { path throws(Failure) in
      throw Failure("`\(path)` cannot be read here")
    }
  ) {
    self.read = read
    self.readText = readText
    self.reasonNotWritable = reasonNotWritable
    self.reasonFolderNotWritable = reasonFolderNotWritable
    self.fileExists = fileExists
    self.keptFit = keptFit
    self.inspectModel = inspectModel
  }
}

/// What the check of a script gives.
package struct Checked {
  package var findings: [Finding]
  /// What the script means to do, as far as it is known before it runs.
  package var plan: Plan
  /// Places that are checked only when they are reached, since they need a value of the run.
  package var deferred: [SourceRange]
  /// What `settings { … }` says.
  package var settings: [String: Value]
  /// The backup folders of its fits, as far as they are known, in order.
  package var backupFolders: [(path: String, range: SourceRange)]
  /// The models that it makes, in order, as they are when all of it has been walked.
  package var models: [ModelObject]
  package var hasErrors: Bool { findings.contains { $0.severity == .error } }
}

/// Why a statement was not carried out.
package enum Interruption: Error {
  /// Mistakes that only values of the run could show; nothing of the statement was done.
  case mistakes([Finding])
  case failure(Failure)
  /// An `expect` that does not hold, with what is to be said of it.
  case expectation(String, SourceRange)
  /// The user wanted the run to end; the place is the statement that was not begun any more.
  case interrupted(SourceRange)
}

/// Walks a script: once without a world, to find every mistake and say what will be done, and then statement by statement with one.
///
/// Both are one walk. Where the world is missing, effects are replaced by forecasts of what they would give; a forecast that is
/// undone leaves nothing behind (`forecast`).
package final class Interpreter {
  package let catalog: Catalog
  var surroundings: Surroundings
  /// Whether statements come one after another from a person, who tries and mends: what is declared again replaces, a file may be
  /// written or included again, and a backup belongs to no place in a script.
  let isTyped: Bool
  /// Takes the value of every expression statement (and of `evaluate` and `predict`) that is run outside of functions, in order.
  package var onValue: ((Value) -> Void)?
  /// Asked between statements and rounds of the run, which it ends.
  package var isInterrupted: () -> Bool = { false }
  /// Asked about what a statement's last check has found, none of it an error, before any of its effects: whether it may run.
  package var admits: ([Finding]) -> Bool = { _ in true }

  var state = State()
  /// Nil while checking.
  var world: (any World)?
  /// Undoes what a forecast did to shared objects, last first.
  var undo: [() -> Void]?

  private(set) var findings = FindingList()
  private var told: Set<FindingKey> = []
  private(set) var deferred = PlaceList()
  var plan = Plan()
  /// The statement being walked, for findings that concern it as a whole.
  var statementRange: SourceRange?
  let sharedMachine = Machine()
  /// The run's seed.
  private var seed = 0
  /// The steps that an expression of the run may take on the machine; a function of the script as many.
  package var stepBudget = Machine.defaultBudget
  /// Rounds and calls that a statement of the run may take in comprehensions and functions that the machine cannot run: a second.
  package var walkedStepBudget = 200_000
  /// Functions of the script that the machine can run whole, by identity, each kept with its code; nil for those that are walked.
  var codes: [ObjectIdentifier: (function: ScriptFunction, code: FunctionCode?)] = [:]
  /// How deep calls of the script's functions are nested.
  var callDepth = 0
  /// Rounds and calls that have been walked: in the check in all, in the run since the statement began.
  var steps = 0
  /// What is left to the check of the machine's steps.
  var machineSteps = 0

  /// Everything that a forecast must be able to put back; a value, so that keeping it is one assignment.
  struct State {
    /// Innermost last; the first holds the script's own names.
    var frames: [Scope] = [Scope()]
    /// The model block being walked.
    var block: ModelBlock?
    var context: Context = .script
    /// How many objects have been made.
    var serial = 0
    /// Layers that have been applied, with their weights.
    var builds: [ObjectIdentifier: LayerBuild] = [:]
    /// Each application of a layer or nested model, by the layer.
    var calls: [ObjectIdentifier: [SymbolicTensor.Node]] = [:]
    /// The model that each layer was first part of.
    var owners: [ObjectIdentifier: ModelObject] = [:]
    /// The models that were made, in order.
    var models: [ModelObject] = []
    var files = FileUses()
    /// The place in the plan, and the rounds of the loops around it.
    var site = 0
    var topLevel: Statement?
    var rounds: [Int] = []
    /// How many `if` and `for` blocks are around the statement.
    var depth = 0
    /// How many of the loops around it go through something unknown, so that one round stands for all.
    var openLoops = 0
    var overrides: [String: Value] = [:]
    /// What `layer.trainable = …` set.
    var trainable: [ObjectIdentifier: Bool] = [:]
    /// Which weights each compilation trains, and the `fit` that settled it.
    var settled: [ObjectIdentifier: (isTrained: [Bool], range: SourceRange)] = [:]
    /// Models that are used as layers, each with its stand-in.
    var nested: [ObjectIdentifier: LayerReference] = [:]
    /// How often each function of the catalog was called in the run.
    var callCounts: [String: Int] = [:]
    /// Classes that have been called; the others are checked at the end with their defaults.
    var instantiated: Set<ObjectIdentifier> = []
    /// The script's callbacks with the code of their hooks.
    var instances: [ObjectIdentifier: ScriptInstance] = [:]
    /// Compiled functions with what they were compiled from, so that a fit can hold them to its own `logs`.
    var compiled: [ObjectIdentifier: (value: FunctionValue, source: ScriptFunction)] = [:]
    /// The targets of the loops around the statement, outermost first.
    var loopVariables: [String] = []
    /// Names that would mean one value in Python.
    var aliases: [String: Set<String>] = [:]
    /// The blocks that no path came through, for names that only they bind.
    var untaken = UntakenBlocks()
    var included: Set<String> = []
    var hasImports = false
    var hasWholeNumbers = false
    /// The names that the function binds whose body is being walked: they never mean what is outside of it.
    var ownNames: Set<String> = []
    /// The functions of the script whose bodies are being walked, outermost first.
    var calling: [String] = []
    /// The words of statements that could not be read: what they would have bound is not missed.
    var unreadWords: Set<String> = []
    /// The included files that are being walked, outermost first.
    var including: [String] = []
    var settings: [String: Value] = [:]
    /// Where the script chooses its seed.
    var seedRange: SourceRange?
    /// Whether another statement than `settings` has been walked.
    var isPastSettings = false
  }

  /// What surrounds a statement, which decides what it may be.
  enum Context { case script, model, function }

  package init(
    catalog: Catalog, surroundings: Surroundings = Surroundings(), overrides: [String: Value] = [:],
    isTyped: Bool = false
  ) {
    self.catalog = catalog
    self.surroundings = surroundings
    self.isTyped = isTyped
    state.overrides = overrides
  }

  /// What the script's own random numbers (`np.random`) follow from; called before the first statement is run.
  package func seedRandomNumbers(_ seed: Int) {
    self.seed = seed
    sharedMachine.random = RandomSequence(RandomStream(seed: seed, "np.random"))
  }

  /// The random numbers of a function's next call: named by the function and how often it was called, so that no other line changes them.
  func nextStream(of entry: Entry) -> RandomStream {
    let number = state.callCounts[entry.name, default: 0]
    state.callCounts[entry.name] = number + 1
    return RandomStream(seed: seed, "data", entry.name).substream(number)
  }

  /// Everything that can be known of a script before it runs. Changes nothing.
  package func check(_ script: Script) -> Checked { check(script.statements) }

  /// The check of statements that follow what has been run so far.
  package func check(_ statements: [Statement]) -> Checked {
    onDeepStack {
      let earlier = self.topLevelObjects
      return self.forecast {
        _ = self.walkAll(statements)
        self.finishCheck(except: earlier)
        return self.checked
      }
    }
  }

  /// Checks a statement with everything known now and then carries it out. Gives warnings and notes.
  ///
  /// A mistake changes nothing; what was done before a failure stays, as in Python.
  @discardableResult
  package func run(_ statement: Statement, in world: any World) throws(Interruption) -> [Finding] {
    let result = onDeepStack { self.runDeep(statement, in: world) }
    return try result.get()
  }

  /// What the forecast has found so far.
  private var checked: Checked {
    Checked(
      findings: findings.all, plan: plan, deferred: deferred.all, settings: state.settings,
      backupFolders: state.files.backupFolders, models: state.models.filter { !$0.isBroken }.map(\.snapshot))
  }

  private func runDeep(_ statement: Statement, in world: any World) -> Result<[Finding], Interruption> {
    let checked = forecast {
      _ = self.walkAll([statement])
      return self.checked
    }
    if checked.hasErrors { return .failure(.mistakes(checked.findings)) }
    if !admits(checked.findings) { return .failure(.mistakes([])) }
    findings = FindingList()
    told = []
    steps = 0
    let before = isTyped ? state : nil
    self.world = world
    defer { self.world = nil }
    do {
      _ = try walk(statement)
    } catch {
      return .failure(error)
    }
    let errors = findings.all.filter { $0.severity == .error }
    if errors.isEmpty { return .success(checked.findings) }
    // Names that a mistake has left without a value must not live on.
    if let before { state = before }
    return .failure(.mistakes(errors))
  }

  /// Runs a body in which effects are forecast, and puts everything back.
  func forecast<Result>(_ body: () -> Result) -> Result {
    let kept = (state, world, undo, findings, told, deferred, plan, steps, machineSteps, callDepth)
    world = nil
    undo = []
    findings = FindingList()
    told = []
    deferred = PlaceList()
    plan = Plan()
    steps = 0
    machineSteps = Self.machineStepLimit
    defer {
      for step in (undo ?? []).reversed() { step() }
      (state, world, undo, findings, told, deferred, plan, steps, machineSteps, callDepth) = kept
    }
    return Allowance.$current.withValue(Allowance(bytes: Self.allowedBytes), operation: body)
  }

  /// The memory that values may take in all while they are only forecast; larger ones are known by their types.
  private static let allowedBytes = 64 << 20
  /// The steps that the machine may take in all while values are only forecast: some hundredths of a second.
  private static let machineStepLimit = 1_000_000

  /// Walks statements of the script in order; in the check nothing stops it.
  func walkAll(_ statements: [Statement]) -> Flow {
    do { return try walk(statements) } catch {
      if case .failure(let failure) = error, let range = failure.range ?? statementRange {
        report(.forecastFails(failure.message, at: range))
      }
      return .next
    }
  }

  /// Collects a finding; the same one at the same place, as in every round of a loop, is told once.
  func report(_ finding: Finding) {
    guard findings.keeps(finding.severity) else { return }
    let key = FindingKey(name: finding.name, place: PlaceList.Key(finding.range))
    if told.insert(key).inserted { findings.add(finding) }
  }

  /// Notes a place that waits for a value of the run.
  func deferCheck(of range: SourceRange) { deferred.add(range) }

  var isChecking: Bool { world == nil }
  var isRunning: Bool { world != nil }

  /// Records how to undo a change of a shared object, if this is a forecast.
  func undoable(_ step: @escaping () -> Void) { undo?.append(step) }

  /// The number of the next object that the script makes.
  func nextSerial() -> Int {
    state.serial += 1
    return state.serial
  }
}

private struct FindingKey: Hashable {
  let name: String
  let place: PlaceList.Key
}

/// Places in the order in which they were first noted, each once.
struct PlaceList {
  struct Key: Hashable {
    private let source: ObjectIdentifier
    private let start: Int
    private let end: Int
    init(_ range: SourceRange) {
      source = ObjectIdentifier(range.source)
      start = range.start
      end = range.end
    }
  }
  private(set) var all: [SourceRange] = []
  private var known: Set<Key> = []

  /// Whether it was not there before.
  @discardableResult
  mutating func add(_ range: SourceRange) -> Bool {
    guard known.insert(Key(range)).inserted else { return false }
    all.append(range)
    return true
  }
}
