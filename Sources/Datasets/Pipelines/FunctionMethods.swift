import Arrays
import Lambdas
import Plans

/// `map` and `filter`: functions of the script on elements.
///
/// A function is called with an element as a loop would give it. Of a data set of batches it gets whole batches, which NumPy's operations
/// work on at once.
enum FunctionMethods {
  private static let anyElement = FunctionType(
    [.init("x", .any), .init("y", .any, isOptional: true), .init("sample_weight", .any, isOptional: true)], returns: .any)

  private static func parameter(_ name: String, _ help: String) -> Parameter<FunctionValue> {
    Parameter(name, help, .function(anyElement)) { if case .function(let function) = $0 { function } else { nil } }
  }

  /// The function's type for the elements of a data set.
  @Sendable private static func type(for spec: DataSpec) -> FunctionType {
    var type = FunctionType(spec.elementTypes.map { .init($0.name, $0.type) }, returns: .any)
    type.elements = spec.isBatched ? .batches : .examples
    return type
  }

  private static let mapFunction = parameter(
    "map_func", "what makes a new element of each: `lambda x, y: (x / 255, y)`, of examples or of whole batches, as they come")
  private static let predicate = parameter("predicate", "what says of each element whether to keep it: `lambda x, y: y < 5`")

  static let map = DatasetMethod.entry(
    "map", "The elements that a function makes of those of a data set.",
    [mapFunction.description, DatasetMethod.parallelCalls.description, DatasetMethod.deterministic.description],
    example: "scaled = load_digits().train.map(lambda x, y: (x / 16, y))", functionType: type
  ) { source, arguments, surroundings throws(Failure) in
    let function = FunctionOfElements(arguments[mapFunction], of: "map", stream: surroundings.stream)
    if let obstacle = function.obstacle { throw obstacle }
    if let spec = try FunctionTrial(function, on: source.spec).mapped() { return MappedSource(source, function, spec: spec) }
    // What it gives shows when it is given a real element.
    if source is ForecastSource { return nil }
    let unknown = MappedSource(source, function, spec: source.spec)
    if source.count == 0 { return unknown }
    do throws(DataFailure) {
      return MappedSource(source, function, spec: try unknown.specOfFirst())
    } catch {
      throw error.failure
    }
  }

  static let filter = DatasetMethod.entry(
    "filter", "The elements of a data set for which a function holds; they are counted when it is first gone through.",
    [predicate.description], example: "small = load_digits().train.filter(lambda x, y: y < 5)", functionType: type
  ) { source, arguments, surroundings throws(Failure) in
    let function = FunctionOfElements(arguments[predicate], of: "filter", stream: surroundings.stream)
    if let obstacle = function.obstacle { throw obstacle }
    if function.isRandom { throw Failure("the function of `filter` draws random numbers, and what is kept is settled once") }
    try FunctionTrial(function, on: source.spec).checkPredicate()
    if source.spec.isEndless { throw Failure("`filter` needs data with an end: put `.repeat()` behind it") }
    if source.spec.variation == .content {
      throw Failure(
        "`filter` settles once what is kept, and these elements are others in each pass: put it before what draws or mixes them, or "
          + "`.cache()` between")
    }
    try source.checkCount(for: "filter")
    return FilteredSource(source, function)
  }
}
