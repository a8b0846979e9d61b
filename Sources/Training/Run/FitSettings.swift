import Arrays
import Plans

/// How a fit goes through its data; everything is decided.
package struct FitSettings: Sendable {
  package struct Validation: Sendable {
    package var frequency: FitPlan.ValidationFrequency
    package var data: TestData
    package init(frequency: FitPlan.ValidationFrequency = .every(1), data: TestData) {
      self.frequency = frequency
      self.data = data
    }

    /// Whether to validate after an epoch, counted from 0.
    func isDue(after epoch: Int) -> Bool {
      switch frequency {
      case .every(let count): (epoch + 1) % count == 0
      case .epochs(let epochs): epochs.contains(epoch + 1)
      }
    }
  }

  package var epochs: Int
  package var initialEpoch: Int
  /// Examples, or ready-made batches; nil for data without an end.
  package var exampleCount: Int?
  /// 1 where the data comes in batches already; never more than there are examples.
  package var batchSize: Int
  /// Nil for as many as the data has.
  package var stepsPerEpoch: Int?
  package var shuffle: FitPlan.Shuffle
  package var validation: Validation?
  package var verbose: Int?
  /// Names this fit's random numbers.
  package var stream: RandomStream

  package init(
    epochs: Int, initialEpoch: Int = 0, exampleCount: Int?, batchSize: Int, stepsPerEpoch: Int? = nil,
    shuffle: FitPlan.Shuffle = .none, validation: Validation? = nil, verbose: Int? = 0,
    stream: RandomStream = RandomStream(seed: 0)
  ) {
    self.epochs = epochs
    self.initialEpoch = initialEpoch
    self.exampleCount = exampleCount
    self.batchSize = exampleCount.map { min(batchSize, max($0, 1)) } ?? batchSize
    self.stepsPerEpoch = stepsPerEpoch
    self.shuffle = shuffle
    self.validation = validation
    self.verbose = verbose
    self.stream = stream
  }

  /// Batches that an epoch should have; nil where only the data tells.
  var steps: Int? { stepsPerEpoch ?? exampleCount.map { ($0 + batchSize - 1) / batchSize } }
}

/// How an evaluation or a prediction goes through its data, always in order.
package struct TestData: Sendable {
  package var exampleCount: Int
  /// 1 where the data comes in batches already; never more than there are examples.
  package var batchSize: Int
  /// At most so many batches.
  package var stepLimit: Int?
  package init(exampleCount: Int, batchSize: Int, stepLimit: Int? = nil) {
    self.exampleCount = exampleCount
    self.batchSize = min(batchSize, max(exampleCount, 1))
    self.stepLimit = stepLimit
  }

  var steps: Int { min((exampleCount + batchSize - 1) / batchSize, stepLimit ?? .max) }
}
