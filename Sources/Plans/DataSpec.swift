import Arrays

/// What is known of a data set before its examples are read.
package struct DataSpec: Sendable, Equatable {
  /// Examples (or batches, where `isBatched`); nil where unknown before reading, or without an end.
  package var count: Int?
  /// Whether it goes on for ever: `ds.repeat()`.
  package var isEndless: Bool
  /// How the elements of one pass differ from those of another.
  package var variation: PassVariation
  /// One tensor an input, without the batch dimension.
  package var inputs: [TensorSpec]
  /// One tensor an output; empty where there are no targets.
  package var targets: [TensorSpec]
  package var hasSampleWeights: Bool
  /// What inputs and targets are called where an example has them in a dict, in their order; nil where they go by their places.
  package var inputNames: [String]?
  package var targetNames: [String]?
  /// Whether the inputs are pictures as files hold them: numbers from 0 to 255.
  package var arePixels = false
  /// How many classes integer targets stand for, where known.
  package var classCount: Int?
  /// Whether layers of the script that may have weights make its elements: they are others when the weights are.
  package var mayChange = false
  /// Elements are batches already (`image_dataset_from_directory`), so `batch_size` and `validation_split` do not apply.
  package var isBatched: Bool

  package init(
    count: Int?, inputs: [TensorSpec], targets: [TensorSpec], hasSampleWeights: Bool = false, classCount: Int? = nil,
    isBatched: Bool = false, isEndless: Bool = false, variation: PassVariation = .none
  ) {
    self.count = count
    self.inputs = inputs
    self.targets = targets
    self.hasSampleWeights = hasSampleWeights
    self.classCount = classCount
    self.isBatched = isBatched
    self.isEndless = isEndless
    self.variation = variation
  }

  /// The same with another number of elements, as far as it can be told. `ofEndless` is how many data without an end has then; nil leaves it
  /// without one.
  package func counted(ofEndless: Int? = nil, _ change: (Int) -> Int) -> DataSpec {
    var spec = self
    spec.count = isEndless ? ofEndless : count.map(change)
    spec.isEndless = isEndless && ofEndless == nil
    return spec
  }

  /// How many of so many elements come before the last share of them: ⌊count · (1 − share)⌋, as Keras splits.
  package static func boundary(of count: Int, share: Double) -> Int { Int((Double(count) * (1 - share)).rounded(.down)) }

  /// The same with inputs and targets in another order: what stands at each place stood at these before.
  package func reordered(inputs: [Int], targets: [Int]) -> DataSpec {
    var spec = self
    spec.inputs = inputs.map { self.inputs[$0] }
    spec.targets = targets.map { self.targets[$0] }
    spec.inputNames = inputNames.map { names in inputs.map { names[$0] } }
    spec.targetNames = targetNames.map { names in targets.map { names[$0] } }
    return spec
  }

  /// Whether no dimension of an example is open.
  package var hasKnownShapes: Bool { (inputs + targets).allSatisfy { $0.shape.elementCount != nil } }
}
