import Diagnostics

/// Every sentence that the checker can say, by its stable name. The wording stands in the `…+Complaints.swift` files.
package enum PlanComplaint: String, CaseIterable, Sendable {
  // Names and modules.
  case unknownName = "unknown-name"
  case boundOnSomePaths = "bound-on-some-paths"
  case boundOnNoPath = "bound-on-no-path"
  case readBeforeBound = "read-before-bound"
  case unknownMember = "unknown-member"
  case ambiguousName = "ambiguous-name"
  case declaredTwice = "declared-twice"
  case replaced
  case unusedOverride = "unused-override"
  case settingsNotFirst = "settings-not-first"
  case unknownModule = "unknown-module"
  case importAccepted = "import-accepted"
  case cannotInclude = "cannot-include"
  case includeCycle = "include-cycle"
  case includesTooDeep = "includes-too-deep"
  case includedTwice = "included-twice"
  case includeClash = "include-clash"
  case misplaced = "misplaced-statement"

  // Calls.
  case unknownArgument = "unknown-argument"
  case missingArgument = "missing-argument"
  case argumentTwice = "argument-twice"
  case argumentConflict = "argument-conflict"
  case tooManyArguments = "too-many-arguments"
  case wrongArgument = "wrong-argument"
  case outOfRange = "out-of-range"
  case wrongElement = "wrong-element"
  case unknownChoice = "unknown-choice"
  case unknownEntry = "unknown-entry"
  case wrongRole = "wrong-role"
  case notCallable = "not-callable"
  case layerOfBoundNames = "layer-of-bound-names"
  case layerWithStatesInFunction = "layer-with-states-in-function"
  case branchedModelInFunction = "branched-model-in-function"
  case functionParameters = "function-parameters"
  case functionResult = "function-result"
  case recursion
  case tooManySteps = "too-many-steps"
  case tooManyRounds = "too-many-rounds"
  case longLoop = "long-loop"

  // Expressions.
  case expressionFails = "expression-fails"
  case operandTypes = "operand-types"
  case cannotIndex = "cannot-index"
  case unknownKey = "unknown-key"
  case unknownAttribute = "unknown-attribute"
  case attributeNotSettable = "attribute-not-settable"
  case noSharedRate = "no-shared-rate"
  case notIterable = "not-iterable"
  case cannotSpread = "cannot-spread"
  case cannotUnpack = "cannot-unpack"
  case unpackCount = "unpack-count"
  case unknownException = "unknown-exception"
  case staleCapture = "stale-capture"
  case sharedValue = "shared-value"
  case forecastFails = "forecast-fails"

  // Models.
  case modelWithoutInput = "model-without-input"
  case emptyModel = "empty-model"
  case impossibleShape = "impossible-shape"
  case oddShape = "odd-shape"
  case notFollowed = "not-followed"
  case wholeNumbersRounded = "whole-numbers-rounded"
  case trainableSinceCompile = "trainable-since-compile"
  case ownLayerSaved = "own-layer-saved"
  case sharedLayerShapes = "shared-layer-shapes"
  case implicitWithSeveralInputs = "implicit-with-several-inputs"
  case unlistedInput = "unlisted-input"
  case sameLayerName = "same-layer-name"
  case unusedInput = "unused-input"
  case unusedLayer = "unused-layer"
  case layerNotCalled = "layer-not-called"
  case notALayer = "not-a-layer"
  case notTensors = "not-tensors"
  case notATensor = "not-a-tensor"
  case layerCalledWithoutTensor = "layer-without-tensor"
  case notAListOfLayers = "not-layers"
  case nestedInputs = "nested-inputs"
  case modelClassUsed = "model-class-used"
  case notAModel = "not-a-model"
  case runValueInModel = "run-value-in-model"
  case unknownLayer = "unknown-layer"
  case addToGraph = "add-to-graph"
  case layerEnds = "layer-ends"
  case layerNotBuilt = "layer-not-built"
  case noVocabulary = "no-vocabulary"
  case weightCount = "weight-count"
  case hookOnly = "hook-only"

  // compile.
  case compiledTwice = "compiled-twice"
  case notCompiled = "not-compiled"
  case compileWithoutLoss = "compile-without-loss"
  case twoOptimizers = "two-optimizers"
  case optimizerOfNothing = "optimizer-of-nothing"
  case metricsNotAList = "metrics-not-a-list"
  case unknownOutput = "unknown-output"
  case outputCount = "output-count"
  case outputWithoutLoss = "output-without-loss"

  // Data and settings of runs.
  case notData = "not-data"
  case emptyData = "empty-data"
  case endlessData = "endless-data"
  case exampleCounts = "example-counts"
  case inputCount = "input-count"
  case inputShape = "input-shape"
  case inputType = "input-type"
  case targetTexts = "target-texts"
  case unknownArrayName = "unknown-array-name"
  case missingArrayName = "missing-array-name"
  case noTargets = "no-targets"
  case targetCount = "target-count"
  case targetsTwice = "targets-twice"
  case lossAgainstData = "loss-against-data"
  case tooFewOutputs = "too-few-outputs"
  case nothingToTrain = "nothing-to-train"
  case batchedData = "batched-data"
  case batchLargerThanData = "batch-larger-than-data"
  case unequalBatches = "unequal-batches"
  case splitLeavesNothing = "split-leaves-nothing"
  case bothWeights = "both-weights"
  case weightsOfNoExample = "weights-of-no-example"
  case classWeightOutputs = "class-weight-outputs"
  case classWeightKey = "class-weight-key"
  case settingWithoutValidation = "setting-without-validation"
  case twoValidations = "two-validations"

  // Callbacks.
  case notACallback = "not-a-callback"
  case unknownHook = "unknown-hook"
  case hookTwice = "hook-twice"
  case hookParameters = "hook-parameters"
  case selfAsParameter = "self-as-parameter"
  case misnamedParameter = "misnamed-parameter"
  case stateOfParameter = "state-of-parameter"
  case stateTwice = "state-twice"
  case impossibleState = "impossible-state"
  case unknownMonitor = "unknown-monitor"
  case monitorWithoutValidation = "monitor-without-validation"
  case unknownDirection = "unknown-direction"
  case vectorMonitor = "vector-monitor"
  case metricAgainstData = "metric-against-data"
  case twoLearningRates = "two-learning-rates"
  case fieldOfSomeEpochs = "field-of-some-epochs"
  case monitorBetweenEpochs = "monitor-between-epochs"
  case secondBackup = "second-backup"
  case backupOfOther = "backup-of-other"
  case noWholeBackup = "no-whole-backup"
  case noAverages = "no-averages"
  case recordedTooEarly = "recorded-too-early"
  case overwrittenRate = "overwritten-rate"
  case impossibleRate = "impossible-rate"

  // What is allowed and rarely meant.
  case disturbedOutput = "disturbed-output"
  case probabilitiesAsLogits = "probabilities-as-logits"
  case numbersAsProbabilities = "numbers-as-probabilities"
  case largeLearningRate = "large-learning-rate"
  case contraryMode = "contrary-mode"
  case neverActs = "never-acts"
  case neverValidates = "never-validates"
  case farInputs = "far-inputs"
  case constantColumns = "constant-columns"
  case missingClass = "missing-class"

  // Files.
  case malformedTemplate = "malformed-template"
  case unknownField = "unknown-field"
  case badFieldFormat = "bad-field-format"
  case fileEnding = "file-ending"
  case notAPath = "not-a-path"
  case noSuchFile = "no-such-file"
  case cannotWrite = "cannot-write"
  case sharedBackup = "shared-backup"
  case sharedFile = "shared-file"
  case otherColumns = "other-columns"
  case overwrittenInput = "overwritten-input"
}

