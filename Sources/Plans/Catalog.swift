import Arrays
import Diagnostics
import Lambdas
import Synchronization

/// One thing a script can name: a layer, a callback, a data source, with what the checker must know of it.
///
/// How it works (kernels, hooks, readers) is known to the module that declares it and keyed there by the same role and name.
package struct Entry: Sendable {
  /// What follows from a call's arguments before it runs, by the entry's role.
  package enum Meaning: Sendable {
    /// Shapes and weights from arguments and input tensors.
    case layer(@Sendable (Arguments, [TensorSpec]) throws(ShapeError) -> LayerShape)
    case callback(CallbackTraits)
    case metric(MetricTraits)
    case loss(LossTraits)
    /// The learning rate that a schedule gives a step.
    case schedule(@Sendable (_ step: Double, _ arguments: Arguments) -> Double)
    /// A function on values, or a data source: what it gives, from what is known of its arguments; and what it does.
    case function(FunctionTraits)
    /// An optimizer, initializer, regularizer, constraint: its arguments are all there is to know.
    case plain
  }

  package let role: Role
  package let signature: Signature
  /// Other accepted spellings, as strings or names: `"mse"`, `"MSE"`.
  package let aliases: [String]
  package let meaning: Meaning
  package let abilities: Set<Ability>
  /// What its calls take, where that is more than a tensor, or a list of those it joins.
  package let call: CallSignature?
  /// Throws unless a layer can use a mask that a call names, on an input; shapes leave the batch out.
  package typealias MaskCheck = @Sendable (_ mask: Shape, _ arguments: Arguments, _ input: Shape) throws(ShapeError) -> Void
  package let checkMask: MaskCheck
  /// What a layer makes of values outside of any network, on any thread; nil for one that works on tensors alone.
  package typealias ValueCall = @Sendable (_ layer: Configured, _ values: Value) throws(MachineError) -> Value
  package let callOnValues: ValueCall?
  /// Why arguments that are each allowed cannot go together; nil if they can.
  package let conflict: @Sendable (Arguments) -> ArgumentConflict?
  /// What hooks find of a callback that they know by a name of the script; nil for other entries.
  let hookType: ObjectType?

  package init(
    _ role: Role, _ signature: Signature, aliases: [String] = [],
    conflict: @escaping @Sendable (Arguments) -> ArgumentConflict? = { _ in nil }, _ meaning: Meaning = .plain,
    abilities: Set<Ability> = [], call: CallSignature? = nil,
    checkMask: @escaping MaskCheck = { _, _, _ in }, callOnValues: ValueCall? = nil
  ) {
    self.callOnValues = callOnValues
    self.role = role
    self.signature = signature
    self.aliases = aliases
    self.conflict = conflict
    self.meaning = meaning
    self.abilities = abilities
    self.call = call
    self.checkMask = checkMask
    if case .callback(let traits) = meaning { hookType = .ofCallback(signature, traits) } else { hookType = nil }
  }

  package var name: String { signature.name }

  /// The same with another default of one parameter.
  func withDefault(_ name: String, _ value: Value) -> Entry {
    let parameters = signature.parameters.map { parameter in
      guard parameter.name == name else { return parameter }
      return ParameterDescription(parameter.name, parameter.help, parameter.kind, default: value)
    }
    let changed = Signature(
      signature.name, signature.summary, parameters, formula: signature.formula, source: signature.source,
      example: signature.example)
    return Entry(
      role, changed, aliases: aliases, conflict: conflict, meaning, abilities: abilities, call: call, checkMask: checkMask,
      callOnValues: callOnValues)
  }

  /// The parameters of an object that is made of the name alone, as `"relu"` is: an activation's first is what it is applied to.
  package var settings: ArraySlice<ParameterDescription> { signature.parameters.dropFirst(role == .activation ? 1 : 0) }
}

/// What some layers can do beside being applied to tensors.
package enum Ability: Sendable {
  /// `layer.adapt(data)`: what it computes with is learned from data before training.
  case adapts
  /// It has a vocabulary that can be asked for.
  case hasVocabulary
  /// It joins several tensors into one, and is called on a list of them.
  case merges
  /// Keras's class takes no `trainable`, so that configurations leave it out.
  case isNeverTrained
  /// It has a `function` of the script, which is followed to know what it does to tensors.
  case isFollowed
  /// Called on values it works on them as they are, strings too, and not through a network.
  case takesValues
  /// While training it disturbs what goes through it.
  case disturbs
  /// Keras calls it with `training=True` where a script does not say.
  case isCalledInTraining
  /// It is one step of a recurrent layer, which takes it as an argument.
  case isCell
  /// It is called on a sequence, and perhaps on first states: `lstm(x, initial_state=[h, c])`.
  case takesStates
  /// What it gives is between 0 and 1: a layer, or an activation.
  case givesProbabilities
}

