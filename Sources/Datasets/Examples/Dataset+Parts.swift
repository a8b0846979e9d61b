import Arrays
import Plans

extension Dataset {
  /// The examples before the last share and that share, in order and not shuffled, as Keras's `validation_split`:
  /// the first ⌊count · (1 − fraction)⌋, and the rest. Throws `split` if either would be empty.
  package func split(validation fraction: Double) throws(DataFailure) -> (training: Dataset, validation: Dataset) {
    let boundary = DataSpec.boundary(of: count, share: fraction)
    guard boundary > 0, boundary < count else { throw .split(fraction: fraction, count: count) }
    return (try rows(0..<boundary), try rows(boundary..<count))
  }

  /// Some neighbouring examples.
  package func rows(_ range: Range<Int>) throws(DataFailure) -> Dataset {
    try Dataset(
      inputs: inputs.map { $0.rows(range) }, targets: targets.map { $0.rows(range) },
      sampleWeights: sampleWeights.map { $0.rows(range) }, inputNames: inputNames, targetNames: targetNames,
      classCount: classCount)
  }

  /// The same examples with other weights: float32 [count].
  package func weighted(by sampleWeights: NDArray) throws(DataFailure) -> Dataset {
    try Dataset(
      inputs: inputs, targets: targets, sampleWeights: [sampleWeights], inputNames: inputNames, targetNames: targetNames,
      classCount: classCount)
  }

  /// The same examples, each weighted by its class: a class that is not named weighs 1.
  ///
  /// The class is the place of the largest target where there are several, else the target itself, rounded.
  package func weighted(byClass weights: [Int: Double]) throws(DataFailure) -> Dataset {
    guard targets.count == 1 else { throw .noClasses("the data has \(targets.count) targets") }
    let target = targets[0]
    let columns = target.shape.dropFirst().reduce(1, *)
    guard columns > 0 else { throw .noClasses("the targets are empty") }
    if target.type == .string { throw .noClasses("the targets are texts") }
    let values = target.doubles
    var result = NDArray(.float32, shape: [count])
    result.withMutableElements(as: Float.self) { result in
      for row in 0..<count {
        var best = row * columns
        for position in best..<(best + columns) where values[position] > values[best] { best = position }
        let label = columns > 1 ? Double(best - row * columns) : values[best].rounded(.toNearestOrEven)
        result[row] = Float(Int(exactly: label).flatMap { weights[$0] } ?? 1)
      }
    }
    return try weighted(by: result)
  }
}

extension NDArray {
  /// Some neighbouring rows, copied.
  fileprivate func rows(_ range: Range<Int>) -> NDArray {
    if type == .string { return gathered(Array(range)) }
    var part = NDArray(type, shape: [range.count] + shape.dropFirst())
    let rowBytes = shape.dropFirst().reduce(1, *) * type.size
    let source = UnsafeRawBufferPointer(rebasing: rawBytes[range.lowerBound * rowBytes..<range.upperBound * rowBytes])
    part.withMutableElements(as: UInt8.self) { elements in
      UnsafeMutableRawBufferPointer(start: elements.baseAddress, count: source.count).copyMemory(from: source)
    }
    return part
  }
}
