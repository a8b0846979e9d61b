import Arrays
import Diagnostics
import Lambdas

/// What data allows and nobody means: told before the training, each with its reason.
extension Interpreter {
  /// Looks at the data of a fit, as far as it is there.
  func warnOfData(_ fit: FitPlan, at range: SourceRange) {
    let model = fit.outline ?? fit.model
    let examples = DataColumns(fit.data)
    if let input = examples.inputs.first, examples.inputs.count == 1, input.type != .string {
      warnOfScale(of: input, for: model, at: range)
      warnOfConstantColumns(of: input, at: range)
    } else if examples.inputs.isEmpty, fit.data.spec.arePixels {
      warnOfScale(of: nil, for: model, at: range)
    }
    warnOfMissingClasses(fit, at: range)
  }

  /// Numbers of this size keep the first layer's sums far from where training works.
  private static let largestScale = 10.0

  /// Of an array that is there, or of pixels that are read as they are asked for.
  private func warnOfScale(of input: NDArray?, for model: ModelObject, at range: SourceRange) {
    guard !model.plan.listedLayers.prefix(8).contains(where: { Self.scalingLayers.contains($0.configured.entry.name) }) else {
      return
    }
    let survey = input.map { ArraySurvey(of: $0) }
    if let survey, max(abs(survey.mean), survey.deviation) <= Self.largestScale { return }
    report(
      .farInputs(
        survey.map { "numbers \($0.told)" } ?? "pixels from 0 to 255", areImages: survey?.areImages ?? true,
        of: model.plan.name, at: range))
  }

  /// Layers that bring numbers to a size that the next one can work with, or take them for something else than sizes.
  private static let scalingLayers: Set<String> = [
    "Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization",
    "Embedding",
    "Discretization", "CategoryEncoding", "Hashing", "StringLookup", "IntegerLookup", "TextVectorization", "HashedCrossing",
    "Lambda",
  ]

  /// So many columns at most a table has that a person has chosen.
  private static let mostColumns = 256

  private func warnOfConstantColumns(of input: NDArray, at range: SourceRange) {
    guard input.rank == 2, input.shape[1] <= Self.mostColumns else { return }
    let columns = input.constantColumns
    if !columns.isEmpty, columns.count < input.shape[1] { report(.constantColumns(columns, of: input, at: range)) }
  }

  // MARK: Classes

  private func warnOfMissingClasses(_ fit: FitPlan, at range: SourceRange) {
    guard let loss = fit.model.compiled?.losses.first, loss.configured.entry.name.hasSuffix("Crossentropy"),
      let (training, validation) = classCounts(of: fit)
    else { return }
    let classes = 0..<max(training.count, validation.count)
    func count(_ number: Int, in counts: [Int]) -> Int { counts.indices.contains(number) ? counts[number] : 0 }
    let unlearnt = classes.filter { count($0, in: training) == 0 && count($0, in: validation) > 0 }
    let unseen = classes.filter { count($0, in: training) > 0 && count($0, in: validation) == 0 }
    let isSplit = fit.validationSplit > 0
    let place = fit.settingRanges[isSplit ? "validation_split" : "validation_data"] ?? range
    if !unlearnt.isEmpty {
      report(.unlearntClasses(unlearnt, isSplit: isSplit, at: place))
    } else if !unseen.isEmpty, validation.reduce(0, +) >= 2 * classes.count {
      // A few examples cannot hold all classes.
      report(.unseenClasses(unseen, isSplit: isSplit, at: place))
    }
  }

  /// How often each class is trained on and validated with; nil where that is not known.
  private func classCounts(of fit: FitPlan) -> (training: [Int], validation: [Int])? {
    if fit.validationSplit > 0 {
      guard let target = DataColumns(fit.data).targets.first, let count = target.shape.first else { return nil }
      let boundary = DataSpec.boundary(of: count, share: fit.validationSplit)
      guard let training = target.classCounts(inRows: 0..<boundary), let rest = target.classCounts(inRows: boundary..<count)
      else {
        return nil
      }
      return (training, rest)
    }
    guard let validation = fit.validation, let training = DataColumns(fit.data).classCounts,
      let others = DataColumns(validation).classCounts
    else { return nil }
    return (training, others)
  }
}