/// From when on a callback can do what it is for, if the score that it watches never improves.
package struct CallbackDelay: Sendable {
  /// The epoch, from 1, at whose end it acts.
  package let epoch: Int
  /// Whether it comes too late there if that is the last epoch.
  package let isForNextEpoch: Bool
  /// What it does then: "stop the training".
  package let act: String
  /// The parameter that holds it back.
  package let parameter: String

  package init(epoch: Int, isForNextEpoch: Bool, act: String, parameter: String) {
    self.epoch = epoch
    self.isForNextEpoch = isForNextEpoch
    self.act = act
    self.parameter = parameter
  }

  /// Epochs added up, as far as numbers go: a script may write any.
  package static func sum(_ epochs: Int...) -> Int {
    epochs.reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
  }
}

/// Why the arguments of a call cannot go together.
package struct ArgumentConflict: Sendable {
  /// The parameter that is told of.
  package let parameter: String
  /// A clause that completes "`Adam` …": "clips gradients in one way only".
  package let problem: String
  package let hint: String
  package init(of parameter: String, _ problem: String, hint: String) {
    self.parameter = parameter
    self.problem = problem
    self.hint = hint
  }
}

/// What the checker must know of a callback.
package struct CallbackTraits: Sendable {
  /// Whether it reads `logs` at every batch, which then are brought back from the core.
  package var readsBatchLogs: Bool
  /// Whether it sets the learning rate, which a schedule object forbids, and logs it at `epoch_end`, for the callbacks after it and
  /// for History.
  package var setsLearningRate: Bool
  /// The parameter whose factor it may multiply the learning rate by within an epoch, which a schedule object forbids too; nil
  /// where it does not, and always with a factor of 1. Arguments may be absent.
  package var rateFactor: @Sendable (_ arguments: Arguments) -> String?
  /// The parameter under whose value it sets no learning rate; nil for none.
  package var lowestRate: String?
  /// The parameter that names a backup folder, which only one execution of one fit may use.
  package var backupFolder: String?
  /// The parameter that names a folder into which it writes files of its own names.
  package var logFolder: String?
  /// Whether it writes every key of `logs` at `epoch_end`, so that one added later in the list would be missing.
  package var recordsLogs: Bool
  /// Whether it works with running averages of the weights, which an optimizer keeps only if asked.
  package var needsAverages: Bool
  /// What it answers in and after a fit beside its arguments, with what that is before one: `es.stopped_epoch`. All of it may be set, too.
  package var results: [String: Value]
  /// The parameters whose arguments may be set after it was made, in hooks as well: `es.patience = 5`.
  package var settable: Set<String>
  /// Whether it has hooks of evaluations and predictions too: any other does nothing there.
  package var actsOutsideTraining: Bool
  /// Whether it holds the history of its last fit, as a `HistoryObject` in `held`, and answers as that does.
  package var holdsHistory: Bool
  /// Whether it looks at scores after batches, when those of validation are not known.
  package var looksBetweenEpochs: @Sendable (_ arguments: Arguments) -> Bool
  /// Whether its monitor decides anything.
  package var watches: @Sendable (_ arguments: Arguments) -> Bool
  /// From when on it can act in a training that begins with an epoch, counted from 0; nil where nothing holds it back.
  package var delay: @Sendable (_ arguments: Arguments, _ initialEpoch: Int) -> CallbackDelay?
  /// What it does with these arguments beside what their kinds tell, as clauses: "keeps the last 3 files".
  package var facts: @Sendable (_ arguments: Arguments) -> [String]
  /// Why it cannot watch a model with these arguments; nil if it can.
  package var modelConflict: @Sendable (_ arguments: Arguments, _ model: ModelPlan) -> ArgumentConflict?
  package init(
    readsBatchLogs: Bool = false, setsLearningRate: Bool = false, backupFolder: String? = nil, logFolder: String? = nil,
    recordsLogs: Bool = false, needsAverages: Bool = false, actsOutsideTraining: Bool = false, holdsHistory: Bool = false,
    results: [String: Value] = [:], settable: [ParameterDescription] = [],
    delay: @escaping @Sendable (_ arguments: Arguments, _ initialEpoch: Int) -> CallbackDelay? = { _, _ in nil },
    modelConflict: @escaping @Sendable (_ arguments: Arguments, _ model: ModelPlan) -> ArgumentConflict? = { _, _ in nil },
    looksBetweenEpochs: @escaping @Sendable (_ arguments: Arguments) -> Bool = { _ in false },
    watches: @escaping @Sendable (_ arguments: Arguments) -> Bool = { _ in true },
    rateFactor: @escaping @Sendable (_ arguments: Arguments) -> String? = { _ in nil }, lowestRate: String? = nil,
    facts: @escaping @Sendable (_ arguments: Arguments) -> [String] = { _ in [] }
  ) {
    self.readsBatchLogs = readsBatchLogs
    self.setsLearningRate = setsLearningRate
    self.rateFactor = rateFactor
    self.lowestRate = lowestRate
    self.backupFolder = backupFolder
    self.logFolder = logFolder
    self.recordsLogs = recordsLogs
    self.needsAverages = needsAverages
    self.actsOutsideTraining = actsOutsideTraining
    self.results = results
    self.settable = Set(settable.map(\.name))
    self.holdsHistory = holdsHistory
    self.looksBetweenEpochs = looksBetweenEpochs
    self.watches = watches
    self.facts = facts
    self.delay = delay
    self.modelConflict = modelConflict
  }

  /// Whether it may change the learning rate, with these arguments.
  package func changesLearningRate(_ arguments: Arguments) -> Bool { setsLearningRate || rateFactor(arguments) != nil }

  /// Keys it adds to `logs` in `epoch_end`, in the training of an optimizer.
  package func addedLogs(of optimizer: Configured?) -> [String] {
    setsLearningRate ? optimizer?.learningRateKeys ?? [] : []
  }
}

