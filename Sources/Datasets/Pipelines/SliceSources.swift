import Arrays
import Lambdas
import Plans

/// Data sets of the rows of arrays, and of numbers in a row, as tf.data makes them.
enum SliceSources {
  private static let arrays = Parameter<Value>(
    "tensors",
    "an array, `(x, y)` or `(x, y, sample_weight)`, x and y perhaps dicts by the names of a model's inputs and outputs: the examples lie "
      + "along the first axis of each", .data
  ) { $0 }

  /// `Dataset.from_tensor_slices((x, y))`.
  static let tensors: Entry = {
    var traits = FunctionTraits(
      giving: .object(DataObject.type),
      forecast: { arguments throws(Failure) in .data(try dataset(arguments[arrays]).spec) },
      call: { arguments throws(Failure) in .object(try dataset(arguments[arrays]).object) })
    traits.forecastOfTypes = { types in types["tensors"].flatMap(spec).map { .data($0) } }
    return Entry(
      .dataset,
      Signature(
        "Dataset.from_tensor_slices", "A data set of the rows of arrays.", [arrays.description],
        example: "data = Dataset.from_tensor_slices((np.zeros((10, 3)), np.ones(10)))"), .function(traits))
  }()

  private static let bounds = Parameter<[Int]>(
    "bounds", "as `range` takes them: where to stop; or where to start, where to stop and perhaps how far each is from the last",
    .rest(.integer())
  ) { value in
    if case .list(let items) = value { items.compactMap(\.asInteger) } else { nil }
  }

  /// `Dataset.range(10)`.
  static let range = Entry(
    .dataset,
    Signature(
      "Dataset.range", "A data set of whole numbers, one after the other.", [bounds.description],
      example: "data = Dataset.range(10)"),
    .function(
      FunctionTraits(
        giving: .object(DataObject.type),
        forecast: { arguments throws(Failure) in .data(try numbers(arguments[bounds]).spec) },
        call: { arguments throws(Failure) in .object(try numbers(arguments[bounds]).object()) })))

  private static func numbers(_ bounds: [Int]) throws(Failure) -> RangeSource {
    guard (1...3).contains(bounds.count) else { throw Failure("`Dataset.range` takes one to three numbers, as `range` does") }
    let step = bounds.count > 2 ? bounds[2] : 1
    if step == 0 { throw Failure("`Dataset.range` cannot go in steps of 0") }
    let range = RangeValue(start: bounds.count > 1 ? bounds[0] : 0, stop: bounds.count > 1 ? bounds[1] : bounds[0], step: step)
    return RangeSource(range)
  }

  private static func dataset(_ value: Value) throws(Failure) -> Dataset {
    if case .object(let object) = value, object is DataObject { throw Failure("`Dataset.from_tensor_slices` takes arrays") }
    let named: NamedElement
    do throws(OddResult) { named = try NamedElement(value) } catch {
      throw Failure("`Dataset.from_tensor_slices` is given \(error.clause)")
    }
    do throws(DataFailure) {
      let element = named.element
      return try Dataset(
        inputs: element.inputs, targets: element.targets, sampleWeights: element.sampleWeights, inputNames: named.inputNames,
        targetNames: named.targetNames)
    } catch {
      throw error.failure
    }
  }

  /// What is known of arrays that are known by their types; nil where that is too little.
  @Sendable private static func spec(of type: ValueType) -> DataSpec? {
    var groups: [[TensorSpec]] = []
    var names: [[String]?] = []
    var counts: [Int?] = []
    let parts: [ValueType] = if case .tuple(let parts) = type { parts } else { [type] }
    for part in parts {
      var group: [TensorSpec] = []
      var arrays = [part]
      names.append(nil)
      if case .tuple(let several) = part { arrays = several }
      if case .record(let record) = part {
        arrays = record.names.compactMap { record.fields[$0]?.type }
        names[names.count - 1] = record.names
      }
      for case .array(let type, let shape?) in arrays {
        guard let count = shape.first else { return nil }
        counts.append(count)
        group.append(TensorSpec(Shape(Array(shape.dropFirst())), type ?? .float32))
      }
      if group.count != arrays.count { return nil }
      groups.append(group)
    }
    guard (1...3).contains(groups.count) else { return nil }
    var spec = DataSpec(
      count: counts.compactMap { $0 }.first, inputs: groups[0], targets: groups.count > 1 ? groups[1] : [],
      hasSampleWeights: groups.count > 2)
    (spec.inputNames, spec.targetNames) = (names[0], names.count > 1 ? names[1] : nil)
    return spec
  }
}
