import Arrays
import Lambdas
import Plans

/// Methods of data sets that give data sets: `ds.take(3)`. Nothing is read or computed when they are called.
///
/// A method is declared by what it makes of a source. The check makes it of a source that has no elements, so the spec of the run is that of
/// the check.
enum DatasetMethod {
  static let receiver = Parameter<DataObject>("data", "the data set whose method it is", .data) {
    if case .object(let object) = $0 { object as? DataObject } else { nil }
  }

  /// How many there are: what `AUTOTUNE` stands for is as many as is usual.
  static let parallelCalls = Parameter<Int?>.optional(
    Parameter<Int>(
      "num_parallel_calls", "accepted: as many are made at once as there are threads, in any case", min: Self.autotune))
  static let deterministic = Parameter<Bool?>.optional(
    Parameter<Bool>("deterministic", "accepted: elements always come in their order"))

  /// `tf.data.AUTOTUNE`.
  static let autotune = -1

  typealias Make =
    @Sendable (any ElementSource, Arguments, FunctionSurroundings) throws(Failure) ->
    (any ElementSource)?

  /// A method that makes one data set of another; nil where only the run can tell what it gives. `functionType` is that of the functions
  /// which it is given.
  static func entry(
    _ name: String, _ summary: String, _ parameters: [ParameterDescription], example: String,
    functionType: (@Sendable (DataSpec) -> FunctionType)? = nil, _ make: @escaping Make
  ) -> Entry {
    entry(
      name, summary, parameters, example: example, functionType: functionType,
      several: { source, arguments, surroundings throws(Failure) in
        try make(source, arguments, surroundings).map { [$0] }
      })
  }

  /// A method that makes one data set of another, or a tuple of several.
  static func entry(
    _ name: String, _ summary: String, _ parameters: [ParameterDescription], example: String,
    functionType: (@Sendable (DataSpec) -> FunctionType)? = nil,
    several make:
      @escaping @Sendable (any ElementSource, Arguments, FunctionSurroundings) throws(Failure) -> [any ElementSource]?
  ) -> Entry {
    var traits = FunctionTraits(
      giving: .object(DataObject.type),
      forecast: { arguments throws(Failure) in
        let data = arguments[receiver]
        let surroundings = FunctionSurroundings(stream: RandomStream(seed: 0))
        guard let made = try make(ForecastSource(data.spec), arguments, surroundings) else {
          return .type(.object(DataObject.type))
        }
        let forecasts = made.map { Forecast.data($0.spec, facts: data.lastingFacts) }
        return forecasts.count == 1 ? forecasts[0] : .tuple(forecasts)
      },
      placedCall: { arguments, surroundings throws(Failure) in
        let data = arguments[receiver]
        guard let made = try make(data.source, arguments, surroundings) else {
          preconditionFailure("in the run there are elements, which tell everything")
        }
        let objects = made.map { Value.object($0.object(facts: data.lastingFacts)) }
        return objects.count == 1 ? objects[0] : .tuple(objects)
      })
    traits.functionType = functionType
    return Entry(
      .function,
      Signature("\(DataObject.methodPrefix)\(name)", summary, [receiver.description] + parameters, example: example),
      .function(traits))
  }
}

extension DataObject {
  /// Its elements; while checking only what is known of them.
  package var source: any ElementSource {
    switch examples {
    case let data as Dataset: MemorySource(data)
    case let source as any ElementSource: source
    default: ForecastSource(spec)
    }
  }

  /// What holds of a data set that is made of this one, too.
  fileprivate var lastingFacts: [String: Value] { facts.filter { $0.key == "class_names" } }
}

extension Arguments {
  /// A count for which -1 stands for all, as in tf.data.
  subscript(allIfNegative parameter: Parameter<Int>) -> Int? { self[parameter] < 0 ? nil : self[parameter] }
}