/// Which way a metric gets better.
package enum Direction: Sendable { case up, down }

package struct MetricTraits: Sendable {
  /// Nil where `mode="auto"` cannot know.
  package var direction: Direction?
  /// The name in `logs` of an object made without `name=`: `sparse_categorical_accuracy`.
  package var logName: String
  /// Whether its value is a list of numbers.
  package var isVector: @Sendable (Arguments) -> Bool
  /// Why targets and predictions of these shapes cannot go together; nil if they can. Shapes leave the batch out.
  package var check: @Sendable (_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError?
  package init(
    direction: Direction?, logName: String, isVector: @escaping @Sendable (Arguments) -> Bool = { _ in false },
    check: @escaping @Sendable (Arguments, TensorSpec, TensorSpec) -> ShapeError? = { _, _, _ in nil }
  ) {
    self.direction = direction
    self.logName = logName
    self.isVector = isVector
    self.check = check
  }
}

package struct LossTraits: Sendable {
  /// Why targets and predictions of these shapes cannot go together; nil if they can. Shapes leave the batch out.
  package var check: @Sendable (_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError?
  /// Whether examples of predictions have no loss of their own that could be weighted.
  package var mixesExamples: @Sendable (_ arguments: Arguments, _ predictions: TensorSpec) -> Bool
  package init(
    check: @escaping @Sendable (Arguments, TensorSpec, TensorSpec) -> ShapeError?,
    mixesExamples: @escaping @Sendable (Arguments, TensorSpec) -> Bool = { _, _ in false }
  ) {
    self.check = check
    self.mixesExamples = mixesExamples
  }
}

/// A function of the catalog: known by what it gives before it runs, and by what it does.
package struct FunctionTraits: Sendable {
  /// The result as far as headers and arguments tell, before the run.
  package var forecast: @Sendable (Arguments) throws(Failure) -> Forecast
  /// What it gives where it is not asked for a forecast, since an argument is known in the run alone; nil where it is asked all the same,
  /// with such arguments absent.
  package var gives: ValueType?
  /// What follows from the types of its arguments where some are known by those alone; nil where nothing does.
  package var forecastOfTypes: @Sendable ([String: ValueType]) -> Forecast? = { _ in nil }
  package var call: @Sendable (Arguments, FunctionSurroundings) throws(Failure) -> Value
  /// For a method of data sets: what the functions that it is given are called with, by the data set; nil where it is given none.
  package var functionType: (@Sendable (DataSpec) -> FunctionType)?
  /// Whether functions of the script may call it: what it gives follows from its arguments alone.
  package var isForFunctions = false
  package init(
    giving type: ValueType? = .any, forecast: @escaping @Sendable (Arguments) throws(Failure) -> Forecast,
    call: @escaping @Sendable (Arguments) throws(Failure) -> Value
  ) {
    self.init(giving: type, forecast: forecast, placedCall: { arguments, _ throws(Failure) in try call(arguments) })
  }

  /// A function that draws random numbers, or has something to tell.
  package init(
    giving type: ValueType? = .any, forecast: @escaping @Sendable (Arguments) throws(Failure) -> Forecast,
    placedCall: @escaping @Sendable (Arguments, FunctionSurroundings) throws(Failure) -> Value
  ) {
    gives = type
    self.forecast = forecast
    call = placedCall
  }
}

/// What a function of the catalog finds where it is called.
package struct FunctionSurroundings {
  /// The random numbers of this call alone.
  package let stream: RandomStream
  /// Writes what `print` writes, line ends included.
  package let write: (String) -> Void
  /// Where goes what is noticed of the data later, as it is read.
  package let remarks: Remarks
  /// Whether the user wishes the run to end.
  package let isInterrupted: () -> Bool
  package init(
    stream: RandomStream, remarks: Remarks = Remarks(), write: @escaping (String) -> Void = { _ in },
    isInterrupted: @escaping () -> Bool = { false }
  ) {
    self.stream = stream
    self.remarks = remarks
    self.isInterrupted = isInterrupted
    self.write = write
  }
}

/// What is known of a value before it exists.
package enum Forecast: Sendable {
  /// It is cheap and free of effects: here it is.
  case value(Value)
  case type(ValueType)
  /// A data set whose examples are known by header, and its attributes: `parts` are data sets themselves (`train`, `test`), `facts` are
  /// known before it is read (`class_names`), and of `laterFacts` only what they will be.
  case data(DataSpec, parts: [String: DataSpec] = [:], facts: [String: Value] = [:], laterFacts: [String: ValueType] = [:])
  /// Nested tuples of forecasts, as `mnist.load_data()` gives.
  case tuple([Forecast])
}

/// A failure of the world, as it is told to the user: file, reason.
package struct Failure: Error, Sendable {
  package let message: String
  /// The place in the script whose doing it was, where there is one.
  package let range: SourceRange?
  /// Whether it is the user's wish that it ends here.
  package let isInterruption: Bool

  package init(_ message: String, at range: SourceRange? = nil, isInterruption: Bool = false) {
    self.message = message
    self.range = range
    self.isInterruption = isInterruption
  }

  /// The same, at this place if it has none of its own.
  package func placed(at range: SourceRange?) -> Failure {
    Failure(message, at: self.range ?? range, isInterruption: isInterruption)
  }
}

/// An object of the catalog as a script made it: `Dense(64, activation="relu")`, not yet computing anything.
///
/// A reference, as in Keras: the same layer object applied twice, or in two models, shares its weights.
package final class Configured: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: only what the run learns and keeps for it changes, on the run's one thread.
  package let entry: Entry
  package private(set) var arguments: Arguments { didSet { made.withLock { $0 = nil } } }
  /// The arguments as they were written, without what was learned from data since.
  package let written: Arguments
  /// The call that made it; nil for one made from a name (`"relu"`) or a default.
  package let range: SourceRange?
  /// Its number among the objects of the script: Keras counts automatic names in this order.
  package let serial: Int
  /// Given arguments that only the run will know, while checking; they are absent from `arguments`. Empty in the run.
  package let missing: Set<String>
  /// Where each given argument stands.
  package private(set) var argumentRanges: [String: SourceRange]
  /// The functions of the script among the arguments, in canonical form: what plans and digests show of them.
  package let functionTexts: [String: String]
  /// The name of a layer in the model that it was first part of; nil before.
  package internal(set) var nameInModel: String?
  /// The name by which a layer begins and draws where it is called outside of models; nil before it is.
  package var nameAlone: String?
  /// Whether a layer was applied to something, so that its weights have their shapes.
  package internal(set) var isBuilt = false
  /// Whether it will have learned something by now that only the run knows: `adapt` stands before, and this is the check.
  var awaitsLearning = false
  /// What another module has made of its arguments.
  private let made = Mutex<(any Sendable)?>(nil)
  /// What the run keeps for a layer, whichever models it is part of: its weights, its vocabulary. Nil while only checking.
  package var held: AnyObject?
  /// A callback in the run that goes on with it; nil outside of runs.
  package weak var running: (any RunningCallback)?
  /// What was set of a callback's results since its last run, for its next one.
  var presets: [String: Value] = [:]

  package init(
    _ entry: Entry, _ arguments: Arguments, range: SourceRange?, serial: Int = 0, missing: Set<String> = [],
    argumentRanges: [String: SourceRange] = [:], functionTexts: [String: String] = [:]
  ) {
    self.entry = entry
    self.arguments = arguments
    written = arguments
    self.range = range
    self.serial = serial
    self.missing = missing
    self.argumentRanges = argumentRanges
    self.functionTexts = functionTexts
  }

  /// Gives arguments that a layer has learned from data: a vocabulary, the bounds of bins; or that were set of a callback, at a place of
  /// the script.
  package func settle(_ values: [String: Value], at range: SourceRange? = nil) {
    arguments = arguments.with(values)
    if let range { for name in values.keys { argumentRanges[name] = range } }
  }

  /// Another object with these arguments, and what has been learned.
  func renewed(with arguments: Arguments) -> Configured {
    let copy = Configured(entry, arguments, range: range, serial: serial)
    copy.awaitsLearning = awaitsLearning
    return copy
  }

  /// What is made of its arguments, once for as long as they stay as they are.
  package func made<Product: Sendable>(_ make: () -> Product) -> Product {
    made.withLock { kept in
      if let product = kept as? Product { return product }
      let product = make()
      kept = product
      return product
    }
  }

  /// Puts back what it was made from, where a forecast has changed that.
  func settle(_ arguments: Arguments, _ ranges: [String: SourceRange]) { (self.arguments, argumentRanges) = (arguments, ranges) }

  package var objectType: ObjectType { Configured.type(of: entry.role) }
  /// The type of every object of a role.
  package static func type(of role: Role) -> ObjectType { types[role]! }  // the table is made over all roles
  private static let types = Dictionary(
    uniqueKeysWithValues: Role.allCases.map { ($0, ObjectType($0.rawValue, methods: methods(of: $0))) })
  /// Whether it is a callback that holds the history of its fit.
  var holdsHistory: Bool { if case .callback(let traits) = entry.meaning { traits.holdsHistory } else { false } }
  /// As Keras's `repr` tells layers and metrics; Python's of the others says only of what class they are.
  package var description: String {
    switch entry.meaning {
    case .layer: "<\(shownClassName) name=\(layerName), built=\(isBuilt ? "True" : "False")>"
    case .metric(let traits): "<\(entry.name) name=\(arguments["name"]?.asString ?? traits.logName)>"
    default: "<\(entry.name)>"
    }
  }

  /// A layer's name: that in its model, its own, or the one that it would get first.
  var layerName: String { nameInModel ?? arguments["name"]?.asString ?? LayerNames.snakeCase(shownClassName) }

  /// A layer's class as Keras calls it.
  package var shownClassName: String { Configured.classNames[entry.name] ?? className }
  /// Classes that Keras exports under other names than their own.
  package static let classNames = ["Input": "InputLayer", "GroupQueryAttention": "GroupedQueryAttention"]
}

/// Everything a script can name, joined by `Driver` from the modules' lists.
package struct Catalog: Sendable {
  package private(set) var entries: [Role: [String: Entry]] = [:]

  package init(_ lists: [[Entry]]) {
    for entry in lists.joined() {
      for name in [entry.name] + entry.aliases {
        let previous = entries[entry.role, default: [:]].updateValue(entry, forKey: name)
        precondition(previous == nil, "`\(name)` is declared once as a \(entry.role.rawValue)")
      }
    }
  }

  package func entry(_ name: String, _ role: Role) -> Entry? { entries[role]?[name] }

  /// The entry that a string means: optimizers go by their class names in any case, as in Keras.
  package func entry(named name: String, _ role: Role) -> Entry? {
    if let entry = entry(name, role) { return entry }
    guard role == .optimizer else { return nil }
    return entries[role]?.values.first { $0.name.lowercased() == name.lowercased() }
  }

  /// Every name of a role, aliases included, in alphabetical order.
  package func names(_ role: Role) -> [String] { (entries[role] ?? [:]).keys.sorted() }

  /// The methods of data sets.
  package var dataMethods: [String] {
    names(.function).filter { $0.hasPrefix(DataObject.methodPrefix) }.map { String($0.dropFirst(DataObject.methodPrefix.count)) }
  }

  /// The method of data sets of that name.
  package func dataMethod(_ name: String) -> Entry? { entry(DataObject.methodPrefix + name, .function) }

  /// Every role in which a name is known.
  package func roles(of name: String) -> [Role] { Role.allCases.filter { entries[$0]?[name] != nil } }
}