/// The arrays that data has in memory; none of what is read or made as it is asked for.
private struct DataColumns {
  let inputs: [NDArray]
  let targets: [NDArray]
  /// What a listing of files tells without reading them.
  private let listed: [Int]?

  init(_ data: RunData) {
    switch data.content {
    case .dataset(let object):
      let examples = object.examples as? any ExampleArrays
      inputs = (try? examples?.arrays(named: "x")) ?? []
      targets = (try? examples?.arrays(named: "y")) ?? []
      listed = object.classCounts
    case .arrays(let inputs, let targets, _):
      self.inputs = inputs.arrays
      self.targets = targets.arrays
      listed = nil
    case .forecast: (inputs, targets, listed) = ([], [], nil)
    }
  }

  var classCounts: [Int]? {
    listed ?? targets.first.flatMap { $0.classCounts(inRows: 0..<($0.shape.first ?? 0)) }
  }
}

extension [Value] {
  fileprivate var arrays: [NDArray] { compactMap { if case .array(let array) = $0 { array } else { nil } } }
}

extension ArraySurvey {
  fileprivate var areImages: Bool { minimum >= 0 && maximum > 100 && maximum <= 255 }
  fileprivate var told: String { "from \(minimum.told) to \(maximum.told), of mean \(mean.told)" }
}

extension Finding {
  static func farInputs(_ numbers: String, areImages: Bool, of model: String, at range: SourceRange) -> Finding {
    Finding(
      .farInputs, "`\(model)` is given \(numbers), and trains badly on such.", at: range, severity: .note,
      hint: areImages
        ? "let it begin with `Rescaling(1/255)`."
        : "let it begin with `Normalization()`, and `adapt` that to the inputs, or use `normalize`.")
  }

  static func constantColumns(_ columns: [Int], of input: NDArray, at range: SourceRange) -> Finding {
    let shown = columns.prefix(8).map(String.init).joined(separator: ", ") + (columns.count > 8 ? ", …" : "")
    let what =
      columns.count == 1
      ? "Column \(shown) of the inputs has one value" : "The columns \(shown) of the inputs have one value each"
    return Finding(
      .constantColumns, "\(what) in all \(grouped(input.shape[0])) examples.", at: range, severity: .note,
      hint: "a column that never changes tells nothing: is it the one that is meant?")
  }

  static func unlearntClasses(_ classes: [Int], isSplit: Bool, at range: SourceRange) -> Finding {
    Finding(
      .missingClass, "\(classes.told) to be validated, and no example of \(classes.count == 1 ? "it" : "them") is trained on.",
      at: range, severity: .warning, hint: isSplit ? splitHint : "train on examples of every class.")
  }

  static func unseenClasses(_ classes: [Int], isSplit: Bool, at range: SourceRange) -> Finding {
    Finding(
      .missingClass,
      "\(classes.told) trained on, and no example of \(classes.count == 1 ? "it" : "them") is there to validate with.",
      at: range, severity: .warning, hint: isSplit ? splitHint : "validate with examples of every class.")
  }

  private static let splitHint =
    "`validation_split` takes the last examples as they stand: shuffle them before, or give `validation_data`."
}

extension [Int] {
  /// "Class 3 is", "The classes 3 and 4 are".
  fileprivate var told: String {
    if count == 1 { return "Class \(self[0]) is" }
    let shown = prefix(8).map(String.init)
    let rest = count > 8 ? " and \(count - 8) more" : ""
    let last = rest.isEmpty ? " and \(shown[shown.count - 1])" : ", \(shown[shown.count - 1])"
    return "The classes \(shown.dropLast().joined(separator: ", "))\(last)\(rest) are"
  }
}

extension Double {
  /// Four digits at most: `33.32`, `255`.
  package var told: String { (try? Operations.format(.float(self), ".4g")) ?? pythonDescription }
}
