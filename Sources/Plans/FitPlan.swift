import Diagnostics
import Lambdas

/// `fit`, with every argument bound, checked and given its default.
package struct FitPlan: Sendable {
  package enum Shuffle: Sendable, Equatable { case none, all, withinBatches }
  package enum ValidationFrequency: Sendable, Equatable {
    case every(Int)
    /// The 1-based epochs after which to validate.
    case epochs([Int])
  }

  package var model: ModelObject
  /// The model as it is when the fit is reached, with what it is compiled with: what a check has forecast is put back afterwards.
  package var outline: ModelObject?
  package var data: RunData
  package var validation: RunData?
  package var validationSplit: Double
  package var validationFrequency: ValidationFrequency
  package var validationBatchSize: Int?
  package var validationSteps: Int?
  package var epochs: Int
  package var initialEpoch: Int
  /// Nil where neither it nor `steps_per_epoch` is given: 32.
  package var batchSize: Int?
  package var stepsPerEpoch: Int?
  package var shuffle: Shuffle
  package var classWeight: [Int: Double]?
  /// 0, 1, 2; nil for "auto".
  package var verbose: Int?
  package var callbacks: [CallbackPlan]
  package var site: RunSite
  package var range: SourceRange
  /// How the operands of products and convolutions enter them, where `settings { … }` ask for another way than float32.
  package var precision: String?
  /// Where the settings that are given stand, and `data`.
  package var settingRanges: [String: SourceRange] = [:]

  package init(
    model: ModelObject, data: RunData, validation: RunData? = nil, validationSplit: Double = 0,
    validationFrequency: ValidationFrequency = .every(1), validationBatchSize: Int? = nil, validationSteps: Int? = nil,
    epochs: Int = 1, initialEpoch: Int = 0, batchSize: Int? = nil, stepsPerEpoch: Int? = nil, shuffle: Shuffle = .all,
    classWeight: [Int: Double]? = nil, verbose: Int? = nil, callbacks: [CallbackPlan] = [], site: RunSite, range: SourceRange
  ) {
    self.model = model
    self.data = data
    self.validation = validation
    self.validationSplit = validationSplit
    self.validationFrequency = validationFrequency
    self.validationBatchSize = validationBatchSize
    self.validationSteps = validationSteps
    self.epochs = epochs
    self.initialEpoch = initialEpoch
    self.batchSize = batchSize
    self.stepsPerEpoch = stepsPerEpoch
    self.shuffle = shuffle
    self.classWeight = classWeight
    self.verbose = verbose
    self.callbacks = callbacks
    self.site = site
    self.range = range
  }
}

/// `evaluate` and `predict`.
package struct EvaluatePlan: Sendable {
  package var model: ModelObject
  package var data: RunData
  package var batchSize: Int?
  package var steps: Int?
  package var verbose: Int?
  package var callbacks: [CallbackPlan]
  package var range: SourceRange
  package init(
    model: ModelObject, data: RunData, batchSize: Int? = nil, steps: Int? = nil, verbose: Int? = nil,
    callbacks: [CallbackPlan] = [], range: SourceRange
  ) {
    self.model = model
    self.data = data
    self.batchSize = batchSize
    self.steps = steps
    self.verbose = verbose
    self.callbacks = callbacks
    self.range = range
  }
}

/// What a run is fed: what is known of it, and the values once they exist (arrays, or a data set).
package struct RunData: Sendable {
  package enum Content: Sendable {
    case dataset(DataObject)
    /// One array an input, one a target.
    /// Sample weights: none, one for all outputs, or one an output.
    case arrays(inputs: [Value], targets: [Value], sampleWeights: [Value])
    /// Not there yet: the check knows only the spec.
    case forecast
  }
  package var spec: DataSpec
  package var content: Content
  /// How the script computes them, for plans of what is not there yet.
  package var source = ""
  package init(spec: DataSpec, content: Content) {
    self.spec = spec
    self.content = content
  }

  /// Whether a plan says of it now what it will say when it runs.
  var isKnown: Bool {
    switch content {
    case .arrays: true
    case .dataset(let data): data.isOriginKnown && (spec.count != nil || spec.isEndless) && spec.hasKnownShapes
    case .forecast: false
    }
  }
}

/// Which execution of which `fit` this is: its place in the plan and the rounds of the loops around it.
/// A backup belongs to one site.
package struct RunSite: Sendable, Equatable {
  package var statement: Int
  package var loopRounds: [Int]
  package init(statement: Int, loopRounds: [Int] = []) {
    self.statement = statement
    self.loopRounds = loopRounds
  }
}

/// A callback of a `fit`, in list order.
package enum CallbackPlan: Sendable {
  /// One of the catalog: `EarlyStopping(patience=5)`.
  case entry(Configured)
  /// An instance of a `callback NAME { … }`, or the inline hooks of a `callbacks { … }` block.
  case script(ScriptCallbackPlan)
}
