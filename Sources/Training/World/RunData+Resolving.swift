import Arrays
import Datasets
import Lambdas
import Plans

extension RunData {
  /// The examples themselves. `title` says whose they are: "the training data".
  func examples(_ title: String) throws(Failure) -> Dataset {
    switch content {
    case .dataset(let object):
      guard let examples = object.examples as? Dataset else { throw Failure("\(title) cannot be read as examples in memory") }
      return examples
    case .arrays(let inputs, let targets, let sampleWeights):
      let inputs = try arrays(of: inputs, title)
      let targets = try arrays(of: targets, title)
      let weights = try arrays(of: sampleWeights, title)
      do throws(DataFailure) {
        return try Dataset(inputs: inputs, targets: targets, sampleWeights: weights, classCount: spec.classCount)
      } catch {
        throw Failure("\(title) cannot be used: \(error.message)")
      }
    case .forecast: preconditionFailure("a run's data is there before the run")
    }
  }
}

private func arrays(of values: [Value], _ title: String) throws(Failure) -> [NDArray] {
  var arrays: [NDArray] = []
  for value in values { arrays.append(try array(of: value, title)) }
  return arrays
}

private func array(of value: Value, _ title: String) throws(Failure) -> NDArray {
  if let texts = Operations.makeTexts(value) { return texts }
  guard case .array(let array) = value else {
    throw Failure("\(title) holds \(value.briefDescription) where an array is expected")
  }
  return array
}