extension Finding {
  /// A complaint of the checker: an error unless said otherwise.
  init(
    _ complaint: PlanComplaint, _ message: String, at range: SourceRange, severity: Severity = .error, remark: String = "",
    labels: [Label?] = [], hint: String? = nil
  ) {
    self.init(severity, complaint.rawValue, message, at: range, remark: remark, labels: labels.compactMap { $0 }, hint: hint)
  }
}

extension Finding.Label {
  /// A label where there is a place for it.
  init?(at range: SourceRange?, _ text: String) {
    guard let range else { return nil }
    self.init(range, text)
  }
}

/// `a`, `b` and `c`, each in backticks; after `limit` names the rest is counted.
package func listed(_ names: [String], limit: Int = 12) -> String {
  let shown = names.prefix(limit).map { "`\($0)`" }
  let rest = names.count - shown.count
  let items = rest > 0 ? shown + ["\(rest) more"] : Array(shown)
  guard let last = items.last, items.count > 1 else { return items.first ?? "nothing" }
  return items.dropLast().joined(separator: ", ") + " and " + last
}

/// A number with its digits in groups of three: `10,000`.
func grouped(_ number: Int) -> String {
  var digits = Array(String(number.magnitude))
  for position in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: position) }
  return (number < 0 ? "-" : "") + String(digits)
}

/// `1 example`, `2 examples`.
func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}
